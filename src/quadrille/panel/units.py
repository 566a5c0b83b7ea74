"""Units of a facet: the scale of the model, what people are shown of it, and where warm begins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from quadrille.errors import OptionError
from quadrille.kernels.arrays import Array

__all__ = [
    "ACTS_COOPERATION", "COOPERATION", "INDEX", "INDEX_ENGAGEMENT", "MATERIALITY", "Unit", "neutral_level",
]  # fmt: skip

_BOUNDS: dict[str, tuple[float, float]] = {"odds": (-1.0, 1.0), "share": (0.0, 1.0)}


@dataclass(frozen=True, slots=True)
class Unit:
    r"""How values on the model's scale are named, shown and read back.

    Log odds are shown as :math:`\tanh(x/2) \in [-1, 1]`: with C cooperative and F conflictual events
    expected, :math:`(C - F)/(C + F)`; or as the share :math:`1/(1 + e^{-x})`. Every other unit is shown
    as it is.

    Attributes
    ----------
    name : str
        The unit of the model's scale, such as ``log odds of cooperation``.
    label : str
        What shown values are, for axes, tables and sentences, such as ``net cooperation``.
    form : {"odds", "share", "index", "score", "plain"}
        How a value is shown and what its zero means. A word, so that a unit can be written to a file.

    Examples
    --------
    >>> unit = COOPERATION
    >>> unit.label, unit.bounds, round(float(unit.shown(1.0)), 2)
    ('net cooperation', (-1.0, 1.0), 0.46)
    """

    name: str
    label: str
    form: Literal["odds", "share", "index", "score", "plain"] = "plain"

    @property
    def bounds(self) -> tuple[float, float] | None:
        """Open interval of the shown values; None: unbounded."""
        return _BOUNDS.get(self.form)

    @property
    def anchored(self) -> bool:
        """Whether allies and rivals fix the scale, as that of the index of ties."""
        return self.form == "index"

    def shown(self, x: ArrayLike) -> Array:
        """Values of the model's scale as they are shown, of the same shape."""
        values = np.asarray(x, dtype=float)
        if self.bounds is None:
            return values
        net = np.tanh(values / 2)
        return net if self.form == "odds" else np.asarray((1.0 + net) / 2.0)

    def shown_counts(self, plus: ArrayLike, minus: ArrayLike) -> Array:
        """What counts show of themselves: net cooperation or share of the events, NaN where there are none."""
        more, less = np.asarray(plus, dtype=float), np.asarray(minus, dtype=float)
        total = more + less
        share = more / np.where(total > 0, total, np.nan)
        return np.asarray(share if self.form == "share" else 2.0 * share - 1.0)

    def on_scale(self, value: ArrayLike) -> Array:
        """Shown values on the model's scale: the inverse of `shown`.

        Raises
        ------
        OptionError
            A value lies on or outside the bounds.
        """
        values = np.asarray(value, dtype=float)
        if self.bounds is None:
            return values
        low, high = self.bounds
        outside = values[(values <= low) | (values >= high)]
        if outside.size:
            raise OptionError(
                f"{self.label} lies between {low:g} and {high:g}, not at {outside.flat[0]:g}"
            )
        net = values if self.form == "odds" else 2.0 * values - 1.0
        return np.asarray(2.0 * np.arctanh(net))


COOPERATION = Unit("log odds of cooperation", "net cooperation", "odds")
ACTS_COOPERATION = Unit("log odds of cooperation (coded acts)", "net cooperation", "odds")
MATERIALITY = Unit("log odds of a material event", "share of material events", "share")
INDEX = Unit(
    "index of ties: 0 neutral, +1 the median ally, −1 the median rival", "index of ties", "index"
)
INDEX_ENGAGEMENT = Unit("index of ties: engagement", "engagement level")

# Level of cordiality above which a tie is called warm, by kind of panel, on the model's scale. Constants:
# the line moves neither with the last date nor with the dyads at hand. ``benchmarks/neutral.py`` derives
# them, docs/methods/measure.md says what they are and what they are not. Counts: where the dyad-years of
# Thompson and Dreyer's rivals and those of ATOP's defence pacts are equally dense in yearly ICEWS,
# 2002-2010 (194 and 7,691 dyad-years). Scores: where months of rivals begin to be the denser ones, in
# GDELT of 2018. Acts: as much cooperation as conflict, by definition. Index: zero, by the way its scale is anchored.
_NEUTRAL = {"counts": 2.1, "scores": 0.0, "acts": 0.0, "index": 0.0}


def neutral_level(kind: str, facet: str) -> float:
    """Level that separates warm from cold, on the model's scale; the only place that says so.

    Parameters
    ----------
    kind : {"counts", "scores", "acts", "index"}
        Of the panel.
    facet : str
        Of other facets than cordiality it is zero: what attention makes one expect, or as much of the
        one as of the other.

    Examples
    --------
    >>> neutral_level("counts", "cordiality")
    2.1
    """
    return _NEUTRAL[kind] if facet == "cordiality" else 0.0
