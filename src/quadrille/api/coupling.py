"""Ties together, from Python: name the states, point at the data, get typed results."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress as Bar

from quadrille.api.data import Data, as_kind, panel_of, states_of
from quadrille.brief.figures_coupling import (
    connectedness_figure,
    hold_figure,
    pivot_figure,
    responses_figure,
)
from quadrille.coupling import model as models
from quadrille.coupling import pivot as pivots
from quadrille.coupling import responses as told
from quadrille.coupling.model import CoupleConfig
from quadrille.coupling.result import Connectedness, Coupled, Pivot, Responses, RollingPivot
from quadrille.measure.model import measure
from quadrille.measure.result import Measurement
from quadrille.panel.facets import facet

__all__ = [
    "ConnectednessReading",
    "HoldReading",
    "PivotReading",
    "ResponsesReading",
    "connectedness",
    "couple",
    "load_coupled",
    "pivot",
    "pivot_over_time",
    "responses",
]


@dataclass(frozen=True, slots=True)
class PivotReading(Pivot):
    """A pivot's reading that can draw itself; fields as in `quadrille.coupling.Pivot`."""

    def plot(self) -> Any:
        """An Altair chart: cumulative response, placebos, variance shares."""
        return pivot_figure(self)


@dataclass(frozen=True, slots=True)
class ConnectednessReading(Connectedness):
    """A table that can draw itself; fields as in `quadrille.coupling.Connectedness`."""

    def plot(self) -> Any:
        """An Altair chart: who gives how much to whom."""
        return connectedness_figure(self)


@dataclass(frozen=True, slots=True)
class ResponsesReading(Responses):
    """Responses that can draw themselves; fields as in `quadrille.coupling.Responses`."""

    def plot(self, dyad: str) -> Any:
        """An Altair chart: what moves one tie."""
        return responses_figure(self, dyad)


@dataclass(frozen=True, slots=True)
class HoldReading(RollingPivot):
    """A hold over time that can draw itself; fields as in `quadrille.coupling.Hold`."""

    def plot(self) -> Any:
        """An Altair chart: the response, window by window."""
        return hold_figure(self)


@contextmanager
def _bar(what: str, shown: bool) -> Iterator[models.Progress | None]:
    """A progress bar on standard error, where that is a terminal."""
    if not shown or not sys.stderr.isatty():
        yield None
        return
    with Bar(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _measured(
    data: Data,
    facet_name: str | None,
    frequency: str | None,
    since: date | None,
    until: date | None,
) -> Measurement:
    panel = panel_of(data, frequency, since, until)
    return measure(facet(panel, facet_name))


def couple(
    states: Sequence[str],
    data: Data = None,
    *,
    facet_name: str | None = None,
    frequency: str | None = None,
    since: date | None = None,
    until: date | None = None,
    config: CoupleConfig | None = None,
    progress: bool = False,
) -> Coupled:
    """Estimate all ties among the states in one model.

    Parameters
    ----------
    states : sequence of str
        Anything `quadrille.states.find` resolves.
    data, facet_name, frequency, since, until
        As in `quadrille.relations`.
    config : CoupleConfig, optional
    progress : bool
        Show a bar on standard error. Ctrl-C stops early and keeps the draws made so far.

    Examples
    --------
    >>> quick = CoupleConfig(chains=2, draws=100, warmup=100, thin=1)
    >>> model = couple(["Pakistan", "Russia", "United States"], config=quick)
    >>> model.dyads
    ('PAK-RUS', 'PAK-USA', 'RUS-USA')
    """
    codes = states_of(states, since, until)
    m = _measured(data, facet_name, frequency, since, until)
    with _bar("coupling", progress) as report:
        return models.coupled_of(codes, m, config, report)


def load_coupled(path: str | Path) -> Coupled:
    """Read a model that `Coupled.save` or ``quadrille couple`` wrote."""
    return Coupled.load(path)


def responses(
    model: Coupled, horizon: int | None = None, order: Sequence[str] = ()
) -> ResponsesReading:
    """Impulse responses, see `quadrille.coupling.responses.responses_of`."""
    made: ResponsesReading = as_kind(ResponsesReading, told.responses_of(model, horizon, order))
    return made


def connectedness(
    model: Coupled, horizon: int | None = None, order: Sequence[str] = ()
) -> ConnectednessReading:
    """Connectedness table, see `quadrille.coupling.connectedness`."""
    made: ConnectednessReading = as_kind(
        ConnectednessReading, told.connectedness_of(model, horizon, order)
    )
    return made


def pivot(
    a: str,
    b: str,
    on: str,
    data: Data = None,
    *,
    among: Sequence[str] = (),
    horizon: int | None = None,
    facet_name: str | None = None,
    frequency: str | None = None,
    since: date | None = None,
    until: date | None = None,
    config: CoupleConfig | None = None,
    quick: bool = False,
    progress: bool = False,
) -> PivotReading:
    """Ask whether the tie ``a``-``on`` moves the tie ``a``-``b``.

    Parameters
    ----------
    a, b, on, among : str
        Anything `quadrille.states.find` resolves; ``among``: further states of the model.
    data, facet_name, frequency, since, until
        As in `quadrille.relations`.
    horizon, config, quick
        As in `quadrille.coupling.pivot`.
    progress : bool
        Show a bar on standard error.
    """
    first, second, third, *rest = states_of((a, b, on, *among), since, until)
    m = _measured(data, facet_name, frequency, since, until)
    with _bar("placebos", progress) as report:
        got = pivots.pivot_of(
            m, first, second, third,
            among=rest, horizon=horizon, config=config, quick=quick, progress=report,
        )  # fmt: skip
    made: PivotReading = as_kind(PivotReading, got)
    return made


def pivot_over_time(
    a: str,
    b: str,
    on: str,
    data: Data = None,
    *,
    width: int | None = None,
    horizon: int | None = None,
    facet_name: str | None = None,
    frequency: str | None = None,
    since: date | None = None,
    until: date | None = None,
    config: CoupleConfig | None = None,
) -> HoldReading:
    """How the pivot's hold grew or faded, in rolling windows; see `quadrille.coupling.hold`."""
    first, second, third = states_of((a, b, on), since, until)
    m = _measured(data, facet_name, frequency, since, until)
    got = pivots.rolling_pivot_of(
        m, first, second, third, width=width, horizon=horizon, config=config
    )
    made: HoldReading = as_kind(HoldReading, got)
    return made
