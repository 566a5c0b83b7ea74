"""What every test shares: the real data, and one Hypothesis profile."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

# A worker a core is all that a machine can do: threads of linear algebra would wait for one another. Read when NumPy loads.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import pytest
from hypothesis import settings

from quadrille.cli.main import main

pytest_plugins = ["browser"]  # fixtures browser and opened

IN_CI = os.environ.get("CI", "").lower() == "true"
REPO = Path(__file__).resolve().parents[1]

# The lake of whoever runs the tests is not for them.
os.environ.pop("QUADRILLE_LAKE", None)
os.environ["XDG_DATA_HOME"] = str(Path(tempfile.gettempdir()) / "no-lake-of-quadrille")

# Compiled kernels make the first example slow, so no deadline; in CI the same examples every time.
settings.register_profile("quadrille", deadline=None, derandomize=IN_CI)
settings.load_profile("quadrille")


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Folder of the publishers' files: ``$QUADRILLE_DATA``, else ``../shared/data``."""
    folder = Path(os.environ.get("QUADRILLE_DATA") or REPO.parent / "shared" / "data")
    if folder.is_dir():
        return folder
    reason = f"no real data at {folder}: set QUADRILLE_DATA to the folder that holds them"
    if IN_CI:
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture
def run_command(monkeypatch, capsys):
    """Run ``quadrille ARGS`` where the test is, 80 columns wide: exit code, stdout, stderr."""
    monkeypatch.setenv("COLUMNS", "80")

    def call(*args):
        monkeypatch.setattr("sys.argv", ["quadrille", *map(str, args)])
        code = 0
        try:
            main()
        except SystemExit as leave:
            code = leave.code or 0
        out = capsys.readouterr()
        # Whether something is compiled for the first time depends on what ran before.
        said = [x for x in out.err.splitlines(True) if not x.startswith("quadrille: compiling ")]
        return code, out.out, "".join(said)

    return call


@pytest.fixture
def run(monkeypatch, run_command, tmp_path):
    """The same in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return run_command
