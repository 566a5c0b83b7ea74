r"""The network prior's cross effects, taken from every triangle of the world.

The pooled model (`quadrille.coupling.pooled`) has an effect L of A-C on A-B: the level of A-B after W years over that of A-C, each in
its own moves' standard deviations, of which only what follows *later* than the same year is used (what comes in the same year is
the coupled model's Sigma). The coupled model has a coefficient :math:`A_1[AB, AC]` per unit of each tie, whose network prior is in units of
:math:`\sqrt{\omega_{AB} / \omega_{AC}}`, the ratio of innovations' standard deviations. Call it c in these units. A shock of 1 to
A-C takes its level along the path :math:`p(0) = 1, p(1), \dots` of its own dynamics, and each year c times that level is added to A-B's innovation, which
takes the path of A-B. After W years, to first order in c, A-B stands at :math:`c \sum_{j=1}^W p(W-j)\,p(j-1)` and A-C at p(W). So

.. math:: L = c\,G, \qquad G = \frac{1}{p(W)} \sum_{j=1}^{W} p(W-j)\, p(j-1),

with the p of the world's ties (`quadrille.kernels.triad_moves.level_path`, mean of the groups). Then c is taken over: one year's coefficient per
standard deviation, not the effect after W years, which would depend on how persistent the ties of other data are. Of k periods in a
year each has c / k, to first order in the length of a period.

- **Mean** of c: what triads like it show, *cross-fitted*: the regression is solved without any triad in which a tie among the
  modelled states is A-B or A-C. What B-C is (its level, rivalry, pact, border) describes a triad and is used, up to the model's last year. Moods are out, so
  that these means sum to about zero over A's ties; with moods left in the world's mean of what follows later is zero within its error.
- **Spread** of c about it: the variance of true effects about the regression and that of the mean's estimation, over G². It is the scale of the prior of
  :math:`\lambda_1\lambda_2`, which stays inferred.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from quadrille.coupling.pooled import Pooled, design_of
from quadrille.kernels.arrays import Array
from quadrille.kernels.pooled import without
from quadrille.kernels.triad_moves import level_path

__all__ = ["PERIODS", "Crossed", "crossed_of", "gain_of"]

PERIODS = {"Y": 1.0, "Q": 4.0, "M": 12.0, "D": 365.25}
_LATER = 1


class Crossed(NamedTuple):
    """Prior of first-lag cross coefficients, in units of the ratio of innovations' standard deviations.

    Attributes
    ----------
    mean : ndarray, shape (n, n)
        ``[d, e]``: of dyad e on dyad d; 0 where they are one, share no state, or the world has no such triad.
    spread : float
        Of dyads that share a state.
    known : int
        Pairs with a mean of their own.
    left_out : int
        Triads of the world that were not used, since they hold a tie that is modelled.
    """

    mean: Array
    spread: float
    known: int
    left_out: int


def gain_of(pooled: Pooled) -> float:
    """G: the effect after the window of a coefficient of 1."""
    world = pooled.world
    upper = np.triu_indices(len(world.states), 1)
    many = np.bincount(world.moves.group[upper], np.asarray(world.moves.seen.any(axis=2))[upper], len(world.moves.lags))  # fmt: skip
    paths = [level_path(lags, world.blur.persistence, world.window) for lags in world.moves.lags]
    gains = [p[: world.window] @ p[world.window - 1 :: -1] / p[world.window] for p in paths]
    return float(np.average(gains, weights=many))


def crossed_of(pooled: Pooled, dyads: Sequence[str], frequency: str, until: int) -> Crossed:
    """What the rest of the world says of the cross effects among some dyads.

    Parameters
    ----------
    pooled : Pooled
        Of years.
    dyads : sequence of str
        Labels such as ``PAK-RUS``.
    frequency : {"Y", "Q", "M", "D"}
        Of the model's periods.
    until : int
        The model's last year: what ties were later does not describe a triad.
    """
    first, last = pooled.world.years
    ends = first + pooled.world.blocks[1:]
    known = max(int((ends <= until).sum()), 1) if until < last else len(ends)
    return _crossed(pooled, tuple(dyads), frequency, known)


@lru_cache(maxsize=64)
def _crossed(pooled: Pooled, dyads: tuple[str, ...], frequency: str, known: int) -> Crossed:
    world = pooled.world
    pairs = [tuple(label.split("-")) for label in dyads]
    states = sorted({s for pair in pairs for s in pair} & set(world.states))
    k = _LATER
    got = without(
        world.moves, world.blur, world.blocks, design_of(pooled), k, np.array([world.states.index(s) for s in states], np.int64),
        pooled.coef[k], pooled.gram, pooled.weight, pooled.cov[k], known,
    )  # fmt: skip
    at = {s: i for i, s in enumerate(states)}
    mean, var = np.zeros((len(pairs), len(pairs))), []
    for d, one in enumerate(pairs):
        for e, two in enumerate(pairs):
            shared = set(one) & set(two)
            if len(shared) != 1 or not {*one, *two} <= set(at):
                continue
            (a,) = shared
            (b,), (c,) = set(one) - shared, set(two) - shared
            if np.isfinite(got.mean[at[a], at[b], at[c]]):
                mean[d, e] = got.mean[at[a], at[b], at[c]]
                var.append(got.var[at[a], at[b], at[c]])
    scale = gain_of(pooled) * PERIODS[frequency]
    spread = float(np.sqrt(pooled.tau2[k] + (np.mean(var) if var else 0.0))) / scale
    return Crossed(mean / scale, spread, len(var), got.triads)
