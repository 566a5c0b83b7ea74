"""The Python and the commands in README.md, in docs/ and in the docstrings run as printed.

Each page is one script: its ``python`` and ``console`` blocks run in order, in one namespace and an empty folder. In a
console block, after each ``$ quadrille …`` stands what it prints, where ``...`` stands for anything;
``QUADRILLE_DOCS=write pytest tests/test_docs.py -k page_runs`` writes the outputs anew. A Python block that opens with a
``>>>`` prompt is a doctest; any other is plain code. A fence marked ``{.no-run}`` is shown only: it needs data that the
package does not carry. Commands in ``bash`` fences are not run, but parsed: each command and option must exist.
"""

from __future__ import annotations

import doctest
import importlib
import importlib.util
import os
import re
import shlex
import tomllib
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import typer
from typer.core import TyperGroup

from quadrille.cli.main import app

REPO = Path(__file__).resolve().parents[1]
DOCS = sorted((REPO / "docs").rglob("*.md"))
PAGES = [REPO / "README.md", REPO / "CONTRIBUTING.md", *DOCS]
MODULES = [
    ".".join(path.relative_to(REPO / "src").with_suffix("").parts).removesuffix(".__init__")
    for path in sorted((REPO / "src").rglob("*.py"))
    if ">>> " in path.read_text(encoding="utf-8")
]
# Pages and modules whose examples take most of the time of all; `make slow` runs them.
LONG = {
    "docs/methods/brief.md",
    "docs/methods/backtest.md",
    "docs/methods/coupling.md",
    "docs/methods/economy.md",
    "quadrille.questions.coupled",
}
FENCE = re.compile(
    r"^(?P<indent> *)(?P<ticks>`{3,})(?P<kind>python|console|bash) *(?P<info>[^\n`]*)\n"
    r"(?P<code>.*?)^(?P=indent)(?P=ticks) *$",
    re.MULTILINE | re.DOTALL,
)
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


class Block(NamedTuple):
    kind: str
    code: str
    info: str
    line: int  # of the first line of code, from 1


def blocks(text: str) -> Iterator[Block]:
    for fence in FENCE.finditer(text):
        indent = len(fence["indent"])
        code = "".join(line[indent:] or "\n" for line in fence["code"].splitlines(keepends=True))
        yield Block(
            fence["kind"], code, fence["info"].strip(), text[: fence.start()].count("\n") + 2
        )


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


def commands(body: str) -> Iterator[tuple[str, str]]:
    """Each command of a console block, and what the page says that it prints."""
    for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        yield command, output


def printed(call: Any, command: str) -> str:
    _, *args = shlex.split(command)
    _, out, err = call(*args)
    return "\n".join(line.rstrip() for line in f"{out}{err}".splitlines()) + "\n"


def items(text: str) -> list[str]:
    """Lines, each with the indented lines that go on with it."""
    return re.findall(r"^(?! ).*\n(?: .*\n)*|^ .*\n", text, re.MULTILINE)


def cut_alike(old: str, new: str) -> str:
    """What a command prints now, cut by ``...`` in the places where the page has cut it."""
    if not re.search(r"^\.\.\.\n", old, re.MULTILINE):
        return new
    printed, made, at = items(new), "", 0
    parts = re.split(r"^\.\.\.\n", old, flags=re.MULTILINE)
    for i, part in enumerate(parts):
        shown = items(part)
        if i and shown:
            likeness = [
                (SequenceMatcher(None, shown[0], item).ratio(), k)
                for k, item in enumerate(printed[at:], at)
            ]
            at = max(likeness, default=(0.0, at))[1]
        made += ("...\n" if i else "") + "".join(printed[at : at + len(shown)])
        at += len(shown)
    return made


def check_console(block: Block, page: Path, call: Any) -> None:
    """Compare what each command prints with the page, or write it there."""
    same = doctest.OutputChecker().check_output
    for command, says in commands(block.code):
        assert command.startswith("quadrille "), f"{page.name}:{block.line}: {command}"
        got = printed(call, command)
        if same(says, got, FLAGS):
            continue
        assert os.environ.get("QUADRILLE_DOCS") == "write", (
            f"{page.name}:{block.line}: $ {command}\nsays:\n{says}\nprints:\n{got}"
        )
        text = page.read_text(encoding="utf-8")
        new = f"$ {command}\n{cut_alike(says, got)}"
        page.write_text(text.replace(f"$ {command}\n{says}", new, 1), encoding="utf-8")


def long_ones_slow(names: Iterable[str]) -> list[Any]:
    return [pytest.param(n, marks=pytest.mark.slow) if n in LONG else n for n in names]


@pytest.mark.parametrize("name", long_ones_slow(p.relative_to(REPO).as_posix() for p in PAGES))
def test_page_runs(
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    run_command: Any,
    capsys: pytest.CaptureFixture[str],
) -> None:
    page = REPO / name
    if page.stem == "economy" and page.parent.name == "methods":
        pytest.importorskip("pyfixest")
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, Any] = {"__name__": page.stem}
    for block in blocks(page.read_text(encoding="utf-8")):
        assert block.info in ("", "{.no-run}"), f"{page}:{block.line}: unknown mark {block.info!r}"
        if block.info or block.kind == "bash":
            continue
        if block.kind == "python":
            run(block, str(page), namespace)
        else:
            capsys.readouterr()  # what Python blocks printed
            check_console(block, page, run_command)


