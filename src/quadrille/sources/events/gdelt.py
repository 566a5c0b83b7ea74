"""The layouts of GDELT, 1.0 and 2.0, and a reader for files small enough to hold in memory.

Layouts: *The GDELT Event Database: Data Format Codebook* 1.03 (2013; 57 columns, 58 with SOURCEURL from
April 2013) and *GDELT 2.0 Event Database Codebook* (2015; 61 columns). Files are tab-separated, without
header and without quoting. A file may mix widths.
"""

from __future__ import annotations

import polars as pl

from quadrille.errors import FileFormatError
from quadrille.sources.column_map import ColumnMap
from quadrille.sources.events.mapped import read_events
from quadrille.sources.events.rows import rows_of_text, taken
from quadrille.sources.table import Table

__all__ = ["MENTIONS", "REGIONS", "V1", "V2", "columns_for", "gdelt_kind", "read_gdelt"]

_ACTOR = ("Code", "Name", "CountryCode", "KnownGroupCode", "EthnicCode", "Religion1Code",
          "Religion2Code", "Type1Code", "Type2Code", "Type3Code")  # fmt: skip
_GEO_1 = ("Type", "FullName", "CountryCode", "ADM1Code", "Lat", "Long", "FeatureID")
_GEO_2 = ("Type", "FullName", "CountryCode", "ADM1Code", "ADM2Code", "Lat", "Long", "FeatureID")
_HEAD = ("GLOBALEVENTID", "SQLDATE", "MonthYear", "Year", "FractionDate")
_WHAT = ("IsRootEvent", "EventCode", "EventBaseCode", "EventRootCode", "QuadClass",
         "GoldsteinScale", "NumMentions", "NumSources", "NumArticles", "AvgTone")  # fmt: skip


def _layout(geo: tuple[str, ...]) -> tuple[str, ...]:
    actors = tuple(f"Actor{n}{part}" for n in (1, 2) for part in _ACTOR)
    places = tuple(f"{who}Geo_{p}" for who in ("Actor1", "Actor2", "Action") for p in geo)
    return (*_HEAD, *actors, *_WHAT, *places, "DATEADDED", "SOURCEURL")


V1 = _layout(_GEO_1)
V2 = _layout(_GEO_2)
MENTIONS = ("GLOBALEVENTID", "EventTimeDate", "MentionTimeDate", "MentionType", "MentionSourceName",
            "MentionIdentifier", "SentenceID", "Actor1CharOffset", "Actor2CharOffset",
            "ActionCharOffset", "InRawText", "Confidence", "MentionDocLen", "MentionDocTone",
            "MentionDocTranslationInfo", "Extras")  # fmt: skip
# Country codes of CAMEO that stand for regions, not states.
REGIONS = ("AFR", "ASA", "BLK", "CAS", "CAU", "CEU", "CRB", "EAF", "EEU", "EIN", "EUR", "LAM",
           "MDT", "MEA", "NAF", "NMR", "PGS", "SAF", "SAM", "SAS", "SCN", "SEA", "WAF", "WST")  # fmt: skip


def columns_for(width: int) -> tuple[str, ...] | None:
    """Column names of a GDELT row of this many cells; None if GDELT has no such layout."""
    return {57: V1, 58: V1, 61: V2, 16: MENTIONS}.get(width)


def gdelt_kind(first_line: str) -> str | None:
    """``events`` or ``mentions`` if a line is a row of such a GDELT file."""
    parts = first_line.rstrip("\r\n").split("\t")
    if columns_for(len(parts)) is None or not (parts[0].isdigit() and parts[1][:8].isdigit()):
        return None
    return "mentions" if len(parts) == len(MENTIONS) else "events"


# The first 35 columns are the same in every layout.
_MAP = ColumnMap(
    "events", "Actor1CountryCode", "Actor2CountryCode", "cameo", date="SQLDATE",
    date_format="%Y%m%d", code="EventCode", root="EventRootCode", event_id="GLOBALEVENTID",
    weight="GoldsteinScale", reference="SOURCEURL", origin="gdelt", actor="Actor1Name",
    actor_sectors="Actor1Type1Code", recipient="Actor2Name", recipient_sectors="Actor2Type1Code",
)  # fmt: skip


def _region(one: str, two: str) -> pl.Expr:
    """Whether both ends have a code and one of them is that of a region."""
    both = pl.col(one).is_not_null() & pl.col(two).is_not_null()
    return both & (pl.col(one).is_in(REGIONS) | pl.col(two).is_in(REGIONS))


def read_gdelt(text: str, file: str) -> Table:
    """Read one file of GDELT events, 1.0 or 2.0; the lake takes what does not fit in memory.

    Raises
    ------
    FileFormatError
        No row can be used.
    """
    wanted = [c for c in _MAP.columns if c != "SOURCEURL"]
    found = rows_of_text(text, "\t", V1)
    parts = found.frame["cells"]
    width = parts.list.len()
    rows = taken(found, file, "GDELT", wanted)
    rows = rows.with_columns(
        SOURCEURL=pl.when(width.is_in([58, 61])).then(parts.list.get(-1)),
        reason=pl.when(~width.is_in([57, 58, 61]))
        .then(pl.format("wrong number of columns ({}, expected 57, 58 or 61)", width))
        .when(pl.col("GLOBALEVENTID").cast(pl.Int64, strict=False).is_null())
        .then(pl.format("event id is no number ('{}')", pl.col("GLOBALEVENTID").fill_null(""))),
        skip=pl.when(_region("Actor1CountryCode", "Actor2CountryCode")).then(
            pl.lit("a region, not a state")
        ),
    )
    if rows.is_empty():
        raise FileFormatError(f"{file}: it holds no rows")
    return read_events(rows, _MAP, file)
