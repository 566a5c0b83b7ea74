"""``quadrille serve``: the page to explore, in a browser."""

from __future__ import annotations

from typing import Annotated

from quadrille.cli.commands import option
from quadrille.cli.common import ActsOption, TiesOption, check_web, say

__all__ = ["serve"]


def serve(
    host: Annotated[
        str, option("Address to listen at; any but this machine's own needs --token.")
    ] = "127.0.0.1",
    port: Annotated[int, option("Port; 0 takes a free one.", min=0, max=65_535)] = 8000,
    token: Annotated[
        str | None,
        option("What a browser must show; 16 characters or more.", envvar="QUADRILLE_TOKEN"),
    ] = None,
    data: TiesOption = "index",
    lake: ActsOption = None,
    workers: Annotated[int, option("Long questions answered at once.", min=1, max=64)] = 2,
    rate: Annotated[int, option("Requests a client may make in a minute; 0: no limit.", min=0)] = 0,
) -> None:
    """Serve the page to explore to a browser."""
    check_web("fastapi", "httptools", "uvicorn")
    from quadrille.web.serve import run
    from quadrille.web.settings import Settings

    run(Settings(data, lake, host, port, token, workers=workers, rate=rate), say)
