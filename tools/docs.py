"""What the documentation builds from the code: reference pages, and the pictures of the readings.

python tools/docs.py            write both, and pictures of the page to explore where Chromium is
python tools/docs.py pages      the reference pages only; they are committed, and a test compares them
"""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import socket
import sys
import tempfile
import threading
from base64 import b64decode
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import polars as pl

import quadrille
from quadrille.cli.main import app
from quadrille.index.shipped import read_index
from quadrille.public import GROUPS, NAMES, QUESTIONS
from quadrille.views import theme
from quadrille.views.names import tie_name

REPO = Path(__file__).resolve().parents[1]
DOCS = REPO / "docs"
SRC = REPO / "src" / "quadrille"
# From the bottom up, as in ARCHITECTURE.md.
ROOMS = (
    "kernels", "states", "coding", "download", "sources", "chronicle", "lake", "panel", "index", "economy", "measure",
    "coupling", "readings", "foresight", "claims", "questions", "views", "web", "cli",
)  # fmt: skip
DATA_COMMANDS = (
    ["data"], ["ingest"], ["pull"], ["lake"], ["lake", "status"], ["lake", "verify"], ["lake", "forget"],
    ["lake", "export"], ["map", "guess"], ["panel", "build"], ["index", "build"], ["index", "update"], ["index", "export"],
    ["serve"], ["states", "find"], ["chronicle", "check"],
)  # fmt: skip


def help_of(*args: str) -> str:
    """What ``quadrille ARGS --help`` prints at 80 columns."""
    os.environ["COLUMNS"] = "80"
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        app([*args, "--help"], prog_name="quadrille", standalone_mode=False)
    return "\n".join(line.rstrip() for line in out.getvalue().strip().splitlines())


def _cli_page() -> str:
    parts = ["# Commands", "", "Made from the program. Every command about a question takes the same words as its function.", "",
             "```text", help_of(), "```", ""]  # fmt: skip
    for q in QUESTIONS:
        parts += [f"## {q.command}", "", "```text", help_of(q.command), "```", ""]
    for args in DATA_COMMANDS:
        parts += [f"## {' '.join(args)}", "", "```text", help_of(*args), "```", ""]
    return "\n".join(parts)


def _public_page() -> str:
    parts = [
        "# Reference", "",
        "Made from the table of questions in `quadrille.public`. Each question is a function of the package, a method of a "
        "[World](#world), and a [command](cli.md). The rooms below are for work that needs more.", "",
    ]  # fmt: skip
    for group in GROUPS:
        parts += [f"## {group}", ""]
        for q in (q for q in QUESTIONS if q.group == group):
            parts += [
                f"::: quadrille.questions.{q.module}.{q.name}",
                "    options:",
                "      show_root_heading: true",
                "",
            ]
    parts += ["## World", "", "::: quadrille.measure.world.open", "    options:", "      show_root_heading: true", "",
              "::: quadrille.measure.world.World", "    options:", "      show_root_heading: true", "",
              "## Results", "", "::: quadrille.results.Result", "    options:", "      show_root_heading: true", ""]  # fmt: skip
    others = [n for n in NAMES if n not in ("World", "open")]
    parts += [
        "## Further names",
        "",
        *(f"- `quadrille.{n}`: `quadrille.{NAMES[n]}.{n}`" for n in others),
        "",
    ]
    parts += [
        "## Rooms",
        "",
        *(
            f"- [{room}]({_file(room)}.md): {_about(room)}"
            for room in ROOMS
            if (SRC / room).is_dir()
        ),
        "",
    ]
    return "\n".join(parts)


def _file(room: str) -> str:
    """Name of a room's page; cli.md is the page of the commands, index.md the first one."""
    return f"{room}-room" if room in ("cli", "index") else room


def _about(room: str) -> str:
    text = (SRC / room / "__init__.py").read_text(encoding="utf-8")
    return text.split('"""')[1].strip().split("\n\n")[0].replace("\n", " ")


