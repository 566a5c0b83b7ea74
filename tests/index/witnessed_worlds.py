r"""Worlds that witnesses report on, and their exact posterior by two ways that share nothing with the package.

`exact` conditions a normal distribution on normal reports by its covariance. `sampled` draws from the posterior of any
likelihood by Hamiltonian Monte Carlo (Neal 2011), Student innovations integrated out.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from quadrille.kernels.witness import BINOMIAL, COUNT, NORMAL, Items, Reports

Array = NDArray[np.float64]


class Told(NamedTuple):
    """Reports of one dyad: year, item, value and offset of each; and how many years there are."""

    year: NDArray[np.int64]
    item: NDArray[np.int64]
    y: Array
    offset: Array
    years: int


def as_reports(dyads: list[Told]) -> Reports:
    """The same, as the kernel takes it."""
    first = np.r_[0, np.cumsum([d.years for d in dyads])]
    cell = np.concatenate([d.year + first[i] for i, d in enumerate(dyads)])
    order = np.argsort(cell, kind="stable")
    counts = np.bincount(cell, minlength=first[-1])
    item, y, offset = (
        np.concatenate([getattr(d, name) for d in dyads])[order] for name in ("item", "y", "offset")
    )
    return Reports(
        first.astype(np.int32), np.r_[0, np.cumsum(counts)].astype(np.int32),
        item.astype(np.int32), y, offset, np.ones(item.size),
    )  # fmt: skip


def _design(told: Told, items: Items) -> Array:
    """What each report sees of states and biases, ``(reports, years * (S + G))``: all states, then bias by bias."""
    s, g = items.precision.shape[0], items.drift.shape[0]
    out = np.zeros((told.item.size, told.years, s + g))
    for r, (t, k) in enumerate(zip(told.year, told.item, strict=True)):
        out[r, t, :s] = items.theta[k, 1 : s + 1]
        out[r, t, s + items.group[k]] = items.theta[k, s + 1]
    return out.reshape(told.item.size, -1)


def _prior(told: Told, items: Items) -> Array:
    """Covariance of states and biases under normal innovations, from the moving-average form."""
    s, g = items.precision.shape[0], items.drift.shape[0]
    n, years = s + g, told.years
    first, step, keep = np.eye(n), np.zeros((n, n)), np.ones(n)
    first[:s, :s] = np.linalg.inv(items.start)
    step[:s, :s] = np.linalg.inv(items.precision)
    keep[:s] = items.rho
    born = np.full(n - s, years)
    np.minimum.at(born, items.group[told.item], told.year)
    noise = np.zeros((years * n, years * n))
    spread = np.eye(years * n)
    for t in range(years):
        # A bias starts with the first report of its group; before, it is any standard normal.
        lives = t > born
        now = slice(t * n, (t + 1) * n)
        keep[s:] = np.where(lives, items.drift[:, 0], 0.0)
        step[range(s, n), range(s, n)] = np.where(lives, items.drift[:, 1], 1.0)
        noise[now, now] = step if t else first
        if t:
            spread[now, : t * n] = keep[:, None] * spread[(t - 1) * n : t * n, : t * n]
    return np.asarray(spread @ noise @ spread.T)


def exact(told: Told, items: Items) -> tuple[Array, Array]:
    """Mean and covariance of states and biases given normal reports."""
    h, prior = _design(told, items), _prior(told, items)
    noise = told.offset + items.noise[told.item]
    gain = np.linalg.solve(h @ prior @ h.T + np.diag(noise), h @ prior).T
    return gain @ (told.y - items.theta[told.item, 0]), prior - gain @ h @ prior


def log_density(y: Array, offset: Array, noise: Array, family: Array, psi: Array) -> Array:
    """Log likelihood of reports, up to what does not depend on psi but in counts with it."""
    out = -0.5 * (y - psi) ** 2 / np.where(family == NORMAL, offset + noise, 1.0)
    share = y * psi - offset * np.logaddexp(0.0, psi)
    eta = psi + offset
    count = y * eta - (y + noise) * np.logaddexp(np.log(noise), eta)
    return np.asarray(np.select([family == BINOMIAL, family == COUNT], [share, count], out))


def _pull(y: Array, offset: Array, noise: Array, family: Array, psi: Array) -> Array:
    out = (y - psi) / np.where(family == NORMAL, offset + noise, 1.0)
    share = y - offset * expit(psi)
    count = y - (y + noise) * expit(psi + offset - np.log(noise))
    return np.asarray(np.select([family == BINOMIAL, family == COUNT], [share, count], out))


def sampled(
    told: Told, items: Items, rng: np.random.Generator, *, chains: int = 200, draws: int = 400
) -> Array:
    """Draws of states and biases, ``(chains * draws, years, S + G)``, after as many that are thrown away."""
    s, n, years = (
        items.precision.shape[0],
        items.precision.shape[0] + items.drift.shape[0],
        told.years,
    )
    h, family = _design(told, items), items.family[told.item]
    args = (told.y, told.offset, items.noise[told.item], family)
    level, nu, r = items.theta[told.item, 0], items.nu, items.drift[:, 0]

    def prior(z: Array) -> tuple[Array, Array]:
        z = z.reshape(-1, years, n)
        x, u = z[..., :s], z[..., s:]
        grad = np.zeros_like(z)
        dx, du = x[:, 1:] - items.rho * x[:, :-1], u[:, 1:] - r * u[:, :-1]
        far = np.einsum("cti,ij,ctj->ct", dx, items.precision, dx)
        first = np.einsum("ci,ij,cj->c", x[:, 0], items.start, x[:, 0]) + (u[:, 0] ** 2).sum(-1)
        steps = 0.5 * (nu + s) * np.log1p(far / nu) if nu else 0.5 * far
        lp = -0.5 * first - steps.sum(-1) - 0.5 * (du**2 / items.drift[:, 1]).sum((1, 2))
        lam = (nu + s) / (nu + far) if nu else np.ones_like(far)
        gx, gu = lam[..., None] * (dx @ items.precision), du / items.drift[:, 1]
        grad[:, 0, :s] -= x[:, 0] @ items.start
        grad[:, 0, s:] -= u[:, 0]
        grad[:, 1:, :s] -= gx
        grad[:, :-1, :s] += items.rho * gx
        grad[:, 1:, s:] -= gu
        grad[:, :-1, s:] += r * gu
        return lp, grad.reshape(-1, years * n)

    def target(z: Array) -> tuple[Array, Array]:
        psi = z @ h.T + level
        lp, grad = prior(z)
        return lp + log_density(*args, psi).sum(-1), grad + _pull(*args, psi) @ h

    # Steps in units of the prior shrunk by what reports would say if each had precision 1.
    metric = np.linalg.cholesky(np.linalg.inv(np.linalg.inv(_prior(told, items)) + h.T @ h))
    z = rng.normal(size=(chains, years * n)) @ metric.T
    lp, grad = target(z)
    out, step, taken = [], 0.3, 0.0
    for i in range(2 * draws):
        p = rng.normal(size=z.shape)
        start = 0.5 * (p**2).sum(-1)
        new, push = z, grad
        size = step * rng.uniform(0.5, 1.0)
        p = p + 0.5 * size * push @ metric
        for j in range(12):
            new = new + size * p @ metric.T
            at, push = target(new)
            p = p + (1.0 if j < 11 else 0.5) * size * push @ metric
        rise = at - lp + start - 0.5 * (p**2).sum(-1)
        ok = np.log(rng.random(chains)) < rise
        z = np.where(ok[:, None], new, z)
        lp, grad = np.where(ok, at, lp), np.where(ok[:, None], push, grad)
        taken = ok.mean()
        if i < draws:
            step *= float(np.exp(0.1 * (taken - 0.8)))
        else:
            out.append(z.reshape(chains, years, n))
    return np.concatenate(out)
