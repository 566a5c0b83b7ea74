"""``quadrille ingest``, ``pull`` and ``lake``: fill a lake and look after it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import polars as pl
import typer
from rich.console import Console

from quadrille.cli.common import (
    CsvOption,
    JsonOption,
    SinceOption,
    UntilOption,
    emit,
    place_for,
    rich_table,
    window,
    with_lake,
)
from quadrille.errors import LakeError, OptionError
from quadrille.lake import catalogue, contents
from quadrille.lake import ingest as taking
from quadrille.lake import pull as pulling
from quadrille.lake.ingest import Outcome

__all__ = ["register"]

lake_app = typer.Typer(help="Look after the lake.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands to an app."""
    app.command()(with_lake(ingest))
    app.command()(with_lake(pull))
    app.add_typer(lake_app, name="lake")


def _facts(outcomes: Sequence[Outcome]) -> pl.DataFrame:
    fields = ("name", "what", "note", "rows_in", "kept", "skipped", "rejected")
    rows = [{f: getattr(o, f) for f in fields} for o in outcomes]
    text = dict.fromkeys(fields[:3], pl.String)
    return pl.DataFrame(rows, schema=text | dict.fromkeys(fields[3:], pl.Int64))


def _taken(paths: Sequence[Path], as_json: bool) -> None:
    """Take files in, a line each as it is certain, and a sum at the end."""
    place = catalogue.open_lake(create=True)
    console = Console(stderr=True)
    with console.status("reading…") as status:

        def tell(outcome: Outcome) -> None:
            status.update(f"{outcome.name} done")
            if not as_json:
                console.print(outcome.line(), highlight=False, markup=False, soft_wrap=True)

        outcomes = taking.ingest(place, paths, tell)
    counted = {w: sum(o.what == w for o in outcomes) for w in sorted({o.what for o in outcomes})}
    kept = sum(o.kept for o in outcomes)
    if as_json:
        emit(
            _facts(outcomes), True, False, {"lake": str(place.path), "files": counted, "kept": kept}
        )
    else:
        words = ", ".join(f"{n:,} {w}" for w, n in counted.items()) or "no data files"
        Console().print(
            f"{place.path}: {words}; {kept:,} rows kept", highlight=False, soft_wrap=True
        )
    refused = [o for o in outcomes if o.what == "refused"]
    if refused:
        others = len(outcomes) > len(refused)
        raise LakeError(
            f"{len(refused)} file{'s' if len(refused) != 1 else ''} refused"
            f"{', the others are in the lake' if others else ''}; the first: {refused[0].note}"
        )


def ingest(
    paths: Annotated[
        list[Path], typer.Argument(help="Files, zips and folders, as their publishers ship them.")
    ],
    as_json: JsonOption = False,
) -> None:
    """Take data into the lake, as its publishers ship it.

    Events of GDELT, ICEWS, POLECAT or Phoenix, tables of counts or scores, and
    structural data (UN votes, arms, trade, alliances, disputes …), plain or zipped:
    what a file is follows from what it holds. The same content again changes
    nothing; a corrected file of the same name takes the place of the old. Rows that
    cannot be used are kept apart with their reason. A run that was interrupted goes
    on where it stopped when you give the same command again.

    For example: quadrille ingest ~/gdelt events.2018.tab.zip --lake ~/lake
    """
    _taken(paths, as_json)


