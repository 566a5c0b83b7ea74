"""The names that `import quadrille` promises."""

from __future__ import annotations

import quadrille
from quadrille import errors


def test_public_names_are_these():
    assert quadrille.__all__ == [
        "Brief",
        "CoupleConfig",
        "Coupled",
        "Diagnostics",
        "InputError",
        "Measurement",
        "Observations",
        "Panel",
        "QuadrilleError",
        "Relation",
        "State",
        "Table",
        "Tie",
        "TrackRecord",
        "TriangleReading",
        "analogues",
        "backtest",
        "connectedness",
        "couple",
        "dance",
        "episodes",
        "find",
        "load",
        "make_brief",
        "pivot",
        "relation",
        "relations",
        "synchrony",
        "triads",
        "triangle",
        "whatif",
    ]
    assert all(hasattr(quadrille, name) for name in quadrille.__all__)


def test_every_error_is_in_the_tree():
    for name in errors.__all__:
        assert issubclass(getattr(errors, name), errors.QuadrilleError)
        assert name in errors.__doc__
