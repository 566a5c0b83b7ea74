"""What the views of coupled models share: facts, notes, words of identification and of time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quadrille.coupling.result import Coupled
from quadrille.panel.periods import n_periods, span_name
from quadrille.views.names import dash, source
from quadrille.views.relation import diagnostics_facts

__all__ = ["model_facts", "model_notes", "prior_note", "span_words"]

_PRIORS = {
    "network": "Prior of effects between ties: zero, give or take (network).",
    "world": "Prior of effects between ties: what triangles of the world that hold none of these ties say of triads like them (world).",
    "minnesota": "Prior of effects between ties: zero, give or take, alike for all ties (minnesota).",
}  # fmt: skip


def model_facts(model: Coupled) -> dict[str, Any]:
    """What a machine may want to know of a model."""
    return {
        "states": model.states, "dyads": model.dyads, "left_out": model.left_out, "facet": model.facet,
        "unit": model.unit.name, "shown": model.unit.label, "data": model.origin,
        "frequency": model.frequency, "periods": [model.periods[0], model.periods[-1]],
        "neutral": model.neutral, "provenance": model.provenance,
        "diagnostics": diagnostics_facts(model.diagnostics),
    }  # fmt: skip


def model_notes(model: Coupled) -> tuple[str, ...]:
    """What the model lacks."""
    if not model.left_out:
        return ()
    names = ", ".join(dash(label) for label in model.left_out)
    return (f"Left out, seen in fewer than 3 periods: {names}.",)


def prior_note(provenance: Mapping[str, Any]) -> str:
    """Which prior of effects between ties a model has, by where it comes from."""
    return _PRIORS[provenance.get("config", {}).get("prior", "network")]


def span_words(model: Coupled) -> str:
    """``chronicle, 72 years from 1947 to 2018``."""
    days, frequency = model.periods, model.frequency
    count = n_periods(len(days), frequency)
    return f"{source(model.origin)}, {count} from {span_name(days[0], days[-1], frequency)}"
