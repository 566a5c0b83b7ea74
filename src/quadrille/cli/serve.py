"""``quadrille serve``: the page to explore, in a browser."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Annotated

from quadrille.cli.commands import option
from quadrille.cli.common import say
from quadrille.errors import OptionError

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
    data: Annotated[str, option("What ties are read from: index, chronicle or lake:SOURCE.")] = "index",
    lake: Annotated[
        str | None,
        option("The lake that acts are read from. Default: QUADRILLE_LAKE, else the platform's data folder."),
    ] = None,
    workers: Annotated[int, option("Long questions answered at once.", min=1, max=64)] = 2,
    rate: Annotated[
        int, option("Requests a client may make in a minute; 0: no limit.", min=0)
    ] = 0,
) -> None:  # fmt: skip
    """Serve the page to explore to a browser."""
    if missing := [name for name in ("fastapi", "httptools", "uvicorn") if find_spec(name) is None]:
        raise OptionError(f"the page needs {missing[0]}; install it: pip install 'quadrille[web]'")
    from quadrille.web.serve import run
    from quadrille.web.settings import Settings

    run(Settings(data, lake, host, port, token, workers=workers, rate=rate), say)
