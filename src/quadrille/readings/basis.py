"""What a result rests on: enough to make it again, and to see that it was made of the same data."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from quadrille.measure.world import World

__all__ = ["Basis", "Digest", "basis_of"]


class Digest(NamedTuple):
    """A file, or the files of a package's own data together, and the SHA-256 of what they hold."""

    name: str
    sha: str


class Basis(NamedTuple):
    """The version, the command, and the data."""

    version: str
    command: str
    data: tuple[Digest, ...]


def _chronicle() -> Digest:
    """The embedded chronicle as one: names and contents, in order."""
    folder = files("quadrille.chronicle").joinpath("data")
    inside = sorted((f for f in folder.iterdir() if f.is_file()), key=lambda f: f.name)
    made = sha256()
    for f in inside:
        made.update(f.name.encode() + b"\0" + f.read_bytes())
    return Digest(f"chronicle of the package ({len(inside)} files)", made.hexdigest())


def _digests(world: World) -> tuple[Digest, ...]:
    from quadrille.index.shipped import index_path
    from quadrille.lake.contents import LakeSource, manifest_digests
    from quadrille.lake.digest import digest

    if isinstance(world.source, LakeSource):
        return tuple(Digest(*row) for row in manifest_digests(world.source))
    found = [Digest(Path(f).name, digest(Path(f))) for f in world.source.files if Path(f).is_file()]
    own = [_chronicle()] if world.embedded else []
    shipped = index_path()
    if not any(d.name == shipped.name for d in found) and shipped.is_file():
        own.append(Digest(f"{shipped.name} of the package", digest(shipped)))
    return (*found, *own)


def basis_of(world: World, command: Sequence[str]) -> Basis:
    """What a command on a world rests on; of data that are no files the command says nothing.

    Parameters
    ----------
    world : World
    command : sequence of str
        The command and its own arguments.
    """
    opened = [x for name, values in world.asked.items() for v in values for x in (f"--{name}", v)]
    return Basis(
        version("quadrille"), shlex.join(["quadrille", *command, *opened]), _digests(world)
    )