def pull(
    source: Annotated[str, typer.Argument(help=f"One of: {', '.join(pulling.sources())}.")],
    since: SinceOption = None,
    until: UntilOption = None,
    into: Annotated[
        Path | None, typer.Option(help="Folder for the files. Default: one named after the source.")
    ] = None,
    address: Annotated[
        str | None, typer.Option(help="A mirror, in place of the publisher's address.")
    ] = None,
    take: Annotated[
        bool, typer.Option("--ingest", help="Take the files into the lake as well.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Fetch a publisher's files: whole, checked, and resumed where it broke off."""
    first, last = window(since, until)
    err = Console(stderr=True)
    done = pulling.pull(
        source, into or Path(source), first, last, address,
        report=lambda line: err.print(line, highlight=False, markup=False, soft_wrap=True),
    )  # fmt: skip
    if take:
        _taken([p.path for p in done], as_json)
    elif as_json:
        rows = [{"path": str(p.path), "bytes": p.bytes, "md5": p.md5, "sha256": p.sha256, "how": p.how}
                for p in done]  # fmt: skip
        print(json.dumps(rows, indent=1))
    else:
        folder = into or Path(source)
        print(f"{len(done):,} files in {folder}; take them in with: quadrille ingest {folder}")


@lake_app.command()
@with_lake
def status(
    files: Annotated[bool, typer.Option("--files", help="One line a file.")] = False,
    reasons: Annotated[
        bool, typer.Option("--reasons", help="Why rows were skipped or rejected.")
    ] = False,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """What the lake holds, by source.

    Rows are those of the publishers' files: kept, skipped (valid, but not between two
    known states) and rejected (malformed). A layer makes dyad-years or state-years of those kept.
    """
    if files and reasons:
        raise OptionError("give --files or --reasons, not both")
    place = catalogue.open_lake()
    table = (
        catalogue.manifest(place)
        if files
        else contents.reasons(place)
        if reasons
        else contents.held(place)
    )
    facts: dict[str, Any] = {"lake": str(place.path)}
    if not emit(table, as_json, as_csv, facts):
        if files:
            columns = (
                "name",
                "member",
                "source",
                "kind",
                "rows_in",
                "kept",
                "skipped",
                "rejected",
                "ingested",
            )
            table = table.select(columns)
        Console().print(rich_table(table, str(place.path)))


@lake_app.command()
@with_lake
def verify(as_json: JsonOption = False) -> None:
    """Check every file of the lake against its checksum, and every count against the manifest."""
    place = catalogue.open_lake()
    faults = contents.verify(place)
    if as_json:
        print(json.dumps({"lake": str(place.path), "faults": faults}, indent=1))
    elif not faults:
        print(f"{place.path}: sound, {catalogue.manifest(place).height:,} entries")
    if faults:
        raise LakeError("\n".join(faults))


@lake_app.command()
@with_lake
def forget(
    name: Annotated[
        str,
        typer.Argument(help="A file's name, a source, or the first eight letters of a checksum."),
    ],
    as_json: JsonOption = False,
) -> None:
    """Leave files out of the lake from now on; they may be ingested again."""
    place = catalogue.open_lake()
    gone = taking.forget(place, name)
    if as_json:
        print(json.dumps({"lake": str(place.path), "forgotten": gone}))
    else:
        more = f" and {len(gone) - 5:,} more" if len(gone) > 5 else ""
        print(f"{place.path}: {len(gone):,} forgotten: {', '.join(gone[:5])}{more}")


@lake_app.command()
@with_lake
def export(
    source: Annotated[str, typer.Argument(help="A source of the lake, as `lake status` names it.")],
    out: Annotated[
        Path,
        typer.Argument(
            help="A .parquet or .csv file to write.", callback=place_for(".parquet", ".csv")
        ),
    ],
    kind: Annotated[
        str | None,
        typer.Option(
            help="skipped or rejected: what was not kept; mentions: those of GDELT. Default: what was kept."
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Write the rows of a source to one file."""
    place = catalogue.open_lake()
    rows = contents.export(place, out, source, kind)
    mine = contents.held(place).filter(pl.col("source") == source)
    by_name = int(mine[kind].sum()) - rows if kind in ("skipped", "rejected") else 0
    if as_json:
        facts = {"lake": str(place.path), "file": str(out), "rows": rows, "by_name_only": by_name}
        print(json.dumps(facts))
        return
    what = kind or ("of the layer" if "layer" in mine["kind"] else "kept")
    print(f"{out}: {rows:,} rows {what} of {source}")
    if by_name:
        print(f"{by_name:,} more are counted by name only: quadrille lake status --reasons")
