"""The pages as files: the same as a server sends, for any web host or none; links are relative.

What needs a server is left out: forms, the scenario bench, questions that take long unless they are asked for. Figures are
pictures; the map of the world moves, since what it needs is in its page.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quadrille.errors import OptionError, QuadrilleError
from quadrille.states.regions import region_name
from quadrille.views.names import the, tie_name
from quadrille.web.app import Rendered, render, render_page, static_files
from quadrille.web.asking import Ask
from quadrille.web.desk import Desk
from quadrille.web.figures import for_page
from quadrille.web.links import Links
from quadrille.web.page import Page
from quadrille.web.registry import page_named
from quadrille.web.settings import Settings

__all__ = ["SiteLinks", "Written", "planned", "write_site"]

_log = logging.getLogger("quadrille.web.site")
# Pages of one tie and of one state, where they are in the registry.
_OF_TIES, _OF_STATES = ("tie", "economy"), ("world", "portfolio")
_OPENED = frozenset(("economics",))  # answered although it takes long: its page is for it
_SCRIPTS = frozenset(("app.js", "bench.js"))


@dataclass(frozen=True, slots=True)
class Planned:
    """A page that is written.

    Attributes
    ----------
    page : Page
    given : mapping
    file : str
    says : str
        What it is, for the list of pages.
    """

    page: Page
    given: Mapping[str, Any]
    file: str
    says: str


@dataclass(frozen=True, slots=True)
class Written:
    """What was written.

    Attributes
    ----------
    folder : Path
    pages, files : int
    size : int
        Bytes.
    missing : tuple of str
        A line for each answer that could not be given.
    """

    folder: Path
    pages: int
    files: int
    size: int
    missing: tuple[str, ...]


def _slug(*parts: Any) -> str:
    text = "-".join(str(p) for part in parts for p in (part if isinstance(part, list | tuple) else [part]))  # fmt: skip
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:80]


def _same(given: Mapping[str, Any]) -> str:
    """What tells pages of one name apart: all that is given but the period."""
    kept = {
        k: v for k, v in given.items() if k not in ("in", "open") and v not in (None, "", [], ())
    }
    return repr(sorted(kept.items()))  # fmt: skip


class SiteLinks(Links):
    """Addresses of files beside each other; what is linked to is remembered, so that it can be written.

    Parameters
    ----------
    plan : sequence of Planned
    """

    live = False

    def __init__(self, plan: Sequence[Planned]) -> None:
        super().__init__()
        self._plan = plan
        self.files: dict[str, tuple[Ask, str, str]] = {}

    def home(self) -> str:
        """The first page."""
        return "index.html"

    def search(self) -> str:
        """There is no search in files."""
        return self.home()

    def page(self, name: str, given: Mapping[str, Any] | None = None, **more: Any) -> str:
        """The page if it is written, in the year in which it is; without values the first of its name."""
        every = [p for p in self._plan if p.page.name == name]
        if given:
            wanted = _same({**given, **more})
            every = [p for p in every if _same(p.given) == wanted]
        return every[0].file if every else self.home()

    def part(self, ask: Ask, name: str = "") -> str:
        """Parts are in their pages."""
        return self.home()

    def file(self, ask: Ask, suffix: str, **more: Any) -> str:
        """A file made of an answer."""
        size = str(more.get("size", "desk"))
        small = "-phone" if size == "phone" else ""
        name = f"files/{_slug(ask.question.name, *ask.query.values())}{small}.{suffix}"
        self.files[name] = (ask, suffix, size)
        return name

    def api(self, ask: Ask) -> str:
        """There is no API in files."""
        return self.home()

    def static(self, name: str) -> str:
        """A file beside the pages."""
        return f"static/{name}"


def planned(ties: Sequence[str], regions: Sequence[str], year: str = "") -> list[Planned]:
    """The pages of some ties and regions.

    Parameters
    ----------
    ties : sequence of str
        Such as ``PAK-RUS``, by any names.
    regions : sequence of str
        As in `quadrille.states.regions`.
    year : str
        In which states and regions are read; empty: the last.

    Raises
    ------
    OptionError, UnknownStateError
    """
    from quadrille.foresight.conditions import Condition

    pairs = [Condition(text, "stay").asked.split("–") for text in ties]
    states = dict.fromkeys(code for pair in pairs for code in pair)
    when = {"in": year} if year else {}
    found = [(name, {"a": a, "b": b}, tie_name(f"{a}-{b}")) for a, b in pairs for name in _OF_TIES]
    found += [
        (name, {"state": s} | (when if name == "world" else {}), the(s))
        for s in states for name in _OF_STATES
    ]  # fmt: skip
    found += [("network", {"region": region_name(r)} | when, region_name(r)) for r in regions]
    made = []
    for name, given, says in found:
        page = page_named(name)
        if page is not None:
            file = f"{_slug(name, *(v for k, v in given.items() if k != 'in'))}.html"
            made.append(Planned(page, given, file, says))
    if not made:
        raise OptionError("a site needs a tie or a region; give one, such as PAK-RUS or Europe")
    return list({p.file: p for p in made}.values())


def write_site(
    out: str | Path, ties: Sequence[str], regions: Sequence[str], settings: Settings | None = None, year: str = "",
    tell: Callable[[str], None] = lambda _: None,
) -> Written:  # fmt: skip
    """Write pages into a folder.

    Parameters
    ----------
    out : path
        A new folder, or an empty one.
    ties, regions : sequence of str
    settings : Settings, optional
        What is read.
    year : str
    tell : callable
        Takes a line of progress.

    Raises
    ------
    OptionError
        The folder holds something, or nothing is asked for.
    QuadrilleError
        As the questions of the pages.
    """
    folder = Path(out)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise OptionError(f"{out}: it holds something already; give a new folder, or an empty one")
    plan = planned(ties, regions, year)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as why:
        raise OptionError(
            f"{out}: cannot write there ({why.strerror}); choose another place"
        ) from None
    return asyncio.run(_written(folder, plan, Desk(settings or Settings()), tell))


async def _written(
    folder: Path, plan: Sequence[Planned], desk: Desk, tell: Callable[[str], None]
) -> Written:
    links, size, files, missing = SiteLinks(plan), 0, 0, list[str]()
    shown = list({p.page.name: p.page for p in plan}.values())
    for each in plan:
        try:
            made = await render_page(desk, each.page, each.given, links, _OPENED, pages=shown)
        except Exception as fault:  # a fault of one page is no reason to leave out the others
            line = _fault(fault)
            body = render("problem.html.j2", links, problem=line, title="No answer", pages=shown)
            made = Rendered(body, 500, line)
        if made.status != 200:
            missing.append(f"{each.file}: {made.lacks}")
        size += _write(folder / each.file, made.body)
        tell(each.file)
    index = render("site.html.j2", links, plan=plan, title="Pages", pages=shown)
    size += _write(folder / "index.html", index)
    for name, body in static_files().items():
        if name not in _SCRIPTS:
            size += _write(folder / "static" / name, body)
    for name, (ask, suffix, which) in links.files.items():
        try:
            body, _ = await desk.file(ask, suffix, which)
            body = for_page(body) if suffix == "svg" else body
        except Exception as why:
            missing.append(f"{name}: {why if isinstance(why, QuadrilleError) else _fault(why)}")
            continue
        size += _write(folder / name, body)
        files += 1
    return Written(folder, len(plan) + 1, files, size, tuple(missing))


def _fault(fault: Exception) -> str:
    """What is not meant to happen, as one line; its trace goes to the log."""
    _log.debug("a fault", exc_info=fault)
    return f"{type(fault).__name__}: {' '.join(str(fault).split()) or 'no reason given'}"


def _write(path: Path, body: bytes) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)
    return len(body)
