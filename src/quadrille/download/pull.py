"""Fetch publishers' files into a folder."""

from __future__ import annotations

import random
import time
import tomllib
import urllib.request
from collections.abc import Callable
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from quadrille.download.dataverse import dataverse
from quadrille.download.gdelt import gdelt1, gdelt2
from quadrille.download.http import WebOnly, obtain
from quadrille.download.job import FaultyError, Job, Pulled, Remote, Source, amount
from quadrille.errors import DownloadError, OptionError

__all__ = ["pull", "sources"]


def _quiet(line: str) -> None:
    """Say nothing."""


def sources() -> dict[str, str]:
    """What can be pulled: name → title.

    Examples
    --------
    >>> sources()["atop"]
    'Alliance Treaty Obligations and Provisions 5.1'
    """
    return {name: str(table["title"]) for name, table in _tables().items()}


def pull(
    source: str,
    into: Path,
    since: date | None = None,
    until: date | None = None,
    address: str | None = None,
    tries: int = 6,
    report: Callable[[str], None] = _quiet,
    *,
    timeout: float = 60.0,
    sleep: Callable[[float], None] = time.sleep,
    seed: int | None = None,
) -> list[Pulled]:
    """Fetch a publisher's files into a folder.

    What is there already, and is what the publisher has, is not fetched again. A file that one publisher
    lists but does not have, or whose checksum stays wrong, does not keep the others from being fetched;
    it is an error at the end.

    Parameters
    ----------
    source : str
        One of `sources`.
    into : Path
        A folder; made if it is not there.
    since, until : date, optional
        First and last day, both included; for GDELT only.
    address : str, optional
        A mirror, in place of the publisher's address.
    tries : int
        Tries in a row that may fail before a file is given up.
    report : callable
        Given one line for each thing worth knowing.
    timeout : float
        Seconds without a byte after which a connection counts as broken.
    sleep : callable
        Waits the seconds given.
    seed : int, optional
        Of the jitter of the pauses.

    Returns
    -------
    list of Pulled
        In the publisher's order.

    Raises
    ------
    OptionError
        An unknown source, or days that cannot choose among its files.
    NoDataError
        The publisher has no file for these days.
    DownloadError
        It cannot be fetched or written.
    """
    chosen = _source(source)
    _check(chosen, since, until, tries)
    base = _address(address or chosen.address)
    into = Path(into)
    _make(into)
    opener = urllib.request.build_opener(WebOnly)
    job = Job(
        chosen, base, into, tries, timeout, opener, random.Random(seed), sleep, report
    )  # fmt: skip
    wanted = _wanted(job, since or date.min, until or date.max)
    whole = [f.size for f in wanted if f.size is not None]
    about = f", {amount(sum(whole))}" if len(whole) == len(wanted) else ""
    report(f"{source}: {len(wanted):,} file{'s' if len(wanted) != 1 else ''}{about}")
    return _all(job, wanted)


def _all(job: Job, wanted: list[Remote]) -> list[Pulled]:
    """Every file; what is wrong with single ones is said once the others are there."""
    there: list[Pulled] = []
    faults: list[str] = []
    for file in wanted:
        try:
            there.append(obtain(job, file))
            job.report(there[-1].line())
        except FaultyError as why:
            faults.append(str(why))
            job.report(str(why))
    if faults:
        rest = f"; {len(faults):,} of {len(wanted):,} files could not be downloaded, the others are in {job.into}"
        raise DownloadError(faults[0] + (rest if len(wanted) > 1 else ""))
    return there


# ---------------------------------------------------------------- what was asked for


def _tables() -> dict[str, dict[str, Any]]:
    text = (files("quadrille.download") / "data" / "addresses.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _source(name: str) -> Source:
    tables = _tables()
    if name not in tables:
        raise OptionError(f"unknown source {name!r}; choose one of: {', '.join(tables)}")
    table = tables[name]
    return Source(name=name, **table | {"names": tuple(table.get("names", ()))})


def _check(source: Source, since: date | None, until: date | None, tries: int) -> None:
    if source.kind == "by hand":
        raise DownloadError(
            f"{source.name}: has no address to fetch from; open {source.page}, choose all states and "
            "years, download it as CSV and give that file to: quadrille ingest"
        )
    if tries < 1:
        raise OptionError(f"tries must be 1 or more, not {tries}")
    if not source.dated and (since or until):
        raise OptionError(f"{source.name}: days cannot choose among its files; leave them out")
    if since and until and since > until:
        raise OptionError(f"since {since} is after until {until}; exchange them")
    if source.large and since is None:
        raise OptionError(
            f"{source.name}: all of it is hundreds of thousands of files; say since when, "
            "such as since 2024-01-01 (all of it: since 2015-02-18)"
        )


def _address(text: str) -> str:
    if urlsplit(text).scheme not in ("http", "https") or not urlsplit(text).netloc:
        raise OptionError(f"{text!r} is no address; it must begin with http:// or https://")
    return text.rstrip("/") + "/"


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as why:
        raise DownloadError(
            f"{folder}: cannot be written to ({why.strerror}); choose another"
        ) from None


def _wanted(job: Job, first: date, last: date) -> list[Remote]:
    if job.source.kind == "gdelt2":
        return gdelt2(job, first, last)
    if job.source.kind == "gdelt1":
        return gdelt1(job, first, last)
    if job.source.kind == "dataverse":
        return dataverse(job)
    return [Remote(n, urljoin(job.base, quote(n)), job.source.page) for n in job.source.names]