def _room_page(room: str) -> str:
    parts = [f"# {room}", "", _about(room), ""]
    for path in sorted((SRC / room).rglob("*.py")):
        if path.stem.startswith("_"):
            continue
        name = ".".join(path.relative_to(SRC).with_suffix("").parts)
        parts += [f"## {name}", "", f"::: quadrille.{name}", ""]
    return "\n".join(parts)


def _errors_page() -> str:
    return "\n".join(["# Errors", "", "::: quadrille.errors", ""])


def pages() -> dict[Path, str]:
    """Every generated page: place → text."""
    folder = DOCS / "reference"
    made = {
        folder / "index.md": _public_page(),
        folder / "cli.md": _cli_page(),
        folder / "errors.md": _errors_page(),
    }
    return made | {folder / f"{_file(r)}.md": _room_page(r) for r in ROOMS if (SRC / r).is_dir()}


TWELVE = (
    "GBR-USA", "DEU-FRA", "AUS-USA", "JPN-USA", "IND-RUS", "PAK-RUS", "RUS-USA", "CHN-USA", "IND-PAK", "KOR-PRK",
    "IRN-ISR", "ARM-AZE",
)  # fmt: skip


class _Twelve:
    """Twelve ties that every reader knows, in the index."""

    def save(self, path: Path) -> None:
        """Draw them, all on one scale."""
        label = pl.concat_str("state_a", "state_b", separator="-")
        names = {tie: tie_name(tie) for tie in TWELVE}
        rows = read_index().filter(label.is_in(TWELVE))
        data = rows.select(
            period=pl.date("year", 1, 1), panel=label.replace_strict(names),
            lo=pl.col("valence") - 1.645 * pl.col("sd"), value="valence",
            hi=pl.col("valence") + 1.645 * pl.col("sd"),
        )  # fmt: skip
        days = sorted(set(data["period"]))
        scale = theme.value_scale(*theme.span(data, "lo", "hi", include=(-1.0, 1.0)))
        layers = theme.band_layers(data, theme.time_axis(days, 260), "index of ties", scale)
        alt = theme.alt
        base = alt.Chart(data)
        lines = [base.mark_rule(color="#888").encode(y=alt.datum(0.0))]
        lines += [
            base.mark_rule(color="#aaa", strokeDash=[4, 3]).encode(y=alt.datum(at))
            for at in (-1.0, 1.0)
        ]
        note = "0: neutral; dashed: +1 the median ally, −1 the median rival; bands: 90%"
        chart = theme.small_multiples(
            [*lines, *layers],
            data,
            tuple(names.values()),
            900,
            130,
            "Twelve ties in the index",
            note,
        )
        path.write_text(theme.to_svg(chart), encoding="utf-8")


def _agreement() -> Any:
    """An agreement in the made world of the page on trade, as its first block of Python writes it."""
    page = (DOCS / "methods" / "economy.md").read_text(encoding="utf-8")
    code = page.split("```python\n")[1].split("```")[0]
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        exec(code, {})
        return quadrille.trade_agreement("PAK", "RUS", effect=0.5, layers=["trade.csv"])


