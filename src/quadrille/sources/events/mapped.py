"""Events of any table whose columns are mapped, and a guess at the map."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from itertools import combinations
from pathlib import Path
from typing import Any, Literal

import polars as pl

from quadrille.coding.record import DETAILS, derive
from quadrille.coding.vocabulary import QUADS
from quadrille.errors import FileFormatError
from quadrille.sources.column_map import YEARS, ColumnMap, first_days
from quadrille.sources.events.rows import FORMS, bad_number, codes, dated, days, ends, fold
from quadrille.sources.numerals import numbers
from quadrille.sources.table import Table, partition_rows
from quadrille.states.registry import Scheme, resolve

__all__ = ["fit", "guess_map", "map_toml", "missing_parts", "read_events"]

# What columns are called, folded to letters and digits; earlier names are likelier.
_NAMES: dict[str, tuple[str, ...]] = {
    "event_id": ("globaleventid", "eventid", "eid", "id"),
    "date": ("sqldate", "eventdate", "date", "day", "storydate", "datestamp"),
    "year": ("year", "yyyy", "yr"),
    "month": ("month", "mm", "mo"),
    "period": ("period", "yearmonth", "yyyymm", "ym", "month", "date", "day", "time"),
    "source": ("actor1countrycode", "actor1countryabbr", "sourcecountry", "source", "sourceiso3",
               "statea", "sidea", "country1", "ccode1", "stateabb1", "iso3a", "iso31", "sender",
               "initiator", "actor1", "from", "sourcename", "countrya", "state1", "isoa", "iso1",
               "reporter", "origin"),
    "target": ("actor2countrycode", "actor2countryabbr", "targetcountry", "target", "targetiso3",
               "stateb", "sideb", "country2", "ccode2", "stateabb2", "iso3b", "iso32", "receiver",
               "recipient", "actor2", "to", "targetname", "countryb", "state2", "isob", "iso2",
               "partner", "destination"),
    "code": ("eventcode", "cameocode", "cameo", "cameoeventcode", "code"),
    "root": ("eventrootcode", "rootcode", "cameoroot"),
    "weight": ("goldsteinscale", "goldstein", "goldsteinscore", "intensity", "weight"),
    "text": ("eventtext", "text", "description"),
    "reference": ("sourceurl", "url", "urls", "publisher", "reference"),
    "actor": ("actor1name", "sourcename", "actorname"),
    "actor_sectors": ("actor1type1code", "actor1role", "sourcesectors", "actorsectors"),
    "recipient": ("actor2name", "targetname", "recipientname"),
    "recipient_sectors": ("actor2type1code", "actor2role", "targetsectors", "recipientsectors"),
    "story": ("storyid",),
    "score": ("score", "netscore", "value"),
    "verbal_coop": ("verbalcooperation", "verbalcoop", "verbcoop", "quad1", "vcoop"),
    "material_coop": ("materialcooperation", "materialcoop", "matcoop", "quad2", "mcoop"),
    "verbal_conf": ("verbalconflict", "verbalconf", "verbconf", "quad3", "vconf"),
    "material_conf": ("materialconflict", "materialconf", "matconf", "quad4", "mconf"),
}  # fmt: skip
_SCHEMES: tuple[Scheme, ...] = ("cameo", "cow", "cowabb", "gw", "icews", "any")
# How months are written in one column.
_MONTHS = ("%Y-%m", "%Y/%m", "%Y%m", "%YM%m", "%Ym%m", "%m/%Y", "%B %Y", "%B-%Y")
# Share of the cells of a sample that must be what a column is taken for.
_ENOUGH = 0.6
# Share of states that is enough in columns named as those of two states are: the others are skipped by name.
_NAMED = 0.3
# Share needed where no name speaks for it, and how many columns of states are tried.
_SURE = 0.95
_CANDIDATES = 4
_MARGIN = 0.02
_SAMPLE = 2000
_NOTHING = ["", "N/A", "None", "NULL", "NaN", "nan"]
# A column of which more than this share is two characters long holds codes of two letters.
_TWO_LETTERS = 0.9


def read_events(
    frame: pl.DataFrame, m: ColumnMap, file: str, lines: pl.Series | None = None
) -> Table:
    """Turn a frame of text columns into canonical events.

    Parameters
    ----------
    frame : polars.DataFrame
    m : ColumnMap
        Of kind ``events``.
    file : str
        For messages.
    lines : polars.Series, optional
        Line of each row; by default the frame holds ``line``, ``raw``, ``reason`` and ``skip`` itself.

    Raises
    ------
    FileFormatError
        A column of the map is missing, or no row can be used.
    """
    missing = [c for c in m.columns if c not in frame.columns]
    if missing:
        raise FileFormatError(
            f"{file}: column {missing[0]!r} is missing; it has {', '.join(frame.columns[:12])}"
        )
    rows = frame
    if lines is not None:
        rows, m = _with_lines(_text(frame), m, lines)
    weight = numbers(rows[m.weight]) if m.weight else pl.lit(None, pl.Float64)
    written = rows.select(_mended(m).alias("code"))["code"]
    rows = dated(rows, m.date or "", m.date_format).with_columns(
        cameo=codes(written, rows[m.text] if m.text else None),
        source=resolve(rows[m.source], m.scheme),
        target=resolve(rows[m.target], m.scheme),
        goldstein=weight,
        event_id=_column(m.event_id) if m.event_id else pl.col("line").cast(pl.String),
    )
    between = ends(m.source, m.target)
    rows = rows.with_columns(
        reason=pl.coalesce(
            "reason",
            pl.when(pl.col("event_id").is_null()).then(pl.lit("no event id")),
            pl.when(pl.col("cameo").is_null()).then(
                pl.format("unknown CAMEO code ('{}')", pl.col(m.code or "").fill_null(""))
            ),
            *(bad_number(m.weight, "goldstein", "weight") if m.weight else ()),
        ),
        skip=pl.coalesce("skip", between["skip"]),
        name=between["name"],
    )
    origin = m.origin or f"events:{Path(file).name.split('.')[0]}"
    made = derive(rows.drop("domain", "quad", strict=False)).select(
        "event_id", "date", pl.lit("day").alias("precision"), "source", "target", "cameo", "domain",
        "goldstein", pl.lit(1, pl.Int64).alias("reports"), pl.lit(1.0).alias("certainty"),
        _column(m.text).alias("text"), pl.lit(origin).alias("origin"),
        _column(m.reference).alias("reference"), "line", "raw", "reason", "skip", "name",
        *(_column(getattr(m, field)).alias(field) for field in DETAILS),
    )  # fmt: skip
    return partition_rows(made, "events", "D", origin, file, m.coding)


def _column(name: str | None) -> pl.Expr:
    return pl.col(name) if name else pl.lit(None, pl.String)


def _text(frame: pl.DataFrame) -> pl.DataFrame:
    """All columns as trimmed text; null for what stands for nothing.

    ``NA`` is nothing, but in a column of two letters, where it is Namibia.
    """
    frame = frame.select(pl.all().cast(pl.String).str.strip_chars())
    two = {c for c in frame.columns if _two_letters(frame[c])}
    return frame.select(
        pl.when(~pl.col(c).is_in(_NOTHING if c in two else [*_NOTHING, "NA"])).then(c).alias(c)
        for c in frame.columns
    )


def _two_letters(column: pl.Series) -> bool:
    there = column.filter(column.is_not_null() & ~column.is_in([*_NOTHING, "NA"]))
    return there.len() > 0 and (there.str.len_chars() == 2).sum() > _TWO_LETTERS * there.len()


# Names of the columns we make, and the fields of a map that name one of the file.
_OURS = {
    "line", "raw", "reason", "skip", "name", "event_id", "date", "source", "target", "cameo",
    "goldstein", "domain", "quad", *DETAILS,
}  # fmt: skip
_FIELDS = (
    "source", "target", "date", "code", "root", "event_id", "weight", "text", "reference", *DETAILS,
)  # fmt: skip


def _with_lines(
    frame: pl.DataFrame, m: ColumnMap, lines: pl.Series
) -> tuple[pl.DataFrame, ColumnMap]:
    """Add ``line``, ``raw``, ``reason`` and ``skip``; columns named as ours, and the map, say ``(file)``."""
    clash = {c: f"{c} (file)" for c in frame.columns if c in _OURS}
    shown = [pl.col(clash.get(c, c)).fill_null("") for c in m.columns]
    rows = frame.rename(clash).with_columns(
        lines.alias("line"),
        pl.concat_str(shown, separator=",").alias("raw"),
        pl.lit(None, pl.String).alias("reason"),
        pl.lit(None, pl.String).alias("skip"),
    )
    given: dict[str, Any] = {f: clash.get(getattr(m, f), getattr(m, f)) for f in _FIELDS}
    return rows, replace(m, **given)


def _mended(m: ColumnMap) -> pl.Expr:
    """The code, with the leading zero it lost where its root says so."""
    code = pl.col(m.code or "")
    if not m.root:
        return code
    root = pl.col(m.root).str.zfill(2)
    lost = ~code.str.starts_with(root) & ("0" + code).str.starts_with(root)
    return pl.when(lost).then("0" + code).otherwise(code)


def _share(found: pl.Series, given: pl.Series) -> float:
    """Share of the given cells that were found to be something."""
    there = given.is_not_null()
    return float((found.is_not_null() & there).sum()) / max(int(there.sum()), 1)


def _scheme(sample: pl.DataFrame, source: str, target: str) -> tuple[float, Scheme]:
    """The scheme that knows most; "any" only if far better: it reads a region's code as a state's."""
    ranked: list[tuple[float, Scheme]] = []
    for scheme in _SCHEMES:
        shares = [_share(resolve(sample[c], scheme), sample[c]) for c in (source, target)]
        ranked.append((min(shares), scheme))
    any_code = ranked.pop()
    best = max(ranked, key=lambda r: r[0])
    return any_code if any_code[0] > best[0] + _MARGIN else best


def _named(columns: Sequence[str], role: str) -> list[str]:
    """Columns whose name may be of a role, the likelier first."""
    wanted = _NAMES[role]
    held = [(wanted.index(fold(c)), c) for c in columns if fold(c) in wanted]
    return [c for _, c in sorted(held)]


def _ends(sample: pl.DataFrame, by_content: bool) -> tuple[str, str, Scheme] | None:
    """The two columns of states that resolve best, and how states are written."""
    pairs = [
        (k, source, target)
        for k, source in enumerate(_named(sample.columns, "source"))
        for target in _named(sample.columns, "target")
        if source != target
    ]
    found = _best(sample, pairs, _ENOUGH)
    if found is None and by_content:
        held = [c for c in sample.columns if _holds_states(sample[c])][:_CANDIDATES]
        found = _best(sample, [(k, *p) for k, p in enumerate(combinations(held, 2))], _ENOUGH)
    return found or _best(sample, pairs, _NAMED)


def _best(
    sample: pl.DataFrame, pairs: Sequence[tuple[int, str, str]], least: float
) -> tuple[str, str, Scheme] | None:
    found = []
    for k, source, target in pairs:
        share, scheme = _scheme(sample, source, target)
        found.append((share, -k, source, target, scheme))
    if not found:
        return None
    share, _, source, target, scheme = max(found)
    return (source, target, scheme) if share >= least else None


def _holds_states(column: pl.Series) -> bool:
    """Whether a column, whatever its name, is one of states: small numbers could be anything."""
    if column.drop_nulls().str.len_chars().mean() in (None, 1.0) or column.n_unique() < 3:
        return False
    numbers = column.cast(pl.Float64, strict=False).is_not_null().any()
    return _share(resolve(column, "cow" if numbers else "any"), column) >= _SURE


def _forms(written: pl.Series) -> list[tuple[str, pl.Series]]:
    """The forms nearly all dates of a column have, and the dates as each reads them."""
    found = [(form, days(written, form)) for form in FORMS]
    years = [(form, day, day.dt.year().clip(1800).replace(1800, None)) for form, day in found]
    return [(form, day) for form, day, year in years if _share(year, written) >= _SURE]


def _either(forms: Sequence[tuple[str, pl.Series]]) -> bool:
    """Whether the day might be the month."""
    return any(not day.equals(forms[0][1]) for _, day in forms)


def _date(sample: pl.DataFrame, by_content: bool) -> tuple[str, str] | None:
    named = _named(sample.columns, "date")
    others = [c for c in sample.columns if c not in named] if by_content else []
    for column in [*named, *others]:
        forms = _forms(sample[column])
        if forms and (by_content or not _either(forms)):
            return column, forms[0][0]
    return None


def _code(sample: pl.DataFrame, by_content: bool) -> str | None:
    """The column of CAMEO codes; one without a known name must hold codes of three digits or more."""
    for column in _named(sample.columns, "code"):
        if _share(codes(sample[column]), sample[column]) > 0.9:
            return column
    for column in sample.columns if by_content else ():
        long = int((sample[column].str.len_chars() >= 3).sum())
        if (
            long > _ENOUGH * sample.height
            and _share(codes(sample[column]), sample[column]) >= _SURE
        ):
            return column
    return None


def _first(sample: pl.DataFrame, role: str) -> str | None:
    return next(iter(_named(sample.columns, role)), None)


def guess_map(frame: pl.DataFrame, *, by_content: bool = False) -> ColumnMap | None:
    """What the columns of a table are, by their names and by what they hold; None if not clear.

    Parameters
    ----------
    frame : polars.DataFrame
        The table, or its first rows.
    by_content : bool
        Propose states, date and code by what columns hold where no name fits: for a look, not for
        reading unseen, since the order of two columns of states cannot be told.
    """
    sample = _text(frame.head(_SAMPLE))
    pair = _ends(sample, by_content)
    if pair is None:
        return None
    source, target, scheme = pair
    rest = sample.drop(source, target)
    code, day = _code(rest, by_content), _date(rest, by_content)
    if day and code:
        number = _first(sample, "event_id")
        gdelt = number is not None and fold(number) == "globaleventid"
        details: dict[str, Any] = {field: _first(sample, field) for field in DETAILS}
        return ColumnMap(
            "events", source, target, scheme, date=day[0], date_format=day[1], code=code,
            event_id=number, root=_first(sample, "root"), weight=_first(sample, "weight"),
            text=_first(sample, "text"), reference=_first(sample, "reference"),
            origin="gdelt" if gdelt else None, **details,
        )  # fmt: skip
    year, month = _first(sample, "year"), _first(sample, "month")
    period: dict[str, Any] = {"year": year, "month": month} if year else _periods(rest)
    if not period or _alike(sample.columns):
        return None
    quads: dict[str, Any] = {q: tuple(_named(sample.columns, q)[:1]) for q in QUADS}
    kind: Literal["counts", "scores"] = "counts" if any(quads.values()) else "scores"
    score = None if kind == "counts" else _first(sample, "score")
    if kind == "scores" and score is None:
        return None
    return ColumnMap(kind, source, target, scheme, score=score, **period, **quads)


def _alike(columns: Sequence[str]) -> list[str]:
    """Two columns whose names mean the same, so that it is not clear which is meant; empty: there are none."""
    known = {name for names in _NAMES.values() for name in names}
    for one, other in combinations(columns, 2):
        if fold(one) == fold(other) and fold(one) in known:
            return [one, other]
    return []


def _periods(sample: pl.DataFrame) -> dict[str, str]:
    """The column of periods in one form, the form, and how long they are; empty: there is none."""
    for column in _named(sample.columns, "period"):
        for form in _MONTHS:
            day = sample.select(first_days(pl.col(column), form)).to_series()
            if (
                _share(
                    day.set(~day.dt.year().is_between(*YEARS).fill_null(False), None),
                    sample[column],
                )
                >= _SURE
            ):
                return {"date": column, "date_format": form, "frequency": "M"}
        forms = _forms(sample[column])
        if forms and not _either(forms):
            form, day = forms[0]
            yearly, monthly = (day.dt.ordinal_day() == 1).all(), (day.dt.day() == 1).all()
            return {
                "date": column,
                "date_format": form,
                "frequency": "Y" if yearly else "M" if monthly else "D",
            }
    return {}


def missing_parts(frame: pl.DataFrame) -> str:
    """What a table lacks to be mapped, for a message."""
    sample = _text(frame.head(_SAMPLE))
    pair = _ends(sample, True)
    if pair is None:
        return "no two columns of states"
    rest = sample.drop(pair[0], pair[1])
    held = f"states in {pair[0]!r} and {pair[1]!r}"
    if alike := _alike(frame.columns):
        return f"{held}, but {alike[0]!r} and {alike[1]!r} may be either: name one of them in a map"
    named = _first(rest, "date")
    if named is not None and (forms := _forms(rest[named])) and _either(forms):
        either = " or ".join(form for form, _ in forms)
        return f"{held}, but dates in {named!r} may be {either}: give date_format in a map"
    if _date(rest, True) is None and _first(sample, "year") is None and not _periods(rest):
        if named is None:
            return f"{held}, but no column of dates or years{_spells(rest)}"
        tried = [
            rest[named].filter(days(rest[named], form).is_null()).drop_nulls() for form in FORMS
        ]
        odd = min(tried, key=len)
        example = f" ({odd[0]!r} is none)" if odd.len() else ""
        return f"{held}, but {named!r} does not hold dates in one form{example}"
    return f"{held}, but no CAMEO code, no counts by quad class and no score"


def _spells(sample: pl.DataFrame) -> str:
    """What to do about rows that say from when to when, for a message; empty if they do not."""
    whole = [c for c in sample.columns if _share(_years(sample[c]), sample[c]) >= _SURE]
    if len(whole) < 2:
        return ""
    return f"; a row lasts from {whole[0]!r} to {whole[1]!r}: write a row a year"


def _years(written: pl.Series) -> pl.Series:
    year = written.cast(pl.Int64, strict=False)
    return year.set(~year.is_between(1500, 2200).fill_null(False), None)


def fit(frame: pl.DataFrame, m: ColumnMap) -> list[tuple[str, str, str]]:
    """How well a map fits a table's first rows: field, column, and what share of its cells is sound."""
    sample = _text(frame.head(_SAMPLE))
    sound: list[tuple[str, str, pl.Series, str]] = [
        (field, column, resolve(sample[column], m.scheme), "states")
        for field, column in (("source", m.source), ("target", m.target))
    ]
    if m.date:
        read = (
            sample.select(first_days(pl.col(m.date), m.date_format)).to_series()
            if m.frequency
            else days(sample[m.date], m.date_format)
        )
        sound.append(("date", m.date, read, "dates"))
    if m.code:
        written = sample.select(_mended(m).alias("code"))["code"]
        texts = sample[m.text] if m.text else None
        sound.append(("code", m.code, codes(written, texts), "CAMEO codes"))
    quads = [(q, c) for q in QUADS for c in getattr(m, q)]
    named = (("year", m.year), ("month", m.month), ("weight", m.weight), ("score", m.score))
    for field, column in (*((f, c) for f, c in named if c), *quads):
        sound.append((field, column, numbers(sample[column]), "numbers"))
    return [(f, c, _told(found, sample[c], what)) for f, c, found, what in sound]


