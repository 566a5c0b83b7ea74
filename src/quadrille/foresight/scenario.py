"""What would become of a tie if other ties went a certain way: readings side by side.

*See*: the conditions are observed to hold, whatever drives them; every shock may answer for them, and so
what usually goes with them comes along. *Do*: they are brought about by the conditioned ties' own shocks
alone. An own shock is the part of a tie's innovation that no other tie's innovation of the same period
explains (the tie is ordered last in the Cholesky factor): the other ties answer it from the next period
on. Where a common cause moves both ties within a period, *see* counts it and *do* does not. *Do at once*
is the other extreme: all of a tie's innovation is its own (ordered first), and what else usually moves
within the same period is its effect. By long periods the truth may lie anywhere between the two.

Antolín-Díaz, Petrella & Rubio-Ramírez (2021), *Journal of Monetary Economics* 117: 798-815. Every
posterior draw of the parameters counts the same under the conditions as without them: a supposition is
no evidence about how states behave.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from quadrille.coupling.ahead import reported_warm, seen_of
from quadrille.coupling.result import Coupled, Draws
from quadrille.errors import OptionError
from quadrille.foresight.conditions import (
    MONTHS,
    Condition,
    Resolved,
    check_conditions,
    resolve_condition,
    steps_of,
)
from quadrille.foresight.outcome import FEWEST_EFFECTIVE, Reading, Scenario, Way
from quadrille.kernels.arrays import Array
from quadrille.kernels.compiled import first_time
from quadrille.kernels.conditional import (
    Levels,
    Outlook,
    Paths,
    System,
    at_levels,
    given,
    levels_of,
    outlook,
    restricted_moments,
    shocked,
)
from quadrille.kernels.importance import effective_draws
from quadrille.kernels.truncated import truncated_normal

__all__ = ["IDENTIFICATION", "Prepared", "ask", "prepare", "scenario_of"]

_PROPOSALS = (16, 64)
_KEPT_BYTES = 32 * 1024 * 1024  # of what one model keeps for other levels
IDENTIFICATION: dict[Way, str] = {
    "see": "the conditions are observed; any shock may have brought them about",
    "do": "the conditioned ties are moved by their own shocks alone, which no other tie's innovation of "
    "the same period explains (ordered last); other ties answer from the next period on",
    "do at once": "the conditioned ties are moved by their own shocks alone, which are all of their "
    "innovations (ordered first); other ties answer at once, with all that usually goes with them",
}


class _Plan(NamedTuple):
    """All conditions laid end to end: values of equalities first, bounds after."""

    where: NDArray[np.int64]
    groups: NDArray[np.int64]
    centre: Array
    spread: Array
    low: Array
    high: Array
    relative: NDArray[np.bool_]

    @property
    def fixed(self) -> int:
        """How many are equalities."""
        return int((~np.isfinite(self.low) & ~np.isfinite(self.high)).sum())

    @property
    def levels(self) -> Array | None:
        """At what level each condition holds its tie exactly, in every draw; None where one of them does not."""
        if self.fixed < len(self.where) or self.relative.any() or (self.spread != 0).any():
            return None
        # Without bounds the groups are in order.
        levels = self.centre[0, np.searchsorted(self.groups, np.arange(self.groups[-1] + 1))]
        return levels if (self.centre == levels[self.groups]).all() else None


def _plan(model: Coupled, conditions: Sequence[Condition], found: Sequence[Resolved]) -> _Plan:
    rows = np.repeat(
        [model.index(*c.tie.split("-")) for c in conditions], [len(r.steps) for r in found]
    )
    where = np.stack([np.concatenate([r.steps for r in found]), rows], axis=1)
    groups = np.repeat(np.arange(len(found)), [len(r.steps) for r in found])
    cells = list(map(tuple, where.tolist()))
    twice = next((k for k, cell in enumerate(cells) if cells.count(cell) > 1), None)
    if twice is not None:
        raise OptionError(
            f"{conditions[groups[twice]].tie}: two conditions speak of the same period; give one of "
            "them other months"
        )
    low, high = (np.concatenate([getattr(r, name) for r in found]) for name in ("low", "high"))
    most = max(len(r.centre) for r in found)
    centres = [np.broadcast_to(r.centre, (most, len(r.steps))) for r in found]
    order = np.argsort(np.isfinite(low) | np.isfinite(high), kind="stable")
    return _Plan(
        where[order], groups[order],
        np.concatenate(centres, axis=1)[:, order],
        np.concatenate([r.spread for r in found])[order], low[order], high[order],
        np.repeat([r.relative for r in found], [len(r.steps) for r in found])[order],
    )  # fmt: skip


def _factor(sigma: Array, moved: list[int], first: bool) -> Array:
    """P with P P' = Sigma, the shocks of the moved series first or last, rows in the old order."""
    others = [i for i in range(sigma.shape[-1]) if i not in moved]
    order = np.array(moved + others if first else others + moved)
    root = np.linalg.cholesky(sigma[:, order][:, :, order])
    return np.asarray(root[:, np.argsort(order)])


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A model made ready for many scenarios of one length.

    Attributes
    ----------
    model : Coupled
    draws : Draws
        Posterior draws used.
    steps : int
        Periods forecast.
    noise : ndarray, shape (draw, step, n)
        Standard normal shocks, the same in every scenario.
    state : mapping
        Of the generator of random numbers once the shocks are drawn.
    seed : int
    again : bool
        Whether the same ties and periods will be asked about at other levels.
    outlooks : dict
        What was worked out for the ties asked about and those conditioned on, reading by reading.
    known : dict
        Paths as functions of the levels at which ties are held, the last used last.
    spreads : dict
        Standard deviations of ties over the periods of the data, by their rows.
    """

    model: Coupled
    draws: Draws
    steps: int
    noise: Array
    state: Mapping[str, Any]
    seed: int
    again: bool = False
    outlooks: dict[Hashable, _Before] = field(default_factory=dict, init=False, repr=False)
    known: dict[Hashable, Levels] = field(default_factory=dict, init=False, repr=False)
    spreads: dict[int, float] = field(default_factory=dict, init=False, repr=False)

    def spread(self, row: int) -> float:
        """Standard deviation of a tie over the periods of the data."""
        if row not in self.spreads:
            self.spreads[row] = self.model.spread(*self.model.dyads[row].split("-"))
        return self.spreads[row]

    def before(self, way: Way, moved: tuple[int, ...], row: int) -> _Before:
        """What is known of a tie and of those moved before anything is said of where they go."""
        key = (way == "do at once", moved, row)
        if key not in self.outlooks:
            self.outlooks[key] = _before(self, way == "do at once", moved, row)
        found = self.outlooks[key]
        if way == "see":
            every = np.arange(found.ahead.theta.shape[2])
            return found._replace(free=every, silent=found.ahead.mean)
        return found

    def levels(self, key: Hashable, work: Callable[[], Levels]) -> Levels:
        """What is kept under a key, else worked out; what was not used for longest goes where there is no room."""
        found = self.known.pop(key, None)
        if found is None:
            found = work()
            room = _KEPT_BYTES // sum(a.nbytes for a in found)
            for old in list(self.known)[: max(len(self.known) + 1 - room, 0)]:
                self.known.pop(old, None)
        self.known[key] = found
        return found


class _Before(NamedTuple):
    """Of the series moved, and the tie last: what is expected and from which shocks.

    ``silent (draw, series, step)``: paths with the free shocks left out; ``base``: with them; ``reported (step,)``:
    P(what is reported of the tie is warm); ``noise (draw, step)``: of the tie's reports, which do not depend on where it is;
    None where they are counts, which do; ``spread``: standard deviation of the tie over the periods of the data; ``told``:
    see `Reading`.
    """

    ahead: Outlook
    free: NDArray[np.int64]
    silent: Array
    base: Array
    reported: Array
    noise: Array | None
    spread: float
    told: dict[str, list[float]]


def _before(made: Prepared, first: bool, moved: tuple[int, ...], row: int) -> _Before:
    """The moved series' own shocks are free; they are ordered first, or last."""
    draws, n = made.draws, made.draws.c.shape[1]
    free = np.arange(len(moved)) if first else np.arange(n - len(moved), n)
    others = np.setdiff1d(np.arange(n), free)
    history = draws.x[:, :, -draws.A.shape[1] :].transpose(0, 2, 1)
    root = _factor(draws.Sigma, list(moved), first)
    ahead = outlook(System(draws.c, draws.A, root, history), made.steps, np.array([*moved, row]))
    silent = shocked(ahead, made.noise, others)
    base = shocked(ahead, made.noise, free, silent)
    spread = made.spread(row)
    noise = None
    if np.isnan(made.model.omega[row]):
        nothing = np.zeros(base[:, -1].shape)
        # Laid out as the paths are, draw beside draw.
        noise = np.asfortranarray(
            seen_of(made.model, row, nothing, draws.phi[:, row], _reports(made))
        )
    return _Before(ahead, free, silent, base, _reported(made, noise, row, base), noise, spread, {})


