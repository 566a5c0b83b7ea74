"""How often forecasts from past dates were right."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Unpack, cast

from quadrille.arguments import Range, question
from quadrille.dates import first_day, last_day
from quadrille.errors import NoDataError
from quadrille.measure.world import Data, Where, World, open_world

if TYPE_CHECKING:
    from quadrille.foresight.record import Backtest
    from quadrille.foresight.series import Series

__all__ = ["backtest"]


@question
def backtest(
    data: Data = None,
    *,
    methods: Sequence[str | object] = (),
    facet: str | None = None,
    states: Sequence[str] = (),
    top: Annotated[int | None, Range(1)] = 300,
    horizons: Annotated[int, Range(1, 999)] = 12,
    reference: str = "last",
    score_from: str | date | None = None,
    score_until: str | date | None = None,
    **where: Unpack[Where],
) -> Backtest:
    """How often forecasts from past dates were right.

    Parameters
    ----------
    methods : sequence of str or Forecaster, optional
        Methods to judge: last, mean, rolling, smoothing, pooled, regression, combination, measurement, var,
        coupled, autoets, autoarima, autotheta. Default: the first seven. The reference and the plain mean are always among them.
    facet : str, optional
        cordiality, engagement, hostility, materiality, or score (sums as they are; the default of scored data).
    states : sequence of str
        Only dyads among these states; by default all.
    top : int, optional
        Only so many dyads with most coverage before the first period forecast.
    horizons : int
        Forecast 1 to so many periods ahead.
    reference : str
        Method that skill is measured against.
    score_from, score_until : str or date, optional
        First and last period forecast. Default: the last fifth of the periods.

    Raises
    ------
    UnknownStateError, NoDataError, OptionError

    Examples
    --------
    >>> record = backtest(methods=("last", "mean"), horizons=2)
    >>> record.methods
    ('last', 'mean')
    """
    from quadrille.foresight.backtest import DEFAULT_METHODS, backtest_of
    from quadrille.foresight.record import BacktestOptions

    options = BacktestOptions(horizons, reference, first_day(score_from), last_day(score_until))
    world = open_world(data, **where)
    series = _series(world, facet, states)
    chosen = series if top is None else series.largest(top, options.span(series)[0])
    asked = _with(cast("Sequence[Any]", methods or DEFAULT_METHODS), reference)
    return backtest_of(chosen, asked, options, population=len(series.dyads))


def _series(world: World, facet: str | None, states: Sequence[str]) -> Series:
    from quadrille.foresight.series import to_series

    codes = world.present(states) if states else []
    series = to_series(world.panel, facet)
    if not codes:
        return series
    among = series.among(tuple(codes))
    if not len(among.dyads):
        raise NoDataError(
            f"{series.origin}: no observation of {series.facet} among {', '.join(states)}; name other states"
        )
    return among


def _with(methods: Sequence[Any], reference: str) -> tuple[Any, ...]:
    """The methods, the reference and the plain mean, each once."""
    names = [getattr(m, "name", m) for m in methods]
    further = [m for m in dict.fromkeys((reference, "mean")) if m not in names]
    return (*further, *methods)
