"""Who pivots whom: the fit that ships, one triad among all, and what is said where numbers are missing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import combinations
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import t

import quadrille
from quadrille.coupling.evidence import evidence_of, pivots_of
from quadrille.coupling.pooled import CLASSES, Mean, effects_of, pooled_of, world_of_ties
from quadrille.coupling.shipped import pooled_path, read_pooled, shipped_pooled, write_pooled
from quadrille.errors import FileFormatError, NoDataError, OptionError
from quadrille.views.pivots import view


def test_the_fit_that_ships_is_small_and_whole():
    pooled = shipped_pooled()
    assert pooled_path().stat().st_size <= 2_000_000
    assert len(pooled.world.states) > 190
    assert pooled.spread.sum() == pooled.triads
    assert set(pooled.classes) == set(CLASSES)
    assert len(pooled.terms) == pooled.coef[0].size == pooled.cov[1].shape[0]
    for whole, later in pooled.classes.values():
        assert 0 < whole.se < 0.05
        assert 0 < later.se < 0.05


def test_slopes_are_far_outside_those_with_permuted_labels():
    pooled = shipped_pooled()
    placebo = np.array([p.value for p in pooled.placebo])
    assert placebo.size >= 4
    assert np.abs(placebo).max() < 0.05
    friendly = pooled.coef[0][pooled.terms.index("friendly")]
    assert friendly > 5 * np.abs(placebo).max()


def test_a_triad_among_all():
    pooled = shipped_pooled()
    found = evidence_of(pooled, "PAK", "RUS", "USA")
    effects = effects_of(pooled, "PAK")
    j, k = (pooled.world.states.index(s) for s in ("RUS", "USA"))
    assert found.effect == (float(effects.effect[j, k]), float(effects.sd[j, k]))
    assert found.between == "hostile"
    assert found.of_class == pooled.classes["hostile"][0]
    assert not found.missing
    # A shrunken effect lies between what is expected of it and its own record, and is surer than the record.
    assert min(found.like[0], found.own[0]) <= found.effect[0] <= max(found.like[0], found.own[0])
    assert found.effect[1] < found.own[1]
    assert 0 < found.p_substitution < 1
    assert found.verdict.lo < found.effect[0] < found.verdict.hi


def test_bands_of_means_are_those_of_a_t_with_spans_less_one():
    for mean in (*shipped_pooled().mean, *shipped_pooled().classes["hostile"]):
        lo, hi = mean.band
        assert mean.df == 11
        assert hi - lo == pytest.approx(2 * t.ppf(0.95, 11) * mean.se)
        assert mean.verdict.lo == lo
    assert shipped_pooled().classes["hostile"][0].verdict.way == -1
    nothing = Mean(float("nan"), float("nan"), 0, 0)
    assert nothing.verdict.word == "undetermined"


def test_where_a_tie_is_not_observed_the_world_is_still_heard():
    with pytest.raises(NoDataError) as caught:
        quadrille.pivot("PAK", "RUS", on="CHN", data="chronicle", until="1949", quick=True)
    said = str(caught.value)
    assert "observed in at least 3 periods" in said
    for part in (
        "triangles of the index",
        "with moods out, where the other two are",
        "this triad by",
    ):
        assert part in said


@pytest.mark.parametrize(
    ("triad", "lacks"),
    [
        (("PAK", "RUS", "SCO"), "holds no SCO"),
        (("SSD", "RUS", "USA"), "moves in the index, and 20 are needed"),
        (("DDR", "CZE", "RUS"), "moves in the index, and 20 are needed"),
    ],
)
def test_what_is_missing_is_said_and_the_rest_given(triad, lacks):
    found = evidence_of(shipped_pooled(), *triad)
    assert lacks in found.missing
    assert np.isnan(found.effect[0])
    assert np.isfinite(found.world.value)
    assert found.verdict.word == "undetermined"


def test_a_file_gives_back_what_was_written(tmp_path):
    pooled = shipped_pooled()
    again = read_pooled(write_pooled(pooled, tmp_path / "pivots.npz"))
    assert again.terms == pooled.terms
    assert again.classes == pooled.classes
    np.testing.assert_array_equal(again.world.moves.e, pooled.world.moves.e)
    one, two = (effects_of(p, "IND") for p in (pooled, again))
    np.testing.assert_allclose(one.effect, two.effect, atol=1e-6)


def test_broken_files_and_places_have_one_line(tmp_path):
    broken = tmp_path / "pivots.npz"
    broken.write_text("no fit")
    with pytest.raises(FileFormatError, match="holds no pooled pivots"):
        read_pooled(broken)
    older = replace(shipped_pooled(), mean=((0.1, 0.01, 5), (0.1, 0.01, 5)))
    with pytest.raises(FileFormatError, match="of an older version"):
        read_pooled(write_pooled(older, tmp_path / "older.npz"))
    with pytest.raises(NoDataError, match="quadrille index pivots"):
        read_pooled(tmp_path / "none.npz")
    with pytest.raises(OptionError, match="give such a path"):
        write_pooled(shipped_pooled(), tmp_path / "pivots.csv")


def test_a_world_too_small_to_pool_says_how_small():
    with pytest.raises(NoDataError, match=r"5 states and \d+ moves are too few to pool triads"):
        quadrille.pivots(data="chronicle")


TWELVE = ("AUT", "BEL", "CHE", "DEU", "DNK", "ESP", "FIN", "FRA", "GBR", "GRC", "IRL", "PRT")


def _measured(pairs, years=40):
    """A measured world of some ties, all of them hostile."""
    level = np.random.default_rng(3).normal(size=(len(pairs), years)).cumsum(axis=1)
    level -= level.max() + 1.0
    panel = SimpleNamespace(frequency="Y", origin="made", kind="counts")
    return SimpleNamespace(
        states=TWELVE, dyads=np.array(pairs), y=level, mean=level, neutral=0.0, observations=SimpleNamespace(panel=panel),
        periods=tuple(date(1970 + k, 1, 1) for k in range(years)),
    )  # fmt: skip


def test_a_world_without_a_triad_says_so():
    pairs = list(zip(TWELVE[::2], TWELVE[1::2], strict=True))
    with pytest.raises(NoDataError, match=r"^made: no state has 3 ties with 20 moves or more"):
        world_of_ties(_measured(pairs), None, {}, moods=False)
    star = [(TWELVE[0], other) for other in TWELVE[1:]]
    with pytest.raises(NoDataError, match=r"^made: with the moods of states out, no state has 3 ties"):  # fmt: skip
        pooled_of(_measured(star), None, {})


def test_classes_without_a_triad_and_a_state_of_one_partner_have_no_number():
    lone = TWELVE[-1]
    pairs = [p for p in combinations(TWELVE, 2) if lone not in p or TWELVE[0] in p]
    pooled = pooled_of(_measured(pairs), None, {}, placebos=0)
    assert np.isfinite(pooled.classes["hostile"][0].value)
    assert all(np.isnan([*pooled.classes[k][0][:2]]).all() for k in ("neither", "friendly"))
    found = view(pivots_of(pooled, lone))
    assert found.sentences[0].startswith("Among the ties of Portugal there is no triad")
    assert "neither: no such triad; friendly: no such triad" in found.sentences[1]
    assert "0.000 (so" not in found.sentences[1]
    assert found.sentences[2].startswith("Moods left in, the mean over")


def test_ranks_of_one_state():
    found = quadrille.pivots("Pakistan", top=6)
    table = found.to_polars()
    assert table.height == 6
    assert set(table["a"]) == {"PAK"}
    assert (table["effect"] < 0).sum() == 3
    cooled = table.filter(table["effect"] < 0)
    assert cooled["hi90"].is_sorted()
    assert found.considered < found.pooled.triads
    assert [pivots_of(found.pooled, "PAK", top).triads.height for top in (1, 5)] == [1, 5]
    with pytest.raises(NoDataError, match="not among"):
        pivots_of(found.pooled, "ATL")