def _reports(made: Prepared) -> np.random.Generator:
    """What the noise of reports is drawn by, the same in every scenario."""
    return np.random.default_rng([made.seed, 1])


def _reported(made: Prepared, noise: Array | None, row: int, paths: Array) -> Array:
    """P(what is reported of the tie, the last series, is warm)."""
    own = paths[:, -1]
    if noise is not None:
        return np.asarray((own + noise > made.model.neutral).mean(axis=0))
    return reported_warm(made.model, row, own, made.draws.phi[:, row], _reports(made))


class _Bounded(NamedTuple):
    """Values within bounds and how far they are expected above what follows from the equalities."""

    values: Array
    gain: Array
    lift: Array
    log_possible: Array
    effective: float
    proposals: int


def _bound(
    plan: _Plan, before: _Before, where: NDArray[np.int64], value: Array, rng: np.random.Generator
) -> _Bounded:
    """Draw the bounded values given the equalities and the shocks that are not free.

    Within each draw, so that neither parameters nor shocks that are not free are chosen by whether
    they make the bounds likely.
    """
    _, cov = restricted_moments(before.ahead, where, before.free)
    mean = before.silent[:, where[:, 1], where[:, 0]]
    e, i = slice(0, plan.fixed), slice(plan.fixed, None)
    gain = np.asarray(np.linalg.solve(cov[:, e, e], cov[:, e, i])).transpose(0, 2, 1)
    centre = mean[:, i] + (gain @ (value[:, e] - mean[:, e])[:, :, None])[:, :, 0]
    spread = cov[:, i, i] - gain @ cov[:, e, i]
    draws, values = centre.shape
    log_w, cuts, effective = np.empty((draws, 0)), [], 0.0
    for wanted in _PROPOSALS:
        uniform = rng.random((draws, wanted - log_w.shape[1], values))
        cut = truncated_normal(centre, spread, plan.low[i], plan.high[i], uniform)
        cuts.append(cut.draws)
        log_w = np.concatenate([log_w, cut.log_w], axis=1)
        effective = float(effective_draws(log_w).mean())
        if effective >= FEWEST_EFFECTIVE:
            break
    top = log_w.max(axis=1, keepdims=True)
    weight = np.exp(log_w - top)
    total = weight.sum(axis=1, keepdims=True)
    picked = (np.cumsum(weight, axis=1) < rng.random((draws, 1)) * total).sum(axis=1)
    drawn, expected = _picked(cuts, weight / total, picked)
    return _Bounded(
        drawn, gain, expected - centre, np.log(total[:, 0] / log_w.shape[1]) + top[:, 0], effective,
        log_w.shape[1],
    )  # fmt: skip


