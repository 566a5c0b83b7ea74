"""The page of claims: each claim is put once, those that take long by themselves."""

from __future__ import annotations

import pytest

from quadrille.claims.file import read_claims
from quadrille.claims.texts import shipped
from quadrille.errors import OptionError
from quadrille.web.pages.claims import PAGE


@pytest.mark.parametrize("text", shipped())
def test_each_claim_is_put_once(text):
    parts = PAGE.parts({"claims": text})
    put = [i for part in parts for i in dict(part.ask.arguments)["only"]]
    assert sorted(put) == sorted(c.id for c in read_claims(text).claims)
    assert len({part.name for part in parts}) == len(parts)
    assert all(part.later for part in parts)


def test_what_needs_a_model_comes_last_and_says_so():
    first, last = PAGE.parts({"claims": "article"})
    assert dict(last.ask.arguments)["only"] == ["washington-dominates", "survives-washington"]
    assert "minute" in last.takes
    assert "minute" not in first.takes


def test_another_text_is_refused():
    with pytest.raises(OptionError):
        PAGE.parts({"claims": "../x"})


def test_a_claim_is_shown_with_its_numbers(get):
    shown = get("/part/check?claims=article&only=one-power-as-armour&quick=True").text
    assert "<h3>1. Pakistan picks one great power at a time instead of several.</h3>" in shown
    assert "90% band" in shown
    assert "What would change it" in shown
