"""Fifty clients on one server: how long they wait, whether anything fails, and whether memory stays where it is.

python benchmarks/web_load.py                 starts a server on loopback, asks it for a minute, and ends it
python benchmarks/web_load.py --seconds 10 --requests 2000

How it loads: a closed loop. Each client has one connection that is kept open; it puts its next request, as a browser would
with gzip accepted, when the last answer is there to the last byte. Clients are coroutines on plain sockets in one process of
their own: what they cost is printed beside what the server costs, since on two cores both wait for the same processors.
Cached views are drawn at random from `CACHED`, each asked once before; positions of the sliders at random from all they have.

Only loopback is ever asked. Times are those of this machine with whatever else it does; its load is printed.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

CACHED = (
    "/", "/tie?a=PAK&b=RUS", "/world?state=PAK&in=2016", "/network?region=Middle+East&in=2016", "/api/v1/ties?state=PAK&in=2016&limit=20",
    "/file/ties.csv?state=PAK&in=2016", "/static/style.css", "/static/world.js", "/search?q=Burma", "/healthz",
)  # fmt: skip
BENCH = "/api/v1/bench?a=PAK&b=RUS&on=USA&level={:.1f}&step={}{}"


def free_port() -> int:
    """A port that nothing listens at."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def memory(pid: int) -> float:
    """Resident megabytes of a process."""
    text = Path(f"/proc/{pid}/statm").read_text(encoding="ascii")
    return int(text.split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def cpu(pid: int) -> float:
    """Seconds of processor that a process has used: what is told of it where others use the machine too."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def children(pid: int) -> int:
    """Processes that a process has begun and that go on."""
    return len(Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split())


class Client:
    """One connection that is kept open."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, place: str) -> int:
        """The status of an answer that is there to its last byte."""
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        writer.write(
            f"GET {place} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: gzip\r\n\r\n".encode()
        )
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = head.partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0]
        await reader.readexactly(int(length))
        if b"\r\nconnection: close" in head:
            self.close()
        return int(head[9:12])

    def close(self) -> None:
        """Hang up."""
        if self._streams is not None:
            self._streams[1].close()
        self._streams = None


@dataclass(slots=True)
class Told:
    """What clients saw: milliseconds of each request, and what failed."""

    took: list[float] = field(default_factory=list)
    bad: list[str] = field(default_factory=list)


async def up(port: int) -> float:
    """Wait until the server answers; seconds that took."""
    began, client = time.perf_counter(), Client(port)
    while time.perf_counter() - began < 300:
        try:
            if await client.get("/healthz") == 200:
                client.close()
                return time.perf_counter() - began
        except OSError:
            await asyncio.sleep(0.1)
    raise SystemExit("the server does not answer")


async def one(
    port: int, until: float, make: Callable[[], str], told: Told, left: list[int]
) -> None:
    """A client that asks one thing after another until the time, or the number of requests, is over."""
    client = Client(port)
    while time.perf_counter() < until and left[0] > 0:
        left[0] -= 1
        place, began = make(), time.perf_counter()
        try:
            status = await client.get(place)
            if status != 200:
                told.bad.append(f"{status} {place}")
        except (OSError, EOFError) as why:
            told.bad.append(f"{type(why).__name__} {place}")
            client.close()
        told.took.append(1000 * (time.perf_counter() - began))
    client.close()


def say(what: str, told: Told, server: float, clients: float) -> None:
    """One line: how many, median, p95, the longest, processor for each, failures."""
    if not told.took:
        return
    mid, high = np.quantile(told.took, (0.5, 0.95))
    count = len(told.took)
    print(
        f"{what:<22}{count:>7,} requests  median {mid:7.1f} ms  p95 {high:7.1f} ms  longest {max(told.took):8.1f} ms  CPU each: "
        f"server {1000 * server / count:.2f} ms, client {1000 * clients / count:.2f} ms  failed {len(told.bad)}  load {os.getloadavg()[0]:.1f}",
        flush=True,
    )
    for line in told.bad[:3]:
        print(f"  {line}")


