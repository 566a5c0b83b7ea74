"""What is read off coupled models: responses, connectedness, a pivot's effect."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quadrille.coupling.result import Coupled
from quadrille.kernels.arrays import Array
from quadrille.kernels.constants import band_of
from quadrille.panel.units import Unit
from quadrille.results import Result
from quadrille.verdicts import Verdict, region_of, verdict_of

if TYPE_CHECKING:
    from quadrille.coupling.evidence import Evidence
    from quadrille.coupling.turnover import Turnover

__all__ = ["Connectedness", "Pivot", "Placebo", "Responses", "RollingPivot"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Responses(Result):
    """What follows a shock to each tie.

    Attributes
    ----------
    model : Coupled
    identification : str
        How a shock is told from what comes with it, in words.
    lo90, median, hi90 : ndarray, shape (horizon + 1, dyad, dyad_from)
        Response of ``dyad`` to one standard deviation of a shock to ``dyad_from``.
    cumulative_lo90, cumulative_median, cumulative_hi90 : ndarray, same shape
        Summed from the shock on.
    p_negative : ndarray, shape (dyad, dyad_from)
        Probability that the response summed to the last horizon is negative.
    a, b : str
        ISO3, in the order asked for: the tie asked about; empty: all ties.
    """

    kind: ClassVar[str] = "responses"

    model: Coupled
    identification: str
    lo90: Array
    median: Array
    hi90: Array
    cumulative_lo90: Array
    cumulative_median: Array
    cumulative_hi90: Array
    p_negative: Array
    a: str = ""
    b: str = ""

    @property
    def dyads(self) -> tuple[str, ...]:
        """Labels of the model's ties."""
        return self.model.dyads

    @property
    def tie(self) -> str:
        """Label of the tie asked about in the model; empty: all ties."""
        return "-".join(sorted((self.a, self.b))) if self.a else ""

    @property
    def label(self) -> str:
        """The tie asked about."""
        return f"{self.a}-{self.b}" if self.a else self.model.label

    def verdict(self, lo: float, hi: float) -> Verdict:
        """Of a response summed to the last horizon, by its 90% band."""
        region = region_of(self.model.spread(self.a, self.b), self.median.shape[0])
        return verdict_of(lo, hi, region, self.model.diagnostics.trusted)

    def ends(self) -> pl.DataFrame:
        """Cumulative response of the tie at the last horizon, the largest first: ``tie, value, lo, hi, p_negative``."""
        i = self.dyads.index(self.tie)
        return pl.DataFrame(
            {
                "tie": [self.label if d == self.tie else d for d in self.dyads],
                "value": self.cumulative_median[-1, i],
                "lo": self.cumulative_lo90[-1, i],
                "hi": self.cumulative_hi90[-1, i],
                "p_negative": self.p_negative[i],
            }
        ).sort(pl.col("value").abs(), descending=True)

    def to_polars(self) -> pl.DataFrame:
        """One row a horizon and pair: ``dyad, dyad_from, horizon`` and the six quantiles.

        Of the tie asked about only, if there is one.
        """
        steps, n = self.median.shape[:2]
        names = np.array(self.dyads)
        table = pl.DataFrame(
            {
                "dyad": np.tile(np.repeat(names, n), steps),
                "dyad_from": np.tile(names, n * steps),
                "horizon": np.repeat(np.arange(steps), n * n),
                **{
                    name: getattr(self, name).ravel()
                    for name in (
                        "lo90", "median", "hi90",
                        "cumulative_lo90", "cumulative_median", "cumulative_hi90",
                    )
                },
            }
        )  # fmt: skip
        return table.filter(dyad=self.tie) if self.tie else table


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Connectedness(Result):
    """How much of each tie's forecast variance comes from which other tie (Diebold & Yilmaz 2014).

    Attributes
    ----------
    model : Coupled
    identification : str
    horizon : int
        Periods ahead.
    shares : ndarray, shape (3, dyad, dyad_from)
        5%, 50% and 95% quantiles of the share of ``dyad``'s variance from ``dyad_from``.
    received, sent, net : ndarray, shape (3, dyad)
    pairwise : ndarray, shape (3, dyad, dyad_from)
        Net pairwise: what ``dyad`` sends to ``dyad_from`` less what it gets from it.
    total : ndarray, shape (3,)
    """

    kind: ClassVar[str] = "connectedness"

    model: Coupled
    identification: str
    horizon: int
    shares: Array
    received: Array
    sent: Array
    net: Array
    pairwise: Array
    total: Array

    @property
    def dyads(self) -> tuple[str, ...]:
        """Labels of the model's ties."""
        return self.model.dyads

    @property
    def label(self) -> str:
        """``PAK RUS USA``."""
        return self.model.label

    def to_polars(self) -> pl.DataFrame:
        """One row a tie: ``dyad``, then ``received, sent, net`` with ``_lo90`` and ``_hi90``."""
        table: dict[str, Any] = {"dyad": list(self.dyads)}
        for name in ("received", "sent", "net"):
            lo, mid, hi = getattr(self, name)
            table |= {name: mid, f"{name}_lo90": lo, f"{name}_hi90": hi}
        return pl.DataFrame(table)

    def pairs(self) -> pl.DataFrame:
        """One row a pair: ``dyad, dyad_from``, ``share`` and ``pairwise`` with their bands."""
        n = len(self.dyads)
        names = np.array(self.dyads)
        table: dict[str, Any] = {"dyad": np.repeat(names, n), "dyad_from": np.tile(names, n)}
        for name, value in (("share", self.shares), ("pairwise", self.pairwise)):
            lo, mid, hi = value.reshape(3, -1)
            table |= {name: mid, f"{name}_lo90": lo, f"{name}_hi90": hi}
        return pl.DataFrame(table)


