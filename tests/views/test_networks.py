"""Triangles, triads, the dance and all dyads as people and machines meet them."""

from __future__ import annotations

import json

import polars as pl
import pytest
from figures import WIDTHS, check_axes

import quadrille
from quadrille.errors import NoDataError, OptionError, SameStateError
from quadrille.measure.world import World
from quadrille.readings.triangle import TYPES
from quadrille.views.text import to_text

FOUR = ("PAK", "RUS", "IND", "USA")
ASKS = {
    "triangle": lambda world: world.triangle("PAK", "RUS", "USA"),
    "triads": lambda world: world.triads(),
    "dance": lambda world: world.dance(FOUR),
    "relations": lambda world: world.relations(),
}


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("ask", ASKS.values(), ids=ASKS)
def test_figures_show_everything(chronicle, yearly, scored, ask, width):
    for world in (chronicle, yearly, scored):
        made = ask(world)
        check_axes(made.plot(width), least=0 if made.kind == "dance" else 1)


@pytest.mark.parametrize("ask", ASKS.values(), ids=ASKS)
def test_text_fits_and_json_has_its_keys(chronicle, yearly, scored, ask):
    for world in (chronicle, yearly, scored):
        made = ask(world)
        view = made.view()
        assert max(map(len, to_text(view).splitlines())) <= 80
        assert "−0.00" not in str(made)
        facts = json.loads(made.to_json())
        assert (facts["kind"], facts["data"]) == (made.kind, world.origin)
        assert len(facts["rows"]) == made.to_polars().height
        assert facts["sentences"]


def test_triangle_probabilities_sum_to_one_and_the_threshold_is_stated(to_2018):
    made = to_2018.triangle("PAK", "IND", "USA")
    rows = made.to_polars()
    assert rows.select(pl.sum_horizontal(TYPES)).to_series().to_list() == pytest.approx(
        [1.0] * rows.height
    )
    said = " ".join(str(made).split())
    assert "undetermined; the likeliest type, stable marriage" in said
    assert "less than 0.9" in said
    assert "Pakistan–United States" in said


def test_what_warm_means_in_machine_coded_data_is_said(scored, yearly):
    meant = (
        "Warm: cordiality score (arsinh) above zero.",
        "Warm: above net cooperation +0.78, where a defence pact is as likely as a rivalry.",
    )
    for world, line in zip((World(scored.source), World(yearly.source)), meant, strict=True):
        assert line in world.triangle("PAK", "RUS", "USA").view().notes
    assert "net cooperation" not in str(World(scored.source).triangle("PAK", "RUS", "USA"))


def test_a_triangle_of_two_is_refused(chronicle):
    with pytest.raises(SameStateError):
        chronicle.triangle("PAK", "RUS", "Pakistan")
    with pytest.raises(OptionError):
        chronicle.triangle("PAK", "RUS", "USA", draws=3)


def test_the_dance_names_camps_and_ties(to_2018):
    made = to_2018.dance(FOUR)
    first = made.view().sentences[0]
    assert first.startswith(
        "Pakistan, Russia, India and the United States in 2018: by the likelier signs 1 of 6"
    )
    assert "(Russia–India); camps: Pakistan and Russia against India and the United States" in first
    facts = json.loads(made.to_json())["facts"]
    assert len(facts["triangles"]) == 4
    for one in facts["triangles"]:
        assert one["types"] == list(TYPES)
        assert all(sum(v or 0 for v in row) in (0, pytest.approx(1)) for row in one["transitions"])


def test_a_dance_lists_what_is_not_known_and_refuses_too_little(yearly, chronicle):
    rows = yearly.source.data
    pair = pl.col("source").is_in(["PAK", "RUS"]) & pl.col("target").is_in(["PAK", "RUS"])
    made = World(_with(yearly.source, rows.filter(~pair))).dance(FOUR)
    assert made.unknown == ("PAK-RUS",)
    assert "Pakistan–Russia has no data: not known" in str(made)
    only = (pl.col("source") == "PAK") & pl.col("target").is_in(["USA", "IND"])
    with pytest.raises(NoDataError, match="at least three"):
        World(_with(yearly.source, rows.filter(only))).dance(("PAK", "USA", "IND"))
    with pytest.raises(NoDataError, match="Brazil and France are not among the 5 states") as why:
        chronicle.dance((*FOUR, "BRA", "FRA"))
    assert str(why.value).count("not among") == 1
    with pytest.raises(OptionError, match="three or more"):
        chronicle.dance(("PAK", "RUS"))
    with pytest.raises(SameStateError):
        chronicle.dance(("PAK", "PAK", "RUS"))


def _with(table, data):
    from dataclasses import replace

    return replace(table, data=data)


def test_triads_are_summed_listed_and_written(chronicle, tmp_path):
    made = chronicle.triads()
    assert made.to_polars()["triads"].max() == 10
    path = chronicle.triads(every=True).save(tmp_path / "all.parquet")
    assert pl.read_parquet(path).height == 10 * made.to_polars().height
    two = chronicle.triads(state=["PAK", "Russia"])
    assert two.to_polars().height == 3
    assert "Triads with Pakistan and Russia, last period: 3 in all" in str(two)
    with pytest.raises(NoDataError):
        quadrille.triads("chronicle", since="1947", until="1947-01")
    with pytest.raises(OptionError):
        chronicle.triads(draws=3)


def test_relations_count_what_is_sure_and_rank_by_the_band(to_2018, yearly):
    first = to_2018.relations().view().sentences[0]
    assert first.startswith(
        "10 dyads of 5 states, 1947 to 2018: cordiality, shown as net cooperation"
    )
    assert "with probability 0.9 or more" in first
    many = yearly.relations().view()
    warmest, coldest = many.grids
    assert warmest.title.startswith("Warmest in 2013")
    assert len(warmest.rows) == len(coldest.rows) == 10
    standing = yearly.relations().standing()
    assert standing["p_warm"].is_between(0, 1).all()
    assert (standing["shown_lo90"] <= standing["shown_hi90"]).all()
