"""Places of data that cannot be read are refused in one line, before anything is read."""

import pytest

from quadrille.errors import FileFormatError
from quadrille.measure.world import World


@pytest.mark.parametrize("given", ["data", "layers"])
@pytest.mark.parametrize(("name", "why"), [("nowhere.csv", "No such file"), ("x" * 5_000, "File name too long")])  # fmt: skip
def test_a_place_that_cannot_be_read(tmp_path, given, name, why):
    place = tmp_path / name
    with pytest.raises(FileFormatError, match=rf"cannot be read \({why}.*\); check the path"):
        World(**{given: [place]})
