"""The coupled model: draws of all ties together, and how far they can be trusted."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import numpy as np
import polars as pl

from quadrille.arguments import check_path
from quadrille.coupling.netcdf import Labelled, read_netcdf, write_netcdf
from quadrille.coupling.posterior import Posterior, Variable
from quadrille.errors import FileFormatError, InputError, NoDataError, OptionError
from quadrille.kernels.arrays import Array
from quadrille.kernels.constants import BAND
from quadrille.panel.units import Unit
from quadrille.results import Result

__all__ = ["PRIORS", "Coupled", "Diagnostics", "Draws"]

# What effects between ties are expected to be, see `quadrille.coupling.model.CoupleConfig`.
PRIORS = ("network", "world", "minnesota")

_RHAT, _ESS = 1.01, 400.0
_FORMAT = 4
_DYAD_TIME = ("dyad", "time")
_DATA: dict[str, tuple[str, ...]] = {
    "data_y": _DYAD_TIME, "data_s2": _DYAD_TIME, "data_n": _DYAD_TIME, "data_observed": _DYAD_TIME,
    "data_omega": ("dyad",),
}  # fmt: skip
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


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Coupled(Result):
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
    y, s2, n, observed : ndarray, shape (dyad, time)
        As in `quadrille.measure.result.Measurement`.
    omega : ndarray, shape (dyad,)
        Over-dispersion, as there.
    diagnostics : Diagnostics
    provenance : dict
        ``seed, config, version, files, date, left_out`` and what else is needed to run it again.
    """

    kind: ClassVar[str] = "couple"
    own: ClassVar[tuple[str, ...]] = (".nc",)

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
    observed: Array
    omega: Array
    diagnostics: Diagnostics
    provenance: dict[str, Any]

    @property
    def label(self) -> str:
        """``PAK RUS USA``."""
        return " ".join(self.states)

    @property
    def left_out(self) -> tuple[str, ...]:
        """Ties with too little data to be in the model."""
        return tuple(self.provenance.get("left_out", ()))

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

    def spread(self, a: str, b: str) -> float:
        """Standard deviation of the tie over the periods, median over draws, on the model's scale."""
        return float(np.median(self.posterior["x"][:, :, self.index(a, b)].std(axis=-1)))

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
        """One row a dyad and period.

        Returns
        -------
        polars.DataFrame
            ``dyad, period``; ``mean, sd, lo90, median, hi90`` on the model's scale; ``shown, shown_lo90,
            shown_hi90`` as the unit shows them; ``p_warm``; ``observed, n``: what was observed, as it is
            shown (null: nothing), and from how many events.
        """
        x = self.posterior["x"]
        x = x.reshape(-1, *x.shape[2:])
        lo, mid, hi = np.quantile(x, BAND, axis=0)
        n_time = len(self.periods)
        cells = {
            "mean": x.mean(axis=0), "sd": x.std(axis=0), "lo90": lo, "median": mid, "hi90": hi,
            "shown": self.unit.shown(mid), "shown_lo90": self.unit.shown(lo),
            "shown_hi90": self.unit.shown(hi), "p_warm": (x > self.neutral).mean(axis=0),
            "observed": self.observed, "n": self.n,
        }  # fmt: skip
        table = pl.DataFrame(
            {
                "dyad": np.repeat(np.array(self.dyads), n_time),
                "period": pl.Series(list(self.periods) * len(self.dyads), dtype=pl.Date),
                **{name: value.ravel() for name, value in cells.items()},
            }
        )
        return table.with_columns(pl.col("observed", "n").fill_nan(None))

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

    def save(self, path: str | Path) -> Path:
        """Write the model whole, draws and all, to a NetCDF-4 file (.nc), or what `Result.save` writes.

        Raises
        ------
        OptionError
            The name ends in none of the suffixes known.
        InputError
            The file cannot be written.
        """
        check_path("path", path)
        path = Path(path)
        if path.suffix.lower() not in self.own:
            return Result.save(self, path)
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
        values = (self.y, self.s2, self.n, self.observed, self.omega)
        seen = zip(_DATA.items(), values, strict=True)
        data = {name: Variable(dims, value) for (name, dims), value in seen}
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
        return path

    @classmethod
    def load(cls, path: str | Path) -> Coupled:
        """Read what `save` wrote.

        Raises
        ------
        OptionError
            The path can be none.
        FileFormatError
            The file is not there, or is not a coupled model.
        """
        check_path("path", path)
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
        data = {name: variables.pop(name) for name in _DATA}
        axes = {k: variables[k].dims for k in _AXES}
        if axes != _AXES or {k: v.dims for k, v in data.items()} != _DATA:
            raise ValueError
        y, s2, n, observed, omega = (v.values for v in data.values())
        return cls(
            tuple(facts["states"]), content.labels["dyad"], content.labels["time"],
            facts["frequency"], facts["facet"], Unit(**facts["unit"]), facts["origin"], facts["neutral"],
            Posterior(variables), y, s2, n, observed, omega,
            Diagnostics(**facts["diagnostics"]), facts["provenance"],
        )  # fmt: skip
