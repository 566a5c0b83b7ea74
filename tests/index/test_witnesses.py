"""What sources become as witnesses, and what anchors the scale."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest

from quadrille.coding.vocabulary import QUADS
from quadrille.errors import NoDataError
from quadrille.index.anchor import anchored, labels, on_scale
from quadrille.index.witnesses import evidence, producer, world
from quadrille.kernels.witness import Posterior
from quadrille.panel.build import Panel
from quadrille.panel.facets import facet
from quadrille.sources.layers.layer import Layer, make_layer

TRIO = [("IND", "PAK"), ("PAK", "USA"), ("IND", "USA")]


def _layer(name: str, role: str, rows: pl.DataFrame) -> Layer:
    return make_layer(name, role, "dyad", rows, None, "made.csv", rows.height, "cited")  # type: ignore[arg-type]


def _years(pairs: list[tuple[str, str]], first: int, last: int) -> pl.DataFrame:
    rows = [(*pair, year) for pair in pairs for year in range(first, last + 1)]
    schema = {"state_a": pl.String, "state_b": pl.String, "year": pl.Int32}
    return pl.DataFrame(rows, schema, orient="row")


def _disputes(hostility: int) -> Layer:
    rows = _years([("IND", "PAK")], 1965, 1965)
    return _layer("cow_mids", "disputes", rows.with_columns(hostility=pl.lit(hostility)))


def _reports(name: str, found: object) -> pl.DataFrame:
    e = found
    items = [i.name for i in e.items]  # type: ignore[attr-defined]
    r = e.reports  # type: ignore[attr-defined]
    cell = np.repeat(np.arange(r.cell.size - 1), np.diff(r.cell))
    rows = e.cells[cell].with_columns(
        item=pl.Series(r.item), y=pl.Series(r.y), offset=pl.Series(r.offset)
    )  # type: ignore[attr-defined]
    return rows.filter(item=items.index(name)) if name in items else rows.clear()


def test_the_world_has_every_two_states_that_existed() -> None:
    cells = world(1950)
    pair = cells.filter(state_a="RUS", state_b="USA")["year"].to_list()
    assert pair == [1946, 1947, 1948, 1949, 1950]
    assert cells.filter(state_a="IND", state_b="PAK")["year"].min() == 1947
    assert cells.filter(pl.col("state_a") >= pl.col("state_b")).is_empty()


@pytest.mark.parametrize(
    ("hostility", "force", "war"), [(3, [0.0], []), (4, [1.0], [0.0]), (5, [1.0], [1.0])]
)
def test_hostility_is_told_in_stages(hostility: int, force: list[float], war: list[float]) -> None:
    found = evidence([_disputes(hostility)], [], 1965)
    india = pl.col("state_a") == "IND", pl.col("state_b") == "PAK"
    assert _reports("dispute", found).filter(*india)["y"].to_list() == [1.0]
    assert _reports("force", found)["y"].to_list() == force
    assert _reports("war", found)["y"].to_list() == war
    quiet = _reports("dispute", found).filter(state_a="GBR", state_b="USA")
    assert quiet["y"].to_list() == [0.0]


def test_two_codings_of_one_dispute_are_one_report() -> None:
    other = _layer(
        "gml_mids",
        "disputes",
        _years([("CHN", "IND")], 1965, 1965).with_columns(hostility=pl.lit(4)),
    )
    found = evidence([_disputes(5), other], [], 1965)
    rows = _reports("dispute", found)
    assert rows.filter(state_a="IND", state_b="PAK")["y"].to_list() == [0.5]
    assert rows.filter(state_a="CHN", state_b="IND")["y"].to_list() == [0.5]
    assert found.contradictory["disputes"] >= 2


def _panel(origin: str, years: range, *, sided: bool) -> Panel:
    rows = _years(TRIO, years.start, years.stop - 1)
    values = {q: pl.lit(4.0 if "conf" in q else 10.0) for q in QUADS}
    if sided:
        values |= {q: pl.lit(None, pl.Float64) for q in QUADS[:2]}
    cells = rows.with_columns(pl.date("year", 1, 1).alias("period"), **values).drop("year")
    return Panel("counts", "Y", cells, origin, ("made",))


def test_a_year_is_read_from_one_extraction_of_a_producer() -> None:
    whole = _panel("icews_yearly", range(2002, 2006), sided=False)
    half = _panel("icews_conflict", range(2000, 2004), sided=True)
    found = evidence([], [half, whole], 2006)
    assert found.witnesses == ("icews",)
    sided = _reports("icews conflict side: events", found)
    assert sorted(set(sided["year"])) == [2000, 2001]
    assert sorted(set(_reports("icews: events", found)["year"])) == [2002, 2003, 2004, 2005]
    share = _reports("icews: conflict", found)
    assert set(share["y"]) == {8.0}
    assert set(share["offset"]) == {28.0}


def test_a_producer_is_the_first_word_of_a_name() -> None:
    assert producer("counts:icews_dyad_year_quad_2002_2012") == "icews"
    assert producer("GDELT-monthly") == "gdelt"


def test_reports_on_states_that_did_not_exist_are_counted() -> None:
    rows = _years([("BGD", "IND")], 1960, 1960).with_columns(kappa=pl.lit(0.5), votes=pl.lit(40))
    more = _years(TRIO, 1960, 1960).with_columns(kappa=pl.Series([0.1, 0.2, 0.9]), votes=pl.lit(40))
    votes = _layer("unga_votes", "votes", pl.concat([rows, more]))
    found = evidence([votes], [], 1960)
    assert dict(found.outside) == {"votes": 1}


def test_a_witness_without_a_report_on_any_tie_is_named() -> None:
    rows = _years([("IND", "PAK")], 1900, 1900).with_columns(votes=pl.lit(9), kappa=pl.lit(0.5))
    found = evidence([_disputes(4), _layer("unga_votes", "votes", rows)], [], 1966)
    assert found.mute == ("votes",)
    assert found.witnesses == ("disputes",)
    assert not found.contradictory
    with pytest.raises(NoDataError, match="votes is on two states that existed"):
        evidence([_layer("unga_votes", "votes", rows)], [], 1966)


def test_no_witness_is_one_line() -> None:
    with pytest.raises(NoDataError, match="no witness of any tie: expected votes"):
        evidence([], [], 1990)


def test_no_anchor_is_one_line() -> None:
    pacts = _layer(
        "atop", "alliance", _years(TRIO, 1950, 1990).with_columns(defense=pl.lit(value=True))
    )
    with pytest.raises(NoDataError, match="needs a layer of rivalry"):
        labels(world(1990), [pacts])
    few = _layer("td_rivalries", "rivalry", _years([("CHN", "IND")], 1962, 1990))
    with pytest.raises(NoDataError, match="fewer than 50 dyad-years of rivalries"):
        labels(world(1990), [pacts, few])


def test_both_and_neither_have_no_label() -> None:
    pacts = _layer(
        "atop", "alliance", _years(TRIO, 1950, 1990).with_columns(defense=pl.lit(value=True))
    )
    rivals = _layer(
        "td_rivalries",
        "rivalry",
        _years([("IND", "PAK"), ("CHN", "IND"), ("CHN", "USA")], 1950, 1990),
    )
    cells = world(1995)
    rows = cells.with_columns(label=pl.Series(labels(cells, [pacts, rivals])))

    def of(a: str, b: str, year: int) -> float:
        return float(rows.filter(state_a=a, state_b=b, year=year)["label"][0])

    assert of("IND", "USA", 1980) == 1.0
    assert of("CHN", "IND", 1980) == -1.0
    assert np.isnan(of("IND", "PAK", 1980))
    assert np.isnan(of("FRA", "GBR", 1980))
    assert np.isnan(of("CHN", "IND", 1992))


def test_the_scale_puts_the_medians_at_one_and_no_band_jumps_at_zero() -> None:
    rng = np.random.default_rng(0)
    n = 6000
    g = rng.normal(size=n)
    label = np.where(rng.random(n) < 0.5, 1.0, -1.0)
    v = 0.5 + 0.4 * g + 1.5 * label + rng.normal(0, 0.6, n)
    cells = pl.DataFrame(
        {"state_a": [f"A{i}" for i in range(n)], "state_b": [f"B{i}" for i in range(n)],
         "year": np.full(n, date(2000, 1, 1).year)}
    )  # fmt: skip
    scale = anchored(cells, v, g, label)
    assert -scale.b0 / scale.b1 == pytest.approx(0.5, abs=0.1)
    assert -scale.b2 / scale.b1 == pytest.approx(0.4, abs=0.1)
    cov = np.zeros((n, 2, 2))
    cov[:, 0, 0] = cov[:, 1, 1] = 0.01
    zeros = np.zeros(n)
    tie = on_scale(Posterior(np.c_[v, g], cov, cov, zeros, zeros, zeros, zeros, zeros), scale)
    assert np.median(tie.valence[label > 0]) == pytest.approx(1.0, abs=0.02)
    assert np.median(tie.valence[label < 0]) == pytest.approx(-1.0, abs=0.02)
    order = np.argsort(tie.valence)
    near = np.abs(tie.valence[order]) < 0.1
    assert np.abs(np.diff(tie.sd[order][near])).max() < 0.05


def test_witnesses_that_tell_nothing_anchor_nothing() -> None:
    rng = np.random.default_rng(1)
    n = 2000
    label = np.where(rng.random(n) < 0.7, 1.0, -1.0)
    cells = pl.DataFrame(
        {"state_a": [f"A{i}" for i in range(n)], "state_b": [f"B{i}" for i in range(n)],
         "year": np.full(n, 2000)}
    )  # fmt: skip
    with pytest.raises(NoDataError, match="do not tell rivals from partners"):
        anchored(cells, rng.normal(size=n), rng.normal(size=n), label)


def test_ties_that_are_neither_neighbours_nor_a_major_powers_are_distant() -> None:
    rows = _years([("IND", "PAK"), ("ARG", "CHL")], 1965, 1965)
    near = _layer("cow_contiguity", "contiguity", rows.with_columns(contiguity=pl.lit(1, pl.Int8)))
    far = rows.with_columns(pl.lit("FJI").alias("state_b"), contiguity=pl.lit(0, pl.Int8))
    beyond = _layer("far", "contiguity", far.filter(state_a="ARG"))
    found = evidence([_disputes(5), near, beyond], [], 1971)
    dyads = found.cells[found.reports.dyad[:-1].tolist()].with_columns(far=pl.Series(found.distant))
    said = {(a, b): v for a, b, v in dyads.select("state_a", "state_b", "far").iter_rows()}
    assert not said["IND", "PAK"] and not said["ARG", "CHL"]
    assert not said["FJI", "USA"] and not said["CHN", "FJI"]
    assert said["ARG", "IND"] and said["ARG", "FJI"]
    assert evidence([_disputes(5)], [], 1971).distant is None


def test_a_score_is_as_sure_as_the_months_it_is_the_mean_of() -> None:
    """Three months are three times as sure as one; how sure one is shows where a dyad has several in a year."""
    months = [("IND", "PAK", 1), ("IND", "PAK", 5), ("IND", "PAK", 9), ("PAK", "USA", 3)]
    cells = pl.DataFrame(
        [(a, b, date(2018, m, 1), x) for (a, b, m), x in zip(months, [-9.0, 1.0, 5.0, 2.0], strict=True)],
        {"state_a": pl.String, "state_b": pl.String, "period": pl.Date, "score": pl.Float64},
        orient="row",
    )  # fmt: skip
    panel = Panel("scores", "M", cells, "scores:gdelt_made", ())
    found = _reports("gdelt: score", evidence([_disputes(4)], [panel], 2018))
    offset = {(a, b): v for a, b, v in found.select("state_a", "state_b", "offset").iter_rows()}
    of_one = facet(panel).data.filter(state_a="IND")["y"].var()
    assert offset["PAK", "USA"] == pytest.approx(of_one)
    assert offset["IND", "PAK"] == pytest.approx(of_one / 3)