@dataclass(frozen=True, slots=True)
class Placebo:
    """The pivot question put to another third state, in the model of the three states alone.

    ``mean`` and ``sd`` of the cumulative response, ``z`` their ratio, ``p_negative``; ``trusted``:
    its R-hat is below 1.05 and it has more than 100 effective draws.
    """

    state: str
    mean: float
    sd: float
    z: float
    p_negative: float
    trusted: bool


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Pivot(Result):
    """Whether the tie of A with C moves the tie of A with B.

    Attributes
    ----------
    a, b, on : str
        ISO3: the tie asked about is A-B, the pivot is C (``on``).
    tie, pull : str
        Labels of A-B and A-C.
    horizon : int
        Periods over which the response is summed, the period of the shock included.
    frequency, origin : str
    unit : Unit
    periods : tuple of date
        First and last of the data.
    shock : float
        Posterior median of one standard deviation of A-C's shocks.
    path : ndarray, shape (3, horizon + 1)
        5%, 50%, 95% of the cumulative response of A-B to that shock.
    response : ndarray, shape (draw,)
        Cumulative response at the horizon.
    bayes_factor : float
        For "no effect" against "some effect" (Savage-Dickey).
    shares : tuple of (str, (float, float, float))
        Share of A-B's forecast variance by tie: 5%, 50%, 95%, largest first.
    dominant : float
        Probability that A-C's share exceeds that of every other third tie.
    placebos : tuple of Placebo
        The named pivot's first, then the others by falling |z|.
    p_value : float
        Rank of the named pivot's |z| among all third states, divided by their number.
    model : Coupled
        The model the numbers come from.
    left_out : tuple of str
        What a quick run did not do.
    evidence : Evidence, optional
        What every triangle of the world says of this one.
    turnover : Turnover, optional
        What the tie did when leaders of C changed.
    """

    kind: ClassVar[str] = "pivot"

    a: str
    b: str
    on: str
    tie: str
    pull: str
    horizon: int
    frequency: str
    unit: Unit
    origin: str
    periods: tuple[date, date]
    shock: float
    path: Array
    response: Array
    bayes_factor: float
    shares: tuple[tuple[str, tuple[float, float, float]], ...]
    dominant: float
    placebos: tuple[Placebo, ...]
    p_value: float
    model: Coupled
    left_out: tuple[str, ...]
    evidence: Evidence | None = None
    turnover: Turnover | None = None

    @property
    def verdict(self) -> Verdict:
        """Whether A-C moves A-B: the summed response against a tenth of A-B's deviation in each period."""
        lo, _, hi = self.interval
        region = region_of(self.model.spread(self.a, self.b), self.horizon + 1)
        return verdict_of(lo, hi, region, self.model.diagnostics.trusted)

    @property
    def label(self) -> str:
        """``PAK-RUS on USA``."""
        return f"{self.a}-{self.b} on {self.on}"

    @property
    def p_substitution(self) -> float:
        """Probability that A-B cools when A-C warms."""
        return float((self.response < 0).mean())

    @property
    def interval(self) -> tuple[float, float, float]:
        """5%, 50% and 95% quantiles of the cumulative response."""
        return band_of(self.response)

    @property
    def rank(self) -> int:
        """Place of the named pivot among all third states, 1 for the largest |z|."""
        named = abs(self.placebos[0].z)
        return 1 + sum(abs(p.z) >= named for p in self.placebos[1:])

    def to_polars(self) -> pl.DataFrame:
        """One row a third state: ``state, mean, sd, z, p_negative, trusted, named``."""
        fields = ("state", "mean", "sd", "z", "p_negative", "trusted")
        table = pl.DataFrame({f: [getattr(p, f) for p in self.placebos] for f in fields})
        return table.with_columns(named=pl.col("state") == self.on)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RollingPivot(Result):
    """A pivot's effect on a tie, window by window.

    Attributes
    ----------
    a, b, on : str
    first, last : tuple of date
        First and last period of each window.
    lo90, median, hi90 : ndarray, shape (window,)
        Cumulative response of A-B to one standard deviation of A-C.
    p_negative : ndarray, shape (window,)
    trusted : ndarray of bool, shape (window,)
    frequency, origin : str
    unit : Unit
    horizon : int
        Periods over which the response is summed, the period of the shock included.
    p_grew : float
        Probability that the response is larger in size in the last window than in the first.
    """

    kind: ClassVar[str] = "rolling_pivot"

    a: str
    b: str
    on: str
    first: tuple[date, ...]
    last: tuple[date, ...]
    lo90: Array
    median: Array
    hi90: Array
    p_negative: Array
    trusted: NDArray[np.bool_]
    frequency: str
    origin: str
    unit: Unit
    horizon: int
    p_grew: float

    @property
    def label(self) -> str:
        """``PAK-RUS on USA``."""
        return f"{self.a}-{self.b} on {self.on}"

    def to_polars(self) -> pl.DataFrame:
        """One row a window: ``first, last, lo90, median, hi90, p_negative, trusted``."""
        return pl.DataFrame(
            {
                "first": pl.Series(self.first, dtype=pl.Date),
                "last": pl.Series(self.last, dtype=pl.Date),
                "lo90": self.lo90,
                "median": self.median,
                "hi90": self.hi90,
                "p_negative": self.p_negative,
                "trusted": self.trusted,
            }
        )
