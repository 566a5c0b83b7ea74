"""What an index learnt survives its JSON file."""

from __future__ import annotations

import json

import numpy as np
import pytest
from tests.index.test_model import _true

from quadrille.errors import FileFormatError
from quadrille.index.anchor import Scale
from quadrille.index.weights import scales_in, weights_in, weights_of


def test_weights_survive_the_file() -> None:
    made = _true()
    meta = json.loads(json.dumps({"weights": [weights_of(made)]}))
    (back,) = weights_in(meta, "x.json")
    for name, value in made.items._asdict().items():
        got = getattr(back.items, name)
        assert np.asarray(got).dtype == np.asarray(value).dtype
        assert np.array_equal(got, value)
    assert np.array_equal(back.repeats, made.repeats)
    assert back.names == made.names
    scale = Scale(0.1, 2.0, -0.3, 1.0, 0.5)
    assert scales_in({"scales": [scale._asdict()]}, "x.json") == (scale,)


@pytest.mark.parametrize("meta", [{}, {"weights": []}])
def test_an_index_without_weights_is_one_line(meta: dict) -> None:
    with pytest.raises(FileFormatError, match=r"x\.json: this index has no weights of its wit"):
        weights_in(meta, "x.json")


def test_torn_weights_are_one_line() -> None:
    made = weights_of(_true())
    for torn in ({**made, "theta": [[1.0]]}, {**made, "rho": None} | {"names": 3}, {}):
        with pytest.raises(FileFormatError, match=r"the weights are not as written|has no weights"):
            weights_in({"weights": [torn]}, "x.json")
    with pytest.raises(FileFormatError, match="it has no scale"):
        scales_in({}, "x.json")
