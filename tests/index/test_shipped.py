"""The index as a file: what is written is read, and what is wrong is said in a line."""

from __future__ import annotations

import json
from datetime import date

import numpy as np
import polars as pl
import pytest

from quadrille.errors import FileFormatError, NoDataError, OptionError
from quadrille.index.shipped import (
    _first_day,
    looks_like,
    open_index,
    read_index,
    read_meta,
    read_shifts,
    write_index,
)  # fmt: skip
from quadrille.measure.world import World


def test_what_is_written_is_read(frame, index_file):
    back = read_index(index_file)
    assert back.columns == frame.columns
    assert back.select("state_a", "state_b", "year").equals(
        frame.select("state_a", "state_b", "year")
    )
    for column, step in (
        ("valence", 1e-3),
        ("sd", 1e-3),
        ("engagement", 0.01),
        ("engagement_sd", 0.01),
    ):
        assert back.schema[column] == pl.Float32
        np.testing.assert_allclose(back[column], frame[column], atol=step / 2 + 1e-6)


def test_further_columns_are_kept_and_rows_are_sorted(frame, tmp_path, meta):
    more = frame.with_columns(w_votes=pl.lit(40, pl.UInt8)).sample(fraction=1, shuffle=True, seed=1)
    write_index(more, tmp_path / "more.parquet", meta)
    back = read_index(tmp_path / "more.parquet")
    assert back.schema["w_votes"] == pl.UInt8
    assert back["w_votes"].to_list() == [40] * frame.height
    assert back.select("state_a", "state_b", "year").equals(
        frame.select("state_a", "state_b", "year")
    )


def _moving(frame):
    """The index with what changes are known to, a half of the level's deviation; nothing in a dyad's first year."""
    first = pl.col("year") == pl.col("year").min().over("state_a", "state_b")
    sd = pl.when(first).then(None).otherwise(0.15).cast(pl.Float32)
    return frame.with_columns(change_sd=sd, engagement_change_sd=sd / 2)


def test_deviations_of_changes_are_kept_and_may_be_left_out(frame, tmp_path, meta):
    path = tmp_path / "moving.parquet"
    write_index(_moving(frame), path, meta)
    back = read_index(path)
    assert back["change_sd"].null_count() == back["engagement_change_sd"].null_count() == 10
    assert back["change_sd"].drop_nulls().to_numpy() == pytest.approx(0.15)
    assert back["engagement_change_sd"].drop_nulls().to_numpy() == pytest.approx(0.075, abs=0.0026)
    for bad, says in (
        (pl.lit(0.0), "is not above 0"),
        (pl.lit(200.0), "too large"),
    ):
        with pytest.raises(OptionError, match=says):
            write_index(_moving(frame).with_columns(change_sd=bad), path, meta)
    pl.read_parquet(path).with_columns(change_sd=pl.lit("much")).write_parquet(path)
    with pytest.raises(FileFormatError, match="its column change_sd holds String, not whole"):
        read_index(path)


def test_paths_move_as_changes_are_known_to(frame, tmp_path, meta):
    path = tmp_path / "moving.parquet"
    write_index(_moving(frame), path, meta)
    tie, plain = World(path).relation("JPN", "KOR"), tmp_path / "plain.parquet"
    steps = np.diff(tie.draws, axis=1).std(axis=0)
    np.testing.assert_allclose(steps, 0.15, rtol=0.12)
    held = read_index(path).filter(state_a="JPN", state_b="KOR")
    np.testing.assert_allclose(tie.draws.std(axis=0), held["sd"], rtol=0.01)
    # Without the column they move as the dynamics of all ties have it.
    write_index(frame, plain, meta)
    world = World(plain)
    common = np.diff(world.relation("JPN", "KOR").draws, axis=1).std(axis=0)
    m = world.measurement()
    assert np.median(common) == pytest.approx(
        np.exp(m.theta[m.row("JPN", "KOR"), 1]) ** 0.5, rel=0.2
    )


def test_shifts_are_kept_in_tenths_and_silence_as_null(frame, tmp_path, meta):
    said = [0.26, -1.24, None, float("nan"), 99.0, -99.0, 0.04]
    many = frame.height // len(said) + 1
    more = frame.with_columns(shift_votes=pl.Series((said * many)[: frame.height], strict=False))
    path = tmp_path / "shifts.parquet"
    write_index(more.with_columns(shift_arms=pl.lit(None, pl.Float32)), path, meta)
    assert pl.read_parquet_schema(path)["shift_votes"] == pl.Int8
    back = read_index(path)
    held = back["shift_votes"].head(7).to_list()
    assert held[2:4] == [None, None]
    assert [v for v in held if v is not None] == pytest.approx([0.3, -1.2, 12.7, -12.7, 0.0])
    assert back["shift_arms"].null_count() == frame.height
    assert open_index(path).data.columns == columns_opened(frame)
    a, b = more.row(0)[:2]
    one = read_shifts(b, a, path)
    assert one.columns == ["year", "votes", "arms"]
    assert one["votes"].equals(back.filter(state_a=a, state_b=b)["shift_votes"].alias("votes"))
    with pytest.raises(OptionError, match="a shift is infinite"):
        write_index(more.with_columns(shift_votes=pl.lit(float("inf"))), path, meta)


def columns_opened(frame):
    return [c for c in frame.columns if c != "year"] + ["period"]


