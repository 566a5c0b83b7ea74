r"""What the many effects of a gravity regression do to its coefficients, and to their standard errors.

Poisson pseudo-maximum likelihood of :math:`\lambda_{ijt} = \exp(x_{ijt}'\beta + \alpha_{it} + \gamma_{jt} + \eta_{ij})` is
consistent when the number N of countries grows and that of periods does not, but :math:`\hat\beta` is off by a term of
order 1/N, as large as its standard error, and the sandwich estimate of the variance is too small by a share of
order 1/N (Weidner & Zylkin 2021, Journal of International Economics 132). Both are estimated here and can be taken off.

With the pair's effect profiled out, the T flows of a pair are a multinomial of its total. Let
:math:`S_{ij} = y_{ij} - \hat\lambda_{ij}` be its score in the linear predictor, :math:`H_{ij}` minus the second and
:math:`G_{ij}` the third derivative, :math:`\tilde x_{ij}` the regressor less its projection on the effects in the metric of H, and
:math:`W = \sum_{ij} \tilde x_{ij}' H_{ij} \tilde x_{ij}`. To second order

.. math::

    E\hat\beta - \beta \approx W^{-1} \sum_i \Big[ -\sum_j \tilde x_{ij}' H_{ij} A_i^{+} S_{ij}
    + \tfrac12 \sum_j \mathrm{tr}\big(G_{ij}[\tilde x_{ij}]\, A_i^{+} \big(\textstyle\sum_j S_{ij} S_{ij}'\big) A_i^{+}\big) \Big]
    + (\text{the same over importers}),

with :math:`A_i = \sum_j H_{ij}`, and :math:`E \hat S_{ij} \hat S_{ij}' \approx (I - Q_{ij}) E S_{ij} S_{ij}'`, where :math:`Q_{ij}` is the
leverage of the pair on its own fit. Without pair effects only the variance is biased. Either end's sum is multiplied by N/(N - 1), as
in the authors' program for Stata, since residuals are smaller than the errors: the effects are fitted to them.

Pairs are directed and are rows; periods are columns; what is not observed has flow and fit zero.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from quadrille.kernels.arrays import Array

__all__ = ["Correction", "net_of_effects", "three_way", "two_way"]

Index = NDArray[np.intp]

# Of a regressor's variance, the share that rounding leaves where effects absorb all.
_ABSORBED = 1e-13


class Correction(NamedTuple):
    """Bias of coefficients, and their covariance; K coefficients.

    Attributes
    ----------
    bias : ndarray, shape (K,)
        To be taken from the estimates; zero without pair effects.
    cov : ndarray, shape (K, K)
        Clustered by pair, as estimated from the residuals, without a factor for small samples.
    corrected : ndarray, shape (K, K)
        The same with every pair's residuals freed of its own leverage.
    """

    bias: Array
    cov: Array
    corrected: Array


def three_way(
    flows: Array, fit: Array, x: Array, exporter: Index, importer: Index, n: int,
    cluster: Index | None = None,
) -> Correction:  # fmt: skip
    """Of a fit with exporter-time, importer-time and directed pair effects.

    Parameters
    ----------
    flows, fit : ndarray, shape (pair, time)
        Fit: at the estimate, so that it adds up to the flows by pair, exporter-time and importer-time.
    x : ndarray, shape (pair, time, K)
    exporter, importer : ndarray of int, shape (pair,)
        In ``range(n)``.
    n : int
        Countries.
    cluster : ndarray of int, shape (pair,), optional
        Pairs of one number may have residuals in common. Default: each alone.

    Raises
    ------
    numpy.linalg.LinAlgError
        The regressors, or the effects, are not identified.
    """
    score = flows - fit
    total = fit.sum(axis=1)
    share = np.divide(fit, total[:, None], out=np.zeros_like(fit), where=total[:, None] > 0)
    own = _information(share) * total[:, None, None]
    inverse = _inverse(own, exporter, importer, n)
    within = x - np.einsum("pt,ptk->pk", share, x)[:, None]
    x = _net(x, own, inverse, exporter, importer, n)
    x = x - np.einsum("pt,ptk->pk", share, x)[:, None]
    weighed = fit[:, :, None] * x
    bread = _bread(x, weighed, within)
    third = _third(share, x) * total[:, None, None, None]
    bias = np.zeros(x.shape[2])
    for end in (exporter, importer):
        pinv = np.linalg.pinv(_summed(own, end, n), hermitian=True)
        first = np.einsum("pt,pts,psk->k", score, pinv[end], weighed, optimize=True)
        spread = pinv @ _summed(score[:, :, None] * score[:, None, :], end, n) @ pinv
        second = 0.5 * np.einsum("ntsk,nts->k", _summed(third, end, n), spread)
        countries = np.unique(end).size
        bias += (second - first) * countries / (countries - 1.0)
    leverage = own @ _at(inverse, exporter, importer)
    return _sandwich(bread @ bias, bread, x, weighed, score, leverage, cluster)


def two_way(
    flows: Array, fit: Array, x: Array, exporter: Index, importer: Index, n: int,
    cluster: Index | None = None,
) -> Correction:  # fmt: skip
    """Of a fit with exporter-time and importer-time effects; parameters as of `three_way`."""
    time = np.arange(flows.shape[1])
    own = np.zeros((*fit.shape, time.size))
    own[:, time, time] = fit
    inverse = _inverse(own, exporter, importer, n, pairs=False)
    whole, x = x, _net(x, own, inverse, exporter, importer, n)
    weighed = fit[:, :, None] * x
    bread = _bread(x, weighed, whole)
    leverage = own @ _at(inverse, exporter, importer)
    return _sandwich(np.zeros(x.shape[2]), bread, x, weighed, flows - fit, leverage, cluster)


def net_of_effects(fit: Array, x: Array, exporter: Index, importer: Index, n: int) -> Array:
    """How the log of each fitted flow moves with the coefficients, the effects answering; shape (pair, time, K).

    The regressors less their projection on exporter-time and importer-time effects; parameters as of `three_way`.
    """
    time = np.arange(fit.shape[1])
    own = np.zeros((*fit.shape, time.size))
    own[:, time, time] = fit
    inverse = _inverse(own, exporter, importer, n, pairs=False)
    return _net(x, own, inverse, exporter, importer, n)


def _information(share: Array) -> Array:
    """``diag(ϑ) - ϑϑ'`` of each pair, shape (pair, T, T)."""
    h = -share[:, :, None] * share[:, None, :]
    t = np.arange(share.shape[1])
    h[:, t, t] += share
    return h


