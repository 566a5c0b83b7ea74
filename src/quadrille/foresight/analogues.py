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
end too early to judge are counted and left out.

A–C has mended *in full* if at t it is no colder than before it frayed, at u − w. A's *rival* is the state
with which its tie was coldest on average up to u, or those a list of rivalries names in that year; B is
*close* to it if their tie at u is warm. A rival is never B or C. A *great player* is one of the ten states
with the most events in the data (the most observations, where events are not counted); of data on ten
states or fewer, all are.

Intervals: Jeffreys' for independent cases (Brown, Cai & DasGupta 2001), and a bootstrap that draws A–B
dyads, each with all of its cases, because one thaw seen against ten fraying ties is not ten thaws. Where
every case ended the same way a bootstrap says nothing, and Jeffreys' interval for one case a dyad stands.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import beta

from quadrille.errors import NoDataError, OptionError, SameStateError
from quadrille.kernels.arrays import Array
from quadrille.measure.result import Measurement
from quadrille.sources.layers.layer import Layer

__all__ = ["AnalogueRules", "Analogues", "analogues_of"]

Index = NDArray[np.int64]
_DEFAULTS = {"M": (6, 6, 12), "Q": (2, 2, 4), "Y": (2, 1, 2)}
_REPLICATES = 2000
_BLOCK = 50
_FEW_CASES, _FEW_DYADS = 10, 10
_GREAT = 10
CLASSES = (
    "thaw while the pivot frayed, pivot mended",
    "… and the pivot is a great player",
    "… and warm after the thaw",
    "… and B close to A's rival",
    "… and the pivot mended in full",
)
FEATURES = ("ab_before", "ab_thaw", "ac_before", "ac_fray", "b_rival")


