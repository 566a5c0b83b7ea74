"""How one tie responds to shocks in each tie."""

from __future__ import annotations

from typing import Any

import polars as pl

from quadrille.coupling.effects import Responses
from quadrille.panel.periods import n_periods, unit_word
from quadrille.views import theme
from quadrille.views.forms import number, signed
from quadrille.views.model import model_facts, model_notes, span_words
from quadrille.views.names import dash, source, tie_name
from quadrille.views.view import Column, Grid, View, grid, interval, view_of
from quadrille.views.words import chance, equals

__all__ = ["view"]


def _sentence(r: Responses, ends: pl.DataFrame) -> str:
    """The largest response to another tie's shock."""
    others = ends.filter(pl.col("tie") != r.label)
    ahead = n_periods(r.median.shape[0] - 1, r.model.frequency)
    if others.is_empty():
        return f"The model holds no other tie than {tie_name(r.label)} ({span_words(r.model)})."
    top = others.row(0, named=True)
    found = r.verdict(top["lo"], top["hi"])
    verdict = f"{found.word.capitalize()}: " if found.way == 0 else ""
    moved = "cools" if top["value"] < 0 else "warms"
    form = signed()
    return (
        f"{verdict}{'when' if verdict else 'When'} {tie_name(top['tie'])} warms by one typical shock, {tie_name(r.label)} {moved} by "
        f"{number()(abs(top['value']))} in all over {ahead} (90% band {form(top['lo'])} to {form(top['hi'])}; "
        f"{r.model.unit.name}), the largest response to another tie; P(it cools) "
        f"{equals(top['p_negative'])} ({span_words(r.model)})."
    )


def _grid(r: Responses, ends: pl.DataFrame) -> Grid:
    columns = [
        Column("tie", "shock in", dash), *interval("value", "response", signed(), ("lo", "hi")),
        Column("p_negative", "P(it cools)", chance),
    ]  # fmt: skip
    ahead = n_periods(r.median.shape[0] - 1, r.model.frequency)
    return grid(f"Cumulative response of {dash(r.label)} over {ahead}", ends, columns)


def draw(r: Responses, width: int) -> Any:
    """A small panel a shock: cumulative response, median and 90% band."""
    data = r.to_polars().select(
        step="horizon", value="cumulative_median", lo="cumulative_lo90", hi="cumulative_hi90",
        panel=pl.col("dyad_from").str.replace("-", "–"), zero=pl.lit(0.0),
    )  # fmt: skip
    names = [dash(d) for d in r.dyads]
    _, each = theme.columns_of(width, len(names))
    scale = theme.value_scale(*theme.span(data, "lo", "hi", include=(0.0,)))
    heading = f"{unit_word(r.model.frequency, 2)} after the shock"
    x = theme.step_axis("step", range(r.median.shape[0]), each, heading)
    band, line = theme.band_layers(data, x, "response", scale)
    zero = theme.dashed(data, "zero", scale, "response")
    return theme.small_multiples(
        (band, zero, line), data, names, width, 110,
        f"Cumulative response of {tie_name(r.label)} to one typical shock in each tie",
        f"line: median; band: 90%; {r.model.unit.name}; {r.identification.split(' (')[0]}", f"data: {source(r.model.origin)}",
    )  # fmt: skip


def view(r: Responses) -> View:
    """Responses of one tie as people read them."""
    m, ends = r.model, r.ends()
    return view_of(
        r, f"What moves {tie_name(r.label)}", (_sentence(r, ends),), m, draw, (m,), grids=(_grid(r, ends),),
        notes=(f"Shocks are {dash(r.identification)}.", *model_notes(m)), states=(r.a, r.b),
        facts={
            "dyad": r.label, "horizon": r.median.shape[0] - 1, "identification": r.identification,
            "cumulative": ends, "model": model_facts(m),
        },
        caption=f"Cumulative response of {tie_name(r.label)} to one typical shock in each tie: median and 90% band.",
    )  # fmt: skip
