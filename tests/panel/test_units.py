import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quadrille.errors import OptionError
from quadrille.panel.units import ACTS_COOPERATION, COOPERATION, Unit

SCORE = Unit("arsinh(score / 8.41)", "cordiality score (arsinh)")


@given(st.floats(-15, 15))
def test_what_is_shown_reads_back(x):
    for unit in (COOPERATION, ACTS_COOPERATION, SCORE):
        assert float(unit.on_scale(unit.shown(x))) == pytest.approx(x, abs=1e-6)  # tanh saturates


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_log_odds_are_shown_as_the_net_share(coop, conf):
    with np.errstate(divide="ignore"):
        x = np.log(np.float64(coop) / conf)
    assert float(COOPERATION.shown(x)) == pytest.approx((coop - conf) / (coop + conf), abs=1e-12)


def test_scores_are_shown_as_they_are_and_have_no_bounds():
    assert SCORE.bounds is None
    assert SCORE.shown([-3.0, 2.5]).tolist() == [-3.0, 2.5]
    assert float(SCORE.on_scale(7.0)) == 7.0


@pytest.mark.parametrize("value", [1.0, -1.0, 3.0])
def test_a_level_outside_the_bounds_is_one_clear_line(value):
    with pytest.raises(OptionError, match="net cooperation lies between -1 and 1, not at"):
        COOPERATION.on_scale([0.0, value])
