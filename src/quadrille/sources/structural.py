"""Read a structural file without being told which: its columns say what it is."""

from __future__ import annotations

import shutil
import zipfile
import zlib
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import TypeAlias

import polars as pl

from quadrille.errors import FileFormatError
from quadrille.sources.headers import HEAD, TABLES, columns_below, columns_of
from quadrille.sources.layers import cow, disputes, fbic, gpr, sipri, trade, unga
from quadrille.sources.layers.layer import Layer

__all__ = ["is_companion", "is_layer", "read_layers"]

Reader: TypeAlias = Callable[[str | Path], Layer]
WANTED = "UN votes or ideal points, Correlates of War, ATOP, disputes, rivalries, FBIC, GPR, SIPRI or trade"
# What a zip may unpack to; no structural file we know of is half of it.
LARGEST = 4 * 1024**3


# Each with SIGNATURES and READERS; a source is added by its name here.
MODULES: tuple[ModuleType, ...] = (cow, disputes, fbic, gpr, sipri, trade, unga)
# Lists that are read with the file beside them.
COMPANIONS = (*unga.COMPANIONS, *trade.COMPANIONS)


def _readers(columns: Collection[str], file: str) -> dict[str, Reader]:
    """Readers by layer, of the signature with most columns; several where one file holds several."""
    fits = [
        (len(signature), module, name, frozenset(signature))
        for module in MODULES
        for name, signature in module.SIGNATURES.items()
        if set(signature) <= set(columns)
    ]
    most = max((n for n, *_ in fits), default=0)
    best = [(module, name, signature) for n, module, name, signature in fits if n == most]
    if len({module for module, *_ in best}) > 1:
        names = " or ".join(name for _, name, _ in best)
        raise FileFormatError(f"{file}: its columns fit {names}; call the reader of the one it is")
    layers = [name.split(":")[0] for _, name, signature in best if signature == best[0][2]]
    return {layer: best[0][0].READERS[layer] for layer in layers}


def _readers_of(place: Path) -> dict[str, Reader]:
    """Readers by the first line that is a header known to us."""
    found = _readers(columns_of(place), str(place))
    if found:
        return found
    below = (_readers(columns, str(place)) for columns in columns_below(place))
    return next((readers for readers in below if readers), {})


def is_layer(path: str | Path) -> bool:
    """Whether a file, or one in a zip, is structural data, by its columns; never raises."""
    place = Path(path)
    try:
        if not _zipped(place):
            return bool(_readers_of(place))
        with TemporaryDirectory() as folder:
            return any(is_layer(p) for p in _unpacked(place, Path(folder), heads=True).values())
    except FileFormatError:
        return False


def is_companion(path: str | Path) -> bool:
    """Whether a file is no layer, but read with one beside it, as the list of UN roll calls is."""
    try:
        columns = set(columns_of(path))
    except FileFormatError:
        return False
    return not is_layer(path) and any(set(c) <= columns for c in COMPANIONS)


def read_layers(path: str | Path) -> tuple[Layer, ...]:
    r"""Read the layers of a file, or of each structural file in a zip.

    Parameters
    ----------
    path : path
        CSV, tab-separated, Parquet or Excel, as its publisher ships it, or a zip of such. Of several
        layouts that fit, the one that asks for most columns is taken.

    Raises
    ------
    FileFormatError
        No layout, or more than one, fits; the file cannot be read.

    Examples
    --------
    >>> from pathlib import Path
    >>> _ = Path("fbic.csv").write_text("iso3a,iso3b,year,fbic,bandwidth\nCHN,LAO,2020,0.3,1\n")
    >>> [layer.summary() for layer in read_layers("fbic.csv")]
    ['fbic: 1 directed dyad-years from 1 rows, 2020 to 2020, 2 states']
    """
    place = Path(path)
    if _zipped(place):
        return _read_zip(place)
    readers = _readers_of(place)
    if readers:
        return tuple(read(path) for read in readers.values())
    if is_companion(path):
        raise FileFormatError(f"{path}: a list read with the UN votes beside it; give the votes")
    has = ", ".join(columns_of(place)[:8]) or "none"
    raise FileFormatError(
        f"{path}: no structural data known to us (columns: {has}); expected {WANTED}"
    )


def _zipped(place: Path) -> bool:
    return place.suffix.lower() == ".zip" and zipfile.is_zipfile(place)


def _unpacked(place: Path, folder: Path, *, heads: bool) -> dict[str, Path]:
    """Unpack the tables of a zip side by side, or but the heads of its texts: name in it → place."""
    found = {}
    try:
        with zipfile.ZipFile(place) as archive:
            members = [m for m in archive.infolist() if Path(m.filename).suffix.lower() in TABLES]
            members = [m for m in members if not m.filename.startswith("__MACOSX/")]
            if sum(m.file_size for m in members) > LARGEST:
                raise FileFormatError(f"{place}: it unpacks to over 4 GiB; unpack it by hand")
            for number, member in enumerate(members):
                # The folder of a member may lead out of ours, and two may bear one name.
                target = folder / Path(member.filename).name
                if target.exists():
                    target = folder / f"{number}_{target.name}"
                text = target.suffix.lower() not in (".parquet", ".xls", ".xlsx")
                with archive.open(member) as packed, target.open("wb") as out:
                    if heads and text:
                        out.write(packed.read(HEAD))
                    else:
                        shutil.copyfileobj(packed, out)
                found[member.filename] = target
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as why:
        raise FileFormatError(f"{place}: not a whole zip ({why}); fetch it again") from None
    return found


def _read_zip(place: Path) -> tuple[Layer, ...]:
    with TemporaryDirectory() as folder:
        unpacked = _unpacked(place, Path(folder), heads=False)
        names = {str(p): f"{place}/{name}" for name, p in unpacked.items()}
        layers = [layer for p in unpacked.values() if is_layer(p) for layer in read_layers(p)]
    if not layers:
        raise FileFormatError(f"{place}: no structural file in it; expected {WANTED}")
    return tuple(_renamed(layer, names) for layer in layers)


def _renamed(layer: Layer, names: dict[str, str]) -> Layer:
    """Name files as they are called in the zip."""
    rejected = layer.rejected.with_columns(pl.col("file").replace(names))
    return replace(layer, files=tuple(names[f] for f in layer.files), rejected=rejected)
