"""Whether a state's tie with a pivot moves its tie with a partner."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from quadrille.coupling.effects import Pivot
from quadrille.coupling.evidence import Evidence, band_of
from quadrille.coupling.pooled import Mean
from quadrille.coupling.turnover import STEPS, Turnover
from quadrille.panel.periods import n_periods, span_name, unit_word
from quadrille.views import theme
from quadrille.views.forms import capital, number, percent, signed, yes
from quadrille.views.model import model_facts, model_notes, prior_note
from quadrille.views.names import dash, name, plural, source, state_list, the, tie_name
from quadrille.views.theme import alt
from quadrille.views.view import Column, Grid, View, grid, view_of
from quadrille.views.words import band, chance, equals, region_note

__all__ = [
    "WAYS",
    "evidence_facts",
    "interval_of",
    "mean_facts",
    "triad_answer",
    "triad_sentence",
    "view",
    "world_sentence",
]

_ROWS, _SHARES = 8, 10
WAYS = ("moves it the same way: complement", "moves it the other way: substitution")


def _evidence(factor: float) -> str:
    """A Bayes factor for no effect, in the words of Kass & Raftery (1995)."""
    strength = max(factor, 1.0 / factor)
    size = (
        "hardly any" if strength < 3 else "some" if strength < 20
        else "strong" if strength < 150 else "very strong"
    )  # fmt: skip
    return f"{size} evidence {'for' if factor < 1 else 'against'} an effect"


def _verdict(p: Pivot) -> str:
    word = p.verdict.said(*(f"{_pull(p)} {way}" for way in WAYS))
    return capital(
        word if p.model.diagnostics.trusted else f"{word}, since the model has not converged"
    )


def _effect(p: Pivot) -> str:
    low, size, high = p.interval
    lo, hi = signed()(low), signed()(high)
    return (
        f"When {_pull(p)} warms by one typical shock ({number()(p.shock)}), {_tie(p)} "
        f"{'cools' if size < 0 else 'warms'} by {number()(abs(size))} in all over "
        f"{n_periods(p.horizon, p.frequency)} (90% band {lo} to {hi}; {p.unit.name}). "
        f"P(it cools) {equals(p.p_substitution)} ({source(p.origin)}, {span_name(*p.periods, p.frequency)})."
    )


def _placebo(p: Pivot) -> str:
    if len(p.placebos) < 2:
        return "Placebo: the data hold no other third state to compare with."
    floor = 1.0 / len(p.placebos)
    coarse = f"; with so few it cannot be below {floor:.2f}" if floor > 0.05 else ""
    return (
        f"Placebo: {the(p.on)} ranks {p.rank} of {len(p.placebos)} third states by the size of the effect "
        f"(p {equals(p.p_value)}{coarse})."
    )


def _lead(p: Pivot) -> str:
    third = [label for label, _ in p.shares if label != p.tie]
    lo, mid, hi = dict(p.shares)[p.pull]
    place = (
        "more than with any other third tie" if third[0] == p.pull
        else f"{tie_name(third[0])} has the largest share of the third ties"
    )  # fmt: skip
    form = percent()
    return (
        f"Of {_tie(p)}'s forecast variance {form(mid)} goes with {_pull(p)} (90% band {form(lo)} to "
        f"{form(hi)}); {place}; P({_pull(p)} leads) {equals(p.dominant)}."
    )


def quantiles_of(mean: float, sd: float) -> tuple[float, float, float]:
    """5%, 50% and 95% quantiles of a normal."""
    lo, hi = band_of(mean, sd)
    return lo, mean, hi


def interval_of(mean: Mean) -> tuple[float, float, float]:
    """Mean effect with its 90% band."""
    lo, hi = mean.band
    return lo, mean.value, hi


def _tie(p: Pivot) -> str:
    return tie_name(p.a, p.b)


def _pull(p: Pivot) -> str:
    return tie_name(p.a, p.on)


def world_sentence(e: Evidence) -> str:
    """What an effect is, and what the world and its class say."""
    first, last = e.years
    mean = band(interval_of(e.world), 3, True)
    said = (
        f"Over {e.triads:,} triangles of {e.states} states ({source(e.origin)}, {first} to {last}), when a tie of a state warms "
        f"by 1 sd of its moves, its other ties move by {mean} sd over {n_periods(e.window, e.frequency)}, mostly the state's own mood: {e.world.verdict.said(*WAYS)}."
    )  # fmt: skip
    if not e.between:
        return said
    word = {"neither": "neither hostile nor friendly"}.get(e.between, e.between)
    part, later = (
        f"{band(interval_of(x), 3, True)}, {x.verdict.said(*WAYS)}"
        for x in (e.of_class, e.later_of_class)
    )
    return (
        f"{said} With moods out, where the other two are {word} on average, as {the(e.b)} and {the(e.on)} are: {part}; of which later "
        f"than in the same {unit_word(e.frequency, 1)} {later}."
    )  # fmt: skip


def triad_answer(e: Evidence) -> str:
    """Whether the tie of A with the third state moves A-B, in plain words."""
    tie, pull = tie_name(e.a, e.b), tie_name(e.a, e.on)
    if e.missing:
        return f"It is not known of {tie}."
    if e.verdict.way:
        where = "the same way" if e.verdict.way > 0 else "the other way"
        return f"Yes: where {pull} goes, {tie} goes {where}."
    if e.verdict.word == "undetermined":
        return f"It cannot be told: {tie} may move either way, or hardly at all, when {pull} does."
    return f"Hardly: what {tie} moves when {pull} does is too small to matter."


def triad_sentence(e: Evidence) -> str:
    """The triad's own effect, shrunken."""
    tie, pull = tie_name(e.a, e.b), tie_name(e.a, e.on)
    if e.missing:
        return f"No number of its own for this triad: {e.missing}."
    return (
        f"When {pull} warms by 1 sd, {tie} moves by {band(quantiles_of(*e.effect), 2, True)} sd over {n_periods(e.window, e.frequency)}, against "
        f"the other ties of {the(e.a)}; triads like it {signed()(e.like[0])}, by its own record alone {signed()(e.own[0])} (standard "
        f"error {number()(e.own[1])}). P(it moves the other way, substitution) {equals(e.p_substitution)}: {e.verdict.said(*WAYS)} (region ±{number(1)(e.verdict.region)} sd). "
        f"What follows later than the same {unit_word(e.frequency, 1)}: {band(quantiles_of(*e.later), 2, True)}, "
        f"{e.later_verdict.said(*WAYS)}."
    )  # fmt: skip


