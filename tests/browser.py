"""One headless Chromium for every test of a page: the system's own, launched by its path; none is downloaded.

Its fixtures are loaded by `conftest.py`. A page is opened as a file or an address, at a width; `faults_of` is what axe finds.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

WIDTHS = (390, 1280)  # a phone, a desk
HEIGHT = 900


def _missing(what: str) -> None:
    """Without the thing a test is skipped; in CI it fails."""
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(f"no {what} here")
    pytest.skip(f"no {what} here")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A browser for the tests of one module. Its event loop runs while it is open: left open, no later test could run one."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        _missing("playwright")
    place = shutil.which("chromium") or shutil.which("chromium-browser")
    if place is None:
        _missing("chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=place, args=["--no-sandbox", "--disable-gpu"]
        )
        yield chromium
        chromium.close()


@pytest.fixture
def opened(browser: Any) -> Iterator[Callable[..., Any]]:
    """Open a file or an address at a width, in a context of its own that is closed after the test.

    ``opened(place, width, javaScriptEnabled=False)``: what follows goes to the browser's context, in Playwright's words.
    """
    contexts = []

    def call(place: str | Path, width: int, **how: Any) -> Any:
        size = {"width": width, "height": HEIGHT}
        contexts.append(browser.new_context(viewport=size, **how))
        page = contexts[-1].new_page()
        page.goto(place.resolve().as_uri() if isinstance(place, Path) else place)
        return page

    yield call
    for context in contexts:
        context.close()


def faults_of(page: Any, without: tuple[str, ...] = ()) -> list[str]:
    """What axe finds on an open page, a line for each element: rule, element, what is wrong; some selectors left out."""
    from axe_playwright_python.sync_playwright import Axe

    context = {"exclude": [[selector] for selector in without]} if without else None
    found = Axe().run(page, context).response["violations"]
    return [
        f"{rule['id']}: {node['target'][0]}: {' '.join(node['failureSummary'].split())}"
        for rule in found
        for node in rule["nodes"]
    ]


def overflow_of(page: Any) -> int:
    """Pixels by which a page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))
