r"""What zero and one mean: rivals and partners of a defence pact.

With v the valence and g the engagement of a dyad-year that is one of the two,

.. math::  \log \frac{P(\text{pact})}{P(\text{rival})} = b_0 + b_1 v + b_2 g.

*Neutral* is where this is zero: where a dyad of that engagement is as likely to hold a defence pact as to be an active
rival. It is asked of states, not of pairs: a pact of twenty makes 190 pairs, a rivalry one, so that every dyad-year has as
weight the mean of one over the number of partners (or of rivals) that each of the two has that year. The level
:math:`(b_0 + b_1 v + b_2 g) / b_1` is divided by the median partner's where it is surely above zero and by the median
rival's where surely below, by their mean weighted with P(warm) between, so that +1 is the median ally and -1 the median
rival and no band jumps at zero. Dyads are parted in two halves; labels of one anchor and
teach the other, so that no tie is measured with its own label.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import polars as pl
from scipy.special import ndtr

from quadrille.errors import NoDataError
from quadrille.index.witnesses import FIRST
from quadrille.kernels.arrays import Array
from quadrille.kernels.witness import Posterior
from quadrille.sources.layers.layer import Layer

__all__ = ["Scale", "Tie", "anchored", "labels", "on_scale", "shift"]

_KEY = ("state_a", "state_b", "year")
_NEWTON = 60
_RIDGE = 1e-3
_FEWEST = 50


class Scale(NamedTuple):
    """Neutral line ``v = -(b0 + b2 g) / b1`` and the level of the median ally and of the median rival."""

    b0: float
    b1: float
    b2: float
    ally: float
    rival: float


class Tie(NamedTuple):
    """Valence and engagement on the anchored scale with posterior standard deviations, each ``(cells,)``.

    ``change_sd`` and ``engagement_change_sd`` are those of what each changed since the cell before; NaN in a dyad's first.
    """

    valence: Array
    sd: Array
    change_sd: Array
    engagement: Array
    engagement_sd: Array
    engagement_change_sd: Array

    def columns(self) -> dict[str, pl.Series]:
        """As Float32 with null where nothing is known."""
        return {
            name: pl.Series(value.astype(np.float32)).fill_nan(None)
            for name, value in self._asdict().items()
        }


def _spells(layers: Iterable[Layer], role: str, which: pl.Expr) -> tuple[pl.DataFrame, int]:
    """Dyad-years of which any layer of the role says it, and the last year of the longest."""
    mine = [x for x in layers if x.role == role]
    rows = [x.data.filter(which).select(*_KEY) for x in mine if x.unit == "dyad"]
    if not rows:
        raise NoDataError(
            f"the scale needs a layer of {role}: rivalries and defence pacts anchor it; ingest one of each"
        )
    all_ = pl.concat(rows).unique().filter(pl.col("year") >= FIRST).cast({"year": pl.Int32})
    last = max(int(x.data["year"].max()) for x in mine)  # type: ignore[arg-type]
    return all_, last


def labels(cells: pl.DataFrame, layers: Iterable[Layer]) -> Array:
    """+1: partners of a defence pact, -1: strategic rivals; NaN: neither, both, or beyond the lists.

    Parameters
    ----------
    cells : polars.DataFrame
        ``state_a, state_b, year``.
    layers : iterable of Layer
        With roles ``rivalry`` and ``alliance``.

    Raises
    ------
    NoDataError
        There are no rivalries, no defence pacts, or fewer than 50 dyad-years of one of them.
    """
    layers = list(layers)
    rivals, until = _spells(layers, "rivalry", pl.lit(value=True))
    allies, last = _spells(layers, "alliance", pl.col("defense"))
    found = cells.select(*_KEY)
    for name, spells in (("r", rivals), ("a", allies)):
        marked = spells.with_columns(pl.lit(value=True).alias(name))
        found = found.join(marked, on=_KEY, how="left", maintain_order="left")
    rival = found["r"].fill_null(value=False).to_numpy()
    ally = found["a"].fill_null(value=False).to_numpy()
    known = found["year"].to_numpy() <= min(until, last)
    label = np.where(rival ^ ally, np.where(ally, 1.0, -1.0), np.nan)
    label[~known] = np.nan
    for sign, what in ((1.0, "defence pacts"), (-1.0, "rivalries")):
        if (label == sign).sum() < _FEWEST:
            raise NoDataError(
                f"fewer than {_FEWEST} dyad-years of {what} since {FIRST}: the scale has no anchor"
            )
    return label


def _share(cells: pl.DataFrame, label: Array) -> Array:
    """Weight of labelled cells: a pact, or a rivalry, as a part of those that each of the two has that year."""
    rows = cells.select(*_KEY).with_columns(label=pl.Series(label))
    ends = pl.concat(rows.select("year", "label", state=c) for c in _KEY[:2])
    many = ends.group_by("state", "year", "label").len()
    for c in _KEY[:2]:
        own = many.rename({"state": c, "len": f"n_{c}"})
        rows = rows.join(own, on=[c, "year", "label"], how="left", maintain_order="left")
    return (0.5 / rows["n_state_a"] + 0.5 / rows["n_state_b"]).to_numpy()


def anchored(cells: pl.DataFrame, valence: Array, engagement: Array, label: Array) -> Scale:
    """Neutral line and units, from the labelled cells; weighted logistic regression by Newton's method.

    Parameters
    ----------
    cells : polars.DataFrame
        ``state_a, state_b, year``.
    valence, engagement, label : ndarray, shape (cells,)
        Posterior means, and labels as `labels` gives them.

    Raises
    ------
    NoDataError
        The median partner is not above neutral, or the median rival not below it.
    """
    at = np.isfinite(label)
    weight = _share(cells.filter(pl.Series(at)), label[at])
    weight = weight / weight.mean()
    ally = label[at] > 0
    x = np.c_[np.ones(at.sum()), valence[at], engagement[at]]
    b = np.zeros(3)
    for _ in range(_NEWTON):
        p = 1.0 / (1.0 + np.exp(-x @ b))
        curve = (x * (weight * p * (1.0 - p))[:, None]).T @ x + _RIDGE * np.eye(3)
        step = np.linalg.solve(curve, x.T @ (weight * (ally - p)) - _RIDGE * b)
        b = b + step
        if np.abs(step).max() < 1e-9:
            break
    level = x @ b / b[1]
    b0, b1, b2 = (float(v) for v in b)
    ally_level, rival_level = (float(np.median(level[c])) for c in (ally, ~ally))
    if b1 <= 0 or ally_level <= 0 or rival_level >= 0:
        raise NoDataError(
            "the scale has no anchor: these witnesses do not tell rivals from partners of a defence pact; add votes or disputes"
        )
    return Scale(b0, b1, b2, ally_level, -rival_level)


def on_scale(post: Posterior, scale: Scale) -> Tie:
    """Posterior of the states on the anchored scale."""
    level, sd, unit = _level(post, scale)
    change = np.where(post.change[:, :1, :1] > 0.0, post.change, np.nan)
    changed = np.sqrt(_variance(change, scale)) / unit
    return Tie(
        level / unit, sd / unit, changed,
        post.mean[:, 1], np.sqrt(post.cov[:, 1, 1]), np.sqrt(change[:, 1, 1]),
    )  # fmt: skip


def shift(post: Posterior, rest: Array, scale: Scale) -> Array:
    """How much higher the level is than it is of other means of the states, in its own units, ``(cells,)``.

    Parameters
    ----------
    post : Posterior
        Of all reports.
    rest : ndarray, shape (cells, 2)
        Means of valence and engagement without some of them.
    scale : Scale
    """
    moved = (post.mean - rest) @ np.array([1.0, scale.b2 / scale.b1])
    return np.asarray(moved / _level(post, scale)[2])


def _level(post: Posterior, scale: Scale) -> tuple[Array, Array, Array]:
    """Level above neutral in units of valence, its standard deviation, and the unit that it is divided by."""
    v, g = post.mean.T
    level = v + scale.b0 / scale.b1 + scale.b2 / scale.b1 * g
    sd = np.sqrt(_variance(post.cov, scale))
    warm = ndtr(level / sd)
    return level, sd, warm * scale.ally + (1.0 - warm) * scale.rival


def _variance(cov: Array, scale: Scale) -> Array:
    """Variance of a level from the covariance of the states, in units of valence."""
    slope = scale.b2 / scale.b1
    return np.asarray(cov[:, 0, 0] + 2.0 * slope * cov[:, 0, 1] + slope**2 * cov[:, 1, 1])
