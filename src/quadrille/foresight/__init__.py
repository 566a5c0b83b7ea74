"""What would happen if, how such cases ended before, and how often such forecasts were right."""

from quadrille.foresight.analogues import AnalogueRules, Analogues, analogues
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
from quadrille.foresight.conditions import PHRASES, Condition, parse, read_scenario
from quadrille.foresight.forecasters import LEVELS, Forecast, Forecaster
from quadrille.foresight.scenario import Reading, Scenario, what_if
from quadrille.foresight.series import Series, lay_out
from quadrille.foresight.survival import beside

__all__ = [
    "DEFAULT_METHODS",
    "LEVELS",
    "METHODS",
    "PHRASES",
    "AnalogueRules",
    "Analogues",
    "Backtest",
    "BacktestOptions",
    "Combination",
    "Condition",
    "Forecast",
    "Forecaster",
    "ModelCard",
    "Reading",
    "Scenario",
    "Series",
    "analogues",
    "backtest",
    "beside",
    "default_forecaster",
    "forecaster",
    "lay_out",
    "model_card",
    "parse",
    "read_scenario",
    "what_if",
]
