"""What there is to fetch, and how to behave on the way."""

from __future__ import annotations

import random
import re
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias
from urllib.parse import unquote

from quadrille.errors import DownloadError

__all__ = [
    "AgainError",
    "FaultyError",
    "How",
    "Job",
    "Pulled",
    "Remote",
    "Source",
    "amount",
    "safe_name",
]

How: TypeAlias = Literal["fetched", "resumed", "already there"]


@dataclass(frozen=True, slots=True)
class Pulled:
    """One file that is now there, whole.

    Attributes
    ----------
    path : Path
    bytes : int
    md5, sha256 : str
        Of the file on disk.
    how : {"fetched", "resumed", "already there"}
    """

    path: Path
    bytes: int
    md5: str
    sha256: str
    how: How

    def line(self) -> str:
        """One line for people."""
        return f"{self.path.name}: {self.how}, {amount(self.bytes)}"


@dataclass(frozen=True, slots=True)
class Source:
    """A table of ``addresses.toml``; see the comment there."""

    name: str
    title: str
    kind: str
    address: str
    page: str
    listing: str = ""
    sizes: str = ""
    ending: str = ""
    doi: str = ""
    names: tuple[str, ...] = ()
    dated: bool = False
    large: bool = False


@dataclass(frozen=True, slots=True)
class Remote:
    """A file to fetch, and what its publisher says of it; ``digest`` is (algorithm, hex)."""

    name: str
    url: str
    page: str
    size: int | None = None
    digest: tuple[str, str] | None = None

    @property
    def known(self) -> bool:
        """Whether the publisher says what the file should be."""
        return self.size is not None or self.digest is not None


@dataclass(frozen=True, slots=True)
class Job:
    """What to fetch from where, and how to behave on the way."""

    source: Source
    base: str
    into: Path
    tries: int
    timeout: float
    opener: urllib.request.OpenerDirector
    draw: random.Random
    sleep: Callable[[float], None]
    report: Callable[[str], None]


class FaultyError(DownloadError):
    """One file cannot be downloaded, while others of the same publisher may."""


class AgainError(Exception):
    """A try that failed where the next may not. ``wait``: seconds the server asks for."""

    def __init__(self, why: str, wait: float | None = None) -> None:
        super().__init__(why)
        self.wait = wait


def amount(size: int) -> str:
    """Bytes for people."""
    power = min(4, (len(str(size)) - 1) // 3)
    unit = ("bytes", "kB", "MB", "GB", "TB")[power]
    return f"{size / 1000**power:.{1 if power else 0}f} {unit}"


def safe_name(name: str) -> str:
    """The last part of a path or address, of harmless characters: never a path, never hidden."""
    last = re.split(r"[/\\]", unquote(name.split("?")[0]))[-1]
    kept = re.sub(r"[^\w.()+ -]", "_", last).strip(" .")[-200:]
    if not kept:
        raise DownloadError(f"{name!r} is no name for a file; the publisher's list is broken")
    return kept
