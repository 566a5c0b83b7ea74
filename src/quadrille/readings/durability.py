r"""How long a warm spell lasts: hazard models over every warm spell of the world.

A *warm spell* is a run of periods in which a tie lies above the line between warm and cold. Its rows are
intervals of age at risk, covariates as they stood in the period before; the hazard of its end is

- Cox (1972): :math:`h(a \mid z) = h_0(a) \exp(\beta^\top z)`, Efron's ties;
- Weibull: :math:`H(a \mid z) = (a/\lambda(z))^{\rho}`, where ρ < 1 says that older warm spells are safer.

"A shared animosity binds as long as the contention lasts" is the coefficient of animosity: negative if
it holds. Proportionality is tested covariate by covariate (Grambsch & Therneau 1994).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quadrille.errors import NoDataError, NotConvergedError
from quadrille.kernels.arrays import Array
from quadrille.kernels.constants import Z90
from quadrille.kernels.hazard import (
    Maximum,
    baseline_increments,
    cox_maximum,
    partial_parts,
    proportionality,
    weibull_maximum,
)
from quadrille.measure.dealings import existing
from quadrille.measure.result import Measurement
from quadrille.panel.build import FREQUENCIES
from quadrille.panel.units import Unit
from quadrille.readings.covariates import LAYERS, covariates_of, layers_of
from quadrille.results import Result
from quadrille.sources.layers.layer import Layer

__all__ = [
    "CoxFit",
    "Durability",
    "WeibullFit",
    "durability_of",
    "fit_cox",
    "fit_weibull",
    "spell_rows",
    "thaws",
]

_SHORTEST = {"Y": 2, "Q": 2, "M": 3, "D": 30}
# Five ends a covariate still give sound bands for Cox's model (Vittinghoff & McCulloch 2007).
_ENDS_EACH, _ENDS = 5, 10
_LEAST = 30
_DRAWS = 1000


def thaws(m: Measurement, shortest: int | None = None, least: int | None = None) -> pl.DataFrame:
    """Warm spells of every dyad: runs in which the tie is more likely warm than not.

    Parameters
    ----------
    m : Measurement
    shortest : int, optional
        Periods a run must last to be a warm spell: 2 years or quarters, 3 months, 30 days.
    least : int, optional
        Events a dyad must have in all; 30 for counted data, else none.

    Returns
    -------
    polars.DataFrame
        ``state_a, state_b, start, end, length, censored``: first warm period; first period that is
        no longer warm, or the one after the data; periods; whether it was still on when the data end.
        Runs that were on when the data begin are left out: their age is not known. Of an index the data of a
        dyad begin and end with the states.
    """
    shortest = _SHORTEST[m.observations.panel.frequency] if shortest is None else shortest
    least = (_LEAST if m.observations.panel.kind == "counts" else 0) if least is None else least
    held = existing(m)
    warm = (m.mean > m.neutral) & (np.nansum(m.n, axis=1) >= least)[:, None] & held
    edge = np.zeros((len(warm), 1), dtype=bool)
    step = np.diff(np.hstack([edge, warm, edge]).astype(np.int8), axis=1)
    row, first = np.nonzero(step == 1)
    _, after = np.nonzero(step == -1)
    n_time = len(m.periods)
    keep = (first > 0) & (after - first >= shortest) & held[row, first - 1]
    row, first, after = row[keep], first[keep], after[keep]
    every = FREQUENCIES[m.observations.panel.frequency]
    beyond = pl.select(pl.lit(m.periods[-1]).dt.offset_by(every)).item()
    when = [*m.periods, beyond]
    return pl.DataFrame(
        {
            "state_a": m.dyads[row, 0], "state_b": m.dyads[row, 1],
            "start": pl.Series([when[t] for t in first], dtype=pl.Date),
            "end": pl.Series([when[t] for t in after], dtype=pl.Date),
            "length": (after - first).astype(np.int64),
            "censored": (after == n_time) | ~held[row, np.minimum(after, n_time - 1)],
        }
    )  # fmt: skip


def spell_rows(
    m: Measurement, spells: pl.DataFrame, covariates: Mapping[str, Array], shortest: int
) -> pl.DataFrame:
    """Cut spells into one row a period at risk.

    Parameters
    ----------
    m : Measurement
    spells : polars.DataFrame
        ``state_a, state_b, start, end, censored`` as `thaws` makes it, from any rule.
    covariates : mapping of str to ndarray, shape (dyad, time)
    shortest : int
        Below this age no spell can have ended, by the rule that made them: risk begins there.

    Returns
    -------
    polars.DataFrame
        ``spell, state_a, state_b, period, age0, age1, event`` and the covariates of the period
        before the one at the end of which the spell ends or not.
    """
    at = {(a, b): r for r, (a, b) in enumerate(m.dyads.tolist())}
    when = {p: t for t, p in enumerate(m.periods)}
    row = np.array([at[key] for key in spells.select("state_a", "state_b").iter_rows()], dtype=int)
    first = np.array([when[day] for day in spells["start"]], dtype=int)
    length = np.array([when.get(day, len(m.periods)) for day in spells["end"]], dtype=int) - first
    many = np.maximum(length - shortest + 1, 0)
    spell = np.repeat(np.arange(spells.height), many)
    age = shortest + np.arange(spell.size) - np.repeat(np.cumsum(many) - many, many)
    row, time = row[spell], first[spell] + age - 1
    return spells.select("state_a", "state_b")[spell].select(
        pl.Series("spell", spell), "state_a", "state_b", pl.Series("period", m.periods, dtype=pl.Date)[time],
        pl.Series("age0", age - 1.0), pl.Series("age1", age.astype(float)),
        pl.Series("event", (age == length[spell]) & ~spells["censored"].to_numpy()[spell]),
        *(pl.Series(name, values[row, time]) for name, values in covariates.items()),
    )  # fmt: skip


class CoxFit(NamedTuple):
    """``coef (p,), cov (p, p)``, log likelihood, proportionality tests ``(p + 1,)`` (all together last)."""

    names: tuple[str, ...]
    coef: Array
    cov: Array
    loglik: float
    ph_statistic: Array
    ph_p: Array


class WeibullFit(NamedTuple):
    """Log-linear in the covariates: ``log λ = intercept + coef·z``; ``theta`` and ``cov`` of (coef, intercept, log ρ)."""

    names: tuple[str, ...]
    theta: Array
    cov: Array
    loglik: float

    @property
    def rho(self) -> float:
        """Shape: below 1 the hazard falls with age."""
        return float(np.exp(self.theta[-1]))


def _settled(found: Maximum, model: str) -> Maximum:
    if not found.found:
        raise NotConvergedError(
            f"{model} did not converge: covariates are collinear, or one of them separates the warm spells that "
            "ended from the others; give more data or fewer layers"
        )
    return found


def fit_cox(rows: pl.DataFrame, names: Sequence[str]) -> CoxFit:
    """Cox's model with time-varying covariates.

    Parameters
    ----------
    rows : polars.DataFrame
        ``spell, age0, age1, event`` and the covariates.
    names : sequence of str

    Raises
    ------
    NotConvergedError
    """
    x, start, stop, event = _arrays(rows, names)
    found = _settled(cox_maximum(x, start, stop, event), "Cox's model")
    parts = partial_parts(x, start, stop, event, found.theta)
    statistic, p = proportionality(parts, parts.times)
    return CoxFit(tuple(names), found.theta, found.cov, found.loglik, statistic, p)


def _arrays(
    rows: pl.DataFrame, names: Sequence[str]
) -> tuple[Array, Array, Array, NDArray[np.bool_]]:
    return (
        rows.select(names).to_numpy().astype(float), rows["age0"].to_numpy(),
        rows["age1"].to_numpy(), rows["event"].to_numpy(),
    )  # fmt: skip


def fit_weibull(rows: pl.DataFrame, names: Sequence[str]) -> WeibullFit:
    """Weibull hazard; each row enters at its own age, which for this model is exact.

    Raises
    ------
    NotConvergedError
    """
    found = _settled(weibull_maximum(*_arrays(rows, names)), "the Weibull model")
    return WeibullFit(tuple(names), found.theta, found.cov, found.loglik)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Durability(Result):
    """Hazards of warm spells of the world, and what they say of one.

    Attributes
    ----------
    state_a, state_b, origin, frequency : str
    unit : Unit
        Of the measurement.
    neutral : float
        Level that separates warm from cold.
    span : tuple of date
        First and last period of the data.
    spells, ends : int
        Warm spells used, and how many of them ended.
    rows : polars.DataFrame
        What was fitted, see `spell_rows`; covariates in units of their standard deviation.
    cox : CoxFit
    weibull : WeibullFit
    thaw : tuple of (date, int, bool) or None
        Start, age and whether it is still on, of the last warm spell of the dyad; None if it had none whose
        start is known.
    survival : polars.DataFrame
        ``horizon, age, cox, cox_lo90, cox_hi90, weibull, weibull_lo90, weibull_hi90, base``: the
        probability that the warm spell is still on so many periods later, covariates as they stand
        (for an ended warm spell: as they stood at its start); ``base``: warm spells of that age, whatever their covariates.
    layers : mapping of str to str
        Layers used, and how to cite each.
    absent : tuple of str
        Covariates that no layer at hand holds.
    missing : tuple of str
        What else is not known or was left out, and why.
    """

    kind: ClassVar[str] = "durability"
    state_a: str
    state_b: str
    origin: str
    frequency: str
    unit: Unit
    neutral: float
    span: tuple[date, date]
    spells: int
    ends: int
    rows: pl.DataFrame
    cox: CoxFit
    weibull: WeibullFit
    thaw: tuple[date, int, bool] | None
    survival: pl.DataFrame
    layers: Mapping[str, str]
    absent: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def label(self) -> str:
        """``PAK-RUS``."""
        return f"{self.state_a}-{self.state_b}"

    @property
    def shape(self) -> tuple[float, float, float]:
        """The Weibull shape and the ends of its 90% interval: low, median, high; below 1 older warm spells are safer."""
        se = float(np.sqrt(self.weibull.cov[-1, -1]))
        lo, mid, hi = (self.weibull.rho * float(np.exp(k * Z90 * se)) for k in (-1, 0, 1))
        return lo, mid, hi

    def to_polars(self) -> pl.DataFrame:
        """One row a covariate: hazard ratios a standard deviation, both models, and proportionality."""
        z = Z90
        cox_se = np.sqrt(np.diag(self.cox.cov))
        hazard, hazard_se = _weibull_hazard(self.weibull)
        return pl.DataFrame(
            {
                "covariate": self.cox.names,
                "hazard_ratio": np.exp(self.cox.coef),
                "lo90": np.exp(self.cox.coef - z * cox_se),
                "hi90": np.exp(self.cox.coef + z * cox_se),
                "weibull": np.exp(hazard),
                "weibull_lo90": np.exp(hazard - z * hazard_se),
                "weibull_hi90": np.exp(hazard + z * hazard_se),
                "proportional_p": self.cox.ph_p[:-1],
            }
        )


def _weibull_hazard(fit: WeibullFit) -> tuple[Array, Array]:
    """Log hazard ratios −ρ·coef and their delta-method errors."""
    p = len(fit.names)
    rho, coef = fit.rho, fit.theta[:p]
    value = -rho * coef
    se = np.empty(p)
    for k in range(p):
        gradient = np.zeros(p + 2)
        gradient[k], gradient[-1] = -rho, -rho * coef[k]
        se[k] = np.sqrt(gradient @ fit.cov @ gradient)
    return value, se


def _survival(
    rows: pl.DataFrame, cox: CoxFit, weibull: WeibullFit, z: Array, age: int, steps: int, seed: int
) -> pl.DataFrame:
    """Draws of coefficients, and of Breslow's increments from gamma(d, risk) (Kalbfleisch 1978)."""
    rng = np.random.default_rng(seed)
    beta = rng.multivariate_normal(cox.coef, cox.cov, _DRAWS)
    # First no covariates, then the estimate, then the draws.
    betas = np.vstack([np.zeros(z.size), cox.coef, beta])
    horizon = np.arange(1, steps + 1)
    times, d, risk = baseline_increments(*_arrays(rows, cox.names), betas, (age, age + steps))
    known = age + horizon <= times.max()
    inside = ~np.isnan(risk[0])
    jumps = rng.standard_gamma(d, (_DRAWS, d.size))[:, inside] / risk[2:, inside]
    times, d, risk = times[inside], d[inside], risk[:2, inside]
    upto = (times <= (age + horizon)[:, None]).astype(float)
    base, point = np.exp(-(upto @ (d / risk).T) * np.exp(np.array([0.0, float(z @ cox.coef)]))).T
    paths = np.exp(-(jumps @ upto.T) * np.exp(beta @ z)[:, None])
    clo, chi = np.quantile(paths, (0.05, 0.95), axis=0)
    theta = rng.multivariate_normal(weibull.theta, weibull.cov, _DRAWS)
    drawn = _weibull_paths(theta, z, age, horizon)
    wlo, whi = np.quantile(drawn, (0.05, 0.95), axis=0)
    middle = _weibull_paths(weibull.theta[None], z, age, horizon)[0]
    cells = {
        "cox": point, "cox_lo90": clo, "cox_hi90": chi, "base": base,
        "weibull": middle, "weibull_lo90": wlo, "weibull_hi90": whi,
    }  # fmt: skip
    beyond = ("cox", "cox_lo90", "cox_hi90", "base")  # no warm spell was ever that old
    return pl.DataFrame(
        {"horizon": horizon, "age": age + horizon}
        | {k: np.where(known, v, np.nan) if k in beyond else v for k, v in cells.items()}
    ).with_columns(pl.col(pl.Float64).fill_nan(None))


