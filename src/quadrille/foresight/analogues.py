r"""The same question put to the world's history: every past case of a constellation, and what came of it.

With :math:`x` the smoothed relation of a dyad, w the window, and a unit: the standard deviation of
:math:`x_t - x_{t-w}` over all usable dyads and periods. A tie *rises* at t if it gained at least ``size``
units over the window that ends at t, and *falls* if it lost as much. A case is an ordered triad (A, B, C)
and a period u such that

1. A–B rises at u (the thaw) while A–C falls at u (it frays), and not both did at u − 1;
2. A–C rises at some t with u + w ≤ t ≤ u + w + gap, the first such t (it mends, in a window that begins
   when the fray is over, or up to ``gap`` periods later).

It is judged at t + horizon: is A–B still warmer than it was at u − w, before its thaw; is it still warm.
Cases in which 2 never came are the contrast; they are judged at u + w + gap + horizon. Cases that the data
end too early to judge are counted and left out. In an index a tie has levels only while both states exist, so that
nothing is read of states that are gone.

A–C has mended *in full* if at t it is no colder than before it frayed, at u − w. A's *rival* is the state
with which its tie was coldest on average up to u, where reports are counted of those ties that rest on enough, or those a
list of rivalries names in that year; B is *close* to it if their tie at u is warm. A rival is never B or C. A pivot is a *major power* if the Correlates
of War's list names it in the year of u (`quadrille.states.powers.major_powers`). Cases are *named* as nearest only
if A–B and A–C each rest on enough reports, where reports are counted.

Intervals: Jeffreys' for independent cases (Brown, Cai & DasGupta 2001), and a bootstrap that draws A–B
dyads, each with all of its cases, because one thaw seen against ten fraying ties is not ten thaws. Where
every case ended the same way a bootstrap says nothing, and Jeffreys' interval for one case a dyad stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, ClassVar, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import betaincinv

from quadrille.errors import NoDataError, OptionError, SameStateError
from quadrille.foresight.cases import (
    FEATURES,
    AnalogueRules,
    Cases,
    Levels,
    TiePaths,
    close,
    described,
    features,
    filled_in,
    judged,
    levels_of,
    measured_paths,
    moved,
    moves,
    search,
    table,
)
from quadrille.kernels.arrays import Array
from quadrille.measure.result import Measurement
from quadrille.results import Result
from quadrille.sources.layers.layer import Layer
from quadrille.verdicts import Verdict, region_of, verdict_of

__all__ = ["CLASSES", "Analogues", "analogues_of", "rivalry_list"]

_REPLICATES, _FEWER = 2000, 500
_ALIKE = (
    8  # dyads of one kind, on average, from which on drawing kinds is quicker than drawing dyads
)
FEW_CASES, FEW_DYADS = 10, 10
_YES_OR_NO = 0.5  # standard deviation of a yes-or-no at one half
CLASSES = (
    "thaw while the pivot frayed, pivot mended",
    "… and the pivot is a major power",
    "… and warm after the thaw",
    "… and B close to A's rival",
    "… and the pivot mended in full",
)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Analogues(Result):
    """Past cases of a constellation.

    Attributes
    ----------
    states : (str, str, str)
        A, B and C of the question; C is the pivot.
    rivals : tuple of str
        A's rivals at the query's period.
    query : dict
        ``period`` u at which the question's own triad is described (that of its latest case, if it is
        not past judging; else the last), ``is_case``, and `FEATURES`.
    cases : polars.DataFrame
        One row a case, nearest first: ``a, b, c``; ``before, thawed, mended, judged`` (periods u − w, u,
        t or null, and when judged); `FEATURES` (levels and moves on the model's scale); ``great, reports,
        warm_after, close, in_full``; outcomes ``warmer, warm``; ``distance`` from the question's triad, root mean
        square over the features, each in standard deviations over cases.
    classes : polars.DataFrame
        One row a class, each within the one before, and the nearest: ``class, cases, dyads``; for each
        outcome ``warmer`` and ``warm`` its ``rate``, Jeffreys' interval and the clustered one (90%);
        ``contrast_cases, contrast_warmer``: the same without mending; ``effect, effect_lo90,
        effect_hi90``: rate of ``warmer`` with mending less that without, clustered.
    sensitivity : polars.DataFrame
        ``window, size``, and ``cases, rate, lo90, hi90`` of ``warmer`` in the first class and in the
        narrowest (``narrow_…``).
    unit : float
        Standard deviation of a window's move.
    undecided : int
        Cases that the data end too early to judge.
    rules : AnalogueRules
        As used, nothing left open.
    triads : int
        Ordered triads looked at.
    origin, frequency : str
    span : (date, date)
    rivalry : str
        How rivals of all states were found.
    given : bool
        The rival of A was named by whoever asked.
    scale : str
        Unit of the model's scale.
    layers : mapping of str to str
        Layers used, and how to cite each.
    """

    kind: ClassVar[str] = "analogues"
    states: tuple[str, str, str]
    rivals: tuple[str, ...]
    query: dict[str, Any]
    cases: pl.DataFrame
    classes: pl.DataFrame
    sensitivity: pl.DataFrame
    unit: float
    undecided: int
    rules: AnalogueRules
    triads: int
    origin: str
    frequency: str
    span: tuple[date, date]
    rivalry: str
    given: bool
    scale: str
    layers: Mapping[str, str]

    @property
    def label(self) -> str:
        """``PAK-RUS on USA``."""
        a, b, c = self.states
        return f"{a}-{b} on {c}"

    def to_polars(self) -> pl.DataFrame:
        """The cases, nearest first."""
        return self.cases

    @property
    def nearest(self) -> pl.DataFrame:
        """The nearest cases worth a name: mended, a major power for pivot, both ties on enough reports."""
        found = self.cases.filter(
            pl.col("mended").is_not_null() & pl.col("great") & _heard(self.rules)
        )
        return found.head(self.rules.nearest)

    @property
    def judged(self) -> dict[str, Any] | None:
        """The narrowest class that holds enough cases and dyads; None where none does."""
        enough = self.classes.head(len(CLASSES)).filter(
            (pl.col("cases") >= FEW_CASES) & (pl.col("dyads") >= FEW_DYADS)
        )
        return None if enough.is_empty() else enough.row(-1, named=True)

    @property
    def lasted(self) -> Verdict:
        """Whether such thaws lasted more often than not: the share of those that did less a half."""
        lo, hi = self._band("warmer")
        return verdict_of(lo - 0.5, hi - 0.5, region_of(_YES_OR_NO))

    @property
    def verdict(self) -> Verdict:
        """Whether mending goes with thaws that last: the share that lasted less that where the pivot did not mend."""
        return verdict_of(*self._band("effect"), region_of(_YES_OR_NO))

    def _band(self, name: str) -> tuple[float, float]:
        """90% interval of the class judged; NaN where it is not known."""
        row = self.judged or {}
        lo, hi = (row.get(f"{name}_{end}") for end in ("lo90", "hi90"))
        return (np.nan, np.nan) if lo is None or hi is None else (float(lo), float(hi))


def _heard(rules: AnalogueRules) -> pl.Expr:
    return pl.col("reports").is_null() | (pl.col("reports") >= rules.reports)


def rivalry_list(layers: Mapping[str, Layer]) -> Layer | None:
    """Of the lists of rivalries among some layers the one that reaches the latest year."""
    lists = [layer for layer in layers.values() if layer.role == "rivalry"]
    return max(lists, key=lambda v: (int(v.data["year"].max()), v.name), default=None)  # type: ignore[arg-type]


def _per_dyad(cases: pl.DataFrame, dyads: pl.DataFrame) -> Array:
    """Cases, those still warmer and those still warm, of each dyad: ``(3, dyad)``."""
    sums = [pl.len().alias("n"), pl.col("warmer").sum(), pl.col("warm").sum()]
    got = dyads.join(cases.group_by("dyad").agg(sums), on="dyad", how="left", maintain_order="left")
    return got.select(pl.col("n", "warmer", "warm").fill_null(0)).to_numpy().T.astype(float)


def _resampled(counts: Array, seed: int, replicates: int = _REPLICATES) -> Array:
    """Sums of ``counts (row, dyad)`` over dyads drawn with replacement, ``(row, replicate)``."""
    rng = np.random.default_rng(seed)
    size = counts.shape[1]
    kinds, many = np.unique(counts, axis=1, return_counts=True)
    if kinds.shape[1] * _ALIKE < size:
        return np.asarray(kinds @ rng.multinomial(size, many / size, replicates).T, dtype=float)
    sums = np.empty((len(counts), replicates))
    for k in range(replicates):
        drawn = rng.integers(size, size=size, dtype=np.uint32)
        sums[:, k] = counts @ np.bincount(drawn, minlength=size)
    return sums


def _band(rates: Array) -> tuple[float | None, float | None]:
    """90% interval; None where half of the replicates hold no case."""
    known = rates[np.isfinite(rates)]
    if known.size < rates.size // 2:
        return None, None
    lo, hi = np.quantile(known, (0.05, 0.95))
    return float(lo), float(hi)


def _jeffreys(k: int, n: int, trials: int) -> tuple[float, float]:
    """Jeffreys' 90% interval of k out of n, counted as so many trials."""
    won = k * trials / n if n else 0.0
    lo, hi = (betaincinv(won + 0.5, trials - won + 0.5, p) for p in (0.05, 0.95))
    return float(lo), float(hi)


def _class(name: str, cases: pl.DataFrame, contrast: pl.DataFrame, seed: int) -> dict[str, Any]:
    """One row of the table of classes."""
    n, m = cases.height, contrast.height
    row: dict[str, Any] = {"class": name, "cases": n, "dyads": cases["dyad"].n_unique()}
    dyads = pl.concat([cases, contrast])["dyad"].unique(maintain_order=True).to_frame()
    counts = np.concatenate([_per_dyad(t, dyads) for t in (cases, contrast)])
    sums = _resampled(counts, seed) if n else np.zeros((6, _REPLICATES))
    with np.errstate(invalid="ignore", divide="ignore"):
        rates, others = sums[1:3] / sums[0], sums[4] / sums[3]
    for outcome, rate in zip(("warmer", "warm"), rates, strict=True):
        k = int(cases[outcome].sum())
        lo, hi = _jeffreys(k, n, n)
        band = _band(rate) if 0 < k < n else _jeffreys(k, n, row["dyads"])
        row |= {
            f"{outcome}_rate": k / n if n else None,
            f"{outcome}_jeffreys_lo90": lo, f"{outcome}_jeffreys_hi90": hi,
            f"{outcome}_lo90": band[0], f"{outcome}_hi90": band[1],
        }  # fmt: skip
    other = float(contrast["warmer"].sum()) / m if m else None
    effect = None if other is None or not n else row["warmer_rate"] - other
    band = (None, None) if effect is None else _band(rates[0] - others)
    return row | {
        "contrast_cases": m, "contrast_warmer": other,
        "effect": effect, "effect_lo90": band[0], "effect_hi90": band[1],
    }  # fmt: skip


class _Nested(NamedTuple):
    name: str
    cases: pl.DataFrame
    contrast: pl.DataFrame


def _nested(cases: pl.DataFrame) -> list[_Nested]:
    """Each class within the one before; the contrast is narrowed by what is known of it too."""
    first, second = pl.min_horizontal("a", "b"), pl.max_horizontal("a", "b")
    every = cases.with_columns(dyad=pl.concat_str(first, second, separator="-"))
    done, other = (every.filter(pl.col("mended").is_not_null() == d) for d in (True, False))
    made = [_Nested(CLASSES[0], done, other)]
    steps = ("great", "warm_after", "close", "in_full")
    for name, what in zip(CLASSES[1:], steps, strict=True):
        done = done.filter(pl.col(what))
        other = other if what == "in_full" else other.filter(pl.col(what))
        made.append(_Nested(name, done, other))
    return made


def _as_table(rows: list[dict[str, Any]]) -> pl.DataFrame:
    whole = {"cases", "dyads", "contrast_cases", "narrow_cases", "window"}
    floats = [k for k in rows[0] if k not in whole | {"class"}]
    return pl.DataFrame(rows, schema_overrides=dict.fromkeys(floats, pl.Float64))


def _classes(cases: pl.DataFrame, rules: AnalogueRules) -> pl.DataFrame:
    made = _nested(cases)
    rows = [_class(*one, rules.seed) for one in made]
    name = f"the {rules.nearest} nearest with a major power"
    near = made[1].cases.filter(_heard(rules)).head(rules.nearest)
    return _as_table([*rows, _class(name, near, made[1].contrast.clear(), rules.seed)])


def _unit(w: Levels, window: int) -> float:
    return float(np.nanstd(moves(w.level, window)))


class _Found(NamedTuple):
    """Cases but the question's own; the period at which that is described, and whether it is a case there."""

    cases: Cases
    at: int
    is_case: bool


def _found(
    w: Levels, rules: AnalogueRules, states: tuple[int, int, int], mended: bool = False
) -> _Found:
    window = int(rules.window or 0)
    m = moved(w, window, int(rules.gap or 0), rules.size * _unit(w, window))
    found = search(w, m, mended)
    u, is_case = described(w, m, states, rules)
    a, b, c = states
    own = (found.a == a) & (found.b == b) & (found.c == c) & (found.thawed == u)
    return _Found(found.take(~own), u, is_case)


def _rate(dyad: NDArray[np.int64], won: NDArray[np.bool_], seed: int) -> dict[str, Any]:
    """How often some cases are warmer, given the dyad of each: ``cases, rate, lo90, hi90``."""
    n, k = len(dyad), int(won.sum())
    _, dyad = np.unique(dyad, return_inverse=True)
    if not 0 < k < n:
        lo, hi = _jeffreys(k, n, int(dyad.max(initial=-1)) + 1)
        return {"cases": n, "rate": k / n if n else None, "lo90": lo, "hi90": hi}
    sums = _resampled(np.stack([np.bincount(dyad), np.bincount(dyad, won)]), seed, _FEWER)
    lo90, hi90 = _band(sums[1] / sums[0])
    return {"cases": n, "rate": k / n, "lo90": lo90, "hi90": hi90}


def _sensitivity(w: Levels, rules: AnalogueRules, states: tuple[int, int, int]) -> pl.DataFrame:
    """The first class and the narrowest under other rules, from arrays: half the size finds ten times the cases."""
    window, rows = int(rules.window or 0), []
    for w_ in sorted({max(1, window // 2), window, window + max(1, window // 2)}):
        if w.level.shape[1] < 2 * w_ + int(rules.horizon or 0) + 1:
            continue
        for size in (0.5 * rules.size, rules.size, 1.5 * rules.size):
            other = replace(rules, window=w_, size=size)
            made = judged(w, _found(w, other, states, mended=True).cases, other)
            dyad = w.place[made.cases.a, made.cases.b]
            narrow = np.flatnonzero(made.great & made.warm_after & made.in_full)
            narrow = narrow[close(w, made.cases.take(narrow))]
            row: dict[str, Any] = {"window": w_, "size": size}
            for prefix, keep in (("", slice(None)), ("narrow_", narrow)):
                got = _rate(dyad[keep], made.warmer[keep], rules.seed)
                row |= {prefix + k: v for k, v in got.items()}
            rows.append(row)
    return _as_table(rows)


def _check(m: TiePaths, states: tuple[str | None, ...]) -> None:
    asked = [s for s in states if s]
    if len(set(asked)) != len(asked):
        raise SameStateError(f"{', '.join(asked)}: one state is given twice; give different states")
    if m.facet != "cordiality":
        raise OptionError(f"thaws are read from cordiality, not from {m.facet}")


def _require(w: Levels, origin: str, a: str, others: tuple[str, ...], rules: AnalogueRules) -> None:
    """Refuse a tie that is not usable."""
    for other in others:
        there = a in w.states and other in w.states
        if not there or w.place[w.states.index(a), w.states.index(other)] < 0:
            raise NoDataError(
                f"{a}-{other}: observed in fewer than {rules.seen:.0%} of the periods of {origin}; give other data"
            )


def analogues_of(
    data: Measurement | TiePaths,
    a: str,
    b: str,
    on: str,
    rival: str | None = None,
    rules: AnalogueRules | None = None,
    rivalries: Layer | None = None,
) -> Analogues:
    """Every past case of a thaw of A–B while A–C frayed and then mended, among all triads of the data.

    Parameters
    ----------
    data : Measurement or TiePaths
        Of cordiality.
    a, b, on : str
        ISO3 of A, B and the pivot C. A is the state that both ties share.
    rival : str, optional
        A's rival in the question; found like those of all other states if not given.
    rules : AnalogueRules, optional
    rivalries : Layer, optional
        A list of rivalries, in place of the coldest tie.

    Raises
    ------
    SameStateError
        The states are not all different.
    NoDataError
        The data hold no usable tie of A with B or C, or too few periods.
    OptionError
        A rule outside its range, or a facet other than cordiality.
    """
    m = data if isinstance(data, TiePaths) else measured_paths(data)
    _check(m, (a, b, on, rival))
    full = filled_in(rules or AnalogueRules(), m.frequency, len(m.periods))
    w = levels_of(m, full, rivalries)
    index = {s: k for k, s in enumerate(w.states)}
    _require(w, m.origin, a, (b, on), full)
    if rival:
        if rival not in index:
            raise NoDataError(f"{rival}: has no usable tie in {m.origin}")
        w.rivals[index[a]] = False
        w.rivals[index[a], index[rival]] = True
    states = index[a], index[b], index[on]
    found, u, is_case = _found(w, full, states)
    own = Cases(*(np.array([v]) for v in (*states, u, -1)))
    near = features(w, own, int(full.window or 0))[0]
    made = judged(w, found, full)
    cases = table(w, made, full, m.periods, near)
    linked = (w.place >= 0).sum(axis=1)
    foes = np.flatnonzero(w.rivals[index[a], :, u])
    return Analogues(
        (a, b, on), tuple(w.states[k] for k in foes if k not in states[1:]),
        {"period": m.periods[u], "is_case": is_case, **dict(zip(FEATURES, near.tolist(), strict=True))},
        cases, _classes(cases, full), _sensitivity(w, full, states), _unit(w, int(full.window or 0)), len(found.a) - len(made.at), full,
        int((linked * (linked - 1)).sum()), m.origin, m.frequency, (m.periods[0], m.periods[-1]),
        "coldest tie" if rivalries is None else f"listed in {rivalries.name}", rival is not None, m.scale,
        {} if rivalries is None else {rivalries.name: rivalries.citation},
    )  # fmt: skip
