"""Whether a state's tie with a pivot moves its tie with a partner, over all periods and in windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Unpack

from quadrille.arguments import Progress, Range, question
from quadrille.measure.world import Data, Where, open_world
from quadrille.questions.couple import config_of
from quadrille.questions.shared import Ahead, Compared, Facet, Lags, Partner, Pivotal, Seed

if TYPE_CHECKING:
    from quadrille.coupling.effects import Pivot, RollingPivot

__all__ = ["pivot", "rolling_pivot"]


@question
def pivot(
    a: Compared,
    b: Partner,
    data: Data = None,
    *,
    on: Pivotal,
    among: Sequence[str] = (),
    horizon: Ahead = None,
    lags: Lags = 1,
    quick: bool = False,
    facet: Facet = None,
    seed: Seed = 1,
    progress: Progress | None = None,
    **where: Unpack[Where],
) -> Pivot:
    """Whether a state's tie with a pivot moves another of its ties.

    Parameters
    ----------
    among : sequence of str
        Further state of the model, may be given again. Default: the two third states with most to do with both.
    quick : bool
        Fewer draws and at most 30 placebos.
    progress : callable, optional
        Called with placebos done and placebos in all.

    Examples
    --------
    >>> answer = pivot("PAK", "RUS", on="USA", quick=True)
    >>> answer.label
    'PAK-RUS on USA'
    """
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
    a: Compared,
    b: Partner,
    data: Data = None,
    *,
    on: Pivotal,
    width: Annotated[int | None, Range(8)] = None,
    step: Annotated[int | None, Range(1)] = None,
    horizon: Ahead = None,
    lags: Lags = 1,
    facet: Facet = None,
    seed: Seed = 1,
    **where: Unpack[Where],
) -> RollingPivot:
    """The pivot's effect in rolling windows.

    Parameters
    ----------
    width : int, optional
        Periods in a window, at least 8. Default: 40% of all.
    step : int, optional
        Periods between the starts of two windows. Default: a quarter of the width.

    Examples
    --------
    >>> windows = rolling_pivot("PAK", "RUS", on="USA", width=36, step=36)
    >>> windows.to_polars().columns[:2]
    ['first', 'last']
    """
    world = open_world(data, **where)
    first, second, third = world.present((a, b, on))
    from quadrille.coupling.pivot import SMALL, rolling_pivot_of

    return rolling_pivot_of(
        world.measurement(facet), first, second, third,
        width=width, step=step, horizon=horizon, config=replace(SMALL, lags=lags, seed=seed),
    )  # fmt: skip
