"""What would happen if, how such cases ended before, and how often such forecasts were right."""

from quadrille.foresight.conditions import Condition, parse, read_scenario
from quadrille.foresight.scenario import Reading, Scenario, what_if

__all__ = ["Condition", "Reading", "Scenario", "parse", "read_scenario", "what_if"]
