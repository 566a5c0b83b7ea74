"""Words that every view shares: bands, chances, dates, and what warm means."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from quadrille.panel.periods import period_name, span_name, unit_word
from quadrille.verdicts import OPEN, REGION, SURE, Verdict
from quadrille.views.forms import number, signed
from quadrille.views.names import listed, sentence, source, tie_name

if TYPE_CHECKING:
    from datetime import date

    import polars as pl

    from quadrille.measure.result import Relation
    from quadrille.measure.since import SinceWhen
    from quadrille.panel.units import Unit

__all__ = [
    "absent_note", "acts_note", "band", "chance", "chance_band", "cited", "equals", "hole_notes", "known_percentile", "layer_note", "most", "neutral_notes", "neutral_words", "news_notes", "open_note", "option_words",
    "percentile_words", "percents", "quantiles", "rank", "region_note", "since_words", "verdict", "warmth", "way_words", "when",
]  # fmt: skip

_UNSURE = round(1 - SURE, 6)
_LAYERS = {
    "rivalry": "rivalries", "capability_gap": "capabilities (COW NMC)", "votes": "UN General Assembly votes",
    "organisations": "shared organisations (COW IGO)", "alliance": "alliances (ATOP or COW)", "trade": "dyadic trade",
}  # fmt: skip


def quantiles(draws: Any) -> tuple[float, float, float]:
    """5%, 50% and 95% points."""
    import numpy as np

    lo, mid, hi = (float(v) for v in np.quantile(draws, (0.05, 0.5, 0.95)))
    return lo, mid, hi


def band(values: Sequence[float] | Any, digits: int = 2, sign: bool = False) -> str:
    """``median (90% band low to high)`` of low, median, high; a digit more where both ends would read alike."""
    ends = [float(v) for v in values]
    for places in (digits, digits + 1):
        form = signed(places) if sign else number(places)
        lo, mid, hi = map(form, ends)
        if lo != hi:
            return f"{mid} (90% band {lo} to {hi})"
    return f"{(signed if sign else number)(digits)(ends[1])} (so at both ends of its 90% band)"


def percents(values: Sequence[float] | Any) -> str:
    """The same as percentages."""
    return band([100 * float(v) for v in values], 0).replace(" (", "% (", 1)


def percentile_words(values: Sequence[float] | Any) -> str:
    """``percentile 78 (90% band 61 to 90)``; a place that is not known where the band leaves it open."""
    if known_percentile(values):
        return f"percentile {band(values, 0)}"
    lo, _, hi = (float(v) for v in values)
    why = f"90% band {lo:.0f} to {hi:.0f}" if math.isfinite(hi - lo) else "no estimate"
    return f"a percentile that is not known ({why})"


def known_percentile(values: Sequence[float] | Any) -> bool:
    """Whether a percentile's low, median and high say anything."""
    lo, mid, hi = (float(v) for v in values)
    return math.isfinite(mid) and hi - lo <= 100 * OPEN


def rank(percentile: float | None) -> str:
    """A percentile in a table; what `open_note` explains where it is not known."""
    return "not known" if percentile is None else f"{percentile:.0f}"


def most(share: float) -> str:
    """``83%``; never all of them where that is a matter of rounding."""
    return "over 99%" if share > 99 else f"{share:.0f}%"


def open_note(*percentiles: Sequence[float] | Any) -> str:
    """The rule by which a percentile is not known, where one of these is not."""
    if all(map(known_percentile, percentiles)):
        return ""
    return f"A percentile whose 90% band covers more than {100 * OPEN:.0f} of 100 is not known."


def verdict(p: float, yes: str, no: str, neither: str = "undetermined") -> str:
    """What a probability amounts to."""
    return yes if p >= SURE else no if p <= 1 - SURE else neither


