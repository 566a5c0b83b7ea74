r"""Every tie of one state in one period: how warm, where in the world, how close, and what changed.

The level and its 90% band are those of the measurement (of an index, its own). The percentile is among all ties of the
data in that period, with the band of the level carried over. The change since an earlier period is that of posterior paths,
so that what both periods share cancels out.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quadrille.errors import NoDataError, OptionError
from quadrille.kernels.constants import BAND, Z90
from quadrille.measure.draws import world_draws
from quadrille.measure.levels import index_measurement
from quadrille.measure.result import Measurement
from quadrille.measure.world import World
from quadrille.panel.units import Unit
from quadrille.readings.moment import known, known_in, levels_in, moment_of, ranks
from quadrille.results import Result
from quadrille.states.registry import all_states, existed

__all__ = ["Ties", "ties_of", "ties_over_time"]

# Years back that changes are counted from.
_BEFORE = 5
_EACH = {"Y": 1, "Q": 4, "M": 12, "D": 365}
_RANK = ("percentile_lo90", "percentile", "percentile_hi90")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Ties(Result):
    """The ties of a state in a period.

    Attributes
    ----------
    state : str
        ISO3.
    origin, frequency : str
    unit : Unit
        Of the levels.
    neutral : float
        Level that separates warm from cold, on the model's scale.
    period : date
    before : date or None
        Period that changes are counted from; None where the record begins later.
    ties : int
        Ties of the data in the period, all states'.
    table : polars.DataFrame
        See `to_polars`.
    absent : tuple of str
        States of the time that the data hold no tie of with this one, ISO3.
    elsewhen : tuple of str
        States that did not exist then, ISO3.
    """

    kind: ClassVar[str] = "ties"

    state: str
    origin: str
    frequency: str
    unit: Unit
    neutral: float
    period: date
    before: date | None
    ties: int
    table: pl.DataFrame
    absent: tuple[str, ...]
    elsewhen: tuple[str, ...]

    @property
    def label(self) -> str:
        """``ties of PAK``."""
        return f"ties of {self.state}"

    @property
    def periods(self) -> tuple[date, ...]:
        """The period read."""
        return (self.period,)

    def to_polars(self) -> pl.DataFrame:
        """One row a partner, the warmest first.

        Returns
        -------
        polars.DataFrame
            ``partner``; ``shown, shown_lo90, shown_hi90``: level and 90% band as they are shown; ``p_warm``;
            ``percentile`` and ``engagement_percentile`` among all ties of the period, with their bands; ``change,
            change_lo90, change_hi90`` since `before` (null: the tie was not there then); ``observed``: the period has an
            observation of the tie, of an index an estimate; ``events`` behind it (null: not known).
        """
        return self.table


def ties_of(
    world: World, state: str, when: str | date | None = None, draws: int = 500, seed: int = 1
) -> Ties:
    """Every tie of a state in a period.

    Parameters
    ----------
    world : World
    state : str
        ISO3.
    when : str or date, optional
        The period; default: the last.
    draws, seed : int
        Posterior paths from which changes are read.

    Raises
    ------
    NoDataError
        The data hold no tie of the state in the period.
    OptionError
        The period is none of the data's.
    """
    whole = _measured(world, state, "cordiality")
    t = moment_of(when, whole.periods, whole.frequency)
    m = whole.of(state)
    here = known_in(m, t)
    if not here.any():
        raise NoDataError(
            f"{whole.origin}: no tie of {state} in {whole.periods[t]:%Y-%m-%d}; give another period"
        )
    levels = levels_in(world.panel, whole, "cordiality", t)
    table = _levels(m, state, t, here).with_columns(
        **dict(zip(_RANK, ranks(levels, m.mean[here, t], m.sd[here, t]), strict=True))
    )
    s = t - _BEFORE * _EACH[m.frequency]
    table = table.with_columns(**_changes(m, here, s, t, draws, seed))
    table = table.join(_engagement(world, state, m.periods[t]), on="partner", how="left")
    partners, day = set(table["partner"]), m.periods[t]
    others = [x.iso3 for x in all_states() if x.kind == "state" and x.iso3 != state]
    alive = {code: existed(code, day) for code in others}
    return Ties(
        state, m.origin, m.frequency, m.unit, m.neutral, day, m.periods[s] if s >= 0 else None, len(levels),
        table.sort("shown", "partner", descending=[True, False]),
        tuple(c for c in others if alive[c] and c not in partners),
        tuple(c for c in others if not alive[c]),
    )  # fmt: skip


def _measured(world: World, state: str, facet: str) -> Measurement:
    """The measurement that holds a state's ties; of an index these alone, since nothing is learnt from others."""
    if world.panel.kind != "index":
        return world.measurement(facet)
    return index_measurement(world.panel.of(state), facet)