def _weibull_paths(theta: Array, z: Array, age: int, horizon: NDArray[np.int64]) -> Array:
    scale = np.exp(theta[:, :-2] @ z + theta[:, -2])[:, None]
    rho = np.exp(theta[:, -1])[:, None]
    return np.asarray(np.exp((age / scale) ** rho - ((age + horizon) / scale) ** rho), dtype=float)


def _choose(names: Sequence[str], ends: int) -> tuple[list[str], list[str]]:
    """As many covariates as five ends each allow, and a line for each one given up."""
    room = ends // _ENDS_EACH
    kept, left = list(names[:room]), names[room:]
    lines = [
        f"{name}: left out, {ends} ends of warm spells carry {room} covariates at {_ENDS_EACH} each"
        for name in left
    ]
    return kept, lines


def _last_thaw(
    m: Measurement, spells: pl.DataFrame, a: str, b: str, shortest: int
) -> tuple[tuple[date, int, bool] | None, int, int]:
    """The last warm spell of a dyad, if any; the age to read it at; the period whose covariates count."""
    now = len(m.periods) - 1
    one, two = sorted((a, b))
    own = spells.filter(pl.col("state_a") == one, pl.col("state_b") == two).sort("start")
    if own.is_empty():
        return None, shortest - 1, now
    last = own.row(-1, named=True)
    thaw = (last["start"], int(last["length"]), bool(last["censored"]))
    if thaw[2]:
        return thaw, thaw[1], now
    return thaw, shortest - 1, m.periods.index(thaw[0])