def region_note(verdict: Verdict, unit: str, of: str) -> str:
    """The region of practical equivalence, where it is used; empty where there is none."""
    if not verdict.region > 0:
        return ""
    form = number(2 if verdict.region >= 0.1 else 3)
    return (
        f"Too small to matter: the whole 90% band lies within ±{form(verdict.region)} ({unit}), {REGION:g} of {of}. "
        "Undetermined: the band holds zero and reaches beyond that."
    )


def absent_note(parts: Sequence[str], when: str = "") -> str:
    """Which layers would tell what is not known; empty where nothing is missing."""
    wanted = listed([_LAYERS[part] for part in parts])
    return f"Not known{when}: {wanted}. Give layers that hold them." if wanted else ""


def acts_note(origin: str, what: str) -> str:
    """Where the acts of a reading on the index are from; empty where they are from the data themselves."""
    where = "the chronicle" if origin == "chronicle" else source(origin)
    return f"The index holds levels of ties, not acts: {what} from {where}." if origin else ""


def layer_note(layers: Mapping[str, str]) -> tuple[str, ...]:
    """Which structural data a result used; nothing where it used none."""
    return (f"Structural data used: {listed(list(layers))}.",) if layers else ()


def option_words(name: str, value: str) -> str:
    """``--way all (in Python: way="all")``: how to ask otherwise, in a command and in Python."""
    return f'--{name.replace("_", "-")} {value} (in Python: {name}="{value}")'


def chance(p: float | None) -> str:
    """A probability with two digits, never 0.00 or 1.00; nothing for null.

    One that just misses 0.9, or 0.1, has three: it is never printed as what it is judged not to be.
    """
    if p is None:
        return ""
    if p < SURE and round(p, 2) >= SURE:
        return f"{math.floor(1000 * p) / 1000:.3f}"
    if p > _UNSURE and round(p, 2) <= _UNSURE:
        return f"{math.ceil(1000 * p) / 1000:.3f}"
    return "> 0.99" if p > 0.99 else "< 0.01" if p < 0.01 else f"{p:.2f}"


def chance_band(values: Sequence[float]) -> str:
    """A probability with the ends of its 90% band, of low, median, high."""
    lo, mid, hi = map(chance, values)
    return f"{mid} (90% band {lo} to {hi})"


def equals(p: float) -> str:
    """``= 0.55``, ``> 0.99``: what follows the name of a probability."""
    shown = chance(p)
    return shown if shown[0] in "<>" else f"= {shown}"


class HasNeutral(Protocol):
    """A result with a level that separates warm from cold."""

    @property
    def neutral(self) -> float:
        """On the scale of `unit`."""

    @property
    def unit(self) -> Unit:
        """Of the relation."""


def warmth(warm: bool) -> str:
    """``warm`` or ``cold``."""
    return "warm" if warm else "cold"


def since_words(start: SinceWhen, frequency: str, record: tuple[date, date]) -> str:
    """``since 1990 (90% interval 1986 to 2013)``; a hole in the record by its bounds; always answered.

    Parameters
    ----------
    start : SinceWhen
    frequency : str
    record : (date, date)
        First and last period: a date whose interval covers most of the record is hardly known.
    """
    early, mid, late = (period_name(d, frequency) for d in (start.early, start.median, start.late))
    spread = f" (90% interval {early} to {late})" if early != late else ""
    length = record[1] - record[0]
    if length and (start.late - start.early) / length > OPEN:
        begins = ", where the record begins, or before" if start.open else ""
        return f"since {mid}{begins}, though that is hardly known{spread}"
    if start.open and not spread:
        return f"in every {unit_word(frequency)} since the record begins in {mid}"
    if start.open:
        return f"since {mid}, where the record begins, or before{spread}"
    if start.hole is None:
        return f"since {mid}{spread}"
    ends = tuple(period_name(d, frequency) for d in start.hole)
    inside = f"since some time between {ends[0]} and {ends[1]}, when nothing was observed"
    return inside if (early, late) == ends else inside + spread


