r"""What an agreement, a corridor, an embargo, a tariff or a payment would change, with its bands.

The new world follows from the old flows alone (`quadrille.kernels.armington`). What is uncertain is how much an agreement
moves trade (:math:`\beta`, estimated) and how easily goods replace each other (:math:`\sigma`, from the literature): both are
drawn, and each alone as well, so that a reader sees where the band comes from.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar, Literal

import numpy as np
import polars as pl

from quadrille.economy.world import TradeWorld
from quadrille.errors import NotConvergedError, OptionError
from quadrille.kernels.armington import conditional, equilibrium, terms_of_trade
from quadrille.kernels.arrays import Array
from quadrille.results import Result
from quadrille.states.registry import names_of

__all__ = [
    "SIGMA", "SIGMA_RANGE", "Agreement", "Change", "Corridor", "Effect", "Embargo", "agreement", "corridor", "embargo",
    "payment", "tariff",
]  # fmt: skip

# Elasticity of substitution of the Advanced Guide, and a range that holds most of what structural gravity finds (trade
# elasticities 1 - σ of -3 to -9; their median is -5: Head & Mayer 2014, table 5).
SIGMA = 7.0
SIGMA_RANGE = (4.0, 10.0)
_BAND = (0.05, 0.95)
_PHASE_DRAWS = 200
# In logs: 150 times as much trade.
_LARGEST = 5
# Draws whose matrices are held at once.
_AT_ONCE = 100

Scenario = Literal["agreement", "corridor", "embargo", "tariff", "payment"]


@dataclass(frozen=True, slots=True)
class Effect:
    """How much an agreement adds to the log of trade between its members.

    Attributes
    ----------
    value, se : float
        Freed of bias, and the standard error freed of leverage, where it is estimated; 0 where it is given.
    raw : tuple of (float, float), optional
        Estimate and standard error before the corrections.
    origin : str
        Where it comes from.
    rows : int
        Of the estimate.
    """

    value: float
    se: float = 0.0
    raw: tuple[float, float] | None = None
    origin: str = "given"
    rows: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """A world after a change of policy; N countries.

    Attributes
    ----------
    scenario : {"agreement", "corridor", "embargo", "tariff", "payment"}
    parties : tuple of str
        ISO3.
    pairs : tuple of (str, str)
        Exporter and importer of each flow that changes directly.
    states : tuple of str, length N
    year : int
        Of the flows that the change starts from.
    origin : str
    citations : tuple of str
        Of the trade.
    sigma : float
    sigma_range : tuple of (float, float)
    before : ndarray, shape (pair,)
        Flows, millions of USD.
    direct, fixed : ndarray, shape (pair,)
        The same with nothing else moving, and with outputs and expenditures fixed (*conditional*).
    after : dict of str to ndarray
        At the estimates, over those before: ``flows`` (pair,), ``trade`` (1,) of all pairs together,
        ``real_output, welfare, terms, exports`` (N,).
    draws : dict of str to ndarray
        The same, shape (draw, …): effect and σ drawn.
    alone : dict of str to ndarray
        ``effect`` and ``sigma``: welfare with only this drawn, shape (draw, N); what is not uncertain is left out.
    """

    scenario: Scenario
    parties: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...]
    states: tuple[str, ...]
    year: int
    origin: str
    citations: tuple[str, ...]
    sigma: float
    sigma_range: tuple[float, float]
    before: Array
    direct: Array
    fixed: Array
    after: dict[str, Array]
    draws: dict[str, Array]
    alone: dict[str, Array]
    frequency: str = "Y"

    @property
    def periods(self) -> tuple[date, ...]:
        """The year of the flows."""
        return (date(self.year, 1, 1),)

    def band(self, what: str) -> Array:
        """Low, value at the estimates, high of an entry of `after`; shape (3, …)."""
        low, high = np.quantile(self.draws[what], _BAND, axis=0)
        return np.stack([low, self.after[what], high])

    def of(self, what: str, state: str) -> tuple[float, float, float]:
        """Low, value and high of a country's change, as shares of what was before."""
        low, mid, high = self.band(what)[:, self.states.index(state)] - 1.0
        return float(low), float(mid), float(high)

    def countries(self) -> pl.DataFrame:
        """One row a country, most changed welfare first; changes as shares of what was before."""
        table = {"state": pl.Series(self.states, dtype=pl.String)}
        for name in ("welfare", "real_output", "terms", "exports"):
            low, mid, high = self.band(name) - 1.0
            table |= {
                name: pl.Series(mid),
                f"{name}_lo90": pl.Series(low),
                f"{name}_hi90": pl.Series(high),
            }
        return pl.DataFrame(table).sort(pl.col("welfare").abs(), descending=True)

    def flow_table(self) -> pl.DataFrame:
        """One row a flow that changes directly: before, changes with nothing, prices, and all moving."""
        low, mid, high = self.band("flows") - 1.0
        seen = self.before > 0

        def over(values: Array) -> Array:
            return np.divide(values, self.before, out=np.ones_like(values), where=seen) - 1.0

        return pl.DataFrame(
            {
                "exporter": [a for a, _ in self.pairs], "importer": [b for _, b in self.pairs],
                "before": self.before, "direct": over(self.direct), "conditional": over(self.fixed),
                "change": mid, "change_lo90": low, "change_hi90": high,
            }
        )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Agreement(Result):
    """What a free-trade agreement of two countries would change.

    Attributes
    ----------
    change : Change
        When it is wholly in force.
    effect : Effect
    phases : polars.DataFrame
        A row a year of coming into force: ``year, share``, then ``trade`` between the two and welfare of each under
        its code, as shares of those before, with ``_lo90, _hi90``; empty where it comes at once.
    """

    kind: ClassVar[str] = "trade_agreement"

    change: Change
    effect: Effect
    phases: pl.DataFrame = field(default_factory=pl.DataFrame)

    @property
    def label(self) -> str:
        """``CHN-PAK-IRN``."""
        return "-".join(self.change.parties)

    def to_polars(self) -> pl.DataFrame:
        """One row a country, as `Change.countries`."""
        return self.change.countries()


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Corridor(Result):
    """What cheaper routes among some countries would change.

    Attributes
    ----------
    change : Change
    cut : float
        Share by which the cost of trade among them falls.
    """

    kind: ClassVar[str] = "trade_corridor"

    change: Change
    cut: float

    @property
    def label(self) -> str:
        """``CHN-PAK-IRN``."""
        return "-".join(self.change.parties)

    def to_polars(self) -> pl.DataFrame:
        """One row a country, as `Change.countries`."""
        return self.change.countries()


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Embargo(Result):
    """What an end of trade with one country would change.

    Attributes
    ----------
    change : Change
        The target is the first of its parties.
    """

    kind: ClassVar[str] = "trade_embargo"

    change: Change

    @property
    def label(self) -> str:
        """``IRN, by USA and DEU`` as codes."""
        target, *by = self.change.parties
        return f"{target} by {' '.join(by)}"

    def to_polars(self) -> pl.DataFrame:
        """One row a country, as `Change.countries`."""
        return self.change.countries()