def _known_rows(
    m: Measurement, spells: pl.DataFrame, covariates: Mapping[str, Array], shortest: int
) -> pl.DataFrame:
    """Rows whose covariates are all known.

    Raises
    ------
    NoDataError
        Fewer than ten warm spells ended.
    """
    rows = spell_rows(m, spells, covariates, shortest).drop_nulls().drop_nans()
    ends = int(rows["event"].sum())
    if ends < _ENDS:
        raise NoDataError(
            f"{m.origin}: {ends} warm spells ended, too few for a hazard (at least {_ENDS}); give data on more of the world"
        )
    return rows


def durability_of(
    m: Measurement, a: str, b: str, layers: Mapping[str, Layer] | None = None, *,
    domains: pl.DataFrame | None = None, spells: pl.DataFrame | None = None, shortest: int | None = None,
    horizon: int | None = None, seed: int = 1,
) -> Durability:  # fmt: skip
    """Fit the hazard of a warm spell's end over the world, and read the last warm spell of A and B.

    Parameters
    ----------
    m : Measurement
        Of cordiality.
    a, b : str
        ISO3.
    layers, domains
        As in `quadrille.readings.bond.bond`.
    spells : polars.DataFrame, optional
        Warm spells by another rule; by default those of `thaws`.
    shortest : int, optional
        Of the rule.
    horizon : int, optional
        Periods ahead; by default 5 years, 8 quarters, 24 months or 60 days.
    seed : int

    Raises
    ------
    NoDataError
        The tie is not measured, or fewer than ten warm spells of the data ended.
    NotConvergedError
    """
    m.row(a, b)
    frequency = m.observations.panel.frequency
    shortest = _SHORTEST[frequency] if shortest is None else shortest
    spells = thaws(m, shortest) if spells is None else spells
    layers = layers or {}
    covariates = covariates_of(m, layers, domains)
    rows = _known_rows(m, spells, covariates, shortest)
    ends = int(rows["event"].sum())
    names, missing = _choose([n for n in covariates if rows[n].std()], ends)
    absent = tuple(n for n in LAYERS if n not in covariates)
    if domains is None:
        missing.append("domains: the data hold no single events")
    centre = {n: (float(rows[n].mean()), float(rows[n].std())) for n in names}  # type: ignore[arg-type]
    scaled = rows.with_columns(((pl.col(n) - c) / s).alias(n) for n, (c, s) in centre.items())
    cox, weibull = fit_cox(scaled, names), fit_weibull(scaled, names)
    thaw, age, at = _last_thaw(m, spells, a, b, shortest)
    z = np.array([(covariates[n][m.row(a, b), at] - centre[n][0]) / centre[n][1] for n in names])
    steps = {"Y": 5, "Q": 8, "M": 24, "D": 60}[frequency] if horizon is None else horizon
    if unknown := [n for n, v in zip(names, z, strict=True) if np.isnan(v)]:
        missing.append(
            f"{', '.join(unknown)}: not known for {a}-{b}; taken at the mean of all warm spells"
        )
    return Durability(
        a, b, m.origin, frequency, m.unit, m.neutral, (m.periods[0], m.periods[-1]),
        rows["spell"].n_unique(), ends, scaled, cox, weibull, thaw,
        _survival(scaled, cox, weibull, np.nan_to_num(z), age, steps, seed), layers_of(layers, names), absent, tuple(missing),
    )  # fmt: skip
