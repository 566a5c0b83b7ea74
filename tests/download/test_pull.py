"""Pulling from servers that misbehave by script; every test counts the requests it took."""

from __future__ import annotations

import errno
import hashlib
import io
import json
import os
import random
import re
import socket
import struct
import threading
import time
import zipfile
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from quadrille.download.gdelt import _overlaps
from quadrille.download.job import safe_name
from quadrille.download.pull import pull, sources
from quadrille.errors import DownloadError, NoDataError, OptionError

TAG = {"ETag": '"one"', "Last-Modified": "Mon, 01 Jan 2024 00:00:00 GMT"}
DAY = "20240101"
NAME = f"{DAY}000000.export.CSV.zip"
ATOP = "atop_5.1__.csv_.zip"


@dataclass
class Answer:
    """One answer of the server; ``send`` bytes of the body come, then the connection ends."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    send: int | None = None
    reset: bool = False
    ranges: bool = True
    wait: float = 0.0
    length: bool = True


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.seen.append((self.path, dict(self.headers)))
        answers = self.server.script.get(self.path) or [Answer(status=404)]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        time.sleep(answer.wait)
        try:
            self.answer(answer)
        except ConnectionError:
            return

    def answer(self, answer):
        start, status = self.start(answer), answer.status
        body = answer.body[start:]
        if start:
            status = 206
        self.send_response(status)
        if start:
            self.send_header(
                "Content-Range", f"bytes {start}-{len(answer.body) - 1}/{len(answer.body)}"
            )
        for key, value in answer.headers.items():
            self.send_header(key, value)
        if answer.length:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: answer.send])
        self.wfile.flush()
        if answer.reset:
            # What was sent must have been read: a reset may throw away what lies in between.
            time.sleep(0.2)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True

    def start(self, answer):
        asked = re.match(r"bytes=(\d+)-", self.headers.get("Range", ""))
        held = self.headers.get("If-Range")
        same = held is None or held in answer.headers.values()
        return int(asked.group(1)) if asked and answer.ranges and same else 0

    def log_message(self, *args):
        pass


class Desk(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.script: dict[str, list[Answer]] = {}
        self.seen: list[tuple[str, dict[str, str]]] = []

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}/"

    def asked(self, path):
        """Headers of the requests for a path."""
        return [h for p, h in self.seen if p == path]

    def handle_error(self, request, client_address):
        pass


@pytest.fixture
def desk(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    server = Desk()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


class Caller:
    """Pulls from a desk and notes pauses and reports."""

    def __init__(self, desk, into):
        self.desk, self.into = desk, into
        self.pauses: list[float] = []
        self.lines: list[str] = []

    def __call__(self, source, *days, **options):
        options = {"seed": 1, "sleep": self.pauses.append, "timeout": 5.0} | options
        return pull(
            source, self.into, *days, address=self.desk.url, report=self.lines.append, **options
        )


@pytest.fixture
def caller(desk, tmp_path):
    return Caller(desk, tmp_path / "in")


def body(size=300_000):
    return random.Random(size).randbytes(size)


def packed(size=300_000):
    """A zip of that many random bytes, and so about as large."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("data.csv", body(size))
    return out.getvalue()


def md5(data):
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def one_gdelt(desk, data, *answers, listed=None):
    """A list of the latest quarter of an hour and the one file of events in it."""
    listed = listed or md5(data)
    lines = f"{len(data)} {listed} http://elsewhere.example/gdeltv2/{NAME}\n"
    desk.script["/lastupdate.txt"] = [Answer(lines.encode())]
    desk.script[f"/{NAME}"] = list(answers)


def left(folder):
    return sorted(p.name for p in Path(folder).iterdir())


# ---------------------------------------------------------------- when all is well


def test_a_file_is_fetched_checked_and_named(desk, caller):
    data = body()
    one_gdelt(desk, data, Answer(data, headers=TAG))
    (pulled,) = caller("gdelt-latest")
    assert pulled.path.read_bytes() == data
    assert (pulled.bytes, pulled.how) == (len(data), "fetched")
    assert pulled.md5 == md5(data)
    assert pulled.sha256 == hashlib.sha256(data).hexdigest()
    assert left(caller.into) == [NAME]
    assert [p for p, _ in desk.seen] == ["/lastupdate.txt", f"/{NAME}"]
    assert all(re.fullmatch(r"quadrille/\S+", h["User-Agent"]) for _, h in desk.seen)
    assert caller.lines[-2:] == [
        "gdelt-latest: 1 file, 300.0 kB",
        f"{NAME}: fetched, 300.0 kB",
    ]
    assert caller.pauses == []


