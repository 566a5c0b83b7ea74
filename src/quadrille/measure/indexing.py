"""The index of every tie, built from what a lake holds and from the embedded chronicle."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from quadrille.index.anchor import labels
from quadrille.index.build import Index, build
from quadrille.index.shipped import write_index
from quadrille.index.weights import weights_of
from quadrille.index.witnesses import WITNESS_ROLES, evidence, producer
from quadrille.lake.catalogue import Lake
from quadrille.lake.contents import held, lake_layers
from quadrille.measure.world import World
from quadrille.panel.build import Panel
from quadrille.sources.layers.layer import Layer

__all__ = ["index_of_lake"]

_PRODUCERS = {
    "chronicle": "Hand-coded chronicle of five states, part of Quadrille.",
    "icews": "Boschee, E., Lautenschlager, J., O'Brien, S., Shellman, S., Starz, J. & Ward, M. (2015). ICEWS Coded Event "
    "Data. Harvard Dataverse. https://doi.org/10.7910/DVN/28075",
    "polecat": "Halterman, A., Bagozzi, B. E., Beger, A., Schrodt, P. & Scarborough, G. (2023). PLOVER and POLECAT: A new "
    "political event ontology and dataset. https://doi.org/10.7910/DVN/AJGVIT",
    "gdelt": "Leetaru, K. & Schrodt, P. A. (2013). GDELT: Global Data on Events, Location, and Tone, 1979–2012. "
    "ISA Annual Convention. https://www.gdeltproject.org",
}  # fmt: skip


def _panel(lake: Lake, source: str, kind: str) -> Panel:
    """A source by year; scores by their own period, since sums of months are no scores of years."""
    frequency = None if kind == "scores" else "Y"
    return World(f"lake:{source}", frequency=frequency, lake=lake.path).panel


def index_of_lake(
    lake: Lake, out: Path, until: int | None = None, told: Callable[[str], None] = lambda _: None
) -> Index:
    """Build the index and write it.

    Parameters
    ----------
    lake : Lake
        Its layers, events, counts and scores are the witnesses, with the embedded chronicle.
    out : path
        Ends in ``.parquet``; a JSON file beside it says what the index is made of.
    until : int, optional
        Last year. Default: the last of which any witness reports.
    told : callable
        Takes a line of progress.

    Raises
    ------
    NoDataError
        The lake holds no witness, or neither rivalries nor defence pacts to anchor the scale.
    """
    told("reading the lake")
    layers = list(lake_layers(lake).values())
    sources = held(lake)
    events = sources.filter(sources["kind"].is_in(["events", "counts", "scores"]))
    panels = [_panel(lake, *row) for row in events.select("source", "kind").iter_rows()]
    panels.append(World("chronicle").panel)
    found = evidence(layers, panels, until)
    index = build(found, labels(found.cells, layers), told)
    write_index(index.ties, out, _about(index, layers, panels))
    return index


def _about(index: Index, layers: list[Layer], panels: list[Panel]) -> dict[str, Any]:
    """What the index is made of: sources, loadings of the witnesses, and the scale, by half."""
    items = [
        {
            "item": item.name,
            "witness": item.witness,
            "valence": float(t[1]),
            "engagement": float(t[2]),
        }
        | {"level": float(t[0]), "bias": float(t[3])}
        for learnt in index.learnt
        for item, t in zip(learnt.names, learnt.items.theta, strict=True)
    ]
    cited = {x.name: x.citation for x in layers if x.role in WITNESS_ROLES}
    cited |= {p.origin: _PRODUCERS.get(producer(p.origin), p.origin) for p in panels}
    return {
        "version": 1, "built": date.today().isoformat(), "sources": cited, "loadings": items,
        "scales": [s._asdict() for s in index.scales],
        "weights": [weights_of(x) for x in index.learnt],
    }  # fmt: skip
