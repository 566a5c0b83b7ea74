"""Which files a dataset of a Dataverse holds."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode, urljoin

from quadrille.download.http import lines_of
from quadrille.download.job import Job, Remote, safe_name
from quadrille.errors import DownloadError, NoDataError

__all__ = ["dataverse"]


def dataverse(job: Job) -> list[Remote]:
    """The open files of the dataset.

    Raises
    ------
    DownloadError
        The answer is not that of a Dataverse.
    NoDataError
        All its files are closed.
    """
    query = urlencode({"persistentId": job.source.doi}, safe=":/")
    url = urljoin(job.base, f"api/datasets/:persistentId/?{query}")
    try:
        answer = json.loads("".join(lines_of(job, f"{job.source.name}.json", url)))
        entries = answer["data"]["latestVersion"]["files"]
        found = [_dataverse_file(job, entry) for entry in entries if not entry.get("restricted")]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise DownloadError(
            f"{url}: not a Dataverse's answer; check the address, or fetch it by hand from "
            f"{job.source.page}"
        ) from None
    if len(found) < len(entries):
        closed = len(entries) - len(found)
        job.report(f"{job.source.name}: {closed} of {len(entries)} files are closed to the public")
    if not found:
        raise NoDataError(f"{url}: holds no open file; ask its depositor: {job.source.page}")
    return _apart(found)


def _dataverse_file(job: Job, entry: dict[str, Any]) -> Remote:
    """A file of a dataset, as it was deposited.

    A Dataverse turns some tables into its own format. Of these alone it offers the original, and its
    MD5 is that of the original, while ``filesize`` is not.
    """
    about = entry["dataFile"]
    turned = bool(about.get("originalFileFormat"))
    size = about.get("originalFileSize") if turned else about.get("filesize")
    name = (about.get("originalFileName") if turned else None) or about["filename"]
    place = urljoin(job.base, f"api/access/datafile/{int(about['id'])}")
    check = about.get("checksum") or {"type": "MD5", "value": about.get("md5")}
    kind, value = str(check["type"]).replace("-", "").lower(), check["value"]
    sound = value and kind in ("md5", "sha1", "sha256", "sha512")
    return Remote(
        safe_name(name),
        place + ("?format=original" if turned else ""),
        job.source.page,
        None if size is None else int(size),
        (kind, str(value).lower()) if sound else None,
    )


def _apart(found: list[Remote]) -> list[Remote]:
    """Files of one name in several folders get the number of the file put before it."""
    often = Counter(f.name for f in found)
    return [
        f if often[f.name] == 1 else replace(f, name=f"{safe_name(f.url)}-{f.name}") for f in found
    ]
