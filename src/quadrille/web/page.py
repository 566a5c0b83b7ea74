"""What a page is: a form, and the questions that it puts; a module of `quadrille.web.pages` each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from quadrille.public import question_named
from quadrille.web.asking import Ask, ask_of

if TYPE_CHECKING:
    from quadrille.web.desk import Desk

__all__ = ["Field", "Page", "Part", "part"]

Given = Mapping[str, Any]  # of a query: text, or a list of texts


@dataclass(frozen=True, slots=True)
class Field:
    """An entry of a page's form.

    Attributes
    ----------
    name : str
        In the query.
    label : str
    kind : {"state", "text", "number", "choice", "own"}
        ``own``: the page's template has its entry.
    choices : tuple of (str, str)
        Value and what is shown.
    many : int
        Entries of that name; 1: it is no list.
    hint : str
        An example, where the entry is empty.
    """

    name: str
    label: str
    kind: str = "state"
    choices: tuple[tuple[str, str], ...] = ()
    many: int = 1
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One question of a page.

    Attributes
    ----------
    ask : Ask
    name : str
        The id of its place in the page.
    heading : str
        In place of the view's own title.
    at : str
        Name of the parameter of the page that takes a period; empty: periods are no links.
    behind : str
        Id of the part that such a link leads to.
    later : bool
        Answered when the reader asks for it, since it takes long.
    takes : str
        How long, in words.
    """

    ask: Ask
    name: str
    heading: str = ""
    at: str = ""
    behind: str = ""
    later: bool = False
    takes: str = "some seconds"

    @property
    def drawn(self) -> bool:
        """Whether its figure is shown: the map of the world is on the page already, and moves."""
        return self.ask.question.name != "ties"

    @property
    def title(self) -> str:
        """What the question asks."""
        found = question_named(self.ask.question.name)
        return found.help.rstrip(".") if found else ""


def part(
    question: str, given: Given, name: str = "", heading: str = "", at: str = "", behind: str = "", later: bool | None = None,
    takes: str = "some seconds",
) -> Part:  # fmt: skip
    """A part of a page: a question with its arguments, by the names of a query.

    Raises
    ------
    OptionError, UnknownStateError
    """
    ask = ask_of(question, given)
    waits = ask.question.heavy if later is None else later
    return Part(ask, name or question, heading, at, behind, waits, takes)


@dataclass(frozen=True, slots=True)
class Page:
    """A page.

    Attributes
    ----------
    name : str
        Its path.
    title : str
        In the navigation and the head.
    lead : str
        The question that it answers, in one line.
    fields : tuple of Field
        Of its form; no other parameter is taken.
    parts : callable
        What the query gives → the questions put, the most important first.
    example : mapping
        What is shown where the query gives nothing.
    template : str
    layout : str
        ``beside`` sets the parts side by side.
    more : callable, optional
        What the query gives → further values for the template.
    lasts : bool
        Whether its address shows the same until the server ends.
    made : callable, optional
        The desk, what the query gives and which parts were opened → values for the template that take work.
    """

    name: str
    title: str
    lead: str
    fields: tuple[Field, ...] = ()
    parts: Callable[[Given], Sequence[Part]] = lambda given: ()
    example: Mapping[str, Any] = field(default_factory=dict)
    template: str = "page.html.j2"
    layout: str = ""
    lasts: bool = True
    more: Callable[[Given], Mapping[str, Any]] = lambda given: {}
    made: Callable[[Desk, Given, frozenset[str]], Awaitable[Mapping[str, Any]]] | None = None

    @property
    def lists(self) -> tuple[str, ...]:
        """Parameters that are lists."""
        return tuple(f.name for f in self.fields if f.many > 1)
