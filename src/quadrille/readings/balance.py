r"""How a state stands between two rivals, and what a move toward one does to the other.

With :math:`n_X` the level of pivot P's tie with X as it is shown: net cooperation
:math:`\tanh(x_{PX}/2)` in log odds, the value itself in scores (`quadrille.panel.units.Unit`):

- *tilt* :math:`(n_X - n_Y)/2`, positive toward X, and *even-handedness*, 1 − |tilt| where levels lie in
  [-1, 1] and 1 / (1 + |tilt|) where they have no bounds. It is one for equally warm and for equally
  cold, so that P(both warm) is given next to it;
- *compensation*: the response of P-Y to a move toward X, by local projections
  (`quadrille.kernels.local_projection`). Positive: it pays the other back; negative: zero-sum;
- *protests*: the rate of conflictual acts Y → P in the periods after P's cooperative moves toward X
  against other periods, with circular-shift significance (after Donges et al. 2016);
- *frontier*: the most that was gained with X while no more than a given loss with Y was suffered, both
  changes of the shown levels.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quadrille.errors import NoDataError, OptionError, SameStateError
from quadrille.kernels.ar1 import filter_paths
from quadrille.kernels.arrays import Array
from quadrille.kernels.constants import BAND
from quadrille.kernels.projection import (
    Covariance,
    Projection,
    RateRatio,
    local_projection,
    rate_ratio,
)
from quadrille.measure.dealings import existing
from quadrille.measure.result import Measurement, Relation
from quadrille.panel.build import FREQUENCIES, period_start
from quadrille.panel.directed import Directed
from quadrille.panel.units import Unit
from quadrille.results import Result
from quadrille.verdicts import REGION, Verdict, region_of, verdict_of

__all__ = [
    "Balance",
    "Protests",
    "balance_of",
    "compensation",
    "pivots_between",
    "protests",
]

_MONTHS = 6
_HORIZON = {"Y": 3, "Q": 4, "M": 12, "D": 30}
# The one lag that is read, fixed beforehand: the first that differs from zero would be a search.
_READ = {"Y": 1, "Q": 2, "M": 3, "D": 7}
_SPAN = {"Y": 1, "Q": 4, "M": 12, "D": 365}
_TOP = 0.8
_TRAIL = {"Y": 5, "Q": 12, "M": 36, "D": 365}
_ENOUGH = 10
_LOSSES = np.round(np.arange(0.0, 0.525, 0.025), 3)


@dataclass(frozen=True, slots=True)
class Protests:
    """What Y does after P moves toward X.

    Attributes
    ----------
    mover, toward, protester : str
    frequency, within : str, int
        Length of the window after a move, in periods.
    rate : RateRatio
    moves : polars.DataFrame
        ``period, move, protests``: weight of the move, conflictual acts of Y toward P in the window.
    acts : polars.DataFrame or None
        Where the data are acts: ``date, text, move`` of each protest in a window, with the move (its
        last before it).
    """

    mover: str
    toward: str
    protester: str
    frequency: str
    within: int
    rate: RateRatio
    moves: pl.DataFrame
    acts: pl.DataFrame | None

    @property
    def verdict(self) -> Verdict:
        """Of the logarithm of the rate over what shifts of the moves in time give, by its 90% band."""
        rate = self.rate
        return verdict_of(
            np.log(rate.ratio / rate.null_hi), np.log(rate.ratio / rate.null_lo), REGION
        )


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Balance(Result):
    """A pivot between two rivals.

    Attributes
    ----------
    pivot, x, y : str
    ties : tuple of Tie
        P-X and P-Y.
    periods : tuple of date, length time
    tilt : ndarray, shape (draw, time)
        Half the difference of the levels as `unit` shows them.
    both_warm : ndarray, shape (time,)
    toward_x, toward_y : Projection
        Response of P-Y to a typical move toward X, and of P-X to one toward Y, by horizon, in
        `response_unit`.
    protests : tuple of Protests
        Of Y at moves toward X, of X at moves toward Y; those that the data can show.
    windows : polars.DataFrame
        ``period, gain_x, gain_y`` (posterior mean changes over the span) and the probability of each
        quadrant ``both_gain, x_only, y_only, both_lose``.
    losses, frontier : ndarray, shapes (k,), (3, k)
        Loss with Y allowed; 5%, 50%, 95% of the largest gain with X.
    span : int
        Periods of a window: a year, or the whole record where it is shorter.
    missing : tuple of str
        What could not be read, and why.
    ranking : polars.DataFrame
        Every third state between the two rivals, see `pivots_between`; empty where not asked for.
    acts : str
        Of an index, which holds no acts: the source that the protests are from; empty: the data themselves.
    """

    kind: ClassVar[str] = "balance"
    pivot: str
    x: str
    y: str
    ties: tuple[Relation, Relation]
    periods: tuple[date, ...]
    tilt: Array
    both_warm: Array
    toward_x: Projection
    toward_y: Projection
    protests: tuple[Protests, ...]
    windows: pl.DataFrame
    losses: Array
    frontier: Array
    span: int
    missing: tuple[str, ...]
    ranking: pl.DataFrame = field(default_factory=pl.DataFrame)
    acts: str = ""

    @property
    def label(self) -> str:
        """``RUS between IND and PAK``."""
        return f"{self.pivot} between {self.x} and {self.y}"

    def read_at(self, got: Projection) -> int | None:
        """The lag at which a response is read, in periods; None where no response is known."""
        known = np.flatnonzero(~np.isnan(got.response))
        return min(_READ[self.ties[0].frequency], int(known[-1])) if known.size else None

    def verdict(self, toward: str) -> Verdict | None:
        """Whether a move toward a rival moves the other tie, at the lag of `read_at`; None where no response is known."""
        got, tie = (
            (self.toward_x, self.ties[1]) if toward == self.x else (self.toward_y, self.ties[0])
        )
        h = self.read_at(got)
        if h is None:
            return None
        spread = tie.spread(shown=not np.isnan(tie.omega))
        return verdict_of(float(got.lo90[h]), float(got.hi90[h]), region_of(spread))

    @property
    def best_expected(self) -> float:
        """The largest expected gain with X among windows whose expected change with Y is no loss; zero where none gains."""
        kept = self.windows.filter(pl.col("gain_y") >= 0)["gain_x"]
        return max(0.0, float(kept.max() or 0.0))  # type: ignore[arg-type]

    @property
    def unit(self) -> Unit:
        """Of both ties: tilt, gains and losses are differences of the levels it shows."""
        return self.ties[0].unit

    @property
    def response_unit(self) -> str:
        """Of the responses: of counts what is shown, else the model's scale."""
        return self.unit.name if np.isnan(self.ties[0].omega) else self.unit.label

    @property
    def even(self) -> Array:
        """Even-handedness, shape (draw, time): one for equally warm or equally cold."""
        return _even(self.tilt, self.unit)

    def to_polars(self) -> pl.DataFrame:
        """One row a period.

        Returns
        -------
        polars.DataFrame
            ``period``; ``shown_<X>, shown_<Y>``: median level of each tie as `unit` shows it; ``tilt``
            and ``even`` with their bands; ``p_closer_to_x, p_both_warm``.
        """
        lo, mid, hi = np.quantile(self.tilt, BAND, axis=0)
        elo, emid, ehi = np.quantile(self.even, BAND, axis=0)
        levels = [self.unit.shown(np.median(_columns(t, self.periods), axis=0)) for t in self.ties]
        return pl.DataFrame(
            {
                "period": pl.Series(self.periods, dtype=pl.Date),
                f"shown_{self.x}": levels[0], f"shown_{self.y}": levels[1],
                "tilt": mid, "tilt_lo90": lo, "tilt_hi90": hi,
                "even": emid, "even_lo90": elo, "even_hi90": ehi,
                "p_closer_to_x": (self.tilt > 0).mean(axis=0),
                "p_both_warm": self.both_warm,
            }
        )  # fmt: skip

    def response_table(self) -> pl.DataFrame:
        """Both responses by horizon."""
        parts = []
        for to, on, got in ((self.x, self.y, self.toward_x), (self.y, self.x, self.toward_y)):
            parts.append(
                pl.DataFrame(
                    {
                        "move": f"{self.pivot}-{to}", "response": f"{self.pivot}-{on}",
                        "horizon": np.arange(got.response.size), "effect": got.response,
                        "lo90": got.lo90, "hi90": got.hi90, "n": got.n,
                    }
                )
            )  # fmt: skip
        return pl.concat(parts).with_columns(pl.col(pl.Float64).fill_nan(None))


