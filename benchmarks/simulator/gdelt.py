"""Write files in the layout of GDELT 1.0 or 2.0, of any size, with the skew of real ones.

Usage: ``python benchmarks/simulator/gdelt.py ROWS OUT [--v1] [--seed N] [--first-id N]``

What is imitated (shares taken from published 15-minute files): two fifths of first and half of second
actors without a country, a tenth and a quarter without anything; countries and event codes by a power
law; few events dated back by a year or a decade; mentions with a heavy tail; places, their codes and
web addresses of usual length and as often missing. What is not: any relation between the columns.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import duckdb

from quadrille.coding.vocabulary import cameo
from quadrille.sources.events.gdelt import V1, V2
from quadrille.states.registry import all_states

PLACES = ("Islamabad, Islamabad, Pakistan", "Moscow, Moskva, Russia", "Washington, District of Columbia, United States",
          "New Delhi, Delhi, India", "Beijing, Beijing, China", "Geneva, Genève, Switzerland")  # fmt: skip


def _pick(items: list[str], column: str, skew: float) -> str:
    """SQL that picks an item by a power law from a uniform column."""
    listed = ",".join("'" + i.replace("'", "''") + "'" for i in items)
    return f"([{listed}])[1 + floor({len(items)} * pow({column}, {skew}))::INT]"


def simulate(
    rows: int, out: Path, *, second: bool = True, seed: int = 1, first_id: int = 800_000_000
) -> None:
    """Write ``rows`` rows of GDELT 2.0 (or 1.0) layout to a tab-separated file."""
    states = [s.iso3 for s in all_states() if s.kind == "state" and s.cow]
    codes = cameo().filter(cameo()["level"] > 1)["code"].to_list()
    day = "(DATE '2015-01-01' + (i * 1460 // n)::INT - CASE WHEN r5 < .02 THEN 365 WHEN r5 < .025 THEN 3650 ELSE 0 END)"
    country = {
        n: f"CASE WHEN r{n} < {none} THEN NULL ELSE "
        f"{_pick(states, f'((r{n} - {none}) / {1 - none})', 3)} END"
        for n, none in ((1, 0.4), (2, 0.5))
    }
    code = _pick(codes, "r3", 3)
    special = {
        "GLOBALEVENTID": f"{first_id} + i",
        "SQLDATE": f"strftime({day}, '%Y%m%d')",
        "MonthYear": f"strftime({day}, '%Y%m')",
        "Year": f"strftime({day}, '%Y')",
        "FractionDate": f"round(year({day}) + dayofyear({day}) / 365.25, 4)",
        "IsRootEvent": "(r4 < .6)::INT",
        "EventCode": code,
        "EventBaseCode": f"left({code}, 3)",
        "EventRootCode": f"left({code}, 2)",
        "QuadClass": "1 + floor(r3 * 4)::INT",
        "GoldsteinScale": "round(20 * r6 - 10, 1)",
        "NumMentions": "1 + floor(9 / (r4 + .05))::INT",
        "NumSources": "1 + floor(2 * r4)::INT",
        "NumArticles": "1 + floor(9 / (r4 + .05))::INT",
        "AvgTone": "round(10 * (r6 - .6), 14)",
        "DATEADDED": f"strftime({day}, '%Y%m%d') || '{'121500' if second else ''}'",
        "SOURCEURL": "'https://www.example.org/news/world/2018/' || md5(i::VARCHAR) || '/a-story-about-states'",
    }  # fmt: skip
    for n, none in ((1, 0.09), (2, 0.25)):
        role = f"CASE WHEN r{n} BETWEEN {none} AND .45 THEN 'GOV' END"
        special |= {
            f"Actor{n}CountryCode": country[n],
            f"Actor{n}Code": f"coalesce({country[n]}, '') || coalesce({role}, '')",
            f"Actor{n}Name": f"CASE WHEN r{n} > {none} THEN 'PRIME MINISTER' END",
            f"Actor{n}Type1Code": role,
        }
    for who, none in (("Actor1", 0.1), ("Actor2", 0.27), ("Action", 0.02)):
        place = {"FullName": _pick(list(PLACES), "r4", 1), "CountryCode": "'RS'", "ADM1Code": "'RS48'",
                 "ADM2Code": "CASE WHEN r4 < .6 THEN '25106' END", "Lat": "round(90 * r4, 4)",
                 "Long": "round(180 * r6, 4)", "FeatureID": "'-2960561'"}  # fmt: skip
        special |= {
            f"{who}Geo_{part}": f"CASE WHEN r5 > {none} THEN {value} END"
            for part, value in place.items()
        }
        special[f"{who}Geo_Type"] = f"CASE WHEN r5 > {none} THEN 4 ELSE 0 END"
    shown = ", ".join(f"{special.get(c, 'NULL')} AS {c}" for c in (V2 if second else V1))
    draws = ", ".join(
        f"hash(i * 31 + {seed * 97 + k}) / 18446744073709551616.0 AS r{k}" for k in range(1, 7)
    )
    con = duckdb.connect()
    con.execute("SET preserve_insertion_order = false")
    con.execute(
        f"COPY (SELECT {shown} FROM (SELECT range AS i, {rows} AS n, {draws} FROM range({rows}))) "
        f"TO '{out}' (FORMAT csv, DELIMITER '\t', HEADER false, QUOTE '', ESCAPE '')"
    )


def main() -> None:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", type=int)
    parser.add_argument("out", type=Path)
    parser.add_argument("--v1", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first-id", type=int, default=800_000_000)
    a = parser.parse_args()
    simulate(a.rows, a.out, second=not a.v1, seed=a.seed, first_id=a.first_id)


if __name__ == "__main__":
    main()
