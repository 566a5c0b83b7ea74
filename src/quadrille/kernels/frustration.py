r"""Frustration of a signed network: the least weight of ties that must change sign to balance it.

A signed graph is balanced when its members fall into two camps with positive ties inside and
negative ties between them (Harary 1953; Cartwright & Harary 1956). The frustration index (line
index of balance; Harary 1959) is

.. math:: L = \min_{s \in \{0,1\}^n} \sum_{ij:\,w_{ij}>0} w_{ij}\,[s_i \ne s_j]
    + \sum_{ij:\,w_{ij}<0} |w_{ij}|\,[s_i = s_j],

NP-hard in general. Aref, Mason & Wilson (2020) solve it by binary programming; here each component
is solved by Russian doll search (Verfaillie, Lemaître & Schiex 1996), a branch and bound that
solves the network of the last k members for k = 2, 3, ..., n and uses each solved one as the bound
for ties among members not yet placed:

.. math:: \text{placed so far} + \sum_{u \text{ not placed}} \min(c_{u0}, c_{u1}) + L_{\text{not placed}}.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from quadrille.kernels.arrays import Array
from quadrille.kernels.blocks import over_blocks
from quadrille.kernels.compiled import compiled, inner

__all__ = ["Frustration", "frustration_index", "frustration_values"]

_TINY = 1e-9
# About a minute on one core.
_LIMIT = 30_000_000
# Up to so many members all divisions are looked at, which needs nothing compiled.
_FEW = 6


class Frustration(NamedTuple):
    """Index, camps and proof.

    ``value`` is the weight of the frustrated ties of ``side``; ``bound`` a proven lower bound of the
    least such weight; ``proven`` whether the two agree. ``side`` has shape ``(node,)``.
    """

    value: float
    side: NDArray[np.bool_]
    bound: float
    proven: bool


@inner
def _cost(w, side, first):  # type: ignore[no-untyped-def]
    """Weight of frustrated ties among members ``first..``."""
    total = 0.0
    for i in range(first, w.shape[0]):
        for j in range(first, i):
            if w[i, j] > 0 and side[i] != side[j]:
                total += w[i, j]
            elif w[i, j] < 0 and side[i] == side[j]:
                total -= w[i, j]
    return total


@inner
def _descend(w, side):  # type: ignore[no-untyped-def]
    """Move members to the other camp while that helps."""
    n = w.shape[0]
    moved = True
    while moved:
        moved = False
        for i in range(n):
            gain = 0.0
            for j in range(n):
                gain += -w[i, j] if side[i] == side[j] else w[i, j]
            if gain > _TINY:
                side[i] = 1 - side[i]
                moved = True


@inner
def _search(w, first, least, best_side, upper, left):  # type: ignore[no-untyped-def]
    """Exact optimum of members ``first..``; returns it and the nodes left (below 0: gave up)."""
    n = w.shape[0]
    cost = np.zeros((n + 1, n, 2))
    sofar = np.zeros(n + 1)
    side = np.zeros(n, np.int8)
    tried = np.zeros(n, np.int8)
    depth = first
    while depth >= first:
        if depth == n:
            if sofar[n] < upper - _TINY:
                upper = sofar[n]
                for u in range(first, n):
                    best_side[u] = side[u]
            depth -= 1
            continue
        if tried[depth] == 2 or (depth == first and tried[depth] == 1):
            tried[depth] = 0
            depth -= 1
            continue
        cheap = 0 if cost[depth, depth, 0] <= cost[depth, depth, 1] else 1
        camp = cheap if tried[depth] == 0 else 1 - cheap
        tried[depth] += 1
        left -= 1
        if left < 0:
            return upper, left
        side[depth] = camp
        value = sofar[depth] + cost[depth, depth, camp]
        bound = value + least[depth + 1]
        for u in range(depth + 1, n):
            tie = w[depth, u]
            c0, c1 = cost[depth, u, 0], cost[depth, u, 1]
            if tie > 0:
                if camp == 0:
                    c1 += tie
                else:
                    c0 += tie
            elif tie < 0:
                if camp == 0:
                    c0 -= tie
                else:
                    c1 -= tie
            cost[depth + 1, u, 0] = c0
            cost[depth + 1, u, 1] = c1
            bound += min(c0, c1)
        if bound < upper - _TINY:
            sofar[depth + 1] = value
            depth += 1
    return upper, left


@inner
def _solve(w, side, limit):  # type: ignore[no-untyped-def]
    """Solve a connected network, members in the order given; index, lower bound."""
    n = w.shape[0]
    least = np.zeros(n + 1)
    left = limit
    for first in range(n - 2, -1, -1):
        alone = _cost(w, side, first)
        side[first] = 1
        upper = _cost(w, side, first)
        if alone <= upper:
            side[first] = 0
            upper = alone
        upper, left = _search(w, first, least, side, upper, left)
        if left < 0:
            _descend(w, side)
            return _cost(w, side, 0), least[first + 1]
        least[first] = upper
    return least[0], least[0]


@inner
def _component(w, start, mark, which):  # type: ignore[no-untyped-def]
    """Members joined to ``start``, as a list of indices; marks them."""
    n = w.shape[0]
    count = 1
    which[0] = start
    mark[start] = True
    seen = 0
    while seen < count:
        for v in range(n):
            if w[which[seen], v] != 0 and not mark[v]:
                mark[v] = True
                which[count] = v
                count += 1
        seen += 1
    return count


@inner
def _sort(order, weight):  # type: ignore[no-untyped-def]
    """Sort by falling weight, then by rising index; in place."""
    for i in range(1, order.shape[0]):
        one, heavy, k = order[i], weight[i], i
        while k > 0 and (weight[k - 1] < heavy or (weight[k - 1] == heavy and order[k - 1] > one)):
            order[k], weight[k] = order[k - 1], weight[k - 1]
            k -= 1
        order[k], weight[k] = one, heavy


@inner
def _whole(w, limit, side):  # type: ignore[no-untyped-def]
    n = w.shape[0]
    mark = np.zeros(n, np.bool_)
    which, weight = np.empty(n, np.int64), np.empty(n)
    index, bound = 0.0, 0.0
    side[:] = 0
    for start in range(n):
        if mark[start]:
            continue
        count = _component(w, start, mark, which)
        if count < 3:
            if count == 2 and w[which[0], which[1]] < 0:
                side[which[1]] = 1
            continue
        order = which[:count]
        for i in range(count):
            weight[i] = 0.0
            for j in range(count):
                weight[i] += abs(w[order[i], order[j]])
        _sort(order, weight)
        part = np.empty((count, count))
        for i in range(count):
            for j in range(count):
                part[i, j] = w[order[i], order[j]]
        camp = np.zeros(count, np.int8)
        value, proved = _solve(part, camp, limit)
        index += value
        bound += proved
        first = 0
        for i in range(1, count):
            if order[i] < order[first]:
                first = i
        flip = camp[first]
        for i in range(count):
            side[order[i]] = camp[i] ^ flip
    return index, bound


@compiled
def _each_block(a, b, w, limit, index, bound, side):  # type: ignore[no-untyped-def]
    for g in range(a, b):
        index[g], bound[g] = _whole(w[g], limit, side[g])


def _checked(w: Array) -> Array:
    w = np.ascontiguousarray(w, dtype=float)
    if w.shape[-1] != w.shape[-2] or not np.array_equal(w, np.swapaxes(w, -1, -2)):
        raise ValueError("weights must be square and symmetric")
    return w


def _of_few(w: Array) -> tuple[Array, Array, NDArray[np.int8]]:
    """`_solved` by looking at every division; of equal ones the first, so that first members are in camp 0."""
    n = w.shape[1]
    i, j = np.triu_indices(n, 1)
    sides = (np.arange(2 ** max(n - 1, 0))[:, None] >> np.arange(n)[::-1] & 1).astype(np.int8)
    apart, tie = sides[:, i] != sides[:, j], w[:, i, j]
    cost = np.maximum(tie, 0.0) @ apart.T + np.maximum(-tie, 0.0) @ ~apart.T
    index = cost.min(axis=1)
    return index, index, sides[cost.argmin(axis=1)]


def _solved(w: Array, limit: int) -> tuple[Array, Array, NDArray[np.int8]]:
    """Index, bound and camps ``(network, node)`` of many networks."""
    if w.shape[1] <= _FEW:
        return _of_few(w)
    index, bound = np.empty(w.shape[0]), np.empty(w.shape[0])
    side = np.empty(w.shape[:2], np.int8)
    over_blocks(lambda a, b: _each_block(a, b, w, limit, index, bound, side), w.shape[0])
    return index, bound, side


def frustration_index(weights: Array, limit: int = _LIMIT) -> Frustration:
    """Frustration index of one signed network, exact unless ``limit`` stops it.

    Parameters
    ----------
    weights : ndarray, shape (node, node)
        Symmetric; positive and negative ties, 0 for no tie. The diagonal is not read.
    limit : int
        Branches tried in each component before giving up; then ``proven`` is False and ``bound`` and
        ``value`` bracket the truth.

    Returns
    -------
    Frustration
        The first member of each component is in camp False. Where several divisions are optimal
        one of them is returned.

    Raises
    ------
    ValueError
        The weights are not square and symmetric.

    Examples
    --------
    >>> three = np.array([[0.0, 1, 1], [1, 0, -1], [1, -1, 0]])
    >>> frustration_index(three).value
    1.0
    """
    w = _checked(weights)
    index, bound, side = _solved(w[None], limit)
    gap = index[0] - bound[0]
    return Frustration(float(index[0]), side[0].astype(bool), float(bound[0]), bool(gap < _TINY))


def frustration_values(weights: Array, limit: int = _LIMIT) -> tuple[Array, Array]:
    """Frustration of many networks.

    Parameters
    ----------
    weights : ndarray, shape (network, node, node)
    limit : int
        As in `frustration_index`.

    Returns
    -------
    value, bound : ndarray, shape (network,)
        Proven optimal where they agree.
    """
    index, bound, _ = _solved(_checked(weights), limit)
    return index, bound
