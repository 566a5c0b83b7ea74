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


CODES = {
    "CHN": 156,
    "DEU": 276,
    "IND": 699,
    "IRN": 364,
    "PAK": 586,
    "RUS": 643,
    "TUR": 792,
    "USA": 842,
}
# What each sells most of; Russia buys less of the first two from Germany and the United States from 2014 on.
LINES = ("080520", "040690", "520523", "270900", "847130", "870323")
_STRONG = {
    "PAK": (0, 2),
    "DEU": (1, 5),
    "USA": (0, 1, 4),
    "IRN": (3,),
    "RUS": (3,),
    "CHN": (2, 4),
    "TUR": (0, 5),
    "IND": (2,),
}


def write_products(folder, years=(2012, 2013, 2014, 2015), codes=None, seed=7):
    """A release of BACI by product, in its layout: lists beside files, a row an exporter, importer and line."""
    rng = np.random.default_rng(seed)
    codes = codes or CODES
    folder.mkdir(exist_ok=True)
    if codes is CODES:
        text = "country_code,country_name,country_iso2,country_iso3\n" + "".join(
            f"{n},{iso},{iso[:2]},{iso}\n" for iso, n in CODES.items()
        )
        (folder / "country_codes_V202401.csv").write_text(text)
    names = ("Mandarins", "Cheese", "Cotton yarn", "Crude oil", "Portable computers", "Cars")
    (folder / "product_codes_HS12_V202401.csv").write_text(
        "code,description\n" + "".join(f"{k},{n}\n" for k, n in zip(LINES, names, strict=True))
    )
    base = {
        (a, b, k): rng.lognormal(6, 0.5) for a in codes for b in codes for k in range(6) if a != b
    }
    for year in years:
        lines = ["t,i,j,k,v,q"]
        for (a, b, k), value in base.items():
            scale = 20.0 if k in _STRONG.get(a, ()) else 1.0
            if b == "RUS" and a in ("DEU", "USA") and k in (0, 1) and year >= 2014:
                scale *= 0.05
            lines.append(
                f"{year},{codes[a]},{codes[b]},{LINES[k].lstrip('0')},{value * scale:.3f},1"
            )
        (folder / f"BACI_HS12_Y{year}_V202401.csv").write_text("\n".join(lines) + "\n")
    return folder
