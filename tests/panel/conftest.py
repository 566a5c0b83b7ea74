"""Random events of every awkward kind, and the panel counted from them one by one."""

from __future__ import annotations

import math
import random
from collections import defaultdict
from datetime import date, timedelta
from itertools import groupby

import polars as pl
import pytest

from quadrille.coding.record import DOMAINS
from quadrille.coding.vocabulary import QUADS, cameo
from quadrille.panel.schema import EVENTS, PANEL

KINDS = {"string": pl.String, "date": pl.Date, "float64": pl.Float64, "int64": pl.Int64,
         "int32": pl.Int32}  # fmt: skip
DAYS = [date(1899, 12, 31), date(1900, 1, 1), date(1945, 6, 30), date(1969, 12, 31),
        date(1970, 1, 1), date(1996, 2, 29), date(2018, 3, 31), date(2018, 4, 1)]  # fmt: skip
STATES = ["PAK", "RUS", "IND", "CÔT", "ÅLA", "中国", "Z"]
CODES = cameo()["code"].to_list()


def _random_events(seed, rows=400):
    """Few states, days and codes, so that much collides; nulls, ties and repeated ids."""
    rng = random.Random(seed)
    codes = rng.sample(CODES, 6)
    days = [d + timedelta(rng.choice([0, 0, 1, 40])) for d in DAYS]

    def maybe(value, chance=0.08):
        return None if rng.random() < chance else value

    made = []
    for _ in range(rows):
        source, target = rng.sample(STATES, 2)
        made.append(
            {
                "event_id": f"é{rng.randrange(rows)}",
                "date": maybe(rng.choice(days), 0.02),
                "source": maybe(source, 0.02),
                "target": maybe(target, 0.02),
                "cameo": maybe(rng.choice(codes)),
                "domain": maybe(rng.choice(DOMAINS[:4])),
                "goldstein": maybe(round(rng.uniform(-10, 10), 1), 0.2),
                "reports": rng.choice([1, 1, 1, 2, 7]),
                "file": rng.randrange(3),
            }
        )
    made += rng.sample(made, rows // 10)
    return pl.DataFrame(made, schema={c: KINDS[k] for c, k in EVENTS.items()})


def _start(day, frequency):
    month = {"M": day.month, "D": day.month, "Q": (day.month - 1) // 3 * 3 + 1, "Y": 1}[frequency]
    return date(day.year, month, day.day if frequency == "D" else 1)


def _mean(pairs):
    known = [(v, n) for v, n in pairs if v is not None]
    return math.fsum(v * n for v, n in known) / sum(n for _, n in known) if known else None


def _ranked(value):
    return (value is not None, value if value is not None else 0)


def _once(rows):
    def order(r):
        rest = [
            _ranked(r[c]) for c in ("source", "target", "cameo", "domain", "goldstein", "reports")
        ]
        return (-r["file"], rest)

    def key(r):
        return tuple(_ranked(r[c]) for c in ("event_id", "date"))

    return [min(group, key=order) for _, group in groupby(sorted(rows, key=key), key)]


def _collapse(rows, rule, quads):
    groups = defaultdict(list)
    for r in rows:
        what = (r["cameo"], r["domain"]) if rule == "code" else quads.get(r["cameo"])
        groups[r["date"], r["source"], r["target"], what].append(r)
    for (day, source, target, _), group in groups.items():
        told = {d: sum(r["reports"] for r in group if r["domain"] == d) for d in DOMAINS}
        yield {
            "date": day,
            "source": source,
            "target": target,
            "cameo": group[0]["cameo"],
            "domain": max(DOMAINS, key=lambda d, told=told: told[d])
            if any(told.values())
            else None,
            "goldstein": _mean([(r["goldstein"], r["reports"]) for r in group]),
            "n": 1,
            "raw": sum(r["reports"] for r in group),
        }


def _brute_panel(
    events, frequency="M", collapse="code", since=None, until=None, once=False, directed=False
):
    quads = dict(cameo().select("code", "quad").iter_rows())
    rows = [r for r in events.rows(named=True) if r["date"] and r["source"] and r["target"]]
    rows = [r for r in rows if (since or date.min) <= r["date"] <= (until or date.max)]
    rows = _once(rows) if once else rows
    if collapse == "none":
        counted = [r | {"n": r["reports"], "raw": r["reports"]} for r in rows]
    else:
        counted = list(_collapse(rows, collapse, quads))
    cells = defaultdict(list)
    for r in counted:
        a, b = r["source"], r["target"]
        if not directed:
            a, b = sorted((a, b), key=lambda s: s.encode())
        cells[a, b, _start(r["date"], frequency)].append(r)
    made = []
    for (a, b, period), group in cells.items():
        weights = [(r["goldstein"], r["n"]) for r in group]
        squares = [(None if g is None else g * g, n) for g, n in weights]
        made.append(
            {
                "state_a": a,
                "state_b": b,
                "period": period,
                **{q: sum(r["n"] for r in group if quads.get(r["cameo"]) == q) for q in QUADS},
                "goldstein": _mean(weights),
                "goldstein_sq": _mean(squares),
                **{f"d_{d}": sum(r["n"] for r in group if r["domain"] == d) for d in DOMAINS},
                "raw": sum(r["raw"] for r in group),
            }
        )
    frame = pl.DataFrame(made, schema=PANEL, strict=False).sort("state_a", "state_b", "period")
    return frame.rename({"state_a": "source", "state_b": "target"}) if directed else frame


@pytest.fixture(scope="session")
def random_events():
    """Return ``random_events(seed, rows=400) -> polars.DataFrame``."""
    return _random_events


@pytest.fixture(scope="session")
def brute_panel():
    """Return ``brute_panel(events, frequency, collapse, since, until, once, directed)``."""
    return _brute_panel
