"""``index update``: months laid once, one more taken in, nothing twice, and one line for what cannot be."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.index.test_monthly import SCALE, STATES

from quadrille.errors import FileFormatError, NoDataError, OptionError
from quadrille.index.model import Learnt
from quadrille.index.monthly import AGAIN
from quadrille.index.shipped import months_beside, read_index, read_meta, write_index
from quadrille.index.weights import weights_of
from quadrille.index.witnesses import Item
from quadrille.kernels.witness import BINOMIAL, COUNT, NORMAL, Items
from quadrille.lake.catalogue import Lake, open_lake
from quadrille.lake.ingest import ingest
from quadrille.measure.indexing import update_index
from quadrille.measure.world import World

ITEMS = (
    Item("votes", "votes", NORMAL, "votes"),
    Item("icews: events", "icews", COUNT, "icews: events"),
    Item("icews: conflict", "icews", BINOMIAL, "icews: conflict"),
)
KEYS = ["state_a", "state_b", "year", "month"]
QUADS = ("verbal_cooperation", "material_cooperation", "verbal_conflict", "material_conflict")
COLUMN_MAP = """kind = "counts"
source = "source"
target = "target"
scheme = "any"
year = "year"
month = "month"
verbal_coop = ["verbal_cooperation"]
material_coop = ["material_cooperation"]
verbal_conf = ["verbal_conflict"]
material_conf = ["material_conflict"]
"""


def _learnt() -> Learnt:
    theta = np.array([[0.2, 0.7, -0.2, 0.6], [0.1, 0.0, 1.2, 0.5], [-1.5, -0.8, 0.3, 0.4]])
    items = Items(
        np.array([i.family for i in ITEMS], np.int32), np.arange(3, dtype=np.int32), theta,
        np.array([0.1, 2.0, 1.0]), np.tile([0.97, 0.06], (3, 1)), 0.97, np.eye(2),
        np.linalg.inv(np.diag([0.04, 0.02])), 4.0,
    )  # fmt: skip
    return Learnt(items, np.array([0.0, 0.0, 0.05]), ITEMS)


def _index(folder: Path, sources: tuple[str, ...]) -> Path:
    rng = np.random.default_rng(0)
    rows = [(*d, y) for d in combinations(STATES, 2) for y in range(1990, 2001)]
    frame = pl.DataFrame(rows, ["state_a", "state_b", "year"], orient="row").with_columns(
        valence=pl.Series(rng.normal(0, 0.6, len(rows))), sd=pl.lit(0.4),
        engagement=pl.Series(rng.normal(0, 0.5, len(rows))), engagement_sd=pl.lit(0.3),
    )  # fmt: skip
    meta = {
        "version": 1, "built": "2001-01-01", "sources": dict.fromkeys(sources, "cited"), "scales": [SCALE._asdict()] * 2,
        "weights": [weights_of(_learnt())] * 2,
    }  # fmt: skip
    write_index(frame, folder / "index.parquet", meta)
    return folder / "index.parquet"


def _counts(folder: Path, name: str, months: range, year: int = 2001) -> Path:
    """Events of every pair but those with China, which has them up to June only."""
    rows = []
    for month in months:
        for i, (a, b) in enumerate(combinations(STATES, 2)):
            if "CHN" not in (a, b) or month <= 1:
                rng = np.random.default_rng(1000 * month + i)
                rows.append((a, b, year, month, *rng.poisson([8, 2, 4, 1]).tolist()))
    path = folder / f"{name}.csv"
    pl.DataFrame(rows, ["source", "target", "year", "month", *QUADS], orient="row").write_csv(path)
    path.with_name(path.name + ".map.toml").write_text(COLUMN_MAP)
    return path


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    made = open_lake(tmp_path / "lake", create=True)
    ingest(made, [_counts(tmp_path, "icews_a", range(1, 9))])
    return made


def test_months_go_on_from_the_last_year_and_one_more_is_a_full_run(lake, tmp_path, capsys) -> None:
    index = _index(tmp_path, ("unga_votes",))
    first = update_index(lake, index)
    assert (first.first, first.last, first.months, first.ties) == ("2001-01", "2001-08", 8, 28)
    months = months_beside(index)
    held = {p: p.read_bytes() for p in tmp_path.glob("index*")}
    again = update_index(lake, index)
    assert (again.first, again.months, again.ties, again.last) == (None, 0, 28, "2001-08")
    assert {p: p.read_bytes() for p in tmp_path.glob("index*")} == held
    early = read_index(months)

    ingest(lake, [_counts(tmp_path, "icews_b", range(9, 10))])
    one = update_index(lake, index)
    assert (one.first, one.last, one.months, one.again) == ("2001-09", "2001-09", 1, AGAIN)
    assert (one.ties, one.spoken) == (28, 21)
    table = read_index(months)
    assert table.group_by("state_a", "state_b").len()["len"].unique().to_list() == [9]
    # Months further back stay; those of ties without a report since then stay as well.
    old = table.filter(pl.col("month") <= 8 - AGAIN)
    assert old.equals(early.filter(pl.col("month") <= 8 - AGAIN))
    china = (pl.col("state_a") == "CHN") & (pl.col("month") <= 8)
    assert table.filter(china).equals(early.filter(china))

    (tmp_path / "fresh").mkdir()
    other = _index(tmp_path / "fresh", ("unga_votes",))
    update_index(lake, other)
    both = table.join(read_index(months_beside(other)), on=KEYS, suffix="_full")
    last = both.filter(month=9)
    assert last.height == 28
    for column in ("valence", "sd", "engagement", "engagement_sd"):
        assert (last[column] - last[f"{column}_full"]).abs().max() < 0.03


def test_a_lake_with_all_sources_lays_months_from_its_first_report(lake, tmp_path) -> None:
    index = _index(tmp_path, ("counts:icews_a", "chronicle"))
    said: list[str] = []
    made = update_index(lake, index, "2001-05", said.append)
    assert (made.first, made.last, made.ties) == ("2001-01", "2001-05", 28)
    assert any("laying all months" in line for line in said)
    later = update_index(lake, index, "2001-06")
    assert (later.first, later.last, later.again) == ("2001-06", "2001-06", 5)


def test_questions_read_months_beside_the_years(lake, tmp_path) -> None:
    index = _index(tmp_path, ("unga_votes",))
    with pytest.raises(NoDataError, match=r"index-months\.parquet: this index has no months; lay"):
        _ = World(index, "M").panel
    update_index(lake, index)
    panel = World(index, "M").panel
    assert (panel.frequency, panel.kind, panel.cells.height) == ("M", "index", 28 * 8)
    assert World(months_beside(index)).panel.frequency == "M"
    assert World(index).panel.frequency == "Y"
    relation = World(index, "M").relation("FRA", "GBR")  # type: ignore[attr-defined]
    table = read_index(months_beside(index)).filter(state_a="FRA", state_b="GBR")
    assert (relation.frequency, len(relation.periods)) == ("M", 8)
    assert relation.draws.mean(axis=0) == pytest.approx(table["valence"].to_numpy(), abs=0.06)
    assert relation.place.frequency == "M"
    assert relation.place.ties == 28
    year, month = (read_meta(p)["dynamics"]["cordiality"] for p in (index, months_beside(index)))
    assert month["persistence"] ** 12 == pytest.approx(year["persistence"])


def test_what_cannot_be_is_one_line(lake, tmp_path) -> None:
    index = _index(tmp_path, ("unga_votes",))
    empty = open_lake(tmp_path / "other", create=True)
    ingest(empty, [_counts(tmp_path, "phoenix_x", range(1, 3))])
    with pytest.raises(NoDataError, match=r"holds no witness of this index, which reads icews, vo"):
        update_index(empty, index)
    old = open_lake(tmp_path / "old", create=True)
    ingest(old, [_counts(tmp_path, "icews_old", range(1, 3), 1995)])
    with pytest.raises(NoDataError, match="holds only some sources of this index and nothing aft"):
        update_index(old, index)
    with pytest.raises(OptionError, match="write YYYY-MM"):
        update_index(lake, index, "2001")
    with pytest.raises(NoDataError, match=r"none\.parquet: no index of ties is there"):
        update_index(lake, tmp_path / "none.parquet")
    update_index(lake, index, "2001-06")
    (tmp_path / "index-months-states.parquet").unlink()
    with pytest.raises(FileFormatError, match=r"missing or torn; delete index-months\.parquet"):
        update_index(lake, index)
    meta = json.loads((tmp_path / "index.json").read_text())
    del meta["weights"]
    (tmp_path / "index.json").write_text(json.dumps(meta))
    with pytest.raises(FileFormatError, match=r"this index has no weights of its witnesses; build"):
        update_index(lake, index)


def test_sources_without_weights_are_named(lake, tmp_path) -> None:
    ingest(lake, [_counts(tmp_path, "phoenix_x", range(1, 3))])
    done = update_index(lake, _index(tmp_path, ("unga_votes",)))
    assert done.unknown == ("counts:phoenix_x",)
