"""How many named actors of ICEWS are resolved to a state, and who is not.

Usage: ``python benchmarks/actors.py [DATA_DIR]`` (default ``$QUADRILLE_DATA`` or ``../shared/data``).
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import polars as pl

from quadrille.states.actors import actors, resolve_actors
from quadrille.states.registry import all_states
from quadrille.states.spelling import key, readings

REPO = Path(__file__).resolve().parents[1]
EVENTS = "icews_events/icews_named_events_2021_01_08.parquet"


def state_names():
    """Names and adjectives as words; codes and numbers are none."""
    names = {
        key(n)
        for s in all_states()
        for n in (s.name, *s.aliases, *s.adjectives)
        if len(n) > 3 and not n.isupper() and not n.isdigit()
    }
    longest = sorted(map(re.escape, names), key=len, reverse=True)
    return re.compile(rf"\b({'|'.join(longest)})\b")


def ends(frame):
    """Each end of each event: name, day, state."""
    day = frame["date"].cast(pl.Date)
    sides = [
        pl.DataFrame({"name": frame[c], "iso3": resolve_actors(frame[c], day)})
        for c in ("source_name", "target_name")
    ]
    both = (sides[0]["iso3"].is_not_null() & sides[1]["iso3"].is_not_null()).mean()
    return pl.concat(sides), both


def shares(frame):
    """By name: how often, how often resolved, whether it holds a state's name or is an official."""
    said = state_names()
    official = {key(n) for n in actors()["name"]}
    all_ends, both = ends(frame)
    by_name = all_ends.group_by("name").agg(
        pl.len().alias("n"), pl.col("iso3").is_not_null().sum().alias("resolved")
    )
    names = by_name["name"].fill_null("")
    by_name = by_name.with_columns(
        pl.Series("state", [bool(said.search(key(n))) for n in names]),
        pl.Series("official", [any(key(r) in official for r in readings(n)) for n in names]),
    )
    return by_name, both


def main():
    given = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("QUADRILLE_DATA")
    folder = Path(given or REPO.parent / "shared" / "data")
    frame = pl.read_parquet(folder / EVENTS)
    by_name, both = shares(frame)

    def line(what, part):
        n = part["n"].sum()
        print(f"{what:52} {part['resolved'].sum() / n:7.2%} of {n:,}")

    print(f"events between two resolved actors {both:28.2%} of {frame.height:,}")
    line("actors, by weight", by_name)
    line("  whose name holds a state's name (bar: 97%)", by_name.filter("state"))
    line("  listed with dates of office", by_name.filter("official"))
    left = by_name.with_columns(left=pl.col("n") - pl.col("resolved")).sort("left", descending=True)
    print("\nmost often unresolved:")
    for row in left.head(30).iter_rows(named=True):
        print(f"{row['left']:6,}  {row['name']}")
    print("\nmost often unresolved though they hold a state's name:")
    for row in left.filter("state").head(15).iter_rows(named=True):
        print(f"{row['left']:6,}  {row['name']}")


if __name__ == "__main__":
    main()
