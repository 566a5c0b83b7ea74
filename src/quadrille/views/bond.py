"""What a tie rests on: common goals, shared animosities, domains; of a cold tie, that it rests on nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from quadrille.panel.periods import n_periods, period_name
from quadrille.readings.bond import Bond
from quadrille.verdicts import OPEN, SURE
from quadrille.views import theme
from quadrille.views.dependence import dependence_facts, dependence_note, dependence_sentences
from quadrille.views.forms import count, number, percent, text, verbatim
from quadrille.views.names import listed, name, source, the, tie_name
from quadrille.views.theme import alt
from quadrille.views.view import Column, Grid, View, grid, interval, view_of
from quadrille.views.words import (
    absent_note,
    acts_note,
    chance,
    equals,
    known_percentile,
    layer_note,
    neutral_notes,
    open_note,
    percentile_words,
    percents,
)

__all__ = ["view"]

_ROWS, _TOP = 8, 6
_LEAST_SHARE = 0.005
_LIKELY = 0.5  # probability that a third state is cold to both, below which shares are shares of next to nothing


def _cold(b: Bond) -> bool:
    return b.p_warm <= 1 - SURE


def _verdict(b: Bond) -> str:
    """Whether there is a bond to explain at all."""
    about = f"{tie_name(b.label)} in {period_name(b.period, b.frequency)}"
    if _cold(b):
        return (
            f"{about} is cold, with probability {chance(1 - b.p_warm)}: a tie of two opponents rests on nothing, "
            f"so no shares are shown ({source(b.origin)})."
        )
    if b.p_warm < SURE:
        return (
            f"{about}: whether it is warm is undetermined (P(warm) {equals(b.p_warm)}, less than {SURE} either "
            f"way); what follows is what it would rest on ({source(b.origin)})."
        )
    return f"{about} is warm, with probability {chance(b.p_warm)} ({source(b.origin)})."


def _sides(b: Bond) -> list[str]:
    """Where shared animosities and common goals stand, and how they compare."""
    among = f"among {b.others + 1:,} dyads of the data"
    said = [f"Shared animosities stand at {percentile_words(b.animosity)} {among}."]
    goals = b.parts.filter(side="goal")["part"].to_list()
    if goals:
        line = f"Common goals ({listed(goals)}) stand at percentile {b.goals:.0f} on average"
        if known_percentile(b.animosity):
            line += f"; animosity is {percents(b.rests_on_animosity)} of the two together"
        said.append(f"{line}.")
    return said


def _thin(row: Mapping[str, Any]) -> bool:
    return bool(row["cold_periods"] < 2)


def _evidence(b: Bond, row: Mapping[str, Any]) -> str:
    """``Azerbaijan–Hungary is on the cold side in 1 year only, on 45 reports``."""
    tie = tie_name(row["thin_tie"], row["state"])
    if b.unit.anchored:
        few = n_periods(row["cold_periods"], b.frequency) if row["cold_periods"] else "no year"
        return f"{tie} was cold with probability {SURE} in {few}"
    reports = f", on {row['cold_reports']:,.0f} {_events(b)}" if row["cold_reports"] else ""
    when = (
        "no observed period"
        if row["cold_periods"] == 0
        else f"{n_periods(row['cold_periods'], b.frequency)} only"
    )
    return f"{tie} is on the cold side in {when}{reports}"


def _events(b: Bond) -> str:
    return "coded acts" if b.coded else "reports"


def _adversary(b: Bond) -> list[str]:
    """The third state that binds most, as far as the evidence bears it."""
    if b.adversaries.is_empty() or b.adversaries["share"][0] <= 0:
        return []
    top = b.adversaries.row(0, named=True)
    state = the(top["state"])
    both = f"both are cold to it with probability {chance(top['p_both_cold'])}"
    share = percents((top["share_lo90"], top["share"], top["share_hi90"]))
    several = _shared(b).height > 1
    if _thin(top):
        share = f"{share} of" if several else "all of"
        why = "" if b.unit.anchored else ": one story can make it"
        return [
            f"{state} would make {share} the shared animosity, but {_evidence(b, top)}{why}, so that this is no finding."
        ]
    if top["p_both_cold"] < SURE:
        largest = (
            f"the largest share is {state}'s, {share}" if several else f"the likeliest is {state}"
        )
        return [f"No third state is cold to both with probability {SURE}; {largest} ({both})."]
    if not several:
        return [f"{state} is the one third state in the shared animosity ({both})."]
    if top["share_hi90"] - top["share_lo90"] > OPEN:
        return [
            f"{state} is in the shared animosity ({both}); how much of it is not known ({share})."
        ]
    return [
        f"{state} makes {share} of the shared animosity ({both}); were it reconciled with both, the rest would stand at "
        f"percentile {top['left_percentile']:.0f}."
    ]


def _shared(b: Bond) -> pl.DataFrame:
    """Third states with a share worth a line."""
    return b.adversaries.filter(pl.col("share") > _LEAST_SHARE)


def _domain(b: Bond) -> list[str]:
    if b.one_domain is None or b.domains is None:
        return []
    domain, p = b.one_domain
    row = b.domains.row(0, named=True)
    verdict = (
        "a one-domain bond" if b.flagged
        else "not a one-domain bond" if p <= 1 - SURE
        else f"undetermined, less than {SURE} either way"
    )  # fmt: skip
    acts = "coded cooperative acts" if b.coded else "cooperative acts"
    return [
        f"The largest domain is {text(domain)}, {percents((row['lo90'], row['share'], row['hi90']))} of "
        f"{b.domains['count'].sum():,.0f} {acts} in {n_periods(b.window, b.frequency)} to "
        f"{period_name(b.period, b.frequency)}; P(more than half) {equals(p)}: {verdict}."
    ]


def _sentences(b: Bond) -> tuple[str, ...]:
    if _cold(b):
        return (_verdict(b),)
    return (_verdict(b), *_sides(b), *_adversary(b), *_domain(b), *_depends(b))


def _depends(b: Bond) -> list[str]:
    """What each takes of the other's arms and trade."""
    ends = ((d, b.state_b if d.state == b.state_a else b.state_a) for d in b.dependence)
    return [said for d, other in ends for said in dependence_sentences(d, other)]


