"""Draws of a coupled model: arrays by name, each axis with a name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from quadrille.kernels.arrays import Array

__all__ = ["Posterior", "Variable"]


class Variable(NamedTuple):
    """An array and the names of its axes, in order."""

    dims: tuple[str, ...]
    values: Array


@dataclass(frozen=True, slots=True, eq=False)
class Posterior(Mapping[str, Array]):
    """A read-only mapping from a name to an array.

    Attributes
    ----------
    variables : mapping of str to Variable
        An axis of one name is of one length in every variable.
    """

    variables: Mapping[str, Variable]

    def __getitem__(self, name: str) -> Array:
        return self.variables[name].values

    def __iter__(self) -> Iterator[str]:
        return iter(self.variables)

    def __len__(self) -> int:
        return len(self.variables)

    def __eq__(self, other: object) -> bool:
        """Same names, axes and numbers."""
        if not isinstance(other, Posterior):
            return NotImplemented
        return self.dims == other.dims and all(np.array_equal(self[k], other[k]) for k in self)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        sizes = ", ".join(f"{name} {size}" for name, size in self.sizes.items())
        return f"<Posterior of {', '.join(self)}; {sizes}>"

    @property
    def dims(self) -> dict[str, tuple[str, ...]]:
        """Names of the axes of every variable."""
        return {name: variable.dims for name, variable in self.variables.items()}

    @property
    def sizes(self) -> dict[str, int]:
        """Length of every axis."""
        return {
            dim: size
            for dims, values in self.variables.values()
            for dim, size in zip(dims, values.shape, strict=True)
        }
