"""The examples run as they are: each notebook from top to bottom, and the script of R on an export."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[1]
EXAMPLES = REPO / "examples"
IN_CI = os.environ.get("CI", "").lower() == "true"
# In a process of its own: what a kernel's client warns of is no matter of ours.
RUN = """
import sys
import nbformat
from nbclient import NotebookClient
book = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(book, timeout=600, kernel_name="python3", resources={"metadata": {"path": sys.argv[2]}}).execute()
assert sum(bool(cell.get("outputs")) for cell in book.cells) >= 3
"""


def test_the_notebooks_are_kept_without_outputs():
    nbformat = pytest.importorskip("nbformat")
    books = [nbformat.read(p, as_version=4) for p in sorted(EXAMPLES.glob("*.ipynb"))]
    assert len(books) == 3
    for book in books:
        nbformat.validate(book)
        cells = [c for c in book.cells if c.cell_type == "code"]
        assert all(c.outputs == [] and c.execution_count is None for c in cells)


@pytest.mark.parametrize("name", sorted(p.name for p in EXAMPLES.glob("*.ipynb")))
def test_a_notebook_runs(name, tmp_path):
    pytest.importorskip("nbclient")
    made = subprocess.run(
        [sys.executable, "-c", RUN, str(EXAMPLES / name), str(tmp_path)], capture_output=True, text=True,
        env=os.environ | {"JUPYTER_PLATFORM_DIRS": "1", "IPYTHONDIR": str(tmp_path / "ipython")},
    )  # fmt: skip
    assert made.returncode == 0, made.stderr[-3000:]


def test_the_script_of_r_reads_an_export_and_draws(run, tmp_path):
    if not shutil.which("Rscript"):
        (pytest.fail if IN_CI else pytest.skip)("Rscript is not installed; install r-base-core")
    assert run("index", "export", "pakistan.csv", "--state", "Pakistan")[0] == 0
    made = subprocess.run(
        ["Rscript", str(EXAMPLES / "pakistan.R"), "pakistan.csv", "pakistan.pdf"], cwd=tmp_path, capture_output=True, text=True
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    assert "Estimate" in made.stdout and "rows; figure: pakistan.pdf" in made.stdout
    assert (tmp_path / "pakistan.pdf").read_bytes().startswith(b"%PDF")
