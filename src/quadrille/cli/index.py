"""``quadrille index``: build the index of ties from a lake, and go on with it by months."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from quadrille.cli.commands import argument, group, option
from quadrille.cli.common import (
    JsonOption,
    LakeOption,
    SinceOption,
    UntilOption,
    place_for,
    say,
    show,
)
from quadrille.dates import first_day, last_day
from quadrille.errors import NoDataError
from quadrille.lake.catalogue import open_lake
from quadrille.views.names import plural
from quadrille.views.save import TIDY
from quadrille.views.view import View

__all__ = ["app"]

app = group("The index of every tie since 1946.")
_Index = Annotated[str, option("An index. Default: the one that came with the package.")]


def _many(of: Mapping[str, int]) -> str:
    return ", ".join(f"{n:,} of {name}" for name, n in sorted(of.items()))


@app.command()
def build(
    out: Annotated[
        Path, option("Where to write the index: .parquet.", callback=place_for(".parquet"))
    ],
    until: Annotated[
        int | None, option("Last year. Default: the last of which any witness reports.")
    ] = None,
    lake: LakeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Build the index of every tie from what a lake holds.

    Votes, alliances, disputes, organisations, arms, trade, influence, events and
    scores of the lake are its witnesses, with the embedded chronicle. Rivalries and
    defence pacts anchor the scale. Read it with --data PATH.

    For example: quadrille index build --out index.parquet --lake ~/lake
    """
    from quadrille.index.model import engagement_only, turned
    from quadrille.measure.indexing import index_of_lake

    index = index_of_lake(open_lake(lake), out, until, say)
    first, last = (str(y) for y in (index.ties["year"].min(), index.ties["year"].max()))
    ties = index.ties.select("state_a", "state_b").n_unique()
    witnesses = index.found.witnesses
    lines = [
        f"{out}: {ties:,} ties, {first} to {last}, from {len(witnesses)} witnesses.",
        "Witnesses: " + ", ".join(witnesses) + ".",
    ]
    outside, contradictory = dict(index.found.outside), dict(index.found.contradictory)
    mute, partial, opposite = index.found.mute, engagement_only(index.learnt), turned(index.learnt)
    doubts = (
        ("Reports on states that did not exist that year: {}.", _many(outside)),
        ("Codings that do not agree, read as their mean, in dyad-years: {}.", _many(contradictory)),
        ("In the lake, but with no report on any tie: {}; the index is made without them.", ", ".join(mute)),
        ("They tell engagement, and nothing of warm or cold: {}.", ", ".join(partial)),
        ("Check {}: cooperation is reported of rivals and conflict of allies there; is the sign turned?", ", ".join(opposite)),
    )  # fmt: skip
    lines += [words.format(found) for words, found in doubts if found]
    facts = {
        "file": str(out), "ties": ties, "witnesses": list(witnesses), "outside": outside,
        "contradictory": contradictory, "mute": list(mute), "opposite": list(opposite),
        "engagement_only": list(partial),
    }  # fmt: skip
    show(View("index build", "The index of ties", tuple(lines), facts=facts), as_json)