def _levels(m: Measurement, state: str, t: int, here: NDArray[np.bool_]) -> pl.DataFrame:
    mean, sd, n = m.mean[here, t], m.sd[here, t], m.n[here, t]
    partner = np.where(m.dyads[:, 0] == state, m.dyads[:, 1], m.dyads[:, 0])[here]
    lo, mid, hi = (m.unit.shown(mean + k * Z90 * sd) for k in (-1, 0, 1))
    return pl.DataFrame(
        {
            "partner": partner, "shown": mid, "shown_lo90": lo, "shown_hi90": hi, "p_warm": m.p_warm[here, t],
            "observed": ~np.isnan(m.y[here, t]), "events": n,
        }
    ).with_columns(pl.col("events").fill_nan(None))  # fmt: skip


def _changes(
    m: Measurement, here: NDArray[np.bool_], s: int, t: int, draws: int, seed: int
) -> dict[str, pl.Series]:
    """Band of the change since a period; null where the tie was not there then."""
    made = np.full((3, int(here.sum())), np.nan)
    if s >= 0:
        moved = np.concatenate([
            m.unit.shown(paths[:, :, t]) - m.unit.shown(paths[:, :, s])
            for _, paths in world_draws(m, draws, seed)
        ])  # fmt: skip
        made = np.quantile(moved[here], BAND, axis=1)
        made[:, ~known_in(m, s)[here]] = np.nan
    names = ("change_lo90", "change", "change_hi90")
    return {n: pl.Series(v).fill_nan(None) for n, v in zip(names, made, strict=True)}


def _engagement(world: World, state: str, day: date) -> pl.DataFrame:
    """Percentile of engagement by partner; null where the data do not show engagement."""
    names = [f"engagement_{c}" for c in _RANK]
    schema = {"partner": pl.String, **dict.fromkeys(names, pl.Float64)}
    with suppress(NoDataError, OptionError):
        whole = _measured(world, state, "engagement")
        m, t = whole.of(state), whole.periods.index(day)
        found = ranks(levels_in(world.panel, whole, "engagement", t), m.mean[:, t], m.sd[:, t])
        partner = np.where(m.dyads[:, 0] == state, m.dyads[:, 1], m.dyads[:, 0])
        return pl.DataFrame({"partner": partner, **dict(zip(names, found, strict=True))}, schema)
    return pl.DataFrame(schema=schema)


def ties_over_time(world: World, state: str) -> pl.DataFrame:
    """Every tie of a state in every period.

    Parameters
    ----------
    world : World
    state : str
        ISO3.

    Returns
    -------
    polars.DataFrame
        ``period, partner, shown, p_warm``, by period and partner; a tie is left out in a period in which it was not there.
    """
    m = _measured(world, state, "cordiality").of(state)
    held = known(m)
    row, column = np.nonzero(held)
    partner = np.where(m.dyads[:, 0] == state, m.dyads[:, 1], m.dyads[:, 0])
    return pl.DataFrame(
        {
            "period": pl.Series([m.periods[t] for t in column], dtype=pl.Date), "partner": partner[row],
            "shown": m.unit.shown(m.mean[held]), "p_warm": m.p_warm[held],
        }
    ).sort("period", "partner")  # fmt: skip
