"""What may keep a warm spell or shorten it: one number a dyad and period."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from quadrille.coding.record import DOMAINS
from quadrille.kernels.arrays import Array
from quadrille.kernels.shares import expected_concentration, perks
from quadrille.measure.dealings import dealings
from quadrille.measure.result import Measurement
from quadrille.readings.bond import animosity, coldness
from quadrille.readings.goals import goal_values
from quadrille.readings.portfolio import world_partners
from quadrille.sources.layers.layer import Layer, Role
from quadrille.states.powers import major_powers

__all__ = ["COVARIATES", "LAYERS", "covariates_of", "layers_of"]

# In the order in which they are given up where warm spells are few.
COVARIATES = (
    "animosity", "pivot", "partners", "domains", "rivalry", "capability_gap", "votes",
    "organisations", "alliance", "trade", "events",
)  # fmt: skip
# Covariates that need structural data, by their role.
LAYERS: dict[str, Role] = {
    "rivalry": "rivalry", "capability_gap": "capabilities", "votes": "votes",
    "organisations": "institutions", "alliance": "alliance", "trade": "trade",
}  # fmt: skip


def _seen(m: Measurement) -> Array:
    return np.asarray(np.nansum(m.n, axis=1) + np.sum(~np.isnan(m.y), axis=1), dtype=float)


def _pivot(m: Measurement) -> Array:
    """Level of the tie that either state has with its main outside major power, shape of ``m.mean``."""
    states = np.unique(m.dyads)
    i, j = np.searchsorted(states, m.dyads[:, 0]), np.searchsorted(states, m.dyads[:, 1])
    n = states.size
    total, row = np.zeros((n, n)), np.full((n, n), -1)
    seen = dealings(m) if m.observations.panel.kind == "index" else _seen(m)
    for a, b in ((i, j), (j, i)):
        total[a, b], row[a, b] = seen, np.arange(len(m.dyads))
    powers = np.flatnonzero(np.isin(states, major_powers(m.periods[-1].year)))
    if powers.size == 0:
        return np.full(m.mean.shape, np.nan)
    found = []
    for own, other in ((i, j), (j, i)):
        to = total[own[:, None], powers[None]]
        to = np.where((powers == own[:, None]) | (powers == other[:, None]), -1.0, to)
        best = to.argmax(axis=1)
        found.append((to.max(axis=1), row[own, powers[best]]))
    chosen = np.where(found[0][0] >= found[1][0], found[0][1], found[1][1])
    known = (chosen >= 0) & (np.maximum(found[0][0], found[1][0]) > 0)
    return np.where(known[:, None], m.mean[chosen] - m.neutral, np.nan)


def _goal_part(m: Measurement, layers: Mapping[str, Layer], part: str) -> Array | None:
    made = np.full(m.mean.shape, np.nan)
    at = {(a, b): r for r, (a, b) in enumerate(m.dyads.tolist())}
    found_any = False
    for year in sorted({p.year for p in m.periods}):
        found = goal_values(layers, part, year)
        if found is None:
            continue
        found_any = True
        columns = [t for t, p in enumerate(m.periods) if p.year == year]
        if part == "alliance":
            made[:, columns] = 0.0
        for a, b, value in found.values.select("state_a", "state_b", "value").iter_rows():
            if (a, b) in at:
                made[at[a, b], columns] = value
    return made if found_any else None


def _rivalry(m: Measurement, layers: Mapping[str, Layer]) -> Array | None:
    """1 where a list of rivalries names the dyad that year; a list counts on past its last year."""
    layer = next((v for v in layers.values() if v.role == "rivalry"), None)
    if layer is None:
        return None
    data = layer.data
    last = int(data["year"].max())  # type: ignore[arg-type]
    named = set(data.select("state_a", "state_b", "year").iter_rows())
    return np.array(
        [
            [float((a, b, min(p.year, last)) in named) for p in m.periods]
            for a, b in m.dyads.tolist()
        ]
    )


def _capability_gap(m: Measurement, layers: Mapping[str, Layer]) -> Array | None:
    layer = next((v for v in layers.values() if v.role == "capabilities"), None)
    if layer is None:
        return None
    rows = layer.data.filter(pl.col("cinc") > 0).select("state", "year", "cinc")
    last = int(rows["year"].max())  # type: ignore[arg-type]
    cinc = {(s, y): c for s, y, c in rows.iter_rows()}
    out = np.full(m.mean.shape, np.nan)
    for r, (a, b) in enumerate(m.dyads.tolist()):
        for t, p in enumerate(m.periods):
            one, two = (cinc.get((s, min(p.year, last))) for s in (a, b))
            if one and two:
                out[r, t] = abs(np.log(one / two))
    return out


def _domains(m: Measurement, counts: pl.DataFrame | None, window: int) -> Array | None:
    """Effective number of domains of the dyad's cooperation over the window."""
    if counts is None:
        return None
    at = {(a, b): r for r, (a, b) in enumerate(m.dyads.tolist())}
    when = {p: t for t, p in enumerate(m.periods)}
    cube = np.zeros((len(m.periods), len(m.dyads), len(DOMAINS)))
    for a, b, period, domain, count in counts.select(
        "state_a", "state_b", "period", "domain", "count"
    ).iter_rows():
        if (a, b) in at and period in when:
            cube[when[period], at[a, b], DOMAINS.index(domain)] += count
    total = np.cumsum(cube, axis=0)
    total[window:] = total[window:] - total[:-window]
    return np.asarray(1.0 / expected_concentration(perks(total, 1.0)).T, dtype=float)