def _pooled(b: Bond) -> str:
    return f"Domains, {n_periods(b.window, b.frequency)} to {period_name(b.period, b.frequency)}"


def _notes(b: Bond) -> tuple[str, ...]:
    return (
        acts_note(b.acts, "the domains are"),
        absent_note(b.absent, f" for {period_name(b.period, b.frequency)}"),
        open_note(b.animosity),
        *(f"Not known: {m}." for m in b.missing),
        dependence_note(b.dependence),
        *layer_note(b.layers),
        *neutral_notes(b),
    )


def _shown_parts(b: Bond) -> pl.DataFrame:
    """Parts whose place is known."""
    return b.parts if known_percentile(b.animosity) else b.parts.filter(pl.col("side") == "goal")


def _parts_grid(b: Bond) -> Grid:
    rows = _shown_parts(b).with_columns(pl.col("year").cast(pl.String))
    columns = [
        Column("part", "part"), *interval("percentile", "percentile", number(0)), Column("year", "year"),
        Column("what", "what"), Column("layer", "layer", verbatim),
    ]  # fmt: skip
    return grid(
        f"{tie_name(b.label)}: parts, as percentiles of the dyads of the data", rows, columns
    )


def _grids(b: Bond) -> tuple[Grid, ...]:
    found = [_parts_grid(b)]
    if _cold(b):
        return tuple(found)
    columns = [
        Column("state", "third state", name), *interval("share", "share", percent()),
        Column("p_both_cold", "P(both cold)", chance),
        Column("cold_periods", f"cold {n_periods(2, b.frequency).split()[1]}", count),
    ]  # fmt: skip
    if b.adversaries["cold_reports"].sum() > 0:
        columns.append(Column("cold_reports", _events(b), count))
    if _shared(b).height > 1:
        title = "Third states in the shared animosity, and the weaker evidence of the two ties"
        found.append(grid(title, _shared(b).head(_ROWS), columns))
    if b.domains is not None:
        shares = interval("share", "share", percent(), ("lo90", "hi90"))
        found.append(
            grid(
                _pooled(b),
                b.domains,
                [Column("domain", "domain"), Column("count", "acts", count), *shares],
            )
        )
    return tuple(found)


