"""What a command may import before it has anything to do: starting takes as long as its imports."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {
    "altair", "duckdb", "filelock", "h5py", "ibis", "jinja2", "numba", "pandas", "pyarrow", "pyfixest", "rich", "scipy",
    "sqlglot", "vl_convert", "xarray",
}  # fmt: skip
TABLES = {"numpy", "polars"}

_PROBE = """
import sys
from pathlib import Path
try:
    {run}
except SystemExit as end:
    assert end.code in (0, 2), end.code
print("imported:", *sorted(sys.modules))
"""
_COMMAND = "sys.argv = ['quadrille', *{words!r}]; from quadrille.cli.main import main; main()"


def imported(run: str, of: set[str]) -> list[str]:
    """Which of these are loaded once the lines have run in a fresh interpreter."""
    code = _PROBE.format(run=run)
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    word, *names = made.stdout.splitlines()[-1].split()
    assert word == "imported:"
    return sorted(of & set(names))


def by_command(line: str, of: set[str]) -> list[str]:
    return imported(_COMMAND.format(words=line.split()), of)


def test_importing_the_package_loads_nothing_heavy():
    assert imported("import quadrille", HEAVY | TABLES | {"typer"}) == []


@pytest.mark.parametrize("line", ["--help", "--version"])
def test_help_and_version_need_no_tables(line):
    assert by_command(line, HEAVY | TABLES) == []


def test_help_reads_no_metadata():
    assert by_command("--help", {"importlib.metadata", "pydantic"}) == []


@pytest.mark.parametrize(
    "line",
    [
        "states find Turkey",
        "relation Pakistan Atlantis",
        "pivot Pakistan Russia Atlantis",
        "whatif PAK RUS --if nothing",
        "brief Pakistan Atlantis",
        "events Pakistan Atlantis --in 2020",
    ],
)
def test_names_and_errors_need_tables_only(line):
    assert by_command(line, HEAVY) == []


@pytest.mark.parametrize(
    "command",
    ["relation", "brief", "couple", "whatif", "backtest", "panel", "ingest", "pull", "lake", "map"],
)
def test_help_of_a_command_needs_tables_only(command):
    assert by_command(f"{command} --help", HEAVY) == []


def test_a_tie_of_the_index_needs_tables_only():
    assert by_command("relation JPN KOR --data index", HEAVY) == []


def test_a_relation_that_is_printed_draws_nothing():
    # Numba imports SciPy's linear algebra; the rest of it takes as long again.
    wanted = HEAVY - {"numba", "scipy"}
    parts = {"scipy.fft", "scipy.optimize", "scipy.special", "scipy.stats"}
    assert by_command("relation PAK RUS --data chronicle", wanted | parts) == []


def test_text_needs_no_conversion():
    assert by_command("states find Turkey", {"pydantic"}) == []


@pytest.mark.parametrize(("line", "code"), [("states find Turkey", 0), ("states find Atlantis", 2)])
def test_a_process_ends_with_all_that_it_printed_and_its_code(line, code):
    made = subprocess.run(
        [sys.executable, "-m", "quadrille", *line.split()], capture_output=True, text=True
    )
    assert made.returncode == code
    assert (made.stdout if code == 0 else made.stderr).strip()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_output_that_cannot_be_written_is_one_line():
    buffered = {k: v for k, v in os.environ.items() if k != "PYTHONUNBUFFERED"}
    with open("/dev/full", "w") as full:
        made = subprocess.run(
            [sys.executable, "-m", "quadrille", "--version"], stdout=full, stderr=subprocess.PIPE,
            text=True, env=buffered,
        )  # fmt: skip
    assert made.returncode == 2
    assert made.stderr == "quadrille: the output cannot be written (No space left on device)\n"


def test_the_acts_behind_a_period_need_tables_only():
    assert by_command("events PAK RUS --in 2017 --data chronicle", HEAVY | {"numpy"}) == []


def test_output_without_room_is_one_line_however_it_is_written():
    with open("/dev/full", "w") as full:
        made = subprocess.run(
            [sys.executable, "-u", "-m", "quadrille", "relation", "--help"], stdout=full, stderr=subprocess.PIPE, text=True
        )  # fmt: skip
    assert made.returncode == 2
    assert made.stderr == "quadrille: the output cannot be written (No space left on device)\n"


def test_an_interrupt_is_one_line_and_ends_with_130():
    work = subprocess.Popen(
        [sys.executable, "-m", "quadrille", "backtest", "--data", "chronicle"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert work.stderr.readline().startswith("chronicle: ")  # the work begins
    work.send_signal(signal.SIGINT)
    out, err = work.communicate(timeout=60)
    assert work.returncode == 130
    assert out == ""
    assert err == "quadrille: interrupted; no file is half-written\n"
