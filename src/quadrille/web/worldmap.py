"""The map of the world as SVG whose states a script can recolour: a path or a dot for each, and what each is in every year.

The picture of the question `ties` is drawn anew for each year; this one is drawn once, and a slider only gives its states other
classes, so that it moves as the hand does, in a page that is read from a file too.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import polars as pl

from quadrille.kernels.equal_earth import equal_earth
from quadrille.measure.world import World
from quadrille.panel.periods import period_name
from quadrille.readings.ties import ties_over_time
from quadrille.states.registry import get
from quadrille.verdicts import SURE
from quadrille.views.atlas import shapes
from quadrille.views.names import plural, sentence, the
from quadrille.views.ties import KINDS, kind_of

__all__ = ["HEIGHT", "WIDTH", "History", "Shape", "history_of", "world_shapes"]

WIDTH = 960
_RADIUS = 2.75  # a dot
# The projection, cut where no land but Antarctica lies.
_X, _TOP, _BOTTOM = 2.7066, 1.31, -1.05
HEIGHT = round(WIDTH * (_TOP - _BOTTOM) / (2 * _X))
_NONE = "."


@dataclass(frozen=True, slots=True)
class Shape:
    """A state on the map.

    Attributes
    ----------
    iso3, name : str
    d : str
        The path of its shape; empty: it is a dot.
    x, y : float
        Of the dot.
    """

    iso3: str
    name: str
    d: str = ""
    x: float = 0.0
    y: float = 0.0


def _plane(lon: Any, lat: Any) -> tuple[Any, Any]:
    x, y = equal_earth(lon, lat)
    scale = WIDTH / (2 * _X)
    return (x + _X) * scale, (_TOP - y) * scale


def _arcs(topology: Any) -> list[list[tuple[float, float]]]:
    """Every arc in degrees east and north."""
    scale, move = (np.array(topology["transform"][k]) for k in ("scale", "translate"))
    return [
        [tuple(p) for p in (np.cumsum(np.array(arc, float), axis=0) * scale + move).tolist()]
        for arc in topology["arcs"]
    ]


def _pieces(points: list[tuple[float, float]]) -> list[list[tuple[float, float]]]:
    """A ring cut where it crosses the 180th meridian; each piece is to be closed along it."""
    made: list[list[tuple[float, float]]] = [[]]
    for (lon, lat), (last, before) in zip(points, points[-1:] + points[:-1], strict=True):
        if abs(lon - last) > 180 and made[-1] != []:
            edge = 180.0 if last > 0 else -180.0
            run = 360.0 - abs(lon - last)
            share = (180.0 - abs(last)) / run if run else 0.5
            at = before + share * (lat - before)
            made[-1].append((edge, at))
            made.append([(-edge, at)])
        made[-1].append((lon, lat))
    if len(made) > 1:
        made[0] = [*made.pop(), *made[0]]
    return made


def _ring(arcs: list[list[tuple[float, float]]], ring: Sequence[int]) -> str:
    """One closed line, or more; ``~k`` is arc k backwards, and each begins where the one before ends."""
    points: list[tuple[float, float]] = []
    for k in ring:
        arc = arcs[k] if k >= 0 else arcs[~k][::-1]
        points += arc[1:] if points else arc
    drawn = []
    for piece in _pieces(points):
        x, y = _plane(*zip(*piece, strict=True))
        at = list(zip(x.round(1).tolist(), y.round(1).tolist(), strict=True))
        kept = [p for n, p in enumerate(at) if n == 0 or p != at[n - 1]]
        if len(kept) > 2:
            drawn.append("M" + "L".join(f"{u:g},{v:g}" for u, v in kept) + "Z")
    return "".join(drawn)


@cache
def world_shapes() -> tuple[Shape, ...]:
    """Every state of the map, by ISO3, dots last so that they lie above."""
    topology = shapes()
    arcs = _arcs(topology)
    made = [
        Shape(g["id"], get(g["id"]).name, "".join(_ring(arcs, ring) for polygon in g["arcs"] for ring in polygon))
        for g in topology["objects"]["countries"]["geometries"]
    ]  # fmt: skip
    for code, (lon, lat) in topology["places"].items():
        x, y = _plane(lon, lat)
        made.append(Shape(code, get(code).name, "", round(float(x), 1), round(float(y), 1)))
    return tuple(made)


@dataclass(frozen=True, slots=True)
class History:
    """What every tie of a state is in every period.

    Attributes
    ----------
    state : str
        ISO3.
    periods : tuple of str
    kinds : mapping of str to str
        Partner → a letter a period: ``a`` the first of `quadrille.views.ties.KINDS`, and so on; ``.`` no tie.
    said : tuple of str
        A sentence a period.
    """

    state: str
    periods: tuple[str, ...]
    kinds: dict[str, str]
    said: tuple[str, ...]

    def at(self, period: str) -> int:
        """Index of a period; the last where it is none of these."""
        return self.periods.index(period) if period in self.periods else len(self.periods) - 1

    def to_json(self) -> str:
        """For a script in a page: nothing in it can end its element."""
        made = {
            "periods": self.periods, "kinds": self.kinds, "said": self.said, "names": list(KINDS), "own": self.state,
        }  # fmt: skip
        text = json.dumps(made, ensure_ascii=False, separators=(",", ":"))
        return text.replace("<", "\\u003c").replace("&", "\\u0026")


def _said(state: str, when: str, rows: pl.DataFrame) -> str:
    p = rows["p_warm"]
    warm, cold = int((p >= SURE).sum()), int((p <= 1 - SURE).sum())
    return sentence(
        f"{the(state)} in {when}: {plural(rows.height, 'tie')}, {warm:,} warm and {cold:,} cold with probability 0.9 or "
        f"more, {rows.height - warm - cold:,} undetermined."
    )


def history_of(world: World, state: str) -> History:
    """Every tie of a state in every period, as a map needs it.

    Parameters
    ----------
    world : World
    state : str
        ISO3.

    Raises
    ------
    NoDataError
        The data do not hold the state.
    """
    world.panel.require((state,))
    rows = ties_over_time(world, state)
    letters = {kind: chr(ord("a") + k) for k, kind in enumerate(KINDS)}
    m = world.panel
    anchored = m.kind == "index"
    rows = rows.with_columns(
        letter=kind_of(anchored).replace_strict(letters, return_dtype=pl.String)
    )
    days = rows["period"].unique().sort().to_list()
    wide = rows.pivot("period", index="partner", values="letter", sort_columns=False)
    wide = wide.select("partner", *(str(day) for day in days)).fill_null(_NONE)
    frequency = m.frequency
    names = tuple(period_name(day, frequency) for day in days)
    by = rows.partition_by("period", as_dict=True)
    return History(
        state, names, {row[0]: "".join(row[1:]) for row in wide.sort("partner").iter_rows()},
        tuple(_said(state, name, by[(day,)]) for day, name in zip(days, names, strict=True)),
    )  # fmt: skip
