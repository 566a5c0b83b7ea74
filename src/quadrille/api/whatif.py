"""Scenarios and reference classes from Python."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from quadrille.api.coupling import couple
from quadrille.api.data import Data, as_kind, panel_of, states_of
from quadrille.brief.figures_foresight import analogues_figure, scenario_figure
from quadrille.coupling.model import CoupleConfig
from quadrille.coupling.result import Coupled
from quadrille.errors import FileFormatError, NoDataError, OptionError
from quadrille.foresight.analogues import AnalogueRules, Analogues
from quadrille.foresight.analogues import analogues_of as find_analogues
from quadrille.foresight.conditions import Condition, parse
from quadrille.foresight.scenario import Scenario, Way, scenario_of
from quadrille.measure.model import measure
from quadrille.panel.facets import facet
from quadrille.sources.layers.layer import Layer
from quadrille.sources.structural import is_layer, read_layers

__all__ = ["ReferenceClass", "WhatIf", "analogues", "whatif"]


@dataclass(frozen=True, slots=True)
class WhatIf(Scenario):
    """A scenario that can draw itself; fields as in `quadrille.foresight.Scenario`."""

    def plot(self) -> Any:
        """An Altair chart: the tie with and without the conditions, reading by reading."""
        return scenario_figure(self)


@dataclass(frozen=True, slots=True)
class ReferenceClass(Analogues):
    """Past cases that can draw themselves; fields as in `quadrille.foresight.Analogues`."""

    def plot(self) -> Any:
        """An Altair chart: base rates by class."""
        return analogues_figure(self.classes, self.origin)


def _model(
    model: Coupled | str | Path | None, states: Sequence[str], data: Data, **options: Any
) -> Coupled:
    if isinstance(model, Coupled):
        return model
    if model is not None:
        return Coupled.load(model)
    return couple(states, data, **options)


def whatif(
    a: str,
    b: str,
    conditions: Sequence[str | Condition],
    data: Data = None,
    *,
    among: Sequence[str] = (),
    horizon: int = 36,
    ways: Sequence[Way] = ("see", "do"),
    model: Coupled | str | Path | None = None,
    frequency: str | None = None,
    since: date | None = None,
    until: date | None = None,
    config: CoupleConfig | None = None,
    draws: int = 4000,
    seed: int = 1,
    progress: bool = False,
) -> WhatIf:
    """Ask what would become of the tie A-B if other ties went a certain way.

    Parameters
    ----------
    a, b : str
        Anything `quadrille.states.find` resolves.
    conditions : sequence of str or Condition
        Phrases (`quadrille.foresight.PHRASES`) or conditions.
    data, frequency, since, until
        As in `quadrille.relations`.
    among : sequence of str
        Further states of the model, beside those of the tie and of the conditions.
    horizon : int
        Months.
    ways : sequence of {"see", "do", "do at once"}
    model : Coupled or path, optional
        A model at hand, in place of one estimated from ``data``; give one or the other.
    config : CoupleConfig, optional
    draws, seed : int
    progress : bool
        Show a bar on standard error while the model is estimated.

    Raises
    ------
    OptionError, NoDataError, UnknownStateError
    """
    if model is not None and (data is not None or frequency or since or until or among):
        raise OptionError(
            "a model at hand has its data, dates and states already; give --model, or --data, --since, "
            "--until, --frequency and --with"
        )
    made = [parse(c) if isinstance(c, str) else c for c in conditions]
    first, second = states_of((a, b), since, until)
    further = {s for c in made for s in c.tie.split("-")} | {*states_of(among, since, until)}
    states = [first, second, *sorted(further - {first, second})]
    if not made:
        raise OptionError(
            "a scenario needs a condition, such as 'PAK-USA normalises over 24 months'"
        )
    ready = _model(
        model, states, data,
        frequency=frequency, since=since, until=until, config=config, progress=progress,
    )  # fmt: skip
    got = scenario_of(ready, first, second, made, horizon, ways, draws, seed)
    drawn: WhatIf = as_kind(WhatIf, got)
    return drawn


def _rivalries(layers: Sequence[str | Path]) -> Layer | None:
    """The list of rivalries among the layers."""
    if not layers:
        return None
    for path in map(Path, layers):
        if not path.is_file():
            raise FileFormatError(f"{path}: there is no such file; mend --layer")
        if not is_layer(path):
            raise FileFormatError(f"{path}: not a structural file that is known")
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
