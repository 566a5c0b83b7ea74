"""The process that answers one heavy question: JSON in, an answer out; it can be ended at any time."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from quadrille import public
from quadrille.errors import QuadrilleError
from quadrille.measure.world import World
from quadrille.web.answer import answer_from

__all__ = ["asked_of", "made_of", "main"]


def asked_of(world: World, question: str, arguments: dict[str, Any]) -> Any:
    """The result of a question put to a world."""
    return public.load(question)(data=world, **arguments)


def made_of(result: Any, form: str) -> bytes:
    """A result as an answer, as a page, or whole as the file of a model."""
    if form == "model":
        with TemporaryDirectory() as folder:
            return Path(result.save(Path(folder) / "model.nc")).read_bytes()
    view = result.view()
    if form == "page":
        from quadrille.views.page import to_page

        return to_page(view).encode()
    return answer_from(view).to_bytes()


def main() -> None:
    """Read what is asked, write the answer; a line in place of it where there is none.

    What is read: ``question, arguments, data, lake, form``, where ``form`` is ``answer``, ``page`` or ``model``. What is written:
    a letter, ``+`` or ``-``, and then the answer, or the name and the line of an error.
    """
    asked, out = json.load(sys.stdin), sys.stdout.buffer
    sys.stdout = sys.stderr
    if hasattr(os, "nice"):  # pages go first
        os.nice(5)
    try:
        world = World(asked["data"], lake=asked["lake"])
        made = made_of(asked_of(world, asked["question"], asked["arguments"]), asked["form"])
    except QuadrilleError as why:
        out.write(b"-" + json.dumps([type(why).__name__, str(why)]).encode())
        return
    out.write(b"+" + made)


if __name__ == "__main__":
    main()