@dataclass(frozen=True, slots=True)
class _Setting:
    """What is common to all scenarios: the world, σ and its range, draws."""

    world: TradeWorld
    sigma: float
    sigma_range: tuple[float, float]
    draws: int
    seed: int

    def sigmas(self) -> Array:
        """Draws of σ, evenly spread on the log scale."""
        low, high = np.log(self.sigma_range)
        rng = np.random.default_rng(self.seed)
        return np.exp(rng.uniform(low, high, self.draws))


def agreement(
    world: TradeWorld, a: str, b: str, effect: Effect, *, phase_in: int = 0, sigma: float = SIGMA,
    sigma_range: tuple[float, float] = SIGMA_RANGE, draws: int = 1000, seed: int = 1,
) -> Agreement:  # fmt: skip
    r"""A free-trade agreement between two countries, trade costs falling by :math:`e^{\beta/(1-\sigma)}`.

    Parameters
    ----------
    phase_in : int
        Years over which it comes into force, in equal steps of β; 0: at once.

    Raises
    ------
    OptionError
        They have an agreement already.
    NoDataError
        A country is not in the world.
    """
    if not abs(effect.value) <= _LARGEST:
        raise OptionError(
            f"effect is {effect.value:g}; it is a change in logs, from −{_LARGEST} to {_LARGEST}: 0.5 is {math.expm1(0.5):.0%} more trade"
        )
    if {(a, b), (b, a)} & world.agreements:
        raise OptionError(
            f"trade: {names_of((a, b))} have an agreement in {world.year} already, says {world.origin}; name others, or an "
            "earlier year"
        )
    setting = _Setting(world, sigma, sigma_range, draws, seed)
    rng = np.random.default_rng([seed, 1])
    betas = effect.value + effect.se * rng.standard_normal(draws)
    pairs = ((a, b), (b, a))
    made = _changed(
        setting, "agreement", (a, b), pairs, lambda beta, s: np.exp(beta / (1.0 - s)),
        effect.value, betas if effect.se > 0 else None,
    )  # fmt: skip
    phases = _phased(setting, made, betas, effect.value, phase_in) if phase_in else pl.DataFrame()
    return Agreement(made, effect, phases)