def _picked(cuts: Sequence[Array], share: Array, picked: NDArray[np.intp]) -> tuple[Array, Array]:
    """The proposal picked in each draw, and the mean of all by their shares, each ``(draw, k)``."""
    first, expected, drawn = 0, np.zeros(cuts[0][:, 0].shape), np.empty(cuts[0][:, 0].shape)
    for cut in cuts:
        count = cut.shape[1]
        expected += (share[:, None, first : first + count] @ cut)[:, 0]
        # Rounding may leave the last one to be picked beyond the end.
        at = np.minimum(picked, share.shape[1] - 1) - first
        here = np.flatnonzero((at >= 0) & (at < count))
        drawn[here] = cut[here, at[here]]
        first += count
    return drawn, expected


def _scale(plan: _Plan, before: _Before, where: NDArray[np.int64]) -> Array:
    """Spread about the centre as a multiple of the usual one, ``(draw, k)`` or ``(1, k)``."""
    usual = np.isnan(plan.spread)
    if not (plan.spread > 0).any():
        return np.where(usual, 1.0, 0.0)[None]
    every = np.arange(before.ahead.theta.shape[2])
    _, cov = restricted_moments(before.ahead, where, every)
    sd = np.sqrt(np.diagonal(cov, axis1=1, axis2=2))
    return np.where(usual, 1.0, plan.spread / sd)


