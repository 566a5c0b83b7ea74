"""Responses, variance shares and connectedness of a coupled model, with their bands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from quadrille.coupling.effects import Connectedness, Responses
from quadrille.coupling.result import Coupled, Draws
from quadrille.errors import NoDataError, OptionError
from quadrille.kernels.arrays import Array
from quadrille.kernels.constants import BAND
from quadrille.kernels.responses import (
    generalised_responses,
    moving_average,
    recursive_responses,
    spillover,
    variance_shares,
)

__all__ = [
    "HORIZONS", "ThirdShare", "connectedness_of", "response_draws", "responses_of", "third_shares",
]  # fmt: skip

HORIZONS = {"D": 30, "M": 12, "Q": 8, "Y": 5}
_ROOM = 30_000_000


def _draws(c: Coupled, horizon: int | None) -> tuple[Draws, int]:
    """Draws, as many as fit in memory with their responses, and the horizon."""
    steps = HORIZONS[c.frequency] if horizon is None else horizon
    if steps < 1:
        raise OptionError(f"horizon is {steps}; it must be at least 1")
    most = max(200, _ROOM // ((steps + 1) * len(c.dyads) ** 2))
    return c.stacked(most), steps


def _order(c: Coupled, order: Sequence[str]) -> NDArray[np.intp]:
    """Positions of the ties in the order given; ties not named follow."""
    named = [c.index(*label.split("-", 1)) for label in order]
    rest = [i for i in range(len(c.dyads)) if i not in named]
    if len(set(named)) != len(named):
        raise OptionError(f"order {', '.join(order)} names a tie twice")
    return np.array(named + rest, dtype=np.intp)


def _identified(c: Coupled, psi: Array, sigma: Array, order: Sequence[str]) -> tuple[Array, str]:
    if not order:
        return generalised_responses(psi, sigma), (
            "generalised (a surprise in one tie with what usually comes with it; no ordering)"
        )
    positions = _order(c, order)
    names = ", ".join(c.dyads[i] for i in positions)
    return recursive_responses(psi, sigma, positions), (
        f"recursive (within a period a tie moves only those after it: {names})"
    )


def response_draws(
    c: Coupled, horizon: int | None = None, order: Sequence[str] = ()
) -> tuple[Array, Array, str]:
    """Responses ``(draw, h, dyad, dyad_from)``, variance shares likewise, the identification."""
    draws, steps = _draws(c, horizon)
    psi = moving_average(draws.A, steps)
    responses, identification = _identified(c, psi, draws.Sigma, order)
    return responses, variance_shares(responses, psi, draws.Sigma), identification


def responses_of(c: Coupled, horizon: int | None = None, order: Sequence[str] = ()) -> Responses:
    """Impulse responses of every tie to every tie.

    Parameters
    ----------
    c : Coupled
    horizon : int, optional
        Periods after the shock; by default 5 years, 8 quarters, 12 months or 30 days.
    order : sequence of str
        Labels of ties. Empty: generalised responses. Else recursive identification, a tie moving
        within the period only those after it; ties not named follow in the model's order.
    """
    responses, _, identification = response_draws(c, horizon, order)
    sums = responses.cumsum(axis=1)
    lo, mid, hi = np.quantile(responses, BAND, axis=0)
    sum_lo, sum_mid, sum_hi = np.quantile(sums, BAND, axis=0)
    return Responses(
        c, identification, lo, mid, hi, sum_lo, sum_mid, sum_hi, (sums[:, -1] < 0).mean(axis=0)
    )


def connectedness_of(
    c: Coupled, horizon: int | None = None, order: Sequence[str] = ()
) -> Connectedness:
    """Connectedness table; arguments as in `responses_of`."""
    responses, shares, identification = response_draws(c, horizon, order)
    got = spillover(shares)
    pairwise = got.shares.transpose(0, 2, 1) - got.shares

    def band(values: Array) -> Array:
        return np.asarray(np.quantile(values, BAND, axis=0))

    return Connectedness(
        c, identification, responses.shape[1] - 1,
        band(got.shares), band(got.received), band(got.sent), band(got.net), band(pairwise),
        band(got.total),
    )  # fmt: skip


class ThirdShare(NamedTuple):
    """Share of a tie's forecast variance that goes with a third state's ties with its two members.

    ``share`` is its 5%, 50% and 95% points, ``largest`` the probability that no other third state has more.
    """

    state: str
    share: tuple[float, float, float]
    largest: float


def third_shares(c: Coupled, a: str, b: str, horizon: int | None = None) -> tuple[ThirdShare, ...]:
    """How much of the forecast variance of A-B goes with each third state, the largest first.

    Shares of variance by tie, as in `connectedness_of` (generalised, the sum over all ties one), added up over the
    ties that a third state has with A and with B.

    Raises
    ------
    NoDataError
        The tie is not in the model, or no third state has a tie with either.
    """
    to = c.index(a, b)
    _, shares, _ = response_draws(c, horizon)
    own = spillover(shares).shares[:, to]
    parts: dict[str, Array] = {}
    for k, label in enumerate(c.dyads):
        ends = {*label.split("-")}
        thirds = ends - {a, b}
        if len(thirds) == 1:
            (third,) = thirds
            parts[third] = parts.get(third, np.zeros(len(own))) + own[:, k]
    if not parts:
        raise NoDataError(f"{a}-{b}: no third state in the model has a tie with either; name some")
    states = list(parts)
    table = np.stack([parts[s] for s in states], axis=1)
    lead = np.bincount(table.argmax(axis=1), minlength=len(states)) / len(table)
    lo, mid, hi = np.quantile(table, BAND, axis=0)
    return tuple(
        ThirdShare(states[k], (float(lo[k]), float(mid[k]), float(hi[k])), float(lead[k]))
        for k in np.argsort(-mid)
    )