# Size → how far that is of a way, each where it is the nearest by ratio.
_PARTS = (
    (0.1, "a tenth of the way"), (0.2, "a fifth of the way"), (0.25, "a quarter of the way"), (1 / 3, "a third of the way"),
    (0.5, "half the way"), (2 / 3, "two thirds of the way"), (0.75, "three quarters of the way"), (1.0, "as far as"),
    (1.25, "one and a quarter times the way"), (1.5, "one and a half times the way"),
    (1.75, "one and three quarters times the way"), (2.0, "twice the way"),
    (2.5, "two and a half times the way"), (3.0, "three times the way"), (4.0, "four times the way"), (5.0, "five times the way"),
)  # fmt: skip


def way_words(change: float, unit: Unit) -> str:
    """``about a third of the way from neutral to a typical ally``; empty in units without ends.

    Parameters
    ----------
    change : float
        As shown; the sign says to which end.
    unit : Unit
        Of the index, or of net cooperation.
    """
    if unit.anchored:
        ends = f"neutral to a typical {'ally' if change > 0 else 'rival'}"
    elif unit.form == "odds":
        ends = f"an even mix to {'cooperation' if change > 0 else 'conflict'} alone"
    else:
        return ""
    size = abs(change)
    if size < 0.08:
        return f"less than a tenth of the way from {ends}"
    part = min(_PARTS, key=lambda p: abs(math.log(p[0] / size)))[1]
    return f"about {part} from {ends}"


def neutral_words(tie: HasNeutral) -> str:
    """What warm means for a tie."""
    if tie.neutral:
        level = signed()(float(tie.unit.shown(tie.neutral)))
        return (
            f"warm: above {tie.unit.label} {level}, where a defence pact is as likely as a rivalry"
        )
    if tie.unit.anchored:
        return f"warm: {tie.unit.label} above zero, where a defence pact is as likely as a rivalry"
    if tie.unit.bounds is None:
        return f"warm: {tie.unit.label} above zero"
    return "warm: more cooperation than conflict"


def news_notes(tie: HasNeutral) -> tuple[str, ...]:
    """For machine-coded data what warm does not mean."""
    noise = "Probabilities cover the noise of the reports, not what the reports leave out."
    if tie.neutral:
        return (
            "These are reports, most of them of talk: rivals talk, and allies are reported to quarrel. In yearly ICEWS "
            f"a rival taken at random is colder than a random ally in four of five cases, not in all. {noise}",
        )
    if tie.unit.form == "score":
        return (
            "A sum of event weights grows with coverage: of rivals and allies in GDELT the rivals' is no lower, so that "
            f"its level says little; read its changes. {noise}",
        )
    return ()


def neutral_notes(tie: HasNeutral) -> tuple[str, ...]:
    """What warm means, and for machine-coded data what it does not mean."""
    return (sentence(neutral_words(tie)), *news_notes(tie))


def when(row: Mapping[str, Any], frequency: str) -> str:
    """The date of an act as exact as it is known, or a period."""
    if "date" not in row:
        return period_name(row["period"], frequency)
    return period_name(row["date"], {"day": "D", "month": "M", "year": "Y"}[row["precision"]])


def cited(references: Mapping[str, str], *tables: pl.DataFrame | None) -> dict[str, str]:
    """The works that the acts of some tables cite."""
    cells = (
        t["reference"].drop_nulls() for t in tables if t is not None and "reference" in t.columns
    )
    keys = {key.strip() for column in cells for cell in column for key in cell.split(";")}
    return {k: references[k] for k in sorted(keys) if k in references}


def hole_notes(ties: Sequence[Relation]) -> tuple[str, ...]:
    """A line for each tie with a long time without an observation."""
    spans = {
        tie.label: [span_name(*hole, tie.frequency) for hole in tie.holes()] for tie in ties
    }  # fmt: skip
    return tuple(
        f"{tie_name(label)} was not observed in {listed(holes)}: a date in that time rests on the model alone."
        for label, holes in spans.items() if holes
    )  # fmt: skip
