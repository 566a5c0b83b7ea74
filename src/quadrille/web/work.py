"""The process that answers one heavy question: JSON in, an answer out; it can be ended at any time."""

from __future__ import annotations

import json
import os
import sys
import time
from inspect import signature
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

from quadrille import public
from quadrille.arguments import Progress
from quadrille.errors import QuadrilleError
from quadrille.measure.world import World
from quadrille.web.answer import answer_from

__all__ = ["asked_of", "made_of", "main"]

_PACE = 0.5  # seconds between two lines


def asked_of(
    world: World, question: str, arguments: dict[str, Any], progress: Progress | None = None
) -> Any:
    """The result of a question put to a world; one that tells its progress tells it."""
    function = public.load(question)
    told = (
        {"progress": progress} if progress and "progress" in signature(function).parameters else {}
    )
    return function(data=world, **arguments, **told)


def _telling(out: BinaryIO) -> Progress:
    """Progress as lines, not more often than anyone looks."""
    last = [0.0]

    def tell(done: int, total: int) -> None:
        if time.monotonic() - last[0] > _PACE:
            last[0] = time.monotonic()
            out.write(f"~{done} {total}\n".encode())
            out.flush()

    return tell


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


def _end_after(seconds: int) -> None:
    """End after so much processor time: on a machine that has much to do, the clock says little about the work."""
    import resource

    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))


def main() -> None:
    """Read what is asked, write the answer; a line in place of it where there is none.

    What is read: ``question, arguments, data, lake, form, seconds``, where ``form`` is ``answer``, ``page`` or ``model``, and
    ``seconds`` the processor time after which the system ends the process. What is written:
    lines that begin with ``~``, steps done and steps in all; then a letter, ``+`` or ``-``, and the answer, or the name and the
    line of an error.
    """
    asked, out = json.load(sys.stdin), sys.stdout.buffer
    sys.stdout = sys.stderr
    if hasattr(os, "nice"):
        # Pages go first. With fifty clients at work a question of 8 s takes 9 to 12, nice or not, and pages wait a third less.
        os.nice(5)
        _end_after(asked["seconds"])
    try:
        world = World(asked["data"], lake=asked["lake"])
        made = made_of(
            asked_of(world, asked["question"], asked["arguments"], _telling(out)), asked["form"]
        )
    except QuadrilleError as why:
        out.write(b"-" + json.dumps([type(why).__name__, str(why)]).encode())
        return
    out.write(b"+" + made)


if __name__ == "__main__":
    main()