def _evidence_of_world(p: Pivot) -> tuple[str, ...]:
    return (triad_sentence(p.evidence), world_sentence(p.evidence)) if p.evidence else ()


def _design(p: Pivot) -> tuple[str, ...]:
    """Changes of leader in the pivot: what they show, or why they show nothing."""
    t = p.turnover
    if t is None:
        return ()
    if t.missing:
        return (f"Changes of leader in {the(t.on)} tell nothing: {t.missing}.",)
    said = (
        f"{plural(len(t.years), 'change')} of leader in {the(t.on)}, {t.years[0]} to {t.years[-1]} ({source(t.origin)}): at a typical turn to the "
        f"world {_pull(p)} moves by {signed()(_after(t.first))} sd (first stage F = {t.first_stage:.1f}) and {_tie(p)} by "
        f"{signed()(t.reduced[0])} sd (standard error {number()(t.reduced[1])}), both against the other ties of {the(t.a)}."
    )  # fmt: skip
    if t.failures:
        return (
            f"{said} The design fails, so that nothing follows from it: {'; '.join(t.failures)}.",
        )
    return (
        f"{said} So when {_pull(p)} warms by 1 sd, {_tie(p)} moves by {band(t.effect, 2, True)} sd: {t.verdict.said(*WAYS)} (region "
        f"±{number(1)(t.verdict.region)} sd). Something left out would have to explain {percent()(t.robust)} of what is left of both the turn and "
        f"{_tie(p)} to undo it, and {percent()(t.robust_band)} to let the band reach zero.",
    )  # fmt: skip


def _after(path: Any) -> float:
    """Mean of a path over the years from the change on."""
    return float(path[1, STEPS >= 0].mean())


def _sentences(p: Pivot) -> tuple[str, ...]:
    """The answer in plain words."""
    verdict = (
        f"{_verdict(p)}. Bayes factor for no effect {number()(p.bayes_factor)}: "
        f"{_evidence(p.bayes_factor)}."
    )
    return (_effect(p), verdict, *_evidence_of_world(p), *_design(p), _placebo(p), _lead(p))


def _grid(p: Pivot) -> Grid:
    table = p.to_polars().head(_ROWS)
    columns = [
        Column("state", "third state", lambda s: f"{name(s)}{' (asked about)' if s == p.on else ''}"),
        Column("mean", "response", signed()), Column("sd", "standard deviation", number()), Column("z", "z", signed()),
        Column("p_negative", "P(it cools)", chance), Column("trusted", "converged", yes),
    ]  # fmt: skip
    more = len(p.placebos) - table.height
    title = (
        f"How does {_tie(p)} move in all when another tie of {the(p.a)} warms? Each third state in a model of three: the one "
        "asked about, then by |z|"
    )
    return grid(f"{title}; {more} more in CSV" if more > 0 else title, table, columns)


