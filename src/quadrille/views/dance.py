"""The signed network of some states: camps, ties that would have to change sign, and how sure that is."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import numpy as np
import polars as pl

from quadrille.panel.periods import n_periods, period_name, span_name
from quadrille.readings.dance import Dance
from quadrille.readings.triangle import TYPES, transitions
from quadrille.verdicts import SURE
from quadrille.views import theme
from quadrille.views.forms import last_of, yes
from quadrille.views.names import dash, listed, name, plural, source, the, tie_name
from quadrille.views.theme import alt
from quadrille.views.view import Grid, View, view_of
from quadrille.views.words import chance, neutral_notes

__all__ = ["view"]

_RUNS, _TIES, _NAMED = 12, 30, 8


def _who(d: Dance, states: tuple[str, ...]) -> str:
    """Names, or ISO3 where there are many."""
    return listed([the(s) if len(d.states) <= _NAMED else s for s in states])


def _some(labels: list[str], most: int) -> list[str]:
    """The first of many, and how many more there are."""
    more = len(labels) - most
    return labels if more < 2 else [*labels[:most], f"{more} more"]


def _tie(d: Dance, label: str) -> str:
    return tie_name(label) if len(d.states) <= _NAMED else dash(label)


def _answer(d: Dance) -> str:
    """The last period: ties that would have to change sign, and the camps."""
    at, many = len(d.periods) - 1, len(d.pairs)
    near, far = d.camps_of(at)
    value, flips = int(d.value[-1]), [_tie(d, label) for label in d.flips_of(at)]
    camps = f"{_who(d, near)} against {_who(d, far)}" if far else "all in one camp"
    need = (
        f"{value} of {many} known ties would have to change sign for balance ({listed(_some(flips, 6))})"
        if value
        else f"the {many} known ties are balanced"
    )
    proof = "" if d.proven[-1] else f", not proven the fewest: at least {d.bound[-1]}"
    about = f"{_who(d, d.states)} in {period_name(d.periods[-1], d.ties[0].frequency)}"
    return f"{about}: by the likelier signs {need}{proof}; camps: {camps} ({source(d.ties[0].origin)})."


def _sure(d: Dance) -> str:
    """How many signs can be trusted, and what the draws say."""
    p = d.p_warm[:, -1]
    sure = int(np.sum(np.maximum(p, 1 - p) >= SURE))
    others = ", so that the camps are undetermined where they rest on the others"
    doubt = "" if sure == len(p) else others
    band = f"{d.expected[-1]:.1f} (90% band {d.lo90[-1]:.0f} to {d.hi90[-1]:.0f})"
    return (
        f"{sure} of the {len(p)} signs have probability 0.9 or more (a tie has a positive sign if it is warm){doubt}. "
        f"Over draws {band} ties would have to change, balanced with probability {chance(float(d.balanced[-1]))}; "
        f"signs by the toss of a coin would give {d.chance:.1f}."
    )


def _history(d: Dance) -> str:
    """Frustration over the record in one sentence."""
    f = d.ties[0].frequency
    span = span_name(d.periods[0], d.periods[-1], f)
    held, most = int(np.sum(d.value == 0)), int(d.value.max())
    return (
        f"From {span} the likelier signs are balanced in {held or 'none'} of {n_periods(len(d.periods), f)}; at most "
        f"{plural(most, 'tie')} would have had to change."
    )


def _camp(d: Dance, states: tuple[str, ...]) -> str:
    """The same in a cell."""
    return ", ".join(map(name, states)) if len(d.states) <= _NAMED else " ".join(states)


def _runs(d: Dance) -> Grid:
    """Runs of periods with the same camps and the same ties to change."""
    f = d.ties[0].frequency
    states = [(d.camps_of(t), d.flips_of(t)) for t in range(len(d.periods))]
    rows, apart = [], ", " if len(d.states) <= _NAMED else " "
    for (camps, flips), group in groupby(enumerate(states), key=lambda pair: pair[1]):
        at = [k for k, _ in group]
        band = f"{d.lo90[at].min():.0f} to {d.hi90[at].max():.0f}"
        rows.append((
            span_name(d.periods[at[0]], d.periods[at[-1]], f), " | ".join(_camp(d, c) for c in camps if c),
            apart.join(_some([_tie(d, x) for x in flips], 4)) or "none", band,
        ))  # fmt: skip
    heads = ("when", "camps", "to change sign", "over draws, 90%")
    title = f"Camps by the likelier signs{last_of(_RUNS, len(rows))}"
    return Grid(title, heads, tuple(rows[-_RUNS:]), (True, True, True, False))


def _ties(d: Dance) -> Grid:
    """Every tie in the last period; of many, those of the least certain sign."""
    order = (
        np.argsort(np.abs(d.p_warm[:, -1] - 0.5), kind="stable")[:_TIES]
        if len(d.ties) > _TIES
        else range(len(d.ties))
    )
    rows = tuple(
        (
            _tie(d, d.ties[k].label), chance(float(d.p_warm[k, -1])), yes(d.observed[k, -1]), yes(d.flips[k, -1]),
        )
        for k in order
    )  # fmt: skip
    more = f"; the {_TIES} least certain of {len(d.ties)}" if len(d.ties) > _TIES else ""
    when = period_name(d.periods[-1], d.ties[0].frequency)
    heads = ("tie", "P(warm)", "observed", "would change")
    return Grid(f"Ties in {when}{more}", heads, rows, (True, False, True, True))


def _cells(d: Dance, labels: list[str]) -> pl.DataFrame:
    many = len(d.periods)
    return pl.DataFrame(
        {
            "period": pl.Series(list(d.periods) * len(labels), dtype=pl.Date),
            "tie": [label for label in labels for _ in range(many)],
            "p_warm": d.p_warm.ravel(),
            "flip": d.flips.ravel(),
        }
    ).with_columns(theme.period_end(d.ties[0].frequency))


def draw(d: Dance, width: int) -> Any:
    """How warm each tie is over time, and which would have to change sign."""
    roomy = width >= theme.PHONE and len(d.ties) <= 15
    labels = [tie_name(t.label) if roomy else dash(t.label) for t in d.ties]
    cells = _cells(d, labels)
    step, size = (20, 12) if len(labels) <= _TIES else (11, 9)
    axis = alt.Axis(labelLimit=0, labelOverlap=False, labelFontSize=size)
    y = alt.Y("tie:N", sort=labels, title=None, axis=axis)
    colours = alt.Scale(domain=[0, 0.5, 1], range=[theme.BLUE, "#f7f7f7", theme.VERMILION])
    legend = alt.Legend(orient="bottom", gradientLength=160, values=[0, 0.5, 1], format=".1f")
    signs = alt.Chart(cells).mark_rect(stroke=None).encode(
        x=theme.time_axis(d.periods, width), x2=alt.X2("until:T"), y=y,
        color=alt.Color("p_warm:Q", title="P(warm)", scale=colours, legend=legend),
    )  # fmt: skip
    wide = width / max(len(d.periods), 1)
    flips = cells.filter("flip").with_columns(
        middle=pl.col("period") + (pl.col("until") - pl.col("period")) / 2
    )
    # On a dark page ink turns light; these lie on boxes that stay, and so have a colour of their own.
    crosses = alt.Chart(flips).mark_point(
        shape="cross", size=min(max(wide * wide, 10.0), 60.0), color="#111111", filled=True, opacity=1
    ).encode(x=theme.time_axis(d.periods, width, "middle"), y=y)  # fmt: skip
    note = "how warm each tie is; crosses: ties that would have to change sign for balance"
    height, data = max(step * len(labels), 60), f"data: {source(d.ties[0].origin)}"
    return theme.panel([signs, crosses], width, height, _who(d, d.states), note, data)


def _facts(d: Dance) -> dict[str, Any]:
    triangles = [
        {"states": t.states, "types": TYPES, "transitions": transitions(t), "periods": t.to_polars()}
        for t in d.triangles
    ]  # fmt: skip
    return {
        "dyads": [t.label for t in d.ties], "unknown": d.unknown, "draws_proven": d.draws_proven, "draws": d.draws,
        "neutral": d.ties[0].neutral, "p_warm": d.p_warm, "triangles": triangles,
    }  # fmt: skip


def view(d: Dance) -> View:
    """The network as people read it."""
    tie = d.ties[0]
    unknown = listed([_tie(d, x) for x in d.unknown])
    verb = "has" if len(d.unknown) == 1 else "have"
    passed = sum(t.diagnostics.trusted for t in d.ties)
    return view_of(
        d, f"The dance of {_who(d, d.states)}", (_answer(d), _sure(d), _history(d)), tie, draw, d.ties,
        facts=_facts(d), grids=(_runs(d), _ties(d)), states=d.states, periods=d.periods,
        notes=(
            f"{unknown} {verb} no data: not known, and left out of the network." if unknown else "",
            *neutral_notes(tie),
            "" if d.draws_proven else "Over draws, not every index is proven the smallest.",
            "Balance: two camps, positive ties inside and negative ones across. What would have to change is "
            "arithmetic, not a forecast; of several ways the one is given that changes the least certain signs.",
        ),
        diagnostics=(f"Draws: {passed} of {len(d.ties)} ties passed their checks.",),
        caption="How warm each tie is, period by period; crosses: ties that would have to change sign for balance.",
    )  # fmt: skip
