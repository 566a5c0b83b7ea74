"""Roll calls of the UN General Assembly, dyad by year, and the ideal points drawn from them.

Votes are the Dataverse file of Voeten, Strezhnev and Bailey (``rcid, ccode, vote``; 1 yes, 2 abstain, 3
no, 8 absent, 9 no member), the table of the R package *unvotes* (``rcid, country, country_code, vote`` in
words), or the file of the UN Digital Library (``undl_id, ms_code, ms_vote``; Y, A, N, X). Where the first two
carry no date, the list of roll calls must lie beside them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Literal, TypeAlias, get_args

import numpy as np
import polars as pl

from quadrille.errors import FileFormatError, NoDataError, OptionError
from quadrille.kernels.agreement import similarity
from quadrille.sources.files import File, head_of
from quadrille.sources.layers.flows import narrow, scan_file
from quadrille.sources.layers.layer import Layer
from quadrille.sources.layers.sheet import Sheet, open_sheet, resolve_states
from quadrille.states.registry import resolve

__all__ = [
    "COMPANIONS",
    "READERS",
    "SIGNATURES",
    "About",
    "ideal_distance",
    "read_ideal_points",
    "read_votes",
]

About: TypeAlias = Literal["all", "important", "me", "nu", "di", "hr", "co", "ec"]
# Places on the scale from yes to no; -1: cast no vote.
CHOICES = {
    "1": 0, "yes": 0, "2": 1, "abstain": 1, "3": 2, "no": 2,
    "8": -1, "absent": -1, "9": -1, "not a member": -1,
    "y": 0, "a": 1, "n": 2, "x": -1,
}  # fmt: skip
QUANTILES = ("q5", "q10", "q50", "q90", "q95")
MEASURES = ("agreement", "s_absolute", "s_squared", "kappa", "pi")
SCHEMA = {
    "state_a": pl.String, "state_b": pl.String, "year": pl.Int32, "votes": pl.Int32,
    **dict.fromkeys(MEASURES, pl.Float64),
}  # fmt: skip
MARKS = ("importantvote", "me", "nu", "di", "hr", "co", "ec")
_LAYOUTS = (("rcid", "ccode", "vote"), ("rcid", "country", "vote"))
_CALLS = ("rcid", "date")
_LISTS = {".csv", ".tab", ".tsv", ".txt", ".parquet"}
_ISSUES = ("rcid", "short_name", "issue")
# Columns of the UN Digital Library, by our names for them.
_UNDL = {
    "rcid": "undl_id", "country_code": "ms_code", "country": "ms_name", "vote": "ms_vote",
    "date": "date",
}  # fmt: skip
# Until then the seat of China was that of the government on Taiwan, under the same name.
_SEAT_OF_CHINA = date(1971, 10, 25)

CITE_VOTES = (
    "Voeten, E., Strezhnev, A. & Bailey, M. (2009). United Nations General Assembly Voting Data. "
    "Harvard Dataverse. https://doi.org/10.7910/DVN/LEJUQZ (give the version used). Voeten, E. (2013). "
    "Data and analyses of voting in the UN General Assembly. In B. Reinalda (ed.), Routledge Handbook "
    "of International Organization. S: Signorino, C. S. & Ritter, J. M. (1999). Tau-b or not tau-b. "
    "International Studies Quarterly 43(1): 115–144. κ, π: Häge, F. M. (2011). Choice or circumstance? "
    "Political Analysis 19(3): 287–305."
)
CITE_UNDL = (
    "United Nations, Dag Hammarskjöld Library. General Assembly Voting Data. UN Digital Library, "
    "https://digitallibrary.un.org/record/4060887 (give the day of the file). S: Signorino, C. S. & "
    "Ritter, J. M. (1999). Tau-b or not tau-b. International Studies Quarterly 43(1): 115–144. κ, π: "
    "Häge, F. M. (2011). Choice or circumstance? Political Analysis 19(3): 287–305."
)
CITE_POINTS = (
    "Bailey, M. A., Strezhnev, A. & Voeten, E. (2017). Estimating dynamic state preferences from United "
    "Nations voting data. Journal of Conflict Resolution 61(2): 430–456. Data: "
    "https://doi.org/10.7910/DVN/LEJUQZ (give the version used)."
)


def read_votes(
    path: str | Path, *, about: About = "all", roll_calls: str | Path | None = None
) -> Layer:
    """Likeness of votes in the General Assembly, dyad by year of the vote.

    Counted are the roll calls of a year in which both voted yes, abstained or voted no; a roll call
    that one of them missed says nothing. Measures and their formulae are those of
    `quadrille.kernels.agreement.similarity` on the scale yes, abstain, no, every roll call of weight
    1: the votes of a year are all there are, so that nothing is sampled and no interval is given, but
    of a few of them no measure says much.

    Parameters
    ----------
    path : path
        The votes.
    about : {"all", "important", "me", "nu", "di", "hr", "co", "ec"}
        Which roll calls: those the US State Department called important, or on an issue (Palestine,
        nuclear weapons, arms control, human rights, colonialism, development). A roll call that is
        not marked, or of which the mark is missing, is left out.
    roll_calls : path, optional
        List with ``rcid, date``. By default the date in the votes, else the one such list in
        the folder of the votes; likewise for the marks.

    Returns
    -------
    Layer
        ``state_a, state_b, year``; ``votes`` (Int32); Float64: ``agreement`` (0 to 1),
        ``s_absolute``, ``s_squared`` (-1 to 1), ``kappa``, ``pi`` (at most 1; null where both cast
        one and the same vote throughout). No row: no roll call in common. Rows of the list of roll
        calls that cannot be used are in ``rejected`` with those of the votes.

    Raises
    ------
    OptionError
        ``about`` is none of these.
    FileFormatError
        No votes; no dates in them and none beside them; no marks of what is asked for.
    NoDataError
        No roll call is marked so.
    """
    if about not in get_args(About):
        raise OptionError(f"unknown votes {about!r}; use one of {', '.join(get_args(About))}")
    undl = "undl_id" in _columns(Path(path))
    sheet = _library(path) if undl else open_sheet(path, "UN votes", _LAYOUTS)
    sheet = _choices(_numbered(sheet))
    sheet, lists = _dated(sheet, Path(path), roll_calls)
    sheet = _seats(sheet)
    cast = pl.col("_choice") >= 0
    # Dataverse lists a state under each of its numbers, as no member under all but one.
    again = cast & ~pl.struct("rcid", "state", cast).is_first_distinct()
    twice = pl.format("{} votes twice in roll call {}", "state", "rcid")
    sheet = sheet.reject(pl.when(again).then(twice))
    marks = [c for c in MARKS if sheet.has(c)]
    chosen = sheet.frame.select("rcid", "state", "year", "_choice", *marks)
    marked = _marked(chosen, about, Path(path), lists)
    data = pl.concat([pl.DataFrame(schema=SCHEMA), *_years(marked)])
    name = ("undl_votes" if undl else "unga_votes") + ("" if about == "all" else f"_{about}")
    layer = sheet.layer(name, "votes", "dyad", data, CITE_UNDL if undl else CITE_VOTES)
    rejected = pl.concat([layer.rejected, *(s.rejected for s in lists)])
    return replace(layer, rejected=rejected, files=(sheet.file, *(s.file for s in lists)))


def _columns(path: Path) -> set[str]:
    return {c.strip().lower() for c in head_of(File(path, str(path))).columns}


def _library(path: str | Path) -> Sheet:
    """The file of the UN Digital Library, under the names of the others."""
    sheet = narrow(scan_file(path, "UN votes", [tuple(_UNDL.values())]), list(_UNDL.values()))
    frame = sheet.frame.rename({theirs: ours for ours, theirs in _UNDL.items()})
    # Blank as well as X: on the roll, but no vote was cast.
    cast = pl.col("vote").cast(pl.String).str.strip_chars()
    vote = pl.when(cast.is_null() | (cast == "")).then(pl.lit("X")).otherwise(cast)
    return replace(sheet, frame=frame.with_columns(vote.alias("vote")))


def _numbered(sheet: Sheet) -> Sheet:
    return sheet.whole("rcid", between=(1, 99_999_999), what="number of a roll call")


def _choices(sheet: Sheet) -> Sheet:
    text = pl.col("vote").cast(pl.String).str.strip_chars().str.to_lowercase()
    place = text.str.replace(r"\.0+$", "").replace_strict(
        CHOICES, default=None, return_dtype=pl.Int8
    )
    found = replace(sheet, frame=sheet.frame.with_columns(_choice=place))
    shown = pl.col("vote").cast(pl.String).fill_null("")
    return found.reject(
        pl.when(pl.col("_choice").is_null()).then(pl.format("vote is no vote ('{}')", shown))
    )


def _seats(sheet: Sheet) -> Sheet:
    """Add ``state``, from COW numbers, else from names, else from their codes."""
    if sheet.has("ccode"):
        return resolve_states(sheet.codes("ccode"), state="ccode")
    found = [resolve(sheet.frame[c]) for c in ("country", "country_code") if sheet.has(c)]
    frame = sheet.frame.with_columns(pl.coalesce(map(pl.lit, found)).alias("state"))
    frame = frame.with_columns(_of_china(frame)) if sheet.has("date") else frame
    failed = pl.when(pl.col("state").is_null()).then(pl.col("country").fill_null(""))
    return replace(sheet, frame=frame).skip_unknown(failed)


def _of_china(frame: pl.DataFrame) -> pl.Series:
    """States, the seat of China by the day of the vote."""
    day = frame["date"].cast(pl.String).str.to_date("%Y-%m-%d", strict=False)
    before = (frame["state"] == "CHN") & (day < _SEAT_OF_CHINA).fill_null(False)
    seat = pl.when(before).then(pl.lit("TWN")).otherwise("state")
    return frame.select(seat.alias("state")).to_series()


def _year(column: str) -> pl.Expr:
    """The year in a date, however it is written."""
    text = pl.col(column).cast(pl.String).str.strip_chars()
    return text.str.extract(r"(?:^|\D)((?:19|20)\d\d)(?:\D|$|\d{4}$)").cast(pl.Int32)


def _dated(sheet: Sheet, path: Path, given: str | Path | None) -> tuple[Sheet, list[Sheet]]:
    """Add ``year``, and give the list of roll calls it came from, if one did."""
    own = next((c for c in ("date", "year") if sheet.has(c)), None)
    if own and given is None:
        frame = sheet.frame.with_columns(_year(own).alias("year"))
        no_year = pl.format("roll call {} has no date", "rcid")
        sheet = replace(sheet, frame=frame)
        return sheet.reject(pl.when(pl.col("year").is_null()).then(no_year)), []
    place = Path(given) if given is not None else _list_for(path, _CALLS)
    if place is None:
        raise FileFormatError(
            f"{path}: it has no dates; put the list of roll calls ({', '.join(_CALLS)}) beside it"
        )
    calls = _roll_calls(place)
    # What the list says stands.
    votes = sheet.frame.drop("date", "year", *(calls.frame.columns[2:]), strict=False)
    sheet = replace(
        sheet, frame=votes.join(calls.frame, on="rcid", how="left", maintain_order="left")
    )
    unlisted = pl.format("roll call {} is not dated in {}", "rcid", pl.lit(place.name))
    return sheet.reject(pl.when(pl.col("year").is_null()).then(unlisted)), [calls]


def _roll_calls(place: Path) -> Sheet:
    """The list of roll calls: ``rcid, year`` and the marks."""
    calls = _numbered(open_sheet(place, "roll calls", [_CALLS]))
    calls = replace(calls, frame=calls.frame.with_columns(_year("date").alias("year")))
    shown = pl.col("date").cast(pl.String).fill_null("")
    reason = (
        pl.when(pl.col("year").is_null())
        .then(pl.format("date has no year ('{}')", shown))
        .when(~pl.col("rcid").is_first_distinct())
        .then(pl.format("roll call {} appears twice", "rcid"))
    )
    calls = calls.reject(reason)
    marks = [c for c in MARKS if calls.has(c)]
    return replace(calls, frame=calls.frame.select("rcid", "year", *marks))


def _list_for(path: Path, columns: Sequence[str]) -> Path | None:
    """The one other table in the folder with these columns, and no votes."""
    found = []
    for place in sorted(path.parent.iterdir()):
        if place.suffix.lower() in _LISTS and place.is_file():
            try:
                names = {c.strip().lower() for c in head_of(File(place, str(place))).columns}
            except FileFormatError:
                continue  # Not of this source: no concern of ours.
            if set(columns) <= names and "vote" not in names:
                found.append(place)
    if len(found) > 1:
        names_found = ", ".join(p.name for p in found)
        raise FileFormatError(
            f"{path}: more than one list with {', '.join(columns)} beside it ({names_found}); leave one"
        )
    return found[0] if found else None


def _marked(rows: pl.DataFrame, about: About, path: Path, lists: list[Sheet]) -> pl.DataFrame:
    """Votes of the roll calls that are about it."""
    if about == "all":
        return rows
    mark = "importantvote" if about == "important" else about
    if mark in rows.columns:
        kept = rows.filter(pl.col(mark).cast(pl.String).cast(pl.Float64, strict=False) == 1)
    elif about != "important" and (place := _list_for(path, _ISSUES)):
        issues = _numbered(open_sheet(place, "issues", [_ISSUES]))
        lists.append(issues)
        of_issue = issues.frame.filter(pl.col("short_name") == about).select("rcid").unique()
        kept = rows.join(of_issue, on="rcid", how="semi")
    else:
        beside = (
            "" if about == "important" else f", nor is a list with {', '.join(_ISSUES)} beside it"
        )
        raise FileFormatError(f"{path}: neither it nor its roll calls have {mark!r}{beside}")
    if kept.is_empty():
        raise NoDataError(f"{path}: none of its roll calls is marked {mark!r}")
    return kept


def _years(rows: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Measures of each year's dyads."""
    cast = rows.filter(pl.col("_choice") >= 0)
    for (year,), part in cast.sort("year", "state").group_by("year", maintain_order=True):
        states = part["state"].unique(maintain_order=True)
        place = part.select(pl.col("state", "rcid").rank("dense").cast(pl.Int64) - 1)
        items = int(place["rcid"].max()) + 1  # type: ignore[arg-type]
        choices = np.full((len(states), items), -1, dtype=np.int8)
        choices[place["state"].to_numpy(), place["rcid"].to_numpy()] = part["_choice"].to_numpy()
        found = similarity(choices, levels=3)
        one, two = np.triu(found.joint, 1).nonzero()
        values = {m: getattr(found, m)[one, two] for m in MEASURES}
        ends = {"state_a": states[one], "state_b": states[two], "year": year}
        frame = pl.DataFrame({**ends, "votes": found.joint[one, two], **values}, schema=SCHEMA)
        yield frame.with_columns(pl.col(MEASURES).fill_nan(None))