def _path_panel(p: Pivot, width: int) -> Any:
    steps, label = np.arange(p.horizon + 1), "cumulative response"
    data = pl.DataFrame({"step": steps, "lo": p.path[0], "value": p.path[1], "hi": p.path[2]})
    scale = theme.value_scale(*theme.span(data, "lo", "hi", include=(0.0,)))
    heading = f"{unit_word(p.frequency, 2)} after the shock"
    x = theme.step_axis("step", steps.tolist(), width, heading)
    band, line = theme.band_layers(data, x, label, scale)
    note = (
        f"one typical shock; line: median; band: 90%; {p.unit.name}; P(it cools) {equals(p.p_substitution)}; "
        f"data: {source(p.origin)}"
    )
    layers = (band, theme.rule(0.0, scale, heading=label), line)
    return theme.panel(layers, width, 170, f"What {_tie(p)} does when {_pull(p)} warms", note)


def _placebo_panel(p: Pivot, width: int) -> Any:
    kinds = ["asked about", "other third state"]
    who = pl.when("named").then(pl.lit(kinds[0])).otherwise(pl.lit(kinds[1]))
    data = p.to_polars().with_columns(who=who)
    scale = theme.value_scale(*theme.span(data, "z", include=(0.0,)))
    heading = "response over its uncertainty (z)"
    colours = dict(zip(kinds, (theme.VERMILION, theme.GREY), strict=True))
    colour = theme.colours_of("who", colours, theme.legend_of())
    ticks = alt.Chart(data).mark_tick(thickness=2, size=26).encode(
        x=alt.X("z:Q", title=heading, scale=scale), color=colour,
        opacity=alt.condition("datum.named", alt.value(1.0), alt.value(0.6)),
    )  # fmt: skip
    note = f"each in a model of three states; rank {p.rank} by size; p {equals(p.p_value)}"
    layers = (theme.rule(0.0, scale, horizontal=False, heading=heading), ticks)
    return theme.panel(
        layers, width, 60, f"{the(p.on)} among {plural(len(p.placebos), 'third state')}", note
    )


def _turnover_panel(t: Turnover, width: int) -> Any:
    """What both ties did by year about a change of leader in C."""
    ties = [tie_name(t.a, t.on), tie_name(t.a, t.b)]
    rows = [
        (int(step), tie, *(float(v) for v in path[:, k]))
        for tie, path in zip(ties, (t.first, t.moved), strict=True)
        for k, step in enumerate(STEPS)
        if np.isfinite(path[:, k]).all()
    ]
    data = pl.DataFrame(rows, schema=["step", "tie", "lo", "value", "hi"], orient="row")
    data = data.with_columns(
        at=pl.col("step") + pl.when(pl.col("tie") == ties[0]).then(-0.08).otherwise(0.08)
    )
    label = "sd of yearly changes"
    scale = theme.value_scale(*theme.span(data, "lo", "hi", include=(0.0,)))
    x = alt.X(
        "at:Q", title=f"years after a change of leader in {the(t.on)}", scale=alt.Scale(domain=[STEPS[0] - 0.4, STEPS[-1] + 0.4]),
        axis=alt.Axis(values=STEPS.tolist(), format="d", grid=False),
    )  # fmt: skip
    colours = dict(zip(ties, (theme.GREY, theme.VERMILION), strict=True))
    base = alt.Chart(data).encode(x=x, color=theme.colours_of("tie", colours, theme.legend_of()))
    low, middle = (theme.on_y(c, label, scale) for c in ("lo", "value"))
    bars = base.mark_rule(strokeWidth=2, opacity=0.6).encode(y=low, y2=alt.Y2("hi:Q"))
    dots = base.mark_circle(size=45, opacity=1).encode(y=middle)
    lines = base.mark_line(strokeWidth=1).encode(y=middle)
    state = "the design fails" if t.failures else t.verdict.word
    note = (
        f"for a typical turn of {the(t.on)} to the world; {plural(len(t.years), 'change')}; bar: 90%; the year before is zero; "
        f"first stage F = {t.first_stage:.1f}; {state}; data: {source(t.origin)}"
    )  # fmt: skip
    layers = (theme.rule(0.0, scale, heading=label), bars, lines, dots)
    return theme.panel(layers, width, 150, f"About changes of leader in {the(t.on)}", note)


def _share_panel(p: Pivot, width: int) -> Any:
    rows = [(dash(label), *band, label == p.pull) for label, band in p.shares if label != p.tie]
    data = pl.DataFrame(rows[:_SHARES], schema=["tie", "lo", "value", "hi", "named"], orient="row")
    scale = alt.Scale(domain=[0.0, min(1.0, 1.04 * theme.span(data, "hi")[1])], nice=False)
    heading = "share of the forecast variance"
    x = alt.X("lo:Q", title=heading, scale=scale, axis=alt.Axis(format=".0%", tickCount=5))
    base = alt.Chart(data).encode(
        y=alt.Y("tie:N", sort=data["tie"].to_list(), title=None),
        color=alt.condition("datum.named", alt.value(theme.VERMILION), alt.value(theme.GREY)),
    )
    bars = base.mark_rule(strokeWidth=2).encode(x=x, x2=alt.X2("hi:Q"))
    dots = base.mark_circle(size=60, opacity=1)
    dots = dots.encode(x=alt.X("value:Q", title=heading, scale=scale))
    note = (
        f"dot: median; bar: 90%; in colour: {dash(p.pull)}, which leads with probability {chance(p.dominant)}; "
        "own shocks are not shown"
    )
    height = 20 * data.height + 10
    return theme.panel((bars, dots), width, height, f"What else moves {_tie(p)}", note)