def test_beside_it_lies_what_it_is_made_of(frame, index_file):
    made = json.loads(index_file.with_suffix(".json").read_text())
    assert made == read_meta(index_file)
    assert made["span"] == [1950, 2000]
    assert made["ties"] == 10
    assert made["rows"] == frame.height
    assert made["sources"] == {"made up": "Nobody 2001."}
    variance = float((frame["valence"] ** 2 + frame["sd"] ** 2).mean())
    how = made["dynamics"]["cordiality"]
    assert how["mean"] == 0
    assert how["innovation"] == pytest.approx(variance * (1 - how["persistence"] ** 2), rel=1e-6)


def test_it_is_known_by_its_columns(index_file, tmp_path):
    other = tmp_path / "other.parquet"
    pl.DataFrame({"state_a": ["PAK"], "score": [1.0]}).write_parquet(other)
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 no")
    assert looks_like(index_file)
    assert not looks_like(other)
    assert not looks_like(tmp_path / "broken.parquet")
    assert not looks_like(tmp_path / "none.parquet")
    with pytest.raises(FileFormatError, match="no index of ties, which has the columns state_a"):
        read_index(other)


def test_it_opens_as_a_table_by_years(index_file):
    table = open_index(index_file)
    assert (table.kind, table.frequency, table.origin) == ("index", "Y", "index")
    assert table.data["period"].min() == date(1950, 1, 1)
    assert table.summary() == (
        "index: 430 estimates from 10 ties, version test, 1950-01-01 to 2000-01-01, 5 states"
    )


def test_none_there_is_one_line_that_says_how_to_build_one(missing):
    for ask in (read_index, read_meta, open_index):
        with pytest.raises(
            NoDataError,
            match=r"none\.parquet: no index of ties is there; build one: quadrille index build",
        ):
            ask()


def test_the_two_files_stay_together(frame, tmp_path, meta):
    path = tmp_path / "alone.parquet"
    write_index(frame, path, meta)
    path.with_suffix(".json").unlink()
    with pytest.raises(
        FileFormatError, match=r"alone\.json: it is missing.*keep the two files together"
    ):
        open_index(path)
    path.with_suffix(".json").write_text("{")
    with pytest.raises(FileFormatError, match=r"alone\.json: it cannot be read as JSON"):
        open_index(path)
    path.with_suffix(".json").write_text("{}")
    with pytest.raises(FileFormatError, match="it lacks dynamics; write the index again"):
        open_index(path)
    path.with_suffix(".json").write_text('{"dynamics": {"cordiality": {"mean": 0}}}')
    with pytest.raises(FileFormatError, match="dynamics are not as written"):
        open_index(path)


@pytest.mark.parametrize(
    "change, says",
    [
        (lambda f: f.drop("sd"), "needs the columns"),
        (lambda f: f.clear(), "holds no rows"),
        (lambda f: f.rename({"state_a": "state_b", "state_b": "state_a"}), "comes after state_b"),
        (lambda f: pl.concat([f, f.head(1)]), "CHN-DZA 1970: the dyad and year come twice"),
        (lambda f: f.with_columns(sd=pl.lit(0.0)), "is not above 0"),
        (lambda f: f.with_columns(valence=pl.lit(float("nan"))), "not a number"),
        (lambda f: f.with_columns(valence=pl.lit(None, pl.Float32)), "missing"),
        (lambda f: f.with_columns(valence=pl.lit(31.0)), "too large"),
    ],
)
def test_a_frame_that_is_no_index_is_refused(frame, tmp_path, change, says, meta):
    with pytest.raises(OptionError, match=says):
        write_index(change(frame), tmp_path / "bad.parquet", meta)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "change, says",
    [
        (lambda f: f.with_columns(valence=pl.lit(None, pl.Int16)), "a value is missing"),
        (
            lambda f: f.with_columns(valence=pl.lit(0.5)),
            "its column valence holds Float64, not whole",
        ),
        (lambda f: f.with_columns(year=pl.lit("1970")), "its column year holds String, not whole"),
        (lambda f: f.with_columns(state_a=pl.lit("AAA")), "it names AAA, which are no states"),
        (lambda f: f.with_columns(state_a=pl.lit(None, pl.String)), "not in the order|is missing"),
        (lambda f: pl.concat([f.head(1), f]), "the dyad and year come twice"),
        (lambda f: f.reverse(), "its rows are not in the order"),
        (lambda f: f.clear(), "holds no rows"),
    ],
)
def test_a_file_that_others_changed_is_refused_when_it_is_read(frame, tmp_path, change, says, meta):
    path = tmp_path / "mine.parquet"
    write_index(frame, path, meta)
    assert read_index(path).height == frame.height
    change(pl.read_parquet(path)).write_parquet(path)
    with pytest.raises(FileFormatError, match=rf"mine\.parquet: .*({says})"):
        read_index(path)
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(FileFormatError, match="not a whole Parquet file"):
        read_index(path)


def test_what_cannot_be_written_is_refused(frame, tmp_path, meta):
    with pytest.raises(OptionError, match=r"written to \.parquet"):
        write_index(frame, tmp_path / "index.csv", meta)
    with pytest.raises(OptionError, match="meta lacks version, built"):
        write_index(frame, tmp_path / "index.parquet", {"sources": {}})


@pytest.mark.parametrize("monthly", [False, True])
def test_first_days_are_those_of_the_calendar(monthly):
    at = [(year, month) for year in range(1800, 2201) for month in range(1, 13)]
    frame = pl.DataFrame(at, {"year": pl.Int16, "month": pl.Int8}, orient="row")
    got = frame.select(_first_day(monthly)).to_series().to_list()
    assert got == [date(year, month if monthly else 1, 1) for year, month in at]
