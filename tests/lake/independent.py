"""How many rows of each published file are kept, skipped and rejected, counted without Quadrille.

Plain csv, duckdb and calamine, and the lists below, written out by hand: nothing here asks the package
what a state is.
"""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import duckdb
from python_calamine import CalamineWorkbook

Count = tuple[int, int, int]

# Numbers of the Correlates of War for states that ended before 1919 and have no code today: Hanover,
# Bavaria, Baden, Saxony, Württemberg, the two Hesses, Mecklenburg-Schwerin, Austria-Hungary, Montferrat,
# the Papal States, the Two Sicilies, Modena, Parma, Tuscany, Korea.
NO_MORE = {240, 245, 267, 269, 271, 273, 275, 280, 300, 324, 327, 329, 332, 335, 337, 730}
# Two numbers of one state: Germany, Yemen.
SAME = {260: 255, 678: 679}
# Codes of CAMEO for parts of the world.
REGIONS = {
    "AFR", "ASA", "BLK", "CAS", "CAU", "CEU", "CFR", "CRB", "EAF", "EEU", "EIN", "EUR", "LAM", "MDT",
    "MEA", "NAF", "NMR", "PGS", "SAF", "SAM", "SAS", "SCN", "SEA", "WAF", "WST",
}  # fmt: skip
# Parties of SIPRI that are no states, and have neither a star nor "unknown" in their name.
PARTIES = {"Biafra", "Katanga", "Northern Cyprus", "Libya GNC"}


def rows_of(path: Path, columns: Sequence[str]) -> list[tuple[object, ...]]:
    """Columns of a Parquet file."""
    listed = ", ".join(f'"{c}"' for c in columns)
    return duckdb.sql(f"SELECT {listed} FROM read_parquet('{path}')").fetchall()


def dicts(path: Path, encoding: str = "utf-8-sig") -> list[dict[str, str]]:
    """Rows of a CSV by its own separator, without empty ones."""
    text = path.read_text(encoding=encoding)
    head = text.split("\n", 1)[0]
    reader = csv.DictReader(io.StringIO(text), delimiter=max(",;\t", key=head.count))
    return [row for row in reader if any(row.values())]


def split(skipped: Iterable[bool], rejected: int = 0) -> Count:
    """Kept, skipped, rejected; of each row whether it is skipped."""
    flags = list(skipped)
    return len(flags) - sum(flags) - rejected, sum(flags), rejected


def every(path: Path) -> Count:
    """All rows of a file of votes, points, indices or spells are kept."""
    if path.suffix == ".parquet":
        return split(False for _ in rows_of(path, ["rcid"]))
    return split(False for _ in dicts(path, "latin-1"))


def panel(one: str, two: str) -> Callable[[Path], Count]:
    """Rows of a table of counts or scores, on codes in use: all but those within one state."""
    return lambda path: split(a == b for a, b in rows_of(path, [one, two]))


def lines(path: Path) -> Count:
    return split(False for line in path.read_bytes().split(b"\n") if line)


def months(path: Path) -> Count:
    sheet = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    return split(False for row in sheet[1:] if row[0])


# ---------------------------------------------------------------- Correlates of War and the like


def no_dyad(one: int, two: int) -> bool:
    return bool({one, two} & NO_MORE) or SAME.get(one, one) == SAME.get(two, two)


def dyads(one: str = "ccode1", two: str = "ccode2") -> Callable[[Path], Count]:
    def count(path: Path) -> Count:
        if path.suffix == ".parquet":
            pairs = rows_of(path, [one, two])
        else:
            pairs = [(row[one], row[two]) for row in dicts(path)]
        return split(no_dyad(int(a), int(b)) for a, b in pairs)  # type: ignore[call-overload]

    return count


def state_years(path: Path) -> Count:
    """One row a state and year: the second under another number is rejected."""
    if path.suffix == ".parquet":
        rows = rows_of(path, ["ccode", "year"])
    else:
        rows = [(row["ccode"], row["year"]) for row in dicts(path)]
    codes = [(int(c), int(y)) for c, y in rows]  # type: ignore[call-overload]
    known = Counter((SAME.get(c, c), y) for c, y in codes if c not in NO_MORE)
    return split((c in NO_MORE for c, _ in codes), sum(n - 1 for n in known.values()))


def spells(path: Path) -> Count:
    return split(int(c) in NO_MORE for (c,) in rows_of(path, ["ccode"]))  # type: ignore[call-overload]


def disputants(path: Path) -> Count:
    """Skipped are states of old, and those that met only such."""
    rows = dicts(path)
    sides = defaultdict(list)
    for row in rows:
        if int(row["ccode"]) not in NO_MORE:
            sides[row["dispnum"]].append(row)

    def met(row: dict[str, str]) -> bool:
        return any(
            SAME.get(int(o["ccode"]), int(o["ccode"]))
            != SAME.get(int(row["ccode"]), int(row["ccode"]))
            and o["sidea"] != row["sidea"]
            and int(o["styear"]) <= int(row["endyear"])
            and int(row["styear"]) <= int(o["endyear"])
            for o in sides[row["dispnum"]]
        )

    return split(int(row["ccode"]) in NO_MORE or not met(row) for row in rows)


def incidents(path: Path) -> Count:
    """A row without a month is rejected; nobody met only states of old after 1992."""
    rows = dicts(path)
    undated = sum("-9" in (row["stmon"], row["endmon"]) for row in rows)
    return split((False for _ in rows), undated)


