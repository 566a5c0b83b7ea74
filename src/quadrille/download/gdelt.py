"""Which files of GDELT, 1.0 and 2.0, its lists name."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date
from urllib.parse import quote, urljoin

from quadrille.download.http import lines_of
from quadrille.download.job import Job, Remote, safe_name
from quadrille.errors import DownloadError, NoDataError

__all__ = ["gdelt1", "gdelt2"]


def gdelt2(job: Job, first: date, last: date) -> list[Remote]:
    """Files of GDELT 2.0, one every 15 minutes, with a day in the span.

    Raises
    ------
    DownloadError
        The list of files is none.
    NoDataError
        No file is of these days.
    """
    url = urljoin(job.base, job.source.listing)
    sound = broken = 0
    chosen = []
    for line in lines_of(job, job.source.listing, url):
        found = re.fullmatch(r"\s*(\d+)\s+([0-9a-fA-F]{32})\s+(\S+)\s*", line)
        if not found:
            broken += 1
            continue
        sound += 1
        size, md5, where = found.groups()
        if not where.lower().endswith(job.source.ending):
            continue
        # The name only: a list may not send us elsewhere than where it lies itself.
        name = safe_name(where)
        if _overlaps(name, first, last):
            place = urljoin(job.base, quote(name))
            chosen.append(Remote(name, place, job.source.page, int(size), ("md5", md5.lower())))
    if not sound:
        raise DownloadError(f"{url}: not a list of lines 'size md5 url'; check the address")
    if broken:
        job.report(f"{url}: {broken:,} of {sound + broken:,} lines are broken and left out")
    return _some(job, chosen, first, last)


def gdelt1(job: Job, first: date, last: date) -> list[Remote]:
    """Files of GDELT 1.0, by year, month and day, with a day in the span; raises as `gdelt2`."""
    sums = _pairs(job, job.source.listing)
    sizes = _pairs(job, job.source.sizes)
    chosen = [
        Remote(
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


def _pairs(job: Job, listing: str) -> dict[str, str]:
    """Lines of a value and a file's name, as name → value."""
    url = urljoin(job.base, listing)
    lines = [line.split() for line in lines_of(job, listing, url)]
    found = {safe_name(cells[1]): cells[0] for cells in lines if len(cells) == 2}
    if not found:
        raise DownloadError(f"{url}: not a list of values and names; check the address")
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


def _some(job: Job, chosen: list[Remote], first: date, last: date) -> list[Remote]:
    if not chosen:
        span = [
            f"{w} {d}" for w, d in (("since", first), ("until", last)) if date.min < d < date.max
        ]
        raise NoDataError(
            f"{job.source.name}: {job.base} lists no file {' '.join(span)}".rstrip()
            + "; choose other days"
        )
    return list({file.name: file for file in chosen}.values())