def test_what_is_there_is_not_fetched_again(desk, caller):
    data = body()
    one_gdelt(desk, data, Answer(data))
    caller("gdelt-latest")
    (again,) = caller("gdelt-latest")
    assert again.how == "already there"
    assert len(desk.asked(f"/{NAME}")) == 1


def test_what_is_there_but_differs_is_fetched_anew(desk, caller):
    data = body()
    one_gdelt(desk, data, Answer(data))
    caller.into.mkdir()
    (caller.into / NAME).write_bytes(b"something else")
    (pulled,) = caller("gdelt-latest")
    assert (pulled.how, pulled.path.read_bytes()) == ("fetched", data)
    assert len(desk.asked(f"/{NAME}")) == 1


def test_without_a_checksum_the_server_is_asked_for_changes(desk, caller):
    data = packed()
    desk.script[f"/{ATOP}"] = [Answer(data, headers=TAG), Answer(status=304), Answer(data)]
    assert [caller("atop")[0].how for _ in range(3)] == ["fetched", "already there", "fetched"]
    first, second, _ = desk.asked(f"/{ATOP}")
    assert "If-Modified-Since" not in first
    assert second["If-Modified-Since"] == TAG["Last-Modified"]


# ---------------------------------------------------------------- broken connections


@pytest.mark.parametrize("reset", [True, False], ids=["reset", "truncated"])
def test_a_broken_body_is_carried_on_with(desk, caller, reset):
    data = body()
    broken = Answer(data, headers=TAG, send=100_000, reset=reset)
    one_gdelt(desk, data, broken, Answer(data, headers=TAG))
    (pulled,) = caller("gdelt-latest")
    assert (pulled.how, pulled.path.read_bytes()) == ("resumed", data)
    first, second = desk.asked(f"/{NAME}")
    assert "Range" not in first
    assert (second["Range"], second["If-Range"]) == ("bytes=100000-", '"one"')
    assert len(caller.pauses) == 1
    assert left(caller.into) == [NAME]


def test_a_server_that_ignores_ranges_sends_the_whole(desk, caller):
    data = body()
    one_gdelt(desk, data, Answer(data, headers=TAG, send=5), Answer(data, ranges=False))
    (pulled,) = caller("gdelt-latest")
    assert (pulled.how, pulled.path.read_bytes()) == ("fetched", data)
    assert [h.get("Range") for h in desk.asked(f"/{NAME}")] == [None, "bytes=5-"]


def test_a_file_that_changed_meanwhile_is_not_joined(desk, caller):
    old, new = packed(200_000), packed(210_000)
    newer = Answer(new, headers={"ETag": '"two"'})
    desk.script[f"/{ATOP}"] = [Answer(old, headers=TAG, send=1000), newer]
    (pulled,) = caller("atop")
    assert (pulled.how, pulled.path.read_bytes()) == ("fetched", new)
    assert [h.get("If-Range") for h in desk.asked(f"/{ATOP}")] == [None, '"one"']


def test_without_tag_and_checksum_nothing_is_joined(desk, caller):
    data = packed()
    desk.script[f"/{ATOP}"] = [Answer(data, send=1000), Answer(data)]
    (pulled,) = caller("atop")
    assert (pulled.how, pulled.path.read_bytes()) == ("fetched", data)
    assert ["Range" in h for h in desk.asked(f"/{ATOP}")] == [False, False]


def test_a_weak_tag_is_not_relied_on(desk, caller):
    data = packed()
    weak = TAG | {"ETag": 'W/"one"'}
    desk.script[f"/{ATOP}"] = [Answer(data, headers=weak, send=1000), Answer(data, headers=weak)]
    assert caller("atop")[0].how == "resumed"
    assert desk.asked(f"/{ATOP}")[1]["If-Range"] == TAG["Last-Modified"]


