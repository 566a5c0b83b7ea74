"""How many rows of each published file are kept, skipped and rejected, counted without Quadrille.

Plain csv, duckdb and calamine, and the lists below, written out by hand: nothing here asks the package
what a state is. Only who held an office, and what a state's bodies are called, is read from its tables, as text.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
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


# Names of countries in ICEWS that its list of countries does not have.
ALSO = {
    "Congo": "COG", "Palestinian Territory, Occupied": "PSE", "Virgin Islands, U.S.": "VIR",
    "Curacao": "CUW", "England": "GBR", "Scotland": "GBR", "Wales": "GBR", "Northern Ireland": "GBR",
    "Zanzibar": "EAZ", "Sahrawi Arab Democratic Republic": "ESH", "Republic of South Ossetia": "SOT",
    "Abkhazia": "ABK", "St. Vincent": "VCT",
}  # fmt: skip
# Actors in whose name a state's name stands, and who are not that state's: regions, bodies of several
# states, movements, persons.
NOT_THEIRS = re.compile(
    r"administered kashmir|islamic state|(latin|central|north|south|inter|arab) america|american states"
    r"|african (union|states)|united nations|kosovo force|northern cyprus|inner mongolia|indian ocean"
    r"|niger delta|irish republican|popular revolutionary alliance|of rhodes|impunity in guatemala"
    r"|america movil|university in cairo|chad wolf|german vargas|israel ramirez|kumar nepal|de jersey"
    r"|sinisa mali|patricia scotland"
)
TABLES = Path(__file__).parents[2] / "src" / "quadrille"
SPOKEN = {"USA", "US", "UK", "UAE", "USSR", "PRC", "DPRK", "DRC"}


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def folded(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.replace("&", " and "))
    text = "".join(c for c in plain if not unicodedata.combining(c)).casefold()
    return re.sub(r"\W+", " ", text).strip().removeprefix("the ")


def pieces(name: str) -> list[str]:
    """A name, what its last brackets hold, and what stands before them."""
    depth = 0
    for k in range(len(name) - 1, -1, -1) if name.endswith(")") else ():
        depth += (name[k] == ")") - (name[k] == "(")
        if depth == 0:
            return [name, *pieces(name[k + 1 : -1]), name[:k].strip()]
    return [name]


def officials() -> dict[str, list[tuple[str, str, str]]]:
    """First day, last day and state of each office, by the folded name of who held it."""
    found = defaultdict(list)
    data = TABLES / "states" / "data"
    for row in (*table(data / "actors.csv"), *table(data / "leaders.csv")):
        spellings = row.get("spellings", "").split(";")
        for name in (row["name"], *spellings) if row["name"] else ():
            found[folded(name)].append((row["since"], row["until"] or "9999", row["iso3"]))
    return found


def bodies() -> dict[str, set[str]]:
    """What states are called, folded; a code only where people say it."""
    data, found = TABLES / "states" / "data", defaultdict(set)
    for row in table(data / "states.csv"):
        for name in f"{row['name']};{row['adjectives']};{row['aliases']}".split(";"):
            if not re.fullmatch(r"[A-Z]{2,4}|\d*", name) or name in SPOKEN:
                found[folded(name)].add(row["iso3"])
    for row in table(data / "ambiguous.csv"):
        found[folded(row["name"])].add(row["iso3"])
    return found


def icews_named(path: Path) -> Count:
    """An actor is a country, or of the one in its brackets; else in an office; else a body of one state."""
    listed = table(Path(__file__).parents[1] / "reference" / "names.csv")
    countries = {r["name"]: r["iso3"] for r in listed if r["publisher"] == "ICEWS"} | ALSO
    people, called = officials(), bodies()
    longest = sorted(map(re.escape, called), key=len, reverse=True)
    within = re.compile(rf"(?<!\S)({'|'.join(longest)})(?!\S)")

    def fixed(name: str) -> str | list[tuple[str, str, str]] | None:
        spelt = pieces(name)
        if country := next((countries[p] for p in spelt[:2] if p in countries), None):
            return country
        if office := next((people[folded(p)] for p in spelt if folded(p) in people), None):
            return office
        text = folded(name)
        states = set[str]().union(*(called[m] for m in within.findall(text)))
        return states.pop() if len(states) == 1 and not NOT_THEIRS.search(text) else None

    rows = rows_of(path, ["date", "source_name", "event_text", "target_name"])
    meant = {n: fixed(str(n)) for n in {n for row in rows for n in (row[1], row[3])} if n}

    def state(name: object, day: str) -> str | None:
        found = meant.get(name)
        if isinstance(found, list):
            return next((c for since, until, c in found if since <= day <= until), None)
        return found

    acts = {r["label"].casefold() for r in table(TABLES / "coding" / "data" / "cameo.csv")}
    unknown = sum(str(row[2]).casefold() not in acts for row in rows)
    days = ((str(day)[:10], one, two) for day, one, _, two in rows)
    ends = ((state(one, day), state(two, day)) for day, one, two in days)
    return split((not (one and two) or one == two for one, two in ends), unknown)


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
    "icews_named_events_2021_01_08.parquet": icews_named,
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
