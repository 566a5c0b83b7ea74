"""The track record of forecasts: skill by horizon, and whether probabilities were kept."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import Any

import numpy as np
import polars as pl

from quadrille.foresight.card import CRPS, HorizonRecord, ModelCard
from quadrille.foresight.record import Backtest
from quadrille.panel.periods import n_periods, period_name, span_name, unit_word
from quadrille.views import theme
from quadrille.views.forms import capital, number, signed, smaller
from quadrille.views.names import plural, source
from quadrille.views.theme import alt
from quadrille.views.view import Grid, View, view_of

__all__ = ["view"]

_SHOWN = 5  # horizons of a table


def _few(record: Backtest) -> list[int]:
    """Horizons that a table shows: at most so many, the first and the last among them."""
    count = record.options.horizons
    return sorted({round(h) for h in np.linspace(1, count, min(_SHOWN, count))})


def _scored(record: Backtest) -> str:
    """How many dyads of how many, and why; from which dates."""
    f, series = record.series.frequency, record.series
    n, of = len(series.dyads), record.population
    first, last = (period_name(d, f) for d in record.targets)
    # An index has a value for every year of a tie, so that the sum of sizes tells how far it was from neutral.
    most = "those farthest from neutral" if series.kind == "index" else "those with most coverage"
    what = f"All {n:,} dyads" if n == of else f"{n:,} of {of:,} dyads, {most} before {first},"
    return (
        f"{what} were scored on {series.facet} ({series.scale}), {first} to {last}, forecast from "
        f"{plural(len(record.origins), 'past date')} ({source(series.origin)})."
    )


def _answer(record: Backtest, card: ModelCard) -> str:
    """The best method, against the reference and the plain mean, at the shortest and longest horizon."""
    first = f"Best of {len(record.methods)} methods: {card.method}."
    ends = {r.horizon: r for r in (card.records[0], card.records[-1])}.values()
    said = [f"{n_periods(r.horizon, record.series.frequency)} ahead its {CRPS} is {found}." for r in ends
            if (found := _against(card, r))]  # fmt: skip
    return " ".join([first, *said]) if said else f"{first} It is the reference itself."


def _against(card: ModelCard, r: HorizonRecord) -> str:
    """``12% smaller than the last value's (90% interval +1 to +23) and 2% larger than the plain mean's``."""
    found = []
    if card.method != card.reference and r.skill is not None:
        interval = "interval not known"
        if r.skill_lo90 is not None and r.skill_hi90 is not None:
            interval = f"90% interval {signed(0)(r.skill_lo90)} to {signed(0)(r.skill_hi90)}"
        found.append(f"{smaller(r.skill)} than {_article(card.reference)}'s ({interval})")
    if r.over_mean is not None and "mean" not in (card.method, card.reference):
        found.append(f"{smaller(r.over_mean)} than the plain mean's")
    return " and ".join(found)


def _article(method: str) -> str:
    return {"last": "the last value", "mean": "the plain mean"}.get(method, method)


def _grid(
    record: Backtest, column: str, title: str, form: Any, without: tuple[str, ...] = ()
) -> Grid:
    """One score, a row a method, a column a horizon."""
    cells = {
        (r["method"], r["horizon"]): r[column] for r in record.to_polars().iter_rows(named=True)
    }
    few = _few(record)
    rows = tuple((m, *(form(cells[m, h]) for h in few)) for m in record.methods if m not in without)
    heads = ("method", *(f"{h} {unit_word(record.series.frequency, h)}" for h in few))
    return Grid(title, heads, rows, (True, *(False for _ in few)))


def _grids(record: Backtest) -> tuple[Grid, ...]:
    reference = record.options.reference
    skill = f"Error (CRPS) smaller than that of {_article(reference)}, %"
    inside = "Share of outcomes inside the 90% interval; 0.90 is right"
    return (
        _grid(record, "crps", f"{capital(CRPS)}, by horizon", number(3)),
        _grid(record, "skill", skill, signed(0), (reference,)),
        _grid(record, "coverage90", inside, number()),
    )


def _skill(record: Backtest, width: int) -> Any:
    """Skill of every method over the reference at each horizon, with the best one's 90% interval."""
    reference, best = record.options.reference, record.best()
    names = [m for m in record.methods if m != reference] or [reference]
    data = record.to_polars().filter(pl.col("method").is_in(names))
    mean = dict(data.group_by("method").agg(pl.col("skill").mean()).iter_rows())
    order = sorted(names, key=lambda m: -(mean[m] or 0.0))
    heading = f"smaller error than {_article(reference)}, %"
    x = theme.step_axis(
        "horizon", list(record.horizons), width, f"{unit_word(record.series.frequency, 2)} ahead"
    )
    x = x.scale(domain=[0.5, record.options.horizons + 0.5], nice=False)
    own = data.filter(pl.col("method") == best).drop_nulls(["skill_lo90", "skill_hi90"])
    spans = pl.concat(
        [data.select(v="skill"), *(own.select(v=c) for c in ("skill_lo90", "skill_hi90"))]
    )
    scale = theme.value_scale(*theme.span(spans, "v", include=(0.0,)))
    legend = theme.legend_of(2 if width < theme.PHONE else 4)
    colour = theme.colours_of("method", dict(zip(order, theme.PALETTE * 2, strict=False)), legend)
    marks = alt.Scale(domain=order, range=list((theme.MARKS * 2)[: len(order)]))
    shape = alt.Shape("method:N", title=None, sort=order, legend=legend, scale=marks)
    y = theme.on_y("skill", heading, scale)
    base = alt.Chart(data)
    layers = [
        theme.rule(0.0, scale, heading=heading),
        base.mark_line(strokeWidth=2).encode(x=x, y=y, color=colour),
        base.mark_point(filled=True, size=45, opacity=1).encode(
            x=x, y=y, color=colour, shape=shape
        ),
    ]
    if own.height:
        low = theme.on_y("skill_lo90", heading, scale)
        bars = alt.Chart(own).mark_rule(strokeWidth=2)
        layers.insert(1, bars.encode(x=x, y=low, y2=alt.Y2("skill_hi90:Q"), color=colour))
    span = span_name(*record.targets, record.series.frequency)
    note = f"{len(record.series.dyads):,} dyads, {span}; bars: 90% interval of the best; data: {source(record.series.origin)}"
    return theme.panel(layers, width, 260, f"Skill over {_article(reference)}", note)


