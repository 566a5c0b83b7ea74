"""The posterior of one dyad as the joint normal that it is, by inverting its whole precision."""

from __future__ import annotations

import numpy as np

from quadrille.kernels.witness import NORMAL, Items, Posterior, Reports

__all__ = ["dense"]


def dense(reports: Reports, items: Items, post: Posterior, d: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean and covariance of (x_t, u_t) of one dyad, from the joint precision of all of it.

    A bias that no item of its group has spoken of yet is standard normal, whatever comes after.
    """
    s = items.theta.shape[1] - 2
    c0, c1 = reports.dyad[d], reports.dyad[d + 1]
    years, g = c1 - c0, items.drift.shape[0]
    n = s + g
    precision, value = np.zeros((years * n, years * n)), np.zeros(years * n)
    born = np.full(g, years)
    for t in range(years):
        for o in range(reports.cell[c0 + t], reports.cell[c0 + t + 1]):
            born[items.group[reports.item[o]]] = min(born[items.group[reports.item[o]]], t)
    for t in range(years):
        at = slice(t * n, t * n + n)
        new = t <= born
        precision[at, at][s:, s:] += np.diag(1.0 * new)
        if t == 0:
            precision[at, at][:s, :s] += items.start
        else:
            move = np.zeros((n, 2 * n))
            move[:s, :s], move[s:, n - n + s : n] = (
                -items.rho * np.eye(s),
                -np.diag(items.drift[:, 0]),
            )
            move[:, n:] = np.eye(n)
            q = np.zeros((n, n))
            q[:s, :s] = post.scale[c0 + t] * items.precision
            q[s:, s:] = np.diag(~new / items.drift[:, 1])
            both = slice((t - 1) * n, (t + 1) * n)
            precision[both, both] += move.T @ q @ move
        for o in range(reports.cell[c0 + t], reports.cell[c0 + t + 1]):
            k = reports.item[o]
            b = np.zeros(n)
            b[:s], b[s + items.group[k]] = items.theta[k, 1:-1], items.theta[k, -1]
            y, offset, weight, noise = (
                reports.y[o],
                reports.offset[o],
                reports.weight[o],
                items.noise[k],
            )
            if items.family[k] == NORMAL:
                w, z = weight / (offset + noise), y
                h = w * z
            else:
                w, h = weight * post.omega[o], weight * post.value[o]
            precision[at, at] += w * np.outer(b, b)
            value[at] += b * (h - w * items.theta[k, 0])
    cov = np.linalg.inv(precision)
    return cov @ value, cov
