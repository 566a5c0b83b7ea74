"""Forecast of a tie under conditions on other ties: what they change, when, and how far it can be told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import polars as pl

from quadrille.foresight.conditions import MONTHS
from quadrille.foresight.outcome import Reading, Scenario
from quadrille.panel.periods import n_periods, period_name, unit_word
from quadrille.verdicts import SURE
from quadrille.views import theme
from quadrille.views.dependence import (
    dependence_facts,
    dependence_note,
    dependence_sentences,
    leaning_lines,
)
from quadrille.views.forms import count, number, signed
from quadrille.views.model import prior_note
from quadrille.views.names import source, tie_name
from quadrille.views.relation import diagnostics_facts
from quadrille.views.theme import alt
from quadrille.views.view import Column, Grid, View, grid, interval, period_column, view_of
from quadrille.views.words import band, chance, neutral_notes, option_words, region_note

__all__ = ["effect_grid", "effect_sentence", "sentences", "view"]

_SAID = {"see": "Seen", "do": "Done", "do at once": "Done at once"}
ALSO = {
    "see": "conditional forecast",
    "do": "intervention",
    "do at once": "intervention, answered within the period",
}
_HEADING = {
    "see": "seen (conditional forecast): whatever brings it about",
    "do": "done (intervention): by the conditioned ties' own shocks",
    "do at once": "done at once: own shocks, others answer within the period",
}
_WITHOUT, _WITH = "without the conditions", "with the conditions"


def _named(tie: str, what: str) -> str:
    """A condition with the names of its tie's states."""
    return f"{tie_name(tie)} {what}"


def _when(s: Scenario, row: dict[str, Any]) -> str:
    """``2021-09 (month 9)``, ``2028 (year 2)``."""
    unit = unit_word(s.frequency)
    return f"{period_name(row['period'], s.frequency)} ({unit} {_steps(s, row['month'])})"


def _steps(s: Scenario, months: int) -> int:
    """Periods ahead of so many months."""
    return months // MONTHS[s.frequency]


def _change(row: dict[str, Any]) -> str:
    return band((row["diff_lo90"], row["diff"], row["diff_hi90"]), sign=True)


def _verdict(s: Scenario, r: Reading) -> str:
    """The largest change with its period, the last period, and P(warm) there."""
    top, end = s.largest(r.way), s.row(r.way, -1)
    head = f"{_SAID[r.way]} ({ALSO[r.way]}): "
    if not s.trusted:
        head += (
            "undetermined, since the sampling has not converged; the largest expected change of "
        )
        head += f"{tie_name(s.label)} is {_change(top)} in {_when(s, top)}"
    elif s.verdict(top).way == 0:
        head += f"{s.verdict(top).word}: the largest expected change of {tie_name(s.label)}, in {_when(s, top)}, is "
        head += _change(top) + (
            ", a band that covers zero" if s.verdict(top).word == "undetermined" else ""
        )
    else:
        head += f"{s.verdict(top).said('warms', 'cools')} {tie_name(s.label)}: the largest expected change is {_change(top)}, in {_when(s, top)}"
    if top["period"] != end["period"]:
        found = s.verdict(end)
        last = f"{found.word}: " if found.way == 0 and s.trusted else ""
        head += f"; by {_when(s, end)} it is {last}{_change(end)}"
    if s.facet != "cordiality":
        return f"{head}."
    return (
        f"{head}. P(warm) then is {chance(end['p_warm'])} with the conditions, {chance(end['base_p_warm'])} without; "
        f"reports scatter about the tie, and P(they look warm) is {chance(end['p_reported'])} with the conditions, "
        f"{chance(end['base_p_reported'])} without."
    )  # fmt: skip


def effect_sentence(s: Scenario, condition: str) -> str:
    """What a condition of a scenario changes at its end, in one sentence; no level, since another model may give it."""
    end = s.to_polars().filter(way=s.readings[0].way).row(-1, named=True)
    if not s.trusted:
        said = "what would follow is undetermined, since the model has not converged"
    else:
        said = s.verdict(end).said("it would be warmer", "it would be colder")
        said = {"undetermined": "whether it would move is undetermined", "too small to matter": "what it would move is too small to matter"}.get(said, said)  # fmt: skip
    return (
        f"If {condition}, {said}: by {period_name(end['period'], s.frequency)} the expected path changes by "
        f"{_change(end)} ({source(s.origin)})."
    )


