"""Whether a state's tie with a pivot moves its tie with a partner, over all periods and in windows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Unpack

from quadrille.arguments import Progress, at_least, question
from quadrille.measure.world import Data, Where, open_world
from quadrille.questions.couple import config_of

if TYPE_CHECKING:
    from quadrille.coupling.effects import Pivot, RollingPivot

__all__ = ["pivot", "rolling_pivot"]


@question
def pivot(
    a: str,
    b: str,
    data: Data = None,
    *,
    on: str,
    among: Sequence[str] = (),
    horizon: int | None = None,
    lags: int = 1,
    quick: bool = False,
    facet: str | None = None,
    seed: int = 1,
    progress: Progress | None = None,
    **where: Unpack[Where],
) -> Pivot:
    """Whether a state's tie with a pivot moves another of its ties.

    Parameters
    ----------
    a : str
        The state whose ties are compared: name, ISO3, COW code, adjective.
    b : str
        Its partner in the tie asked about.
    data, frequency, since, until, lake, layers
        As in `quadrille.open`.
    on : str
        The pivot: does the tie of A with it move the tie of A with B?
    among : sequence of str
        Further state of the model, may be given again. Default: the two third states with most to do with both.
    horizon : int, optional
        Periods over which the response is summed. Default: 5 years, 8 quarters, 12 months or 30 days.
    lags : int
        Periods back that ties act on each other.
    quick : bool
        Fewer draws and at most 30 placebos.
    facet : str, optional
        cordiality, engagement, hostility or materiality.
    seed : int
        Same seed, same numbers.
    progress : callable, optional
        Called with placebos done and placebos in all.

    Returns
    -------
    Pivot

    Raises
    ------
    UnknownStateError, StateNotThenError, SameStateError, NoDataError, OptionError

    Examples
    --------
    >>> answer = pivot("PAK", "RUS", on="USA", quick=True)
    >>> answer.label
    'PAK-RUS on USA'
    """
    at_least("horizon", horizon, 1)
    world = open_world(data, **where)
    first, second, third, *rest = world.present((a, b, on, *among))
    config = config_of(quick, lags, seed)
    from quadrille.coupling.pivot import pivot_of

    return pivot_of(
        world.measurement(facet), first, second, third,
        among=rest, horizon=horizon, config=config, quick=quick, progress=progress,
    )  # fmt: skip


@question
def rolling_pivot(
    a: str,
    b: str,
    data: Data = None,
    *,
    on: str,
    width: int | None = None,
    step: int | None = None,
    horizon: int | None = None,
    lags: int = 1,
    facet: str | None = None,
    seed: int = 1,
    **where: Unpack[Where],
) -> RollingPivot:
    """The pivot's effect in rolling windows.

    Parameters
    ----------
    a : str
        The state whose ties are compared: name, ISO3, COW code, adjective.
    b : str
        Its partner in the tie asked about.
    data, frequency, since, until, lake, layers
        As in `quadrille.open`.
    on : str
        The pivot: does the tie of A with it move the tie of A with B?
    width : int, optional
        Periods in a window, at least 8. Default: 40% of all.
    step : int, optional
        Periods between the starts of two windows. Default: a quarter of the width.
    horizon : int, optional
        Periods over which the response is summed. Default: 5 years, 8 quarters, 12 months or 30 days.
    lags : int
        Periods back that ties act on each other.
    facet : str, optional
        cordiality, engagement, hostility or materiality.
    seed : int
        Same seed, same numbers.

    Returns
    -------
    RollingPivot

    Raises
    ------
    UnknownStateError, StateNotThenError, SameStateError, NoDataError, OptionError

    Examples
    --------
    >>> windows = rolling_pivot("PAK", "RUS", on="USA", width=36, step=36)
    >>> windows.to_polars().columns[:2]
    ['first', 'last']
    """
    at_least("width", width, 8)
    at_least("step", step, 1)
    at_least("horizon", horizon, 1)
    at_least("lags", lags, 1)
    at_least("seed", seed, 0)
    world = open_world(data, **where)
    first, second, third = world.present((a, b, on))
    from dataclasses import replace

    from quadrille.coupling.pivot import SMALL, rolling_pivot_of

    return rolling_pivot_of(
        world.measurement(facet), first, second, third,
        width=width, step=step, horizon=horizon, config=replace(SMALL, lags=lags, seed=seed),
    )  # fmt: skip
