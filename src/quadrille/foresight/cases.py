"""Every case of a constellation among the triads of a measurement; `quadrille.foresight.analogues` says which."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quadrille.errors import NoDataError, OptionError
from quadrille.kernels.arrays import Array
from quadrille.measure.result import Measurement
from quadrille.readings.portfolio import major_powers
from quadrille.sources.layers.layer import Layer

__all__ = [
    "FEATURES",
    "AnalogueRules",
    "Cases",
    "Levels",
    "filled_in",
    "levels_of",
    "moves",
    "query",
    "search",
    "table",
]

Index = NDArray[np.int64]
_DEFAULTS = {"M": (6, 6, 12), "Q": (2, 2, 4), "Y": (2, 1, 2)}
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
        How many of the nearest cases with a major power make a class of their own, and are named.
    reports : int
        Of counted events, the fewest that A–B and A–C must each have had for a case to be named.
    seed : int
        Of the bootstrap.
    """

    window: int | None = None
    gap: int | None = None
    horizon: int | None = None
    size: float = 1.0
    seen: float = 0.5
    nearest: int = 20
    reports: int = 1000
    seed: int = 1


def filled_in(rules: AnalogueRules, frequency: str, length: int) -> AnalogueRules:
    """Rules with nothing left open.

    Raises
    ------
    OptionError
        A rule outside its range, or data too fine.
    NoDataError
        Too few periods.
    """
    if frequency not in _DEFAULTS:
        raise OptionError(f"data by {frequency} are too fine for analogues; use M, Q or Y")
    names = ("window", "gap", "horizon")
    usual = dict(zip(names, _DEFAULTS[frequency], strict=True))
    full = replace(
        rules, **{k: usual[k] if getattr(rules, k) is None else getattr(rules, k) for k in names}
    )
    for name, least in (("window", 1), ("gap", 0), ("horizon", 0), ("nearest", 1), ("reports", 0)):
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


class Levels(NamedTuple):
    """Levels by dyad ``(dyad, time)`` and place of each dyad ``(state, state)``, -1 where none usable.

    ``rivals (state, state, time)``; ``great (state, time)``: a major power in that year; ``events (dyad,)``, NaN
    where they are not counted.
    """

    states: tuple[str, ...]
    level: Array
    place: Index
    rivals: NDArray[np.bool_]
    great: NDArray[np.bool_]
    events: Array
    neutral: float


class Cases(NamedTuple):
    """One entry a case: states, periods (``mended`` -1 where it did not), and features ``(case, 5)``."""

    a: Index
    b: Index
    c: Index
    thawed: Index
    mended: Index
    features: Array

    def take(self, keep: NDArray[np.bool_]) -> Cases:
        """Those to be kept."""
        return Cases(
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


def levels_of(m: Measurement, rules: AnalogueRules, rivalries: Layer | None) -> Levels:
    """Usable dyads of a measurement, and who is whose rival."""
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
    powers = [major_powers(p.year) for p in m.periods]
    great = np.array([[s in held for held in powers] for s in states])
    events = np.nansum(m.n[usable], axis=1)
    counted = m.observations.panel.kind == "counts" and bool(events.any())
    return Levels(
        states,
        level,
        place,
        rivals,
        great,
        events if counted else np.full(events.shape, np.nan),
        m.neutral,
    )


def moves(level: Array, window: int) -> Array:
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


def _rival_level(w: Levels, a: int, b: Index, c: Index, u: Index) -> Array:
    """B's warmest tie with a rival of A other than C at u; NaN where there is none."""
    foes = w.rivals[a][:, u].T.copy()
    foes[np.arange(len(c)), c] = False
    at = w.place[b]
    value = np.where(foes & (at >= 0), w.level[at, u[:, None]], -np.inf).max(
        axis=1, initial=-np.inf
    )
    return np.where(np.isfinite(value), value, np.nan)


def search(w: Levels, window: int, gap: int, least: float) -> Cases:
    """Every case of the world: vectorised over the partners of one state at a time."""
    change = moves(w.level, window)
    rise, fall = change >= least, change <= -least
    mends = _first_rise(rise, window, gap)
    parts: list[Cases] = []
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
        parts.append(Cases(np.full(len(u), a), b, c, u, mends[ac, u], features))
    return Cases(*(np.concatenate(p) for p in zip(*parts, strict=True)))


def query(
    w: Levels, found: Cases, states: tuple[int, int, int], rules: AnalogueRules
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
    change = moves(w.level, window)
    one = np.array([b]), np.array([c]), np.array([u])
    features = np.array(
        [
            w.level[ab, u - window], change[ab, u], w.level[ac, u - window], change[ac, u],
            _rival_level(w, a, *one)[0],
        ]
    )  # fmt: skip
    return u, False, features


def table(
    w: Levels, found: Cases, rules: AnalogueRules, periods: tuple[date, ...], near: Array
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
    made = pl.DataFrame(
        {
            "a": names[f.a], "b": names[f.b], "c": names[f.c],
            "before": days[f.thawed - window], "thawed": days[f.thawed],
            "mended": days[np.maximum(f.mended, 0)], "judged": days[judged[keep]],
            **dict(zip(FEATURES, f.features.T, strict=True)),
            "great": w.great[f.c, f.thawed], "reports": np.fmin(w.events[ab], w.events[ac]), "in_full": w.level[ac, f.mended] >= f.features[:, 2],
            "warm_after": w.level[ab, f.thawed] > w.neutral,
            "close": close, "warmer": end > f.features[:, 0], "warm": end > w.neutral,
            "distance": distance, "_mended": f.mended >= 0,
        }
    )  # fmt: skip
    done = pl.col("_mended")
    made = made.with_columns(
        mended=pl.when(done).then("mended"), in_full=pl.when(done).then("in_full"),
        b_rival=pl.col("b_rival").fill_nan(None), reports=pl.col("reports").fill_nan(None),
    ).drop("_mended")  # fmt: skip
    return made.sort("distance", "a", "b", "c", "thawed"), int((~keep).sum())


def _spread(features: Array) -> Array:
    """Standard deviation of each feature over cases; 1 where it does not vary or is not known."""
    known = ~np.isnan(features)
    count = np.maximum(known.sum(axis=0), 1)
    filled = np.where(known, features, 0.0)
    mean = filled.sum(axis=0) / count
    sd = np.sqrt((np.where(known, features - mean, 0.0) ** 2).sum(axis=0) / count)
    return np.asarray(np.where(sd > 0, sd, 1.0))
