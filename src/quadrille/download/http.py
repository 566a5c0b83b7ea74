"""One file over HTTP: tried again, carried on with, checked, and in its place.

A file is written as ``NAME.part`` and renamed once it is whole and its checksum and size are those the
publisher gives. What a broken connection or Ctrl-C leaves as ``NAME.part`` is carried on with next time;
``NAME.part.tag`` beside it holds the server's name for that version of the file, so that two versions
are never joined into one.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import ssl
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import Message
from email.utils import format_datetime, parsedate_to_datetime
from http.client import HTTPException, HTTPMessage, HTTPResponse
from importlib.metadata import version
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from quadrille.download.job import AgainError, FaultyError, How, Job, Pulled, Remote
from quadrille.errors import DownloadError

__all__ = ["WebOnly", "lines_of", "obtain"]

_CHUNK = 1 << 18
# A connection that broke after bringing this much was not in vain and does not count as a failed try.
_WORTH = 1 << 20
_LONGEST_PAUSE = 60.0
_LONGEST_ASKED = 900.0
# Answers that may be different in a moment; of these 429 and 503 may say when.
_PASSING = {408, 425, 429, 500, 502, 503, 504}


def lines_of(job: Job, name: str, url: str) -> Iterator[str]:
    """The lines of a list, fetched afresh each time and not kept; GDELT's has a million."""
    path = job.into / f".{name}"
    path.unlink(missing_ok=True)
    obtain(job, Remote(path.name, url, job.source.page))
    with path.open(encoding="utf-8", errors="replace") as handle:
        yield from (line for line in handle if line.strip())
    path.unlink()


# ---------------------------------------------------------------- one file


def obtain(job: Job, file: Remote) -> Pulled:
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
    raise FaultyError(
        f"{file.name}: {fault}, twice; removed; try again later, or fetch it by hand from {file.page}"
    )


def _part(job: Job, file: Remote) -> Path:
    return job.into / f"{file.name}.part"


def _tag(part: Path) -> Path:
    return part.with_name(f"{part.name}.tag")


def _drop(part: Path) -> None:
    part.unlink(missing_ok=True)
    _tag(part).unlink(missing_ok=True)


def _digest(path: Path, algorithm: str) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, lambda: hashlib.new(algorithm, usedforsecurity=False)).hexdigest()  # fmt: skip


def _fault(path: Path, file: Remote) -> str:
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


class WebOnly(urllib.request.HTTPRedirectHandler):
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


def _whole(job: Job, file: Remote) -> How:
    """Try until ``NAME.part`` is whole, or there is no use in trying."""
    part, failed = _part(job, file), 0
    while True:
        before = part.stat().st_size if part.exists() else 0
        try:
            return _attempt(job, file, before)
        except AgainError as why:
            gained = (part.stat().st_size if part.exists() else 0) - before
            failed = 1 if gained >= _WORTH else failed + 1
            if failed >= job.tries:
                raise DownloadError(
                    f"{file.name}: {why}, {failed} times in a row, from {file.url}; check the network "
                    "and try again: it goes on where it stopped"
                ) from None
            pause = job.draw.uniform(0.5, 1.5) * min(2.0 ** (failed - 1), _LONGEST_PAUSE)
            pause = pause if why.wait is None else why.wait
            job.report(f"{file.name}: {why}; trying again in {pause:.0f} s")
            job.sleep(pause)


def _attempt(job: Job, file: Remote, have: int) -> How:
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
                raise AgainError("the server sent another part than was asked for", 0.0)
            _write(answer, part, "ab" if goes_on else "wb")
            return "resumed" if goes_on else "fetched"
    except urllib.error.HTTPError as why:
        with why:
            if why.code == 304:
                return "already there"
            if why.code == 416:
                _drop(part)
                raise AgainError("what was there could not be carried on with", 0.0) from None
            raise _refusal(file, why) from None
    except (OSError, HTTPException) as why:
        reason = getattr(why, "reason", why)
        if isinstance(reason, ssl.SSLCertVerificationError):
            raise _unsafe(file, reason) from None
        raise AgainError(_said(reason)) from None


def _headers(file: Remote, part: Path, target: Path, have: int) -> dict[str, str]:
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


def _refusal(file: Remote, answer: urllib.error.HTTPError) -> Exception:
    """What an answer other than the file means."""
    said = f"the server answers {answer.code} ({(str(answer.reason).splitlines() or ['no reason'])[0]})"
    if answer.code in _PASSING:
        wait = _asked(answer.headers.get("Retry-After"))
        if wait is None or wait <= _LONGEST_ASKED:
            return AgainError(said, wait)
        return DownloadError(
            f"{file.url}: {said} and asks to come back in {wait:.0f} s; try again then"
        )
    kind = FaultyError if answer.code in (404, 410) else DownloadError
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


def _unsafe(file: Remote, why: ssl.SSLError) -> DownloadError:
    return DownloadError(
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
    length = answer.headers.get("Content-Length")
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
    if length and length.isdigit() and came < int(length):
        raise AgainError(f"{came:,} of {int(length):,} bytes came")


def _chunks(answer: HTTPResponse) -> Iterator[bytes]:
    while True:
        try:
            # One read of the socket at a time, so that what came before a break is not lost with it.
            chunk = answer.read1(_CHUNK)
        except (OSError, HTTPException) as why:
            raise AgainError(_said(why)) from None
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


def _unwritable(part: Path, why: OSError) -> DownloadError:
    if why.errno in (errno.ENOSPC, errno.EDQUOT):
        return DownloadError(
            f"{part}: the disk is full; make room and try again: it goes on where it stopped"
        )
    return DownloadError(
        f"{part}: cannot be written ({why.strerror or why}); choose another folder"
    )
