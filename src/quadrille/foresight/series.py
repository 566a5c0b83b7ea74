"""What a forecaster may look at: every dyad of a panel as one array over time, cut off at a date.

Of counted facets the value is what is shown, (C - F)/N or the share: what will be reported, without a
transformation that counts of three or four events would not bear. The counts lie beside it, for methods
that measure the relation behind them.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quadrille.errors import NoDataError, OptionError
from quadrille.kernels.arrays import Array
from quadrille.panel.build import FREQUENCIES, Frequency, Panel
from quadrille.panel.facets import FACETS, Observations, attention_variance, facet
from quadrille.panel.units import Unit, neutral_level

__all__ = ["SCORE", "Series", "to_series"]

SCORE = "score"
_KEY = ("state_a", "state_b", "period")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Series:
    """One facet of every dyad over consecutive periods.

    Attributes
    ----------
    facet, origin, frequency : str
    unit : Unit
    own_unit : bool
        Each dyad has a unit of its own (raw scores grow with coverage): errors are divided by the
        dyad's mean absolute value before dyads are averaged.
    kind : {"counts", "scores", "acts", "index"}
        Of the panel.
    phi_min : float
        As in `quadrille.panel.facets.Observations`.
    dyads : ndarray of str, shape (dyad, 2)
    periods : tuple of date, length time
    y, s2, n, repeats, scatter : ndarray, shape (dyad, time)
        Values (NaN: missing), their sampling variances, events behind them (NaN: not known), and
        what `quadrille.kernels.fit_map` needs of pooled acts. Entry t depends on periods up to t
        only.
    plus, minus : ndarray, shape (dyad, time), or None
        Counts (NaN: no events); None of facets that are not counted.
    memory : dict
        What forecasters worked out from the first so many periods, shared by all pasts of one series; see `known`.
    """

    facet: str
    unit: Unit
    origin: str
    frequency: Frequency
    own_unit: bool
    kind: Literal["counts", "scores", "acts", "index"]
    phi_min: float
    dyads: NDArray[np.str_]
    periods: tuple[date, ...]
    y: Array
    s2: Array
    n: Array
    repeats: Array
    scatter: Array
    plus: Array | None = None
    minus: Array | None = None
    memory: dict[Hashable, Any] = field(default_factory=dict, init=False, compare=False, repr=False)

    def known(self, name: Hashable, t: int, make: Callable[[Series], _T]) -> _T:
        """What follows from the first ``t`` periods and nothing else, worked out once for every later origin.

        Parameters
        ----------
        name : hashable
            Of the thing; one name, one function.
        t : int
            At most the number of periods.
        make : callable
            Is given the series up to ``t``.
        """
        if t > len(self.periods):
            raise ValueError("a past holds no later period")
        if (name, t) not in self.memory:
            self.memory[name, t] = make(self.before(t))
        return self.memory[name, t]  # type: ignore[no-any-return]

    @property
    def counted(self) -> bool:
        """Whether ``y`` shows counts."""
        return self.plus is not None

    @property
    def scale(self) -> str:
        """What ``y`` is, in words."""
        return self.unit.label if self.counted else self.unit.name

    @property
    def bounds(self) -> tuple[float, float]:
        """Between which ``y`` lies."""
        return (self.counted and self.unit.bounds) or (-np.inf, np.inf)

    def before(self, t: int) -> Series:
        """The first ``t`` periods: all that was known when period ``t`` had not begun."""
        parts = {name: value[:, :t] for name, value in self._arrays().items()}
        made = replace(self, periods=self.periods[:t], **parts)
        object.__setattr__(made, "memory", self.memory)  # pasts of one series, and of no other
        return made

    def rows(self, chosen: NDArray[np.intp]) -> Series:
        """The dyads chosen."""
        parts = {name: value[chosen] for name, value in self._arrays().items()}
        return replace(self, dyads=self.dyads[chosen], **parts)

    def _arrays(self) -> dict[str, Any]:
        taken = {name: getattr(self, name) for name in {**_NORMAL, **_COUNTED}}
        return {name: value for name, value in taken.items() if value is not None}

    def largest(self, count: int, t: int) -> Series:
        """The ``count`` dyads with most coverage in the first ``t`` periods.

        Coverage is the sum of events, or of absolute values where events are not known; dyads
        without any are left out.
        """
        weight = np.abs(self.y) if np.isnan(self.n).all() else np.where(np.isnan(self.y), 0, self.n)
        total = np.nansum(weight[:, :t], axis=1)
        order = np.argsort(-total, kind="stable")[:count]
        return self.rows(np.sort(order[total[order] > 0]))

    def among(self, states: tuple[str, ...]) -> Series:
        """The dyads whose two states are both in ``states`` (ISO3)."""
        return self.rows(np.flatnonzero(np.isin(self.dyads, states).all(axis=1)))

    @property
    def neutral(self) -> float:
        """Value above which a tie is called warm, see `quadrille.panel.units.neutral_level`."""
        level = neutral_level(self.kind, self.facet)
        return float(self.unit.shown(level)) if self.counted else level

    @property
    def size(self) -> float:
        """Median size of the values."""
        return float(np.nanmedian(np.abs(self.y))) or 1.0

    def observations(self) -> Observations:
        """What the measurement model sees of it; raw scores as arsinh(score/κ), κ their median size."""
        if self.own_unit:
            turned = replace(self, y=np.arcsinh(self.y / self.size), own_unit=False)
            return turned.observations()
        at = np.nonzero(~np.isnan(self.y))
        taken = tuple(_COUNTED) if self.counted else tuple(_NORMAL)
        data = pl.DataFrame(
            {
                "state_a": self.dyads[at[0], 0],
                "state_b": self.dyads[at[0], 1],
                "period": pl.Series([self.periods[t] for t in at[1]], dtype=pl.Date),
                **{k: getattr(self, k)[at] for k in taken},
            }
        ).with_columns(pl.col("n").fill_nan(None))
        panel = Panel(self.kind, self.frequency, pl.DataFrame(), self.origin, ())
        return Observations(self.facet, self.unit, self.phi_min, data, panel)

    @property
    def labels(self) -> tuple[str, ...]:
        """``PAK-RUS`` and so on, in order of rows."""
        return tuple(f"{a}-{b}" for a, b in self.dyads)


# The columns that are laid out, and what stands where nothing was observed.
_NORMAL = {"y": np.nan, "s2": 1.0, "n": np.nan, "repeats": 0.0, "scatter": 0.0}
_COUNTED = {"n": np.nan, "plus": np.nan, "minus": np.nan}


def _scores(panel: Panel) -> Observations:
    data = panel.cells.select(
        *_KEY, pl.col("score").alias("y"), s2=pl.lit(1.0), n=pl.lit(None, pl.Float64),
        repeats=pl.lit(0.0), scatter=pl.lit(0.0),
    )  # fmt: skip
    return Observations(
        SCORE, Unit("sum of event weights", "sum of event weights"), 0.0, data, panel
    )


def _seen_so_far(y: Array, n: Array) -> Array:
    """Variance of an attention facet from the dyad's usual rate up to each period, not beyond it."""
    expected = (n + 0.5) / np.exp(y) - 0.5
    usual = np.nancumsum(n, axis=1) + 0.5
    usual /= np.nancumsum(expected, axis=1) + 0.5
    return attention_variance(usual * np.where(np.isnan(expected), 1.0, expected))


