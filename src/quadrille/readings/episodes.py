r"""Episodes of a tie: thaws and chills, dated on posterior draws.

A *thaw* runs from a trough of the relation to its next peak, a *chill* from a peak to the next
trough. Each posterior path is dated by itself (`quadrille.kernels.date_phases`: alternating phases
with a least length and a least amplitude, after Bry & Boschan 1971), so that an episode's start and
end are distributions. Episodes of different draws are the same one when they share more than half
of the steps of the two; the episodes listed are the modes of the posterior
(`quadrille.kernels.phase_modes`), each with the share of draws that hold it.

An alternative reading is `quadrille.readings.regimes`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quadrille.errors import NoDataError, OptionError
from quadrille.kernels.arrays import Array
from quadrille.kernels.constants import BAND, band_of
from quadrille.kernels.turning import date_phases, list_phases, phase_modes, same_phase
from quadrille.measure.result import Relation
from quadrille.panel.build import Panel
from quadrille.readings.breaks import Break, break_of
from quadrille.readings.compare import Comparison
from quadrille.readings.moves import moves_of
from quadrille.readings.place import AMPLITUDE, LEAST_LENGTH
from quadrille.readings.regimes import TieRegimes, thaw_sign
from quadrille.results import Result

__all__ = [
    "Episode",
    "EpisodeRules",
    "Episodes",
    "carriers",
    "episodes_of",
]


_KINDS = {1: "thaw", -1: "chill"}


@dataclass(frozen=True, slots=True)
class EpisodeRules:
    """What counts as an episode.

    Attributes
    ----------
    least_length : int, optional
        Periods a phase lasts at least; by default `LEAST_LENGTH` of the tie's frequency.
    least_amplitude : float, optional
        Amplitude at least, in the unit of the tie's scale; by default 1.5 times the standard
        deviation over time of the tie's own path (posterior median): an episode is large for this
        tie, and a quiet tie has small ones.
    least_share : float
        An episode is listed when at least this share of the draws hold it.
    """

    least_length: int | None = None
    least_amplitude: float | None = None
    least_share: float = 0.25

    def __post_init__(self) -> None:
        """Refuse what has no meaning."""
        if self.least_length is not None and self.least_length < 1:
            raise OptionError(f"least_length is {self.least_length}; it must be at least 1")
        if self.least_amplitude is not None and not self.least_amplitude > 0:
            raise OptionError(f"least_amplitude is {self.least_amplitude}; it must be above 0")
        if not 0 < self.least_share <= 1:
            raise OptionError(
                f"least_share is {self.least_share}; it must be above 0 and at most 1"
            )


@dataclass(frozen=True, slots=True)
class Episode:
    """One thaw or chill.

    Attributes
    ----------
    kind : {"thaw", "chill"}
    probability : float
        Share of draws that hold it.
    start, end, amplitude : tuple of 3
        5%, 50% and 95% points over the draws that hold it: the turning points that open and close
        it, and how far the relation moved between them (positive, on the tie's scale).
    change : tuple of 3
        By how much the level of the last date lies above that of the first, both dates being the medians: 5%, 50% and
        95% points over all draws, in what ``tie.unit.label`` says. Each draw's own turning points are further apart, since
        they were chosen for that.
    p_open, p_ongoing : float
        Share of those draws in which it began with the record or earlier, and in which it had not
        ended by the last period.
    turn : Break or None
        What it is as a break; None: too little was observed to tell, or the tie is an index's, whose levels are
        estimates that borrow from their neighbours.
    """

    kind: str
    probability: float
    start: tuple[date, date, date]
    end: tuple[date, date, date]
    amplitude: tuple[float, float, float]
    change: tuple[float, float, float]
    p_open: float
    p_ongoing: float
    turn: Break | None = None

    @property
    def broke(self) -> Break | None:
        """What it is as a break, where the data prefer that to a slide."""
        return self.turn if self.turn is not None and self.turn.preferred else None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Episodes(Result):
    """Thaws and chills of one tie.

    Attributes
    ----------
    tie : Relation
    least_length, least_amplitude : int, float
        The rules used, see `EpisodeRules`.
    phases : ndarray of int, shape (phase, 4)
        Every dated phase of every draw: draw, kind (1 thaw, -1 chill), index of the period of the
        turning point at its start, and at its end.
    thaw, chill : ndarray, shape (time,)
        Probability that the tie is in a thaw, in a chill, going into the period.
    trough, peak : ndarray, shape (time,)
        Probability that a thaw starts, that a chill starts, in the period, the record's ends
        excepted.
    items : tuple of Episode
        By start.
    carried : polars.DataFrame or None
        What carried each episode, see `carriers`.
    regimes : TieRegimes or None
        The other reading of the tie's history, by two levels.
    acts : str
        Of an index, which holds no acts: the source of those that carried each episode; empty: the data themselves.
    who : Comparison or None
        Of an index without acts of the tie: what each witness adds to its level.
    """

    kind: ClassVar[str] = "episodes"

    tie: Relation
    least_length: int
    least_amplitude: float
    phases: NDArray[np.int64]
    thaw: Array
    chill: Array
    trough: Array
    peak: Array
    items: tuple[Episode, ...]
    carried: pl.DataFrame | None = None
    regimes: TieRegimes | None = None
    acts: str = ""
    who: Comparison | None = None

    @property
    def label(self) -> str:
        """``PAK-RUS``."""
        return self.tie.label

    def agrees(self, e: Episode) -> bool:
        """The tie changes its regime in this episode, the same way, by more than one half."""
        way = 1 if e.kind == "thaw" else -1
        return self.regimes is not None and self.regimes.change(e.start[1], e.end[1]) * way > 0.5

    def to_polars(self) -> pl.DataFrame:
        """One row an episode; see `Episode` for the columns.

        With ``regimes``, also ``regime_change``, the change of the warmer regime's probability from the
        median start to the median end, and ``regimes_agree``.
        """
        rows = [
            {
                "kind": e.kind,
                "probability": e.probability,
                **{f"{name}{suffix}": value
                   for name, triple in (("start", e.start), ("end", e.end), ("amplitude", e.amplitude), ("change", e.change))
                   for suffix, value in zip(("_lo90", "", "_hi90"), triple, strict=True)},
                "p_open": e.p_open,
                "p_ongoing": e.p_ongoing,
                "p_break": e.turn and e.turn.probability,
                **{f"break{suffix}": e.turn and e.turn.when[k] for k, suffix in enumerate(("_lo90", "", "_hi90"))},
            }
            for e in self.items
        ]  # fmt: skip
        schema = {"kind": pl.String, "probability": pl.Float64}
        for name in ("start", "end", "amplitude", "change"):
            kind = pl.Date if name in ("start", "end") else pl.Float64
            schema |= {f"{name}{s}": kind for s in ("_lo90", "", "_hi90")}
        schema |= {"p_open": pl.Float64, "p_ongoing": pl.Float64, "p_break": pl.Float64}
        schema |= {f"break{s}": pl.Date for s in ("_lo90", "", "_hi90")}
        return self._with_regimes(pl.DataFrame(rows, schema=schema))

    def _with_regimes(self, table: pl.DataFrame) -> pl.DataFrame:
        if self.regimes is None:
            return table
        changes = [self.regimes.change(e.start[1], e.end[1]) for e in self.items]
        return table.with_columns(
            pl.Series("regime_change", changes, dtype=pl.Float64),
            pl.Series("regimes_agree", [self.agrees(e) for e in self.items], dtype=pl.Boolean),
        )

    def periods(self) -> pl.DataFrame:
        """One row a period: chances of thaw, chill, trough and peak."""
        return pl.DataFrame(
            {
                "period": pl.Series(self.tie.periods, dtype=pl.Date),
                "p_thaw": self.thaw,
                "p_chill": self.chill,
                "p_trough": self.trough,
                "p_peak": self.peak,
            }
        )

    def starts(self, kind: int) -> NDArray[np.bool_]:
        """Turning points at which a phase of this kind (1 thaw, -1 chill) starts, draw by draw.

        Returns
        -------
        ndarray of bool, shape (draw, time)
            The first period is never a turning point: what began there may have begun before.
        """
        return _starts(self.phases, kind, self.tie.draws.shape)


def _starts(phases: NDArray[np.int64], kind: int, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    out = np.zeros(shape, bool)
    chosen = phases[phases[:, 1] == kind]
    out[chosen[:, 0], chosen[:, 2]] = True
    out[:, 0] = False
    return out


def _dates(tie: Relation, at: NDArray[np.int64]) -> tuple[date, date, date]:
    lo, mid, hi = np.quantile(at, BAND, method="nearest")
    return tie.periods[int(lo)], tie.periods[int(mid)], tie.periods[int(hi)]


def _episode(
    tie: Relation, mode: NDArray[np.int64], share: float, phases: NDArray[np.int64]
) -> Episode:
    held = phases[same_phase(phases, *(int(v) for v in mode))]
    draw, start, end = held[:, 0], held[:, 2], held[:, 3]
    first, last = tie.draws[draw, start], tie.draws[draw, end]
    began, ended = _dates(tie, start), _dates(tie, end)
    ends = tie.unit.shown(tie.draws[:, [tie.periods.index(d[1]) for d in (began, ended)]])
    return Episode(
        _KINDS[int(mode[0])], share, began, ended, band_of(np.abs(last - first)), band_of(ends[:, 1] - ends[:, 0]),
        float(np.mean(start == 0)), float(np.mean(end == len(tie.periods) - 1)),
    )  # fmt: skip


def episodes_of(tie: Relation, rules: EpisodeRules | None = None) -> Episodes:
    """Date the thaws and chills of a tie.

    Parameters
    ----------
    tie : Relation
        Measured on cordiality, or on hostility (whose fall is a thaw).
    rules : EpisodeRules, optional

    Returns
    -------
    Episodes
        ``items`` is empty where no episode is held by enough draws: a tie with few observations, or
        one that hardly moves.

    Raises
    ------
    OptionError
        The facet has no warm side.
    NoDataError
        Fewer than three observed periods, or a record shorter than one phase.
    """
    rules = rules or EpisodeRules()
    sign = thaw_sign(tie)
    length = rules.least_length or LEAST_LENGTH[tie.frequency]
    seen = int(np.sum(~np.isnan(tie.y)))
    if seen < 3 or len(tie.periods) <= length:
        raise NoDataError(
            f"{tie.label}: {seen} observed of {len(tie.periods)} periods are too few to date episodes "
            f"of at least {length} periods; give more data, or a smaller least_length"
        )
    size = rules.least_amplitude or AMPLITUDE * float(np.median(tie.draws.std(axis=1)))
    labels = date_phases(sign * tie.draws, length, size)
    phases = list_phases(labels)
    modes, share = phase_modes(phases, labels.shape[0], rules.least_share)
    items = tuple(
        _episode(tie, mode, float(p), phases) for mode, p in zip(modes, share, strict=True)
    )
    if not tie.from_index:
        items = tuple(replace(e, turn=break_of(tie, e.start, e.end, length)) for e in items)
    trough, peak = (_starts(phases, k, labels.shape).mean(axis=0) for k in (1, -1))
    return Episodes(
        tie, length, size, phases, (labels == 1).mean(axis=0), (labels == -1).mean(axis=0),
        trough, peak, items,
    )  # fmt: skip


def carriers(found: Episodes, panel: Panel, top: int = 3) -> pl.DataFrame:
    """What carried each episode: the acts, or periods, that moved the estimate its way most.

    Parameters
    ----------
    found : Episodes
    panel : Panel
        The one the tie was measured from.
    top : int
        How many for each episode.

    Returns
    -------
    polars.DataFrame
        ``episode`` (its place in ``found.items``), ``kind``, then the columns of
        `quadrille.readings.moves.moves_of`, by size of the move. Counted are moves after the median
        start up to the median end, of the episode's direction.
    """
    moves = found.tie.moves if found.tie.moves is not None else moves_of(found.tie, panel)
    sign = thaw_sign(found.tie)
    marked = moves.select(pl.lit(0).alias("episode"), pl.lit("").alias("kind"), pl.all())
    parts = [marked.clear()]
    for k, e in enumerate(found.items):
        way = sign if e.kind == "thaw" else -sign
        parts.append(
            marked.filter(
                pl.col("period") > e.start[1],
                pl.col("period") <= e.end[1],
                pl.col("move") * way > 0,
            )
            .sort(pl.col("move").abs(), descending=True)
            .head(top)
            .with_columns(episode=pl.lit(k), kind=pl.lit(e.kind))
        )
    return pl.concat(parts)