def test_a_part_the_server_cannot_carry_on_with_is_begun_anew(desk, caller):
    data = body()
    one_gdelt(desk, data, Answer(status=416), Answer(data))
    caller.into.mkdir()
    (caller.into / f"{NAME}.part").write_bytes(data + b"more")
    (pulled,) = caller("gdelt-latest")
    assert (pulled.how, pulled.path.read_bytes()) == ("fetched", data)
    assert ["Range" in h for h in desk.asked(f"/{NAME}")] == [True, False]


def test_a_part_that_is_whole_needs_no_request(desk, caller):
    data = body()
    one_gdelt(desk, data, Answer(data))
    caller.into.mkdir()
    (caller.into / f"{NAME}.part").write_bytes(data)
    (pulled,) = caller("gdelt-latest")
    assert (pulled.how, pulled.path.read_bytes()) == ("resumed", data)
    assert desk.asked(f"/{NAME}") == []


def test_a_broken_body_in_chunks(desk, caller):
    data = packed()
    chunks = Answer(b"5\r\n" + data[:3], headers={"Transfer-Encoding": "chunked"}, length=False)
    desk.script[f"/{ATOP}"] = [chunks, Answer(data)]
    (pulled,) = caller("atop")
    assert (pulled.how, pulled.path.read_bytes()) == ("fetched", data)
    assert len(desk.seen) == 2


def test_tries_end_and_what_came_is_kept(desk, caller):
    data = body()
    one_gdelt(desk, data, Answer(data, headers=TAG, send=7))
    with pytest.raises(
        DownloadError, match=r"bytes came, 3 times in a row.*goes on where it stopped"
    ):
        caller("gdelt-latest", tries=3)
    assert len(desk.asked(f"/{NAME}")) == 3
    assert len(caller.pauses) == 2
    assert (caller.into / f"{NAME}.part").read_bytes() == data[:21]


def test_tries_that_bring_much_do_not_count(desk, caller):
    data = body(5 << 20)
    one_gdelt(desk, data, Answer(data, headers=TAG, send=1 << 20))
    (pulled,) = caller("gdelt-latest", tries=2)
    assert (pulled.how, pulled.path.read_bytes()) == ("resumed", data)
    assert len(desk.asked(f"/{NAME}")) == 5


def test_pauses_double_with_a_jitter_that_can_be_repeated(desk, caller):
    one_gdelt(desk, b"x", Answer(status=500))
    for _ in range(2):
        with pytest.raises(DownloadError, match="answers 500"):
            caller("gdelt-latest", tries=5)
    assert caller.pauses[:4] == caller.pauses[4:]
    for k, pause in enumerate(caller.pauses[:4]):
        assert 0.5 * 2**k <= pause <= 1.5 * 2**k
    assert len(desk.asked(f"/{NAME}")) == 10


def test_a_slow_server_is_tried_again(desk, caller):
    data = body(1000)
    one_gdelt(desk, data, Answer(data, wait=1.5), Answer(data))
    (pulled,) = caller("gdelt-latest", timeout=0.3)
    assert pulled.how == "fetched"
    assert len(desk.asked(f"/{NAME}")) == 2
    assert any("did not answer in time" in line for line in caller.lines)