class _Odds(NamedTuple):
    """How likely bounds are, and how well that is known; see `Reading`."""

    log_possible: Array
    effective: float = 1.0
    proposals: int = 1


def _answered(
    plan: _Plan, made: Prepared, before: _Before, where: NDArray[np.int64]
) -> tuple[Paths, _Odds]:
    """The paths under the conditions."""
    ahead, base, at = before.ahead, before.base, (slice(None), where[:, 1], where[:, 0])
    usual = ahead.mean[at]
    target = plan.centre + np.where(plan.relative, usual, 0.0)
    value = target + _scale(plan, before, where) * (base[at] - usual)
    odds = _Odds(np.zeros(len(base)))
    if plan.fixed < len(plan.where):
        rng = np.random.default_rng()
        rng.bit_generator.state = made.state
        bounded = _bound(plan, before, where, value, rng)
        odds = _Odds(bounded.log_possible, bounded.effective, bounded.proposals)
        e, i = slice(0, plan.fixed), slice(plan.fixed, None)
        value[:, i] = bounded.values
        moved_by = (bounded.gain @ (target[:, e] - usual[:, e])[:, :, None])[:, :, 0]
        target[:, i] = usual[:, i] + moved_by + bounded.lift
    return given(ahead, where, before.free, value, target, plan.groups, base, plan.fixed), odds