def draw(p: Pivot, width: int) -> Any:
    """Cumulative response, placebos, and variance shares by tie."""
    panels = [_path_panel(p, width), _placebo_panel(p, width), _share_panel(p, width)]
    if p.turnover and not p.turnover.missing:
        panels.append(_turnover_panel(p.turnover, width))
    return theme.stack(*panels)


def _facts(p: Pivot) -> dict[str, Any]:
    lo, mid, hi = p.interval
    quantiles = ("lo90", "median", "hi90")
    return {
        "dyad": p.tie, "pull": p.pull, "on": p.on, "horizon": p.horizon, "unit": p.unit.name,
        "shock": p.shock, "response": mid, "response_lo90": lo, "response_hi90": hi,
        "verdict": p.verdict.facts(), "p_substitution": p.p_substitution, "bayes_factor_no_effect": p.bayes_factor,
        "rank": p.rank, "placebos": len(p.placebos) - 1, "p_value": p.p_value,
        "path": [dict(zip(quantiles, q, strict=True)) for q in p.path.T],
        "shares": [{"dyad": label, **dict(zip(quantiles, band, strict=True))} for label, band in p.shares],
        "p_leads": p.dominant, "left_out": p.left_out, "model": model_facts(p.model),
        "world": evidence_facts(p.evidence) if p.evidence else None,
        "leaders": turnover_facts(p.turnover) if p.turnover else None,
    }  # fmt: skip


def turnover_facts(t: Turnover) -> dict[str, Any]:
    """Changes of leader as JSON has them."""
    lo, mid, hi = t.effect
    return {
        "dates": t.dates, "years": t.years, "turns": t.turns, "first_stage_f": t.first_stage, "reduced": t.reduced[0],
        "reduced_se": t.reduced[1], "before_p": t.before, "effect": mid, "effect_lo90": lo, "effect_hi90": hi,
        "robustness": t.robust, "robustness_band": t.robust_band, "fails": t.failures, "verdict": t.verdict.facts(),
        "steps": STEPS.tolist(), "first_path": t.first[1].tolist(), "path": t.moved[1].tolist(), "missing": t.missing,
    }  # fmt: skip


def mean_facts(mean: Mean) -> dict[str, Any]:
    """A mean effect as JSON has it."""
    return {**mean._asdict(), "verdict": mean.verdict.facts()}


def evidence_facts(e: Evidence) -> dict[str, Any]:
    """The world's evidence as JSON has it."""
    return {
        "data": e.origin, "years": e.years, "window": e.window, "states": e.states, "triads": e.triads,
        "mean": mean_facts(e.world), "between": e.between, "class": mean_facts(e.of_class),
        "class_later": mean_facts(e.later_of_class), "like": e.like, "own": e.own, "effect": e.effect, "later": e.later,
        "periods": e.seen, "p_substitution": e.p_substitution, "verdict": e.verdict.facts(),
        "later_verdict": e.later_verdict.facts(), "missing": e.missing,
    }  # fmt: skip


def view(p: Pivot) -> View:
    """The pivot's answer as people read it."""
    doubtful = sum(not x.trusted for x in p.placebos)
    spread = f"{_tie(p)}'s standard deviation times {p.horizon + 1} periods"
    notes = [
        "What moves both ties in the same period looks like an effect; this is not an experiment.",
        region_note(p.verdict, f"{p.unit.name}, summed", spread),
    ]
    if doubtful:
        notes.append(f"{doubtful} of {len(p.placebos)} models of three states have not converged.")
    if p.left_out:
        notes.append(f"A quick run left out {' and '.join(p.left_out)}.")
    return view_of(
        p, f"Does {the(p.on)} move {_tie(p)}?", _sentences(p), draw=draw, checked=(p.model,), facts=_facts(p),
        grids=(_grid(p),), notes=(*notes, prior_note(p.model.provenance), *model_notes(p.model)), states=(p.a, p.b, p.on),
        diagnostics=(f"Model of {state_list(p.model.states)}: {p.model.diagnostics.line()}",),
        caption=f"What {_tie(p)} does when {_pull(p)} warms, third states compared, and shares of forecast variance.",
    )  # fmt: skip
