"""The answer in plain words to whether one tie moves another."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from quadrille.verdicts import verdict_of
from quadrille.views.pivot import triad_answer


@pytest.mark.parametrize(
    ("lo", "hi", "missing", "says"),
    [
        (0.2, 0.4, "", "Yes: where Pakistan–United States goes, Pakistan–Russia goes the same way."),
        (-0.4, -0.2, "", "Yes: where Pakistan–United States goes, Pakistan–Russia goes the other way."),
        (-0.05, 0.05, "", "Hardly: what Pakistan–Russia moves when"),
        (-0.3, 0.3, "", "It cannot be told: Pakistan–Russia may move either way, or hardly at all, when"),
        (0.2, 0.4, "no tie", "It is not known of Pakistan–Russia."),
    ],
)  # fmt: skip
def test_the_answer_is_that_of_the_verdict(lo, hi, missing, says):
    evidence = SimpleNamespace(a="PAK", b="RUS", on="USA", missing=missing, verdict=verdict_of(lo, hi, 0.1))  # fmt: skip
    assert triad_answer(evidence).startswith(says)
