"""Events of any table whose columns are mapped, and a guess at the map."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, Literal

import polars as pl

from quadrille.errors import FileFormatError
from quadrille.events import QUADS, derive
from quadrille.sources.icews import codes
from quadrille.sources.panels import ColumnMap
from quadrille.sources.rows import dated, ends
from quadrille.sources.table import Table, sift
from quadrille.states import Scheme, resolve

__all__ = ["guess_map", "map_toml", "read_events"]

# What columns are called, folded to letters and digits; earlier names are likelier.
_NAMES: dict[str, tuple[str, ...]] = {
    "event_id": ("globaleventid", "eventid", "eid", "id"),
    "date": ("sqldate", "eventdate", "date", "day", "storydate", "datestamp"),
    "year": ("year", "yyyy", "yr"),
    "month": ("month", "mm", "mo"),
    "source": ("actor1countrycode", "actor1countryabbr", "sourcecountry", "source", "sourceiso3",
               "statea", "sidea", "country1", "ccode1", "stateabb1", "iso3a", "iso31", "sender",
               "initiator", "actor1", "from", "sourcename"),
    "target": ("actor2countrycode", "actor2countryabbr", "targetcountry", "target", "targetiso3",
               "stateb", "sideb", "country2", "ccode2", "stateabb2", "iso3b", "iso32", "receiver",
               "recipient", "actor2", "to", "targetname"),
    "code": ("eventcode", "cameocode", "cameo", "cameoeventcode", "code"),
    "root": ("eventrootcode", "rootcode", "cameoroot"),
    "weight": ("goldsteinscale", "goldstein", "goldsteinscore", "intensity", "weight"),
    "text": ("eventtext", "text", "description"),
    "reference": ("sourceurl", "url", "urls", "publisher", "reference"),
    "score": ("score", "netscore", "value"),
    "verbal_coop": ("verbalcooperation", "verbalcoop", "verbcoop", "quad1", "vcoop"),
    "material_coop": ("materialcooperation", "materialcoop", "matcoop", "quad2", "mcoop"),
    "verbal_conf": ("verbalconflict", "verbalconf", "verbconf", "quad3", "vconf"),
    "material_conf": ("materialconflict", "materialconf", "matconf", "quad4", "mconf"),
}  # fmt: skip
_DATES = ("%Y-%m-%d", "%Y%m%d", "%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%d.%m.%Y")
_SCHEMES: tuple[Scheme, ...] = ("cameo", "cow", "cowabb", "gw", "icews", "any")
# Share of the cells of a sample that must be what a column is taken for.
_ENOUGH = 0.6
_SAMPLE = 2000


def read_events(frame: pl.DataFrame, m: ColumnMap, file: str, first_line: int) -> Table:
    """Turn a frame of text columns into canonical events.

    Parameters
    ----------
    frame : polars.DataFrame
        May hold ``line``, ``raw`` and ``reason`` already.
    m : ColumnMap
        Of kind ``events``.

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
    rows = _with_lines(_text(frame), m, first_line)
    weight = _column(m.weight).cast(pl.Float64, strict=False)
    written = rows.select(_code(m).alias("code"))["code"]
    rows = dated(rows, m.date or "", m.date_format).with_columns(
        cameo=codes(written),
        source=resolve(rows[m.source], m.scheme),
        target=resolve(rows[m.target], m.scheme),
        goldstein=weight,
        event_id=_column(m.event_id) if m.event_id else pl.col("line").cast(pl.String),
    )
    rows = rows.with_columns(
        reason=pl.coalesce(
            "reason",
            pl.when(pl.col("event_id").is_null()).then(pl.lit("no event id")),
            pl.when(pl.col("cameo").is_null()).then(
                pl.format("unknown CAMEO code ('{}')", pl.col(m.code or "").fill_null(""))
            ),
            pl.when(weight.abs() > 10).then(pl.lit("weight out of range (expected -10 to 10)")),
            ends(m.source, m.target),
        )
    )
    origin = m.origin or f"events:{Path(file).name.split('.')[0]}"
    made = derive(rows.drop("domain", "quad", strict=False)).select(
        "event_id", "date", pl.lit("day").alias("precision"), "source", "target", "cameo", "domain",
        "goldstein", pl.lit(1, pl.Int64).alias("reports"), pl.lit(1.0).alias("certainty"),
        _column(m.text).alias("text"), pl.lit(origin).alias("origin"),
        _column(m.reference).alias("reference"), "line", "raw", "reason",
    )  # fmt: skip
    return sift(made, "events", "D", origin, file)


def _column(name: str | None) -> pl.Expr:
    return pl.col(name) if name else pl.lit(None, pl.String)


def _text(frame: pl.DataFrame) -> pl.DataFrame:
    """All columns but the line as trimmed text, empty cells null."""
    kept = [c for c in frame.columns if c != "line"]
    text = pl.col(kept).cast(pl.String).str.strip_chars()
    return frame.with_columns(pl.when(text != "").then(text).name.keep())


