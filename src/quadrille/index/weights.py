"""What an index learnt, as numbers in its JSON file, so that later reports are read as the earlier ones were."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from quadrille.errors import FileFormatError
from quadrille.index.anchor import Scale
from quadrille.index.model import Learnt
from quadrille.index.witnesses import Item
from quadrille.kernels.witness import Items

__all__ = ["scales_in", "weights_in", "weights_of"]


def weights_of(learnt: Learnt) -> dict[str, Any]:
    """Loadings, noise, biases and dynamics as lists and numbers; `weights_in` reads them back."""
    plain = {k: np.asarray(v).tolist() for k, v in learnt.items._asdict().items()}
    names = [
        {"name": i.name, "witness": i.witness, "family": i.family, "bias": i.bias, "slope": i.slope, "weight": i.weight}
        for i in learnt.names
    ]  # fmt: skip
    return plain | {"repeats": learnt.repeats.tolist(), "names": names}


def weights_in(meta: Mapping[str, Any], where: object) -> tuple[Learnt, ...]:
    """What an index learnt, by the part of the world that it is used for.

    Parameters
    ----------
    meta : mapping
        As `quadrille.index.shipped.read_meta` reads it.
    where : object
        What a fault is said of.

    Raises
    ------
    FileFormatError
        It has no weights, or they are not as written.
    """
    if not meta.get("weights"):
        raise FileFormatError(
            f"{where}: this index has no weights of its witnesses; build it again: quadrille index build"
        )
    try:
        return tuple(_learnt(w) for w in meta["weights"])
    except (TypeError, KeyError, ValueError, AttributeError):
        raise FileFormatError(
            f"{where}: the weights are not as written; build the index again"
        ) from None


def _learnt(made: Mapping[str, Any]) -> Learnt:
    kinds = {"family": np.int32, "group": np.int32}
    fields: dict[str, Any] = {
        k: made[k] if np.ndim(made[k]) == 0 else np.array(made[k], kinds.get(k, np.float64))
        for k in Items._fields
    }
    names = tuple(Item(**n) for n in made["names"])
    if fields["theta"].shape[0] != len(names):
        raise ValueError
    return Learnt(Items(**fields), np.array(made["repeats"]), names)


def scales_in(meta: Mapping[str, Any], where: object) -> tuple[Scale, ...]:
    """The scales of an index, by part of the world.

    Raises
    ------
    FileFormatError
    """
    try:
        return tuple(Scale(**s) for s in meta["scales"])
    except (TypeError, KeyError):
        raise FileFormatError(f"{where}: it has no scale; build the index again") from None
