"""What the reference shows of a question: its docstring with what its shared arguments say, as `help` shows it."""

from __future__ import annotations

import inspect
from typing import Any

import griffe

from quadrille import public


class Questions(griffe.Extension):
    """Docstrings of questions as the package completes them from their annotations."""

    def on_function(self, *, func: griffe.Function, **_: Any) -> None:
        """Take the docstring of a question from the package."""
        found = public.question_named(func.name)
        if found and func.path == f"quadrille.questions.{found.module}.{func.name}":
            func.docstring = griffe.Docstring(inspect.getdoc(public.load(func.name)), parent=func)