def _even(tilt: Array, unit: Unit) -> Array:
    size = np.abs(tilt)
    return 1.0 / (1.0 + size) if unit.bounds is None else 1.0 - size


def _held(tie: Relation) -> tuple[date, ...]:
    """Periods of a tie; of an index those with an estimate, since in others one of the two was no state."""
    if not tie.from_index:
        return tie.periods
    return tuple(p for p, y in zip(tie.periods, tie.y, strict=True) if not np.isnan(y))


def _columns(tie: Relation, periods: tuple[date, ...]) -> Array:
    return tie.draws[:, [tie.periods.index(p) for p in periods]]


def _outcome(tie: Relation) -> Array:
    return tie.y if np.isnan(tie.omega) else tie.observed


def _surprise(tie: Relation) -> tuple[Array, Array]:
    """What each period moved the estimate by as it came in, and the estimate before it."""
    mu, q, rho, phi = (np.array([tie.hyper[k][1]]) for k in ("mu", "q", "rho", "phi"))
    f = filter_paths(tie.y[None], (phi * tie.s2)[None], mu, rho, q)
    move = np.where(np.isnan(tie.y), 0.0, (f.updated - f.predicted)[0])
    return move, f.predicted[0]


def _lags(values: Array, lags: int) -> Array:
    out = np.full((values.size, lags), np.nan)
    for k in range(1, lags + 1):
        out[k:, k - 1] = values[:-k]
    return out