def called(code: str) -> Iterator[list[str]]:
    """The arguments of each ``quadrille`` command in a block of shell."""
    for line in code.replace("\\\n", " ").splitlines():
        words = shlex.split(line, comments=True)
        if words[:1] == ["quadrille"]:
            yield words[1 : words.index(">") if ">" in words else None]


def parse(args: list[str]) -> None:
    """Fail on a command or an option that does not exist; nothing is run."""
    command, given = typer.main.get_command(app), list(args)
    while isinstance(command, TyperGroup) and given and not given[0].startswith("-"):
        found = command.get_command(None, given.pop(0))
        assert found is not None, f"no such command: {args}"
        command = found
    if "--help" not in given:
        command.make_context("quadrille", given)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(REPO).as_posix())
def test_shell_commands_exist(page: Path) -> None:
    for block in blocks(page.read_text(encoding="utf-8")):
        for args in called(block.code) if block.kind == "bash" else ():
            try:
                parse(args)
            except Exception as problem:
                pytest.fail(f"{page.name}:{block.line}: quadrille {shlex.join(args)}: {problem}")


@pytest.mark.parametrize("name", long_ones_slow(MODULES))
def test_docstring_examples_run(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    found = doctest.testmod(importlib.import_module(name), optionflags=FLAGS)
    assert found.failed == 0, capsys.readouterr().out


def test_every_page_stands_in_the_navigation() -> None:
    config = tomllib.loads((REPO / "zensical.toml").read_text(encoding="utf-8"))
    pages = {page.relative_to(REPO / "docs").as_posix() for page in DOCS}
    assert set(in_navigation(config["project"]["nav"])) == pages, "correct nav in zensical.toml"


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

```bash
quadrille relation PAK RUS > tie.txt  # one tie
```
"""


def test_blocks_are_found_where_they_stand() -> None:
    assert list(blocks(SAMPLE)) == [
        Block("python", "x = 1\n", "", 3),
        Block("python", ">>> x += 1\n>>> x\n2\n\n", "", 9),
        Block("python", "x = 1 / 0\n", "{.no-run}", 16),
        Block("bash", "quadrille relation PAK RUS > tie.txt  # one tie\n", "", 24),
    ]


def test_blocks_of_a_page_share_a_namespace() -> None:
    namespace: dict[str, Any] = {}
    for block in list(blocks(SAMPLE))[:2]:
        run(block, "page.md", namespace)
    assert namespace["x"] == 2


@pytest.mark.parametrize("code", ["assert False\n", ">>> 1 + 1\n3\n"], ids=["plain", "doctest"])
def test_a_wrong_block_fails(code: str) -> None:
    with pytest.raises(AssertionError):
        run(Block("python", code, "", 1), "page.md", {})


def test_shell_commands_are_found() -> None:
    (block,) = [b for b in blocks(SAMPLE) if b.kind == "bash"]
    assert list(called(block.code)) == [["relation", "PAK", "RUS"]]


@pytest.mark.parametrize(
    "args",
    [["nonsense"], ["relation", "PAK"], ["relation", "PAK", "RUS", "--nonsense"], ["lake", "none"]],
)
def test_a_wrong_command_fails(args: list[str]) -> None:
    with pytest.raises(Exception, match=r"no such command|Missing|No such"):
        parse(args)


def test_a_console_block_is_compared(
    tmp_path: Path, run_command: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("QUADRILLE_DOCS", raising=False)
    check_console(
        Block("console", "$ quadrille --version\nquadrille ...\n", "", 1), tmp_path, run_command
    )
    with pytest.raises(AssertionError, match="prints"):
        check_console(
            Block("console", "$ quadrille --version\nelse\n", "", 1), tmp_path, run_command
        )


def test_a_new_output_is_cut_as_the_old_one() -> None:
    old = "Warm since 2001\n  (chronicle).\n...\n2017  +0.5\n2018  +0.4\n...\n"
    new = "Warm since 2003 (chronicle).\nMore.\n\n2016  +0.1\n2017  +0.6\n2018  +0.2\n\nDraws: ok\n"
    assert cut_alike(old, new) == "Warm since 2003 (chronicle).\n...\n2017  +0.6\n2018  +0.2\n...\n"
    assert cut_alike("", new) == new


def test_reference_pages_are_up_to_date(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")  # the tool sets it too
    spec = importlib.util.spec_from_file_location("docs_tool", REPO / "tools" / "docs.py")
    assert spec and spec.loader
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    rooms = {path.parent.name for path in (REPO / "src" / "quadrille").glob("*/__init__.py")}
    assert set(tool.ROOMS) == rooms, "correct ROOMS in tools/docs.py"
    stale = [
        p.name
        for p, text in tool.pages().items()
        if not p.is_file() or p.read_text("utf-8") != text
    ]
    assert not stale, "run: python tools/docs.py pages"
