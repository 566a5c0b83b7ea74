"""Claims put to the chronicle and to the index."""

from __future__ import annotations

import dataclasses
import json
from datetime import date

import polars as pl
import pytest

import quadrille
from quadrille.chronicle.load import acts, load
from quadrille.claims.bench import Bench, without_text
from quadrille.claims.evidence import Part
from quadrille.claims.file import read_claims
from quadrille.claims.records import claim_reviews, nanopublications
from quadrille.claims.texts import shipped
from quadrille.errors import OptionError
from quadrille.index.shipped import open_index, read_index
from quadrille.views.check import _turns_effect
from quadrille.views.page import to_page
from quadrille.views.text import to_text

HEAD = '[text]\ntitle = "A <letter> on friends"\nauthor = "A. Writer"\nsource = "farwa2017"\n'
CLAIMS = """
[[claim]]
id = "friends"
says = "Pakistan and China are friends."
test = "relation"
ties = ["PAK-CHN"]
direction = "warm"

[[claim]]
id = "foes"
says = "Pakistan and China are foes."
test = "relation"
ties = ["PAK-CHN"]
direction = "cold"

[[claim]]
id = "economy"
says = "Economics spreads Pakistan's ties."
test = "portfolio"
ties = ["PAK-CHN"]
direction = "wider"
domain = "economy"
"""
ABSENT = """
[[claim]]
id = "far"
says = "Brazil and Pakistan are friends."
test = "relation"
ties = ["PAK-BRA"]
direction = "warm"
data = ["chronicle"]
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    made = tmp_path_factory.mktemp("claims") / "claims.toml"
    made.write_text(HEAD + CLAIMS + ABSENT)
    return made


@pytest.fixture(scope="module")
def made(place):
    return quadrille.check(place)


def test_verdicts(made):
    assert [a.verdict for a in made.answers] == [
        "supported", "contradicted", "not testable with these data",
    ]  # fmt: skip
    assert made.answers[0].carried == ("chronicle", "index")


def test_a_claim_and_its_opposite_have_the_same_numbers(made):
    one, other = (a.evidence[0].parts[0][0] for a in made.answers[:2])
    assert (one.value, one.lo, one.hi) == (-other.value, -other.hi, -other.lo)


def test_a_state_that_is_in_no_data_has_its_line_and_the_rest_is_answered(made):
    (problem,) = made.problems
    assert (
        problem.key == "ties"
        and "Brazil" in problem.what
        and "use CHN, IND, PAK, RUS, USA" in problem.what
    )
    assert len(made.answers) == 3
    lines = (HEAD + CLAIMS + ABSENT).splitlines()
    assert lines[problem.line - 1].startswith('ties = ["PAK-BRA"]')


def test_the_command_answers_and_fails(run_command, place):
    code, out, err = run_command("check", str(place))
    assert code == 2
    assert "1. Pakistan and China are friends." in out
    assert err.count("\n") == 1 and "line" in err


def test_the_text_is_no_witness_of_itself():
    own = set(acts().filter(pl.col("reference") == "farwa2017")["id"])
    assert len(own) > 5
    kept = without_text(load(), "farwa2017").data
    lost = set(load().data["event_id"]) - set(kept["event_id"])
    assert {i.rstrip("<>").partition("@")[0] for i in lost} >= own
    # A work that others stand beside is no reason to leave an act out.
    shared = load().data.filter(pl.col("reference").str.contains("farwa2017;|;farwa2017"))
    assert set(shared["event_id"]) <= set(kept["event_id"])
    assert without_text(load(), "").data.height == load().data.height


def test_the_article_is_checked_without_its_own_acts():
    bench = Bench(read_claims("article").text.source, quadrille.open(None), True, 1)
    cells = bench.world("chronicle").panel.cells
    assert not cells.filter(pl.col("reference") == "farwa2017").height
    assert bench.left_out("chronicle") > 5


def test_an_article_that_coded_its_own_claim_cannot_support_it(tmp_path):
    """Acts that only the text reports change no number."""
    rows = "".join(
        f"{year}-pak-ind-embrace,{year},PAK,IND,yes,057,diplomacy,,,They sign a treaty of lasting friendship.,probable,own2000,,no,\n"
        for year in range(1990, 2000)
    )
    head = "id,date,source,target,mutual,cameo,domain,intensity,intensity_reason,description,certainty,reference,locator,article,seen\n"
    war = "".join(
        f"{year}-pak-ind-clash,{year},PAK,IND,yes,190,defence,,,Their armies fight on the border.,probable,other2001,,no,\n"
        for year in range(1985, 2000)
    )
    (tmp_path / "acts.csv").write_text(head + war + rows)
    (tmp_path / "bibliography.toml").write_text(
        '[own2000]\ntitle = "Own"\n[other2001]\ntitle = "Other"\n'
    )
    world = quadrille.open(tmp_path / "acts.csv")
    assert Bench("own2000", world, True, 1).world("x").panel.cells.height < world.panel.cells.height
    assert set(Bench("own2000", world, True, 1).world("x").panel.cells["reference"]) == {
        "other2001"
    }


def test_the_index_is_asked_without_the_chronicle():
    plain, apart = (open_index(None, w).data for w in ("", "chronicle"))
    shifts = read_index().select(
        "state_a", "state_b", "shift_chronicle", period=pl.date("year", 1, 1)
    )
    both = plain.join(apart, on=["state_a", "state_b", "period"], suffix="_apart").join(
        shifts, on=["state_a", "state_b", "period"]
    )
    gap = both["valence"] - both["valence_apart"]
    assert (gap - both["shift_chronicle"].fill_null(0.0)).abs().max() < 1e-5
    assert gap.abs().max() > 0.1
    assert set(both.filter(gap.abs() > 0)["state_a"]) <= {"CHN", "IND", "PAK", "RUS", "USA"}


def test_data_given_take_the_place_of_those_named(place):
    found = quadrille.check(place, data="chronicle")
    assert {e.data for a in found.answers for e in a.evidence} == {"chronicle"}


def test_some_claims_alone(place):
    assert [a.claim.id for a in quadrille.check(place, only=("foes",)).answers] == ["foes"]
    with pytest.raises(OptionError, match="no claim 'fiends'; use friends, foes, economy"):
        quadrille.check(place, only=("fiends",))


def test_time_belongs_to_the_claims(place):
    with pytest.raises(OptionError, match="each claim names its own time"):
        quadrille.check(place, since="1990")


def test_a_nanopublication_is_named_by_its_assertion(made):
    first, second = (nanopublications(made, date(2026, 11, 29)) for _ in range(2))
    assert first == second
    later = nanopublications(made, date(2027, 1, 1))
    assert [n["@id"] for n in later] == [n["@id"] for n in first]
    assert len({n["@id"] for n in first}) == len(made.answers)
    for made_one, answer in zip(first, made.answers, strict=True):
        assert made_one["np:hasAssertion"]["verdict"] == answer.verdict
        assert {"np:hasAssertion", "np:hasProvenance", "np:hasPublicationInfo"} <= set(made_one)
    json.dumps(first, allow_nan=False)


def test_the_page_carries_a_review_of_each_claim(made):
    page = to_page(made.view())
    inside = page.partition('<script type="application/ld+json">')[2].partition("</script>")[0]
    assert "<letter>" not in inside
    found = json.loads(inside)
    assert found == claim_reviews(made, date.today())
    assert [r["reviewRating"]["alternateName"] for r in found] == [
        "Supported", "Contradicted", "Not testable with these data",
    ]  # fmt: skip
    assert [r["reviewRating"].get("ratingValue") for r in found] == [5, 1, None]


def test_the_value_that_says_nothing_is_on_the_scale_printed():
    ratio = Part("hazard", "effect", 0.1, 0.05, 0.15, small=0.1, facts={"ratio": (1.05, 1.1, 1.16)})
    assert _turns_effect(ratio, "supported") == "a 90% band that holds 1 (no difference)"
    assert _turns_effect(ratio, "too small to matter") == "a ratio below 0.90 or above 1.11"
    rate = Part("rate", "effect", 0.3, 0.2, 0.4, small=0.05)
    assert _turns_effect(rate, "supported") == "a 90% band that holds 50%"
    assert _turns_effect(dataclasses.replace(rate, name="level"), "supported").endswith(
        "holds zero"
    )


def test_the_view_says_the_numbers_of_the_table(made):
    said = to_text(made.view())
    row = made.to_polars().row(0, named=True)
    assert f"{row['value']:+.2f}" in said and f"{row['lo90']:+.2f}" in said
    assert max(map(len, said.splitlines())) <= 80
    assert made.view().facts["problems"] == made.faults


@pytest.mark.parametrize("name", shipped())
def test_every_claim_that_ships_is_answered(name, monkeypatch):
    """All kinds of test but those with a model of several ties or of the world's thaws, which take long."""
    from quadrille.claims.ask import check_of

    slow = {"connectedness", "whatif", "durability", "pivot", "analogues"}
    found = read_claims(name)
    quick = tuple(c for c in found.claims if c.test not in slow)
    bench = Bench(found.text.source, quadrille.open(None), True, 1)
    got = check_of(dataclasses.replace(found, claims=quick), bench)
    assert not got.problems
    assert len(got.answers) == len(quick) >= 5
    assert all(e.why or e.parts for a in got.answers for e in a.evidence)
    assert max(map(len, to_text(got.view()).splitlines())) <= 80