def _with_lines(frame: pl.DataFrame, m: ColumnMap, first_line: int) -> pl.DataFrame:
    if "line" in frame.columns and "raw" in frame.columns:
        return frame
    # Columns of the file must not meet ours.
    taken = {"line", "raw", "reason", "event_id", "date", "source", "target", "cameo", "goldstein"}
    clash = {c: f"{c} (file)" for c in frame.columns if c in taken - set(m.columns)}
    frame = frame.rename(clash)
    shown = [pl.col(c).fill_null("") for c in m.columns]
    return frame.with_columns(
        pl.int_range(first_line, first_line + pl.len(), dtype=pl.Int64).alias("line"),
        pl.concat_str(shown, separator=",").alias("raw"),
        pl.lit(None, pl.String).alias("reason"),
    )


def _code(m: ColumnMap) -> pl.Expr:
    """The code, with the leading zero it lost where its root says so."""
    code = pl.col(m.code or "")
    if not m.root:
        return code
    root = pl.col(m.root).str.zfill(2)
    lost = ~code.str.starts_with(root) & ("0" + code).str.starts_with(root)
    return pl.when(lost).then("0" + code).otherwise(code)


def _fold(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _share(found: pl.Series, given: pl.Series) -> float:
    """Share of the given cells that were found to be something."""
    there = given.is_not_null()
    return float((found.is_not_null() & there).sum()) / max(int(there.sum()), 1)


def _scheme(sample: pl.DataFrame, source: str, target: str) -> tuple[float, Scheme]:
    ranked: list[tuple[float, Scheme]] = []
    for scheme in _SCHEMES:
        shares = [_share(resolve(sample[c], scheme), sample[c]) for c in (source, target)]
        ranked.append((min(shares), scheme))
    return max(ranked, key=lambda r: r[0])


def _named(columns: Sequence[str], role: str) -> list[str]:
    """Columns whose name may be of a role, the likelier first."""
    wanted = _NAMES[role]
    held = [(wanted.index(_fold(c)), c) for c in columns if _fold(c) in wanted]
    return [c for _, c in sorted(held)]


def _ends(sample: pl.DataFrame) -> tuple[str, str, Scheme] | None:
    """The two columns of states that resolve best, and how states are written."""
    found = []
    for k, source in enumerate(_named(sample.columns, "source")):
        for target in _named(sample.columns, "target"):
            share, scheme = _scheme(sample, source, target)
            found.append((share, -k, source, target, scheme))
    if not found:
        return None
    share, _, source, target, scheme = max(found)
    return (source, target, scheme) if share >= _ENOUGH else None


def _date(sample: pl.DataFrame) -> tuple[str, str] | None:
    for column in _named(sample.columns, "date"):
        for form in _DATES:
            text = sample[column].str.head(10) if form == "%Y-%m-%d" else sample[column]
            if _share(text.str.to_date(form, strict=False), text) >= 0.95:
                return column, form
    return None


def _first(sample: pl.DataFrame, role: str) -> str | None:
    return next(iter(_named(sample.columns, role)), None)


def guess_map(frame: pl.DataFrame) -> ColumnMap | None:
    """What the columns of a table are, by their names and by what they hold; None if not clear.

    Parameters
    ----------
    frame : polars.DataFrame
        The table, or its first rows.
    """
    sample = _text(frame.head(_SAMPLE))
    pair = _ends(sample)
    if pair is None:
        return None
    source, target, scheme = pair
    day = _date(sample)
    code = next(
        (c for c in _named(sample.columns, "code") if _share(codes(sample[c]), sample[c]) > 0.9),
        None,
    )
    if day and code:
        number = _first(sample, "event_id")
        gdelt = number is not None and _fold(number) == "globaleventid"
        return ColumnMap(
            "events", source, target, scheme, date=day[0], date_format=day[1], code=code,
            event_id=number, root=_first(sample, "root"), weight=_first(sample, "weight"),
            text=_first(sample, "text"), reference=_first(sample, "reference"),
            origin="gdelt" if gdelt else None,
        )  # fmt: skip
    year, month = _first(sample, "year"), _first(sample, "month")
    if year is None:
        return None
    quads: dict[str, Any] = {q: tuple(_named(sample.columns, q)[:1]) for q in QUADS}
    kind: Literal["counts", "scores"] = "counts" if any(quads.values()) else "scores"
    score = None if kind == "counts" else _first(sample, "score")
    if kind == "scores" and score is None:
        return None
    return ColumnMap(kind, source, target, scheme, year, month, score=score, **quads)


def map_toml(m: ColumnMap) -> str:
    """A column map as the TOML file that lies beside a data file."""
    lines = []
    plain = ColumnMap(m.kind, m.source, m.target)
    for f in fields(ColumnMap):
        value = getattr(m, f.name)
        if f.name not in ("kind", "source", "target") and value == getattr(plain, f.name):
            continue
        items = ", ".join(_quoted(v) for v in value) if isinstance(value, tuple) else ""
        lines.append(
            f"{f.name} = [{items}]" if isinstance(value, tuple) else f"{f.name} = {_quoted(value)}"
        )
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
