r"""Counts of cooperative and conflictual events, turned into normal observations by expectation propagation.

.. math::

    C_{dt} \sim \mathrm{BetaBinomial}(N_{dt}, p_{dt}/\omega_d, (1-p_{dt})/\omega_d), \qquad
    \operatorname{logit} p_{dt} = x_{dt}, \qquad \log \omega_d = a + b z_d,

with x the AR(1) of `quadrille.kernels.ar1` and z the dyad's log volume, standardised: reports of one
dyad and period repeat each other, and (a, b) says how much, learnt over all dyads. Every cell becomes
one normal observation (a site), by moments of its exact posterior against what the other periods say
(Minka 2001). At the fixed point the evidence of the sites has the same derivative in the
hyperparameters as the evidence of the counts (Seeger 2005), so that the prior over dyads is learnt
from the sites as from any observations, by importance draws that are kept and weighted anew
(Geyer & Thompson 1992) inside an accelerated EM (SQUAREM, Varadhan & Roland 2008): where events are
few a plain EM step hardly moves.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from quadrille.kernels.arrays import Array
from quadrille.kernels.reweigh import summary_under
from quadrille.kernels.sites import tilted_moments
from quadrille.measure.learning import em_step, first_guess, sample_of
from quadrille.measure.posterior import (
    Noise,
    Series,
    Weighted,
    common_noise,
    moments,
    weighted_draws,
)
from quadrille.measure.prior import Prior

__all__ = ["Counted", "Counts", "Taught", "count_observations", "learn_counts"]

# The scale of a site's variance is 1: what repeats itself is in omega. Held by a prior that hardly moves.
_SCALE, _SCALE_SPREAD = -9.0, 1e-2
_ROUNDS = 30
# Rounds that learn end when 99 cells of a hundred move by less than this many of their standard deviations, and
# the prior by less than this much in logs; with both known a dyad's end when none of its cells moves so far.
_STILL = 0.02
# Rounds of a dyad that go all the way, and those that go half of it: one dyad in sixty has a cell that contradicts
# its neighbours and would swing for ever (damping: Minka & Lafferty 2002).
_FREE, _DAMPED = 3, 5
# A site that adds less than this share to what the cavity knows says nothing.
_FAINT = 0.01
# Precision of the widest cavity: x within some ten of its centre.
_WIDEST = 0.04
_NEWTON = 12
_CYCLES = 12
_CELLS = 10_000
_OMEGA = (-4.0, 0.0)
_OMEGA_PULL = 1e-4
# Newton steps for the line of log omega in a round, and the difference that takes its derivatives.
_LINE_STEPS, _APART = 4, 0.1


class Counts(NamedTuple):
    """Cooperative and conflictual events, each of shape ``(dyad, time)``; NaN where none was counted."""

    plus: Array
    minus: Array

    def rows(self, chosen: NDArray[np.intp]) -> Counts:
        """The dyads chosen."""
        return Counts(self.plus[chosen], self.minus[chosen])


class Counted(NamedTuple):
    """Normal observations in place of counts.

    Attributes
    ----------
    y, s2 : ndarray, shape (dyad, time)
        Sites; NaN and 1 where there is no event.
    omega : ndarray, shape (dyad,)
        Over-dispersion: two events of a dyad and period agree as often as if a share
        ``omega / (1 + omega)`` of them repeated each other.
    prior : Prior
        Of the hyperparameters.
    start : ndarray, shape (dyad, 4)
        Modes of the hyperparameters.
    """

    y: Array
    s2: Array
    omega: Array
    prior: Prior
    start: Array


class _Cells(NamedTuple):
    """Cells with events: where they are, their counts, and the dyad's standardised log volume."""

    at: tuple[NDArray[np.intp], ...]
    plus: Array
    minus: Array
    z: Array


def _cells(counts: Counts, z: Array) -> _Cells:
    at = np.nonzero(np.nan_to_num(counts.plus + counts.minus) > 0)
    return _Cells(at, counts.plus[at], counts.minus[at], z[at[0]])


class _Cavity(NamedTuple):
    """What the other periods say of each cell, and its own posterior so far."""

    mean: Array
    var: Array
    at: Array
    sd: Array


