"""``quadrille site``: the pages as files, for any web host or none."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from quadrille.cli.commands import argument, option
from quadrille.cli.common import say
from quadrille.errors import OptionError

__all__ = ["site"]


def site(
    out: Annotated[Path, argument("A new folder, or an empty one.", metavar="OUT")],
    ties: Annotated[list[str] | None, option("Tie, such as PAK-RUS; may be given again.")] = None,
    regions: Annotated[
        list[str] | None, option("Region, such as Southern Asia; may be given again.")
    ] = None,
    in_: Annotated[
        str | None, option("Year in which states and regions are read. Default: the last.", "--in")
    ] = None,
    data: Annotated[str, option("What ties are read from: index, chronicle or lake:SOURCE.")] = "index",
    lake: Annotated[
        str | None,
        option("The lake that acts are read from. Default: QUADRILLE_LAKE, else the platform's data folder."),
    ] = None,
) -> None:  # fmt: skip
    """Write the pages of some ties and regions as files; what cannot be answered is a line, and the exit code is then 2."""
    if find_spec("fastapi") is None:
        raise OptionError("the page needs fastapi; install it: pip install 'quadrille[web]'")
    from quadrille.web.settings import Settings
    from quadrille.web.site import write_site

    made = write_site(out, ties or (), regions or (), Settings(data, lake), in_ or "", say)
    for line in made.missing:
        say(line)
    size = made.size / 1e6
    say(f"{made.folder}: {made.pages} pages and {made.files} files, {size:.1f} MB; open index.html")
    if made.missing:
        raise typer.Exit(2)
