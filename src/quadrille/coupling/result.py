"""What coupling returns; nothing here computes a model or draws a picture."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
import xarray as xr
from numpy.typing import NDArray

from quadrille.errors import FileFormatError, InputError, NoDataError, OptionError

__all__ = ["Coupled", "Diagnostics", "Draws"]

Array = NDArray[np.float64]
_RHAT, _ESS = 1.01, 400.0
_FORMAT = 1


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
    frequency, facet, scale, origin : str
        As in `quadrille.measure.Tie`.
    neutral : float
        Level above which a tie is called warm, see `quadrille.measure.Measurement.neutral`.
    posterior : xarray.Dataset
        Dimensions ``chain, draw, lag, dyad, dyad_from, time``; variables

        - ``mu, c (chain, draw, dyad)``: long-run mean, and intercept ``c = (I - ΣA) mu``;
        - ``A (chain, draw, lag, dyad, dyad_from)``, ``Sigma (chain, draw, dyad, dyad_from)``;
        - ``x (chain, draw, dyad, time)``: the relations, of the same draws;
        - ``phi (chain, draw, dyad)``: noise scale; ``unit (chain, draw, dyad)``: typical
          innovation variance, the centre of Sigma's prior and the unit of the network prior;
        - ``lambda_own, lambda_shared, lambda_disjoint, tightness (chain, draw)``.
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
    scale: str
    origin: str
    neutral: float
    posterior: xr.Dataset
    y: Array
    s2: Array
    n: Array
    diagnostics: Diagnostics
    provenance: dict[str, Any]

    @property
    def lags(self) -> int:
        """Number of lags p."""
        return int(self.posterior.sizes["lag"])

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
            value = self.posterior[name].to_numpy()
            return np.ascontiguousarray(value.reshape(total, *value.shape[2:])[keep])

        return Draws(*(flat(name) for name in Draws._fields))

    def to_polars(self) -> pl.DataFrame:
        """One row a dyad and period: ``dyad, period, mean, sd, lo90, median, hi90, p_warm, y, n``."""
        x = self.posterior["x"].to_numpy()
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

    def save(self, path: str | Path) -> None:
        """Write everything to one NetCDF file.

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
            "scale": self.scale,
            "origin": self.origin,
            "neutral": self.neutral,
            "diagnostics": {k: getattr(self.diagnostics, k) for k in Diagnostics.__slots__},
            "provenance": self.provenance,
        }
        data = self.posterior.assign(
            {f"data_{k}": (("dyad", "time"), getattr(self, k)) for k in ("y", "s2", "n")}
        ).assign_attrs(quadrille=json.dumps(facts, default=str))
        part = path.with_name(f".{path.name}.part")
        try:
            data.to_netcdf(part, engine="h5netcdf")
            part.replace(path)
        except OSError as why:
            part.unlink(missing_ok=True)
            raise InputError(
                f"{path}: cannot write there ({why.strerror or why}); choose another file"
            ) from None

    @classmethod
    def load(cls, path: str | Path) -> Coupled:
        """Read what `save` wrote.

        Raises
        ------
        FileFormatError
            The file is not there, or is not a coupled model.
        """
        try:
            with xr.open_dataset(path, engine="h5netcdf") as opened:
                data = opened.load()
            facts = json.loads(data.attrs.pop("quadrille"))
            if facts["format"] != _FORMAT:
                raise ValueError(f"format {facts['format']}")
        except (OSError, ValueError, KeyError) as why:
            raise FileFormatError(
                f"{path}: cannot be read as a coupled model ({why}); make it with quadrille couple"
            ) from None
        y, s2, n = (data[f"data_{k}"].to_numpy() for k in ("y", "s2", "n"))
        periods = tuple(date.fromisoformat(str(t)[:10]) for t in data["time"].to_numpy())
        return cls(
            tuple(facts["states"]), tuple(map(str, data["dyad"].to_numpy())), periods,
            facts["frequency"], facts["facet"], facts["scale"], facts["origin"], facts["neutral"],
            data.drop_vars(["data_y", "data_s2", "data_n"]), y, s2, n,
            Diagnostics(**facts["diagnostics"]), facts["provenance"],
        )  # fmt: skip