async def many(port: int, pid: int, clients: int, seconds: float, make: Callable[[], str], what: str, most: int = 10**9) -> None:  # fmt: skip
    """So many clients at once for so long."""
    told, left = Told(), [most]
    until, before, own = time.perf_counter() + seconds, cpu(pid), time.process_time()
    await asyncio.gather(*(one(port, until, make, told, left) for _ in range(clients)))
    say(what, told, cpu(pid) - before, time.process_time() - own)


async def cold(client: Client, pid: int) -> None:
    """Pages of ties that nobody has asked for, one after another."""
    for a, b in (("JPN", "KOR"), ("FRA", "DEU"), ("IND", "CHN"), ("EGY", "ISR"), ("TUR", "GRC")):
        began, before = time.perf_counter(), cpu(pid)
        await client.get(f"/tie?a={a}&b={b}")
        print(f"a tie nobody asked for: {time.perf_counter() - began:.2f} s, {cpu(pid) - before:.2f} s of processor")  # fmt: skip


async def leaving(port: int, pid: int) -> None:
    """A client that hangs up on a long question: the process that works on it has to end."""
    client = Client(port)
    asking = asyncio.ensure_future(client.get("/part/balance?pivot=TUR&between=RUS&between=USA"))
    await asyncio.sleep(1.5)
    begun = children(pid)
    asking.cancel()
    client.close()
    began = time.perf_counter()
    while children(pid) and time.perf_counter() - began < 10:
        await asyncio.sleep(0.05)
    print(
        f"a client that hangs up: {begun} process at work, {children(pid)} left {time.perf_counter() - began:.2f} s later"
    )


def slider() -> str:
    """Where the sliders may be moved: 26,000 positions, every one as likely, so that few are asked twice."""
    other = random.choice(("", *(f"&other={k / 10:.1f}" for k in range(-25, 26))))
    return BENCH.format(random.uniform(-2.5, 2.5), random.randint(1, 10), other)


def view() -> str:
    """One of the views that are made already."""
    return random.choice(CACHED)


async def measure(port: int, pid: int, given: argparse.Namespace) -> None:
    """Everything, on a server that is coming up."""
    print(f"up after {await up(port):.1f} s, {cpu(pid):.1f} s of processor; load {os.getloadavg()[0]:.1f}")  # fmt: skip
    client = Client(port)
    await client.get("/")
    client.close()
    await asyncio.sleep(given.rest)  # it loads what pages need
    print(f"ready with {cpu(pid):.1f} s of processor")
    await cold(client, pid)
    for place in CACHED:
        await client.get(place)
    began = time.perf_counter()
    await client.get(BENCH.format(0.0, 1, ""))
    client.close()
    print(
        f"a model of three states for the bench, and the first answer: {time.perf_counter() - began:.1f} s"
    )
    await many(port, pid, 1, 10**9, slider, "a slider, one client", 60)
    await many(port, pid, given.clients, given.seconds, view, "cached views")
    await many(port, pid, given.clients, given.seconds, slider, "scenarios")
    before = memory(pid)
    await many(port, pid, given.clients, 10**9, view, "memory", given.requests)
    print(f"memory: {before:.0f} MB before, {memory(pid):.0f} MB after {given.requests:,} requests; load {os.getloadavg()[0]:.1f}")  # fmt: skip
    await leaving(port, pid)


def main() -> None:
    """Start a server, measure, end it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument(
        "--rest", type=float, default=10, help="seconds before the first tie is asked"
    )
    given = parser.parse_args()
    random.seed(1)
    port = free_port()
    command = [sys.executable, "-m", "quadrille", "serve", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            asyncio.run(measure(port, server.pid, given))
        finally:
            server.terminate()


if __name__ == "__main__":
    main()