def compensation(
    px: Relation, py: Relation, horizon: int | None = None, covariance: Covariance = "robust"
) -> Projection:
    """Response of P-Y to a typical move of P-X (one standard deviation), up to `horizon` periods on.

    The move is the update that the filter makes when a period's events come in: what is known of the
    move at that time, so that its noise does not weaken the slope. The outcome is P-Y as observed (of
    counts the share, as it is shown; else on the model's scale), not smoothed, since a smoothed path has
    seen the future. Controls: both ties as expected before the
    period, and one lag of the move and of what P-Y was observed to be.

    Parameters
    ----------
    px, py : Tie
        Of one measurement.
    horizon : int, optional
        By default 3 years, 4 quarters, 12 months or 30 days.
    covariance : {"robust", "newey-west"}
    """
    move, before = _surprise(px)
    reaction, expected = _surprise(py)
    controls = np.column_stack([before, expected, _lags(move, 1), _lags(reaction, 1)])
    steps = _HORIZON[px.frequency] if horizon is None else horizon
    # A period of P-X without events is not known to have been a period without a move.
    move = np.where(np.isnan(px.y), np.nan, move / (np.nanstd(move[~np.isnan(px.y)]) or 1.0))
    return local_projection(_outcome(py), move, controls, steps, covariance)


def _series(data: pl.DataFrame, source: str, target: str, column: str, at: list[date]) -> Array:
    chosen = data.filter((pl.col("source") == source) & (pl.col("target") == target))
    found = dict(zip(chosen["period"], chosen[column], strict=True))
    return np.array([found.get(p, 0.0) for p in at])


def _moves(weight: Array, trail: int) -> NDArray[np.bool_]:
    """The fifth of all periods that rise most above the mean of the periods before them."""
    total = np.concatenate([[0.0], np.cumsum(weight)])
    first = np.maximum(np.arange(weight.size) - trail, 0)
    seen = np.maximum(np.arange(weight.size) - first, 1)
    usual = (total[np.arange(weight.size)] - total[first]) / seen
    rise = np.log((weight + 0.5) / (usual + 0.5))
    return np.asarray((weight > 0) & (rise >= np.quantile(rise, _TOP)) & (rise > 0))


def protests(
    acted: Directed,
    mover: str,
    toward: str,
    protester: str,
    *,
    within: int | None = None,
    seed: int = 1,
) -> Protests:
    """Whether Y's conflictual acts toward P are more frequent after P moves toward X.

    A move is a period in which P's cooperation toward X rises most above its mean of the years before
    (the highest fifth of periods, and above it). Both are counted by the rule of all panels: reports of
    one act are one event.

    Parameters
    ----------
    acted : Directed
        Who did what to whom; by default events come by month, counts as they are.
    within : int, optional
        Periods after a move: 6 months, 1 year.

    Raises
    ------
    NoDataError
        P never cooperates with X in the data, or Y never acts toward P.
    """
    frequency = acted.frequency
    within = {"M": _MONTHS}.get(frequency, 1) if within is None else within
    if within < 1:
        raise OptionError(f"a window of {within} periods holds nothing; give within 1 or more")
    data = acted.cells
    ends = (data["period"].min(), data["period"].max())
    if ends[0] is None:
        raise NoDataError(f"{acted.origin}: who acted on whom is not known for any period")
    periods = list(pl.date_range(*ends, FREQUENCIES[frequency], eager=True))  # type: ignore[arg-type]
    warm = _series(data, mover, toward, "coop", periods)
    cold = _series(data, protester, mover, "conf", periods)
    if not warm.any() or not cold.any():
        raise NoDataError(
            f"{acted.origin}: {mover} → {toward} cooperation in {int((warm > 0).sum())} periods and "
            f"{protester} → {mover} conflict in {int((cold > 0).sum())}; protests cannot be read"
        )
    moves = _moves(warm, _TRAIL[frequency])
    rate = rate_ratio(moves, cold, within, 1000, np.random.default_rng(seed))
    at = np.flatnonzero(moves)
    rows = pl.DataFrame(
        {
            "period": pl.Series([periods[t] for t in at], dtype=pl.Date),
            "move": warm[at],
            "protests": [float(cold[t + 1 : t + 1 + within].sum()) for t in at],
        }
    )
    acts = None
    if acted.acts is not None:
        acts = _protest_acts(acted.acts, mover, toward, protester, rows["period"], within)
    return Protests(mover, toward, protester, frequency, within, rate, rows, acts)


