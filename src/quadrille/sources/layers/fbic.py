"""Formal bilateral influence capacity (FBIC): what one state could bring to bear on another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl

from quadrille.sources.layers.layer import Layer, unknown_states
from quadrille.sources.layers.sheet import Sheet, open_sheet
from quadrille.states.registry import resolve

__all__ = ["READERS", "SIGNATURES", "read_fbic"]

# Our column → that of the publisher, and its stem where each influencer has columns of its own.
VALUES: dict[str, tuple[str, str | None]] = {
    "fbic": ("fbic", "fbic"),
    "bandwidth": ("bandwidth", None),
    "dependence": ("dependence", None),
    "economic_bandwidth": ("economicbandwidth", "econb"),
    "political_bandwidth": ("politicalbandwidth", "polb"),
    "security_bandwidth": ("securitybandwidth", "secb"),
    "economic_dependence": ("economicdependence", "econd"),
    "security_dependence": ("securitydependence", "secd"),
}
_LONG = ("iso3a", "iso3b", "year", "fbic")
_WIDE = ("iso3", "receiver", "year", "fbic_chn")

CITE_FBIC = (
    "Moyer, J. D., Meisel, C. J., Matthews, A. S., Bohl, D. K. & Burrows, M. J. (2021). China-US "
    "Competition: Measuring Global Influence. Atlantic Council and Frederick S. Pardee Center for "
    "International Futures, University of Denver (give the version of the data used)."
)


def read_fbic(path: str | Path) -> Layer:
    """Formal bilateral influence capacity, directed dyad by year.

    Takes all dyads (``iso3a`` over ``iso3b``) or a table of receivers with columns for each
    influencer (``fbic_chn, fbic_rus``). The index is a product of bandwidth, how much the two have to
    do with each other, and dependence, how much the receiver needs it; 1 is the most ever found
    between two states. A row that holds no value makes none here, nor does that of a state on itself;
    of two rows of a dyad and year, under two codes of a state, the first stands.

    Returns
    -------
    Layer
        ``source`` (who could influence), ``target``, ``year``; Float64: ``fbic`` (0 to 1);
        ``bandwidth``, ``dependence``; ``economic_bandwidth``, ``political_bandwidth``,
        ``security_bandwidth``; ``economic_dependence``, ``security_dependence``; null where missing
        or not in the file. ``rows_in`` counts rows of the file, and once more those of each influencer
        that is no state; a row of a table of receivers makes up to one dyad an influencer.
    """
    sheet = open_sheet(path, "FBIC", [_LONG, _WIDE])
    codes = {"source": "iso3a", "target": "iso3b"} if sheet.has(*_LONG) else {"target": "iso3"}
    tables = _tables(sheet)
    columns = [c for names in tables.values() for c in names.values()]
    sheet = sheet.years("year").numbers(*columns)
    sheet = _resolved(sheet, codes)
    again = ~pl.struct(*codes, "year").is_first_distinct()
    row = pl.format("{} appears twice in {}", pl.concat_str(list(codes), separator=" on "), "year")
    sheet = sheet.reject(pl.when(again).then(row))
    strange = [c for c in tables if c and resolve(pl.Series([c]), "iso3")[0] is None]
    for code in strange:
        lost = unknown_states(sheet.frame, pl.lit(code), sheet.file)
        # A row whose other influencers are used counts once more for each that is no state.
        sheet = replace(sheet.losing(lost), rows=sheet.rows + lost.height)
    data = pl.concat(_directed(sheet.frame, c, n) for c, n in tables.items() if c not in strange)
    return sheet.layer("fbic", "influence", "directed dyad", data, CITE_FBIC)


def _tables(sheet: Sheet) -> dict[str, dict[str, str]]:
    """Influencer ("" if a column holds it) → our column → that of the file."""
    if sheet.has(*_LONG):
        return {"": {o: theirs for o, (theirs, _) in VALUES.items() if sheet.has(theirs)}}
    ends = [c.removeprefix("fbic_") for c in sheet.frame.columns if c.startswith("fbic_")]
    stems = {ours: stem for ours, (_, stem) in VALUES.items() if stem}
    return {
        e.upper(): {o: f"{stem}_{e}" for o, stem in stems.items() if sheet.has(f"{stem}_{e}")}
        for e in ends
    }


def _resolved(sheet: Sheet, codes: dict[str, str]) -> Sheet:
    """Add ISO3 columns; skip the rows where one fails."""
    frame = sheet.frame.with_columns(
        resolve(sheet.frame[code], "iso3").alias(iso3) for iso3, code in codes.items()
    )
    failed = pl.coalesce(
        pl.when(pl.col(iso3).is_null()).then(pl.col(code).cast(pl.String).fill_null(""))
        for iso3, code in codes.items()
    )
    return replace(sheet, frame=frame).skip_unknown(failed)


def _directed(frame: pl.DataFrame, influencer: str, names: dict[str, str]) -> pl.DataFrame:
    source = pl.lit(influencer) if influencer else pl.col("source")
    values = [
        (pl.col(names[o]) if o in names else pl.lit(None)).cast(pl.Float64).alias(o) for o in VALUES
    ]
    rows = frame.select(source.alias("source"), "target", "year", *values)
    said = pl.any_horizontal(pl.col(o).is_not_null() for o in VALUES)
    return rows.filter(pl.col("source") != pl.col("target"), said)


# As in `quadrille.sources.layers.cow`.
SIGNATURES: dict[str, tuple[str, ...]] = {
    "fbic": (*_LONG, "bandwidth"),
    "fbic:receivers": _WIDE,
}
READERS: dict[str, Callable[[str | Path], Layer]] = {"fbic": read_fbic}