def _parts_chart(b: Bond, width: int) -> list[Any]:
    data = _shown_parts(b).select(
        name="part", value="percentile",
        lo=pl.coalesce("percentile_lo90", "percentile"), hi=pl.coalesce("percentile_hi90", "percentile"),
        kind=pl.when(pl.col("side") == "goal").then(pl.lit("common goals")).otherwise(pl.lit("shared animosity")),
    )  # fmt: skip
    if data.is_empty():
        return []
    colours = {"common goals": theme.BLUE, "shared animosity": theme.VERMILION}
    scale = alt.Scale(domain=[0, 100], nice=False)
    title = f"Goals and animosities of {tie_name(b.label)}, {period_name(b.period, b.frequency)}"
    titles = (title, f"animosity: 90% interval; data: {source(b.origin)}")
    heading = "percentile of the dyads of the data"
    return [theme.interval_chart(data, heading, width, colours, scale, titles)]


def _path_chart(b: Bond, width: int) -> list[Any]:
    if len(b.periods) < 2:
        return []
    path = theme.bands(b.periods, b.path).filter(pl.col("value").is_not_nan())
    scale = theme.value_scale(*theme.span(path, "lo", "hi", include=(0.0,)))
    layers = theme.band_layers(
        path, theme.time_axis(path["period"], width), "animosity", scale, theme.VERMILION
    )
    title = f"Shared animosity of {tie_name(b.label)}"
    return [theme.panel(layers, width, 130, title, "90% band; 0: no third state both are cold to")]


def _draws_thirds(b: Bond) -> bool:
    """Whether shares of the shared animosity say anything: two third states or more, one likely cold to both."""
    shared = _shared(b)
    return shared.height > 1 and bool((shared["p_both_cold"] > _LIKELY).any())


def _adversary_chart(b: Bond, width: int) -> list[Any]:
    top = _shared(b).head(_TOP)
    if not _draws_thirds(b):
        return []
    more = f"cold in {n_periods(2, b.frequency)} or more"
    thin = f"cold in fewer than {n_periods(2, b.frequency)}"
    data = top.select(
        name=pl.col("state").map_elements(name, pl.String), value="share",
        lo=pl.min_horizontal("share", "share_lo90"), hi=pl.max_horizontal("share", "share_hi90"),
        kind=pl.when(pl.col("cold_periods") < 2).then(pl.lit(thin)).otherwise(pl.lit(more)),
    )  # fmt: skip
    colours = {more: theme.VERMILION, thin: theme.GREY}
    return [
        theme.interval_chart(
            data, "share of the shared animosity", width, colours, theme.share_scale(data, "hi"),
            ("Third states both are cold to", f"90% intervals; {thin}, one story can make it"), form="%",
        )
    ]  # fmt: skip


def _domain_chart(b: Bond, width: int) -> list[Any]:
    if b.domains is None:
        return []
    acts = "share of coded acts" if b.coded else "share of cooperation"
    return [theme.domain_chart(b.domains, acts, width, _pooled(b))]


def draw(b: Bond, width: int) -> Any:
    """Parts, animosity over time, third states, domains; of a cold tie no shares."""
    charts = [*_parts_chart(b, width), *_path_chart(b, width)]
    if not _cold(b):
        charts += [*_adversary_chart(b, width), *_domain_chart(b, width)]
    return theme.stack(*charts)


def _facts(b: Bond) -> dict[str, Any]:
    return {
        "dyad": b.label, "period": b.period, "p_warm": b.p_warm, "dyads_compared": b.others + 1,
        "animosity_percentile": b.animosity, "goals_percentile": b.goals,
        "animosity_of_both": b.rests_on_animosity, "adversaries": b.adversaries.head(12), "domains": b.domains,
        "one_domain": b.one_domain, "one_domain_bond": b.flagged, "absent": b.absent, "not_known": b.missing,
        "citations": b.layers, "dependence": dependence_facts(b.dependence),
    }  # fmt: skip


def view(b: Bond) -> View:
    """The bond as people read it."""
    drawn = len(b.periods) > 1 or not _shown_parts(b).is_empty()
    thirds = "; third states both are cold to" if _draws_thirds(b) else ""
    shares = "" if _cold(b) else f"{thirds}{'; domains' if b.domains is not None else ''}"
    return view_of(
        b, f"What {tie_name(b.label)} rests on", _sentences(b), draw=draw if drawn else None, facts=_facts(b),
        grids=_grids(b), notes=_notes(b), states=(b.state_a, b.state_b),
        caption=f"Common goals and shared animosities{shares}.",
    )  # fmt: skip
