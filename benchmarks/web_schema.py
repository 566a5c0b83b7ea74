"""Requests made from the OpenAPI document of the page's API: none may end in a 500.

python -m venv fuzz && fuzz/bin/pip install schemathesis    an environment of its own: nothing else here needs it
python benchmarks/web_schema.py fuzz/bin/schemathesis       starts a server on loopback, asks it, and ends it

Questions that take long are left out unless --long is given: each valid one takes a process for some seconds.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import time

import httpx
from web_load import free_port

from quadrille.web.asking import SERVED
from quadrille.web.links import API


def wait_for(base: str) -> None:
    """Until the server answers."""
    for _ in range(3000):
        try:
            httpx.get(f"{base}/healthz")
            return
        except httpx.HTTPError:
            time.sleep(0.1)
    raise SystemExit("the server does not answer")


def main() -> None:
    """Start a server, put requests to it, end it; the exit code is that of schemathesis."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("program", nargs="?", default="schemathesis", help="where schemathesis is")
    parser.add_argument("--examples", type=int, default=50, help="requests of each address")
    parser.add_argument("--long", action="store_true", help="questions that take long, too")
    given = parser.parse_args()
    if shutil.which(given.program) is None:
        print(f"no {given.program} here; see the first lines of this file")
        return
    base = f"http://127.0.0.1:{(port := free_port())}"
    heavy = [] if given.long else [s.name for s in SERVED if s.heavy]
    left_out = [word for name in heavy for word in ("--exclude-operation-id", name)]
    command = [sys.executable, "-m", "quadrille", "serve", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            wait_for(base)
            made = subprocess.run(
                [
                    given.program, "run", f"{base}{API}/openapi.json", "--checks", "not_a_server_error", "--max-examples",
                    str(given.examples), "--request-timeout", "300", *left_out,
                ],
                check=False,
            )  # fmt: skip
        finally:
            server.terminate()
    raise SystemExit(made.returncode)


if __name__ == "__main__":
    main()