def read_ideal_points(path: str | Path) -> Layer:
    """Ideal points of states, session by session (``Idealpointestimates…``).

    The year is 1945 plus the session, in which it opens; some of its votes fall into the next. The
    interval is the published one. Of two rows of a state and session, under two numbers, the first
    stands.

    Returns
    -------
    Layer
        ``state, year``; Float64: ``ideal_point`` (posterior mean), ``q5, q10, q50, q90, q95``
        (posterior quantiles); ``votes`` (Int32), null if the file does not say.
    """
    plain = ("idealpoint", *(f"{q}%" for q in QUANTILES))
    layouts = [("ccode", "session", *(f"{c}{end}" for c in plain)) for end in ("", "all")]
    sheet = open_sheet(path, "ideal points", layouts)
    end = "" if sheet.has(*layouts[0]) else "all"
    votes = next((c for c in (f"nvotes{end}", "nvotes") if sheet.has(c)), None)
    names = {f"{c}{end}": n for c, n in zip(plain, ("ideal_point", *QUANTILES), strict=True)}
    sheet = sheet.codes("ccode").whole("session", between=(1, 500), what="session")
    sheet = sheet.numbers(*names, floor=None)
    sheet = sheet.numbers(votes) if votes else sheet
    low, middle, high = (f"{q}%{end}" for q in ("q5", "q50", "q95"))
    reason = (
        pl.when(pl.any_horizontal(pl.col(*names).is_null()))
        .then(pl.lit("a value is missing"))
        .when((pl.col(low) > pl.col(middle)) | (pl.col(middle) > pl.col(high)))
        .then(pl.lit("its quantiles are out of order"))
    )
    sheet = resolve_states(sheet.reject(reason), state="ccode")
    again = ~pl.struct("state", "session").is_first_distinct()
    sheet = sheet.reject(
        pl.when(again).then(pl.format("{} appears twice in session {}", "state", "session"))
    )
    data = sheet.frame.select(
        "state", (pl.col("session") + 1945).alias("year"), *(pl.col(c).alias(n) for c, n in names.items()),
        (pl.col(votes) if votes else pl.lit(None)).cast(pl.Int32).alias("votes"),
    )  # fmt: skip
    return sheet.layer("unga_ideal_points", "ideal points", "state", data, CITE_POINTS)