def to_series(panel: Panel, name: str | None = None) -> Series:
    """Lay a facet of a panel out as arrays over every period of its span.

    Parameters
    ----------
    panel : Panel
    name : str, optional
        A facet of `quadrille.panel.facet`, or ``"score"`` for the sums of a scored panel as they
        stand (the default there).

    Raises
    ------
    OptionError
        The facet is unknown, or these data cannot show it.
    NoDataError
        No dyad has an observation.
    """
    if name not in (None, SCORE, *FACETS):
        raise OptionError(f"unknown facet {name!r}; use one of {', '.join((*FACETS, SCORE))}")
    raw = name == SCORE or (name is None and panel.kind == "scores")
    if raw and panel.kind != "scores":
        raise OptionError(f"{panel.origin} holds no scores; leave out the facet, or name another")
    obs = _scores(panel) if raw else facet(panel, name)
    data = obs.data.sort(*_KEY)
    first, last = panel.span
    every = FREQUENCIES[panel.frequency]
    periods = tuple(pl.date_range(first, last, every, eager=True))
    dyads = data.select("state_a", "state_b").unique().sort("state_a", "state_b")
    rows = data.join(dyads.with_row_index("row"), on=["state_a", "state_b"]).join(
        pl.DataFrame({"period": periods}).with_row_index("col"), on="period"
    )
    if rows.is_empty():
        raise NoDataError(f"{panel.origin}: no dyad has an observation of {obs.facet}")
    at = (rows["row"].to_numpy(), rows["col"].to_numpy())
    shape = (dyads.height, len(periods))
    taken = _COUNTED if obs.counted else _NORMAL
    filled = {k: np.full(shape, v) for k, v in {**_NORMAL, **taken}.items()}
    for column in taken:
        filled[column][at] = rows[column].cast(pl.Float64).fill_null(np.nan).to_numpy()
    if obs.counted:
        filled["y"] = obs.unit.shown_counts(filled["plus"], filled["minus"])
    if obs.facet in ("engagement", "hostility"):
        filled["s2"] = _seen_so_far(filled["y"], filled["n"])
    return Series(
        obs.facet, obs.unit, panel.origin, panel.frequency, raw, panel.kind, obs.phi_min,
        dyads.to_numpy().astype(np.str_), periods, **filled,
    )  # fmt: skip
