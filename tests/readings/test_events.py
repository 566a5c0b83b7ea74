"""The events behind a period: counted as a panel counts them, and what one day or one story carries."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import quadrille
from quadrille.coding.record import DETAILS, complete, derive
from quadrille.coding.vocabulary import QUADS
from quadrille.errors import NoDataError, OptionError, SameStateError, StateNotThenError
from quadrille.lake.catalogue import open_lake
from quadrille.lake.ingest import ingest
from quadrille.measure.world import World
from quadrille.readings.events import Span
from quadrille.sources.table import REJECTED, Table

FIRST = date(2010, 3, 1)


def made(rows, coding="machine"):
    """Return a world of events: ``id, day or date, source, target, code, story``."""
    frame = pl.DataFrame(
        {
            "event_id": [str(r[0]) for r in rows],
            "date": [r[1] if isinstance(r[1], date) else FIRST + timedelta(r[1]) for r in rows],
            "precision": [r[6] if len(r) > 6 else "day" for r in rows],
            "source": [r[2] for r in rows],
            "target": [r[3] for r in rows],
            "cameo": [r[4] for r in rows],
            "reference": pl.Series([r[5] for r in rows], dtype=pl.String),
        }
    )
    frame = frame.with_columns(
        reports=pl.lit(1, pl.Int64), certainty=pl.lit(1.0), text=pl.lit(None, pl.String), origin=pl.lit("made")
    )  # fmt: skip
    data = complete(derive(frame))
    return World(Table("events", "D", data, pl.DataFrame(schema=REJECTED), "made", (), len(rows), coding))  # fmt: skip


events = st.lists(
    st.tuples(
        st.integers(0, 4), st.sampled_from([("PAK", "RUS"), ("RUS", "PAK")]), st.sampled_from(["010", "042", "112", "190"]),
        st.sampled_from([None, "http://a", "http://b", "http://c"]),
    ),
    min_size=1,
    max_size=14,
)  # fmt: skip


def kinds(rows):
    return {(day, ends, code) for day, ends, code, _ in rows}


def cooperative(rows):
    return sum(code < "10" for _, _, code in kinds(rows)) / len(kinds(rows)) if rows else None


@given(events)
def test_events_and_what_is_left_without_a_day_or_a_story_equal_a_plain_count(rows):
    world = made([(k, day, *ends, code, story) for k, (day, ends, code, story) in enumerate(rows)])
    found = world.events("Pakistan", "Russia", in_="2010-03")
    assert found.counted.height == len(kinds(rows))
    assert found.cooperative == pytest.approx(cooperative(rows))
    assert found.counted["reports"].sum() == found.rows.height == len(rows)
    assert found.types["events"].sum() == found.days["events"].sum() == len(kinds(rows))
    for day, n, reports, share, without in found.days.iter_rows():
        mine = [r for r in rows if FIRST + timedelta(r[0]) == day]
        assert (n, reports, share) == (len(kinds(mine)), len(mine), pytest.approx(len(mine) / len(rows)))  # fmt: skip
        assert without == pytest.approx(cooperative([r for r in rows if r not in mine]))
    assert set(found.stories["story"]) == {r[3] for r in rows} - {None}
    for story, n, reports, share, without in found.stories.iter_rows():
        mine = [r for r in rows if r[3] == story]
        assert (n, reports, share) == (len(kinds(mine)), len(mine), pytest.approx(len(mine) / len(rows)))  # fmt: skip
        assert without == pytest.approx(cooperative([r for r in rows if r[3] != story]))


def test_real_events_are_as_many_as_a_panel_counts(data_dir):
    world = quadrille.open(data_dir / "icews_raw")
    cells = world.panel.cells.sort("raw", descending=True)
    for row in cells.head(40).iter_rows(named=True):
        found = quadrille.events(row["state_b"], row["state_a"], world, in_=row["period"].strftime("%Y-%m"))  # fmt: skip
        assert {q: found.events_in(q) for q in QUADS} == {q: row[q] for q in QUADS}
        assert found.rows.height == row["raw"]
        assert found.counted["goldstein"].mean() == pytest.approx(row["goldstein"])


def test_acts_are_as_many_as_a_panel_of_the_chronicle_has():
    world = quadrille.open("chronicle", since="1962", until="1965")
    cells = world.panel.cells
    for row in cells.group_by("state_a", "state_b", "period").len().iter_rows(named=True):
        found = world.events(row["state_a"], row["state_b"], in_=str(row["period"].year))
        assert found.counted.height == row["len"]
        assert found.counted["event_id"].is_unique().all()


@pytest.mark.parametrize("source", ["icews_raw", "gdelt_raw"])
def test_a_lake_has_the_rows_of_the_file(data_dir, tmp_path, source):
    lake = open_lake(tmp_path / "lake", create=True)
    name = "events.2018.sample.tab" if source == "icews_raw" else "20191024143000.export.CSV"
    path = data_dir / source / name
    ingest(lake, [path])
    there, here = quadrille.open("lake", lake=lake.path), quadrille.open(path)
    a, b = here.panel.cells.sort("raw").row(-1)[:2]
    year = str(here.panel.cells.sort("raw")["period"][-1].year)
    kept, read = there.events(a, b, in_=year), here.events(a, b, in_=year)
    assert kept.rows.height == read.rows.height > 10
    assert kept.rows.drop("mentions").equals(read.rows.drop("mentions"))


def test_who_and_which_story_are_the_sources_own(data_dir, tmp_path):
    icews = quadrille.open(data_dir / "icews_raw").events("BGD", "VNM", in_="2018-06-01")
    row = icews.rows.row(by_predicate=pl.col("event_id") == "32889836", named=True)
    assert row["actor"] == "Foreign Affairs (Bangladesh)"
    assert row["recipient"] == "High Ranking Military Personnel (Vietnam)"
    assert row["actor_sectors"] == "Executive,Foreign Ministry,Government"
    assert row["recipient_sectors"] == "Military,Government"
    assert row["story"] == "47400351"
    gdelt = data_dir / "gdelt_raw" / "20191024143000.export.CSV"
    cells = [line.split("\t") for line in gdelt.read_text().splitlines()]
    lake = open_lake(tmp_path / "lake", create=True)
    ingest(lake, [gdelt])
    here = quadrille.open(gdelt)
    a, b = here.panel.cells.sort("raw").row(-1)[:2]
    for world in (quadrille.open("lake", lake=lake.path), here):
        found = world.events(a, b, in_="2019").rows
        own = {c[0]: c for c in cells}
        for row in found.iter_rows(named=True):
            c = own[row["event_id"]]
            assert (row["actor"] or "", row["actor_sectors"] or "") == (c[6], c[12])
            assert (row["recipient"] or "", row["recipient_sectors"] or "") == (c[16], c[22])
            assert row["story"] == c[-1]
        assert found.height > 5


def test_a_lake_filled_before_says_what_it_lacks(tmp_path):
    (tmp_path / "mine.csv").write_text("date,source,target,cameo\n2011-05-06,PAK,RUS,190\n")
    lake = open_lake(tmp_path / "lake", create=True)
    ingest(lake, [tmp_path / "mine.csv"])
    (part,) = lake.path.glob("data/*/kind=events/year=2011/*.parquet")
    pl.read_parquet(part).drop(DETAILS).write_parquet(part)
    found = quadrille.events("PAK", "RUS", "lake", lake=lake.path, in_="2011")
    assert found.actors.is_empty()
    notes = " ".join(found.view().notes)
    assert "the names and sectors of the actors are not in these data" in notes
    assert "which story a report comes from is not in these data" in notes


def test_of_a_lake_only_the_year_asked_for_is_opened(tmp_path):
    lines = "date,source,target,cameo\n2010-03-04,PAK,RUS,040\n2011-05-06,PAK,RUS,190\n"
    (tmp_path / "mine.csv").write_text(lines)
    lake = open_lake(tmp_path / "lake", create=True)
    ingest(lake, [tmp_path / "mine.csv"])
    (other,) = lake.path.glob("data/*/kind=events/year=2010/*.parquet")
    other.write_bytes(b"no Parquet")
    world = quadrille.open("lake", lake=lake.path)
    found = world.events("PAK", "RUS", in_="2011-05")
    assert found.counted["type"].to_list() == ["Use conventional military force"]


def test_a_story_that_carries_the_conflict_is_named():
    rows = [(k, k % 20, "HUN", "AZE", "04" + str(k % 4), f"http://calm/{k}") for k in range(8)]
    rows += [(100 + k, 3, "AZE", "HUN", code, "http://one") for k, code in enumerate(("190", "112", "1712"))]  # fmt: skip
    found = made(rows).events("Hungary", "Azerbaijan", in_="2010-03")
    assert found.stories.row(0) == ("http://one", 3, 3, pytest.approx(3 / 11), 1.0)
    said = " ".join(found.view().sentences)
    assert "Cooperative events: 73%" in said
    assert "100% without the story that moves it most (http://one)" in said


def test_an_act_known_less_exactly_is_counted_apart():
    rows = [("a", date(2010, 1, 1), "PAK", "RUS", "042", None, "year"),
            ("b", date(2010, 3, 1), "PAK", "RUS", "042", None, "month"),
            ("c>", date(2010, 3, 9), "PAK", "RUS", "040", None),
            ("c<", date(2010, 3, 9), "RUS", "PAK", "040", None)]  # fmt: skip
    world = made(rows, "hand")
    month = world.events("PAK", "RUS", in_="2010-03")
    assert (sorted(month.counted["event_id"]), month.inexact) == (["b", "c"], 1)
    assert month.counted.filter("mutual")["source"].to_list() == ["PAK"]
    assert world.events("PAK", "RUS", in_="2010").inexact == 0
    day = world.events("PAK", "RUS", in_=date(2010, 3, 9))
    assert (day.counted["event_id"].to_list(), day.inexact) == (["c"], 2)
    with pytest.raises(
        NoDataError, match=r"dated to 2010-05; 1 act may lie in it: ask for the year"
    ):
        world.events("PAK", "RUS", in_="2010-05")


def test_the_period_ends_with_the_world():
    world = quadrille.open("chronicle", since="1965-08-15", until="1965-09-10")
    found = world.events("PAK", "IND", in_="1965")
    assert (found.span.first, found.span.last) == (date(1965, 8, 15), date(1965, 9, 10))
    assert found.rows["date"].is_between(found.span.first, found.span.last).all()
    with pytest.raises(OptionError, match="1970 lies outside since and until"):
        world.events("PAK", "IND", in_="1970")


@pytest.mark.parametrize(
    ("asked", "error", "says"),
    [
        (("PAK", "RUS", "2199-01"), OptionError, "2199-01 is yet to come"),
        (("PAK", "RUS", "2020-13"), OptionError, "'2020-13' is out of range"),
        (("PAK", "RUS", "soon"), OptionError, "'soon' is not a date"),
        (("PAK", "Bangladesh", "1960"), StateNotThenError, "Bangladesh did not exist"),
        (("RUS", "USSR", "1960"), SameStateError, "one state"),
        (("PAK", "Japan", "1960"), NoDataError, "no event between Pakistan and Japan at any time"),
        (("PAK", "RUS", "2020-02"), NoDataError, "nearest are of 2020-01-09 and 2020-09-09"),
        (("PAK", "RUS", 2020), OptionError, "in_ is 2020; expected text or date"),
    ],
)
def test_what_cannot_be_answered_is_one_line(asked, error, says):
    a, b, period = asked
    with pytest.raises(error) as fault:
        quadrille.events(a, b, "chronicle", in_=period)
    assert says in str(fault.value)
    assert "\n" not in str(fault.value)


@pytest.mark.parametrize("folder", ["icews_yearly", "gdelt_monthly_score"])
def test_counts_and_scores_have_no_rows_behind_them(data_dir, folder):
    with pytest.raises(OptionError, match=r"with no rows behind a period; give a file of events"):
        quadrille.events("PAK", "RUS", data_dir / folder, in_="2010")


@pytest.mark.parametrize(
    ("first", "last", "frequency"),
    [
        ((2020, 1, 1), (2020, 12, 31), "Y"), ((2020, 2, 1), (2020, 2, 29), "M"), ((2020, 5, 5), (2020, 5, 5), "D"),
        ((2020, 1, 1), (2020, 3, 31), ""), ((2020, 7, 1), (2021, 6, 30), ""), ((2020, 1, 2), (2020, 12, 31), ""),
    ],
)  # fmt: skip
def test_a_span_that_is_a_whole_period_knows_it(first, last, frequency):
    assert Span(date(*first), date(*last)).frequency == frequency
