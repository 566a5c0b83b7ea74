"""The map of the world that figures draw, made from the npm package ``world-atlas`` 2.0.2.

python tools/map.py FOLDER      FOLDER holds countries-110m.json, -50m.json and -10m.json of the package

What it is and where it comes from: src/quadrille/views/data/README.md.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from quadrille.states.registry import all_states, lookup

OUT = Path(__file__).resolve().parents[1] / "src" / "quadrille" / "views" / "data" / "world.json"
# Names that Natural Earth shortens so far that nobody would know them, and parts that nobody or few recognise.
ALSO = {
    "Congo": "COG", "Eq. Guinea": "GNQ", "St. Vin. and Gren.": "VCT", "Antigua and Barb.": "ATG", "Fr. Polynesia": "PYF",
    "N. Cyprus": "CYP", "Somaliland": "SOM",
}  # fmt: skip
LEFT_OUT = {"Antarctica"}


def code_of(geometry: dict[str, Any]) -> str | None:
    """ISO3 of a country of the atlas."""
    name = geometry["properties"]["name"]
    return ALSO.get(name) or lookup(name)


def arcs_in(arcs: Any) -> Any:
    """Every number of nested lists, in order."""
    for one in arcs:
        if isinstance(one, int):
            yield one
        else:
            yield from arcs_in(one)


def renumbered(arcs: Any, new: dict[int, int]) -> Any:
    """Nested lists with arcs by their new numbers; ``~k`` is arc k backwards."""
    if isinstance(arcs, int):
        return new[arcs] if arcs >= 0 else ~new[~arcs]
    return [renumbered(one, new) for one in arcs]


def shapes(atlas: dict[str, Any]) -> dict[str, Any]:
    """The countries by ISO3, each once, and the arcs that they use."""
    rings: dict[str, list[Any]] = {}
    for g in atlas["objects"]["countries"]["geometries"]:
        code = code_of(g)
        if code is None or g["properties"]["name"] in LEFT_OUT:
            continue
        rings.setdefault(code, []).extend(g["arcs"] if g["type"] == "MultiPolygon" else [g["arcs"]])
    used = sorted({a if a >= 0 else ~a for one in rings.values() for a in arcs_in(one)})
    new = {old: k for k, old in enumerate(used)}
    made = [
        {"type": "MultiPolygon", "id": code, "arcs": renumbered(rings[code], new)}
        for code in sorted(rings)
    ]
    return {
        "type": "Topology", "transform": atlas["transform"],
        "objects": {"countries": {"type": "GeometryCollection", "geometries": made}},
        "arcs": [atlas["arcs"][k] for k in used],
    }  # fmt: skip


def positions(atlas: dict[str, Any], arc: int) -> list[tuple[float, float]]:
    """Degrees east and north along an arc, whose steps are stored as differences."""
    (sx, sy), (tx, ty) = atlas["transform"]["scale"], atlas["transform"]["translate"]
    x = y = 0
    found = []
    for dx, dy in atlas["arcs"][arc if arc >= 0 else ~arc]:
        x, y = x + dx, y + dy
        found.append((x * sx + tx, y * sy + ty))
    return found


def middle(atlas: dict[str, Any], geometry: dict[str, Any]) -> list[float]:
    """The middle of the box around the largest ring, degrees east and north."""
    whole = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
    boxes = []
    for polygon in whole:
        x, y = zip(*(p for arc in polygon[0] for p in positions(atlas, arc)), strict=True)
        boxes.append(((max(x) - min(x)) * (max(y) - min(y)), (min(x) + max(x)) / 2, (min(y) + max(y)) / 2))  # fmt: skip
    _, lon, lat = max(boxes)
    return [round(lon, 2), round(lat, 2)]


def places(atlases: list[dict[str, Any]], drawn: set[str]) -> dict[str, list[float]]:
    """Where the states lie that are too small for a shape."""
    states = {s.iso3 for s in all_states() if s.kind == "state"} - drawn
    found: dict[str, list[float]] = {}
    for atlas in atlases:
        for g in atlas["objects"]["countries"]["geometries"]:
            code = code_of(g)
            if code in states and code not in found and g.get("arcs"):
                found[code] = middle(atlas, g)
    return dict(sorted(found.items()))


def main(folder: Path) -> None:
    """Write the map."""
    small, medium, large = (
        json.loads((folder / f"countries-{size}.json").read_text(encoding="utf-8"))
        for size in ("110m", "50m", "10m")
    )
    made = shapes(small)
    drawn = {g["id"] for g in made["objects"]["countries"]["geometries"]}
    made["places"] = places([medium, large], drawn)
    OUT.write_text(json.dumps(made, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{OUT}: {len(drawn)} shapes, {len(made['places'])} places, {OUT.stat().st_size:,} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
