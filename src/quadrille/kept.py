"""What is made once on a machine and kept in a cache."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

__all__ = ["keep"]


def keep(place: Path, made: bytes) -> None:
    """Write a file of a cache, so that no reader finds half of it, whoever else writes it too.

    Where it cannot be written nothing is kept: it is made anew next time.
    """
    with suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(dir=place.parent, prefix=f".{place.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(made)
            Path(part).replace(place)
        except OSError:
            Path(part).unlink()
            raise
