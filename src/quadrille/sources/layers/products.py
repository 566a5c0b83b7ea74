"""Trade by product (CEPII BACI, six digits of the Harmonised System), added up to what a question needs.

A year has some eleven million rows: files are scanned, and what is held is what each state sells of each line to all
others, and what some named states buy from and sell to each.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from quadrille.errors import FileFormatError
from quadrille.sources.layers.flows import Scan, scan_file
from quadrille.sources.layers.trade import CITE_BACI, baci_scans, country_codes

__all__ = ["CHAPTERS", "Products", "line_name", "read_products"]

# Chapters of the Harmonised System, in short words of our own; 77 is kept for later use by its authors.
CHAPTERS: dict[str, str] = {
    f"{k:02}": words for k, words in enumerate((
        "live animals", "meat", "fish", "dairy, eggs, honey", "other animal products", "plants and flowers", "vegetables",
        "fruit and nuts", "coffee, tea, spices", "cereals", "flour, malt, starch", "oil seeds", "gums and resins",
        "plaiting materials", "fats and oils", "prepared meat and fish", "sugar", "cocoa", "prepared cereals",
        "prepared vegetables and fruit", "other prepared food", "drinks", "residues and fodder", "tobacco",
        "salt, stone, cement", "ores", "mineral fuels", "inorganic chemicals", "organic chemicals", "medicines",
        "fertilisers", "dyes and paints", "perfumes and cosmetics", "soap and wax", "glues and enzymes", "explosives",
        "photographic goods", "other chemicals", "plastics", "rubber", "hides and leather", "leather goods", "furs", "wood",
        "cork", "basketwork", "pulp", "paper", "printed matter", "silk", "wool", "cotton", "other plant fibres",
        "man-made filaments", "man-made staple fibres", "wadding and rope", "carpets", "special fabrics", "coated fabrics",
        "knitted fabrics", "knitted clothing", "other clothing", "other made-up textiles", "footwear", "headgear", "umbrellas",
        "feathers", "stone and cement goods", "ceramics", "glass", "pearls and precious metals", "iron and steel",
        "iron and steel goods", "copper", "nickel", "aluminium", "", "lead", "zinc", "tin", "other base metals", "tools",
        "other metal goods", "machinery", "electrical machinery", "railways", "vehicles", "aircraft", "ships",
        "instruments", "clocks", "musical instruments", "arms", "furniture", "toys and sport", "other manufactures",
        "works of art",
    ), 1) if words
}  # fmt: skip
_NAMES = ("code", "description")
_KEYS = ("year", "line")


@dataclass(frozen=True, slots=True)
class Products:
    """Trade by line, in millions of current USD.

    Attributes
    ----------
    exports : polars.DataFrame
        ``state, year, line, value``: sold to all other states.
    flows : polars.DataFrame
        ``source, target, year, line, value``: with a named state at either end.
    names : mapping of str to str
        Descriptions by six digits; empty where no list of products lies beside the files.
    digits : int
        Of a line.
    origin : str
        Name of the release.
    rows, skipped, rejected : int
        Rows of the files; those not between two known states; those malformed.
    citation : str
    """

    exports: pl.DataFrame
    flows: pl.DataFrame
    names: Mapping[str, str]
    digits: int
    origin: str
    rows: int
    skipped: int
    rejected: int
    citation: str = CITE_BACI

    @property
    def years(self) -> tuple[int, ...]:
        """Years in the files."""
        return tuple(int(y) for y in self.exports["year"].unique().sort())


def read_products(
    path: str | Path, states: Collection[str], years: Collection[int] | None = None, digits: int = 6
) -> Products:
    """Read trade by product.

    Parameters
    ----------
    path : path
        A file of BACI (``BACI_HS92_Y2020_V202401.csv``: ``t, i, j, k, v, q``) or a folder of them, of one nomenclature,
        with ``country_codes*.csv`` beside them, and ``product_codes*.csv`` for names.
    states : collection of str
        ISO3: whose flows are kept by partner.
    years : collection of int, optional
        Default: all.
    digits : {2, 4, 6}
        Of a line: chapters, headings or subheadings.

    Raises
    ------
    FileFormatError
        As of `quadrille.sources.layers.trade.read_baci`, or no row can be used.
    """
    files, scans = baci_scans(path)
    _, known = country_codes(files[0].parent)
    rows = pl.concat([_rows(s, known, digits) for s in scans])
    if years is not None:
        rows = rows.filter(pl.col("year").is_null() | pl.col("year").is_in(sorted(years)))
    good, between = pl.col("_good"), pl.col("source") != pl.col("target")
    kept = rows.filter(good, between.fill_null(False))
    named = pl.col("source").is_in(sorted(states)) | pl.col("target").is_in(sorted(states))
    total = pl.col("value").sum()
    asked = (
        rows.select(pl.len().alias("rows"), good.sum().alias("good"), (good & between.fill_null(False)).sum().alias("kept")),
        kept.group_by(pl.col("source").alias("state"), *_KEYS).agg(total),
        kept.filter(named).group_by("source", "target", *_KEYS).agg(total),
    )  # fmt: skip
    counts, exports, flows = (q.collect(engine="streaming") for q in asked)
    many, sound, used = counts.row(0)
    if not used:
        raise FileFormatError(f"{path}: no row of trade between two states can be used; check it")
    return Products(
        exports.sort("state", *_KEYS), flows.sort("source", "target", *_KEYS), _names(files[0].parent), digits,
        files[0].stem if len(files) == 1 else _release(files), many, sound - used, many - sound,
    )  # fmt: skip


def _rows(scan: Scan, known: Mapping[str, str], digits: int) -> pl.LazyFrame:
    """``year, line, value`` (millions), the two states (null: not known), and whether the row is sound."""
    year, value, line = scan.number("t"), scan.number("v"), scan.text("k").str.zfill(6)
    one, two = scan.text("i"), scan.text("j")
    sound = (
        year.is_not_null()
        & (value >= 0)
        & line.str.contains(r"^\d{6}$")
        & pl.col("_more").is_null()
    )
    return scan.rows.select(
        year.cast(pl.Int32, strict=False).alias("year"), line.str.head(digits).alias("line"), (value / 1e3).alias("value"),
        one.replace_strict(known, default=None, return_dtype=pl.String).alias("source"),
        two.replace_strict(known, default=None, return_dtype=pl.String).alias("target"),
        (sound & one.is_not_null() & two.is_not_null()).fill_null(False).alias("_good"),
    )  # fmt: skip


def _names(folder: Path) -> dict[str, str]:
    """Descriptions of products, where a list lies beside the files."""
    file = next(iter(sorted(folder.glob("product_codes*.csv"))), None)
    if file is None:
        return {}
    scan = scan_file(file, "BACI product codes", [_NAMES])
    named = scan.rows.select(
        scan.text("code").str.zfill(6).alias("code"), scan.text("description").alias("name")
    )
    return dict(scan.read(named).drop_nulls().iter_rows())


def _release(files: list[Path]) -> str:
    """``BACI_HS92_V202401`` of files of several years."""
    parts = files[0].stem.split("_")
    return "_".join(p for p in parts if not (p[:1] == "Y" and p[1:].isdigit()))


def line_name(line: str, names: Mapping[str, str]) -> str:
    """What a line is: its description, else that of its chapter."""
    return names.get(line) or CHAPTERS.get(line[:2], "not classified")