def effect_grid(scenarios: Sequence[Scenario], conditions: Sequence[str]) -> Grid:
    """Scenarios below each other, at their last period."""
    rows = [
        s.to_polars().filter(way=s.readings[0].way).tail(1).with_columns(condition=pl.lit(said))
        for s, said in zip(scenarios, conditions, strict=True)
    ]  # fmt: skip
    columns = [Column("condition", "if"), *interval("diff", "change", signed())]
    last = period_name(scenarios[0].periods[-1], scenarios[0].frequency)
    return grid(f"{tie_name(scenarios[0].label)} in {last}, if", pl.concat(rows), columns)


def _bracket(s: Scenario) -> str | None:
    """Where see and do differ, the other end of what may be true."""
    ways = [r.way for r in s.readings]
    if not {"see", "do"} <= set(ways):
        return None
    tops = [s.largest(w) for w in ("see", "do")]
    month = max(tops, key=lambda row: abs(row["diff"]))["month"]
    at = s.months.index(month)
    seen, done = (s.row(w, at) for w in ("see", "do"))
    if all(x["diff_lo90"] <= y["diff"] <= x["diff_hi90"] for x, y in ((done, seen), (seen, done))):
        return None
    form = signed()
    offer = (
        "“do at once” is the other end" if "do at once" in ways
        else f"the other end is “do at once”, which {option_words('way', 'all')} adds"
    )  # fmt: skip
    return (
        f"Seen and done differ in {_when(s, seen)} ({form(seen['diff'])} and {form(done['diff'])}): what ties share "
        f"within a period decides, and the data alone cannot say how much of it is effect; {offer}."
    )


def _survival(s: Scenario) -> str:
    """Whether the tie would be warm; still warm, if it is."""
    end = period_name(s.periods[-1], s.frequency)
    shares = [s.row(r.way, -1)["p_warm"] for r in s.readings]
    shown = " and ".join(f"{chance(p)} ({r.way})" for p, r in zip(shares, s.readings, strict=True))
    if not s.trusted:
        word = "undetermined (not converged)"
    elif min(shares) >= SURE:
        word = "yes, most likely (0.9 or more)"
    elif max(shares) <= 1 - SURE:
        word = "no, most likely (0.1 or less)"
    else:
        word = "undetermined"
    now = f"P(warm) in the last period of the data, {period_name(s.last, s.frequency)}: {chance(s.p_warm_now)}"
    still = "still " if s.warm_now else ""
    return f"Is {tie_name(s.label)} {still}warm in {end} under the conditions? {word}: {shown}. {now} ({source(s.origin)})."


def _hazards(s: Scenario) -> str | None:
    """Survival by warm spells of the world against that of the paths."""
    h = s.hazards
    if h is None:
        return None
    if not s.warm_now:
        return f"{tie_name(s.label)} is not warm in {period_name(s.last, s.frequency)}, so that there is no warm spell to survive."
    if h.table is None or h.thaw is None:
        return f"Survival by warm spells of the world: undetermined: {h.why}."
    end, (start, age, _) = h.table.row(-1, named=True), h.thaw
    hazard = band((end["hazard_lo90"], end["hazard"], end["hazard_hi90"]))
    return (
        f"Survival by {h.spells:,} warm spells of {source(s.origin)}, given this tie's own, which began in "
        f"{period_name(start, s.frequency)} and is {n_periods(age, s.frequency)} old: after "
        f"{n_periods(_steps(s, end['month']), s.frequency)} "
        f"{hazard}; by the paths without conditions {number()(end['without'])}: {'they differ' if end['differ'] else 'they agree'}."
    )


def _implausible(r: Reading) -> str:
    """How far the conditions lie from what is expected anyway."""
    if r.surprise >= 0.1:
        word = "nothing out of the ordinary"
    elif r.surprise >= 0.01:
        word = "out of the ordinary"
    else:
        word = "far out of the ordinary: read with care"
    return (
        f"{word}: the unconditional forecast strays as far in this direction with probability "
        f"{r.surprise:.2g} (divergence {r.kl:.2f} nats: shock by shock, the two differ as a coin that shows heads in "
        f"{100 * r.coin:.1f}% of throws differs from a fair one)"
    )


def _shown_steps(s: Scenario, r: Reading) -> list[int]:
    """Steps of the table: four moments, those of the conditions, and the largest change."""
    steps = len(s.periods)
    top = int(np.argmax(np.abs(np.quantile(r.difference, 0.5, axis=0))))
    quarters = {max(1, round(steps * k / 4)) - 1 for k in (1, 2, 3, 4)}
    return sorted({*quarters, *(k for k in s.marked if k < steps), top})


