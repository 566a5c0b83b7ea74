"""Fetch publishers' files: whole, checked, resumed where a download broke off, or not at all.

A file is written as ``NAME.part`` and renamed once it is whole and its checksum and size are those the
publisher gives. What a broken connection or Ctrl-C leaves as ``NAME.part`` is carried on with next time;
``NAME.part.tag`` beside it holds the server's name for that version of the file, so that two versions
are never joined into one.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import random
import re
import ssl
import time
import tomllib
import urllib.error
import urllib.request
import zipfile
from calendar import monthrange
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from email.message import Message
from email.utils import format_datetime, parsedate_to_datetime
from http.client import HTTPException, HTTPMessage, HTTPResponse
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import IO, Any, Literal
from urllib.parse import quote, unquote, urlencode, urljoin, urlsplit

from quadrille.errors import LakeError, NoDataError, OptionError

__all__ = ["Pulled", "pull", "sources"]

How = Literal["fetched", "resumed", "already there"]

_CHUNK = 1 << 18
# A connection that broke after bringing this much was not in vain and does not count as a failed try.
_WORTH = 1 << 20
_LONGEST_PAUSE = 60.0
_LONGEST_ASKED = 900.0
# Answers that may be different in a moment; of these 429 and 503 may say when.
_PASSING = {408, 425, 429, 500, 502, 503, 504}


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
        return f"{self.path.name}: {self.how}, {_amount(self.bytes)}"


@dataclass(frozen=True, slots=True)
class _Source:
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
class _File:
    """A file to fetch, and what its publisher says of it; ``digest`` is (algorithm, hex)."""

    name: str
    url: str
    page: str
    size: int | None = None
    digest: tuple[str, str] | None = None

    @property
    def known(self) -> bool:
        return self.size is not None or self.digest is not None


@dataclass(frozen=True, slots=True)
class _Job:
    """What to fetch from where, and how to behave on the way."""

    source: _Source
    base: str
    into: Path
    tries: int
    timeout: float
    opener: urllib.request.OpenerDirector
    draw: random.Random
    sleep: Callable[[float], None]
    report: Callable[[str], None]


class _FaultyError(LakeError):
    """One file cannot be had, while others of the same publisher may."""


class _AgainError(Exception):
    """A try that failed where the next may not. ``wait``: seconds the server asks for."""

    def __init__(self, why: str, wait: float | None = None) -> None:
        super().__init__(why)
        self.wait = wait


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
    LakeError
        It cannot be fetched or written.
    """
    chosen = _source(source)
    _check(chosen, since, until, tries)
    base = _address(address or chosen.address)
    into = Path(into)
    _make(into)
    opener = urllib.request.build_opener(_WebOnly)
    job = _Job(
        chosen, base, into, tries, timeout, opener, random.Random(seed), sleep, report
    )  # fmt: skip
    wanted = _wanted(job, since or date.min, until or date.max)
    whole = [f.size for f in wanted if f.size is not None]
    about = f", {_amount(sum(whole))}" if len(whole) == len(wanted) else ""
    report(f"{source}: {len(wanted):,} file{'s' if len(wanted) != 1 else ''}{about}")
    return _all(job, wanted)


def _all(job: _Job, wanted: list[_File]) -> list[Pulled]:
    """Every file; what is wrong with single ones is said once the others are there."""
    there: list[Pulled] = []
    faults: list[str] = []
    for file in wanted:
        try:
            there.append(_obtain(job, file))
            job.report(there[-1].line())
        except _FaultyError as why:
            faults.append(str(why))
            job.report(str(why))
    if faults:
        rest = f"; {len(faults):,} of {len(wanted):,} files cannot be had, the others are in {job.into}"
        raise LakeError(faults[0] + (rest if len(wanted) > 1 else ""))
    return there


# ---------------------------------------------------------------- what was asked for


