"""One dyad of a measurement: posterior paths of its relation.

An index needs no compiled kernel for one tie, so that what only measured data need is imported where they are asked.
"""

from __future__ import annotations

import zlib
from statistics import NormalDist

import numpy as np

from quadrille.errors import SameStateError
from quadrille.kernels.ar1 import simulate_paths, unpack
from quadrille.kernels.arrays import Array
from quadrille.kernels.constants import BAND
from quadrille.kernels.importance import effective_draws, pareto_k
from quadrille.measure.result import Diagnostics, Measurement, Relation

__all__ = ["relation_of"]

_PROPOSALS = 8


def _stream(seed: int, label: str) -> np.random.Generator:
    """Numbers that depend on the seed and the dyad, not on which others are asked for."""
    return np.random.default_rng([seed, zlib.crc32(label.encode())])


def _hyper_draws(
    m: Measurement, row: int, draws: int, rng: np.random.Generator
) -> tuple[Array, float, float]:
    """Sampling importance resampling of theta: draws, effective proposals, Pareto k; known ones as they are."""
    if m.prior.known:
        return np.broadcast_to(m.theta[row], (draws, 4)).copy(), float(draws), 0.0
    from quadrille.measure.posterior import Series, make_noise, weighted_draws

    one = slice(row, row + 1)
    got = weighted_draws(
        Series(m.y[one], m.s2[one], m.repeats[one], m.scatter[one]),
        m.prior_mean[one], m.prior.cov, m.observations.phi_min,
        make_noise(rng, 1, _PROPOSALS * draws), m.theta[one],
    )  # fmt: skip
    grid = (np.arange(draws) + rng.random()) / draws
    picked = np.searchsorted(np.cumsum(got.weights[0]), grid, side="right")
    theta = got.theta[0, rng.permutation(picked.clip(max=got.theta.shape[1] - 1))]
    return theta, float(effective_draws(got.log_w)[0]), pareto_k(got.log_w[0])


def _normal_scores(paths: Array) -> Array:
    """Standard normal quantiles in the order of the draws of each period, shape (draw, time)."""
    count = len(paths)
    normal = NormalDist()
    score = np.array([normal.inv_cdf((k + 0.5) / count) for k in range(count)])
    score /= score.std()
    out = np.empty(paths.shape)
    np.put_along_axis(out, paths.argsort(axis=0), score[:, None], axis=0)
    return out


def relation_of(m: Measurement, a: str, b: str, draws: int = 1000, seed: int = 1) -> Relation:
    """Posterior paths of one dyad.

    Of an index, whose mean and standard deviation are known, the draws of each period are put at the quantiles of
    that normal distribution in their own order, so that they repeat it without the noise of drawing.

    Parameters
    ----------
    m : Measurement
    a, b : str
        ISO3 codes in either order.
    draws : int
    seed : int
        The same seed gives the same paths on any machine, whatever else is asked for.

    Raises
    ------
    SameStateError
        ``a == b``.
    NoDataError
        The dyad has no observation.
    """
    if a == b:
        raise SameStateError(f"{a}-{b}: a dyad needs two different states")
    row = m.row(a, b)
    rng = _stream(seed, "-".join(sorted((a, b))))
    theta, effective, k = _hyper_draws(m, row, draws, rng)
    mu, q, rho, phi = unpack(theta, m.observations.phi_min)
    one = slice(row, row + 1)
    if m.kept is not None:
        from quadrille.measure.levels import scores_of

        paths = m.mean[row] + m.sd[row] * _normal_scores(scores_of(m, one, draws, rng)[0])
    else:
        z = rng.standard_normal((1, draws, len(m.periods)))
        paths = simulate_paths(m.y[one], m.s2[one], phi[None], mu[None], rho[None], q[None], z)[0]
    quantile = {
        name: tuple(float(v) for v in np.quantile(value, BAND))
        for name, value in (("mu", mu), ("q", q), ("rho", rho), ("phi", phi))
    }
    obs, tried = m.observations, 0 if m.prior.known else _PROPOSALS * draws
    return Relation(
        a, b, obs.facet, obs.unit, obs.panel.origin, obs.panel.frequency, m.neutral, m.periods,
        paths,
        m.y[row], m.s2[row], m.n[row], m.observed[row], quantile,  # type: ignore[arg-type]
        Diagnostics(bool(m.converged[row]), effective, tried, draws, k),
        omega=float(m.omega[row]),
    )  # fmt: skip
