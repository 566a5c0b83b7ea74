"""The pages, in the order of the navigation: a new one is a module of `quadrille.web.pages` and a line here."""

from __future__ import annotations

from quadrille.web.page import Page
from quadrille.web.pages import (
    analogues,
    bench,
    claims,
    compare,
    data,
    economy,
    network,
    portfolio,
    record,
    tie,
    triangle,
    world,
)

__all__ = ["PAGES", "page_named"]

PAGES: tuple[Page, ...] = (
    tie.PAGE, compare.PAGE, world.PAGE, network.PAGE, triangle.PAGE, portfolio.PAGE, economy.PAGE, bench.PAGE, analogues.PAGE, claims.PAGE,
    record.PAGE, data.PAGE,
)  # fmt: skip


def page_named(name: str) -> Page | None:
    """The page of this name."""
    return next((p for p in PAGES if p.name == name), None)
