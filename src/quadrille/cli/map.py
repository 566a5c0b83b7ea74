"""``quadrille map``: say what the columns of a table of one's own are."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from quadrille.cli.commands import argument, group, option
from quadrille.cli.common import place_for, say
from quadrille.errors import FileFormatError, OptionError
from quadrille.sources.column_map import matching
from quadrille.sources.events.mapped import fit, guess_map, map_toml, missing_parts
from quadrille.sources.files import File, Head, head_of, read_frame
from quadrille.sources.formats import TABLE, Format, format_of, read_file
from quadrille.views.save import write_bytes

__all__ = ["app"]

app = group("Column maps: what the columns of your own table are.")
# A file of a known format up to this size is read to see whether it can be.
_LARGEST = 1 << 27


def _not_read(head: Head, known: Format) -> str:
    """Why a file of a known format cannot be read as one.

    Raises
    ------
    OptionError
        It can be, and needs no map.
    FileFormatError
        It cannot be, and no map helps.
    """
    file = head.file
    try:
        if known.kind == "companion" or file.path.stat().st_size <= _LARGEST:
            read_file(head)
    except FileFormatError as why:
        if known.kind != "events":
            raise
        return str(why).splitlines()[0]
    raise OptionError(
        f"{file.shown}: is a file of {known.name} and needs no map; give it as {known.use}"
    )


@app.command()
def guess(
    file: Annotated[Path, argument("A CSV or Parquet table of events, counts or scores.")],
    out: Annotated[
        Path | None,
        option(
            "Write the map there; FILE.map.toml beside FILE is used unasked.", callback=place_for()
        ),
    ] = None,
) -> None:
    """Propose a column map for a table, with the share of its first cells that it makes sense of."""
    head = head_of(File(file, str(file)))
    if head.container in ("zip", "gzip"):
        raise FileFormatError(f"{file}: is a {head.container}; unpack it and give the table in it")
    known = format_of(head)
    why = _not_read(head, known) if known is not TABLE else ""
    frame, _ = read_frame(head)
    if frame.is_empty():
        raise FileFormatError(f"{file}: it holds no rows under its header; nothing to go by")
    found = matching(frame.columns) or guess_map(frame, by_content=True)
    if found is None and why:
        raise FileFormatError(why)
    if found is None:
        raise FileFormatError(
            f"{file}: cannot tell what its columns {', '.join(frame.columns[:8])} are: it has "
            f"{missing_parts(frame)}; write {file.name}.map.toml by hand, see docs/guides/column-maps.md"
        )
    text = map_toml(found, dict((f, note) for f, _, note in fit(frame, found)))
    seen = (
        f"# A proposal from the first {min(frame.height, 2000):,} rows of {file.name}: check it.\n"
    )
    if why:
        seen += f"# It looks like a file of {known.name}, but: {why}\n"
    if out is None:
        print(seen + text, end="")
        return
    if out.exists():
        raise OptionError(f"{out}: is there already; choose another --out or take it away")
    write_bytes(out, (seen + text).encode())
    say(f"map: {out}")