def _path_grid(s: Scenario, r: Reading) -> Grid:
    def cell(form: Any) -> Any:
        return lambda mid, lo, hi: f"{form(mid)} [{form(lo)}, {form(hi)}]"

    columns = [
        period_column(s.frequency), Column("month", unit_word(s.frequency), lambda m: count(_steps(s, m))),
        Column(("base_level", "base_lo90", "base_hi90"), "without", cell(number())),
        Column(("level", "lo90", "hi90"), "with", cell(number())),
        Column(("diff", "diff_lo90", "diff_hi90"), "change", cell(signed())),
    ]  # fmt: skip
    title = (
        f"{tie_name(s.label)}, {_HEADING[r.way]}: {s.unit.label}, median [90% band]; change in the expected path, in "
        f"{s.unit.name}"
    )
    return grid(title, s.rows(r.way)[_shown_steps(s, r)], columns)


def _survival_grid(s: Scenario) -> Grid:
    level = "warm" if s.floor is None else f"above {s.floor:g}"
    each, periods = MONTHS[s.frequency], unit_word(s.frequency, 2)
    table, names = s.survival(), ("p_above", "p_never_below", "months")
    base = table.head(1).select(
        pl.lit("without").alias("way"), *(pl.col(f"base_{n}").alias(n) for n in names)
    )
    both = pl.concat([base, table.select("way", *names)])
    columns = [
        Column("way", "reading"),
        Column("p_above", f"P({level} at the end)", chance),
        Column("p_never_below", f"P(always {level})", chance),
        Column("months", f"expected {periods} until not", lambda m: number(1)(m / each)),
    ]
    return grid(f"Survival over {n_periods(len(s.periods), s.frequency)}", both, columns)


def _grids(s: Scenario) -> tuple[Grid, ...]:
    grids = [_path_grid(s, r) for r in s.readings]
    grids.append(_survival_grid(s))
    if len(s.conditions) > 1:
        columns = [
            Column("way", "reading"),
            Column(("tie", "condition"), "condition", _named),
            Column("adds", "adds", signed()),
        ]
        title = f"What each condition adds to the expected path at the end, in {s.unit.name}"
        grids.append(grid(title, s.attribution(), columns))
    return tuple(grids)


def _notes(s: Scenario) -> tuple[str, ...]:
    notes = [f"{_SAID[r.way]} ({ALSO[r.way]}): {r.identification}." for r in s.readings]
    notes += [
        f"{_SAID[r.way]}, how plausible the conditions are: {_implausible(r)}." for r in s.readings
    ]
    spread = f"{tie_name(s.label)}'s standard deviation over the periods of the data"
    notes.append(region_note(s.verdict(s.largest(s.readings[0].way)), s.unit.name, spread))
    notes += [prior_note(s.provenance), *neutral_notes(s)]
    if s.hazards is not None and s.hazards.table is not None:
        notes.append(
            "A warm spell is a run of periods above the line between warm and cold; a thaw is a move, from a trough to a "
            "peak, so that its dates differ."
        )
    if s.record is None:
        notes.append(
            "How often such forecasts were right is not said here; it is found from past dates with "
            f"{option_words('against', 'record')}."
        )
    notes += [dependence_note(s.dependence), *leaning_lines(s.dependence)]
    return tuple(n for n in notes if n)


def _warnings(s: Scenario) -> tuple[str, ...]:
    bad = [] if s.diagnostics.trusted else [s.diagnostics.line()]
    bad += [f"{_SAID[r.way]}: {r.line()}" for r in s.readings if not r.trusted]
    return tuple(line.replace("NOT RELIABLE: ", "") for line in bad)


def _facts(s: Scenario) -> dict[str, Any]:
    return {
        "dyad": s.label, "conditions": [str(c) for c in s.conditions], "facet": s.facet, "unit": s.unit.name,
        "shown": s.unit.label, "last_period": s.last, "neutral": s.neutral, "p_warm_now": s.p_warm_now,
        "floor": s.floor, "survival": s.survival(), "attribution": s.attribution(),
        "months_of_conditions": [s.months[k] for k in s.marked],
        "largest_change": {r.way: s.largest(r.way) for r in s.readings},
        "readings": {
            r.way: {
                "verdict": s.verdict(s.largest(r.way)).facts(),
                "also": ALSO[r.way], "identification": r.identification, "kl": r.kl, "coin": r.coin,
                "surprise": r.surprise, "bounds_hold": r.possible, "effective_proposals": r.effective,
                "proposals": r.proposals,
            }
            for r in s.readings
        },
        "hazards": s.hazards.table if s.hazards else None,
        "record": asdict(s.record) if s.record else None,
        "diagnostics": diagnostics_facts(s.diagnostics, s.trusted),
        "provenance": s.provenance, "dependence": dependence_facts(s.dependence),
    }  # fmt: skip