def _cavity(cells: _Cells, y: Array, s2: Array, mean: Array, sd: Array) -> _Cavity:
    """Posterior less the cell's own site; where next to nothing is left, wide and about the posterior."""
    m, v = mean[cells.at], sd[cells.at] ** 2
    own, noise = y[cells.at], s2[cells.at]
    left = 1.0 / v - 1.0 / noise
    wide = left < _WIDEST
    precision = np.where(wide, _WIDEST, left)
    centre = np.where(wide, m, (m / v - own / noise) / precision)
    return _Cavity(centre, 1.0 / precision, m, np.sqrt(v))


def _laplace(plus: Array, minus: Array, cavity: _Cavity) -> tuple[Array, Array]:
    """Mode of binomial counts against the cavity, and the standard deviation that its curvature gives."""
    total, x = plus + minus, cavity.at
    for _ in range(_NEWTON):
        p = 1.0 / (1.0 + np.exp(-x))
        curve = total * p * (1.0 - p) + 1.0 / cavity.var
        step = (plus - total * p - (x - cavity.mean) / cavity.var) / curve
        x = x + np.clip(step, -1.0, 1.0)
    p = 1.0 / (1.0 + np.exp(-x))
    return x, 1.0 / np.sqrt(total * p * (1.0 - p) + 1.0 / cavity.var)


def _worth(cells: _Cells, omega: Array) -> tuple[Array, Array]:
    """Counts as the independent events that they are worth: N / (1 + (N - 1) omega / (1 + omega))."""
    share = 1.0 / (1.0 + (cells.plus + cells.minus - 1.0) * omega / (1.0 + omega))
    return share * cells.plus, share * cells.minus


def _sites(cells: _Cells, cavity: _Cavity, omega: Array) -> tuple[Array, Array, Array]:
    """Observation and variance that take the cavity to the moments of the exact posterior, and its mean.

    A beta-binomial cell that contradicts its neighbours may leave x less certain than they did, which no
    observation can; there the cell counts as a binomial one of as many independent events as its own are worth.
    """
    plus, minus = _worth(cells, omega)
    none = np.zeros(omega.size)
    safe = tilted_moments(
        plus, minus, none, cavity.mean, cavity.var, *_laplace(plus, minus, cavity)
    )
    exact = tilted_moments(
        cells.plus, cells.minus, omega, cavity.mean, cavity.var, safe.mean, np.sqrt(safe.var)
    )
    said = 1.0 / safe.var - 1.0 / cavity.var
    fine = (1.0 / exact.var - 1.0 / cavity.var > 0.5 * said) & (exact.var > 0.3 * safe.var)
    fine &= np.abs(exact.mean - safe.mean) < np.sqrt(safe.var)
    mean, var = np.where(fine, exact.mean, safe.mean), np.where(fine, exact.var, safe.var)
    gain, least = 1.0 / var - 1.0 / cavity.var, _FAINT / cavity.var
    precision = np.maximum(gain, least)
    pull = mean * (precision + 1.0 / cavity.var) - cavity.mean / cavity.var
    return np.where(gain > least, pull / precision, mean), 1.0 / precision, mean


def _dispersion(cells: _Cells, cavity: _Cavity, line: Array) -> Array:
    """(a, b) of log omega that make the cells likeliest against what the other periods say.

    Newton steps. The derivatives in log omega are differences, cell by cell: three evaluations give the
    gradient and the curvature in a and b whole.
    """
    size = cells.plus.size
    some = np.random.default_rng(0).choice(size, min(size, _CELLS), replace=False)
    plus, minus, z, *held = (v[some] for v in (*cells[1:], *cavity))
    design = np.column_stack([np.ones(z.size), z])
    line = line.copy()
    for _ in range(_LINE_STEPS):
        down, here, up = (
            tilted_moments(plus, minus, np.exp(design @ line + off), *held).log_z
            for off in (-_APART, 0.0, _APART)
        )
        off = np.array([line[0] - _OMEGA[0], line[1]])
        slope = design.T @ (up - down) / (2.0 * _APART * z.size) - 2.0 * _OMEGA_PULL * off
        bend = -(up - 2.0 * here + down) / _APART**2
        curve = design.T @ (design * bend[:, None]) / z.size + 2.0 * _OMEGA_PULL * np.eye(2)
        low = float(np.linalg.eigvalsh(curve)[0])
        step = np.linalg.solve(curve + max(1e-4 - low, 0.0) * np.eye(2), slope)
        step /= max(1.0, float(np.abs(step).max()))
        line += step
        if np.abs(step).max() < _STILL:
            break
    return line