def _tables() -> dict[str, dict[str, Any]]:
    text = (files("quadrille.lake") / "data" / "addresses.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _source(name: str) -> _Source:
    tables = _tables()
    if name not in tables:
        raise OptionError(f"unknown source {name!r}; choose one of: {', '.join(tables)}")
    table = tables[name]
    return _Source(name=name, **table | {"names": tuple(table.get("names", ()))})


def _check(source: _Source, since: date | None, until: date | None, tries: int) -> None:
    if source.kind == "by hand":
        raise LakeError(
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
        raise LakeError(
            f"{folder}: cannot be written to ({why.strerror}); choose another"
        ) from None


def _amount(size: int) -> str:
    """Bytes for people."""
    power = min(4, (len(str(size)) - 1) // 3)
    unit = ("bytes", "kB", "MB", "GB", "TB")[power]
    return f"{size / 1000**power:.{1 if power else 0}f} {unit}"


# ---------------------------------------------------------------- which files


def _wanted(job: _Job, first: date, last: date) -> list[_File]:
    if job.source.kind == "gdelt2":
        return _gdelt2(job, first, last)
    if job.source.kind == "gdelt1":
        return _gdelt1(job, first, last)
    if job.source.kind == "dataverse":
        return _dataverse(job)
    return [_File(n, urljoin(job.base, quote(n)), job.source.page) for n in job.source.names]


def _listing(job: _Job, name: str, url: str) -> Iterator[str]:
    """The lines of a list, fetched afresh each time and not kept; GDELT's has a million."""
    path = job.into / f".{name}"
    path.unlink(missing_ok=True)
    _obtain(job, _File(path.name, url, job.source.page))
    with path.open(encoding="utf-8", errors="replace") as handle:
        yield from (line for line in handle if line.strip())
    path.unlink()


def _gdelt2(job: _Job, first: date, last: date) -> list[_File]:
    url = urljoin(job.base, job.source.listing)
    sound = broken = 0
    chosen = []
    for line in _listing(job, job.source.listing, url):
        found = re.fullmatch(r"\s*(\d+)\s+([0-9a-fA-F]{32})\s+(\S+)\s*", line)
        if not found:
            broken += 1
            continue
        sound += 1
        size, md5, where = found.groups()
        if not where.lower().endswith(job.source.ending):
            continue
        # The name only: a list may not send us elsewhere than where it lies itself.
        name = _safe(where)
        if _overlaps(name, first, last):
            place = urljoin(job.base, quote(name))
            chosen.append(_File(name, place, job.source.page, int(size), ("md5", md5.lower())))
    if not sound:
        raise LakeError(f"{url}: not a list of lines 'size md5 url'; check the address")
    if broken:
        job.report(f"{url}: {broken:,} of {sound + broken:,} lines are broken and left out")
    return _some(job, chosen, first, last)


def _gdelt1(job: _Job, first: date, last: date) -> list[_File]:
    sums = _pairs(job, job.source.listing)
    sizes = _pairs(job, job.source.sizes)
    chosen = [
        _File(
            name,
            urljoin(job.base, quote(name)),
            job.source.page,
            int(sizes[name]) if sizes.get(name, "").isdigit() else None,
            ("md5", md5.lower()),
        )
        for name, md5 in sums.items()
        if re.fullmatch(r"\d{4}(\d\d){0,2}(\.export\.csv)?\.zip", name, re.IGNORECASE)
        and _overlaps(name, first, last)
    ]
    return _some(job, chosen, first, last)


def _pairs(job: _Job, listing: str) -> dict[str, str]:
    """Lines of a value and a file's name, as name → value."""
    url = urljoin(job.base, listing)
    lines = [line.split() for line in _listing(job, listing, url)]
    found = {_safe(cells[1]): cells[0] for cells in lines if len(cells) == 2}
    if not found:
        raise LakeError(f"{url}: not a list of values and names; check the address")
    return found


def _overlaps(name: str, first: date, last: date) -> bool:
    """Whether the year, month or day at the start of a name has a day in common with the span."""
    digits = re.match(r"\d*", name).group()[:8]  # type: ignore[union-attr]
    try:
        year = int(digits[:4])
        month = int(digits[4:6]) if len(digits) >= 6 else None
        day = int(digits[6:8]) if len(digits) == 8 else None
        start = date(year, month or 1, day or 1)
        end = date(year, month or 12, day or monthrange(year, month or 12)[1])
    except ValueError:
        return False
    return start <= last and end >= first


def _some(job: _Job, chosen: list[_File], first: date, last: date) -> list[_File]:
    if not chosen:
        span = [
            f"{w} {d}" for w, d in (("since", first), ("until", last)) if date.min < d < date.max
        ]
        raise NoDataError(
            f"{job.source.name}: {job.base} lists no file {' '.join(span)}".rstrip()
            + "; choose other days"
        )
    return list({file.name: file for file in chosen}.values())


def _dataverse(job: _Job) -> list[_File]:
    query = urlencode({"persistentId": job.source.doi}, safe=":/")
    url = urljoin(job.base, f"api/datasets/:persistentId/?{query}")
    try:
        answer = json.loads("".join(_listing(job, f"{job.source.name}.json", url)))
        entries = answer["data"]["latestVersion"]["files"]
        found = [_dataverse_file(job, entry) for entry in entries if not entry.get("restricted")]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise LakeError(
            f"{url}: not a Dataverse's answer; check the address, or fetch it by hand from "
            f"{job.source.page}"
        ) from None
    if len(found) < len(entries):
        closed = len(entries) - len(found)
        job.report(f"{job.source.name}: {closed} of {len(entries)} files are closed to the public")
    if not found:
        raise NoDataError(f"{url}: holds no open file; ask its depositor: {job.source.page}")
    return _apart(found)


def _dataverse_file(job: _Job, entry: dict[str, Any]) -> _File:
    """A file of a dataset, as it was deposited.

    A Dataverse turns some tables into its own format. Of these alone it offers the original, and its
    MD5 is that of the original, while ``filesize`` is not.
    """
    held = entry["dataFile"]
    turned = bool(held.get("originalFileFormat"))
    size = held.get("originalFileSize") if turned else held.get("filesize")
    name = (held.get("originalFileName") if turned else None) or held["filename"]
    place = urljoin(job.base, f"api/access/datafile/{int(held['id'])}")
    check = held.get("checksum") or {"type": "MD5", "value": held.get("md5")}
    kind, value = str(check["type"]).replace("-", "").lower(), check["value"]
    sound = value and kind in ("md5", "sha1", "sha256", "sha512")
    return _File(
        _safe(name),
        place + ("?format=original" if turned else ""),
        job.source.page,
        None if size is None else int(size),
        (kind, str(value).lower()) if sound else None,
    )


def _apart(found: list[_File]) -> list[_File]:
    """Files of one name in several folders get the number of the file put before it."""
    often = Counter(f.name for f in found)
    return [f if often[f.name] == 1 else replace(f, name=f"{_safe(f.url)}-{f.name}") for f in found]


def _safe(name: str) -> str:
    """The last part of a path or address, of harmless characters: never a path, never hidden."""
    last = re.split(r"[/\\]", unquote(name.split("?")[0]))[-1]
    kept = re.sub(r"[^\w.()+ -]", "_", last).strip(" .")[-200:]
    if not kept:
        raise LakeError(f"{name!r} is no name for a file; the publisher's list is broken")
    return kept


# ---------------------------------------------------------------- one file


def _obtain(job: _Job, file: _File) -> Pulled:
    """A file, checked and in its place."""
    target, part = job.into / file.name, _part(job, file)
    if file.known and target.is_file():
        fault = _fault(target, file)
        if not fault:
            return _pulled(target, "already there")
        job.report(f"{file.name}: not what is published ({fault}); fetching it anew")
    for last in (False, True):
        how = _whole(job, file)
        if how == "already there":
            return _pulled(target, how)
        fault = _fault(part, file)
        if not fault:
            _place(part, target)
            return _pulled(target, how)
        _drop(part)
        if not last:
            job.report(f"{file.name}: {fault}; fetching it anew")
    raise _FaultyError(
        f"{file.name}: {fault}, twice; removed; try again later, or fetch it by hand from {file.page}"
    )


def _part(job: _Job, file: _File) -> Path:
    return job.into / f"{file.name}.part"


def _tag(part: Path) -> Path:
    return part.with_name(f"{part.name}.tag")


def _drop(part: Path) -> None:
    part.unlink(missing_ok=True)
    _tag(part).unlink(missing_ok=True)


def _digest(path: Path, algorithm: str) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, lambda: hashlib.new(algorithm, usedforsecurity=False)).hexdigest()  # fmt: skip


def _fault(path: Path, file: _File) -> str:
    """What is wrong with a file; nothing if it is what the publisher says."""
    size = path.stat().st_size
    if file.size is not None and size != file.size:
        return f"{size:,} bytes where {file.size:,} are published"
    if file.digest:
        kind, published = file.digest
        found = _digest(path, kind)
        return "" if found == published else f"{kind} {found} where {published} is published"
    if file.name.lower().endswith(".zip") and not zipfile.is_zipfile(path):
        return "not a whole zip"
    with path.open("rb") as handle:
        start = handle.read(256).lstrip().lower()
    return "a web page, not data" if start.startswith((b"<!doctype html", b"<html")) else ""


def _place(part: Path, target: Path) -> None:
    """Give a whole file its name, so that a crash leaves either all of it or none."""
    try:
        os.replace(part, target)
        _tag(part).unlink(missing_ok=True)
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as why:
        raise _unwritable(target, why) from None


def _pulled(path: Path, how: How) -> Pulled:
    return Pulled(path, path.stat().st_size, _digest(path, "md5"), _digest(path, "sha256"), how)


# ---------------------------------------------------------------- over the wire


class _WebOnly(urllib.request.HTTPRedirectHandler):
    """Follows redirects to http and https only."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        """The next request; an error if it leads off the web."""
        if urlsplit(newurl).scheme not in ("http", "https"):
            raise urllib.error.HTTPError(newurl, code, "leads off the web", headers, fp)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _whole(job: _Job, file: _File) -> How:
    """Try until ``NAME.part`` is whole, or there is no use in trying."""
    part, failed = _part(job, file), 0
    while True:
        before = part.stat().st_size if part.exists() else 0
        try:
            return _attempt(job, file, before)
        except _AgainError as why:
            gained = (part.stat().st_size if part.exists() else 0) - before
            failed = 1 if gained >= _WORTH else failed + 1
            if failed >= job.tries:
                raise LakeError(
                    f"{file.name}: {why}, {failed} times in a row, from {file.url}; check the network "
                    "and try again: it goes on where it stopped"
                ) from None
            pause = job.draw.uniform(0.5, 1.5) * min(2.0 ** (failed - 1), _LONGEST_PAUSE)
            pause = pause if why.wait is None else why.wait
            job.report(f"{file.name}: {why}; trying again in {pause:.0f} s")
            job.sleep(pause)


def _attempt(job: _Job, file: _File, have: int) -> How:
    part, target = _part(job, file), job.into / file.name
    if have and file.size == have:
        return "resumed"
    headers = _headers(file, part, target, have)
    try:
        with job.opener.open(
            urllib.request.Request(file.url, headers=headers), timeout=job.timeout
        ) as answer:
            goes_on = answer.status == 206
            if goes_on and not _follows(answer, have):
                _drop(part)
                raise _AgainError("the server sent another part than was asked for", 0.0)
            _write(answer, part, "ab" if goes_on else "wb")
            return "resumed" if goes_on else "fetched"
    except urllib.error.HTTPError as why:
        with why:
            if why.code == 304:
                return "already there"
            if why.code == 416:
                _drop(part)
                raise _AgainError("what was there could not be carried on with", 0.0) from None
            raise _refusal(file, why) from None
    except (OSError, HTTPException) as why:
        reason = getattr(why, "reason", why)
        if isinstance(reason, ssl.SSLCertVerificationError):
            raise _unsafe(file, reason) from None
        raise _AgainError(_said(reason)) from None


def _headers(file: _File, part: Path, target: Path, have: int) -> dict[str, str]:
    """Ask for the rest of what is there, or for the whole if it has changed."""
    headers = {"User-Agent": f"quadrille/{version('quadrille')}", "Accept-Encoding": "identity"}
    tag = _tag(part).read_text(encoding="latin-1") if _tag(part).exists() else ""
    # Without a tag only a published checksum would show that two versions were joined.
    if have and (tag or file.digest):
        headers["Range"] = f"bytes={have}-"
        if tag:
            headers["If-Range"] = tag
    elif target.is_file() and not file.known:
        when = datetime.fromtimestamp(int(target.stat().st_mtime), UTC)
        headers["If-Modified-Since"] = format_datetime(when, usegmt=True)
    return headers


def _follows(answer: HTTPResponse, have: int) -> bool:
    """Whether the part that comes begins where ours ends."""
    span = re.match(r"bytes (\d+)-", answer.headers.get("Content-Range", ""))
    return have > 0 and span is not None and int(span.group(1)) == have


def _refusal(file: _File, answer: urllib.error.HTTPError) -> Exception:
    """What an answer other than the file means."""
    said = f"the server answers {answer.code} ({(str(answer.reason).splitlines() or ['no reason'])[0]})"
    if answer.code in _PASSING:
        wait = _asked(answer.headers.get("Retry-After"))
        if wait is None or wait <= _LONGEST_ASKED:
            return _AgainError(said, wait)
        return LakeError(
            f"{file.url}: {said} and asks to come back in {wait:.0f} s; try again then"
        )
    kind = _FaultyError if answer.code in (404, 410) else LakeError
    return kind(f"{file.url}: {said}; check the address, or fetch it by hand from {file.page}")


def _asked(text: str | None) -> float | None:
    """Seconds of a ``Retry-After``, which is a number or a date."""
    if not text:
        return None
    if text.strip().isdigit():
        return float(text)
    try:
        when = parsedate_to_datetime(text)
    except ValueError:
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max(0.0, (when - datetime.now(UTC)).total_seconds())


def _unsafe(file: _File, why: ssl.SSLError) -> LakeError:
    return LakeError(
        f"{file.url}: no safe connection ({why.reason or why}); check the clock and the certificates of "
        f"this computer, or fetch it by hand from {file.page}"
    )


def _said(why: object) -> str:
    """A broken connection in words."""
    if isinstance(why, TimeoutError):
        return "the server did not answer in time"
    if isinstance(why, ConnectionError):
        return "the connection broke"
    text = getattr(why, "strerror", None) or str(why) or type(why).__name__
    return f"the connection failed ({text})"


def _write(answer: HTTPResponse, part: Path, mode: str) -> None:
    """The body onto disk; what came before a break stays."""
    told = answer.headers.get("Content-Length")
    came = 0
    try:
        with part.open(mode) as out:
            # Only now that the old part is gone: a new tag must never lie beside old bytes.
            if mode == "wb":
                _tag(part).write_text(_validator(answer.headers), encoding="latin-1")
            for chunk in _chunks(answer):
                out.write(chunk)
                came += len(chunk)
            out.flush()
            os.fsync(out.fileno())
        _stamp(part, answer.headers.get("Last-Modified"))
    except OSError as why:
        raise _unwritable(part, why) from None
    if told and told.isdigit() and came < int(told):
        raise _AgainError(f"{came:,} of {int(told):,} bytes came")


def _chunks(answer: HTTPResponse) -> Iterator[bytes]:
    while True:
        try:
            # One read of the socket at a time, so that what came before a break is not lost with it.
            chunk = answer.read1(_CHUNK)
        except (OSError, HTTPException) as why:
            raise _AgainError(_said(why)) from None
        if not chunk:
            return
        yield chunk


def _validator(headers: Message) -> str:
    """What the server calls this version of the file, if it can be relied on byte for byte."""
    tag = str(headers.get("ETag") or "")
    return tag if tag.startswith('"') else str(headers.get("Last-Modified") or "")


def _stamp(part: Path, modified: str | None) -> None:
    """Date the file as the server does, so that it can be asked for changes since."""
    try:
        when = parsedate_to_datetime(modified or "").timestamp()
    except ValueError:
        return
    os.utime(part, (when, when))


def _unwritable(part: Path, why: OSError) -> LakeError:
    if why.errno in (errno.ENOSPC, errno.EDQUOT):
        return LakeError(
            f"{part}: the disk is full; make room and try again: it goes on where it stopped"
        )
    return LakeError(f"{part}: cannot be written ({why.strerror or why}); choose another folder")
