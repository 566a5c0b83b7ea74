"""Votes of the General Assembly and ideal points against SQL, pandas and plain sums."""

from __future__ import annotations

import csv

import duckdb
import numpy as np
import polars as pl
import pytest

from quadrille.errors import FileFormatError, NoDataError, OptionError
from quadrille.sources.formats import read_layers
from quadrille.sources.layers import unga
from quadrille.states.registry import resolve

READ = {}
HEAD = "rcid,country,country_code,vote\n"
CALLS = "rcid,session,importantvote,date,unres\n1,1,0,1946-10-24,R/1\n2,1,1,1946-12-31,R/2\n3,1,NA,1947-01-02,R/3\n"


@pytest.fixture
def votes(data_dir):
    if "votes" not in READ:
        READ["votes"] = unga.read_votes(data_dir / "unga/un_votes.parquet")
    return READ["votes"]


@pytest.fixture
def points(data_dir):
    if "points" not in READ:
        READ["points"] = unga.read_ideal_points(
            data_dir / "unga/IdealpointestimatesAll_Apr2020.csv"
        )
    return READ["points"]


def put(folder, text, name="votes.csv"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def one(layer, a, b, year):
    return layer.data.filter(state_a=a, state_b=b, year=year).row(0, named=True)


def sql(data_dir):
    """The votes with state and year, in DuckDB."""
    raw = pl.read_parquet(data_dir / "unga/un_votes.parquet")
    raw = raw.with_columns(state=resolve(raw["country"]), rcid=pl.col("rcid").cast(pl.Int32))
    assert raw["state"].null_count() == 0
    base = duckdb.connect()
    base.register("raw", raw)
    calls = str(data_dir / "unga/un_roll_calls.parquet")
    base.execute(
        "create table v as select state, rcid, year(date::date) as year, "
        "case vote when 'yes' then 0 when 'abstain' then 1 when 'no' then 2 end as x "
        f"from raw join read_parquet('{calls}') using (rcid)"
    )
    return base


PAIRS = (
    "select a.state as state_a, b.state as state_b, a.year as year, count(*) as votes, "
    "avg((a.x = b.x)::int) as agreement, 1 - avg(abs(a.x - b.x)) as s_absolute, "
    "1 - avg((a.x - b.x)**2) / 2 as s_squared, "
    "avg((a.x - b.x)**2) as seen, var_pop(a.x) + var_pop(b.x) as spread, avg(a.x) - avg(b.x) as apart "
    "from v a join v b on a.rcid = b.rcid and a.state < b.state"
)


def compare(ours, theirs):
    """κ and π by Häge's sums, from variances and means."""
    theirs = theirs.with_columns(
        kappa=1 - pl.col("seen") / (pl.col("spread") + pl.col("apart") ** 2),
        pi=1 - pl.col("seen") / (pl.col("spread") + pl.col("apart") ** 2 / 2),
    ).sort("state_a", "state_b", "year")
    ours = ours.sort("state_a", "state_b", "year")
    keys = ["state_a", "state_b", "year", "votes"]
    assert ours.select(keys).equals(theirs.select(keys).cast(ours.select(keys).schema))
    for measure in unga.MEASURES:
        np.testing.assert_allclose(
            ours[measure].fill_null(np.nan), theirs[measure], atol=1e-9, equal_nan=True
        )  # variances by running sums


# ---------------------------------------------------------------- real files


def test_counts(data_dir, votes):
    assert votes.rows_in == 870_109
    assert votes.rejected.filter(pl.col("name").is_null()).is_empty()
    assert votes.unresolved.is_empty()
    assert [f.rsplit("/", 1)[1] for f in votes.files] == [
        "un_votes.parquet",
        "un_roll_calls.parquet",
    ]
    assert (votes.data["state_a"] < votes.data["state_b"]).all()
    assert dict(votes.data.schema) == unga.SCHEMA
    # As many states in a year as cast a vote.
    base = sql(data_dir)
    voting = base.sql("select year, count(distinct state) from v group by year").fetchall()
    ends = pl.concat(
        [votes.data.select("year", s="state_a"), votes.data.select("year", s="state_b")]
    )
    assert sorted(voting) == sorted(ends.group_by("year").agg(pl.col("s").n_unique()).rows())


@pytest.mark.parametrize("year", [1946, 1985, 1990, 2019])
def test_a_year_in_sql(data_dir, votes, year):
    theirs = sql(data_dir).sql(f"{PAIRS} where a.year = {year} group by all").pl()
    compare(votes.data.filter(year=year), theirs)


@pytest.mark.slow
def test_every_year_in_sql(data_dir, votes):
    base = sql(data_dir)
    found = [
        base.sql(f"{PAIRS} where a.year = {y} group by all").pl()
        for y in sorted(votes.data["year"].unique())
    ]
    compare(votes.data, pl.concat(found))


def test_known_facts(votes):
    assert one(votes, "ISR", "USA", 2017)["agreement"] > 0.8
    assert one(votes, "CHN", "USA", 2017)["agreement"] < 0.3
    assert one(votes, "FRA", "GBR", 2017)["kappa"] > 0.9
    assert one(votes, "RUS", "USA", 1985)["s_squared"] < 0
    # The closest to the United States in the eighties and after is Israel, by votes and by κ.
    recent = votes.data.filter(
        (pl.col("state_a") == "USA") | (pl.col("state_b") == "USA"),
        pl.col("year").is_between(1990, 2019),
    )
    other = pl.when(pl.col("state_a") == "USA").then("state_b").otherwise("state_a").alias("other")
    mean = (
        recent.group_by(other).agg(pl.col("agreement").mean(), pl.len()).filter(pl.col("len") > 20)
    )
    assert mean.sort("agreement")["other"][-1] == "ISR"
    # S is near 1 for two that say yes to everything; κ and π are not.
    pakistan = one(votes, "IND", "PAK", 1985)
    assert pakistan["s_squared"] > 0.85
    assert pakistan["kappa"] < 0.25
    # The Federal Republic and Germany are one line, which had no seat before 1973.
    germany = set(votes.data.filter(state_a="DEU")["year"])
    assert {1980, 1995} <= germany
    assert min(germany) == 1973


@pytest.mark.parametrize(
    ("about", "first"), [pytest.param("important", 1983, marks=pytest.mark.slow), ("me", 1947)]
)
def test_some_roll_calls(data_dir, votes, about, first):
    path = data_dir / "unga/un_votes.parquet"
    some = unga.read_votes(path, about=about)
    assert some.name == f"unga_votes_{about}"
    assert some.data["year"].min() == first
    base, calls = sql(data_dir), data_dir / "unga"
    marked = (
        f"select rcid from read_parquet('{calls}/un_roll_calls.parquet') where importantvote = '1'"
        if about == "important"
        else f"select rcid from read_parquet('{calls}/un_roll_call_issues.parquet') where short_name = 'me'"
    )
    base.execute(f"delete from v where rcid not in ({marked})")
    compare(
        some.data.filter(pl.col("year") == 2015),
        base.sql(f"{PAIRS} where a.year = 2015 group by all").pl(),
    )
    both = some.data.join(votes.data, on=["state_a", "state_b", "year"], suffix="_all")
    assert both.height == some.data.height
    assert (both["votes"] <= both["votes_all"]).all()


def test_ideal_points_as_published(data_dir, points):
    with (data_dir / "unga/IdealpointestimatesAll_Apr2020.csv").open(encoding="latin-1") as f:
        raw = list(csv.DictReader(f))
    codes = resolve(pl.Series([int(r["ccode"]) for r in raw]), "cow").to_list()
    expected = {
        (code, 1945 + int(r["session"])): (
            *(float(r[c]) for c in ("IdealPoint", "Q5%", "Q10%", "Q50%", "Q90%", "Q95%")),
            int(r["NVotes"]),
        )
        for code, r in zip(codes, raw, strict=True)
    }
    assert len(expected) == len(raw) == points.rows_in == points.data.height == 10_469
    assert {(r[0], r[1]): r[2:] for r in points.data.rows()} == expected
    in_2017 = dict(points.data.filter(year=2017).select("state", "ideal_point").rows())
    assert max(in_2017, key=in_2017.get) in ("ISR", "USA")


def test_distance(points):
    found = unga.ideal_distance(points)
    assert found.unit == "dyad"
    at = {(r[0], r[1]): r[2] for r in points.data.select("state", "year", "ideal_point").rows()}
    states = points.data.group_by("year").len()
    assert found.data.height == (states["len"].cast(pl.Int64) * (states["len"] - 1) // 2).sum()
    for a, b, year, far in found.data.sample(500, seed=1).rows():
        assert a < b
        assert far == abs(at[a, year] - at[b, year])


# ---------------------------------------------------------------- layouts and broken rows


def test_words(tmp_path):
    put(tmp_path, CALLS, "roll_calls.csv")
    rows = (
        "1,United States,US,yes\n1,France,FR,no\n1,Atlantis,,yes\n"
        "2,United States,US,abstain\n2,France,FR,yes\n2,St. Vincent & Grenadines,VC,yes\n"
        "3,United States,US,no\n3,France,FR,no\n"
    )
    found = unga.read_votes(put(tmp_path, HEAD + rows))
    keys = ["state_a", "state_b", "year", "votes", "agreement", "s_absolute"]
    assert found.data.select(keys).rows() == [
        ("FRA", "USA", 1946, 2, 0.0, -0.5),
        ("FRA", "USA", 1947, 1, 1.0, 1.0),
        ("FRA", "VCT", 1946, 1, 1.0, 1.0),
        ("USA", "VCT", 1946, 1, 0.0, 0.0),
    ]
    assert found.unresolved.rows() == [("Atlantis", 1)]
    assert found.rows_in == 8
    important = unga.read_votes(tmp_path / "votes.csv", about="important")
    assert important.data.select(keys[:4]).rows() == [
        ("FRA", "USA", 1946, 1), ("FRA", "VCT", 1946, 1), ("USA", "VCT", 1946, 1),
    ]  # fmt: skip


def test_codes_of_dataverse_and_states_under_two_numbers(tmp_path):
    """Absent and not a member are no votes; a number out of use does not stand in the way."""
    rows = (
        "rcid\tccode\tmember\tsession\tvote\tyear\tdate\n"
        "9\t260\t0\t46\t9\t1991\t1991-12-06\n9\t255\t1\t46\t1\t1991\t1991-12-06\n"
        "9\t2\t1\t46\t1\t1991\t1991-12-06\n9\t220\t1\t46\t8\t1991\t1991-12-06\n"
        "8\t255\t1\t46\t2\t1991\t1992-01-02\n8\t2\t1\t46\t3.0\t1991\t1992-01-02\n"
    )
    found = unga.read_votes(put(tmp_path, rows, "UNVotes.tab"))
    assert found.data.select("state_a", "state_b", "year", "votes", "s_absolute").rows() == [
        ("DEU", "USA", 1991, 1, 1.0), ("DEU", "USA", 1992, 1, 0.0),
    ]  # fmt: skip
    assert found.rejected.filter(pl.col("name").is_null()).is_empty()


def test_issue_columns_in_the_votes(tmp_path):
    rows = "rcid,ccode,vote,date,me,nu\n1,2,1,1950-05-01,1,0\n1,200,1,1950-05-01,1,0\n2,2,3,1950-05-02,0,1\n"
    path = put(tmp_path, rows)
    assert unga.read_votes(path, about="me").data["votes"].to_list() == [1]
    with pytest.raises(FileFormatError, match="nothing in it can be used as unga_votes_nu"):
        unga.read_votes(path, about="nu")
    with pytest.raises(
        FileFormatError, match="have 'hr', nor is a list with rcid, short_name, issue"
    ):
        unga.read_votes(path, about="hr")
    with pytest.raises(FileFormatError, match="neither it nor its roll calls have 'importantvote'"):
        unga.read_votes(path, about="important")


def test_broken_rows(tmp_path):
    put(tmp_path, CALLS + "4,1,0,no day,R/4\n3,1,0,1947-01-02,R/3\n", "roll_calls.csv")
    rows = (
        "1,United States,US,yes\n1,France,FR,maybe\nx,France,FR,no\n1,France\n"
        "7,France,FR,no\n4,France,FR,no\n1,France,FR,no\n1,France,FR,yes\n"
    )
    found = unga.read_votes(put(tmp_path, HEAD + rows))
    assert found.data.select("votes", "agreement").rows() == [(1, 0.0)]
    broken = [
        (f.rsplit("/", 1)[1], n, why)
        for f, n, why in found.rejected.filter(pl.col("name").is_null())
        .select("file", "line", "reason")
        .rows()
    ]
    assert broken == [
        ("votes.csv", 3, "vote is no vote ('maybe')"),
        ("votes.csv", 4, "rcid is no number ('x')"),
        ("votes.csv", 5, "wrong number of columns (2, expected 4)"),
        ("votes.csv", 6, "roll call 7 is not dated in roll_calls.csv"),
        ("votes.csv", 7, "roll call 4 is not dated in roll_calls.csv"),
        ("votes.csv", 9, "FRA votes twice in roll call 1"),
        ("roll_calls.csv", 5, "date has no year ('no day')"),
        ("roll_calls.csv", 6, "roll call 3 appears twice"),
    ]


def test_the_list_of_roll_calls(tmp_path):
    path = put(tmp_path, HEAD + "1,United States,US,yes\n1,France,FR,yes\n")
    with pytest.raises(FileFormatError, match=r"no dates; put the list of roll calls \(rcid, date"):
        unga.read_votes(path)
    (tmp_path / "away").mkdir()
    calls = put(tmp_path / "away", CALLS, "calls.csv")
    assert unga.read_votes(path, roll_calls=calls).data["year"].to_list() == [1946]
    put(tmp_path, CALLS, "a.csv")
    (tmp_path / "b.parquet").write_bytes(b"PAR1 broken")
    assert unga.read_votes(path).files[1].endswith("a.csv")
    put(tmp_path, CALLS, "c.csv")
    with pytest.raises(
        FileFormatError, match=r"more than one list with rcid, date .*\(a.csv, c.csv\)"
    ):
        unga.read_votes(path)


def test_bad_options(tmp_path):
    path = put(tmp_path, HEAD + "1,United States,US,yes\n1,France,FR,yes\n")
    put(tmp_path, CALLS, "calls.csv")
    with pytest.raises(OptionError, match="unknown votes 'war'; use one of all, important, me"):
        unga.read_votes(path, about="war")
    with pytest.raises(NoDataError, match="none of its roll calls is marked 'importantvote'"):
        unga.read_votes(path, about="important")


@pytest.mark.parametrize(
    ("text", "year"),
    [("1991-12-06", 1991), ("06dec1991", 1991), ("12/6/1991", 1991), ("19911206", 1991),
     ("2020-01-14 00:00:00", 2020), ("13450101", None), ("", None)],
)  # fmt: skip
def test_years_of_dates(text, year):
    assert pl.DataFrame({"d": [text]}).select(unga._year("d")).item() == year


POINTS = "ccode,session,IdealPointAll,NVotesAll,Q5%All,Q10%All,Q50%All,Q90%All,Q95%All\n"


def test_ideal_points_of_later_versions(tmp_path):
    rows = (
        "2,1,1.5,42,1,1.2,1.5,1.8,2\n255,45,.1,40,0,0.05,0.1,0.2,.3\n260,45,0.2,40,0,0.05,.1,.2,.3\n"
        "300,1,1,3,0,0,1,2,3\n2,2,1,3,5,0,1,2,3\n2,3,,3,0,0,1,2,3\n2,x,1,3,0,0,1,2,3\n"
    )
    found = unga.read_ideal_points(put(tmp_path, POINTS + rows))
    assert found.data.rows() == [
        ("DEU", 1990, 0.1, 0.0, 0.05, 0.1, 0.2, 0.3, 40), ("USA", 1946, 1.5, 1.0, 1.2, 1.5, 1.8, 2.0, 42),
    ]  # fmt: skip
    assert found.unresolved.rows() == [("300", 1)]
    assert found.rejected.filter(pl.col("name").is_null()).select("line", "reason").rows() == [
        (4, "DEU appears twice in session 45"),
        (6, "its quantiles are out of order"),
        (7, "a value is missing"),
        (8, "session is no number ('x')"),
    ]


UNDL = (
    "undl_id,ms_code,ms_name,ms_vote,date,session,resolution,draft,committee_report,meeting,title,"
    "agenda_title,subjects,vote_note,total_yes,total_no,total_abstentions,total_non_voting,total_ms,undl_link\n"
)
REST = ',A/RES/1,A/L.1,,A/PV.1,"A ""title"",\nof two lines",agenda,A--B|C,,1,1,1,1,4,https://x\n'


def undl(*votes):
    return UNDL + "".join(",".join(v) + ",79" + REST for v in votes)


def test_the_digital_library_gives_the_same_as_the_dataverse(data_dir, tmp_path, votes):
    """The same votes in the layout of the UN Digital Library are the same layer."""
    calls = pl.read_parquet(data_dir / "unga/un_roll_calls.parquet").select(
        pl.col("rcid").cast(pl.Float64), "date", "session"
    )
    raw = pl.read_parquet(data_dir / "unga/un_votes.parquet").join(calls, on="rcid")
    raw = raw.filter(pl.col("date").is_between(pl.lit("1970-01-01"), pl.lit("1972-12-31")))
    letters = {"yes": "Y", "no": "N", "abstain": "A"}
    text = raw.select(
        undl_id=pl.col("rcid").cast(pl.Int64), ms_code=pl.lit(resolve(raw["country"])),
        ms_name=pl.col("country").str.to_uppercase(),
        ms_vote=pl.col("vote").cast(pl.String).replace_strict(letters), date="date", session="session",
        title=pl.lit('a "title",\nof two lines'),
    )  # fmt: skip
    # The library writes CHN for the seat throughout.
    seat = pl.when(pl.col("ms_code") == "TWN").then(pl.lit("CHN")).otherwise("ms_code")
    text = text.with_columns(seat.alias("ms_code"))
    name = pl.when(pl.col("ms_code") == "CHN").then(pl.lit("CHINA")).otherwise("ms_name")
    path = tmp_path / "2025_3_31_ga_voting.csv"
    text.with_columns(name.alias("ms_name")).write_csv(path)
    found = read_layers(path)[0]
    assert (found.name, found.role, found.unit) == ("undl_votes", votes.role, votes.unit)
    years = pl.col("year").is_between(1970, 1972)
    assert found.data.equals(votes.data.filter(years))
    assert found.rows_in == raw.height


def test_letters_of_the_digital_library(tmp_path):
    path = put(
        tmp_path,
        undl(
            ("1", "IND", "INDIA", "Y", "1971-10-24"), ("1", "CHN", "CHINA", "N", "1971-10-24"),
            ("2", "IND", "INDIA", "A", "1971-10-26"), ("2", "CHN", "CHINA", "A", "1971-10-26"),
            ("2", "PAK", "PAKISTAN", "X", "1971-10-26"), ("2", "FRA", "FRANCE", "", "1971-10-26"),
            ("2", "XYZ", "ATLANTIS", "Y", "1971-10-26"), ("2", "GBR", "UNITED KINGDOM", "B", "1971-10-26"),
            ("2", "IND", "INDIA", "Y", "1971-10-26"), ("3", "IND", "INDIA", "Y", "?"),
        ),
    )  # fmt: skip
    layer = read_layers(path)[0]
    assert layer.data.select("state_a", "state_b", "year", "votes", "agreement").rows() == [
        ("CHN", "IND", 1971, 1, 1.0), ("IND", "TWN", 1971, 1, 0.0),
    ]  # fmt: skip
    assert layer.rejected.sort("reason").select("fate", "reason").rows() == [
        ("rejected", "IND votes twice in roll call 2"),
        ("skipped", "no known state ('ATLANTIS')"),
        ("rejected", "roll call 3 has no date"),
        ("rejected", "vote is no vote ('B')"),
    ]
    assert layer.rows_in == 10
    with pytest.raises(FileFormatError, match="neither it nor its roll calls have 'me'"):
        unga.read_votes(path, about="me")


def test_the_security_council_is_another_body(tmp_path):
    head = "undl_id,ms_code,ms_name,permanent_member,ms_vote,date,meeting,resolution\n"
    path = put(tmp_path, head + "1,CHN,CHINA,True,Y,2024-01-01,S/PV.1,S/RES/1\n")
    with pytest.raises(FileFormatError, match="votes of the Security Council; give those"):
        read_layers(path)
