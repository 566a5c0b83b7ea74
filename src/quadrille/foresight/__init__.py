"""What would happen if, how such cases ended before, and how often such forecasts were right."""

from quadrille.foresight.analogues import AnalogueRules, Analogues, analogues
from quadrille.foresight.conditions import PHRASES, Condition, parse, read_scenario
from quadrille.foresight.scenario import Reading, Scenario, what_if
from quadrille.foresight.survival import beside

__all__ = [
    "PHRASES",
    "AnalogueRules",
    "Analogues",
    "Condition",
    "Reading",
    "Scenario",
    "analogues",
    "beside",
    "parse",
    "read_scenario",
    "what_if",
]