def allies(path: Path) -> Count:
    """Skipped are states of old, and those that had only such for partners in the year."""
    rows = dicts(path)
    members = defaultdict(set)
    for row in rows:
        if int(row["ccode"]) not in NO_MORE:
            code = SAME.get(int(row["ccode"]), int(row["ccode"]))
            members[row["version4id"], row["year"]].add(code)
    return split(
        int(row["ccode"]) in NO_MORE or len(members[row["version4id"], row["year"]]) < 2
        for row in rows
    )


# ---------------------------------------------------------------- events


def no_act(one: str, two: str) -> bool:
    return not (one and two) or bool({one, two} & REGIONS) or one == two


def gdelt(path: Path) -> Count:
    with path.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.reader(handle, delimiter="\t", quoting=csv.QUOTE_NONE))
    return split(no_act(row[7], row[17]) for row in rows)


def gdelt_saved(one: str, two: str) -> Callable[[Path], Count]:
    return lambda path: split(no_act(r[one].strip(), r[two].strip()) for r in dicts(path))


def icews(path: Path) -> Count:
    with path.open(encoding="utf-8", newline="") as handle:
        _, *rows = csv.reader(handle, delimiter="\t", quoting=csv.QUOTE_NONE)
    return split("NA" in (r[4], r[10]) or r[4] == r[10] for r in rows)


# ---------------------------------------------------------------- arms and trade


def no_party(name: str) -> bool:
    return name.endswith("*") or name.lower().startswith("unknown") or name in PARTIES


def register(path: Path) -> Count:
    """Orders; the second line of a torn one has no recipient, and is kept."""
    text = path.read_bytes().decode("latin-1")
    rows = csv.reader(io.StringIO(text[text.index("Recipient,Supplier") :]))
    next(rows)
    return split(no_party(row[0]) or no_party(row[1]) for row in rows if any(row))


def tiv(path: Path) -> Count:
    totals = ("All", "Total")
    return split(
        row["Import_To"] in totals
        or row["Export_From"] in totals
        or row["Year"] == "Total"
        or no_party(row["Import_To"])
        or no_party(row["Export_From"])
        for row in dicts(path)
    )


def gravity(path: Path) -> Count:
    """Two definitions of a state, "DEU.1" and "DEU.2", make one row a dyad and year."""
    if path.suffix == ".xlsx":
        head, *body = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
        rows = [dict(zip(map(str, head), map(str, row), strict=True)) for row in body]
    else:
        rows = dicts(path)
    ends = [(r["country_id_o"][:3], r["country_id_d"][:3], r["year"]) for r in rows]
    several = Counter(e for e in ends if e[0] != e[1])
    return split((one == two for one, two, _ in ends), sum(n - 1 for n in several.values()))


def abroad(path: Path) -> Count:
    return split(one == two for one, two in rows_of(path, ["exporter", "importer"]))


def at_home(path: Path) -> Count:
    """Of sales at home only such rows are looked at."""
    kept = sum(one == two for one, two in rows_of(path, ["exporter", "importer"]))
    return kept, 0, 0


_ABBR = gdelt_saved("Actor_1_Country_ABBR", "Actor_2_Country_ABBR")
# File and layer, or a file whose layers are all counted alike.
COUNTS: dict[str, Callable[[Path], Count]] = {
    "20170101073000.export.CSV": gdelt,
    "20170101073000.mentions.CSV": lines,
    "20190121220000.semicolon.CSV": gdelt_saved("Actor1CountryCode", "Actor2CountryCode"),
    "20191024143000.export.CSV": gdelt,
    "20201113.csv": _ABBR,
    "20201114.csv": _ABBR,
    "20201115.csv": _ABBR,
    "FBIC.csv": every,
    "Gravity_V202211.resaved.xlsx": gravity,
    "Gravity_V202211.resaved_semicolon_decimalcomma.csv": gravity,
    "IdealpointestimatesAll_Apr2020.csv": every,
    "MIDB 5.0.csv": disputants,
    "MIDIP 5.0.csv": incidents,
    "NMC-60-abridged.csv": state_years,
    "agtpa_domestic": at_home,
    "agtpa_trade": abroad,
    "alliance_v4.1_by_member_yearly.csv": allies,
    "atop_alliance.parquet": dyads(),
    "cow_contdir.parquet": dyads(),
    "cow_igo_ndy.parquet": dyads(),
    "cow_mid_ddydisps.parquet": dyads(),
    "cow_nmc.parquet": state_years,
    "cow_states.parquet": spells,
    "cow_trade_sy.parquet": state_years,
    "data_gpr_export.xls": months,
    "directed_dyadic_war.csv": dyads("statea", "stateb"),
    "disputes_monthly_peace_scale.csv": every,
    "dist_cepii.head400.csv": lambda path: split(r["iso_o"] == r["iso_d"] for r in dicts(path)),
    "events.2018.sample.tab": icews,
    "gdelt1_mixed_57_58_columns.csv": gdelt,
    "gdelt_dyad_month_score_2018_2021.parquet": panel("state_a", "state_b"),
    "gml_dirdisp.parquet": dyads(),
    "icews_dyad_month_conflict_1990_2009.parquet": panel("source", "target"),
    "icews_dyad_year_quad_2002_2012.parquet": panel("source", "target"),
    "import_tiv.csv": tiv,
    "sipri_register_2024_latin1.excerpt.csv": register,
    "sipri_register_2026_partial.excerpt.csv": register,
    "td_rivalries.parquet": dyads(),
    "trade-register.csv": register,
    "tss_rivalries.parquet": dyads(),
    "un_votes.parquet": every,
}
# Which of its 7,000 actors a state answers for is the package's own reading: test_icews counts those
# whose names are plain, and here only the sum can be checked.
OPEN = {"icews_named_events_2021_01_08.parquet"}