def _hold(coef: Array, cov: Array) -> tuple[Array, Array]:
    """The scale of the noise taken as known."""
    coef, cov = coef.copy(), cov.copy()
    coef[:, 3] = (_SCALE, 0.0)
    cov[3], cov[:, 3] = 0.0, 0.0
    cov[3, 3] = _SCALE_SPREAD
    return coef, cov


class _Step(NamedTuple):
    """One EM step, and the evidence before it."""

    coef: Array
    cov: Array
    evidence: float


def _em(got: Weighted, design: Array, coef: Array, cov: Array) -> _Step:
    """One EM step on draws that are kept."""
    found = summary_under(got.theta, got.base, design @ coef, cov)
    return _Step(*_hold(*em_step(design, found)), float(found.log_evidence.mean()))


def _pack(coef: Array, cov: Array) -> Array:
    root = np.linalg.cholesky(cov[:3, :3])
    low = root[np.tril_indices(3, -1)]
    return np.concatenate([coef[:, :3].ravel(), np.log(np.diag(root)), low])


def _unpack(p: Array) -> tuple[Array, Array]:
    coef, root = np.zeros((2, 4)), np.zeros((3, 3))
    coef[:, :3] = p[:6].reshape(2, 3)
    root[np.diag_indices(3)] = np.exp(p[6:9])
    root[np.tril_indices(3, -1)] = p[9:]
    cov = np.zeros((4, 4))
    cov[:3, :3] = root @ root.T
    return _hold(coef, cov)


def _climb(got: Weighted, design: Array, coef: Array, cov: Array) -> tuple[Array, Array]:
    """SQUAREM on draws that are kept."""
    best = -np.inf
    for _ in range(_CYCLES):
        one = _em(got, design, coef, cov)
        if one.evidence < best - 1e-7:
            break
        gained, best = one.evidence - best, one.evidence
        two = _em(got, design, one.coef, one.cov)
        p0, p1, p2 = _pack(coef, cov), _pack(one.coef, one.cov), _pack(two.coef, two.cov)
        r, v = p1 - p0, p2 - 2.0 * p1 + p0
        length = min(-1.0, -float(np.sqrt(float(r @ r) / max(float(v @ v), 1e-30))))
        length = max(length, -16.0)
        coef, cov = two.coef, two.cov
        while length < -1.0:
            there = _em(got, design, *_unpack(p0 - 2.0 * length * r + length**2 * v))
            if there.evidence >= two.evidence:
                coef, cov = there.coef, there.cov
                break
            length = (length - 1.0) / 2.0 if length < -1.5 else -1.0
        if gained < 1e-6:
            break
    return coef, cov


class _State(NamedTuple):
    """What a round hands to the next."""

    y: Array
    s2: Array
    coef: Array
    cov: Array
    omega: Array
    start: Array


def _begin(counts: Counts, cells: _Cells, omega: Array) -> tuple[Array, Array]:
    """First sites: each cell by itself, against the pooled share and twice the usual spread."""
    pooled = np.log((cells.plus.sum() + 0.5) / (cells.minus.sum() + 0.5))
    level = np.full(cells.plus.size, pooled)
    wide = np.full(cells.plus.size, 4.0)
    cavity = _Cavity(level, wide, level, np.sqrt(wide))
    y, s2 = np.full(counts.plus.shape, np.nan), np.ones(counts.plus.shape)
    y[cells.at], s2[cells.at], _ = _sites(cells, cavity, omega)
    return y, s2


def _round(
    cells: _Cells, design: Array, noise: Noise, s: _State, learn: bool
) -> tuple[_State, Array]:
    """Sites, and if learning the prior and the over-dispersion, once more; and how far each cell moved, in its sd."""
    zero = np.zeros(len(design))
    series = Series(s.y, s.s2, zero, zero)
    got = weighted_draws(series, design @ s.coef, s.cov, 1.0, noise, s.start)
    cavity = _cavity(cells, s.y, s.s2, *moments(series, got, 1.0))
    line = _dispersion(cells, cavity, s.omega) if learn else s.omega
    y, s2 = s.y.copy(), s.s2.copy()
    y[cells.at], s2[cells.at], mean = _sites(cells, cavity, np.exp(line[0] + line[1] * cells.z))
    coef, cov = _climb(got, design, s.coef, s.cov) if learn else (s.coef, s.cov)
    return _State(y, s2, coef, cov, line, got.mode), np.abs(mean - cavity.at) / cavity.sd