def ideal_distance(points: Layer) -> Layer:
    """Distance of the ideal points of each two states in a year.

    The published intervals are those of single points. The draws behind them are not published, so
    that no interval of a distance can be had from them.

    Parameters
    ----------
    points : Layer
        As of `read_ideal_points`.

    Returns
    -------
    Layer
        ``state_a, state_b, year``; ``distance`` (Float64).
    """
    one = points.data.select(pl.col("state").alias("state_a"), "year", a="ideal_point")
    two = points.data.select(pl.col("state").alias("state_b"), "year", b="ideal_point")
    data = (
        one.join(two, on="year")
        .filter(pl.col("state_a") < pl.col("state_b"))
        .select("state_a", "state_b", "year", (pl.col("a") - pl.col("b")).abs().alias("distance"))
    )
    return replace(
        points,
        name="unga_ideal_distance",
        unit="dyad",
        data=data.sort("state_a", "state_b", "year"),
    )


# As in `quadrille.sources.layers.cow`.
SIGNATURES: dict[str, tuple[str, ...]] = {
    "unga_votes": ("rcid", "country", "vote"),
    "unga_votes:coded": ("rcid", "ccode", "vote"),
    "undl_votes": ("undl_id", "ms_code", "ms_vote", "date", "session"),
    "unga_ideal_points": ("ccode", "session", "idealpoint", "q5%", "q50%", "q95%"),
    "unga_ideal_points:all": ("ccode", "session", "idealpointall", "q5%all", "q50%all", "q95%all"),
}
READERS: dict[str, Callable[[str | Path], Layer]] = {
    "unga_votes": read_votes,
    "undl_votes": read_votes,
    "unga_ideal_points": read_ideal_points,
}
# Tables that are no layer, but are read with the votes that lie beside them.
COMPANIONS: tuple[tuple[str, ...], ...] = (_CALLS, _ISSUES)
