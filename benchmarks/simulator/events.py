"""Write canonical events as the lake keeps them, with the skew of `simulator.gdelt`, of any number."""

from __future__ import annotations

from pathlib import Path

import duckdb

from quadrille.coding.vocabulary import cameo
from quadrille.states.registry import all_states

_YEARS = 10


def _pick(items: list[str], column: str) -> str:
    listed = ",".join(f"'{i}'" for i in items)
    return f"([{listed}])[1 + floor({len(items)} * pow({column}, 3))::INT]"


def simulate_events(rows: int, out: Path, *, seed: int = 1) -> None:
    """Write ``rows`` events over ten years, by year, to a folder of Parquet.

    States and codes follow power laws, so that a few dyads have most events; no event is within one
    state. The number of events a day does not depend on ``rows`` alone: more rows are more reports of
    the same ten years.
    """
    states = [s.iso3 for s in all_states() if s.kind == "state" and s.cow]
    table = cameo().filter(cameo()["level"] > 1)
    draws = ", ".join(
        f"hash(i * 31 + {seed * 97 + k}) / 18446744073709551616.0 AS r{k}" for k in range(1, 5)
    )
    out.mkdir(parents=True)
    last = len(states) - 1
    # The second state is drawn from those that are left.
    one, two = (f"floor({n} * pow(r{k}, 3))::INT" for k, n in ((1, last + 1), (2, last)))
    listed = "[" + ",".join(f"'{s}'" for s in states) + "]"
    with duckdb.connect(config={"memory_limit": "2GB", "temp_directory": str(out)}) as con:
        con.execute("SET preserve_insertion_order = false")
        for year in range(_YEARS):
            low, high = (rows * y // _YEARS for y in (year, year + 1))
            first = f"DATE '{2010 + year}-01-01'"
            con.execute(
                f"COPY (SELECT i::VARCHAR AS event_id, {first} + ((i - {low}) * 365 // "
                f"{max(high - low, 1)})::INT AS date, ({listed})[1 + s] AS source, "
                f"({listed})[1 + t + (t >= s)::INT] AS target, "
                f"{_pick(table['code'].to_list(), 'r3')} AS cameo, "
                f"{_pick(table['domain'].to_list(), 'r3')} AS domain, "
                "round(20 * r4 - 10, 1) AS goldstein, 1::BIGINT AS reports, 1 AS file "
                f"FROM (SELECT *, {one} AS s, {two} AS t FROM (SELECT range AS i, {draws} "
                f"FROM range({low}, {high})))) TO '{out}/{2010 + year}.parquet' "
                "(FORMAT parquet, COMPRESSION zstd)"
            )
