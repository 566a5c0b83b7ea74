"""Reference classes from Python."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from quadrille.api.data import Data, as_kind, panel_of, states_of
from quadrille.brief.figures_foresight import analogues_figure
from quadrille.errors import FileFormatError, NoDataError
from quadrille.foresight.analogues import AnalogueRules, Analogues
from quadrille.foresight.analogues import analogues_of as find_analogues
from quadrille.measure.model import measure
from quadrille.panel.facets import facet
from quadrille.sources.formats import read_layers
from quadrille.sources.layers.layer import Layer

__all__ = ["ReferenceClass", "analogues"]


@dataclass(frozen=True, slots=True)
class ReferenceClass(Analogues):
    """Past cases that can draw themselves; fields as in `quadrille.foresight.Analogues`."""

    def plot(self) -> Any:
        """An Altair chart: base rates by class."""
        return analogues_figure(self.classes, self.origin)


def _rivalries(layers: Sequence[str | Path]) -> Layer | None:
    """The list of rivalries among the layers."""
    if not layers:
        return None
    for path in map(Path, layers):
        if not path.is_file():
            raise FileFormatError(f"{path}: there is no such file; mend --layer")
        for layer in read_layers(path):
            if layer.role == "rivalry":
                return layer
    raise NoDataError("none of the --layer files is a list of rivalries")


def analogues(
    a: str,
    b: str,
    on: str,
    data: Data = None,
    *,
    rival: str | None = None,
    layers: Sequence[str | Path] = (),
    frequency: str | None = None,
    since: date | None = None,
    until: date | None = None,
    rules: AnalogueRules | None = None,
) -> ReferenceClass:
    """Find every past case of a thaw of A-B while A-C frayed and then mended, C being ``on``.

    Parameters
    ----------
    a, b, on, rival : str
        Anything `quadrille.states.find` resolves.
    data, frequency, since, until
        As in `quadrille.relations`.
    layers : sequence of paths
        A list of rivalries, in place of each state's coldest tie.
    rules : AnalogueRules, optional
    """
    states = states_of([s for s in (a, b, on, rival) if s], since, until)
    m = measure(facet(panel_of(data, frequency, since, until), "cordiality"))
    foe = states[3] if rival else None
    got = find_analogues(m, states[0], states[1], states[2], foe, rules, _rivalries(layers))
    made: ReferenceClass = as_kind(ReferenceClass, got)
    return made
