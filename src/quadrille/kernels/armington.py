r"""One-sector Armington world in changes: prices, trade and welfare when costs, tariffs or payments change.

Each of N countries owns one good; all spend :math:`E_j` on all goods with elasticity of substitution
:math:`\sigma > 1` (Anderson 1979; Anderson & van Wincoop 2003). With :math:`\hat v = v'/v` and
:math:`s_{ij}` the share of i in what j spends, the new world follows from the old flows alone
(Dekle, Eaton & Kortum 2007):

.. math::

    \hat P_j^{1-\sigma} &= \sum_i s_{ij} (\hat p_i \hat\tau_{ij})^{1-\sigma}, \qquad
    s'_{ij} = s_{ij} (\hat p_i \hat\tau_{ij})^{1-\sigma} / \hat P_j^{1-\sigma}, \\
    \hat p_i Y_i &= \sum_j s'_{ij} E'_j / (1 + t'_{ij}).

What a tariff earns goes to those who pay it. Prices are relative to the value of the world's output, whose sum stays.

Leading axes of costs, tariffs, payments and σ are draws: all are solved at once.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

from quadrille.kernels.arrays import Array

__all__ = ["Equilibrium", "balanced", "conditional", "equilibrium", "terms_of_trade"]

_ROUNDS = 5000
_CHUNK = 50


class Equilibrium(NamedTuple):
    """A world after a change; ``...`` are the axes of draws.

    Attributes
    ----------
    price : ndarray, shape (..., N)
        Factory-gate prices over those before.
    price_index : ndarray, shape (..., N)
        Price indices of what each country buys, over those before.
    expenditure : ndarray, shape (..., N)
        What each country spends, in the unit of the flows.
    flows : ndarray, shape (..., N, N)
        From row to column, without tariffs, in the unit of the flows.
    rounds : int
    gap : float
        Largest relative change of a price in the last round.
    """

    price: Array
    price_index: Array
    expenditure: Array
    flows: Array
    rounds: int
    gap: float

    @property
    def real_output(self) -> Array:
        r"""Output over the price index, :math:`\hat p / \hat P`, shape (..., N)."""
        return self.price / self.price_index

    def welfare(self, before: Array) -> Array:
        """Real expenditure over that before, shape (..., N).

        Parameters
        ----------
        before : ndarray, shape (N,)
            What each country spent.
        """
        return self.expenditure / before / self.price_index


def equilibrium(
    flows: Array,
    cost: Array,
    sigma: Array | float,
    *,
    tariff_before: Array | None = None,
    tariff: Array | None = None,
    payment: Array | None = None,
    deficits: Literal["share", "fixed"] = "share",
    tolerance: float = 1e-10,
    rounds: int = _ROUNDS,
) -> Equilibrium:
    r"""The world after a change, prices and incomes moving.

    Market clearing gives the fixed point
    :math:`\hat p_i^\sigma = Y_i^{-1} \sum_j s_{ij}\hat\tau_{ij}^{1-\sigma} \hat P_j^{\sigma-1} E'_j/(1+t'_{ij})`,
    iterated from :math:`\hat p = 1`; gross substitutes make it unique (Alvarez & Lucas 2007).

    Parameters
    ----------
    flows : ndarray, shape (N, N)
        What row sells to column, own sales on the diagonal, >= 0; every row and column sum > 0.
    cost : ndarray, shape (..., N, N)
        :math:`\hat\tau`, iceberg costs over those before; inf: trade ends.
    sigma : float or ndarray, shape (...)
        Elasticity of substitution, > 1.
    tariff_before, tariff : ndarray, shape (N, N) and (..., N, N), optional
        Ad valorem, 0.1 for ten per cent. Default: none; and as before.
    payment : ndarray, shape (..., N), optional
        What each country receives from others beside what it did, in the unit of the flows; sums to zero.
    deficits : {"share", "fixed"}
        What a country spends beyond its output stays a share of its output, or a sum.
    tolerance : float
        Largest relative change of a price at which the iteration ends.

    Returns
    -------
    Equilibrium
        With ``gap`` above the tolerance where it did not converge.
    """
    n = len(flows)
    old = np.zeros((n, n)) if tariff_before is None else tariff_before
    new = old if tariff is None else tariff
    extra = np.zeros(n) if payment is None else payment
    s = np.asarray(sigma, dtype=float)
    lead = np.broadcast_shapes(cost.shape[:-2], new.shape[:-2], extra.shape[:-1], s.shape)
    costs = np.broadcast_to(cost, (*lead, n, n)).reshape(-1, n, n)
    duties = np.broadcast_to(new, (*lead, n, n)).reshape(-1, n, n)
    extras = np.broadcast_to(extra, (*lead, n)).reshape(-1, n)
    sigmas = np.broadcast_to(s, lead).reshape(-1)
    parts = []
    # A chunk's matrices stay in the processor's cache.
    for k in range(0, sigmas.size, _CHUNK):
        of = slice(k, k + _CHUNK)
        given = (flows, old, costs[of], duties[of], extras[of], sigmas[of])
        parts.append(_solved(*given, deficits, tolerance, rounds))
    shapes = ((*lead, n), (*lead, n), (*lead, n), (*lead, n, n))
    price, index, spent, trade = (
        np.concatenate([p[k] for p in parts]).reshape(shape) for k, shape in enumerate(shapes)
    )
    return Equilibrium(
        price, index, spent, trade, max(p.rounds for p in parts), max(p.gap for p in parts)
    )


def _solved(
    flows: Array, old: Array, cost: Array, tariff: Array, payment: Array, sigma: Array,
    deficits: str, tolerance: float, rounds: int,
) -> Equilibrium:  # fmt: skip
    """`equilibrium` for a list of draws, the first axis of all but the flows."""
    paid = flows * (1.0 + old)
    output, spent = flows.sum(axis=1), paid.sum(axis=0)
    own = flows.sum(axis=0)  # spending without the tariffs that come back
    world, power = output.sum(), (1.0 - sigma)[:, None]
    dearer = cost * (1.0 + tariff) / (1.0 + old)
    pull = paid / spent * dearer ** power[:, :, None]
    net = pull / (1.0 + tariff)
    levied = bool(tariff.any())
    price = np.ones(payment.shape)
    gap, done = np.inf, 0
    while gap >= tolerance and done < rounds:
        done += 1
        q = price**power
        level = (q[:, None, :] @ pull)[:, 0]
        base = price * own if deficits == "share" else price * output + (own - output)
        base = base * ((price @ output)[:, None] / base.sum(axis=1, keepdims=True)) + payment
        if levied:
            base = base / ((q[:, None, :] @ net)[:, 0] / level)
        demand = (net @ (base / level)[:, :, None])[:, :, 0]
        now = (demand / output) ** (1.0 / sigma[:, None])
        now *= world / (now @ output)[:, None]
        gap = float(np.abs(now / price - 1.0).max())
        price = now
    trade = q[:, :, None] * net * (base / level)[:, None, :]
    return Equilibrium(price, level ** (1.0 / power), base, trade, done, gap)


def balanced(
    seed: Array, rows: Array, columns: Array, tolerance: float = 1e-10, rounds: int = _ROUNDS
) -> Array:
    """The matrix ``a_i seed_ij b_j`` with these sums, by iterative proportional fitting.

    Parameters
    ----------
    seed : ndarray, shape (N, N)
        >= 0, with something in every row and column.
    rows, columns : ndarray, shape (N,)
        > 0, of one total.
    """
    b = np.ones(len(columns))
    for _ in range(rounds):
        a = rows / (seed @ b)
        now = columns / (a @ seed)
        done = np.abs(now / b - 1.0).max() < tolerance
        b = now
        if done:
            break
    return np.asarray(a[:, None] * seed * b)


def conditional(flows: Array, cost: Array, sigma: float) -> Array:
    r"""Flows when costs change and outputs and expenditures do not, shape (N, N).

    Only the multilateral resistances answer: flows are :math:`a_i X_{ij}\hat\tau_{ij}^{1-\sigma} b_j` with the
    sums of before (Yotov et al. 2016, chapter 2, *conditional general equilibrium*).
    """
    return balanced(flows * cost ** (1.0 - sigma), flows.sum(axis=1), flows.sum(axis=0))


def terms_of_trade(flows: Array, price: Array, sigma: Array | float) -> Array:
    """Own factory-gate price over the price index of partners', by shares of imports before, shape (..., N).

    A country that imports nothing has NaN.
    """
    foreign = flows * (1.0 - np.eye(len(flows)))
    total = foreign.sum(axis=0)
    share = np.divide(foreign, total, out=np.full_like(foreign, np.nan), where=total > 0)
    power = np.asarray(1.0 - np.asarray(sigma, dtype=float))[..., None]
    return np.asarray(price / (price**power @ share) ** (1.0 / power))
