"""Tables of one's own: maps guessed, written and read again."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quadrille.errors import FileFormatError
from quadrille.sources.column_map import ColumnMap, read_column_map
from quadrille.sources.events.mapped import fit, guess_map, map_toml, missing_parts
from quadrille.sources.formats import read_table


def test_na_is_nothing_but_in_two_letters():
    def frame(states):
        return pl.DataFrame(
            {
                "source": states,
                "target": ["US", "Russia", "RU", "CN"],
                "date": ["2020-01-01"] * 4,
                "code": ["042"] * 4,
            }
        )

    lines = pl.Series([2, 3, 4, 5], dtype=pl.Int64)
    long = frame(["NA", "NA", "Pakistan", "India"])
    short = frame(["NA", "NA", "PK", "IN"])
    from quadrille.sources.events.mapped import read_events

    m = ColumnMap("events", "source", "target", date="date", code="code")
    assert read_events(long, m, "a.csv", lines).data["source"].to_list() == ["PAK", "IND"]
    assert read_events(short, m, "a.csv", lines).data["source"].to_list() == [
        "NAM",
        "NAM",
        "PAK",
        "IND",
    ]


def test_columns_of_the_file_that_bear_our_names(tmp_path):
    path = tmp_path / "c.csv"
    path.write_text(
        "line,raw,reason,quad,event_id,who,whom,date,cameo,goldstein\n"
        "x,y,z,4,a1,PAK,RUS,2020-01-02,042,3\n"
    )
    m = ColumnMap("events", "who", "whom", date="date", code="cameo")
    table = read_table(path, column_map=m)
    assert table.data.select("event_id", "goldstein").row(0) == ("2", 1.9)


def test_weird_names_are_proposed_by_content_and_not_read_unseen():
    frame = pl.DataFrame(
        {
            "k": ["1", "2", "3", "4"],
            "x1": ["PAK", "IND", "CHN", "USA"],
            "x2": ["RUS", "RUS", "PAK", "IND"],
            "zeitpunkt": ["31.01.2020", "01.02.2020", "02.02.2020", "03.02.2020"],
            "was": ["042", "190", "1411", "010"],
        }
    )
    assert guess_map(frame) is None
    m = guess_map(frame, by_content=True)
    assert m is not None
    assert (m.kind, m.source, m.target, m.date, m.date_format, m.code) == (
        "events", "x1", "x2", "zeitpunkt", "%d.%m.%Y", "was",
    )  # fmt: skip
    assert [(f, c) for f, c, _ in fit(frame, m)] == [
        ("source", "x1"), ("target", "x2"), ("date", "zeitpunkt"), ("code", "was"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"a": ["1", "2", "3"], "b": ["x", "y", "z"]}, "no two columns of states"),
        ({"who": ["PAK", "IND", "USA"], "whom": ["RUS", "CHN", "FRA"], "n": ["1", "2", "3"]},
         "but no column of dates or years"),
        ({"who": ["PAK", "IND", "USA"], "whom": ["RUS", "CHN", "FRA"], "year": ["1999"] * 3},
         "no CAMEO code, no counts by quad class and no score"),
    ],
)  # fmt: skip
def test_what_is_missing_is_said(columns, says):
    frame = pl.DataFrame(columns)
    assert guess_map(frame, by_content=True) is None
    assert says in missing_parts(frame)


names = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=12)


@given(names, names, names, st.lists(names, min_size=1, max_size=3).map(tuple))
def test_a_map_written_and_read_is_the_same(tmp_path_factory, source, target, year, columns):
    m = ColumnMap("counts", source, target, "cow", year, verbal_coop=columns)
    path = tmp_path_factory.mktemp("map") / "x.map.toml"
    path.write_text(map_toml(m, {"source": "a note"}), encoding="utf-8")
    assert read_column_map(path) == m


def test_a_column_of_the_map_is_missing(tmp_path):
    path = tmp_path / "c.csv"
    path.write_text("a,b\nPAK,RUS\n")
    with pytest.raises(FileFormatError, match="column 'when' is missing; it has a, b"):
        read_table(path, column_map=ColumnMap("events", "a", "b", date="when", code="c"))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("date_format = 5", "date_format is 5; expected text"),
        ('date_format = "%Q"', "date_format is '%Q'; expected the terms"),
        ("x = " + "[" * 5_000, "nested too deep"),
    ],
)
def test_a_map_that_is_at_fault_says_so_itself(tmp_path, line, said):
    head = 'kind = "events"\nsource = "a"\ntarget = "b"\ndate = "d"\ncode = "c"\n'
    (tmp_path / "x.map.toml").write_text(head + line, encoding="utf-8")
    with pytest.raises(FileFormatError, match=said):
        read_column_map(tmp_path / "x.map.toml")


def _scores(**columns: list[str]) -> pl.DataFrame:
    return pl.DataFrame({"state_a": ["PAK"] * 3, "state_b": ["RUS"] * 3, **columns})


@pytest.mark.parametrize(
    ("name", "written", "form", "frequency"),
    [
        ("month", ["2001-01", "2001-02", "2001-04"], "%Y-%m", "M"),
        ("Year Month", ["200101", "200102", "200104"], "%Y%m", "M"),
        ("period", ["2001M01", "2001M02", "2001M04"], "%YM%m", "M"),
        ("month", ["January 2001", "Feb 2001", "April 2001"], "%B %Y", "M"),
        ("date", ["2001-01-01", "2001-02-01", "2001-04-01"], "%Y-%m-%d", "M"),
        ("date", ["2001-01-01", "2002-01-01", "2003-01-01"], "%Y-%m-%d", "Y"),
        ("date", ["2001-01-01", "2001-01-02", "2001-01-05"], "%Y-%m-%d", "D"),
    ],
)
def test_periods_in_one_column(tmp_path, name, written, form, frequency):
    frame = _scores(**{name: written, "score": ["1", "2", "3"]})
    m = guess_map(frame)
    assert m is not None
    assert (m.date, m.date_format, m.step) == (name, form, frequency)
    frame.write_csv(tmp_path / "x.csv")
    table = read_table(tmp_path / "x.csv")
    assert table.frequency == frequency
    assert table.data["period"].n_unique() == 3
    assert table.data["period"].min().isoformat() == "2001-01-01"


@pytest.mark.parametrize(
    "ends", [("Country A", "Country B"), ("state1", "state2"), ("ISO_A", "ISO_B"), ("Reporter", "Partner")]
)  # fmt: skip
def test_states_by_common_names(ends):
    frame = _scores(year=["2001", "2002", "2003"], score=["1", "2", "3"])
    m = guess_map(frame.rename(dict(zip(("state_a", "state_b"), ends, strict=True))))
    assert m is not None
    assert (m.source, m.target) == ends


def test_months_that_may_be_days_are_not_guessed():
    frame = _scores(date=["01/02/2001", "01/03/2001", "01/04/2001"], score=["1", "2", "3"])
    assert guess_map(frame) is None
    assert "give date_format in a map" in missing_parts(frame)


@pytest.mark.parametrize("pair", [("score", "Score"), ("Verbal coop", "verbal_coop")])
def test_two_columns_of_one_name_are_not_guessed(pair):
    frame = _scores(year=["2001", "2002", "2003"], **{key: ["1", "2", "3"] for key in pair})
    assert guess_map(frame) is None
    assert f"{pair[0]!r} and {pair[1]!r} may be either" in missing_parts(frame)


@pytest.mark.parametrize("column", ["verbal_coop", "score"])
def test_numbers_beyond_all_measure_are_rejected(tmp_path, column):
    frame = _scores(year=["2001", "2002", "2003"], **{column: ["3", "1e300", "4"]})
    frame.write_csv(tmp_path / "x.csv")
    table = read_table(tmp_path / "x.csv")
    assert table.data.height == 2
    assert table.rejected["reason"].to_list() == [f"{column} is too large ('1e300')"]
    assert table.rejected["line"].to_list() == [3]