def _fan(s: Scenario, paths: Any, which: str) -> pl.DataFrame:
    values = s.unit.shown(np.quantile(paths, (0.05, 0.5, 0.95), axis=0))
    return theme.bands(s.periods, values).with_columns(which=pl.lit(which))


def _panel(s: Scenario, base: Any, given: Any, width: int, height: int, *titles: str) -> Any:
    """Paths with and without the conditions: bands and medians."""
    data = pl.concat([_fan(s, base, _WITHOUT), _fan(s, given, _WITH)])
    neutral = float(s.unit.shown(s.neutral))
    low, high = theme.span(data, "lo", "hi", include=(neutral,))
    scale, unit = theme.value_scale(low, high, s.unit.bounds), s.unit.label
    colours = {_WITHOUT: theme.GREY, _WITH: theme.VERMILION}
    legend = theme.legend_of(1 if width < theme.PHONE else 2)
    x, colour = theme.time_axis(s.periods, width), theme.colours_of("which", colours, legend)
    chart = alt.Chart(data).encode(x=x, color=colour)
    low_end, middle, high_end = (theme.on_y(c, unit, scale) for c in ("lo", "value", "hi"))
    shade = chart.transform_filter(alt.datum.which == _WITHOUT).mark_area(opacity=0.28)
    edge = chart.transform_filter(alt.datum.which == _WITH).mark_line(strokeWidth=1.2)
    dashes = alt.Scale(domain=list(colours), range=[[6, 3], [1, 0]])
    line = chart.mark_line(strokeWidth=2.5).encode(
        y=middle, strokeDash=alt.StrokeDash("which:N", legend=None, scale=dashes)
    )
    layers = (
        shade.encode(y=low_end, y2=alt.Y2("hi:Q")), theme.rule(neutral, scale, heading=unit),
        edge.encode(y=low_end), edge.encode(y=high_end), line,
    )  # fmt: skip
    return theme.panel(layers, width, height, *titles)


def draw(s: Scenario, width: int) -> Any:
    """One panel a reading of the tie, and below them the paths of the conditioned ties."""
    note = "thick: medians; grey band and thin lines: 90%; dashed: neutral"
    readings = (
        _panel(s, r.base, r.paths, width, 170, f"{tie_name(s.label)}, {_HEADING[r.way]}", note)
        for r in s.readings
    )
    first = f"in the first reading; data: {source(s.origin)}"
    supposed = (
        _panel(s, s.expected[tie], paths, width, 110, f"{tie_name(tie)}, as supposed", first)
        for tie, paths in s.conditioned.items()
    )
    return theme.stack(*readings, *supposed)


def _depends(s: Scenario) -> list[str]:
    """What the tie's states take of each other, and of those in the conditions."""
    others = dict.fromkeys(c for tie in (s.label, *s.conditioned) for c in tie.split("-"))
    return [said for d in s.dependence for said in dependence_sentences(d, *others)]


def sentences(s: Scenario) -> tuple[str | None, ...]:
    """What a scenario comes to, in the order in which it is read."""
    return (
        *(f"If {_named(c.tie, c.what)}:" for c in s.conditions), *(_verdict(s, r) for r in s.readings), _bracket(s),
        _survival(s) if s.facet == "cordiality" else "", _hazards(s), *(s.record.lines() if s.record else ()),
        *_depends(s),
    )  # fmt: skip


def view(s: Scenario) -> View:
    """The scenario as people read it."""
    bounds = (f"{_SAID[r.way]}, bounds: {r.line()}" for r in s.readings if r.possible < 1)
    return view_of(
        s, f"{tie_name(s.label)} under conditions", sentences(s), draw=draw, facts=_facts(s), grids=_grids(s), notes=_notes(s),
        warnings=_warnings(s), diagnostics=(f"Model: {s.diagnostics.line()}", *bounds),
        caption=f"{tie_name(s.label)} with and without the conditions: medians and 90% bands.",
        states=tuple(s.label.split("-")),
    )  # fmt: skip