def covariates_of(
    m: Measurement, layers: Mapping[str, Layer], domains: pl.DataFrame | None
) -> dict[str, Array]:
    """Each known covariate, shape ``(dyad, time)``; NaN where not known.

    Parameters
    ----------
    m : Measurement
        Of cordiality.
    layers : mapping of str to Layer
        By name.
    domains : polars.DataFrame, optional
        As `quadrille.panel.domains.domain_counts` makes it.
    """
    w = coldness(m)
    i, j = np.searchsorted(w.states, m.dyads[:, 0]), np.searchsorted(w.states, m.dyads[:, 1])
    shared = np.stack([np.sqrt(animosity(w, t)[i, j]) for t in range(len(m.periods))], axis=1)
    window = 1 if m.observations.panel.kind == "counts" else 10
    found: dict[str, Array | None] = {"animosity": shared, "pivot": _pivot(m)}
    if m.observations.panel.kind in ("counts", "acts") and m.observations.panel.frequency != "D":
        effective = world_partners(m.observations.panel)
        at = {(s, p): v for s, p, v in effective.select("state", "period", "effective").iter_rows()}
        own = np.array([[at.get((s, p), np.nan) for p in m.periods] for s in w.states])
        found["partners"] = np.log(np.fmin(own[i], own[j]))
    found["domains"] = _domains(m, domains, window)
    found["rivalry"] = _rivalry(m, layers)
    found["capability_gap"] = _capability_gap(m, layers)
    found |= {part: _goal_part(m, layers, part) for part in
              ("votes", "organisations", "alliance", "trade")}  # fmt: skip
    if not np.isnan(m.n).all():
        found["events"] = np.log1p(np.nan_to_num(m.n))
    return {
        k: v for k in COVARIATES
        if (v := found.get(k)) is not None and np.nanstd(v) > 0  # a constant explains nothing
    }  # fmt: skip


def layers_of(layers: Mapping[str, Layer], names: Sequence[str]) -> dict[str, str]:
    """Layers that these covariates are read from, and how to cite each."""
    roles = {LAYERS[n] for n in names if n in LAYERS}
    found: dict[str, str] = {}
    for role in sorted(roles):
        first = next((v for v in layers.values() if v.role == role), None)
        if first is not None:
            found[first.name] = first.citation
    return found
