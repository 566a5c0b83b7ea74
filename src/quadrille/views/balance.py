"""A state between two rivals: where it stands, and what its moves bring."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from quadrille.kernels.projection import Projection
from quadrille.panel.periods import n_periods, period_name, unit_word
from quadrille.readings.balance import Balance, Protests
from quadrille.verdicts import REGION, SURE, Verdict
from quadrille.views import theme
from quadrille.views.forms import number, signed
from quadrille.views.names import name, plural, source, the, tie_name
from quadrille.views.relation import tie_facts
from quadrille.views.theme import alt
from quadrille.views.view import Column, Grid, View, grid, view_of
from quadrille.views.words import (
    acts_note,
    band,
    chance,
    equals,
    neutral_notes,
    quantiles,
    region_note,
)

__all__ = ["determined_view", "view"]

_PIVOTS = 8
_RATES = (
    "Protests: the rate is set against shifts of the moves in time, 90% of them; too small to matter: within "
    f"{REGION:.0%} of theirs."
)
_MOSTLY = 0.4  # of four outcomes a share below this tells little more than a coin


def _stand(b: Balance) -> str:
    """Closer to whom, in which unit, and whether warm with both."""
    closer = float((b.tilt[:, -1] > 0).mean())
    if max(closer, 1 - closer) < SURE:
        verdict = f"closer to neither (P(closer to {the(b.x)}) {equals(closer)}, less than {SURE} either way)"
    else:
        near = the(b.x if closer > 0.5 else b.y)
        verdict = f"closer to {near} with probability {chance(max(closer, 1 - closer))}"
    seen = [f"{np.nansum(t.n):,.0f}" for t in b.ties]
    events = f"; {seen[0]} and {seen[1]} events" if seen != ["0", "0"] else ""
    return (
        f"{the(b.pivot)} in {period_name(b.periods[-1], b.ties[0].frequency)}: {verdict}; tilt "
        f"{band(quantiles(b.tilt[:, -1]), 2, True)} in {b.unit.label}, positive toward {the(b.x)}; "
        f"even-handedness {band(quantiles(b.even[:, -1]))}; P(warm with both) "
        f"{equals(float(b.both_warm[-1]))}{events} ({source(b.ties[0].origin)})."
    )


def _response(b: Balance, toward: str, on: str, got: Projection) -> str:
    h = b.read_at(got)
    if h is None:
        return ""
    low, high = got.lo90[h], got.hi90[h]
    found = b.verdict(toward)
    word = found.said("it pays the other back", "at the other's cost") if found else ""
    frequency = b.ties[0].frequency
    return (
        f"After a typical move toward {the(toward)}, {tie_name(b.pivot, on)} changes by "
        f"{band((low, got.response[h], high), 2, True)} in {n_periods(h, frequency)}, in {b.response_unit} "
        f"(n = {n_periods(int(got.n[h]), frequency)}): {word}."
    )


def _protest(p: Protests) -> str:
    r = p.rate
    if np.isnan(r.ratio):
        return (
            f"Protests of {the(p.protester)}: every period follows a move of {the(p.mover)}, "
            "so that there is nothing to compare with."
        )
    verdict = p.verdict.said("it protests", "it protests less than otherwise")
    return (
        f"In the {n_periods(p.within, p.frequency)} after {the(p.mover)} moves toward {the(p.toward)} "
        f"({plural(r.moves, 'move')} in {n_periods(r.periods, p.frequency)}), conflictual acts of {the(p.protester)} toward "
        f"{the(p.mover)} are {r.ratio:.1f} times as frequent as otherwise; with the moves shifted in time, "
        f"{r.null_lo:.1f} to {r.null_hi:.1f} (90%; p {equals(r.p)}): {verdict}."
    )


def _windows(b: Balance) -> list[str]:
    """What changes went together, where one outcome prevails, and the most that was gained at no loss."""
    span = n_periods(b.span, b.ties[0].frequency)
    x, y = the(b.x), the(b.y)
    said = []
    share = b.windows.select("both_gain", "x_only", "y_only", "both_lose").mean().row(0, named=True)
    if max(share.values()) >= _MOSTLY:
        said.append(
            f"Over {span} both ties gained in {share['both_gain']:.0%} of {b.windows.height:,} windows, only "
            f"{x} in {share['x_only']:.0%}, only {y} in {share['y_only']:.0%}, neither in "
            f"{share['both_lose']:.0%}."
        )
    said.append(
        f"The most gained with {x} over {span} at no loss with {y} is {band(b.frontier[:, 0])} in {b.unit.label} on a "
        f"draw of the paths, and {number()(b.best_expected)} by the expected changes."
    )
    return said


def _notes(b: Balance, responses: Sequence[str], protests: Sequence[str]) -> tuple[str, ...]:
    """What must be kept in mind of the responses and protests that are told."""
    frequency = b.ties[0].frequency
    lags = [h for h in (b.read_at(b.toward_x), b.read_at(b.toward_y)) if h is not None]
    return (
        acts_note(b.acts, "moves and protests are") if protests else "",
        *(f"Not known: {m}." for m in b.missing),
        *(
            f"Responses are read {n_periods(h, frequency)} after the move, a lag fixed before looking; the "
            "figure shows all."
            for h in lags[:1]
        ),
        *(_regions(b) if responses else ()),
        _RATES if protests else "",
        *neutral_notes(b.ties[0]),
        "The two ties are measured one by one: what they share is not in the bands. A response is a "
        "regularity, not yet a cause.",
    )


def _regions(b: Balance) -> list[str]:
    """What each verdict needs."""
    said = []
    for toward, on in ((b.x, b.y), (b.y, b.x)):
        found = b.verdict(toward)
        if found is not None:
            of = f"{tie_name(b.pivot, on)}'s standard deviation over the periods"
            said.append(region_note(found, b.response_unit, of))
    return said


def _protest_grid(p: Protests) -> list[Grid]:
    if p.acts is None or p.acts.is_empty():
        return []
    rows = p.acts.select(
        protest=pl.format("{}: {}", "date", "text"), move=pl.format("{}: {}", "move_date", "move")
    )
    title = f"Protests of {the(p.protester)} at {the(p.mover)}'s moves toward {the(p.toward)}"
    return [grid(title, rows, [Column("protest", "protest"), Column("move", "after the move")])]


def _grids(b: Balance) -> tuple[Grid, ...]:
    found = [g for p in b.protests for g in _protest_grid(p)]
    if b.ranking.height:
        columns = [
            Column("pivot", "state", name), Column("shown_x", f"with {name(b.x)}", signed()),
            Column("shown_y", f"with {name(b.y)}", signed()), Column("p_both_warm", "P(warm with both)", chance),
            Column("even", "even-handed", number()),
        ]  # fmt: skip
        title = f"States between {the(b.x)} and {the(b.y)}, best balanced first ({b.unit.label})"
        found.append(grid(title, b.ranking.head(_PIVOTS), columns))
    return tuple(found)


def _facts(b: Balance) -> dict[str, Any]:
    return {
        "pivot": b.pivot, "between": [b.x, b.y], "unit": b.unit.label, "response_unit": b.response_unit,
        "verdicts": {s: v.facts() for s in (b.x, b.y) if (v := b.verdict(s))}, "responses": b.response_table(), "read_at": [b.read_at(b.toward_x), b.read_at(b.toward_y)],
        "frontier": [
            {"loss": loss, "lo90": lo, "gain": gain, "hi90": hi}
            for loss, lo, gain, hi in zip(b.losses, *b.frontier, strict=True)
        ],
        "protests": [
            {"protester": p.protester, "toward": p.toward, "within": p.within, "frequency": p.frequency,
             "verdict": p.verdict.facts(), **p.rate._asdict()}
            for p in b.protests
        ],
        "ranking": b.ranking, "best_expected": b.best_expected, "not_known": b.missing,
        "ties": [tie_facts(t) for t in b.ties],
    }  # fmt: skip


def _tilt(b: Balance, width: int) -> Any:
    table = b.to_polars()
    path = table.select("period", value="tilt", lo="tilt_lo90", hi="tilt_hi90")
    scale = theme.value_scale(*theme.span(path, "lo", "hi", include=(0.0,)), b.unit.bounds)
    x, y = the(b.x), the(b.y)
    layers = theme.band_layers(path, theme.time_axis(b.periods, width), "tilt", scale)
    layers = [theme.rule(0.0, scale, heading="tilt"), *layers]
    note = f"above 0: closer to {x}; below: closer to {y}; in {b.unit.label}; 90% band; data: {source(b.ties[0].origin)}"
    return theme.panel(layers, width, 170, f"{the(b.pivot)} between {x} and {y}", note)


def _response_chart(b: Balance, width: int) -> list[Any]:
    """Both responses by lag, with their intervals."""
    data = b.response_table().drop_nulls()
    if data.is_empty():
        return []
    kinds = {f"{b.pivot}-{s}": f"after a move toward {the(s)}" for s in (b.x, b.y)}
    data = data.with_columns(kind=pl.col("move").replace_strict(kinds))
    names = list(kinds.values())
    colours = dict(zip(names, (theme.BLUE, theme.ORANGE), strict=True))
    colour = theme.colours_of("kind", colours, theme.legend_of(1))
    last = int(data["horizon"].max())  # type: ignore[arg-type]
    every = max(1, -(-(last + 1) * 24 // width))
    x = alt.X("horizon:O", title=f"{unit_word(b.ties[0].frequency, 2)} after the move",
              axis=alt.Axis(labelAngle=0, values=list(range(0, last + 1, every))))  # fmt: skip
    base = alt.Chart(data).encode(x=x, color=colour, xOffset=alt.XOffset("kind:N", sort=names))
    scale = theme.value_scale(*theme.span(data, "lo90", "hi90", include=(0.0,)))
    low, mid = (theme.on_y(c, "response", scale) for c in ("lo90", "effect"))
    layers = (
        theme.rule(0.0, scale, heading="response"),
        base.mark_rule(strokeWidth=2).encode(y=low, y2=alt.Y2("hi90:Q")),
        base.mark_circle(size=50, opacity=1).encode(y=mid),
    )
    note = f"above 0: pays the other back; in {b.response_unit}; 90% intervals"
    return [theme.panel(layers, width, 170, "The other tie's response", note)]


def _frontier(b: Balance, width: int) -> Any:
    """Changes of every window, and the largest gain for a given loss."""
    points = b.windows.select(x=-pl.col("gain_y"), y="gain_x")
    lo, mid, hi = b.frontier
    line = pl.DataFrame({"x": b.losses, "lo": lo, "y": mid, "hi": hi})
    both = pl.concat([points, line.select("x", "y")])
    across = theme.value_scale(*theme.span(both, "x"))
    up = theme.value_scale(
        *theme.span(pl.concat([both, line.select("x", y="lo"), line.select("x", y="hi")]), "y")
    )
    titles = (f"loss with {the(b.y)}", f"gain with {the(b.x)}")
    x = alt.X("x:Q", title=titles[0], scale=across, axis=alt.Axis(tickCount=max(3, width // 60)))
    y, low = (theme.on_y(c, titles[1], up) for c in ("y", "lo"))
    base = alt.Chart(line)
    layers = (
        alt.Chart(points).mark_circle(color=theme.GREY, opacity=0.4, size=20).encode(x=x, y=y),
        base.mark_area(color=theme.BLUE, opacity=0.25, interpolate="step-after").encode(x=x, y=low, y2=alt.Y2("hi:Q")),
        base.mark_line(color=theme.BLUE, strokeWidth=2, interpolate="step-after").encode(x=x, y=y),
    )  # fmt: skip
    span = n_periods(b.span, b.ties[0].frequency)
    note = (
        f"dots: expected changes over {span}; line: the largest gain for a loss on a draw of the paths, median and 90% band, "
        f"above the dots since a mean over draws moves less than each of them; in {b.unit.label}"
    )
    return theme.panel(layers, width, 170, "Gains against losses", note)


def draw(b: Balance, width: int) -> Any:
    """Tilt over time, the other tie's response by lag, gains against losses."""
    narrow = width < theme.PHONE
    half = width if narrow else (width - 90) // 2
    lower = [*_response_chart(b, half), _frontier(b, half)]
    join = alt.vconcat if narrow else alt.hconcat
    beside = join(*lower, spacing=24, resolve=theme.resolved("independent", "color"))
    return theme.stack(_tilt(b, width), beside)