@dataclass(frozen=True, slots=True)
class AnalogueRules:
    """What counts as a case; lengths in periods, None: as usual for the frequency.

    Attributes
    ----------
    window, gap, horizon : int or None
        By months 6, 6 and 12; by quarters 2, 2 and 4; by years 2, 1 and 2.
    size : float
        Least move, in units.
    seen : float
        A dyad is usable if it was observed in at least this share of the periods.
    nearest : int
        How many of the nearest cases with a great player make a class of their own, and are named.
    seed : int
        Of the bootstrap.
    """

    window: int | None = None
    gap: int | None = None
    horizon: int | None = None
    size: float = 1.0
    seen: float = 0.5
    nearest: int = 20
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Analogues:
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
        t or null, and when judged); `FEATURES` (levels and moves on the model's scale); ``great,
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
        How rivals were found.
    """

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

    @property
    def nearest(self) -> pl.DataFrame:
        """The nearest cases in which the pivot is a great player and mended."""
        found = self.cases.filter(pl.col("mended").is_not_null() & pl.col("great"))
        return found.head(self.rules.nearest)

    @property
    def verdict(self) -> str:
        """Whether such thaws mostly lasted, from the narrowest class that holds enough cases."""
        enough = self.classes.head(len(CLASSES)).filter(
            (pl.col("cases") >= _FEW_CASES) & (pl.col("dyads") >= _FEW_DYADS)
        )
        if enough.is_empty():
            return (
                f"undetermined: every class has fewer than {_FEW_CASES} cases or {_FEW_DYADS} dyads"
            )
        row = enough.row(-1, named=True)
        lo, hi = row["warmer_lo90"], row["warmer_hi90"]
        word = (
            "mostly lasted" if lo > 0.5 else "mostly did not last" if hi < 0.5 else "undetermined"
        )
        return (
            f"{word}: in {row['warmer_rate']:.0%} of {row['cases']} cases of {row['dyads']} dyads A–B "
            f"was still warmer than before its thaw {self.rules.horizon} periods after the pivot mended "
            f"(90% {lo:.0%} to {hi:.0%}, dyads resampled; class: {row['class']})"
        )


class _World(NamedTuple):
    """Levels by dyad ``(dyad, time)`` and place of each dyad ``(state, state)``, -1 where none usable."""

    states: tuple[str, ...]
    level: Array
    place: Index
    rivals: NDArray[np.bool_]
    great: NDArray[np.bool_]
    neutral: float


class _Cases(NamedTuple):
    """One entry a case: states, periods (``mended`` -1 where it did not), and features ``(case, 5)``."""

    a: Index
    b: Index
    c: Index
    thawed: Index
    mended: Index
    features: Array

    def take(self, keep: NDArray[np.bool_]) -> _Cases:
        """Those to be kept."""
        return _Cases(
            self.a[keep], self.b[keep], self.c[keep], self.thawed[keep], self.mended[keep],
            self.features[keep],
        )  # fmt: skip


def _rivals_measured(level: Array, place: Index) -> NDArray[np.bool_]:
    """``(state, state, time)``: the partner whose tie with a state was coldest on average so far."""
    n, time = len(place), level.shape[1]
    so_far = np.cumsum(level, axis=1) / np.arange(1, time + 1)
    found = np.zeros((n, n, time), dtype=bool)
    for a in range(n):
        mine = np.flatnonzero(place[a] >= 0)
        if mine.size:
            found[a, mine[so_far[place[a, mine]].argmin(axis=0)], np.arange(time)] = True
    return found


def _rivals_listed(layer: Layer, states: tuple[str, ...], years: list[int]) -> NDArray[np.bool_]:
    """The same from a list of rivalries; it counts on past its last year."""
    index = {s: k for k, s in enumerate(states)}
    last = int(layer.data["year"].max())  # type: ignore[arg-type]
    found = np.zeros((len(states), len(states), len(years)), dtype=bool)
    when = np.minimum(years, last)
    for first, second, year in layer.data.select("state_a", "state_b", "year").iter_rows():
        if first in index and second in index:
            i, j = index[first], index[second]
            found[i, j] |= when == year
            found[j, i] |= when == year
    return found


def _world(m: Measurement, rules: AnalogueRules, rivalries: Layer | None) -> _World:
    usable = np.mean(~np.isnan(m.y), axis=1) >= rules.seen
    states = tuple(np.unique(m.dyads[usable]).tolist())
    i, j = (np.searchsorted(states, m.dyads[usable, k]) for k in (0, 1))
    place = np.full((len(states), len(states)), -1)
    place[i, j] = place[j, i] = np.arange(usable.sum())
    level = m.mean[usable]
    if rivalries is None:
        rivals = _rivals_measured(level, place)
    else:
        rivals = _rivals_listed(rivalries, states, [p.year for p in m.periods])
    count = np.nansum(m.n[usable], axis=1)
    weight = count if count.any() else np.sum(~np.isnan(m.y[usable]), axis=1)
    total = np.bincount(np.r_[i, j], np.r_[weight, weight], len(states))
    great = np.zeros(len(states), dtype=bool)
    great[np.argsort(-total, kind="stable")[:_GREAT]] = True
    return _World(states, level, place, rivals, great, m.neutral)


def _moves(level: Array, window: int) -> Array:
    """Change over the window that ends in each period; NaN where it begins before the data."""
    change = np.full(level.shape, np.nan)
    change[:, window:] = level[:, window:] - level[:, :-window]
    return change


def _first_rise(rise: NDArray[np.bool_], window: int, gap: int) -> Index:
    """First period of a rise in [u + window, u + window + gap], ``(dyad, time)``; -1 where none."""
    time = rise.shape[1]
    ahead = np.where(rise, np.arange(time), 2 * time)
    ahead = np.minimum.accumulate(ahead[:, ::-1], axis=1)[:, ::-1]
    found = np.full(rise.shape, -1)
    within = ahead[:, window:] <= np.arange(time - window) + window + gap
    found[:, : time - window] = np.where(within, ahead[:, window:], -1)
    return found


def _rival_level(w: _World, a: int, b: Index, c: Index, u: Index) -> Array:
    """B's warmest tie with a rival of A other than C at u; NaN where there is none."""
    foes = w.rivals[a][:, u].T.copy()
    foes[np.arange(len(c)), c] = False
    at = w.place[b]
    value = np.where(foes & (at >= 0), w.level[at, u[:, None]], -np.inf).max(
        axis=1, initial=-np.inf
    )
    return np.where(np.isfinite(value), value, np.nan)


def _search(w: _World, window: int, gap: int, least: float) -> _Cases:
    """Every case of the world: vectorised over the partners of one state at a time."""
    change = _moves(w.level, window)
    rise, fall = change >= least, change <= -least
    mends = _first_rise(rise, window, gap)
    parts: list[_Cases] = []
    for a in range(len(w.states)):
        partners = np.flatnonzero(w.place[a] >= 0)
        rows = w.place[a, partners]
        both = rise[rows][:, None] & fall[rows][None]
        both[:, :, 1:] &= ~both[:, :, :-1].copy()
        i, k, u = np.nonzero(both)
        ab, ac, b, c = rows[i], rows[k], partners[i], partners[k]
        features = np.stack(
            [
                w.level[ab, u - window], change[ab, u], w.level[ac, u - window], change[ac, u],
                _rival_level(w, a, b, c, u),
            ],
            axis=1,
        )  # fmt: skip
        parts.append(_Cases(np.full(len(u), a), b, c, u, mends[ac, u], features))
    return _Cases(*(np.concatenate(p) for p in zip(*parts, strict=True)))


def _query(
    w: _World, found: _Cases, states: tuple[int, int, int], rules: AnalogueRules
) -> tuple[int, bool, Array]:
    """Period, whether it is a case, and features of the question's own triad.

    Its latest case, if that is recent enough not to be past judging; else the last period.
    """
    a, b, c = states
    window = int(rules.window or 0)
    recent = w.level.shape[1] - 1 - window - int(rules.gap or 0) - int(rules.horizon or 0)
    own = (found.a == a) & (found.b == b) & (found.c == c)
    mine = np.flatnonzero(own & (found.thawed >= recent))
    if mine.size:
        last = mine[np.argmax(found.thawed[mine])]
        return int(found.thawed[last]), True, found.features[last]
    u = w.level.shape[1] - 1
    ab, ac = w.place[a, b], w.place[a, c]
    change = _moves(w.level, window)
    one = np.array([b]), np.array([c]), np.array([u])
    features = np.array(
        [
            w.level[ab, u - window], change[ab, u], w.level[ac, u - window], change[ac, u],
            _rival_level(w, a, *one)[0],
        ]
    )  # fmt: skip
    return u, False, features


def _table(
    w: _World, found: _Cases, rules: AnalogueRules, periods: tuple[date, ...], near: Array
) -> tuple[pl.DataFrame, int]:
    """Cases that can be judged, and how many cannot."""
    window, gap, horizon = int(rules.window or 0), int(rules.gap or 0), int(rules.horizon or 0)
    reference = np.where(found.mended >= 0, found.mended, found.thawed + window + gap)
    judged = reference + horizon
    keep = judged < len(periods)
    f = found.take(keep)
    ab, ac = w.place[f.a, f.b], w.place[f.a, f.c]
    end = w.level[ab, judged[keep]]
    with np.errstate(invalid="ignore"):
        close = f.features[:, 4] > w.neutral
    names, days = np.array(w.states), np.array(periods, dtype="datetime64[D]")
    gaps = (f.features - near) / np.where(keep.sum() > 1, _spread(f.features), 1.0)
    known = ~np.isnan(gaps)
    distance = np.sqrt(np.where(known, gaps**2, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1))
    table = pl.DataFrame(
        {
            "a": names[f.a], "b": names[f.b], "c": names[f.c],
            "before": days[f.thawed - window], "thawed": days[f.thawed],
            "mended": days[np.maximum(f.mended, 0)], "judged": days[judged[keep]],
            **dict(zip(FEATURES, f.features.T, strict=True)),
            "great": w.great[f.c], "in_full": w.level[ac, f.mended] >= f.features[:, 2],
            "warm_after": w.level[ab, f.thawed] > w.neutral,
            "close": close, "warmer": end > f.features[:, 0], "warm": end > w.neutral,
            "distance": distance, "_mended": f.mended >= 0,
        }
    )  # fmt: skip
    done = pl.col("_mended")
    table = table.with_columns(
        mended=pl.when(done).then("mended"), in_full=pl.when(done).then("in_full"),
        b_rival=pl.col("b_rival").fill_nan(None),
    ).drop("_mended")  # fmt: skip
    return table.sort("distance", "a", "b", "c", "thawed"), int((~keep).sum())


def _spread(features: Array) -> Array:
    """Standard deviation of each feature over cases; 1 where it does not vary or is not known."""
    known = ~np.isnan(features)
    count = np.maximum(known.sum(axis=0), 1)
    filled = np.where(known, features, 0.0)
    mean = filled.sum(axis=0) / count
    sd = np.sqrt((np.where(known, features - mean, 0.0) ** 2).sum(axis=0) / count)
    return np.asarray(np.where(sd > 0, sd, 1.0))


def _per_dyad(cases: pl.DataFrame, dyads: pl.DataFrame) -> Array:
    """Cases, those still warmer and those still warm, of each dyad: ``(3, dyad)``."""
    sums = [pl.len().alias("n"), pl.col("warmer").sum(), pl.col("warm").sum()]
    got = dyads.join(cases.group_by("dyad").agg(sums), on="dyad", how="left", maintain_order="left")
    return got.select(pl.col("n", "warmer", "warm").fill_null(0)).to_numpy().T.astype(float)


def _resampled(counts: Array, seed: int) -> Array:
    """Sums of ``counts (row, dyad)`` over dyads drawn with replacement, ``(row, replicate)``."""
    rng = np.random.default_rng(seed)
    size = counts.shape[1]
    each = np.full(size, 1.0 / size)
    blocks = [rng.multinomial(size, each, _BLOCK) for _ in range(_REPLICATES // _BLOCK)]
    return np.concatenate([counts @ drawn.T for drawn in blocks], axis=1)


def _band(rates: Array) -> tuple[float | None, float | None]:
    """90% interval; None where half of the replicates hold no case."""
    known = rates[np.isfinite(rates)]
    if known.size < _REPLICATES // 2:
        return None, None
    lo, hi = np.quantile(known, (0.05, 0.95))
    return float(lo), float(hi)


def _jeffreys(k: int, n: int, trials: int) -> tuple[float, float]:
    """Jeffreys' 90% interval of k out of n, counted as so many trials."""
    won = k * trials / n if n else 0.0
    lo, hi = beta.ppf((0.05, 0.95), won + 0.5, trials - won + 0.5)
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
    name = f"the {rules.nearest} nearest with a great player"
    near = made[1].cases.head(rules.nearest)
    return _as_table([*rows, _class(name, near, made[1].contrast.clear(), rules.seed)])


def _filled(rules: AnalogueRules, frequency: str, length: int) -> AnalogueRules:
    if frequency not in _DEFAULTS:
        raise OptionError(f"data by {frequency} are too fine for analogues; use M, Q or Y")
    names = ("window", "gap", "horizon")
    usual = dict(zip(names, _DEFAULTS[frequency], strict=True))
    full = replace(
        rules, **{k: usual[k] if getattr(rules, k) is None else getattr(rules, k) for k in names}
    )
    for name, least in (("window", 1), ("gap", 0), ("horizon", 0), ("nearest", 1)):
        if getattr(full, name) < least:
            raise OptionError(f"{name} is {getattr(full, name)}; it must be at least {least}")
    if not full.size > 0 or not 0 <= full.seen <= 1:
        raise OptionError("size is above 0, and seen a share between 0 and 1")
    needed = 2 * int(full.window or 0) + int(full.horizon or 0) + 1
    if length < needed:
        raise NoDataError(
            f"{length} periods are too few: a case takes at least {needed} (window twice and horizon); "
            "use a shorter window or horizon"
        )
    return full


def _unit(w: _World, window: int) -> float:
    return float(np.nanstd(_moves(w.level, window)))


def _run(
    w: _World, rules: AnalogueRules, states: tuple[int, int, int], periods: tuple[date, ...]
) -> tuple[pl.DataFrame, int, tuple[int, bool, Array], float]:
    window, gap = int(rules.window or 0), int(rules.gap or 0)
    unit = _unit(w, window)
    found = _search(w, window, gap, rules.size * unit)
    asked = _query(w, found, states, rules)
    a, b, c = states
    own = (found.a == a) & (found.b == b) & (found.c == c) & (found.thawed == asked[0])
    cases, undecided = _table(w, found.take(~own), rules, periods, asked[2])
    return cases, undecided, asked, unit


def _sensitivity(w: _World, rules: AnalogueRules, states: tuple[int, int, int], periods: tuple[date, ...]) -> pl.DataFrame:  # fmt: skip
    window, rows = int(rules.window or 0), []
    for w_ in sorted({max(1, window // 2), window, window + max(1, window // 2)}):
        for size in (0.5 * rules.size, rules.size, 1.5 * rules.size):
            other = replace(rules, window=w_, size=size)
            if len(periods) < 2 * w_ + int(rules.horizon or 0) + 1:
                continue
            made = _nested(_run(w, other, states, periods)[0])
            row: dict[str, Any] = {"window": w_, "size": size}
            for prefix, one in (("", made[0]), ("narrow_", made[-1])):
                got = _class(one.name, one.cases, one.contrast.clear(), rules.seed)
                row |= {
                    f"{prefix}cases": got["cases"], f"{prefix}rate": got["warmer_rate"],
                    f"{prefix}lo90": got["warmer_lo90"], f"{prefix}hi90": got["warmer_hi90"],
                }  # fmt: skip
            rows.append(row)
    return _as_table(rows)


def analogues_of(
    m: Measurement,
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
    m : Measurement
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
    asked = [s for s in (a, b, on, rival) if s]
    if len(set(asked)) != len(asked):
        raise SameStateError(f"{' '.join(asked)}: give different states")
    if m.observations.facet != "cordiality":
        raise OptionError(f"thaws are read from cordiality, not from {m.observations.facet}")
    full = _filled(rules or AnalogueRules(), m.observations.panel.frequency, len(m.periods))
    w = _world(m, full, rivalries)
    index = {s: k for k, s in enumerate(w.states)}
    for other in asked[1:3]:
        if a not in index or other not in index or w.place[index[a], index[other]] < 0:
            raise NoDataError(
                f"{a}-{other}: observed in fewer than {full.seen:.0%} of the periods of "
                f"{m.observations.panel.origin}; give other data with --data"
            )
    if rival:
        if rival not in index:
            raise NoDataError(f"{rival}: has no usable tie in {m.observations.panel.origin}")
        w.rivals[index[a]] = False
        w.rivals[index[a], index[rival]] = True
    states = index[a], index[b], index[on]
    cases, undecided, (u, is_case, near), unit = _run(w, full, states, m.periods)
    linked = (w.place >= 0).sum(axis=1)
    foes = np.flatnonzero(w.rivals[index[a], :, u])
    return Analogues(
        (a, b, on), tuple(w.states[k] for k in foes if k not in states[1:]),
        {"period": m.periods[u], "is_case": is_case, **dict(zip(FEATURES, near.tolist(), strict=True))},
        cases, _classes(cases, full), _sensitivity(w, full, states, m.periods), unit, undecided, full,
        int((linked * (linked - 1)).sum()), m.observations.panel.origin,
        m.observations.panel.frequency, (m.periods[0], m.periods[-1]),
        "coldest tie" if rivalries is None else f"listed in {rivalries.name}",
    )  # fmt: skip
