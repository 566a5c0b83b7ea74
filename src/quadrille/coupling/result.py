"""What coupling returns; nothing here computes a model or draws a picture."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quadrille.coupling.netcdf import Labelled, read_netcdf, write_netcdf
from quadrille.coupling.posterior import Posterior, Variable
from quadrille.errors import FileFormatError, InputError, NoDataError, OptionError
from quadrille.kernels.arrays import Array
from quadrille.panel.units import Unit

__all__ = [
    "Connectedness",
    "Coupled",
    "Diagnostics",
    "Draws",
    "Pivot",
    "Placebo",
    "Responses",
    "RollingPivot",
]

_RHAT, _ESS = 1.01, 400.0
_FORMAT = 3
_DATA = ("data_y", "data_s2", "data_n")
_DYAD_TIME = ("dyad", "time")
_DRAW = ("chain", "draw")
# What every model holds; some hold more.
_AXES = {
    "mu": (*_DRAW, "dyad"),
    "c": (*_DRAW, "dyad"),
    "A": (*_DRAW, "lag", "dyad", "dyad_from"),
    "Sigma": (*_DRAW, "dyad", "dyad_from"),
    "phi": (*_DRAW, "dyad"),
    "x": (*_DRAW, "dyad", "time"),
}
# What a file may hold that is no coupled model, or one that was cut or altered.
_BROKEN = (OSError, RuntimeError, ValueError, KeyError, TypeError, AttributeError, IndexError)


@dataclass(frozen=True, slots=True)
class Diagnostics:
    """How far the draws can be trusted (Vehtari et al. 2021).

    Attributes
    ----------
    rhat : float
        Largest rank-normalised split R-hat over every reported quantity.
    ess_bulk, ess_tail : float
        Smallest effective sample sizes.
    worst : str
        The quantity with the largest R-hat.
    chains, draws : int
        Chains, and draws kept in each.
    asked : int
        Draws asked for in each chain; more than ``draws`` when the run was interrupted.
    quantities : int
        How many numbers were checked.
    """

    rhat: float
    ess_bulk: float
    ess_tail: float
    worst: str
    chains: int
    draws: int
    asked: int
    quantities: int

    @property
    def trusted(self) -> bool:
        """R-hat below 1.01 and more than 400 effective draws, in bulk and tails, everywhere."""
        return self.rhat < _RHAT and min(self.ess_bulk, self.ess_tail) > _ESS

    def line(self) -> str:
        """One line for people; starts with NOT RELIABLE when a check fails."""
        state = "ok" if self.trusted else "NOT RELIABLE"
        cut = "" if self.draws == self.asked else f" (stopped early, {self.asked} asked for)"
        return (
            f"{state}: {self.chains} chains × {self.draws} draws{cut}, R-hat up to {self.rhat:.3f} "
            f"({self.worst}), effective draws from {self.ess_bulk:.0f} (bulk) and "
            f"{self.ess_tail:.0f} (tails) over {self.quantities:,} quantities"
        )


class Draws(NamedTuple):
    """Plain arrays, chains laid end to end; n dyads, p lags, T periods.

    Shapes: ``mu, c, phi (draw, n)``, ``A (draw, lag, n, n)`` with ``A[:, l, d, e]`` the effect of
    dyad e on dyad d after l + 1 periods, ``Sigma (draw, n, n)``, ``x (draw, n, T)``.
    """

    mu: Array
    c: Array
    A: Array
    Sigma: Array
    phi: Array
    x: Array


@dataclass(frozen=True, slots=True)
class Coupled:
    """All ties among a set of states, estimated together.

    Attributes
    ----------
    states : tuple of str
        ISO3, sorted.
    dyads : tuple of str
        Labels such as ``PAK-RUS``: ISO3 sorted within the dyad, labels sorted.
    periods : tuple of date, length time
        First days of consecutive periods, without holes.
    frequency, facet, origin : str
    unit : Unit
        As in `quadrille.measure.Tie`.
    neutral : float
        Level above which a tie is called warm, see `quadrille.measure.Measurement.neutral`.
    posterior : Posterior
        A mapping of arrays on the axes ``chain, draw, lag, dyad, dyad_from, time``
        (``posterior.dims[name]`` names those of one array, in order):

        - ``mu, c (chain, draw, dyad)``: long-run mean, and intercept ``c = (I - ΣA) mu``;
        - ``A (chain, draw, lag, dyad, dyad_from)``, ``Sigma (chain, draw, dyad, dyad_from)``;
        - ``x (chain, draw, dyad, time)``: the relations, of the same draws;
        - ``phi (chain, draw, dyad)``: noise scale; ``unit (chain, draw, dyad)``: typical
          innovation variance, the centre of Sigma's prior and the unit of the network prior;
        - ``lambda_own, lambda_shared, lambda_disjoint, tightness (chain, draw)``;
        - with moving volatility ``h (chain, draw, time)``, log of the factor on Sigma, and its
          ``h_persistence, h_sd (chain, draw)``.
    y, s2, n : ndarray, shape (dyad, time)
        Observations (NaN: nothing), base variances, events behind them (NaN: not known).
    diagnostics : Diagnostics
    provenance : dict
        ``seed, config, version, files, date, left_out`` and what else is needed to run it again.
    """

    states: tuple[str, ...]
    dyads: tuple[str, ...]
    periods: tuple[date, ...]
    frequency: str
    facet: str
    unit: Unit
    origin: str
    neutral: float
    posterior: Posterior
    y: Array
    s2: Array
    n: Array
    diagnostics: Diagnostics
    provenance: dict[str, Any]

    @property
    def lags(self) -> int:
        """Number of lags p."""
        return self.posterior.sizes["lag"]

    def index(self, a: str, b: str) -> int:
        """Position of the dyad {a, b} on the dyad axes.

        Raises
        ------
        NoDataError
            The model holds no such tie.
        """
        label = "-".join(sorted((a, b)))
        if label not in self.dyads:
            raise NoDataError(
                f"{label}: not among the ties of this model ({', '.join(self.dyads)}); "
                "couple its states too"
            )
        return self.dyads.index(label)

    def stacked(self, most: int | None = None) -> Draws:
        """Draws of all chains as plain arrays, at most ``most`` of them, evenly spaced."""
        total = self.posterior.sizes["chain"] * self.posterior.sizes["draw"]
        keep = np.arange(total)
        if most is not None and most < total:
            keep = np.linspace(0, total - 1, most).round().astype(np.intp)

        def flat(name: str) -> Array:
            value = self.posterior[name]
            return np.ascontiguousarray(value.reshape(total, *value.shape[2:])[keep])

        return Draws(*(flat(name) for name in Draws._fields))

    def to_polars(self) -> pl.DataFrame:
        """One row a dyad and period: ``dyad, period, mean, sd, lo90, median, hi90, p_warm, y, n``."""
        x = self.posterior["x"]
        x = x.reshape(-1, *x.shape[2:])
        lo, mid, hi = np.quantile(x, (0.05, 0.5, 0.95), axis=0)
        n_time = len(self.periods)
        table = pl.DataFrame(
            {
                "dyad": np.repeat(np.array(self.dyads), n_time),
                "period": pl.Series(list(self.periods) * len(self.dyads), dtype=pl.Date),
                "mean": x.mean(axis=0).ravel(),
                "sd": x.std(axis=0).ravel(),
                "lo90": lo.ravel(),
                "median": mid.ravel(),
                "hi90": hi.ravel(),
                "p_warm": (x > self.neutral).mean(axis=0).ravel(),
                "y": self.y.ravel(),
                "n": self.n.ravel(),
            }
        )
        return table.with_columns(pl.col("y", "n").fill_nan(None))

    def _labels(self) -> dict[str, tuple[Any, ...]]:
        """Labels of every axis."""
        sizes = self.posterior.sizes
        return {
            "chain": tuple(range(sizes["chain"])),
            "draw": tuple(range(sizes["draw"])),
            "lag": tuple(range(1, sizes["lag"] + 1)),
            "dyad": self.dyads,
            "dyad_from": self.dyads,
            "time": self.periods,
        }

    def to_xarray(self) -> Any:
        """The posterior as an `xarray.Dataset`, its axes labelled.

        Raises
        ------
        OptionError
            xarray is not installed.
        """
        try:
            import xarray
        except ImportError:
            raise OptionError("xarray is not installed; run: pip install xarray") from None
        labels = self._labels() | {"time": np.array(self.periods, dtype="datetime64[ns]")}
        coords = {dim: (dim, np.asarray(values)) for dim, values in labels.items()}
        return xarray.Dataset(dict(self.posterior.variables), coords)

    def save(self, path: str | Path) -> None:
        """Write everything to one NetCDF-4 file.

        Raises
        ------
        OptionError
            The name does not end in ``.nc``.
        InputError
            The file cannot be written.
        """
        path = Path(path)
        if path.suffix != ".nc":
            raise OptionError(f"{path}: a coupled model is written as .nc (NetCDF)")
        facts = {
            "format": _FORMAT,
            "states": self.states,
            "frequency": self.frequency,
            "facet": self.facet,
            "unit": asdict(self.unit),
            "origin": self.origin,
            "neutral": self.neutral,
            "diagnostics": {k: getattr(self.diagnostics, k) for k in Diagnostics.__slots__},
            "provenance": self.provenance,
        }
        seen = zip(_DATA, (self.y, self.s2, self.n), strict=True)
        data = {name: Variable(_DYAD_TIME, values) for name, values in seen}
        content = Labelled(
            self._labels(), {**self.posterior.variables, **data}, json.dumps(facts, default=str)
        )
        try:
            write_netcdf(path, content)
        except (OSError, RuntimeError) as why:
            # HDF5 words its failures for those who know its inside.
            number = getattr(why, "errno", None)
            reason = os.strerror(number) if number else "the disk may be full"
            raise InputError(
                f"{path}: cannot write there ({reason}); choose another file"
            ) from None

    @classmethod
    def load(cls, path: str | Path) -> Coupled:
        """Read what `save` wrote.

        Raises
        ------
        FileFormatError
            The file is not there, or is not a coupled model.
        """
        place = Path(path)
        try:
            content = read_netcdf(place)
            facts = json.loads(content.about)
            if facts["format"] == _FORMAT:
                return cls._from(content, facts)
            reason = f"format {facts['format']}, not {_FORMAT}"
        except _BROKEN as why:
            # HDF5 words its failures for those who know its inside.
            reason = (
                "it is a folder" if place.is_dir()
                else "no such file" if not place.exists()
                else "it is no NetCDF file, or a damaged one" if isinstance(why, OSError)
                else "it holds something else, or is damaged"
            )  # fmt: skip
        raise FileFormatError(
            f"{path}: cannot be read as a coupled model ({reason}); make it with quadrille couple"
        )

    @classmethod
    def _from(cls, content: Labelled, facts: dict[str, Any]) -> Coupled:
        """The model that a file holds; one of `_BROKEN` if it holds none."""
        variables = dict(content.variables)
        y, s2, n = (variables.pop(name) for name in _DATA)
        if {k: variables[k].dims for k in _AXES} != _AXES or {y.dims, s2.dims, n.dims} != {
            _DYAD_TIME
        }:
            raise ValueError
        return cls(
            tuple(facts["states"]), content.labels["dyad"], content.labels["time"],
            facts["frequency"], facts["facet"], Unit(**facts["unit"]), facts["origin"], facts["neutral"],
            Posterior(variables), y.values, s2.values, n.values,
            Diagnostics(**facts["diagnostics"]), facts["provenance"],
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Responses:
    """What follows a shock to each tie.

    Attributes
    ----------
    dyads : tuple of str
    frequency : str
    unit : Unit
    identification : str
        How a shock is told from what comes with it, in words.
    lo90, median, hi90 : ndarray, shape (horizon + 1, dyad, dyad_from)
        Response of ``dyad`` to one standard deviation of a shock to ``dyad_from``.
    cumulative_lo90, cumulative_median, cumulative_hi90 : ndarray, same shape
        Summed from the shock on.
    p_negative : ndarray, shape (dyad, dyad_from)
        Probability that the response summed to the last horizon is negative.
    diagnostics : Diagnostics
        Of the model.
    """

    dyads: tuple[str, ...]
    frequency: str
    unit: Unit
    identification: str
    lo90: Array
    median: Array
    hi90: Array
    cumulative_lo90: Array
    cumulative_median: Array
    cumulative_hi90: Array
    p_negative: Array
    diagnostics: Diagnostics

    def to_polars(self) -> pl.DataFrame:
        """One row a horizon and pair: ``dyad, dyad_from, horizon`` and the six quantiles."""
        steps, n = self.median.shape[:2]
        names = np.array(self.dyads)
        return pl.DataFrame(
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


@dataclass(frozen=True, slots=True)
class Connectedness:
    """How much of each tie's forecast variance comes from which other tie (Diebold & Yilmaz 2014).

    Attributes
    ----------
    dyads : tuple of str
    frequency, identification : str
    horizon : int
        Periods ahead.
    shares : ndarray, shape (3, dyad, dyad_from)
        5%, 50% and 95% quantiles of the share of ``dyad``'s variance from ``dyad_from``.
    received, sent, net : ndarray, shape (3, dyad)
    pairwise : ndarray, shape (3, dyad, dyad_from)
        Net pairwise: what ``dyad`` sends to ``dyad_from`` less what it gets from it.
    total : ndarray, shape (3,)
    diagnostics : Diagnostics
        Of the model.
    """

    dyads: tuple[str, ...]
    frequency: str
    identification: str
    horizon: int
    shares: Array
    received: Array
    sent: Array
    net: Array
    pairwise: Array
    total: Array
    diagnostics: Diagnostics

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


@dataclass(frozen=True, slots=True)
class Pivot:
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
    gave_up : tuple of str
        What a quick run left out.
    """

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
    gave_up: tuple[str, ...]

    @property
    def p_substitution(self) -> float:
        """Probability that A-B cools when A-C warms."""
        return float((self.response < 0).mean())

    @property
    def interval(self) -> tuple[float, float, float]:
        """5%, 50% and 95% quantiles of the cumulative response."""
        lo, mid, hi = (float(v) for v in np.quantile(self.response, (0.05, 0.5, 0.95)))
        return lo, mid, hi

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


@dataclass(frozen=True, slots=True)
class RollingPivot:
    """A pivot's hold on a tie, window by window.

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
    p_grew : float
        Probability that the response is larger in size in the last window than in the first.
    """

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
    p_grew: float

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