def pictures() -> dict[str, Callable[[], Any]]:
    """A picture for each reading's page: name → the result that draws it."""
    world = quadrille.open("chronicle")
    model = world.couple(["PAK", "RUS", "USA", "IND"], chains=2, draws=300, warmup=300, thin=5)
    return {
        "relation": lambda: world.relation("PAK", "RUS"),
        "index-twelve": _Twelve,
        "index-relation": lambda: quadrille.relation("JPN", "KOR", data="index"),
        "compare": lambda: quadrille.compare("JPN", "KOR", data="index"),
        "relations": lambda: world.relations(),
        "episodes": lambda: world.episodes("PAK", "RUS"),
        "events": lambda: world.events("PAK", "IND", in_="1971"),
        "synchrony": lambda: world.synchrony("PAK", "RUS", with_=("PAK", "USA")),
        "triangle": lambda: world.triangle("PAK", "RUS", "USA"),
        "triads": lambda: world.triads(),
        "dance": lambda: world.dance(["PAK", "RUS", "USA", "IND"]),
        "ties": lambda: quadrille.ties("PAK", in_="2016"),
        "network": lambda: quadrille.network(region="Europe", in_="1980"),
        "portfolio": lambda: world.portfolio("PAK"),
        "balance": lambda: world.balance("RUS", between=("IND", "PAK")),
        "bond": lambda: world.bond("PAK", "RUS"),
        "trade-agreement": _agreement,
        "durability": lambda: world.durability("PAK", "RUS"),
        "connectedness": lambda: quadrille.connectedness(model=model),
        "responses": lambda: quadrille.responses("PAK", "RUS", model=model),
        "pivot": lambda: world.pivot("PAK", "RUS", on="USA", quick=True),
        "pivots": lambda: quadrille.pivots("PAK"),
        "rolling-pivot": lambda: world.rolling_pivot("PAK", "RUS", on="USA", width=40),
        "whatif": lambda: quadrille.whatif("PAK", "RUS", if_=["PAK-USA normalises over 24 months"], model=model),
        "analogues": lambda: world.analogues("PAK", "RUS", on="USA"),
        "backtest": lambda: world.backtest(methods=("last", "mean", "measurement"), horizons=3),
    }  # fmt: skip


# Name → address, width, height, scheme.
VIEWS = {
    "page-start": ("/", 1280, 900, "light"),
    "page-tie": ("/tie?a=PAK&b=RUS", 1280, 1250, "light"),
    "page-world": ("/world?state=PAK&in=2016", 1280, 1000, "light"),
    "page-network": ("/network?region=Middle+East&in=2016", 1280, 1400, "light"),
    "page-phone": ("/tie?a=PAK&b=RUS", 390, 1300, "dark"),
}
_BLANK = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII=")  # fmt: skip


@contextlib.contextmanager
def _served() -> Iterator[str]:
    """Address of a server of the page to explore."""
    import uvicorn

    from quadrille.web.app import create_app

    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(
            uvicorn.Config(create_app(warm=False), log_config=None, access_log=False)
        )
        thread = threading.Thread(target=lambda: server.run(sockets=[listening]), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join(5)


def _photograph(folder: Path, chromium: str) -> None:
    from playwright.sync_api import sync_playwright

    with _served() as base, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        for name, (address, width, height, scheme) in VIEWS.items():
            print(f"photographing {name}", flush=True)
            size = {"width": width, "height": height}
            page = browser.new_context(viewport=size, color_scheme=scheme).new_page()
            page.set_default_timeout(180_000)
            page.goto(f"{base}{address}")
            if page.locator("figure.chart").count():
                page.locator("figure.chart[data-live]").first.wait_for()
            page.screenshot(path=folder / f"{name}.png")
        browser.close()


def photographs(folder: Path) -> None:
    """The page to explore as a browser shows it; without a browser the pictures that are there stay, or are blank."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    needs = [n for n in ("playwright", "fastapi", "uvicorn") if find_spec(n) is None]
    if missing := needs + ["chromium"] * (chromium is None):
        print(f"the page to explore is not photographed: no {', no '.join(missing)} here")
        for name in VIEWS:
            if not (place := folder / f"{name}.png").exists():
                place.write_bytes(_BLANK)
    elif chromium:
        _photograph(folder, chromium)


def main(what: str = "all") -> None:
    """Write what is asked for."""
    for place, text in pages().items():
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    if what == "pages":
        return
    folder = DOCS / "pictures"
    for name, ask in pictures().items():
        print(f"drawing {name}", flush=True)
        ask().save(folder / f"{name}.svg")
    photographs(folder)


if __name__ == "__main__":
    main(*sys.argv[1:2])