@app.command()
def update(
    out: Annotated[
        Path,
        option(
            "The index that build wrote; its months go beside it: .parquet.",
            callback=place_for(".parquet"),
        ),
    ],
    until: Annotated[
        str | None, option("Last month, YYYY-MM. Default: the last that the lake reaches.")
    ] = None,
    lake: LakeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Lay the months of an index, or add those that a lake holds beyond them.

    Nothing is learnt again: the weights are those of the years. The first time all
    months are laid, which takes minutes; then a new month of the world's events
    takes seconds. Ties with a report are smoothed again over six earlier months.
    Read them with --data PATH --frequency M.

    For example: quadrille index update --out index.parquet --lake ~/lake
    """
    from quadrille.measure.indexing import update_index

    done = update_index(open_lake(lake), out, until, say)
    ties = plural(done.ties, "tie")
    if done.first is None:
        lines = [f"{done.file}: nothing new; {ties} up to {done.last}, where the lake ends too."]
    else:
        span = done.first if done.months == 1 else f"{done.first} to {done.last}"
        lines = [
            f"{done.file}: {plural(done.months, 'month')} added, {span}; {ties}, {done.spoken:,} with a report in them, from {done.rows:,} reports.",
        ]
        if done.again:
            lines.append(f"The {done.again} months before were smoothed again.")
    if done.unknown:
        lines.append(
            f"Not read, since the index has no weights for them: {', '.join(done.unknown)}."
        )
    facts = {
        "file": str(done.file), "first": done.first, "last": done.last, "months": done.months, "ties": done.ties,
        "ties_with_reports": done.spoken, "reports": done.rows, "smoothed_again": done.again, "unknown": list(done.unknown),
    }  # fmt: skip
    show(View("index update", "The index of ties by months", tuple(lines), facts=facts), as_json)


@app.command()
def export(
    out: Annotated[
        Path, argument("A .parquet, .csv or .dta file to write.", callback=place_for(*TIDY))
    ],
    state: Annotated[
        list[str] | None, option("Ties of this state alone; may be given again.")
    ] = None,
    since: SinceOption = None,
    until: UntilOption = None,
    data: _Index = "index",
    as_json: JsonOption = False,
) -> None:
    """Write the index for R, Stata or a notebook, with states' codes and a codebook.

    A row is a dyad and year: both states by ISO3, name, Correlates of War and
    Gleditsch-Ward number of that year; the level with its deviation, engagement
    with its own, and what each witness adds.

    For example: quadrille index export pakistan.dta --state Pakistan --since 1990
    """
    import polars as pl

    from quadrille.index.shipped import read_index, read_meta
    from quadrille.states.registry import find
    from quadrille.views.tidy import export_table

    place = None if data == "index" else data
    rows = read_index(place)
    first, last = first_day(since), last_day(until)
    span = [pl.col("year") >= first.year] if first else []
    span += [pl.col("year") <= last.year] if last else []
    ends = [find(name).iso3 for name in state or ()]
    theirs = [pl.any_horizontal(pl.col("state_a", "state_b").is_in(ends))] if ends else []
    rows = rows.filter(*span, *theirs)
    if rows.is_empty():
        raise NoDataError("the index holds no tie of those states in that time; ask for others")
    origin = f"index of ties, version {read_meta(place)['version']}"
    paths = export_table(rows, out, "index", "Index of ties, by dyad and year", origin)
    ties = rows.select("state_a", "state_b").n_unique()
    years = sorted(rows["year"].unique())
    line = f"{out}: {rows.height:,} rows of {ties:,} ties, {years[0]} to {years[-1]}."
    facts = {"files": [str(p) for p in paths], "rows": rows.height, "ties": ties}
    more = f"Codebook: {paths[1].name}, {paths[2].name}."
    show(View("index export", "The index for other programs", (line, more), facts=facts), as_json)


@app.command()
def pivots(
    out: Annotated[
        Path, option("Where to write the fit: .npz, at most 2 MB.", callback=place_for(".npz"))
    ],
    data: _Index = "index",
    lake: LakeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Fit every triangle of the index: who moves whom.

    Rivalries, alliances, capabilities and contiguity of the lake say what triangles are.
    pivot and pivots read the fit that came with the package, or the one that
    QUADRILLE_PIVOTS names.

    For example: quadrille index pivots --out pivots.npz --lake ~/lake
    """
    from quadrille.coupling.pooled import ASPECTS, pooled_of
    from quadrille.coupling.shipped import write_pooled
    from quadrille.measure.world import World

    world = World(data, lake=lake)
    fitted = pooled_of(world.measurement(), world.measurement("engagement"), world.layers, told=say)
    write_pooled(fitted, out)
    states = len(fitted.world.states)
    lines = [
        f"{out}: {fitted.triads:,} triads of {states} states, {out.stat().st_size / 1e6:.1f} MB.",
        "What triads are: " + ", ".join(fitted.terms) + ".",
    ]
    lacking = [role for role, aspect in ASPECTS.items() if aspect not in fitted.world.about]
    if lacking:
        lines.append(
            f"Not in the lake, so that triads are not told apart by it: {', '.join(lacking)}."
        )
    facts = {"file": str(out), "triads": fitted.triads, "states": states, "terms": fitted.terms, "lacking": lacking}  # fmt: skip
    show(View("index pivots", "Every triangle of the index", tuple(lines), facts=facts), as_json)
