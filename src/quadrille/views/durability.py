"""How long warm spells last over the world, what shortens them, and how long this one may."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import Any

import polars as pl

from quadrille.panel.periods import n_periods, period_name, unit_word
from quadrille.readings.durability import Durability
from quadrille.verdicts import REGION, verdict_of
from quadrille.views import theme
from quadrille.views.forms import count, number
from quadrille.views.names import listed, source, tie_name
from quadrille.views.theme import alt
from quadrille.views.view import Column, Grid, View, grid, interval, view_of
from quadrille.views.words import absent_note, band, chance, chance_band, layer_note, neutral_notes

__all__ = ["view"]

_ROWS = 8  # of the survival table
_NAMES = {
    "animosity": "shared animosity", "pivot": "tie with the main major power",
    "partners": "effective partners", "domains": "number of domains", "rivalry": "listed rivalry",
    "capability_gap": "capability gap", "votes": "agreement in UN votes",
    "organisations": "shared organisations", "alliance": "alliance", "trade": "trade", "events": "events",
}  # fmt: skip


def _called(covariate: str) -> str:
    return _NAMES.get(covariate, covariate.replace("_", " "))


def _chance(d: Durability) -> str:
    """P(still warm) at the last horizon, by both models and by warm spells of that age."""
    last = d.survival.row(-1, named=True)
    weibull = chance_band((last["weibull_lo90"], last["weibull"], last["weibull_hi90"]))
    cox = "not known by Cox's model, since no warm spell so old has ended"
    if last["cox"] is not None:
        cox = f"{chance_band((last['cox_lo90'], last['cox'], last['cox_hi90']))} by Cox's model"
    base = (
        "" if last["base"] is None else f"; {chance(last['base'])} of all warm spells of that age"
    )
    return f"{cox}, {weibull} by a Weibull model{base}"


def _lead(d: Durability) -> list[str]:
    """The warm spell of the question, and how long it may last."""
    after = n_periods(d.survival["horizon"][-1], d.frequency)
    about = tie_name(d.label)
    if d.thaw is None:
        return [
            f"{about} has no warm spell with a known start in these data (of one that was on when they begin, the age is not "
            "known); what follows is for a warm spell that begins now.",
            f"P(still warm {after} later): {_chance(d)}.",
        ]
    start, age, on = d.thaw
    began = f"{about}'s last warm spell began in {period_name(start, d.frequency)}"
    if on:
        return [
            f"{began} and is on, {n_periods(age, d.frequency)} old; P(still warm {after} from now): {_chance(d)}."
        ]
    return [
        f"{began} and ended after {n_periods(age, d.frequency)}; read from its start, P(still warm after {after}): "
        f"{_chance(d)}."
    ]


def _effects(d: Durability) -> list[str]:
    """What shortens warm spells, what keeps them, and what is undetermined."""
    found = defaultdict[str, list[str]](list)
    for row in d.to_polars().iter_rows(named=True):
        judged = verdict_of(math.log(row["lo90"]), math.log(row["hi90"]), REGION)
        ratio = f" {row['hazard_ratio']:.2f} (90% interval {row['lo90']:.2f} to {row['hi90']:.2f})"
        named = _called(row["covariate"])
        found[judged.said("shorten", "keep")].append(named + (ratio if judged.way else ""))
    heads = {
        "shorten": "Shortens warm spells, by Cox's hazard ratio for a standard deviation more",
        "keep": "Keeps warm spells, by Cox's hazard ratio for a standard deviation more",
        "too small to matter": f"Too small to matter, within {REGION:.0%} of 1",
        "undetermined": "Undetermined, with an interval that holds 1",
    }
    return [f"{head}: {listed(found[kind])}." for kind, head in heads.items() if found[kind]]


def _shape(d: Durability) -> str:
    """Whether older warm spells are safer."""
    lo, _, hi = d.shape
    older = {
        "moves it": "less safe" if lo > 1 else "safer",
        "too small to matter": "as safe as young ones",
        "undetermined": "neither safer nor less safe for certain",
    }[verdict_of(math.log(lo), math.log(hi), REGION).word]
    return f"Older warm spells are {older} (Weibull shape {band(d.shape)}; below 1: safer)."


def _notes(d: Durability) -> tuple[str, ...]:
    table = d.to_polars()
    drifting = [_called(c) for c in table.filter(pl.col("proportional_p") < 0.05)["covariate"]]
    return (
        f"Not proportional (p < 0.05), so that the ratio is an average over ages: {listed(drifting)}."
        if drifting
        else "",
        absent_note(d.absent),
        *(f"Not used: {m}." for m in d.missing),
        *layer_note(d.layers),
        *neutral_notes(d),
    )


def _grids(d: Durability) -> tuple[Grid, ...]:
    ratios = [
        Column("covariate", "covariate", _called),
        *interval("hazard_ratio", "hazard ratio", number(), ("lo90", "hi90")),
        Column("weibull", "Weibull", number()),
        Column("proportional_p", "proportional p", chance),
    ]
    s = d.survival
    every = -(-s.height // _ROWS)
    shown = s.filter((pl.col("horizon") % every == 0) | (pl.col("horizon") == s.height))
    chances = [
        Column("horizon", f"{unit_word(d.frequency, 2)} ahead", count),
        *interval("cox", "Cox", chance),
        *interval("weibull", "Weibull", chance),
        Column("base", "all warm spells", chance),
    ]
    title = "Hazard of a warm spell's end, a standard deviation more: above 1 shortens"
    return (
        grid(title, d.to_polars(), ratios),
        grid(f"{tie_name(d.label)}: P(still warm)", shown, chances),
    )


def _forest(d: Durability, width: int) -> Any:
    """Hazard ratios of both models, on a logarithmic axis."""
    table = d.to_polars().with_columns(name=pl.col("covariate").map_elements(_called, pl.String))
    data = pl.concat(
        table.select("name", value=v, lo=lo, hi=hi, kind=pl.lit(kind))
        for kind, v, lo, hi in (
            ("Cox", "hazard_ratio", "lo90", "hi90"), ("Weibull", "weibull", "weibull_lo90", "weibull_hi90"),
        )
    )  # fmt: skip
    low, high = theme.span(data, "lo", "hi", include=(0.8, 1.25))
    scale = alt.Scale(type="log", domain=[0.97 * low, 1.03 * high], nice=False)
    colours = {"Cox": theme.BLUE, "Weibull": theme.ORANGE}
    note = f"right: shortens; left: keeps; {d.spells:,} warm spells, {d.ends:,} ended; 90% intervals; data: {source(d.origin)}"
    titles = ("What shortens a warm spell and what keeps it", note)
    heading = "hazard ratio, a standard deviation more"
    return theme.interval_chart(data, heading, width, colours, scale, titles, at=1.0)


def _curves(d: Durability, width: int) -> Any:
    """P(still warm) by both models, and of all warm spells of that age."""
    s = d.survival
    x = theme.step_axis(
        "horizon", s["horizon"].to_list(), width, f"{unit_word(d.frequency, 2)} ahead"
    )
    y = "P(still warm)"
    layers = []
    for kind, colour in (("cox", theme.BLUE), ("weibull", theme.ORANGE)):
        data = s.select("horizon", value=kind, lo=f"{kind}_lo90", hi=f"{kind}_hi90").drop_nulls()
        if data.height:
            layers += theme.band_layers(data, x, y, theme.unit_scale(), colour)
    base = s.select("horizon", "base").drop_nulls()
    if base.height:
        line = alt.Chart(base).mark_line(color=theme.GREY, strokeDash=theme.DASH)
        layers.append(line.encode(x=x, y=theme.on_y("base", y, theme.unit_scale())))
    note = "blue: Cox; orange: Weibull; bands: 90%; dashed: warm spells of that age, whatever their covariates"
    return theme.panel(
        layers, width, 180, f"How long a warm spell of {tie_name(d.label)} may last", note
    )


def draw(d: Durability, width: int) -> Any:
    """Hazard ratios, and survival of the warm spell."""
    return theme.stack(_forest(d, width), _curves(d, width))


def _facts(d: Durability) -> dict[str, Any]:
    thaw = None if d.thaw is None else dict(zip(("start", "age", "on"), d.thaw, strict=True))
    return {
        "dyad": d.label, "thaws": d.spells, "ended": d.ends, "thaw": thaw, "survival": d.survival,
        "weibull_shape": d.weibull.rho, "proportional_p_of_all": float(d.cox.ph_p[-1]), "absent": d.absent,
        "not_used": d.missing, "citations": d.layers,
    }  # fmt: skip


def view(d: Durability) -> View:
    """The durability as people read it."""
    from_ = f"From {d.spells:,} warm spells with a known start, {d.ends:,} of them ended ({source(d.origin)})."
    return view_of(
        d, f"How long {tie_name(d.label)} may last", (*_lead(d), from_, *_effects(d), _shape(d)), draw=draw,
        facts=_facts(d), grids=_grids(d), notes=_notes(d), states=(d.state_a, d.state_b), periods=d.span,
        caption="Hazard ratios of a warm spell's end; the chance that the warm spell is still on.",
    )  # fmt: skip
