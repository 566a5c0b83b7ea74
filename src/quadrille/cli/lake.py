"""``quadrille ingest``, ``pull`` and ``lake``: fill a lake and look after it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import polars as pl

from quadrille.cli.commands import argument, group, option
from quadrille.cli.common import (
    CsvOption,
    JsonOption,
    LakeOption,
    SinceOption,
    UntilOption,
    place_for,
    say,
    show,
)
from quadrille.dates import first_day, last_day
from quadrille.download import pull as pulling
from quadrille.errors import LakeError, OptionError
from quadrille.lake import catalogue, contents
from quadrille.views.forms import count, verbatim
from quadrille.views.names import plural
from quadrille.views.view import Column, View, grid

if TYPE_CHECKING:
    from quadrille.lake.ingest import Outcome

__all__ = ["app", "ingest", "pull"]

app = group("Look after the lake.")
_COUNTS = [Column(c, c, count) for c in ("kept", "skipped", "rejected")]


def _outcomes(outcomes: Sequence[Outcome]) -> pl.DataFrame:
    fields = ("name", "what", "note", "rows_in", "kept", "skipped", "rejected")
    rows = [{f: getattr(o, f) for f in fields} for o in outcomes]
    text = dict.fromkeys(fields[:3], pl.String)
    return pl.DataFrame(rows, schema=text | dict.fromkeys(fields[3:], pl.Int64))


def _taken(paths: Sequence[Path], lake: Path | None, as_json: bool) -> None:
    """Take files in, a line each as it is certain, and a sum at the end."""
    from quadrille.lake.ingest import ingest  # with two engines, which no other command needs

    place = catalogue.open_lake(lake, create=True)
    outcomes = ingest(
        place, paths, (lambda outcome: None) if as_json else lambda outcome: say(outcome.line())
    )
    counted = {w: sum(o.what == w for o in outcomes) for w in sorted({o.what for o in outcomes})}
    kept = sum(o.kept for o in outcomes)
    words = ", ".join(f"{n:,} {w}" for w, n in counted.items()) or "no data files"
    facts = {"lake": str(place.path), "files": counted, "kept": kept}
    line = f"{place.path}: {words}; {kept:,} rows kept"
    show(View("ingest", "Ingested", (line,), _outcomes(outcomes), facts), as_json)
    refused = [o for o in outcomes if o.what == "refused"]
    if refused:
        others = ", the others are in the lake" if len(outcomes) > len(refused) else ""
        raise LakeError(
            f"{plural(len(refused), 'file')} refused{others}; the first: {refused[0].note}"
        )


def ingest(
    paths: Annotated[
        list[Path], argument("Files, zips and folders, as their publishers ship them.")
    ],
    lake: LakeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take files into the lake, as their publishers ship them.

    Events of GDELT, ICEWS, POLECAT or Phoenix, tables of counts or scores, and
    structural data (UN votes, arms, trade, alliances, disputes …), plain or zipped:
    what a file is follows from what it holds. The same content again changes
    nothing; a corrected file of the same name takes the place of the old. Rows that
    cannot be used are stored apart with their reason. A run that was interrupted goes
    on where it stopped when you give the same command again.

    For example: quadrille ingest ~/gdelt events.2018.tab.zip --lake ~/lake
    """
    _taken(paths, lake, as_json)