def _read(
    way: Way, plan: _Plan, made: Prepared, row: int, levels: Array | None, alone: bool
) -> tuple[Reading, dict[int, _Shown]]:
    """One reading of the tie in ``row``, and the paths of the conditioned ties by their rows, if it is not asked alone."""
    moved = tuple(sorted(set(plan.where[:, 1].tolist())))
    before = made.before(way, moved, row)
    where = np.stack([plan.where[:, 0], np.searchsorted(moved, plan.where[:, 1])], axis=1)
    ahead, base = before.ahead, before.base
    if levels is None:
        got, (log_possible, effective, proposals) = _answered(plan, made, before, where)
    else:
        key = (way, moved, row, where.tobytes(), plan.groups.tobytes())
        known = made.levels(key, lambda: levels_of(ahead, where, before.free, plan.groups, base))
        got, (log_possible, effective, proposals) = (
            at_levels(known, levels, alone),
            _Odds(np.zeros(len(base))),
        )
    possible = np.exp(log_possible)
    middle = np.sort(got.distance / 2 - log_possible)
    kl = float(middle[(len(middle) - 1) // 2] + middle[len(middle) // 2]) / 2.0
    reading = Reading(
        way, IDENTIFICATION[way], got.draws[:, -1], base[:, -1], _reported(made, before.noise, row, got.draws), before.reported,
        got.mean[:, -1], ahead.mean[:, -1], got.parts[:, :, -1].mean(axis=1), kl,
        float((1.0 + np.sqrt(-np.expm1(-2.0 * kl / made.noise[0].size))) / 2.0),
        float((2.0 * ndtr(-np.sqrt(got.distance)) * possible).mean()),
        float(possible.mean()), effective, proposals, before.told,
    )  # fmt: skip
    shown = () if alone else enumerate(moved)
    return reading, {m: _Shown(got.draws[:, k], base[:, k]) for k, m in shown}


class _Shown(NamedTuple):
    """Paths of one conditioned tie, with and without the conditions."""

    draws: Array
    base: Array


def _ahead(model: Coupled, steps: int) -> tuple[tuple[date, ...], tuple[int, ...]]:
    """First days of the periods forecast, and months after the last period of the data."""
    start = model.periods[-1]
    months = tuple(MONTHS[model.frequency] * (k + 1) for k in range(steps))
    at = [start.year * 12 + start.month - 1 + m for m in months]
    return tuple(date(m // 12, m % 12 + 1, 1) for m in at), months


def _check(tie: str, conditions: Sequence[Condition], ways: Sequence[Way]) -> None:
    check_conditions(tie, conditions)
    wrong = [w for w in ways if w not in IDENTIFICATION]
    if wrong or not ways:
        raise OptionError(
            f"unknown way {wrong[0] if wrong else ''!r}; use {', '.join(IDENTIFICATION)}"
        )


def _marked(
    conditions: Sequence[Condition], found: Sequence[Resolved], frequency: str
) -> tuple[int, ...]:
    """Steps at which conditions begin, end or reach their goal, within the forecast."""
    at: set[int] = set()
    for c, r in zip(conditions, found, strict=True):
        begins = steps_of(c.first, frequency) - 1
        at |= {begins} if c.kind == "return" or c.last is None else {begins, int(r.steps[-1])}
    return tuple(sorted(at))


def prepare(
    model: Coupled, horizon: int = 36, draws: int = 4000, seed: int = 1, again: bool = False
) -> Prepared:
    """Make a model ready to be asked many scenarios, as a page with sliders does.

    Parameters
    ----------
    model : Coupled
        Of constant volatility.
    horizon : int
        Months.
    draws, seed : int
        Posterior draws used, at most; the same seed gives the same paths.
    again : bool
        Levels of the same ties and periods will be asked many times: what does not depend on them is kept, in some
        megabytes. The first answer takes longer, the others a small part of that.

    Raises
    ------
    OptionError
        A model that cannot be asked.
    """
    if model.provenance.get("config", {}).get("volatility", "constant") != "constant":
        raise OptionError(
            "a scenario needs a model with constant volatility, and this one has moving; couple again without it"
        )
    steps, chosen = steps_of(horizon, model.frequency), model.stacked(draws)
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal((len(chosen.c), steps, chosen.c.shape[1]))
    return Prepared(model, chosen, steps, noise, rng.bit_generator.state, seed, again)


@first_time("forecasts under conditions", 8)
def ask(
    made: Prepared,
    a: str,
    b: str,
    conditions: Sequence[Condition],
    ways: Sequence[Way] = ("see", "do"),
) -> Scenario:
    """Forecast the tie A-B under conditions on other ties, by a model made ready.

    Asked again about the same ties, only what is said of where they go is worked out.

    Parameters
    ----------
    made : Prepared
    a, b : str
        ISO3.
    conditions : sequence of Condition
    ways : sequence of {"see", "do", "do at once"}

    Raises
    ------
    OptionError
        No condition; one on the tie itself; two on the same tie and period; a horizon that is too
        short.
    NoDataError
        The model lacks a tie, or the data the years named.
    """
    model = made.model
    row = model.index(a, b)
    tie = model.dyads[row]
    _check(tie, conditions, ways)
    found = [resolve_condition(c, model, made.draws, made.steps) for c in conditions]
    plan = _plan(model, conditions, found)
    levels = plan.levels if made.again else None
    read = [_read(way, plan, made, row, levels, way != ways[0]) for way in ways]
    spread = made.before(ways[0], tuple(sorted(set(plan.where[:, 1].tolist()))), row).spread
    periods, months = _ahead(model, made.steps)
    paths = {c.tie: read[0][1][model.index(*c.tie.split("-"))] for c in conditions}
    return Scenario(
        tie, tuple(c.read(model) for c in conditions), periods, months, model.frequency,
        model.origin, model.facet, model.unit, model.neutral, model.periods[-1],
        float((made.draws.x[:, row, -1] > model.neutral).mean()), tuple(r for r, _ in read),
        {tie: p.draws for tie, p in paths.items()}, {tie: p.base for tie, p in paths.items()},
        model.diagnostics, {**model.provenance, "ties": list(model.dyads)}, spread,
        _marked(conditions, found, model.frequency), (a, b),
    )  # fmt: skip


def scenario_of(
    model: Coupled,
    a: str,
    b: str,
    conditions: Sequence[Condition],
    horizon: int = 36,
    ways: Sequence[Way] = ("see", "do"),
    draws: int = 4000,
    seed: int = 1,
) -> Scenario:
    """`prepare` and `ask` in one, for a single scenario."""
    return ask(prepare(model, horizon, draws, seed), a, b, conditions, ways)
