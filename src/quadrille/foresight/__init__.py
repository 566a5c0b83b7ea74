"""Looking ahead, and the record of how often we were right."""

from quadrille.foresight.backtest import (
    DEFAULT_METHODS,
    METHODS,
    Backtest,
    BacktestOptions,
    backtest,
    default_forecaster,
    forecaster,
)
from quadrille.foresight.card import ModelCard, model_card
from quadrille.foresight.combine import Combination
from quadrille.foresight.forecasters import LEVELS, Forecast, Forecaster
from quadrille.foresight.series import Series, lay_out

__all__ = [
    "DEFAULT_METHODS",
    "LEVELS",
    "METHODS",
    "Backtest",
    "BacktestOptions",
    "Combination",
    "Forecast",
    "Forecaster",
    "ModelCard",
    "Series",
    "backtest",
    "default_forecaster",
    "forecaster",
    "lay_out",
    "model_card",
]
