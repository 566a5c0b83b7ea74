"""What every triangle of the world says of one, and who pivots whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import ndtr

from quadrille.coupling.pooled import (
    BINS,
    Effects,
    Mean,
    Pooled,
    effects_of,
    kind_of_tie,
    surest_of,
)
from quadrille.kernels.arrays import Array
from quadrille.kernels.constants import Z90
from quadrille.kernels.triad_moves import LEAST
from quadrille.results import Result
from quadrille.verdicts import REGION, Verdict, verdict_of

__all__ = ["Evidence", "Pivots", "evidence_of", "pivots_of"]

_WAYS = ("moves it the same way", "moves it the other way")


@dataclass(frozen=True, slots=True)
class Evidence:
    """A triad among all of the world. Effects are in standard deviations of A-B for one of A-C, after ``window`` periods.

    Attributes
    ----------
    a, b, on : str
        ISO3: what A-C (``on`` is C) does to A-B.
    origin, frequency : str
    years : tuple of int
        First and last of the data.
    window : int
    states, triads : int
        Pooled.
    world : Mean
        Over all triads, moods of states left in.
    between : str
        What B-C is: hostile, neither or friendly; empty: not known.
    of_class, later_of_class : Mean
        Over all triads where B-C is that, moods out: the whole effect and the part that follows later.
    like : tuple of float
        Effect that is expected of triads like it, and its standard error.
    own : tuple of float
        By its own record alone, and its standard error.
    effect, later : tuple of float
        Shrunken effect and its standard deviation: whole, and the part that follows later.
    seen : int
        Periods of its own record.
    missing : str
        What is missing, where the triad has no number of its own; else empty.
    """

    a: str
    b: str
    on: str
    origin: str
    frequency: str
    years: tuple[int, int]
    window: int
    states: int
    triads: int
    world: Mean
    between: str
    of_class: Mean
    later_of_class: Mean
    like: tuple[float, float]
    own: tuple[float, float]
    effect: tuple[float, float]
    later: tuple[float, float]
    seen: int
    missing: str

    @property
    def p_substitution(self) -> float:
        """Probability that A-B cools when A-C warms; NaN: no number of its own."""
        mean, sd = self.effect
        return float(ndtr(-mean / sd)) if sd > 0 else float("nan")

    @property
    def verdict(self) -> Verdict:
        """Of the shrunken effect."""
        return verdict_of(*band_of(*self.effect), REGION)

    @property
    def later_verdict(self) -> Verdict:
        """Of the part that follows later."""
        return verdict_of(*band_of(*self.later), REGION)

    def without_model(self) -> str:
        """What there is to say where other data have no number for the triad, in one line."""
        said = [
            f"over {self.triads:,} triangles of the {self.origin}, when a tie of a state warms by 1 sd its other ties move by "
            f"{_line(self.world)}"
        ]  # fmt: skip
        if self.between:
            said.append(
                f"with moods out, where the other two are {self.between} as {self.b} and {self.on} are, by {_line(self.of_class)}"
            )
        effect, lo, hi = (_signed(x, 2) for x in (self.effect[0], self.verdict.lo, self.verdict.hi))
        own = f"by {effect} sd (90% band {lo} to {hi}), {self.verdict.said(*_WAYS)}"
        said.append(f"this triad {own}" if not self.missing else f"this triad: {self.missing}")
        return "; ".join(said)


def _line(mean: Mean) -> str:
    value, lo, hi = (_signed(x, 3) for x in (mean.value, *mean.band))
    return f"{value} sd (90% band {lo} to {hi}), {mean.verdict.said(*_WAYS)}"


def _signed(value: float, digits: int) -> str:
    return f"{value:+.{digits}f}".replace("-", "−")


def band_of(mean: float, sd: float) -> tuple[float, float]:
    """Ends of the 90% band."""
    return mean - Z90 * sd, mean + Z90 * sd


_NONE = Mean(float("nan"), float("nan"), 0, 0)


def _missing(pooled: Pooled, a: str, b: str, c: str) -> str:
    """What the world lacks of a triad; empty: nothing."""
    world = pooled.world
    absent = [s for s in (a, b, c) if s not in world.states]
    if absent:
        return f"the {world.origin} holds no {' and no '.join(absent)}"
    i = {s: world.states.index(s) for s in (a, b, c)}
    seen = world.moves.seen
    for x, y in ((a, b), (a, c)):
        many = int(seen[i[x], i[y]].sum())
        if many < LEAST:
            return f"{x}-{y} has {many} moves in the {world.origin}, and {LEAST} are needed"
    both = int((seen[i[a], i[b]] & seen[i[a], i[c]]).sum())
    return f"{a}-{b} and {a}-{c} were seen together in {both} periods, and {LEAST} with {world.window} after each are needed"


def evidence_of(pooled: Pooled, a: str, b: str, on: str) -> Evidence:
    """One triad among all.

    Parameters
    ----------
    pooled : Pooled
    a, b, on : str
        ISO3; what is missing of them is said in ``missing``, the rest is given.
    """
    world = pooled.world
    none = (float("nan"), float("nan"))
    parts: dict[str, Any] = {"like": none, "own": none, "effect": none, "later": none, "seen": 0}
    between, missing = "", ""
    if a in world.states and b in world.states and on in world.states:
        found, j, k = effects_of(pooled, a), world.states.index(b), world.states.index(on)
        between = kind_of_tie(world, j, k)
        parts = _parts(found, j, k)
    if not np.isfinite(parts["effect"][0]):
        missing = _missing(pooled, a, b, on)
    classes = pooled.classes.get(between, (_NONE, _NONE))
    return Evidence(
        a, b, on, world.origin, world.frequency, world.years, world.window, len(world.states), pooled.triads,
        pooled.mean[0], between, *classes, **parts, missing=missing,
    )  # fmt: skip


def _parts(found: Effects, j: int, k: int) -> dict[str, Any]:
    def pair(value: str, spread: str) -> tuple[float, float]:
        return float(getattr(found, value)[j, k]), float(getattr(found, spread)[j, k])

    years = found.years[j, k]
    return {
        "like": pair("like", "like_se"), "own": pair("own", "own_se"), "effect": pair("effect", "sd"),
        "later": pair("later", "later_sd"), "seen": int(years) if np.isfinite(years) else 0,
    }  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Pivots(Result):
    """Who pivots whom: triads by how sure and large their effects are.

    Attributes
    ----------
    state : str
        ISO3, the state whose ties are moved; empty: all.
    triads : polars.DataFrame
        ``a, b, on, between, effect, lo90, hi90, p_substitution, later, later_lo90, later_hi90, verdict``.
    pooled : Pooled
    edges, spread : ndarray
        Triads of the world by shrunken effect.
    considered : int
        Triads ranked.
    """

    kind: ClassVar[str] = "pivots"

    state: str
    triads: pl.DataFrame
    pooled: Pooled
    edges: Array
    spread: NDArray[np.int64]
    considered: int

    @property
    def origin(self) -> str:
        """Short name of the data."""
        return self.pooled.world.origin

    @property
    def frequency(self) -> str:
        """Of the periods."""
        return self.pooled.world.frequency

    @property
    def periods(self) -> tuple[date, date]:
        """First and last."""
        first, last = self.pooled.world.years
        return date(first, 1, 1), date(last, 1, 1)

    @property
    def label(self) -> str:
        """The state, or the world."""
        return self.state or "world"

    def to_polars(self) -> pl.DataFrame:
        """One row a triad, as in ``triads``."""
        return self.triads


def _row(pooled: Pooled, places: tuple[int, int, int], values: tuple[float, ...]) -> dict[str, Any]:
    """One ranked triad."""
    states = pooled.world.states
    a, b, c = places
    effect, sd, later, later_sd = values
    lo, hi = band_of(effect, sd)
    first, last = band_of(later, later_sd)
    return {
        "a": states[a], "b": states[b], "on": states[c], "between": kind_of_tie(pooled.world, b, c), "effect": effect,
        "lo90": lo, "hi90": hi, "p_substitution": float(ndtr(-effect / sd)), "later": later, "later_lo90": first,
        "later_hi90": last, "verdict": verdict_of(lo, hi, REGION).word,
    }  # fmt: skip


def pivots_of(pooled: Pooled, state: str | None = None, top: int = 200) -> Pivots:
    """Triads with the surest effects below zero and above it, half of each, by the end of the band nearest to zero.

    Only triads are listed whose three states have much to do with each other today (`quadrille.coupling.pooled`): a bond
    of two small states that vote alike moves nobody.

    Parameters
    ----------
    pooled : Pooled
    state : str, optional
        ISO3 of A, whose ties are moved. Default: all.
    top : int
        Rows at most.

    Raises
    ------
    NoDataError
        The world does not hold the state.
    """
    chosen, considered = pooled.top, pooled.triads
    if state is not None:
        chosen, considered = surest_of(pooled, state, 2 * -(-top // 2))
    rows = [
        _row(pooled, (int(a), int(b), int(c)), tuple(float(v) for v in rest))
        for a, b, c, *rest in chosen
    ]
    table = pl.DataFrame(rows, schema=_SCHEMA).with_columns(
        near=pl.when(pl.col("effect") < 0).then(-pl.col("hi90")).otherwise(pl.col("lo90"))
    )
    ranked = table.sort("near", descending=True)
    half = [
        ranked.filter(pl.col("effect") < 0).head(top // 2),
        ranked.filter(pl.col("effect") >= 0),
    ]
    kept = pl.concat([half[0], half[1].head(top - half[0].height)]).drop("near")
    return Pivots(state or "", kept, pooled, BINS, pooled.spread, considered)


_SCHEMA = {
    **dict.fromkeys(("a", "b", "on", "between"), pl.String),
    **dict.fromkeys(("effect", "lo90", "hi90", "p_substitution", "later", "later_lo90", "later_hi90"), pl.Float64),
    "verdict": pl.String,
}  # fmt: skip