def _protest_acts(
    data: pl.DataFrame, mover: str, toward: str, protester: str, moves: pl.Series, within: int
) -> pl.DataFrame:
    """Each protest with the weightiest act of the last move before it."""
    said = pl.col("text").fill_null("")
    own = (
        data.filter(
            (pl.col("source") == mover) & (pl.col("target") == toward) & (pl.col("goldstein") > 0)
        )
        .with_columns(period=period_start("date", "M"))
        .filter(pl.col("period").is_in(moves.implode()))
        .sort("goldstein", descending=True)
        .group_by("period").agg(move_date=pl.col("date").first(), move=said.first())
        .sort("period")
    )  # fmt: skip
    theirs = (
        data.filter(
            (pl.col("source") == protester) & (pl.col("target") == mover),
            pl.col("goldstein") < 0,
        )
        .select("date", month=period_start("date", "M"), text=said)
        .with_columns(before=pl.col("month") - timedelta(days=1))
        .sort("before")
    )  # fmt: skip
    matched = theirs.join_asof(own, left_on="before", right_on="period", strategy="backward")
    gap = (pl.col("month").dt.year() - pl.col("period").dt.year()) * 12 + (
        pl.col("month").dt.month().cast(pl.Int32) - pl.col("period").dt.month().cast(pl.Int32)
    )
    return matched.filter(gap <= within).select("date", "text", "move_date", "move").sort("date")


def _changes(draws: Array, span: int) -> Array:
    return draws[:, span:] - draws[:, :-span]


def _frontier(gain_x: Array, gain_y: Array) -> Array:
    """Per draw, the largest gain with X among windows that lose no more with Y; zero is always open."""
    best = np.stack(
        [np.where(gain_y >= -loss, gain_x, 0.0).max(axis=1).clip(min=0.0) for loss in _LOSSES],
        axis=1,
    )
    return np.asarray(np.quantile(best, BAND, axis=0), dtype=float)


def _windows(gain_x: Array, gain_y: Array, periods: tuple[date, ...]) -> pl.DataFrame:
    up_x, up_y = gain_x > 0, gain_y > 0
    return pl.DataFrame(
        {
            "period": pl.Series(periods, dtype=pl.Date),
            "gain_x": gain_x.mean(axis=0), "gain_y": gain_y.mean(axis=0),
            "both_gain": (up_x & up_y).mean(axis=0), "x_only": (up_x & ~up_y).mean(axis=0),
            "y_only": (~up_x & up_y).mean(axis=0), "both_lose": (~up_x & ~up_y).mean(axis=0),
        }
    )  # fmt: skip


def _common(px: Relation, py: Relation) -> tuple[date, ...]:
    """The periods that both ties have; refuses ties that are no pivot's, or cannot be compared."""
    if px.state_a != py.state_a or px.state_b == py.state_b:
        raise SameStateError(f"{px.label} and {py.label} are not a pivot's ties with two others")
    if {px.facet, py.facet} != {"cordiality"}:
        raise OptionError(f"a balance is read from cordiality, not from {px.facet}")
    if (px.origin, px.frequency, len(px.draws)) != (py.origin, py.frequency, len(py.draws)):
        raise OptionError("the two ties must share data, frequency and number of draws")
    periods = tuple(sorted({*_held(px)} & {*_held(py)}))
    if not periods:
        raise NoDataError(f"{px.label} and {py.label} have no period in common")
    if len(periods) == 1:
        raise NoDataError(
            f"{px.label} and {py.label} have one period in common, which shows no move; give a longer "
            "or finer record"
        )
    return periods