def _third(share: Array, x: Array) -> Array:
    """Third derivative of the log-likelihood of one unit along x, shape (pair, T, T, K); Σ ϑ x = 0."""
    turn = share[:, :, None] * x
    cross = turn[:, :, None, :] * share[:, None, :, None]
    g = cross + cross.transpose(0, 2, 1, 3)
    t = np.arange(share.shape[1])
    g[:, t, t] -= turn
    return np.asarray(g)


def _summed(values: Array, end: Index, n: int) -> Array:
    """Sums over the pairs of each country, shape (n, ...)."""
    out = np.zeros((n, *values.shape[1:]))
    np.add.at(out, end, values)
    return out


def _inverse(own: Array, exporter: Index, importer: Index, n: int, *, pairs: bool = True) -> Array:
    """A generalised inverse of the effects' information, shape (2, n, T, 2, n, T).

    What the effects do not identify (a shift of all exporters against all importers of a period; with
    `pairs`, of all periods of a country) is filled up: it moves no fit, so that any inverse serves.
    """
    t = own.shape[1]
    m = np.zeros((2, n, t, 2, n, t))
    for side, end in enumerate((exporter, importer)):
        m[side, np.arange(n), :, side, np.arange(n)] = _summed(own, end, n)
    for p, (i, j) in enumerate(zip(exporter, importer, strict=True)):
        m[0, i, :, 1, j] += own[p]
        m[1, j, :, 0, i] += own[p].T
    whole = m.reshape(2 * n * t, -1)
    scale = np.sqrt(np.diag(whole))
    seen = scale > 0
    whole = whole[np.ix_(seen, seen)] / np.outer(scale[seen], scale[seen])
    loose = _unidentified(n, t, pairs)[seen] * scale[seen, None]
    loose /= np.linalg.norm(loose, axis=0) + np.finfo(float).tiny
    found = cho_solve(cho_factor(whole + loose @ loose.T), np.eye(len(whole)))
    out = np.zeros((scale.size, scale.size))
    out[np.ix_(seen, seen)] = found / np.outer(scale[seen], scale[seen])
    return out.reshape(2, n, t, 2, n, t)


def _unidentified(n: int, t: int, pairs: bool) -> Array:
    """Directions in which effects may move and no fit does, as columns."""
    turn = np.tile(np.eye(t), (2 * n, 1))
    turn[n * t :] *= -1.0
    return np.hstack([turn, np.kron(np.eye(2 * n), np.ones((t, 1)))]) if pairs else turn


def _net(
    x: Array, own: Array, inverse: Array, exporter: Index, importer: Index, n: int
) -> Array:  # fmt: skip
    """Regressors less their projection on the effects, shape (pair, T, K)."""
    pulled = own @ x
    sums = np.stack([_summed(pulled, end, n) for end in (exporter, importer)])
    size = inverse.shape[0] * n * x.shape[1]
    effect = (inverse.reshape(size, size) @ sums.reshape(size, -1)).reshape(sums.shape)
    return np.asarray(x - effect[0][exporter] - effect[1][importer])


def _at(inverse: Array, i: Index, j: Index) -> Array:
    """Covariance of the effects of each pair's linear predictor, shape (pair, T, T)."""
    cross = inverse[0, i, :, 1, j]
    return np.asarray(
        inverse[0, i, :, 0, i] + inverse[1, j, :, 1, j] + cross + cross.transpose(0, 2, 1)
    )


def _bread(x: Array, weighed: Array, whole: Array) -> Array:
    """Inverse information of the coefficients; refused where a regressor is one of the effects."""
    own = np.einsum("ptk,ptl->kl", x, weighed)
    before = np.einsum("ptk,ptk->k", np.where(weighed != 0.0, whole, 0.0), whole)
    after = np.einsum("ptk,ptk->k", np.where(weighed != 0.0, x, 0.0), x)
    if np.any(after <= _ABSORBED * before) or np.linalg.cond(own) > 1.0 / _ABSORBED:
        raise np.linalg.LinAlgError("a regressor is absorbed by the effects, or by others")
    return np.linalg.inv(own)


def _sandwich(
    bias: Array, bread: Array, x: Array, weighed: Array, score: Array, leverage: Array,
    cluster: Index | None,
) -> Correction:  # fmt: skip
    """Covariances clustered by pair, without and with the leverage taken off."""
    leverage = leverage + np.einsum("ptk,kl,psl->pts", weighed, bread, x, optimize=True)
    free = np.linalg.solve(np.eye(score.shape[1]) - leverage, score[:, :, None])[:, :, 0]
    raw, freed = (np.einsum("ptk,pt->pk", x, s) for s in (score, free))
    if cluster is not None:
        raw, freed = (_summed(s, cluster, int(cluster.max()) + 1) for s in (raw, freed))
    cov, corrected = (bread @ (raw.T @ s) @ bread for s in (raw, freed))
    return Correction(bias, cov, (corrected + corrected.T) / 2.0)
