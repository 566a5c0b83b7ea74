"""A model card: what a forecaster is, and how often it was right, to be printed with its forecasts."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from importlib.metadata import version as installed

import numpy as np

from quadrille.errors import OptionError
from quadrille.foresight.backtest import Backtest

__all__ = ["HorizonRecord", "ModelCard", "model_card"]


@dataclass(frozen=True, slots=True)
class HorizonRecord:
    """The record at one horizon; None: undetermined.

    Attributes
    ----------
    horizon : int
    crps : float
    skill, skill_lo90, skill_hi90 : float or None
        Percentage by which CRPS is smaller than the reference's, with its 90% interval.
    rival : str or None
        The best other method at this horizon.
    over_rival : float or None
        Percentage by which CRPS is smaller than the rival's.
    rival_p : float or None
        p-value of the Diebold–Mariano test against the rival.
    coverage90 : float
    brier, brier_skill : float or None
        Of P(a warm tie is still warm).
    cells, origins : int
    """

    horizon: int
    crps: float
    skill: float | None
    skill_lo90: float | None
    skill_hi90: float | None
    rival: str | None
    over_rival: float | None
    rival_p: float | None
    coverage90: float
    brier: float | None
    brier_skill: float | None
    cells: int
    origins: int


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What to print with every forecast.

    Attributes
    ----------
    method, reference : str
    rivals : tuple of str
        All other methods it was judged against.
    data, facet, unit, frequency : str
    dyads : int
    first_target, last_target : str
        Periods forecast, ISO dates.
    records : tuple of HorizonRecord
    energy, energy_reference : float or None
        Mean energy score of all dyads and horizons together, and the reference's.
    joint : bool
        Joint draws are the method's own.
    pit_uniform : float
        Largest distance between the distribution of the PIT and the uniform one: 0 is calibrated.
    seconds : float
        Spent on this method's forecasts.
    version : str
    """

    method: str
    reference: str
    rivals: tuple[str, ...]
    data: str
    facet: str
    unit: str
    frequency: str
    dyads: int
    first_target: str
    last_target: str
    records: tuple[HorizonRecord, ...]
    energy: float | None
    energy_reference: float | None
    joint: bool
    pit_uniform: float
    seconds: float
    version: str

    def to_json(self) -> str:
        """The card as one JSON object."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1)

    def lines(self) -> tuple[str, ...]:
        """The card in plain sentences, one a line."""
        head = (
            f"Track record of {self.method}: {self.dyads:,} dyads of {self.data}, {self.facet} "
            f"({self.unit}), periods {self.first_target} to {self.last_target} forecast from "
            f"rolling origins; quadrille {self.version}."
        )
        shown = [r for r in self.records if r.horizon in _few(len(self.records))]
        calibrated = f"PIT is at most {self.pit_uniform:.3f} from uniform"
        joint = ""
        if self.energy is not None and self.energy_reference:
            gain = 100.0 * (1.0 - self.energy / self.energy_reference)
            joint = f"; energy score of all ties together {gain:+.0f}% against {self.reference}"
        return (head, *(self._line(r) for r in shown), f"{calibrated}{joint}.")

    def _line(self, r: HorizonRecord) -> str:
        if self.method == self.reference:
            skill = "the reference"
        elif r.skill_lo90 is None or r.skill_hi90 is None:
            skill = f"{r.skill:+.0f}% over {self.reference} (interval undetermined)"
        else:
            skill = (
                f"{r.skill:+.0f}% over {self.reference} "
                f"(90% interval {r.skill_lo90:+.0f} to {r.skill_hi90:+.0f})"
            )
        rival = ""
        if r.rival is not None and r.rival != self.reference:
            p = "p undetermined" if r.rival_p is None else f"p {r.rival_p:.2f}"
            rival = f", {r.over_rival:+.0f}% over {r.rival} ({p})"
        return (
            f"h = {r.horizon}: CRPS {r.crps:.3f}, {skill}{rival}; 90% intervals held "
            f"{100 * r.coverage90:.0f}% of {r.cells:,} outcomes at {r.origins} origins."
        )


def _few(count: int) -> set[int]:
    """First, middle and last horizon."""
    return {1, (count + 1) // 2, count}


def model_card(result: Backtest, method: str | None = None) -> ModelCard:
    """The card of one method; the best one if none is named.

    Raises
    ------
    OptionError
        The method was not run.
    """
    chosen = method or result.best()
    reference = result.options.reference
    if chosen not in result.scores:
        raise OptionError(f"method {chosen!r} was not run; there are {', '.join(result.methods)}")
    rows = {(r["method"], r["horizon"]): r for r in result.to_polars().iter_rows(named=True)}
    others = tuple(m for m in result.methods if m != chosen)
    records = []
    for h in result.horizons:
        row = rows[chosen, h]
        rival = min(others, key=lambda m: rows[m, h]["crps"]) if others else None
        over = p = None
        if rival is not None:
            over = 100.0 * (1.0 - row["crps"] / rows[rival, h]["crps"])
            found = result.compare(chosen, rival, h).p_value
            p = float(found) if np.isfinite(found) else None
        kept = ("crps", "skill", "skill_lo90", "skill_hi90", "coverage90", "brier", "brier_skill")
        records.append(
            HorizonRecord(
                horizon=h,
                rival=rival,
                over_rival=over,
                rival_p=p,
                cells=row["cells"],
                origins=row["origins"],
                **{k: row[k] for k in kept},
            )
        )
    s = result.scores[chosen]
    pit = np.sort(s.pit[~np.isnan(s.pit)])
    rank = np.arange(pit.size)
    off = max(float(np.max(pit - rank / pit.size)), float(np.max((rank + 1) / pit.size - pit)))
    series = result.series
    return ModelCard(
        chosen, reference, others, series.origin, series.facet, series.unit.name, series.frequency,
        len(series.dyads), str(result.targets[0]), str(result.targets[1]), tuple(records),
        float(np.nanmean(s.energy)), float(np.nanmean(result.scores[reference].energy)),
        s.joint, off, s.seconds, installed("quadrille"),
    )  # fmt: skip
