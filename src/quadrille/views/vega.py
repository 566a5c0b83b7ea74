"""Vega-Lite drawn, in this process or in one of its own.

What draws takes a second to be loaded, and keeps the interpreter to itself while it draws, so that a thread beside it would
wait. For a page that follows long work there is a process that does nothing else (`quadrille.views.ahead`): this file, run by
itself. That is why it imports nothing of the package.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from typing import IO, Any, TypeAlias

__all__ = ["Draw", "answer", "ask", "drawn", "spec_bytes", "spec_svg"]

# Figures as Vega-Lite, and the suffix that says what they are to be → the same figures as files, in order.
Draw: TypeAlias = Callable[[Iterable[dict[str, Any]], str], Iterator[bytes]]

_CLIP = re.compile(r"\b(?:clip|gradient_)\d+\b")
_DOT = {"data": {"values": [{}]}, "mark": "point"}
_LENGTH = 8  # bytes that say how long a message is


def spec_svg(spec: dict[str, Any]) -> str:
    """Vega-Lite as SVG text; the same figure gives the same text.

    Vega numbers its clipping paths and gradients through the life of the process; here they are named after the
    figure, so that several figures on one page do not share names either.
    """
    import vl_convert as vlc

    name = sha256(json.dumps(spec, sort_keys=True, default=str).encode()).hexdigest()[:8]
    text = str(vlc.vegalite_to_svg(spec))
    order = {old: i for i, old in enumerate(dict.fromkeys(_CLIP.findall(text)))}
    return _CLIP.sub(lambda found: f"clip-{name}-{order[found[0]]}", text)


def spec_bytes(spec: dict[str, Any], suffix: str) -> bytes:
    """Vega-Lite as PNG (twice the size), SVG, or a page that carries Vega's script; always the same bytes."""
    import vl_convert as vlc

    if suffix == ".png":
        return bytes(vlc.vegalite_to_png(spec, scale=2))
    if suffix == ".svg":
        return spec_svg(spec).encode()
    return str(vlc.vegalite_to_html(spec, bundle=True)).encode()


def drawn(specs: Iterable[dict[str, Any]], suffix: str) -> Iterator[bytes]:
    """Each figure as the suffix says, drawn here."""
    return (spec_bytes(spec, suffix) for spec in specs)


def ask(out: IO[bytes], into: IO[bytes], spec: dict[str, Any], suffix: str) -> bytes:
    """The figure as what reads ``out`` and writes ``into`` draws it.

    Raises
    ------
    RuntimeError
        It could not be drawn, with what was said there.
    """
    _send(out, json.dumps([spec, suffix]).encode())
    made = _receive(into)
    if not made or made[:1] == b"!":
        raise RuntimeError(made[1:].decode() or "what draws figures has ended")
    return made[1:]


def answer(asked: IO[bytes], out: IO[bytes]) -> None:
    """Draw what is asked until no more is, a figure after the other."""
    for _ in drawn([_DOT], ".svg"):  # loads what draws before the first is asked
        pass
    while given := _receive(asked):
        try:
            made = b"." + spec_bytes(*json.loads(given))
        except Exception as why:
            made = f"!{type(why).__name__}: {why}".encode()
        _send(out, made)


def _send(out: IO[bytes], message: bytes) -> None:
    out.write(len(message).to_bytes(_LENGTH) + message)
    out.flush()


def _receive(given: IO[bytes]) -> bytes:
    """A message; empty where there is none any more."""
    return given.read(int.from_bytes(given.read(_LENGTH)))


if __name__ == "__main__":
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who asks says when it ends
    answer(sys.stdin.buffer, sys.stdout.buffer)