def pull(
    source: Annotated[str, argument(f"One of: {', '.join(pulling.sources())}.")],
    since: SinceOption = None,
    until: UntilOption = None,
    into: Annotated[
        Path | None, option("Folder for the files. Default: one named after the source.")
    ] = None,
    address: Annotated[str | None, option("A mirror, in place of the publisher's address.")] = None,
    take: Annotated[bool, option("Take the files into the lake as well.", "--ingest")] = False,
    lake: LakeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Download a publisher's files: whole, checked, and resumed where it broke off."""
    folder = into or Path(source)
    done = pulling.pull(source, folder, first_day(since), last_day(until), address, report=say)
    if take:
        _taken([p.path for p in done], lake, as_json)
        return
    rows = [
        {"path": str(p.path), "bytes": p.bytes, "md5": p.md5, "sha256": p.sha256, "how": p.how}
        for p in done
    ]
    line = f"{len(done):,} files in {folder}; take them in with: quadrille ingest {folder}"
    show(View("pull", "Downloaded", (line,), pl.DataFrame(rows), {"folder": str(folder)}), as_json)


@app.command()
def status(
    files: Annotated[bool, option("One line a file.", "--files")] = False,
    reasons: Annotated[bool, option("Why rows were skipped or rejected.", "--reasons")] = False,
    lake: LakeOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """What the lake holds, by source.

    Rows are those of the publishers' files: kept, skipped (valid, but not between two
    known states) and rejected (malformed). A layer makes dyad-years or state-years of those kept.
    """
    if files and reasons:
        raise OptionError("give --files or --reasons, not both")
    place, source = catalogue.open_lake(lake), Column("source", "source", verbatim)
    if files:
        table = catalogue.manifest(place)
        columns = [Column("name", "file", verbatim), source, Column("kind", "kind"), *_COUNTS]
    elif reasons:
        table = contents.reasons(place)
        columns = [
            source,
            Column("fate", "fate"),
            Column("reason", "reason"),
            Column("rows", "rows", count),
        ]
    else:
        table = contents.held(place)
        columns = [
            source, Column("kind", "kind"), Column("files", "files", count), *_COUNTS,
            Column("first", "from", lambda d: f"{d:%Y-%m}" if d else ""),
            Column("last", "to", lambda d: f"{d:%Y-%m}" if d else ""),
        ]  # fmt: skip
    line = f"{place.path}: {table.height:,} {'files' if files else 'reasons' if reasons else 'sources'}."
    facts, grids = {"lake": str(place.path)}, (grid("", table, columns),)
    show(View("lake status", "The lake", (line,), table, facts, grids), as_json, as_csv)


@app.command()
def verify(lake: LakeOption = None, as_json: JsonOption = False) -> None:
    """Check every file of the lake against its checksum, and every count against the manifest."""
    place = catalogue.open_lake(lake)
    faults = contents.verify(place)
    line = f"{place.path}: sound, {plural(catalogue.manifest(place).height, 'entry')}"
    if as_json or not faults:
        facts = {"lake": str(place.path), "faults": faults}
        said = () if faults else (line,)
        show(View("lake verify", "Check of the lake", said, facts=facts), as_json)
    if faults:
        raise LakeError("\n".join(faults))


@app.command()
def forget(
    name: Annotated[
        str, argument("A file's name, a source, or the first eight letters of a checksum.")
    ],
    lake: LakeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Leave files out of the lake from now on; they may be ingested again."""
    from quadrille.lake.ingest import forget

    place = catalogue.open_lake(lake)
    gone = forget(place, name)
    more = f" and {len(gone) - 5:,} more" if len(gone) > 5 else ""
    line = f"{place.path}: {len(gone):,} forgotten: {', '.join(gone[:5])}{more}"
    facts = {"lake": str(place.path), "forgotten": gone}
    show(View("lake forget", "Forgotten", (line,), facts=facts), as_json)


@app.command()
def export(
    source: Annotated[str, argument("A source of the lake, as `lake status` names it.")],
    out: Annotated[
        Path, argument("A .parquet or .csv file to write.", callback=place_for(".parquet", ".csv"))
    ],
    kind: Annotated[
        str | None,
        option(
            "skipped or rejected: what was not kept; mentions: those of GDELT. Default: what was kept."
        ),
    ] = None,
    lake: LakeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the rows of a source to one file."""
    place = catalogue.open_lake(lake)
    rows = contents.export(place, out, source, kind)
    mine = contents.held(place).filter(pl.col("source") == source)
    by_name = int(mine[kind].sum()) - rows if kind in ("skipped", "rejected") else 0
    what = kind or ("of the layer" if "layer" in mine["kind"] else "kept")
    lines = [f"{out}: {rows:,} rows {what} of {source}"]
    if by_name:
        lines.append(f"{by_name:,} more are counted by name only: quadrille lake status --reasons")
    facts = {"lake": str(place.path), "file": str(out), "rows": rows, "by_name_only": by_name}
    show(View("lake export", "Exported", tuple(lines), facts=facts), as_json)
