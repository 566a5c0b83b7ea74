"""Units of a facet: the scale of the model, and what people are shown of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from quadrille.errors import OptionError
from quadrille.kernels.arrays import Array

__all__ = ["ACTS_COOPERATION", "COOPERATION", "Unit"]


@dataclass(frozen=True, slots=True)
class Unit:
    r"""How values on the model's scale are named, shown and read back.

    Log odds are shown as :math:`\tanh(x/2) \in [-1, 1]`: with C cooperative and F conflictual events
    expected, :math:`(C - F)/(C + F)`. Every other unit is shown as it is.

    Attributes
    ----------
    name : str
        The unit of the model's scale, such as ``log odds of cooperation``.
    label : str
        What shown values are, for axes, tables and sentences, such as ``net cooperation``.
    form : {"odds", "plain"}
        How a value is shown. A word, so that a unit can be written to a file.

    Examples
    --------
    >>> unit = COOPERATION
    >>> unit.label, unit.bounds, round(float(unit.shown(1.0)), 2)
    ('net cooperation', (-1.0, 1.0), 0.46)
    """

    name: str
    label: str
    form: Literal["odds", "plain"] = "plain"

    @property
    def bounds(self) -> tuple[float, float] | None:
        """Open interval of the shown values; None: unbounded."""
        return (-1.0, 1.0) if self.form == "odds" else None

    def shown(self, x: ArrayLike) -> Array:
        """Values of the model's scale as they are shown, of the same shape."""
        values = np.asarray(x, dtype=float)
        return np.tanh(values / 2) if self.form == "odds" else values

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
        return np.asarray(2.0 * np.arctanh(values))


COOPERATION = Unit("log odds of cooperation", "net cooperation", "odds")
ACTS_COOPERATION = Unit("log odds of cooperation (coded acts)", "net cooperation", "odds")
