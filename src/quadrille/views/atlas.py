"""The map of the world: states by kind, in an equal-area projection.

Shapes are Natural Earth's at 1:110 million, with today's borders; states too small for a shape are dots. Where both come
from is said in ``data/README.md``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import polars as pl

from quadrille.views import theme
from quadrille.views.theme import alt

__all__ = ["ABSENT", "OWN", "drawn_states", "map_layers", "shapes"]

# What a state without a tie is, and the state whose ties are shown.
ABSENT, OWN = "no tie in the data, or not then a state", "the state itself"
COLOURS = {OWN: "#222222", ABSENT: "#f4f4f4"}
_RATIO = 0.487  # height of the equal-earth projection to its width


@cache
def shapes() -> dict[str, Any]:
    """The topology: ``objects.countries`` by ISO3, and ``places``, degrees east and north of the states without a shape."""
    raw = files("quadrille.views").joinpath("data/world.json").read_bytes()
    return dict(json.loads(raw))


@cache
def _topology() -> str:
    """The shapes as text, which Vega reads and Altair need not look through."""
    made = {k: v for k, v in shapes().items() if k != "places"}
    return json.dumps(made, separators=(",", ":"))


@cache
def drawn_states() -> frozenset[str]:
    """ISO3 of every state that the map can show, as a shape or a dot."""
    made = shapes()
    return frozenset(g["id"] for g in made["objects"]["countries"]["geometries"]) | frozenset(
        made["places"]
    )


def _places(data: pl.DataFrame) -> pl.DataFrame:
    """The rows of the states that are dots, with where these lie."""
    at = shapes()["places"]
    dots = data.filter(pl.col("state").is_in(list(at)))
    lon, lat = ([at[s][k] for s in dots["state"]] for k in (0, 1))
    return dots.with_columns(
        pl.Series("lon", lon, dtype=pl.Float64), pl.Series("lat", lat, dtype=pl.Float64)
    )


def map_layers(
    data: pl.DataFrame, colours: Mapping[str, str], width: int, tips: Sequence[Any] = ()
) -> tuple[list[Any], int]:
    """Layers of a map, and how high it is.

    Parameters
    ----------
    data : polars.DataFrame
        ``state`` (ISO3), ``kind``, and what the tips name; a state that is not in it is `ABSENT`.
    colours : mapping of str to str
        Kind → colour, in the order of the legend.
    width : int
    tips : sequence of altair.Tooltip
    """
    legend = theme.legend_of(1 if width < theme.PHONE else 3)
    colour = theme.colours_of("kind", {**colours, **COLOURS}, legend)
    shape = alt.TopoDataFormat(feature="countries", type="topojson")
    land = alt.InlineData(values=_topology(), format=shape)
    fields = [c for c in data.columns if c != "state"]
    joined = alt.LookupData(data=data, key="state", fields=fields)
    shapes_ = (
        alt.Chart(land)
        .transform_lookup(lookup="id", from_=joined)
        .transform_calculate(kind=f"isValid(datum.kind) ? datum.kind : '{ABSENT}'")
        .mark_geoshape(stroke="#8c8c8c", strokeWidth=0.4)
        .encode(color=colour, tooltip=list(tips))
        .project("equalEarth")
    )
    dots = (
        alt.Chart(_places(data))
        .mark_circle(size=22, opacity=1, stroke="#8c8c8c", strokeWidth=0.6)
        .encode(longitude="lon:Q", latitude="lat:Q", color=colour, tooltip=list(tips))
    )
    return [shapes_, dots], round(_RATIO * width)
