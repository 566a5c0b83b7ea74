"""Checks of a figure's Vega-Lite: nothing observed lies outside its axes, and no tick label is repeated."""

from __future__ import annotations

from datetime import date

import numpy as np

WIDTHS = (270, 640, 1000)
_PAIRS = {"x": ("x", "x2"), "y": ("y", "y2")}


def check_axes(chart, least=1):
    """Every value drawn lies inside the domain of its axis; explicit ticks differ from one another.

    At least so many numbers must be on an axis: 0 for a figure whose axes are names and days.
    """
    spec = chart.to_dict() if hasattr(chart, "to_dict") else chart
    found = [_check(group, spec.get("datasets", {})) for group in _groups(spec)]
    assert sum(found) >= least, "no value of the figure was checked"


def _groups(spec, data=None):
    """Charts that share their axes: the single charts of a layered one, or one alone."""
    data = spec.get("data", data)
    for joined in ("vconcat", "hconcat", "concat"):
        for part in spec.get(joined, []):
            yield from _groups(part, data)
    if "spec" in spec:  # a panel for each of several
        yield from _groups(spec["spec"], data)
    if "layer" in spec or "mark" in spec:
        yield list(_units(spec, data, {}))


def _units(spec, data, encoding):
    data, encoding = spec.get("data", data), {**encoding, **spec.get("encoding", {})}
    if "mark" in spec:
        yield {"data": data, "encoding": encoding}
    for part in spec.get("layer", []):
        yield from _units(part, data, encoding)


def _check(units, datasets):
    return sum(_check_channel(units, datasets, axis) for axis in _PAIRS)


def _check_channel(units, datasets, axis):
    domains = []
    for unit in units:
        channel = unit.get("encoding", {}).get(axis, {})
        _check_ticks(channel)
        domain = (channel.get("scale") or {}).get("domain")
        if domain and channel.get("type") == "quantitative":
            domains.append(domain)
    if not domains:
        return sum(len(_values(u, datasets, axis)) for u in units)
    low, high = min(d[0] for d in domains), max(d[1] for d in domains)
    room = 1e-9 * max(1.0, abs(low), abs(high))
    checked = 0
    for unit in units:
        for value in _values(unit, datasets, axis):
            assert low - room <= value <= high + room, f"{axis} = {value} outside {low} to {high}"
            checked += 1
    return checked


def _values(unit, datasets, axis):
    """Finite numbers that a mark puts on an axis."""
    encoding, data = unit.get("encoding", {}), unit.get("data") or {}
    rows = data.get("values") or datasets.get(data.get("name"), [])
    if encoding.get(axis, {}).get("type") != "quantitative":
        return []
    fields = [encoding[c]["field"] for c in _PAIRS[axis] if "field" in encoding.get(c, {})]
    cells = [row.get(field) for row in rows for field in fields]
    return [c for c in cells if isinstance(c, int | float) and np.isfinite(c)]


def _check_ticks(channel):
    axis = channel.get("axis") or {}
    ticks, form = axis.get("values"), axis.get("format", "")
    if not ticks:
        return
    if isinstance(ticks[0], dict):
        labels = [date(t["year"], t["month"], t["date"]).strftime(form) for t in ticks]
    else:
        labels = [str(round(t)) if form == "d" else str(t) for t in ticks]
    assert len(set(labels)) == len(labels), f"repeated tick labels: {labels}"