def corridor(
    world: TradeWorld, states: tuple[str, ...], cut: float, *, sigma: float = SIGMA,
    sigma_range: tuple[float, float] = SIGMA_RANGE, draws: int = 1000, seed: int = 1,
) -> Corridor:  # fmt: skip
    """A corridor: trade costs among the countries along it fall by a share."""
    pairs = tuple((a, b) for a in states for b in states if a != b)
    setting = _Setting(world, sigma, sigma_range, draws, seed)
    return Corridor(_changed(setting, "corridor", states, pairs, _constant, 1.0 - cut, None), cut)


def embargo(
    world: TradeWorld, target: str, by: tuple[str, ...], *, sigma: float = SIGMA,
    sigma_range: tuple[float, float] = SIGMA_RANGE, draws: int = 1000, seed: int = 1,
) -> Embargo:  # fmt: skip
    """An embargo: some countries trade nothing with one, either way.

    Raises
    ------
    OptionError
        Nobody ends trade with it.
    NoDataError, NotConvergedError
        A country is not in the world, or it is left without a partner.
    """
    if not by:
        raise OptionError("by: nobody ends trade with it; name a state or several")
    pairs = tuple(p for s in by for p in ((s, target), (target, s)))
    setting = _Setting(world, sigma, sigma_range, draws, seed)
    return Embargo(_changed(setting, "embargo", (target, *by), pairs, _constant, np.inf, None))


def tariff(
    world: TradeWorld, importer: str, exporter: str, rate: float, *, sigma: float = SIGMA,
    sigma_range: tuple[float, float] = SIGMA_RANGE, draws: int = 1000, seed: int = 1,
) -> Change:  # fmt: skip
    """A further tariff of one country on another's goods; what it earns goes to its people."""
    setting = _Setting(world, sigma, sigma_range, draws, seed)
    return _changed(
        setting,
        "tariff",
        (importer, exporter),
        ((exporter, importer),),
        _constant,
        1.0,
        None,
        size=rate,
    )


def payment(
    world: TradeWorld, payer: str, payee: str, millions: float, *, sigma: float = SIGMA,
    sigma_range: tuple[float, float] = SIGMA_RANGE, draws: int = 1000, seed: int = 1,
) -> Change:  # fmt: skip
    """A payment a year from one country to another: the service of a debt, or, if below zero, its end."""
    pairs = ((payer, payee), (payee, payer))
    setting = _Setting(world, sigma, sigma_range, draws, seed)
    return _changed(setting, "payment", (payer, payee), pairs, _constant, 1.0, None, size=millions)


def _constant(value: Array, sigma: Array) -> Array:
    return value + 0.0 * sigma


