"""Vega's script, made by the drawing library that is there already, and kept on this machine."""

from __future__ import annotations

import gzip
from importlib.metadata import version
from pathlib import Path

from platformdirs import user_cache_path

from quadrille.kept import keep

__all__ = ["bundle", "bundle_name"]


# What the page's own script calls.
_SHOWS = "window.vegaEmbed = vegaEmbed;"


def bundle_name() -> str:
    """Name of the script; another for another version of the library."""
    return f"vega-{version('vl-convert-python')}.js"


def _place() -> Path:
    return user_cache_path("quadrille") / f"{bundle_name()}.gz"


def bundle() -> bytes:
    """The script, zipped: from the cache, else made anew, which takes some seconds."""
    place = _place()
    try:
        found = place.read_bytes()
        gzip.decompress(found)
        return found
    except (OSError, EOFError, gzip.BadGzipFile):
        pass
    import vl_convert as vlc

    made = gzip.compress(vlc.javascript_bundle(_SHOWS).encode(), 9, mtime=0)
    keep(place, made)
    return made
