"""``quadrille site``: the pages as files, for any web host or none."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from quadrille.cli.commands import argument, option
from quadrille.cli.common import ActsOption, TiesOption, check_web, say

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
    data: TiesOption = "index",
    lake: ActsOption = None,
) -> None:
    """Write the pages of some ties and regions as files; what cannot be answered is a line, and the exit code is then 2."""
    check_web("fastapi")
    from quadrille.web.settings import Settings
    from quadrille.web.site import write_site

    made = write_site(out, ties or (), regions or (), Settings(data, lake), in_ or "", say)
    for line in made.missing:
        say(line)
    size = made.size / 1e6
    say(f"{made.folder}: {made.pages} pages and {made.files} files, {size:.1f} MB; open index.html")
    if made.missing:
        raise typer.Exit(2)