def test_nobody_there(tmp_path, monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        pauses = []
        with pytest.raises(DownloadError, match="the connection broke, 2 times in a row"):
            pull("atop", tmp_path, address=f"http://127.0.0.1:{taken.getsockname()[1]}",
                 tries=2, sleep=pauses.append)  # fmt: skip
    assert len(pauses) == 1


def test_ctrl_c_keeps_what_came(desk, caller):
    data = packed()
    half = Answer(data, headers=TAG, send=100_000)
    desk.script[f"/{ATOP}"] = [half, Answer(data, headers=TAG)]

    def interrupt(seconds):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        caller("atop", sleep=interrupt)
    assert left(caller.into) == [f"{ATOP}.part", f"{ATOP}.part.tag"]
    (pulled,) = caller("atop")
    assert (pulled.how, pulled.path.read_bytes()) == ("resumed", data)
    assert [h.get("Range") for h in desk.asked(f"/{ATOP}")] == [None, "bytes=100000-"]
    assert left(caller.into) == [ATOP]


# ---------------------------------------------------------------- answers that are no file


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_says_when(desk, caller, status):
    data = body(1000)
    one_gdelt(
        desk, data, Answer(status=status, headers={"Retry-After": "7"}), Answer(data)
    )  # fmt: skip
    assert caller("gdelt-latest")[0].how == "fetched"
    assert caller.pauses == [7.0]
    assert len(desk.asked(f"/{NAME}")) == 2


def test_a_busy_server_says_when_by_date(desk, caller):
    data = body(1000)
    then = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    busy = Answer(status=429, headers={"Retry-After": then})
    one_gdelt(desk, data, busy, Answer(data))
    caller("gdelt-latest")
    # The date has whole seconds, and some time goes by before it is read.
    assert 80 <= caller.pauses[0] <= 100
    assert len(desk.asked(f"/{NAME}")) == 2


def test_a_date_that_is_none_is_not_waited_for(desk, caller):
    data = body(1000)
    one_gdelt(desk, data, Answer(status=429, headers={"Retry-After": "soon"}), Answer(data))
    caller("gdelt-latest")
    assert 0.5 <= caller.pauses[0] <= 1.5


def test_a_server_busy_for_hours_is_not_waited_for(desk, caller):
    one_gdelt(desk, b"x", Answer(status=503, headers={"Retry-After": "9999"}))
    with pytest.raises(DownloadError, match="asks to come back in 9999 s"):
        caller("gdelt-latest")
    assert len(desk.asked(f"/{NAME}")) == 1
    assert caller.pauses == []


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_a_refusal_stops_at_once(desk, caller, status):
    desk.script[f"/{ATOP}"] = [Answer(status=status)]
    with pytest.raises(DownloadError, match=rf"answers {status} .*by hand from http"):
        caller("atop")
    assert len(desk.seen) == 1
    assert caller.pauses == []


def test_redirects_are_followed(desk, caller):
    data = packed()
    desk.script[f"/{ATOP}"] = [Answer(status=302, headers={"Location": "/store/7?sign=abc"})]
    half = Answer(data, headers=TAG, send=1000)
    desk.script["/store/7?sign=abc"] = [half, Answer(data, headers=TAG)]
    (pulled,) = caller("atop")
    assert (pulled.path.name, pulled.how, pulled.path.read_bytes()) == (ATOP, "resumed", data)
    assert len(desk.asked(f"/{ATOP}")) == 2
    assert [h.get("Range") for h in desk.asked("/store/7?sign=abc")] == [None, "bytes=1000-"]


@pytest.mark.parametrize("place", ["file:///etc/hostname", "ftp://127.0.0.1/x", "data:,x"])
def test_redirects_off_the_web_are_not(desk, caller, place):
    desk.script[f"/{ATOP}"] = [Answer(status=302, headers={"Location": place})]
    with pytest.raises(DownloadError, match="answers 302") as caught:
        caller("atop")
    assert "\n" not in str(caught.value)
    assert len(desk.seen) == 1
    assert left(caller.into) == []


def test_redirects_in_a_circle_end(desk, caller):
    desk.script[f"/{ATOP}"] = [Answer(status=302, headers={"Location": f"/{ATOP}"})]
    with pytest.raises(DownloadError, match="answers 302") as caught:
        caller("atop")
    assert "\n" not in str(caught.value)
    # Ten is the limit of the standard library; it counts visits of one address less.
    assert len(desk.seen) <= 10


def test_a_web_page_is_no_zip(desk, caller):
    desk.script[f"/{ATOP}"] = [Answer(b"<!DOCTYPE html><p>Are you human?")]
    with pytest.raises(DownloadError, match="not a whole zip, twice; removed"):
        caller("atop")
    assert len(desk.seen) == 2
    assert left(caller.into) == []


def test_a_web_page_is_no_table(desk, caller):
    page = Answer(b"\n<html><p>Are you human?", length=False)
    desk.script["/data_gpr_export.xls"] = [page, Answer(b"\xd0\xcf\x11\xe0 table")]
    desk.script["/data_gpr_daily_recent.xls"] = [Answer(b"\xd0\xcf\x11\xe0 daily")]
    assert [p.how for p in caller("gpr")] == ["fetched", "fetched"]
    assert len(desk.seen) == 3


# ---------------------------------------------------------------- checksums


def test_a_checksum_wrong_once(desk, caller):
    data = body()
    bad = b"!" + data[1:]
    one_gdelt(desk, data, Answer(bad), Answer(data))
    (pulled,) = caller("gdelt-latest")
    assert (pulled.how, pulled.path.read_bytes()) == ("fetched", data)
    assert len(desk.asked(f"/{NAME}")) == 2


def test_a_resumed_file_with_a_wrong_checksum_is_fetched_whole(desk, caller):
    data = body()
    one_gdelt(desk, data, Answer(data))
    caller.into.mkdir()
    (caller.into / f"{NAME}.part").write_bytes(b"of another version")
    (pulled,) = caller("gdelt-latest")
    assert (pulled.how, pulled.path.read_bytes()) == ("fetched", data)
    assert ["Range" in h for h in desk.asked(f"/{NAME}")] == [True, False]


def test_a_checksum_always_wrong(desk, caller):
    data = body()
    one_gdelt(desk, data, Answer(data), listed="0" * 32)
    with pytest.raises(
        DownloadError, match=f"md5 {md5(data)} where 0+ is published, twice; removed"
    ):
        caller("gdelt-latest")
    assert len(desk.asked(f"/{NAME}")) == 2
    assert left(caller.into) == []


def test_a_size_always_wrong(desk, caller):
    one_gdelt(desk, body(1000), Answer(body(900)))
    with pytest.raises(DownloadError, match="900 bytes where 1,000 are published, twice; removed"):
        caller("gdelt-latest")
    assert len(desk.asked(f"/{NAME}")) == 2
    assert left(caller.into) == []


# ---------------------------------------------------------------- the disk


def test_a_full_disk(desk, caller, monkeypatch):
    data = body(1000)
    one_gdelt(desk, data, Answer(data))

    def full(handle):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(DownloadError, match="the disk is full; make room"):
        caller("gdelt-latest")
    assert len(desk.seen) == 1


def test_a_folder_that_is_none(desk, tmp_path):
    (tmp_path / "in").write_text("a file")
    with pytest.raises(DownloadError, match="cannot be written to"):
        pull("atop", tmp_path / "in", address=desk.url)
    assert desk.seen == []


# ---------------------------------------------------------------- GDELT


def gdelt_list(desk, stamps, listing="masterfilelist.txt"):
    lines, files = [], {}
    for stamp in stamps:
        for ending in ("export.CSV.zip", "mentions.CSV.zip", "gkg.csv.zip"):
            name = f"{stamp}.{ending}"
            files[name] = name.encode() * 10
            lines.append(f"{len(files[name])} {md5(files[name])} http://x.example/{name}")
            desk.script[f"/{name}"] = [Answer(files[name])]
    desk.script[f"/{listing}"] = [Answer("\n".join(lines).encode() + b"\n")]
    return files


STAMPS = ("20231231234500", "20240101000000", "20240101234500", "20240102000000", "20240103000000")


@pytest.mark.parametrize(
    ("source", "ending"),
    [("gdelt", "export.CSV.zip"), ("gdelt-mentions", "mentions.CSV.zip"), ("gdelt-gkg", "gkg.csv.zip")],
)  # fmt: skip
def test_days_choose(desk, caller, source, ending):
    files = gdelt_list(desk, STAMPS)
    pulled = caller(source, date(2024, 1, 1), date(2024, 1, 2))
    assert [p.path.name for p in pulled] == [f"{s}.{ending}" for s in STAMPS[1:4]]
    assert all(p.path.read_bytes() == files[p.path.name] for p in pulled)
    assert len(desk.seen) == 1 + 3


def test_since_alone_is_open_to_the_end(desk, caller):
    gdelt_list(desk, STAMPS)
    assert len(caller("gdelt", date(2024, 1, 2))) == 2
    assert len(desk.seen) == 1 + 2


def test_lines_that_are_broken_are_told(desk, caller):
    gdelt_list(desk, STAMPS)
    desk.script["/masterfilelist.txt"][0].body += b"12 abc\n\n http\n"
    assert len(caller("gdelt", date(2024, 1, 1))) == 4
    assert any("2 of 17 lines are broken" in line for line in caller.lines)


def test_a_list_that_is_none(desk, caller):
    desk.script["/masterfilelist.txt"] = [Answer(b"hello\n")]
    with pytest.raises(DownloadError, match="not a list of lines 'size md5 url'"):
        caller("gdelt", date(2024, 1, 1))
    assert len(desk.seen) == 1


def test_days_without_a_file(desk, caller):
    gdelt_list(desk, STAMPS)
    with pytest.raises(NoDataError, match="no file since 2025-01-01; choose other days"):
        caller("gdelt", date(2025, 1, 1))
    assert len(desk.seen) == 1


def test_a_listed_file_that_is_not_there_does_not_keep_the_others(desk, caller):
    gdelt_list(desk, STAMPS)
    del desk.script["/20240101000000.export.CSV.zip"]
    with pytest.raises(
        DownloadError, match=r"answers 404 .*; 1 of 4 files could not be downloaded, the others"
    ):
        caller("gdelt", date(2024, 1, 1))
    assert len(desk.seen) == 1 + 4
    assert left(caller.into) == [f"{s}.export.CSV.zip" for s in STAMPS[2:]]


def test_a_list_cannot_write_or_read_elsewhere(desk, caller, tmp_path):
    evil = f"{DAY}x/../../../etc/..%2f..%2f{DAY}y.export.CSV.zip"
    data = b"mischief"
    lines = f"{len(data)} {md5(data)} file:///{evil}\n"
    desk.script["/masterfilelist.txt"] = [Answer(lines.encode())]
    desk.script[f"/{DAY}y.export.CSV.zip"] = [Answer(data)]
    (pulled,) = caller("gdelt", date(2024, 1, 1))
    assert pulled.path == caller.into / f"{DAY}y.export.CSV.zip"
    assert left(tmp_path) == ["in"]
    assert len(desk.seen) == 2


def test_gdelt_1_has_years_months_and_days(desk, caller):
    names = ["GDELT.MASTERREDUCEDV2.1979-2013.zip", "2005.zip", "200601.zip", "200602.zip",
             "20130401.export.CSV.zip"]  # fmt: skip
    bodies = {n: n.encode() * 9 for n in names}
    desk.script["/md5sums"] = [Answer("".join(f"{md5(b)}  {n}\n" for n, b in bodies.items()).encode())]  # fmt: skip
    desk.script["/filesizes"] = [Answer("".join(f"{len(b)} {n}\n" for n, b in bodies.items()).encode())]  # fmt: skip
    for name, data in bodies.items():
        desk.script[f"/{name}"] = [Answer(data)]
    pulled = caller("gdelt1", date(2005, 12, 31), date(2006, 1, 5))
    assert [p.path.name for p in pulled] == ["2005.zip", "200601.zip"]
    assert len(desk.seen) == 2 + 2
    assert [p.path.name for p in caller("gdelt1")] == names[1:]
    assert len(desk.seen) == 4 + 2 + 2


@pytest.mark.parametrize(
    ("name", "there"),
    [("2024.zip", True), ("202402.zip", True), ("20240229.zip", True), ("20240230.zip", False),
     ("20240301.zip", False), ("202401.zip", False), ("202413.zip", False), ("x.zip", False),
     ("0000.zip", False), ("20240229120000.zip", True)],
)  # fmt: skip
def test_the_days_of_a_name(name, there):
    assert _overlaps(name, date(2024, 2, 1), date(2024, 2, 29)) is there


# ---------------------------------------------------------------- Dataverse

DATASET = "/api/datasets/:persistentId/?persistentId=doi:10.7910/DVN/28075"


def dataset(desk, *entries):
    answer = {"status": "OK", "data": {"latestVersion": {"files": list(entries)}}}
    desk.script[DATASET] = [Answer(json.dumps(answer).encode())]


def entry(number, name, data, **more):
    return {
        "label": name,
        "dataFile": {"id": number, "filename": name, "filesize": len(data), "md5": md5(data)}
        | more,
    }


def test_a_dataverse(desk, caller):
    plain, table = body(5000), b"a,b\n1,2\n"
    turned = entry(8, "t.tab", table, originalFileFormat="text/csv", originalFileSize=len(table),
                   originalFileName="t.csv")  # fmt: skip
    turned["dataFile"]["filesize"] = 99999
    closed = entry(9, "secret.tab", b"") | {"restricted": True}
    dataset(desk, entry(7, "events.zip", plain), turned, closed)
    desk.script["/api/access/datafile/7"] = [Answer(plain)]
    desk.script["/api/access/datafile/8?format=original"] = [Answer(table)]
    pulled = caller("icews")
    assert [(p.path.name, p.bytes) for p in pulled] == [("events.zip", 5000), ("t.csv", 8)]
    assert len(desk.seen) == 3
    assert "icews: 1 of 3 files are closed to the public" in caller.lines
    assert [p.how for p in caller("icews")] == ["already there"] * 2
    assert len(desk.seen) == 4
    assert left(caller.into) == ["events.zip", "t.csv"]


def test_a_dataverse_with_other_checksums_and_folders(desk, caller):
    one, two = b"one", b"two"
    sha = {"type": "SHA-256", "value": hashlib.sha256(one).hexdigest()}
    first = entry(1, "codes.csv", one, checksum=sha) | {"directoryLabel": "a"}
    second = entry(2, "codes.csv", two, checksum={"type": "SHA-1", "value": "0" * 40})
    dataset(desk, first, second)
    desk.script["/api/access/datafile/1"] = [Answer(one)]
    desk.script["/api/access/datafile/2"] = [Answer(two)]
    with pytest.raises(DownloadError, match=r"2-codes.csv: sha1 .* where 0+ is published, twice"):
        caller("icews")
    assert left(caller.into) == ["1-codes.csv"]
    assert len(desk.seen) == 1 + 1 + 2


@pytest.mark.parametrize("text", ["<html>", "{}", '{"data": []}', '{"data": {"latestVersion": {"files": [1]}}}'])  # fmt: skip
def test_what_is_no_dataverse(desk, caller, text):
    desk.script[DATASET] = [Answer(text.encode())]
    with pytest.raises(DownloadError, match=r"not a|a web page, not data"):
        caller("icews")
    # A web page might be a passing fault, and is asked for twice.
    assert len(desk.seen) == (2 if text == "<html>" else 1)


def test_a_name_from_a_dataverse_is_no_path(desk, caller, tmp_path):
    dataset(desk, entry(1, "../../.ssh/..\\.keys", b"x"))
    desk.script["/api/access/datafile/1"] = [Answer(b"x")]
    (pulled,) = caller("icews")
    assert pulled.path == caller.into / "keys"
    assert left(tmp_path) == ["in"]
    assert len(desk.seen) == 2


@pytest.mark.parametrize(
    ("name", "safe"),
    [("a/b.zip", "b.zip"), ("..\\..\\b.zip", "b.zip"), ("http://x/y%20z.csv?q=/e", "y z.csv"),
     (".hidden", "hidden"), ("a\n\x00b", "a__b"), ("Ünï.csv", "Ünï.csv")],
)  # fmt: skip
def test_safe_names(name, safe):
    assert safe_name(name) == safe


@pytest.mark.parametrize("name", ["", "..", "a/", "/..", "..%2f.."])
def test_names_that_are_none(name):
    with pytest.raises(DownloadError, match="is no name for a file"):
        safe_name(name)


# ---------------------------------------------------------------- what was asked for


def test_every_source_is_sound():
    assert set(sources()) == {
        "gdelt", "gdelt-mentions", "gdelt-gkg", "gdelt-latest", "gdelt1", "icews", "polecat", "unga",
        "cow", "atop", "gpr", "gravity", "baci", "sipri",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("source", "options", "text"),
    [
        ("gdelta", {}, "unknown source 'gdelta'; choose one of: gdelt, "),
        ("cow", {"since": date(2024, 1, 1)}, "cow: days cannot choose among its files"),
        ("gdelt", {}, "gdelt: all of it is hundreds of thousands of files; say since when"),
        ("gdelt1", {"since": date(2024, 1, 2), "until": date(2024, 1, 1)}, "is after until"),
        ("cow", {"address": "ftp://x.example"}, "'ftp://x.example' is no address"),
        ("cow", {"address": "mirror"}, "'mirror' is no address"),
        ("cow", {"tries": 0}, "tries must be 1 or more, not 0"),
    ],
)
def test_what_cannot_be_asked(tmp_path, source, options, text):
    with pytest.raises(OptionError, match=re.escape(text)) as caught:
        pull(source, tmp_path, **options)
    assert "\n" not in str(caught.value)


def test_sipri_is_got_by_hand(tmp_path):
    with pytest.raises(
        DownloadError, match=r"open https://armstransfers.sipri.org/.*download it as CSV"
    ):
        pull("sipri", tmp_path)
