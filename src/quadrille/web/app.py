"""The application: pages, parts of pages, files and the API, all of one desk."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from functools import cache, partial
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from typing import Any, NamedTuple

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from quadrille.errors import LakeError, NoDataError, OptionError, QuadrilleError, UnknownStateError
from quadrille.states.registry import all_states, search
from quadrille.views.names import name, the
from quadrille.web.api import add_api
from quadrille.web.asking import Ask, ask_of, one_line, take
from quadrille.web.attending import LeftError, attended
from quadrille.web.bench_api import add_bench, bench_of
from quadrille.web.bundle import bundle, bundle_name
from quadrille.web.desk import BusyError, Desk, Kept, WorkError, model_ask
from quadrille.web.figures import figure_style, for_page
from quadrille.web.guard import Guard
from quadrille.web.links import API, Links
from quadrille.web.page import Page, Part
from quadrille.web.ready import Ready, address_of, keep
from quadrille.web.registry import PAGES, page_named
from quadrille.web.replies import LASTING, Reply, reply
from quadrille.web.settings import Settings
from quadrille.web.start import ASKED

__all__ = ["Rendered", "create_app", "render_page"]

_log = logging.getLogger("quadrille.web")
_MEDIA = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}  # fmt: skip
_EVENTS = re.compile(r"quadrille events ([A-Z]{3}) ([A-Z]{3}) --in (\d{4}(?:-\d\d)*)")
_PLACE = re.compile("[a-z_]{1,20}")
_KEPT = 64 * 1024 * 1024


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("quadrille.web"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip


@cache
def static_files() -> dict[str, bytes]:
    """Files beside the pages, by name."""
    folder = files("quadrille.web").joinpath("static")
    found = {f.name: f.read_bytes() for f in folder.iterdir() if f.is_file()}
    found["style.css"] += figure_style().encode()
    return found


@cache
def stamp() -> str:
    """Of the files beside the pages."""
    return sha256(b"".join(v for _, v in sorted(static_files().items()))).hexdigest()[:10]


@cache
def _names() -> list[str]:
    return sorted(s.name for s in all_states())


def status_of(problem: QuadrilleError) -> int:
    """The status of a response to what cannot be answered."""
    if isinstance(problem, BusyError):
        return 503
    if isinstance(problem, NoDataError | UnknownStateError):
        return 404
    return 500 if isinstance(problem, LakeError | WorkError) else 400


def _base(links: Links) -> dict[str, Any]:
    return {
        "links": links, "pages": PAGES, "version": version("quadrille"), "names": _names(), "bundle": bundle_name(),
        "api": API, "page": None, "title": "Quadrille", "canonical": "",
    }  # fmt: skip


def _commands(links: Links, line: str) -> Markup:
    """A line, which is escaped already, in which the command for the rows behind a period is a link to them."""
    parts, at = [], 0
    for found in _EVENTS.finditer(line):
        a, b, period = found.groups()
        there = links.page("tie", {"a": a, "b": b, "in": period}) + "#acts"
        parts += [
            Markup(line[at : found.start()]),
            Markup('<a href="{}">{}</a>').format(there, found[0]),
        ]
        at = found.end()
    return Markup("").join([*parts, Markup(line[at:])])


def _state_name(state: str) -> str:
    """A state's name where its code is given; what is given where it is none."""
    return name(state) if any(state == s.iso3 for s in all_states()) else state


def render(template: str, links: Links, **values: Any) -> bytes:
    """A template with what every page has."""
    values |= {"commands": partial(_commands, links), "state_name": _state_name, "the": the}
    made = _templates().get_template(template).render(**_base(links) | values)
    return made.encode()


async def _answered(desk: Desk, part: Part, opened: bool) -> dict[str, Any]:
    """A part with its answer, or the line that says why there is none."""
    told: dict[str, Any] = {"part": part, "answer": None, "problem": ""}
    if part.later and not opened:
        return told
    try:
        return told | {"answer": await desk.answer(part.ask)}
    except QuadrilleError as why:
        return told | {"problem": str(why), "status": status_of(why)}


class Rendered(NamedTuple):
    """A page as HTML, its status, and a line on what it lacks where that is not 200."""

    body: bytes
    status: int
    lacks: str = ""


async def render_page(
    desk: Desk, page: Page, given: Mapping[str, Any], links: Links, opened: frozenset[str] = frozenset(), **also: Any
) -> Rendered:  # fmt: skip
    """A page with the answers of its parts.

    Parameters
    ----------
    desk : Desk
    page : Page
    given : mapping
        Values by the names of the page's fields; empty: its example.
    links : Links
    opened : frozenset of str
        Names of parts that are answered although they take long; ``all``: every one.
    **also
        Further values for the template.
    """
    state = dict(given) or dict(page.example)
    values = {
        "page": page,
        "title": page.title,
        "given": state,
        "canonical": links.page(page.name, state),
        **also,
    }
    try:
        parts = page.parts(state)
        more = dict(page.more(state))
        if page.made is not None:
            more |= await page.made(desk, state, opened)
    except QuadrilleError as why:
        made = render(
            page.template,
            links,
            **values,
            parts=[],
            problem=str(why),
            waits="",
            **_empty(page),
        )
        return Rendered(made, status_of(why), str(why))
    answered = await asyncio.gather(
        *(_answered(desk, p, "all" in opened or p.name in opened) for p in parts)
    )
    problem, status = "", 200
    more = {**more, "waits": parts[0].name if parts and parts[0].later else ""}
    if answered and answered[0]["problem"]:
        problem, status, answered = answered[0]["problem"], answered[0]["status"], []
    body = await desk.in_thread(
        lambda: render(page.template, links, **values, parts=answered, problem=problem, **more)
    )
    # A page of which a part could not be answered for want of hands, or by a fault, is not one to keep.
    for each in answered:
        if each.get("status", 200) >= 500:
            status, problem = each["status"], each["problem"]
    return Rendered(body, status, problem)


