"""The Python and the commands in README.md, in docs/ and in the docstrings run as printed.

Each page is one script: its ``python`` blocks run in order, in one namespace and an empty folder, and so do the
``console`` blocks: after each ``$ quadrille …`` stands what it prints, where ``...`` stands for anything.
``QUADRILLE_DOCS=write pytest tests/test_docs.py -k console`` writes the outputs anew. A Python block that opens with a
``>>>`` prompt is a doctest; any other is plain code. A fence marked ``{.no-run}`` is shown only: it needs data that the
package does not carry.
"""

from __future__ import annotations

import doctest
import importlib
import os
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

REPO = Path(__file__).resolve().parents[1]
DOCS = sorted((REPO / "docs").rglob("*.md"))
PAGES = [REPO / "README.md", REPO / "CONTRIBUTING.md", *DOCS]
MODULES = [
    ".".join(path.relative_to(REPO / "src").with_suffix("").parts).removesuffix(".__init__")
    for path in sorted((REPO / "src").rglob("*.py"))
    if ">>> " in path.read_text(encoding="utf-8")
]
FENCE = re.compile(
    r"^(?P<indent> *)(?P<ticks>`{3,})python *(?P<info>[^\n`]*)\n"
    r"(?P<code>.*?)^(?P=indent)(?P=ticks) *$",
    re.MULTILINE | re.DOTALL,
)
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


class Block(NamedTuple):
    code: str
    info: str
    line: int  # of the first line of code, from 1


def blocks(text: str) -> Iterator[Block]:
    for fence in FENCE.finditer(text):
        indent = len(fence["indent"])
        code = "".join(line[indent:] or "\n" for line in fence["code"].splitlines(keepends=True))
        yield Block(code, fence["info"].strip(), text[: fence.start()].count("\n") + 2)


def in_navigation(entry: Any) -> Iterator[str]:
    if isinstance(entry, str):
        yield entry
    else:
        for inner in entry.values() if isinstance(entry, dict) else entry:
            yield from in_navigation(inner)


def run(block: Block, page: str, namespace: dict[str, Any]) -> None:
    if block.code.lstrip().startswith(">>>"):
        test = doctest.DocTestParser().get_doctest(
            block.code, namespace, page, page, block.line - 1
        )
        report: list[str] = []
        failed = doctest.DocTestRunner(optionflags=FLAGS).run(
            test, out=report.append, clear_globs=False
        )
        assert failed.failed == 0, "".join(report)
        namespace.update(test.globs)
    else:
        padded = "\n" * (block.line - 1) + block.code  # tracebacks then name the page's own line
        exec(compile(padded, page, "exec"), namespace)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(REPO).as_posix())
def test_page_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, Any] = {"__name__": page.stem}
    for block in blocks(page.read_text(encoding="utf-8")):
        assert block.info in ("", "{.no-run}"), f"{page}:{block.line}: unknown mark {block.info!r}"
        if not block.info:
            run(block, str(page), namespace)


CONSOLE = re.compile(r"^```console\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)


def commands(body: str) -> Iterator[tuple[str, str]]:
    """Each command of a console block, and what the page says that it prints."""
    for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        yield command, output


def printed(call: Any, command: str) -> str:
    _, *args = shlex.split(command)
    _, out, err = call(*args)
    return "\n".join(line.rstrip() for line in f"{out}{err}".splitlines()) + "\n"


CONSOLES = [page for page in PAGES if CONSOLE.search(page.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("page", CONSOLES, ids=lambda page: page.relative_to(REPO).as_posix())
def test_console_prints_what_the_page_says(
    page: Path, run_command: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = page.read_text(encoding="utf-8")
    same = doctest.OutputChecker().check_output
    for block in CONSOLE.finditer(text):
        made = block["body"]
        for command, says in commands(block["body"]):
            assert command.startswith("quadrille "), f"{page.name}: {command}"
            got = printed(run_command, command)
            if same(says, got, FLAGS):
                continue
            assert os.environ.get("QUADRILLE_DOCS") == "write", (
                f"{page.name}: $ {command}\nsays:\n{says}\nprints:\n{got}"
            )
            made = made.replace(f"$ {command}\n{says}", f"$ {command}\n{got}", 1)
        text = text.replace(block["body"], made, 1)
    if os.environ.get("QUADRILLE_DOCS") == "write":
        page.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("name", MODULES)
def test_docstring_examples_run(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    found = doctest.testmod(importlib.import_module(name), optionflags=FLAGS)
    assert found.failed == 0, capsys.readouterr().out


def test_every_page_stands_in_the_navigation() -> None:
    config = tomllib.loads((REPO / "zensical.toml").read_text(encoding="utf-8"))
    pages = {page.relative_to(REPO / "docs").as_posix() for page in DOCS}
    assert set(in_navigation(config["project"]["nav"])) == pages, "mend nav in zensical.toml"


SAMPLE = """
```python
x = 1
```

- in a list:

    ```python
    >>> x += 1
    >>> x
    2

    ```

```python {.no-run}
x = 1 / 0
```

```pycon
>>> not python
```
"""


def test_blocks_are_found_where_they_stand() -> None:
    assert list(blocks(SAMPLE)) == [
        Block("x = 1\n", "", 3),
        Block(">>> x += 1\n>>> x\n2\n\n", "", 9),
        Block("x = 1 / 0\n", "{.no-run}", 16),
    ]


def test_blocks_of_a_page_share_a_namespace() -> None:
    namespace: dict[str, Any] = {}
    for block in list(blocks(SAMPLE))[:2]:
        run(block, "page.md", namespace)
    assert namespace["x"] == 2


@pytest.mark.parametrize("code", ["assert False\n", ">>> 1 + 1\n3\n"], ids=["plain", "doctest"])
def test_a_wrong_block_fails(code: str) -> None:
    with pytest.raises(AssertionError):
        run(Block(code, "", 1), "page.md", {})
