"""What measuring returns; nothing here computes a model or draws a picture."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quadrille.errors import NoDataError
from quadrille.index.place import Place
from quadrille.kernels.arrays import Array
from quadrille.kernels.constants import BAND, Z90
from quadrille.measure.prior import Prior
from quadrille.panel.build import require_states
from quadrille.panel.facets import Observations
from quadrille.panel.periods import HOLE
from quadrille.panel.units import Unit
from quadrille.results import Result

__all__ = ["Diagnostics", "Measurement", "Relation"]


@dataclass(frozen=True, slots=True)
class Diagnostics:
    """How far a tie's numbers can be trusted.

    Attributes
    ----------
    converged : bool
        The fit of the dyad's hyperparameters reached its optimum.
    effective_draws, proposals : float, int
        Kish's effective number of the importance proposals of the hyperparameters; no proposals where
        these are known, as those of an index.
    draws : int
        Paths drawn.
    pareto_k : float
        Tail shape of the importance weights; up to 0.7 is fine (Vehtari et al. 2024).
    """

    converged: bool
    effective_draws: float
    proposals: int
    draws: int
    pareto_k: float

    @property
    def trusted(self) -> bool:
        """Converged, with at least 200 effective draws and a tail that allows averaging."""
        return self.converged and self.effective_draws >= 200 and self.pareto_k <= 0.7

    def line(self) -> str:
        """One line for people; starts with NOT RELIABLE when a check fails."""
        if not self.proposals:
            return (
                f"ok: {self.draws} paths of the index's own mean and deviation; nothing is fitted"
            )
        state = "ok" if self.trusted else "NOT RELIABLE"
        return (
            f"{state}: fit {'converged' if self.converged else 'did not converge'}, "
            f"{self.draws} paths from {self.effective_draws:.0f} effective of {self.proposals} "
            f"proposals, Pareto k {round(self.pareto_k, 2) + 0.0:.2f}"
        )


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Measurement(Result):
    """Every dyad of a panel measured in one pass.

    Attributes
    ----------
    observations : Observations
    dyads : ndarray of str, shape (dyad, 2)
        ISO3 codes, sorted within the dyad.
    periods : tuple of date, length time
        First days of consecutive periods, without holes.
    y, s2, n : ndarray, shape (dyad, time)
        Normal observations (NaN: missing), their variances, events behind them (NaN: not known). Those
        that stand for counts (`quadrille.measure.counts`) are for filters and samplers, not for people.
    observed : ndarray, shape (dyad, time)
        What was observed, as it is shown: of counts (C - F)/N, or the share (NaN: nothing).
    omega : ndarray, shape (dyad,)
        Over-dispersion of counts (`quadrille.measure.counts.Counted`); NaN of other observations.
    repeats, scatter : ndarray, shape (dyad,)
        Pooled observations, see `quadrille.kernels.fit_map`.
    theta : ndarray, shape (dyad, 4)
        MAP of (mu, log q, logit rho, log(phi - phi_min)).
    converged : ndarray of bool, shape (dyad,)
    prior : Prior
        What all dyads taught about one.
    prior_mean : ndarray, shape (dyad, 4)
    mean, sd : ndarray, shape (dyad, time)
        Posterior of the relation, hyperparameter uncertainty included.
    kept : ndarray, shape (dyad, time), optional
        Of an index the correlation of each period's level with the one before, given all that is known.
    """

    kind: ClassVar[str] = "relations"

    observations: Observations
    dyads: NDArray[np.str_]
    periods: tuple[date, ...]
    y: Array
    s2: Array
    repeats: Array
    scatter: Array
    n: Array
    observed: Array
    omega: Array
    theta: Array
    converged: NDArray[np.bool_]
    prior: Prior
    prior_mean: Array
    mean: Array
    sd: Array
    kept: Array | None = None

    @property
    def neutral(self) -> float:
        """Level above which a tie is called warm, see `quadrille.panel.units.neutral_level`."""
        return self.observations.neutral

    @property
    def p_warm(self) -> Array:
        """Probability of a level above `neutral`, by the posterior's mean and deviation, shape (dyad, time)."""
        from scipy.special import ndtr

        return np.asarray(ndtr((self.mean - self.neutral) / np.maximum(self.sd, 1e-12)))

    @property
    def unit(self) -> Unit:
        """Of the relation."""
        return self.observations.unit

    @property
    def origin(self) -> str:
        """Short name of the data."""
        return self.observations.panel.origin

    @property
    def frequency(self) -> str:
        """Of the periods."""
        return self.observations.panel.frequency

    @property
    def states(self) -> tuple[str, ...]:
        """ISO3 codes of every state that has an observation, sorted."""
        return tuple(str(s) for s in np.unique(self.dyads))

    def require(self, states: Iterable[str]) -> None:
        """Refuse states that have no observation.

        Raises
        ------
        NoDataError
            It names them, and how many states there are.
        """
        require_states(states, self.states, self.observations.panel.origin)

    def row(self, a: str, b: str) -> int:
        """Index of the dyad {a, b}.

        Raises
        ------
        NoDataError
            The data hold nothing of one of the states, or no observation of this dyad.
        """
        first, second = sorted((a, b))
        found = np.flatnonzero((self.dyads[:, 0] == first) & (self.dyads[:, 1] == second))
        if found.size == 0:
            self.require((a, b))
            facet = self.observations.facet
            raise NoDataError(
                f"{self.observations.panel.origin}: no observation of {facet} for {a}-{b} in "
                f"{self.periods[0]:%Y}-{self.periods[-1]:%Y}; give other data"
            )
        return int(found[0])

    def of(self, state: str) -> Measurement:
        """The dyads of a state (ISO3), as they were measured among all."""
        rows = (self.dyads == state).any(axis=1)
        each = (
            "dyads", "y", "s2", "repeats", "scatter", "n", "observed", "omega", "theta", "converged",
            "prior_mean", "mean", "sd", *(("kept",) if self.kept is not None else ()),
        )  # fmt: skip
        return replace(self, **{name: getattr(self, name)[rows] for name in each})

    def standing(self) -> pl.DataFrame:
        """One row a dyad, in the last period.

        Returns
        -------
        polars.DataFrame
            ``state_a, state_b``; ``shown, shown_lo90, shown_hi90``: mean and 90% band as they are shown;
            ``p_warm``: probability of a level above `neutral`, by the posterior's mean and standard
            deviation; ``last_seen``: period of the last observation; ``events`` behind all (null: not known).
        """
        mean, sd = self.mean[:, -1], self.sd[:, -1]
        seen = ~np.isnan(self.y)
        last = self.y.shape[1] - 1 - seen[:, ::-1].argmax(axis=1)
        known = ~np.isnan(self.n).all(axis=1)
        return pl.DataFrame(
            {
                "state_a": self.dyads[:, 0],
                "state_b": self.dyads[:, 1],
                "shown": self.unit.shown(mean),
                "shown_lo90": self.unit.shown(mean - Z90 * sd),
                "shown_hi90": self.unit.shown(mean + Z90 * sd),
                "p_warm": self.p_warm[:, -1],
                "last_seen": pl.Series([self.periods[k] for k in last], dtype=pl.Date),
                "events": np.where(known, np.nansum(self.n, axis=1), np.nan),
            }
        ).with_columns(pl.col("events").fill_nan(None))

    def to_polars(self) -> pl.DataFrame:
        """One row a dyad and period: ``state_a, state_b, period, mean, sd, lo90, hi90, observed, n``."""
        n_dyads, n_time = self.mean.shape
        flat = {
            "state_a": np.repeat(self.dyads[:, 0], n_time),
            "state_b": np.repeat(self.dyads[:, 1], n_time),
            "mean": self.mean.ravel(),
            "sd": self.sd.ravel(),
            "lo90": (self.mean - Z90 * self.sd).ravel(),
            "hi90": (self.mean + Z90 * self.sd).ravel(),
            "observed": self.observed.ravel(),
            "n": self.n.ravel(),
        }
        period = pl.Series("period", list(self.periods) * n_dyads, dtype=pl.Date)
        table = pl.DataFrame(flat).insert_column(2, period)
        return table.with_columns(pl.col("observed", "n").fill_nan(None))


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Relation(Result):
    """One relation over time.

    Attributes
    ----------
    state_a, state_b : str
        ISO3, in the order asked for.
    facet, origin, frequency : str
    unit : Unit
        Of the relation: names the model's scale and turns it into what is shown.
    neutral : float
        Level above which the tie is called warm, see `Measurement.neutral`.
    periods : tuple of date, length time
    draws : ndarray, shape (draw, time)
        Posterior paths of x on the model's scale.
    y, s2, n, observed : ndarray, shape (time,)
        As in `Measurement` (NaN: nothing).
    hyper : dict of str to (float, float, float)
        5%, 50% and 95% posterior quantiles of ``mu, q, rho, phi``.
    diagnostics : Diagnostics
    moves : polars.DataFrame or None
        What moved it, see `quadrille.readings.relation.moves_of`.
    references : mapping of str to str
        A printed line for each work that its acts cite.
    omega : float
        Over-dispersion of its counts; NaN of other observations.
    place : Place or None
        Where it stands in the index of ties, of this tie and time, where that was asked for.
    """

    kind: ClassVar[str] = "relation"

    state_a: str
    state_b: str
    facet: str
    unit: Unit
    origin: str
    frequency: str
    neutral: float
    periods: tuple[date, ...]
    draws: Array
    y: Array
    s2: Array
    n: Array
    observed: Array
    hyper: dict[str, tuple[float, float, float]]
    diagnostics: Diagnostics
    moves: pl.DataFrame | None = None
    references: Mapping[str, str] = field(default_factory=dict)
    omega: float = float("nan")
    place: Place | None = None

    @property
    def label(self) -> str:
        """``PAK-RUS``."""
        return f"{self.state_a}-{self.state_b}"

    @property
    def from_index(self) -> bool:
        """Whether it is the valence of an index of ties."""
        return self.unit.anchored

    def spread(self, shown: bool = False) -> float:
        """Standard deviation of the path over the periods, median over draws; of what is shown, or on the scale."""
        paths = self.unit.shown(self.draws) if shown else self.draws
        return float(np.median(np.std(paths, axis=1)))

    def holes(self) -> tuple[tuple[date, date], ...]:
        """First and last period of every hole: a long run of periods without an observation.

        A year of months or quarters, three years, thirty days. Within a hole the path is what the
        model makes of its ends; it dates nothing there. The record's two ends count too.
        """
        unseen = np.concatenate([[False], np.isnan(self.y), [False]])
        edges = np.flatnonzero(unseen[1:] != unseen[:-1])
        runs = zip(edges[::2], edges[1::2], strict=True)
        least = HOLE[self.frequency]
        return tuple(
            (self.periods[first], self.periods[end - 1])
            for first, end in runs
            if end - first >= least
        )

    def to_polars(self) -> pl.DataFrame:
        """One row a period.

        Returns
        -------
        polars.DataFrame
            ``period, mean, sd, lo90, median, hi90`` on the model's scale; ``shown, shown_lo90,
            shown_hi90``: median and band as they are shown, in what ``unit.label`` says (for
            cordiality in log odds the net cooperation, tanh(x/2) in [-1, 1]: the expected share of
            cooperative less conflictual events; other units as they are); ``p_warm``:
            P(x > neutral); ``observed, n``: what was observed, as it is shown, and from how many
            events (null: nothing); ``seen``: the period was observed,
            otherwise the row is interpolated. Of an index, with a place, also ``percentile, engagement,
            engagement_percentile``: among the ties of the year.
        """
        lo, mid, hi = np.quantile(self.draws, BAND, axis=0)
        table = pl.DataFrame(
            {
                "period": pl.Series(self.periods, dtype=pl.Date),
                "mean": self.draws.mean(axis=0),
                "sd": self.draws.std(axis=0),
                "lo90": lo,
                "median": mid,
                "hi90": hi,
                "shown": self.unit.shown(mid),
                "shown_lo90": self.unit.shown(lo),
                "shown_hi90": self.unit.shown(hi),
                "p_warm": (self.draws > self.neutral).mean(axis=0),
                "observed": self.observed,
                "n": self.n,
                "seen": ~np.isnan(self.y),
            }
        ).with_columns(pl.col("observed", "n").fill_nan(None))
        if self.place is None or not self.from_index:
            return table
        return table.join(self.place.path, on="period", how="left", maintain_order="left")