def _told(found: pl.Series, given: pl.Series, what: str) -> str:
    there = given.is_not_null()
    n, empty = int(there.sum()), int((~there).sum())
    line = f"{_share(found, given):.1%} of {n:,} are {what}"
    line += f", {empty:,} empty" if empty else ""
    wrong = given.filter(there & found.is_null())
    if wrong.is_empty():
        return line
    common = wrong.value_counts(sort=True).head(4)[given.name]
    # A cell may hold line breaks, which would end the comment it stands in.
    shown = common.str.replace_all(r"[[:cntrl:]]+", " ").str.head(30)
    return f"{line}; not: {', '.join(shown)}"


def map_toml(m: ColumnMap, notes: Mapping[str, str] | None = None) -> str:
    """A column map as the TOML file that lies beside a data file; ``notes`` stand behind fields."""
    lines = []
    plain = ColumnMap(m.kind, m.source, m.target)
    for f in fields(ColumnMap):
        value = getattr(m, f.name)
        if f.name not in ("kind", "source", "target") and value == getattr(plain, f.name):
            continue
        items = ", ".join(_quoted(v) for v in value) if isinstance(value, tuple) else ""
        line = (
            f"{f.name} = [{items}]" if isinstance(value, tuple) else f"{f.name} = {_quoted(value)}"
        )
        note = (notes or {}).get(f.name)
        lines.append(f"{line}  # {note}" if note else line)
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A TOML basic string; JSON writes the same escapes."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