def _protests(
    acted: Directed | None, pivot: str, x: str, y: str, within: int | None, seed: int
) -> tuple[list[Protests], list[str]]:
    """Protests of either rival after a move toward the other, and why there are none."""
    found, missing = list[Protests](), list[str]()
    if acted is None:
        return found, missing
    for toward, other in ((x, y), (y, x)):
        try:
            found.append(protests(acted, pivot, toward, other, within=within, seed=seed))
        except (NoDataError, OptionError) as gap:
            missing.append(str(gap))
    return found, missing


def balance_of(
    px: Relation,
    py: Relation,
    acted: Directed | None = None,
    *,
    within: int | None = None,
    seed: int = 1,
) -> Balance:
    """Read a balancing act from the two ties of the pivot.

    Parameters
    ----------
    px, py : Tie
        P-X and P-Y, of cordiality, from one measurement, the pivot named first in both.
    acted : Directed, optional
        Who did what to whom, of the same data, for protests.
    within, seed
        As in `protests`.

    Raises
    ------
    SameStateError
        The ties do not share their first state.
    OptionError
        They are not of cordiality, or not of the same data.
    """
    periods = _common(px, py)
    pivot, x, y = px.state_a, px.state_b, py.state_b
    on_x, on_y = _columns(px, periods), _columns(py, periods)
    level_x, level_y = px.unit.shown(on_x), py.unit.shown(on_y)
    span = min(_SPAN[px.frequency], max(1, len(periods) - 1))
    found, missing = _protests(acted, pivot, x, y, within, seed)
    gain_x, gain_y = _changes(level_x, span), _changes(level_y, span)
    toward_x, toward_y = compensation(px, py), compensation(py, px)
    if np.isnan(toward_x.response).all():
        missing.append(
            f"compensation: {int(toward_x.n[0])} periods with both ties observed are too few for a "
            "regression; give a longer or finer record"
        )
    return Balance(
        pivot, x, y, (px, py), periods, (level_x - level_y) / 2,
        ((on_x > px.neutral) & (on_y > py.neutral)).mean(axis=0),
        toward_x, toward_y, tuple(found), _windows(gain_x, gain_y, periods[span:]),
        _LOSSES, _frontier(gain_x, gain_y), span, tuple(dict.fromkeys(missing)),
    )  # fmt: skip


def _matrices(m: Measurement, at: int) -> tuple[list[str], Array, Array, NDArray[np.bool_]]:
    """States, mean and sd of every tie in a period, and which ties rest on enough events."""
    states = sorted(np.unique(m.dyads))
    i, j = np.searchsorted(states, m.dyads[:, 0]), np.searchsorted(states, m.dyads[:, 1])
    shape = (len(states), len(states))
    mean, sd, known = np.zeros(shape), np.ones(shape), np.zeros(shape, dtype=bool)
    total, held = np.nansum(m.n, axis=1), existing(m)[:, at]
    for a, b in ((i, j), (j, i)):
        mean[a, b], sd[a, b] = m.mean[:, at], m.sd[:, at]
        known[a, b] = ((total >= _ENOUGH) | (total == 0)) & held
    return states, mean, sd, known


def pivots_between(m: Measurement, x: str, y: str, at: int = -1) -> pl.DataFrame:
    """Every third state of the world between two rivals, the best balancer first.

    Returns
    -------
    polars.DataFrame
        ``pivot, shown_x, shown_y, tilt, even, p_both_warm, score``: the levels as the unit of the
        measurement shows them; ``score`` is P(both warm) times
        even-handedness, posterior means treated as normal and independent.
    """
    states, mean, sd, known = _matrices(m, at)
    unit = m.observations.unit
    m.require((x, y))
    i, j = states.index(x), states.index(y)
    rng = np.random.default_rng(0)
    rows = []
    for k, state in enumerate(states):
        if k in (i, j) or not (known[k, i] and known[k, j]):
            continue
        z = rng.standard_normal((2, 400))
        on_x, on_y = mean[k, i] + sd[k, i] * z[0], mean[k, j] + sd[k, j] * z[1]
        level_x, level_y = unit.shown(on_x), unit.shown(on_y)
        tilt = (level_x - level_y) / 2
        both = ((on_x > m.neutral) & (on_y > m.neutral)).astype(float)
        even = _even(tilt, unit)
        rows.append((state, level_x.mean(), level_y.mean(), tilt.mean(), even.mean(), both.mean(),
                     (both * even).mean()))  # fmt: skip
    schema = ["pivot", "shown_x", "shown_y", "tilt", "even", "p_both_warm", "score"]
    kinds = {name: pl.String if name == "pivot" else pl.Float64 for name in schema}
    table = pl.DataFrame(rows, schema=kinds, orient="row")
    return table.sort("score", "pivot", descending=[True, False])
