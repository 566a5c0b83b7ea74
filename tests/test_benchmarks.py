"""Benchmarks are no tests, but what they take from the package must be there."""

from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path

import pytest

HERE = Path(__file__).parents[1] / "benchmarks"
SCRIPTS = sorted(HERE.rglob("*.py"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda p: str(p.relative_to(HERE)))
def test_a_benchmark_imports_names_that_exist(script):
    for node in ast.walk(ast.parse(script.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("quadrille"):
            room = import_module(node.module)
            for name in node.names:
                assert hasattr(room, name.name) or import_module(f"{node.module}.{name.name}")
