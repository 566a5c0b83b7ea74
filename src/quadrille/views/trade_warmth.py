"""Whether warmth moves trade, and trade warmth: estimates with their tests, beside the literature."""

from __future__ import annotations

import math
import re
from typing import Any

import polars as pl

from quadrille.economy.warmth import ALONE, LITERATURE, LONG_RUN, STEP, WITHOUT_LEAD, Warmth
from quadrille.verdicts import REGION
from quadrille.views import theme
from quadrille.views.forms import count, number, percent, signed_percent
from quadrille.views.names import listed, source
from quadrille.views.view import Column, View, grid, interval, view_of
from quadrille.views.words import band

__all__ = ["term_words", "view", "warming_line"]

_SHIFTED = re.compile(r"valence_(lag|lead)(\d+)")
_SUMS = {ALONE: "valence now, alone", LONG_RUN: f"now, {STEP} and {2 * STEP} years back together",
         WITHOUT_LEAD: "the same, valence to come left out", "valence": "valence now"}  # fmt: skip


def term_words(term: str) -> str:
    """A term of the table in words."""
    shifted = _SHIFTED.fullmatch(term)
    if shifted:
        return f"valence {shifted[2]} years {'back' if shifted[1] == 'lag' else 'ahead'}"
    return _SUMS.get(term, term)


def _answer(w: Warmth) -> str:
    low, mid, high = (signed_percent()(math.expm1(v)) for v in w.band(LONG_RUN))
    found = w.verdict
    word = found.said("warmth raises trade", "warmth lowers trade")
    return (
        f"Does warmth move trade? {word}: one standard deviation of valence goes with {mid} of trade in the "
        f"long run (90% band {low} to {high}; {w.n:,} rows, {w.years[0]} to {w.years[-1]}, "
        f"{source(w.origin)})."
    )


def _test(w: Warmth) -> str:
    low, mid, high = w.band(f"valence_lead{STEP}")
    shown = band((low, mid, high), sign=True)
    if w.trends:
        return (
            f"The test fails: trade goes with valence {STEP} years ahead, {shown} in logs, which cannot have moved it. So "
            "the past is no proof of a cause either."
        )
    return f"The test holds: trade does not go with valence {STEP} years ahead, {shown} in logs."


def _reverse(w: Warmth) -> str:
    ahead = w.band(f"valence in {STEP} years")
    back = [
        f"{years} years back {band(w.band(term), 3, True)}"
        for years in (STEP, 2 * STEP)
        if (term := f"valence {years} years ago") in w.table["term"]
    ]
    trend = ", so that it may have been so all along" if w.reverse_trends else ""
    return (
        f"Does trade move warmth? {w.reverse_verdict.said('trade warms', 'trade cools')}: of two pairs as warm now, the one "
        f"that trades more by one in logs (2.7 times as much) differs by {band(ahead, 3, True)} standard deviations of "
        f"valence {STEP} years on; {listed(back)}{trend}."
    )


def _agreement(w: Warmth) -> str:
    if w.of_agreement is None:
        return ""
    return (
        f"An agreement goes with {band(w.of_agreement, 3, True)} standard deviations of valence {STEP} years on, through the trade that it "
        "adds."
    )


def warming_line(w: Warmth) -> str:
    """Whether more trade warms a tie: the verdict with its numbers, in one line."""
    ahead, back = w.band(f"valence in {STEP} years"), w.band(f"valence {STEP} years ago")
    word = w.reverse_verdict.said("it warms ties", "it cools ties")
    return (
        f"Whether more trade warms a tie: {word}; one more in the log of trade goes with {band(ahead, 3, True)} standard "
        f"deviations of valence {STEP} years on, and with {band(back, 3, True)} {STEP} years back ({source(w.origin)}, "
        f"{w.years[0]} to {w.years[-1]})."
    )


def _beside() -> str:
    return (
        f"Fan, Wo and Xiang (2025, arXiv 2509.12084) report {percent()(LITERATURE)} more trade in the long run for one standard "
        "deviation of alignment."
    )


def draw(w: Warmth, width: int) -> Any:
    """Estimates with their bands."""
    data = w.to_polars().select(
        name=pl.col("term").map_elements(term_words, pl.String), value="estimate", lo="lo90", hi="hi90", kind="question"
    )  # fmt: skip
    colours = {"trade on valence": theme.BLUE, "valence on trade": theme.ORANGE}
    charts = []
    for kind, heading in (
        ("trade on valence", "log of trade for one s.d. of valence"),
        ("valence on trade", "s.d. of valence for one in log of trade"),
    ):
        part = data.filter(pl.col("kind") == kind)
        if part.height:
            scale = theme.value_scale(*theme.span(part, "lo", "hi", include=(0.0,)))
            titles = (kind.capitalize(), f"90% bands; data: {source(w.origin)}")
            charts.append(
                theme.interval_chart(
                    part, heading, width, {kind: colours[kind]}, scale, titles, 0.0
                )
            )
    return theme.stack(*charts)


def view(w: Warmth) -> View:
    """The estimates as people read them."""
    columns = [
        Column("question", "question"), Column("term", "term", term_words), *interval("estimate", "estimate", number(3), ("lo90", "hi90")),
        Column("se", "s.e.", number(3)),
    ]  # fmt: skip
    lost = [Column("reason", "rows not used"), Column("rows", "rows", count)]
    return view_of(
        w, "Whether warmth moves trade", (_answer(w), _test(w), _beside(), _reverse(w), _agreement(w)), draw=draw,
        grids=(grid("in logs of trade, or standard deviations of valence", w.to_polars(), columns),
               grid("rows not used", w.dropped, lost) if w.dropped.height else None),
        facts={"verdict": w.verdict.facts(), "reverse_verdict": w.reverse_verdict.facts(), "sd": w.sd,
               "sd_within_pairs": w.within, "literature": LITERATURE, "lead_test_fails": w.trends, "dropped": w.dropped},
        notes=(
            f"One standard deviation of valence is {w.sd:.2f} of the index over pairs and years; within pairs it is "
            f"{w.within:.2f}. Valence is taken without what trade and formal influence say of it.",
            "PPML with effects of exporters and importers each year and of directed pairs, freed of the bias of many effects. "
            "The index is smoothed, so that a year's level knows later years.",
            f"Too small to matter: the 90% band lies within ±{REGION:g}. Undetermined: it holds zero and reaches beyond, or the "
            "test of years to come fails.",
        ),
        caption="Estimates with 90% bands; above trade on valence, below valence on trade.",
    )  # fmt: skip