def _changed(
    setting: _Setting, scenario: Scenario, parties: tuple[str, ...], pairs: tuple[tuple[str, str], ...],
    cost_of: Callable[[Array, Array], Array], value: float, drawn: Array | None, *, size: float | None = None,
) -> Change:  # fmt: skip
    """Solve at the estimates, with all drawn, and with each alone."""
    world, sigmas = setting.world, setting.sigmas()
    world.places(parties)
    rows, columns = (np.array(world.places(tuple(p[k] for p in pairs))) for k in (0, 1))
    flows = world.flows

    def solve(values: Array, sigma: Array) -> dict[str, Array]:
        values, sigma = np.broadcast_arrays(np.atleast_1d(values), np.atleast_1d(sigma))
        parts = []
        for k in range(0, values.size, _AT_ONCE):
            v, s = values[k : k + _AT_ONCE], sigma[k : k + _AT_ONCE]
            cost = np.ones((v.size, *flows.shape))
            cost[:, rows, columns] = cost_of(v, s)[:, None]
            parts.append(_solved(world, scenario, cost, s, rows, columns, size))
        return {name: np.concatenate([p[name] for p in parts]) for name in parts[0]}

    one = solve(np.array(value), np.array(setting.sigma))
    many = solve(drawn if drawn is not None else np.array(value), sigmas)
    alone = {"sigma": solve(np.array(value), sigmas)["welfare"]}
    if drawn is not None:
        alone["effect"] = solve(drawn, np.array(setting.sigma))["welfare"]
    cost = np.ones(flows.shape)
    cost[rows, columns] = cost_of(np.array(value), np.array(setting.sigma))
    if scenario == "tariff":
        cost[rows, columns] *= 1.0 + (size or 0.0)
    power = 1.0 - setting.sigma
    return Change(
        scenario, parties, pairs, world.states, world.year, world.origin, world.citations, setting.sigma, setting.sigma_range,
        flows[rows, columns], (flows * cost**power)[rows, columns],
        conditional(flows, cost, setting.sigma)[rows, columns], {k: v[0] for k, v in one.items()}, many, alone,
    )  # fmt: skip


def _solved(
    world: TradeWorld, scenario: str, cost: Array, sigma: Array, rows: Array, columns: Array, size: float | None
) -> dict[str, Array]:  # fmt: skip
    """Flows of the pairs, and what becomes of every country, over those before; shape (draw, …)."""
    flows, n = world.flows, len(world.states)
    duty, paid = None, None
    if scenario == "tariff":
        duty = np.zeros((n, n))
        duty[rows, columns] = size or 0.0
    if scenario == "payment":
        paid = np.zeros(n)
        paid[rows[0]], paid[columns[0]] = -(size or 0.0), size or 0.0
    found = equilibrium(flows, cost, sigma, tariff=duty, payment=paid)
    if not found.gap < 1e-6 or not np.isfinite(found.price).all():
        raise NotConvergedError(
            f"trade: the world after the {scenario} could not be solved; a country that is cut off from all "
            "others cannot spend more or less than it earns: leave it a partner"
        )
    own = np.arange(n)
    sold, exports = flows[rows, columns], flows.sum(axis=1) - flows[own, own]
    after = found.flows.sum(axis=-1) - found.flows[:, own, own]
    changed = found.flows[:, rows, columns]
    return {
        "flows": np.divide(changed, sold, out=np.ones_like(changed), where=sold > 0),
        "trade": changed.sum(axis=1, keepdims=True) / max(float(sold.sum()), np.finfo(float).tiny),
        "real_output": found.real_output, "welfare": found.welfare(flows.sum(axis=0)),
        "terms": terms_of_trade(flows, found.price, sigma),
        "exports": np.divide(after, exports, out=np.ones_like(after), where=exports > 0),
    }  # fmt: skip


def _phased(
    setting: _Setting, made: Change, betas: Array, effect: float, years: int
) -> pl.DataFrame:
    """The agreement coming into force in equal steps of its effect, with bands of a part of the draws."""
    some = slice(0, min(_PHASE_DRAWS, betas.size))
    sigma = np.append(setting.sigmas()[some], setting.sigma)
    world = setting.world
    rows, columns = (np.array(world.places(tuple(p[k] for p in made.pairs))) for k in (0, 1))
    whole = np.append(betas[some], effect)
    table = []
    for k in range(1, years + 1):
        cost = np.ones((sigma.size, *world.flows.shape))
        cost[:, rows, columns] = np.exp(whole * k / years / (1.0 - sigma))[:, None]
        found = _solved(world, "agreement", cost, sigma, rows, columns, None)
        row: dict[str, float] = {"year": float(k), "share": k / years}
        values = {"trade": found["trade"][:, 0]}
        values |= {
            p: found["welfare"][:, i]
            for p, i in zip(made.parties, world.places(made.parties), strict=True)
        }
        for name, v in values.items():
            low, high = np.quantile(v[:-1], _BAND)
            row |= {name: v[-1] - 1.0, f"{name}_lo90": low - 1.0, f"{name}_hi90": high - 1.0}
        table.append(row)
    return pl.DataFrame(table).with_columns(pl.col("year").cast(pl.Int64))
