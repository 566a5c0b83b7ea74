"""The track record of every forecaster on any data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from quadrille.api.data import Data, panel_of, states_of
from quadrille.brief.figures_backtest import record_figure
from quadrille.errors import NoDataError
from quadrille.foresight.backtest import DEFAULT_METHODS, Backtest, BacktestOptions
from quadrille.foresight.backtest import backtest_of as run
from quadrille.foresight.card import ModelCard, model_card
from quadrille.foresight.forecasters import Forecaster
from quadrille.foresight.series import to_series

__all__ = ["TrackRecord", "backtest"]


@dataclass(frozen=True, slots=True)
class TrackRecord(Backtest):
    """A backtest that can draw itself and write its card; fields as in `quadrille.foresight.Backtest`."""

    def plot(self) -> Any:
        """An Altair chart: skill by horizon, and reliability of P(still warm)."""
        return record_figure(self)

    def card(self, method: str | None = None) -> ModelCard:
        """The model card of one method; the best one if none is named."""
        return model_card(self, method)


def backtest(
    data: Data = None,
    methods: Sequence[str | Forecaster] = DEFAULT_METHODS,
    *,
    facet_name: str | None = None,
    frequency: str | None = None,
    since: date | None = None,
    until: date | None = None,
    states: Sequence[str] = (),
    top: int | None = 300,
    horizons: int = 12,
    reference: str = "last",
    score_from: date | None = None,
    score_until: date | None = None,
) -> TrackRecord:
    """Forecast again from past dates, and score what was said by what came.

    Parameters
    ----------
    data, frequency, since, until
        As in `relations`.
    methods : sequence of str or Forecaster
        Names of `quadrille.foresight.METHODS`, or forecasters of your own.
    facet_name : str, optional
        A facet, or ``"score"``: the sums of a scored panel as they stand (the default there).
    states : sequence of str
        Only dyads among these; by default all.
    top : int or None
        Only so many dyads with most coverage before the first period forecast; None: all.
    horizons : int
        Forecast 1 to so many periods ahead.
    reference : str
        Method that skill is measured against.
    score_from, score_until : date, optional
        First and last period forecast; by default the last fifth of the periods.

    Examples
    --------
    >>> record = backtest(methods=("last", "mean"), horizons=2)
    >>> record.methods
    ('last', 'mean')
    """
    panel = panel_of(data, frequency, since, until)
    series = to_series(panel, facet_name)
    if states:
        series = series.among(tuple(states_of(states, since, until)))
        if not len(series.dyads):
            raise NoDataError(
                f"{series.origin}: no observation of {series.facet} among {', '.join(states)}; "
                "name other states"
            )
    options = BacktestOptions(horizons, reference, score_from, score_until)
    if top is not None:
        series = series.largest(top, options.span(series)[0])
    made = run(series, tuple(methods), options)
    return TrackRecord(**{f.name: getattr(made, f.name) for f in fields(Backtest)})
