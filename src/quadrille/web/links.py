"""Addresses of pages, parts, figures and files; the only place that knows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from quadrille.web.asking import Ask

__all__ = ["API", "Links"]

API = "/api/v1"


def _query(given: Mapping[str, Any]) -> str:
    kept = {k: v for k, v in given.items() if v not in (None, "", [], ())}
    return f"?{urlencode(kept, doseq=True)}" if kept else ""


class Links:
    """Addresses on a server; a place to which pages are written has its own.

    Parameters
    ----------
    stamp : str
        Of the files beside the pages: another where they are others.
    """

    live = True

    def __init__(self, stamp: str = "") -> None:
        self._stamp = stamp

    def home(self) -> str:
        """The first page."""
        return "/"

    def search(self) -> str:
        """Where states are found by name."""
        return "/search"

    def page(self, name: str, given: Mapping[str, Any] | None = None, **more: Any) -> str:
        """A page that holds its state in its address."""
        return f"/{name}{_query({**(given or {}), **more})}"

    def part(self, ask: Ask, name: str = "") -> str:
        """One answered question, as a piece of a page; its name is that of the question if none is given."""
        named = {} if name in ("", ask.question.name) else {"part": name}
        return f"/part/{ask.question.name}{_query({**ask.query, **named})}"

    def progress(self, name: str, given: Mapping[str, Any]) -> str:
        """How far the answer to a question, or the model of a bench, is."""
        return f"/progress/{name}{_query(given)}"

    def part_named(self, name: str) -> str:
        """The same without arguments, for a script that gives them."""
        return f"/part/{name}"

    def file(self, ask: Ask, suffix: str, **more: Any) -> str:
        """A file made of an answer."""
        return f"/file/{ask.question.name}.{suffix}{_query({**ask.query, **more})}"

    def api(self, ask: Ask) -> str:
        """The same question of the API."""
        return f"{API}/{ask.question.name}{_query(ask.query)}"

    def static(self, name: str) -> str:
        """A file beside the pages."""
        return f"/static/{name}?{self._stamp}"