def view(b: Balance) -> View:
    """The balance as people read it."""
    responses = [_response(b, b.x, b.y, b.toward_x), _response(b, b.y, b.x, b.toward_y)]
    return _told(b, list(filter(None, responses)), [_protest(p) for p in b.protests], _grids(b))


def determined_view(b: Balance) -> View:
    """The same without tables, and without responses and protests that are undetermined."""
    responses = ((b.x, b.y, b.toward_x), (b.y, b.x, b.toward_y))
    verdicts = {toward: b.verdict(toward) for toward in (b.x, b.y)}
    kept = [_response(b, *r) for r in responses if (v := verdicts[r[0]]) and _determined(v)]
    return _told(b, kept, [_protest(p) for p in b.protests if _determined(p.verdict)], ())


def _determined(found: Verdict) -> bool:
    return found.word != "undetermined"


def _told(
    b: Balance, responses: Sequence[str], protests: Sequence[str], grids: tuple[Grid, ...]
) -> View:
    x, y = the(b.x), the(b.y)
    said = [_stand(b), *responses, *protests, *_windows(b)]
    return view_of(
        b, f"{the(b.pivot)} between {x} and {y}", said, b.ties[0], draw, b.ties, facts=_facts(b), grids=grids,
        notes=_notes(b, responses, protests), states=(b.pivot, b.x, b.y), periods=b.periods,
        caption=f"Tilt between {x} and {y}; what a move toward one does to the other tie; gains against losses.",
    )  # fmt: skip
