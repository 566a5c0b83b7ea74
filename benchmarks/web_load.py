"""Fifty clients on one server: how long they wait, whether anything fails, and whether memory stays where it is.

python benchmarks/web_load.py                 starts a server on loopback, asks it for a minute, and ends it
python benchmarks/web_load.py --seconds 10 --requests 2000

Only loopback is ever asked. Times are those of this machine with whatever else it does; its load is printed.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import random
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import numpy as np

CACHED = (
    "/", "/tie?a=PAK&b=RUS", "/world?state=PAK&in=2016", "/network?region=Middle+East&in=2016", "/api/v1/ties?state=PAK&in=2016&limit=20",
    "/file/ties.csv?state=PAK&in=2016", "/static/style.css", "/static/world.js", "/search?q=Burma", "/healthz",
)  # fmt: skip
BENCH = "/api/v1/bench?a=PAK&b=RUS&on=USA&level={:.1f}&step={}"


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


async def up(client: httpx.AsyncClient) -> float:
    """Wait until the server answers; seconds that took."""
    began = time.perf_counter()
    while time.perf_counter() - began < 300:
        try:
            if (await client.get("/healthz")).status_code == 200:
                return time.perf_counter() - began
        except httpx.HTTPError:
            await asyncio.sleep(0.1)
    raise SystemExit("the server does not answer")


async def one(client: httpx.AsyncClient, until: float, make: object, took: list[float], bad: list[str], left: list[int]) -> None:  # fmt: skip
    """A client that asks one thing after another until the time, or the number of requests, is over."""
    while time.perf_counter() < until and left[0] > 0:
        left[0] -= 1
        place = make()  # type: ignore[operator]
        began = time.perf_counter()
        try:
            got = await client.get(place)
            if got.status_code != 200:
                bad.append(f"{got.status_code} {place}")
        except httpx.HTTPError as why:
            bad.append(f"{type(why).__name__} {place}")
        took.append(1000 * (time.perf_counter() - began))


def told(what: str, took: list[float], bad: list[str], used: float) -> None:
    """One line: how many, median, p95, the longest, processor for each, failures."""
    if not took:
        return
    mid, high = np.quantile(took, (0.5, 0.95))
    print(f"{what:<28}{len(took):>7,} requests  median {mid:7.1f} ms  p95 {high:7.1f} ms  longest {max(took):8.1f} ms  CPU {1000 * used / len(took):6.1f} ms each  failed {len(bad)}")  # fmt: skip
    for line in bad[:3]:
        print(f"  {line}")


async def many(client: httpx.AsyncClient, pid: int, clients: int, seconds: float, make: object, what: str, most: int = 10**9) -> None:  # fmt: skip
    """So many clients at once for so long."""
    took, bad, left = list[float](), list[str](), [most]
    until, before = time.perf_counter() + seconds, cpu(pid)
    await asyncio.gather(*(one(client, until, make, took, bad, left) for _ in range(clients)))
    told(what, took, bad, cpu(pid) - before)


async def cold(client: httpx.AsyncClient, pid: int) -> None:
    """Pages of ties that nobody has asked for, one after another."""
    for a, b in (("JPN", "KOR"), ("FRA", "DEU"), ("IND", "CHN"), ("EGY", "ISR"), ("TUR", "GRC")):
        began, before = time.perf_counter(), cpu(pid)
        await client.get(f"/tie?a={a}&b={b}")
        print(f"a tie nobody asked for: {time.perf_counter() - began:.2f} s, {cpu(pid) - before:.2f} s of processor")  # fmt: skip


async def leaving(client: httpx.AsyncClient, pid: int) -> None:
    """A client that hangs up on a long question: the process that works on it has to end."""
    with contextlib.suppress(httpx.HTTPError):
        await client.get("/part/balance?pivot=TUR&between=RUS&between=USA", timeout=1.5)
    began = time.perf_counter()
    while children(pid) and time.perf_counter() - began < 10:
        await asyncio.sleep(0.05)
    print(
        f"a client that hangs up: {children(pid)} processes left {time.perf_counter() - began:.2f} s later"
    )


async def measure(port: int, pid: int, given: argparse.Namespace) -> None:
    """Everything, on a server that is coming up."""
    limits = httpx.Limits(max_connections=given.clients)
    base = f"http://127.0.0.1:{port}"
    async with httpx.AsyncClient(base_url=base, limits=limits, timeout=300) as client:
        print(f"up after {await up(client):.1f} s, {cpu(pid):.1f} s of processor; load {os.getloadavg()[0]:.1f}")  # fmt: skip
        await client.get("/")
        await asyncio.sleep(given.rest)  # it loads what pages need
        print(f"ready with {cpu(pid):.1f} s of processor")
        await cold(client, pid)
        for place in CACHED:
            await client.get(place)
        began = time.perf_counter()
        await client.get(BENCH.format(0.0, 1))
        print(
            f"a model of three states for the bench, and the first answer: {time.perf_counter() - began:.1f} s"
        )
        await many(client, pid, 1, 10**9, lambda: BENCH.format(random.uniform(-2.5, 2.5), random.randint(1, 10)), "a slider, one client", 60)  # fmt: skip
        await many(client, pid, given.clients, given.seconds, lambda: random.choice(CACHED), "cached views")  # fmt: skip
        await many(client, pid, given.clients, given.seconds, lambda: BENCH.format(random.uniform(-2.5, 2.5), random.randint(1, 10)), "scenarios")  # fmt: skip
        before = memory(pid)
        await many(client, pid, given.clients, 10**9, lambda: random.choice(CACHED), "memory", given.requests)  # fmt: skip
        print(f"memory: {before:.0f} MB before, {memory(pid):.0f} MB after {given.requests:,} requests; load {os.getloadavg()[0]:.1f}")  # fmt: skip
        await leaving(client, pid)


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
