"""From numbers to verdicts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quadrille.claims.evidence import Part
from quadrille.claims.rules import VERDICTS, of_claim, of_part, of_source

NONE = "not testable with these data"


def part(rule, value, half, **more):
    return Part("x", rule, value, value - half, value + half, **more)


@pytest.mark.parametrize(
    "made, verdict",
    [
        (part("effect", 1.0, 0.5, small=0.1), "supported"),
        (part("effect", -1.0, 0.5, small=0.1), "contradicted"),
        (part("effect", 0.2, 0.5, small=0.1), "undetermined"),
        (part("effect", 0.02, 0.05, small=0.1), "too small to matter"),
        (part("effect", 0.05, 0.04, small=0.1), "too small to matter"),
        (part("effect", 0.7, 0.1, null=0.5, small=0.05), "supported"),
        (part("effect", 0.3, 0.1, null=0.5, small=0.05), "contradicted"),
        (part("effect", 1.0, 0.5, placebo=0.5, placebos=30), "undetermined"),
        (part("effect", 1.0, 0.5, placebo=0.05, placebos=30), "supported"),
        (part("effect", 1.0, 0.5, placebo=1.0, placebos=3), "supported"),
        (part("same", 0.05, 0.1, small=0.2), "supported"),
        (part("same", 0.05, 0.3, small=0.2), "undetermined"),
        (part("same", -0.9, 0.3, small=0.2), "contradicted"),
        (part("chance", 0.95, 0.0), "supported"),
        (part("chance", 0.05, 0.0), "contradicted"),
        (part("chance", 0.5, 0.0), "undetermined"),
    ],
)
def test_a_number_has_one_verdict(made, verdict):
    assert of_part(made) == verdict


@pytest.mark.parametrize(
    "parts, verdict",
    [
        ([], NONE),
        (["supported", "supported"], "supported"),
        (["supported", "undetermined"], "undetermined"),
        (["supported", "contradicted"], "contradicted"),
        (["too small to matter", "undetermined"], "too small to matter"),
    ],
)
def test_all_numbers_of_a_claim_must_agree(parts, verdict):
    assert of_source(parts) == verdict


@pytest.mark.parametrize(
    "sources, verdict",
    [
        ([NONE, NONE], NONE),
        ([NONE, "supported"], "supported"),
        (["undetermined", "supported"], "supported"),
        (["contradicted", "supported"], "evidence disagrees"),
        (["too small to matter", "supported"], "evidence disagrees"),
        (["contradicted", "too small to matter"], "too small to matter"),
        (["contradicted", "undetermined"], "contradicted"),
        (["undetermined", NONE], "undetermined"),
    ],
)
def test_sources_are_asked_one_by_one(sources, verdict):
    assert of_claim(sources) == verdict


RULE = st.sampled_from(["effect", "same", "chance"])
SMALL = st.floats(0, 2)
NUMBER = st.floats(-5, 5)


@given(NUMBER, st.floats(0, 5), st.floats(0, 5), SMALL)
def test_what_supports_a_claim_contradicts_its_opposite(value, down, up, small):
    made = of_part(Part("x", "effect", value, value - down, value + up, small=small))
    turned = of_part(Part("x", "effect", -value, -value - up, -value + down, small=small))
    opposite = {"supported": "contradicted", "contradicted": "supported"}
    assert turned == opposite.get(made, made)


@given(st.lists(st.sampled_from([v for v in VERDICTS if v != "evidence disagrees"]), min_size=1))
def test_the_order_of_sources_does_not_matter_and_silence_adds_nothing(sources):
    assert of_claim(sources) == of_claim(sources[::-1]) == of_claim([*sources, NONE])