def _empty(page: Page) -> Mapping[str, Any]:
    try:
        return page.more(page.example)
    except QuadrilleError:
        return {}


def _html(body: bytes, status: int = 200) -> Reply:
    return reply(body, "text/html; charset=utf-8", status)


class _Site:
    """The routes' functions, and what they share."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.links = desk, Links(stamp())
        self.kept = Kept(2000, _KEPT)
        self.bundle: asyncio.Future[bytes] | None = None

    def once(self, make: Callable[[Request], Awaitable[Reply]]) -> Callable[..., Any]:
        """A route whose responses are made once for an address; see `Ready`."""

        async def route(request: Request) -> Response:
            return keep(request, await attended(request, make(request)))

        return route

    async def page(self, request: Request) -> Reply:
        """A page by its name."""
        page = page_named(request.path_params.get("name", ""))
        if page is None:
            raise HTTPException(404)
        given = take(request.query_params.multi_items(), (*page.lists, "open"))
        opened = frozenset(given.pop("open", ()))
        unknown = [n for n in given if n not in {f.name for f in page.fields}]
        if unknown:
            raise OptionError(f"there is no parameter {unknown[0]!r:.40}; leave it out")
        made = await render_page(self.desk, page, given, self.links, opened)
        return replace(_html(made.body, made.status), lasts=page.lasts)

    async def start(self, request: Request) -> Reply:
        """The first page."""
        return _html(render("start.html.j2", self.links, asked=ASKED, title="Begin"))

    async def search(self, request: Request) -> Reply:
        """States by any name."""
        q = str(take(request.query_params.multi_items()).get("q", ""))[:80]
        found = search(q, 10).to_dicts() if q else []
        pages = [p.name for p in PAGES]
        body = render(
            "search.html.j2",
            self.links,
            q=q,
            found=found,
            title="Find a state",
            names_of_pages=pages,
        )
        return _html(body, 404 if q and not found else 200)

    async def part(self, request: Request) -> Reply:
        """One answered question, as a piece of a page."""
        given = request.query_params.multi_items()
        ask = ask_of(request.path_params["name"], [(k, v) for k, v in given if k != "part"])
        place = next((v for k, v in given if k == "part"), ask.question.name)
        if not _PLACE.fullmatch(place):
            raise OptionError("part is the name of a place in a page; leave it out")
        answer = await self.desk.answer(ask)
        told = {"part": Part(ask, place), "answer": answer, "problem": ""}
        return _html(render("part.html.j2", self.links, each=told, given={}))

    async def progress(self, request: Request) -> Response:
        """How far a question is that takes long: steps done, steps in all; 0 of 0 where it does not tell."""
        if request.path_params["name"] == "bench":
            given = take(request.query_params.multi_items())
            states = bench_of(self.desk).states(*(str(given.get(k, "")) for k in ("a", "b", "on")))
            ask = model_ask(sorted(states))
        else:
            ask = self._ask(request)
        found = self.desk.steps(ask)
        done, total = found or (0, 0)
        told = {"working": found is not None, "done": done, "total": total}
        return JSONResponse(told, headers={"Cache-Control": "no-store"})

    async def file(self, request: Request) -> Reply:
        """A file made of an answer."""
        name, _, suffix = request.path_params["name"].partition(".")
        given = request.query_params.multi_items()
        size = next((v for k, v in given if k == "size"), "desk")
        ask = ask_of(name, [(k, v) for k, v in given if k != "size"])
        body, media = await self.desk.file(ask, suffix, size)
        body = for_page(body) if suffix == "svg" else body
        return await self.desk.in_thread(self._file, ask, suffix, body, media)

    def _file(self, ask: Ask, suffix: str, body: bytes, media: str) -> Reply:
        about = "-".join(str(v) for v in ask.query.values() if isinstance(v, str))
        safe = "".join(c for c in about if c.isalnum() or c in "-._")[:60]
        name = f"{ask.question.name}-{safe}.{suffix}".replace("-.", ".")
        more = dict[str, str]()
        if suffix == "html":  # a page by itself, with its style in it and no script
            more["Content-Security-Policy"] = (
                "default-src 'none'; style-src 'unsafe-inline'; sandbox"
            )
        elif suffix == "svg":
            more["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
        else:
            more["Content-Disposition"] = f'attachment; filename="{name}"'
        return reply(body, media, headers=more)

    def _ask(self, request: Request) -> Ask:
        return ask_of(request.path_params["name"], request.query_params.multi_items())

    async def static(self, request: Request) -> Reply:
        """A file beside the pages."""
        name = request.path_params["name"]
        if name == bundle_name():
            zipped = await self._script()
            made = reply(b"", _MEDIA["js"], cache=LASTING)
            etag = f'"{sha256(zipped).hexdigest()[:20]}"'
            return Reply(gzip.decompress(zipped), zipped, made.media, etag, cache=LASTING)
        body = static_files().get(name)
        if body is None:
            raise HTTPException(404)
        return reply(body, _MEDIA[name.rsplit(".", 1)[-1]], cache=LASTING)

    async def _script(self) -> bytes:
        if self.bundle is None:
            self.bundle = asyncio.ensure_future(asyncio.to_thread(bundle))
        return await asyncio.shield(self.bundle)

    async def warm(self) -> None:
        """Load what pages need, the first questions first: what is loaded for one tie is there for all."""
        script = asyncio.create_task(self._script())
        for page in PAGES:
            first = await render_page(self.desk, page, {}, self.links)
            if first.status == 200 and page.lasts:
                made = _html(first.body)
                path, _, query = self.links.page(page.name, page.example).partition("?")
                for given in {b"", query.encode()}:
                    self.kept.put(address_of(path, given), made, made.size)
            if page is PAGES[0]:
                with suppress(QuadrilleError):
                    await self.desk.file(page.parts(page.example)[0].ask, "svg")
        await script

    async def health(self, request: Request) -> Reply:
        """Whether the server answers."""
        return reply(b'{"status": "ok"}\n', "application/json", cache="no-store")


def _refusals(app: FastAPI, links: Links) -> None:
    """What is sent where a question cannot be answered: one line, as a page or as JSON."""

    def said(request: Request, status: int, line: str) -> Response:
        headers = {"Cache-Control": "no-store"} | ({"Retry-After": "60"} if status == 503 else {})
        if request.url.path.startswith((API, "/file/", "/progress/")):
            body = json.dumps({"error": {"status": status, "message": line}}, ensure_ascii=False)
            return Response(body, status, headers, "application/json")
        if request.url.path.startswith("/part/"):
            return Response(line, status, headers, "text/plain; charset=utf-8")
        body = render("problem.html.j2", links, problem=line, title="No answer").decode()
        return Response(body, status, headers, "text/html; charset=utf-8")

    @app.exception_handler(QuadrilleError)
    async def _(request: Request, why: QuadrilleError) -> Response:
        status = status_of(why)
        line = (
            "the data of this server cannot be read; tell who runs it"
            if status == 500
            else str(why)
        )
        if status == 500:
            _log.error("%s", json.dumps({"error": str(why)}))
        return said(request, status, line)

    @app.exception_handler(RequestValidationError)
    async def _(request: Request, why: RequestValidationError) -> Response:
        return said(request, 400, one_line(why.errors()))

    @app.exception_handler(HTTPException)
    async def _(request: Request, why: HTTPException) -> Response:
        line = "there is no such page" if why.status_code == 404 else str(why.detail)
        return said(request, why.status_code, line)

    @app.exception_handler(LeftError)
    async def _(request: Request, why: LeftError) -> Response:
        return Response(status_code=499)

    @app.exception_handler(Exception)
    async def _(request: Request, why: Exception) -> Response:
        _log.error("%s", json.dumps({"error": f"{type(why).__name__}: {why}"[:500]}))
        return said(request, 500, "something went wrong here; it is in the log of the server")


def create_app(settings: Settings | None = None, warm: bool = True) -> FastAPI:
    """The application.

    Parameters
    ----------
    settings : Settings, optional
    warm : bool
        Read the data, make Vega's script and answer the pages' examples while nobody asks yet.
    """
    desk = Desk(settings or Settings())
    site = _Site(desk)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        warming = asyncio.create_task(site.warm() if warm else asyncio.sleep(0))
        yield
        warming.cancel()

    app = FastAPI(
        title="Quadrille", version=version("quadrille"), docs_url=None, redoc_url=None, redirect_slashes=False,
        openapi_url=f"{API}/openapi.json", lifespan=lifespan,
        description="How warm ties among states are, since when, what moved them; read only.",
    )  # fmt: skip
    app.state.desk, app.state.kept = desk, site.kept
    app.add_middleware(Ready, kept=site.kept)
    app.add_middleware(Guard, settings=desk.settings)
    _refusals(app, site.links)
    add_bench(app, desk)  # first: routes are tried in order, and a slider asks most often
    add_api(app, desk)
    app.router.routes += [
        Route("/", site.once(site.start)),
        Route("/search", site.once(site.search)),
        Route("/healthz", site.once(site.health)),
        Route("/static/{name}", site.once(site.static)),
        Route("/part/{name}", site.once(site.part)),
        Route("/progress/{name}", site.progress),
        Route("/file/{name}", site.once(site.file)),
        Route("/{name}", site.once(site.page)),
    ]
    return app
