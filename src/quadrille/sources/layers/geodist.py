"""GeoDist of CEPII: distances, borders, languages and colonial links, and where states lie.

Two files, each without any year: ``dist_cepii`` of dyads and ``geo_cepii`` of states.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl

from quadrille.sources.layers.layer import Layer
from quadrille.sources.layers.sheet import Sheet, open_sheet, ordered, resolve_states
from quadrille.states.registry import resolve

__all__ = ["READERS", "SIGNATURES", "read_distances", "read_places"]

DISTANCES = ("dist", "distcap", "distw", "distwces")
LINKS = (
    "contig", "comlang_off", "comlang_ethno", "colony", "comcol", "curcol", "col45", "smctry",
)  # fmt: skip
PLACES = ("area", "dis_int", "lat", "lon")

CITE_GEODIST = (
    "Mayer, T. & Zignago, S. (2011). Notes on CEPII's distances measures: The GeoDist database. CEPII "
    "Working Paper 2011-25. https://www.cepii.fr/CEPII/en/bdd_modele/bdd_modele_item.asp?id=6"
)


def _once(sheet: Sheet, keys: Sequence[str], values: Sequence[str]) -> Sheet:
    """Without the rows that say otherwise than the first of their dyad."""
    apart = pl.any_horizontal(~pl.col(v).eq_missing(pl.col(v).first().over(keys)) for v in values)
    other = pl.format("another row of {} and {} says otherwise", *keys)
    return sheet.reject(pl.when(apart).then(other))


def read_distances(path: str | Path) -> Layer:
    """Distances and links of each two states (``dist_cepii``), without a year.

    Both orders of a dyad make one row; one that says otherwise than the first is rejected. Rows of a
    state with itself, which hold its inner distance, are skipped. Codes are ISO3 of the time of the file
    (``ROM``, ``ZAR``, ``YUG``).

    Returns
    -------
    Layer
        ``state_a, state_b``; Float64, km: ``dist`` (between the most populous cities), ``distcap``
        (capitals), ``distw, distwces`` (between all cities, weighted by people: arithmetic, and
        harmonic, θ = -1); Boolean: ``contig`` (a common border), ``comlang_off, comlang_ethno`` (a common
        official language; one that 9% of both speak), ``colony`` (one was ever the other's), ``comcol`` (one
        colonizer after 1945), ``curcol`` (colonial link now), ``col45`` (after 1945), ``smctry`` (were
        or are one country). Null where the file has nothing, or lacks the column.
    """
    sheet = open_sheet(path, "GeoDist", [("iso_o", "iso_d", "contig", "dist")])
    there = [c for c in (*DISTANCES, *LINKS) if sheet.has(c)]
    sheet = resolve_states(sheet.numbers(*there), "cameo", _1="iso_o", _2="iso_d")
    sheet = _once(replace(sheet, frame=ordered(sheet.frame)), ("state_a", "state_b"), there)
    flags = [
        (pl.col(c) > 0 if c in there else pl.lit(None, pl.Boolean)).alias(c) for c in LINKS
    ]  # fmt: skip
    lengths = [
        (pl.col(c) if c in there else pl.lit(None, pl.Float64)).alias(c) for c in DISTANCES
    ]  # fmt: skip
    data = sheet.frame.select("state_a", "state_b", *lengths, *flags)
    data = data.unique(["state_a", "state_b"], keep="first", maintain_order=True)
    return sheet.layer("cepii_distances", "geography", "dyad", data, CITE_GEODIST, "none")


def read_places(path: str | Path) -> Layer:
    """Area and place of each state (``geo_cepii``), without a year.

    The file has a row a city where capital and main city differ; that of the capital stands, and the others are
    rejected.

    Returns
    -------
    Layer
        ``state``; Float64: ``area`` (km²), ``dis_int`` (km, inner distance: 0.67 √(area / π)), ``lat,
        lon`` (degrees, of the capital); ``landlocked`` (Boolean); ``city`` (String), ``continent``
        (String).
    """
    sheet = open_sheet(path, "GeoDist", [("iso3", "cap", "landlocked", *PLACES)])
    # No capital lies at exactly -9 or -8 degrees, which are codes for "not known" elsewhere.
    sheet = sheet.numbers("cap", "landlocked", "area", "dis_int").numbers("lat", "lon", floor=None)
    found = sheet.frame.with_columns(resolve(sheet.frame["iso3"], "cameo").alias("state"))
    unknown = pl.when(pl.col("state").is_null()).then(pl.col("iso3").fill_null(""))
    sheet = replace(sheet, frame=found).skip_unknown(unknown)
    capital = sheet.frame.sort(pl.col("cap").fill_null(0), "line", descending=[True, False])
    another = ~pl.col("state").is_first_distinct()
    why = pl.format("another city of {}: its capital stands", "state")
    sheet = replace(sheet, frame=capital).reject(pl.when(another).then(why))
    city = next((c for c in ("city_en", "city_fr") if sheet.has(c)), None)
    names = {"city": city, "continent": "continent" if sheet.has("continent") else None}
    data = sheet.frame.select(
        "state", *PLACES, (pl.col("landlocked") > 0).alias("landlocked"),
        *((pl.col(c) if c else pl.lit(None, pl.String)).alias(n) for n, c in names.items()),
    )  # fmt: skip
    return sheet.layer("cepii_places", "geography", "state", data, CITE_GEODIST, "none")


# As in `quadrille.sources.layers.cow`.
SIGNATURES: dict[str, tuple[str, ...]] = {
    "cepii_distances": ("iso_o", "iso_d", "contig", "dist", "distcap"),
    "cepii_places": ("iso3", "cap", "landlocked", *PLACES),
}
READERS: dict[str, Callable[[str | Path], Layer]] = {
    "cepii_distances": read_distances,
    "cepii_places": read_places,
}
