"""What draws figures, started before it is asked: it takes a second, on a core of its own, while the answer is worked out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Timer

__all__ = ["drawing_soon"]

_AFTER = 0.8  # seconds: what is refused at once is not kept waiting
_DOT = {"data": {"values": [{}]}, "mark": "point"}


def _start() -> None:
    """Draw a dot. What goes wrong here is told when the first figure is drawn."""
    with suppress(Exception):
        import vl_convert as vlc

        vlc.vegalite_to_svg(_DOT)


@contextmanager
def drawing_soon(wanted: bool) -> Iterator[None]:
    """Start what draws figures in a thread of its own, unless what is within ends first."""
    soon = Timer(_AFTER, _start)
    if wanted:
        soon.start()
    try:
        yield
    finally:
        soon.cancel()
