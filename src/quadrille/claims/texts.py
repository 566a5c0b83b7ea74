"""Claims files that come with the package: their names, without what reads and tests them."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

__all__ = ["shipped"]


def shipped() -> dict[str, Path]:
    """Claims files that came with the package, by name."""
    folder = Path(str(files("quadrille.claims").joinpath("data")))
    return {p.stem: p for p in sorted(folder.glob("*.toml"))}