def _reliability(record: Backtest, size: int) -> Any:
    """How often warm ties stayed warm, against what was forecast, all horizons together."""
    chosen = record.best()
    found = record.survival(chosen)
    heading = f"P(still warm), {chosen}"
    unit = theme.unit_scale()
    x, y = "probability forecast", "share still warm"
    straight = alt.Chart(pl.DataFrame({"p": [0.0, 1.0], "q": [0.0, 1.0]})).mark_line(
        color="#888", strokeDash=theme.DASH, strokeWidth=1
    ).encode(x=alt.X("p:Q", title=x, scale=unit), y=theme.on_y("q", y, unit))  # fmt: skip
    if found is None:
        return theme.panel([straight], size, size, heading, "no tie was warm at any date")
    data = pl.DataFrame({k: getattr(found, k) for k in ("p", "frequency", "lo", "hi", "n")})
    base = alt.Chart(data).encode(x=alt.X("p:Q", title=x, scale=unit))
    bars = base.mark_rule(color=theme.BLUE).encode(y=theme.on_y("lo", y, unit), y2=alt.Y2("hi:Q"))
    dots = base.mark_circle(color=theme.BLUE, opacity=1).encode(
        y=theme.on_y("frequency", y, unit),
        size=alt.Size("n:Q", legend=None, scale=alt.Scale(range=[30, 300])),
    )
    note = f"{int(found.n.sum()):,} forecasts; dashed: what was forecast came true as often; bars: 90%, as if independent; area: number"
    return theme.panel([straight, bars, dots], size, size, heading, note)


def draw(record: Backtest, width: int) -> Any:
    """Skill by horizon, and reliability of the best method's P(still warm)."""
    narrow = width < theme.PHONE
    parts = (
        _skill(record, width if narrow else width - 330),
        _reliability(record, min(width, 260) if narrow else 260),
    )
    apart = theme.resolved("independent", "color", "shape", "size")
    join = partial(alt.vconcat, spacing=18) if narrow else partial(alt.hconcat, spacing=24)
    return join(*parts, resolve=apart)


_INDEX = (
    "Of an index what is forecast are observations that stand for what each year adds to its estimates: noisier than the "
    "level, and free of later years as far as the index follows its common rule of motion, not beyond."
)


def view(record: Backtest) -> View:
    """The track record as people read it."""
    card = record.card()
    return view_of(
        record, "How often forecasts were right", (_answer(record, card), _scored(record), *card.lines()[1:]),
        record.series, draw, periods=record.targets,
        facts={"card": asdict(card), "methods": record.methods, "dyads": len(record.series.dyads),
               "population": record.population},
        grids=_grids(record),
        notes=(
            "CRPS is the distance between forecast distribution and outcome, in the unit of the tie; all methods are scored on "
            "the same dyads, dates and horizons.",
            _INDEX if record.series.kind == "index" else None,
            f"Run on {record.kept} and kept; other ties, methods, dates or horizons are run anew." if record.kept else None,
        ),
        caption="Skill by horizon, and how often ties forecast to stay warm stayed warm.",
    )  # fmt: skip
