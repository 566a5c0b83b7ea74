"""What the package offers: one table that the package, `World`, the command line and the reference page read.

A new reading is one line here, a module with its question and result, and a view.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any

__all__ = ["GROUPS", "NAMES", "QUESTIONS", "Question", "load", "question_named"]


@dataclass(frozen=True, slots=True)
class Question:
    """One question that can be put to data: a function of the package, a method of a World, a command.

    Attributes
    ----------
    name : str
        Of the function and method; the command has dashes for underscores.
    module : str
        Of `quadrille.questions`, where the function is.
    group : str
        Heading under which the commands are listed.
    help : str
        The first line of the function's docstring.
    keeps : str
        Suffix of a file that holds the result whole, so that it can be read back; empty: there is none.
    data : str
        What it reads where no data are given; empty: the lake, else the chronicle, as every other question.
    layers : bool
        It reads structural layers, and acts only where they are given.
    """

    name: str
    module: str
    group: str
    help: str
    keeps: str = ""
    data: str = ""
    layers: bool = False

    @property
    def command(self) -> str:
        """Name on the command line."""
        return self.name.replace("_", "-")


GROUPS = (
    "One page", "One tie", "Several ties", "One state", "Who moves whom", "Trade and arms", "Looking ahead",
)  # fmt: skip

QUESTIONS = (
    Question("brief", "brief", "One page", "A page on one tie, its pivot and its rival."),
    Question("check", "claims", "One page", "Claims of a text, each with a verdict."),
    Question("relation", "one_tie", "One tie", "How warm a tie is, and since when."),
    Question("relations", "one_tie", "One tie", "Every dyad of the data in one pass."),
    Question("episodes", "one_tie", "One tie", "Thaws and chills of a tie, with dates and causes."),
    Question("events", "one_tie", "One tie", "The rows behind a period of a tie, and what carries it."),
    Question("compare", "one_tie", "One tie", "What each witness says of a tie, on one scale.", data="index"),
    Question("bond", "one_tie", "One tie", "Common goals, shared animosities and domains of a tie."),
    Question("durability", "one_tie", "One tie", "How long warm spells last, and how long this one may."),
    Question("triangle", "several_ties", "Several ties", "The strategic triangle of three states over time."),
    Question("triads", "several_ties", "Several ties", "All triads: share of each type, most frequent pivots."),
    Question("dance", "several_ties", "Several ties", "Signed network of some states: camps and frustration."),
    Question("network", "several_ties", "Several ties", "Signed network of a region or of some states in one period.", data="index"),
    Question("synchrony", "several_ties", "Several ties", "Whether two ties turn together."),
    Question("ties", "one_state", "One state", "Every tie of a state in one period, on a map.", data="index"),
    Question("portfolio", "one_state", "One state", "How a state's cooperation is spread."),
    Question("balance", "one_state", "One state", "A state between two rivals."),
    Question("couple", "coupled", "Who moves whom", "All ties among some states in one model.", ".nc"),
    Question("connectedness", "coupled", "Who moves whom", "How much of each tie's future comes from other ties."),
    Question("responses", "coupled", "Who moves whom", "How one tie responds to shocks in each tie."),
    Question("pivot", "coupled", "Who moves whom", "Whether a state's tie with a pivot moves another of its ties."),
    Question("pivots", "coupled", "Who moves whom", "Who pivots whom in the world, learnt from every triangle."),
    Question("rolling_pivot", "coupled", "Who moves whom", "The pivot's effect in rolling windows."),
    Question("economics", "trade", "Trade and arms", "Economics of a tie: what data show, what a model implies.", layers=True),
    Question("trade_potential", "trade", "Trade and arms", "How much two states trade against what is to be expected.", layers=True),
    Question("trade_agreement", "trade", "Trade and arms", "What a free-trade agreement of two states would change.", layers=True),
    Question("trade_corridor", "trade", "Trade and arms", "What cheaper routes among some states would change.", layers=True),
    Question("trade_embargo", "trade", "Trade and arms", "What an end of trade with one state would change.", layers=True),
    Question("trade_openings", "trade", "Trade and arms", "Lines that a market lost and that another state exports well.", layers=True),
    Question("trade_warmth", "trade", "Trade and arms", "Whether warmth moves trade, and trade moves warmth.", data="index"),
    Question("arms", "trade", "Trade and arms", "Who arms a state, how concentrated that is, and when it moved.", layers=True),
    Question("whatif", "ahead", "Looking ahead", "Forecast of a tie under conditions on other ties."),
    Question("analogues", "ahead", "Looking ahead", "Base rates: outcomes of comparable past cases."),
    Question("backtest", "ahead", "Looking ahead", "How often forecasts from past dates were right."),
)  # fmt: skip

# Further public names → module: what questions take and give.
NAMES = {
    "Condition": "foresight.conditions",
    "Coupled": "coupling.result",
    "InputError": "errors",
    "Measurement": "measure.result",
    "Panel": "panel.build",
    "QuadrilleError": "errors",
    "Relation": "measure.result",
    "State": "states.registry",
    "Table": "sources.table",
    "World": "measure.world",
    "find": "states.registry",
    "open": "measure.world",
}


def question_named(name: str) -> Question | None:
    """The question of this name."""
    return next((q for q in QUESTIONS if q.name == name), None)


def load(name: str) -> Any:
    """The object behind a public name, imported now.

    Raises
    ------
    AttributeError
        There is no such public name.
    """
    found = question_named(name)
    module = f"questions.{found.module}" if found else NAMES.get(name)
    if module is None:
        raise AttributeError(f"module 'quadrille' has no attribute {name!r}")
    return getattr(import_module(f"quadrille.{module}"), name)
