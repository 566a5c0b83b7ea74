"""A model card: what a forecaster is, and how often it was right, to be printed with its forecasts."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date

from quadrille.panel.periods import n_periods, period_name
from quadrille.sources.table import source

__all__ = ["CRPS", "HorizonRecord", "ModelCard"]

CRPS = "error (CRPS; lower is better)"  # what every page calls it


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
    over_mean : float or None
        Percentage by which CRPS is smaller than the plain mean's; None where the mean was not run.
    coverage90 : float
    brier, brier_skill : float or None
        Of P(what is reported of a warm tie is still warm).
    latent_brier, latent_brier_skill : float or None
        Of P(the relation behind the reports is still warm), judged by the whole record.
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
    over_mean: float | None
    coverage90: float
    brier: float | None
    brier_skill: float | None
    latent_brier: float | None
    latent_brier_skill: float | None
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
            f"Track record of {self.method}: {self.dyads:,} dyads of {source(self.data)}, {self.facet} "
            f"({self.unit}), {self._named(self.first_target)} to {self._named(self.last_target)} forecast from "
            f"rolling origins; quadrille {self.version}."
        )
        shown = [r for r in self.records if r.horizon in _few(len(self.records))]
        calibrated = f"Outcomes fell below each level as often as forecast, to within {self.pit_uniform:.3f} (PIT; 0 is exact)"
        joint = ""
        if self.energy is not None and self.energy_reference:
            gain = 100.0 * (1.0 - self.energy / self.energy_reference)
            joint = f"; of all ties together (energy score) {_signed(gain)}% over {self.reference}"
        chances = [line for r in shown[:: max(len(shown) - 1, 1)] if (line := self._chance(r))]
        return (head, *(self._line(r) for r in shown), *chances, f"{calibrated}{joint}.")

    def _named(self, day: str) -> str:
        return period_name(date.fromisoformat(day), self.frequency)

    def _chance(self, r: HorizonRecord) -> str:
        """How good P(still warm) was: of what is reported, and of the relation behind it."""
        if r.brier is None:
            return ""
        latent = ""
        if r.latent_brier is not None:
            latent = f", {r.latent_brier:.3f} for the relation behind it, judged by what the whole record says of it"
        return (
            f"P(a warm tie is still warm), {n_periods(r.horizon, self.frequency)} ahead: Brier score {r.brier:.3f} for "
            f"what is reported{latent}; a coin has 0.25, and less is better."
        )

    def _line(self, r: HorizonRecord) -> str:
        if self.method == self.reference:
            skill = "the reference"
        elif r.skill_lo90 is None or r.skill_hi90 is None:
            skill = f"{_signed(r.skill)}% over {self.reference} (interval undetermined)"
        else:
            skill = (
                f"{_signed(r.skill)}% over {self.reference} "
                f"(90% interval {_signed(r.skill_lo90)} to {_signed(r.skill_hi90)})"
            )
        rival = ""
        if r.rival is not None and r.rival != self.reference:
            p = "p undetermined" if r.rival_p is None else f"p {r.rival_p:.2f}"
            rival = f", {_signed(r.over_rival)}% over {r.rival} ({p})"
        mean = ""
        if r.over_mean is not None and "mean" not in (self.method, self.reference, r.rival):
            mean = f", {_signed(r.over_mean)}% over the plain mean"
        return (
            f"{n_periods(r.horizon, self.frequency)} ahead: {CRPS} {r.crps:.3f}, {skill}{rival}{mean}; 90% intervals held "
            f"{100 * r.coverage90:.0f}% of {r.cells:,} outcomes at {r.origins} origins."
        )


def _few(count: int) -> set[int]:
    """First, middle and last horizon."""
    return {1, (count + 1) // 2, count}


def _signed(value: float | None) -> str:
    """A whole number with its sign; zero has none."""
    shown = "" if value is None else f"{value:+.0f}".replace("-", "−")
    return "0" if shown in ("+0", "−0") else shown