class Taught(NamedTuple):
    """What a sample of the dyads taught, from which the sites of any of them follow.

    Attributes
    ----------
    counts : Counts
    z : ndarray, shape (dyad,)
        Standardised log volume.
    state : tuple
        The last round of learning.
    prior : Prior
    """

    counts: Counts
    z: Array
    state: _State
    prior: Prior


def learn_counts(counts: Counts, volume: Array) -> Taught:
    """The prior of the hyperparameters and the over-dispersion, from all dyads or a fixed sample of them.

    Parameters
    ----------
    counts : Counts
    volume : ndarray, shape (dyad,)
        Log volume of events.

    Returns
    -------
    Taught
    """
    chosen = sample_of(volume.size)
    centre, spread = float(volume.mean()), float(volume.std()) or 1.0
    z = (volume - centre) / spread
    state, rounds, done = _settle(counts.rows(chosen), z[chosen])
    made = Prior(state.coef, state.cov, centre, spread, chosen.size, rounds, done)
    return Taught(counts, z, state, made)


def count_observations(taught: Taught, rows: NDArray[np.intp] | None = None) -> Counted:
    """Normal observations in place of the counts of some dyads, by default of all.

    What comes out for a dyad does not depend on which others are asked for, but for rounding; where a cell
    swings, rounding may move its dyad by some hundredths of a standard deviation.

    Parameters
    ----------
    taught : Taught
    rows : ndarray of int, optional

    Returns
    -------
    Counted
    """
    every = np.arange(taught.z.size)
    rows = every if rows is None else rows
    z, s = taught.z[rows], taught.state
    if len(s.y) == every.size:
        y, s2, start = s.y[rows], s.s2[rows], s.start[rows]
    else:
        noise = common_noise(every.size).rows(rows)
        y, s2, start = _settle_each(taught.counts.rows(rows), z, s, noise)
    return Counted(y, s2, np.exp(s.omega[0] + s.omega[1] * z), taught.prior, start)


def _settle(counts: Counts, z: Array) -> tuple[_State, int, bool]:
    """Rounds that learn, until next to nothing moves; how many, and whether they came to that."""
    cells = _cells(counts, z)
    line = np.array(_OMEGA)
    y, s2 = _begin(counts, cells, np.exp(line[0] + line[1] * cells.z))
    guess = _hold(*first_guess())
    design = np.column_stack([np.ones(z.size), z])
    state = _State(y, s2, *guess, line, design @ guess[0])
    noise = common_noise(z.size)
    for rounds in range(1, _ROUNDS + 1):
        before = _pack(state.coef, state.cov)
        state, moved = _round(cells, design, noise, state, True)
        change = np.abs(_pack(state.coef, state.cov) - before)
        if max(float(np.quantile(moved, 0.99)), float(change.max())) < _STILL:
            return state, rounds, True
    return state, _ROUNDS, False


def _halfway(y: Array, s2: Array, new: _State) -> _State:
    """Sites half of the way to the new ones, in precision and precision times observation."""
    precision = 0.5 / s2 + 0.5 / new.s2
    return new._replace(y=(0.5 * y / s2 + 0.5 * new.y / new.s2) / precision, s2=1.0 / precision)


def _settle_each(counts: Counts, z: Array, known: _State, noise: Noise) -> tuple[Array, Array, Array]:  # fmt: skip
    """Sites, their variances and modes, prior and over-dispersion known: each dyad until its own cells stand still."""
    cells = _cells(counts, z)
    y, s2 = _begin(counts, cells, np.exp(known.omega[0] + known.omega[1] * cells.z))
    design = np.column_stack([np.ones(z.size), z])
    start = design @ known.coef
    left = np.arange(z.size)
    for rounds in range(1, _FREE + _DAMPED + 1):
        cells = _cells(counts.rows(left), z[left])
        state = known._replace(y=y[left], s2=s2[left], start=start[left])
        state, moved = _round(cells, design[left], noise.rows(left), state, False)
        now = state if rounds <= _FREE else _halfway(y[left], s2[left], state)
        y[left], s2[left], start[left] = now.y, now.s2, now.start
        furthest = np.zeros(left.size)
        np.maximum.at(furthest, cells.at[0], moved)
        left = left[furthest >= _STILL]
        if not left.size:
            break
    return y, s2, start
