"""A small made world of trade and of arms, as files that publishers' readers take."""

from __future__ import annotations

import itertools

import numpy as np
import polars as pl

from quadrille.index.shipped import write_index

STATES = ("CHN", "IND", "IRN", "PAK", "RUS", "TUR", "USA")


def write_trade(path, years=(2000, 2004, 2008), seed=5):
    """The layout of the panel of Yotov et al., with sales of every country to itself."""
    rng = np.random.default_rng(seed)
    size = dict(zip(STATES, (900, 400, 200, 90, 350, 250, 2000), strict=True))
    away = {p: rng.uniform(800, 9000) for p in itertools.combinations(STATES, 2)}
    lines = ["exporter,importer,pair_id,year,trade,dist,cntg,lang,clny,rta"]
    for year in years:
        for a, b in itertools.product(STATES, STATES):
            pair = (min(a, b), max(a, b))
            far = 300.0 if a == b else away[pair]
            near, speak = int(a != b and far < 3000), int(a != b and sum(map(ord, a + b)) % 3 == 0)
            agreed = int(pair in {("CHN", "PAK"), ("IRN", "TUR")} and year > 2001)
            mean = size[a] * size[b] / far**0.9 * np.exp(0.4 * near + 0.3 * speak + 0.5 * agreed)
            value = mean * (40.0 if a == b else 1.0) * rng.lognormal(-0.02, 0.2)
            lines.append(f"{a},{b},0,{year},{value:.4f},{far:.1f},{near},{speak},0,{agreed}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def write_arms(path):
    """SIPRI's table of values: the United States give way to China in Pakistan, slowly."""
    lines = ["Import_To,Export_From,Year,TIV"]
    for year in range(1990, 2012):
        old = max(0, 200 - 15 * (year - 1990))
        lines += [
            f"Pakistan,United States,{year},{old}",
            f"Pakistan,China,{year},{20 * (year - 1989)}",
        ]
        if year % 4 == 0:
            lines.append(f"Pakistan,Russia,{year},50")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def write_warm(trade, index):
    """Trade every fourth year, and an index of the same states whose levels walk; one does not know of the other."""
    write_trade(trade, years=range(1980, 2009, 4))
    rng = np.random.default_rng(6)
    pairs, years = list(itertools.combinations(STATES, 2)), range(1970, 2021)
    walks = np.cumsum(rng.normal(0, 0.2, (len(pairs), len(years))), axis=1)
    rows = [
        (a, b, y, walks[p, t], 0.3, 0.0, 0.2)
        for p, (a, b) in enumerate(pairs)
        for t, y in enumerate(years)
    ]
    names = ("state_a", "state_b", "year", "valence", "sd", "engagement", "engagement_sd")
    frame = pl.DataFrame(rows, schema=names, orient="row")
    write_index(
        frame,
        index,
        {"version": "test", "built": "2013-01-01", "sources": {"made up": "Nobody 2013."}},
    )
    return trade, index
