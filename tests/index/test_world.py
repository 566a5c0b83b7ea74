"""The index as data of a World: nothing is fitted, and what it says is what it holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest
from witnessed import write_small

from quadrille.errors import NoDataError, OptionError
from quadrille.kernels.ar1 import smooth_paths
from quadrille.measure import model, posterior
from quadrille.measure.world import World


@pytest.fixture
def unfitted(monkeypatch):
    """Fitting is an error."""

    def refuse(*args, **kwargs):
        raise AssertionError("something is fitted")

    monkeypatch.setattr(model, "weighted_draws", refuse)
    monkeypatch.setattr(posterior, "weighted_draws", refuse)
    monkeypatch.setattr(model, "measure", refuse)


def own(frame, a, b):
    return frame.filter(state_a=a, state_b=b)


def test_by_name_and_by_path_it_is_the_same(shipped):
    assert World("index").panel.cells.equals(World(shipped).panel.cells)
    assert World("index").panel.kind == "index"
    assert World("index").origin == "index"


def test_a_measurement_is_the_index_itself(world, frame, unfitted):
    m = world.measurement()
    assert (m.neutral, m.observations.facet, len(m.dyads)) == (0.0, "cordiality", 10)
    row = m.row("JPN", "KOR")
    np.testing.assert_allclose(m.mean[row], own(frame, "JPN", "KOR")["valence"], atol=6e-4)
    np.testing.assert_allclose(m.sd[row], own(frame, "JPN", "KOR")["sd"], atol=6e-4)
    engaged = world.measurement("engagement")
    np.testing.assert_allclose(engaged.mean[row], own(frame, "JPN", "KOR")["engagement"], atol=6e-3)


def test_a_smoother_with_its_dynamics_gives_the_index_back(world):
    m = world.measurement()
    how = world.panel.dynamics["cordiality"]
    one, own = np.ones(len(m.dyads)), np.exp(m.theta[:, 1])
    assert (own >= how.innovation * (1 - 1e-9)).all()
    back = smooth_paths(m.y, m.s2, how.mean * one, how.persistence * one, own)
    given = ~np.isnan(m.y)
    np.testing.assert_allclose(back.mean[given], m.mean[given], atol=1e-8)
    np.testing.assert_allclose(np.sqrt(back.var[given]), m.sd[given], atol=5e-3)


def test_the_ties_asked_about_are_enough(world):
    few = world.measurement(among=("JPN", "KOR"))
    assert [tuple(d) for d in few.dyads] == [("JPN", "KOR")]
    row = world.measurement().row("JPN", "KOR")
    np.testing.assert_allclose(few.mean[0], world.measurement().mean[row])
    np.testing.assert_allclose(few.y[0], world.measurement().y[row])


def test_an_answer_does_not_depend_on_what_was_asked_before(tmp_path):
    write_small(tmp_path / "index.parquet")
    asks = (
        lambda w: w.dance(["DDR", "DZA", "CHN"]),
        lambda w: w.triangle("DDR", "DZA", "CHN"),
        lambda w: w.relation("CHN", "DZA"),
    )
    asked = World(tmp_path / "index.parquet")
    asked.relations()
    for ask in asks:
        assert str(ask(asked)) == str(ask(World(tmp_path / "index.parquet")))


def test_a_relation_repeats_mean_and_deviation(world, frame, unfitted):
    tie = world.relation("South Korea", "Japan")
    table, held = tie.to_polars(), own(frame, "JPN", "KOR")
    np.testing.assert_allclose(table["mean"], held["valence"], atol=6e-4)
    np.testing.assert_allclose(table["median"], held["valence"], atol=2e-2)
    np.testing.assert_allclose(table["sd"], held["sd"], atol=6e-4)
    assert table["observed"].null_count() == table.height
    assert tie.moves is None
    assert tie.diagnostics.trusted
    assert "nothing is fitted" in tie.diagnostics.line()
    assert tie.draws.shape == (1000, 51)
    assert np.array_equal(tie.draws, world.relation("Japan", "KOR").draws)


def test_its_place_is_counted(world, frame):
    place = world.relation("JPN", "KOR").place
    last = frame.filter(year=2000)
    level = own(last, "JPN", "KOR")["valence"][0]
    assert place.ties == 10
    assert place.world[1] == pytest.approx(100 * (last["valence"] < level).mean())
    assert place.world[0] <= place.world[1] <= place.world[2]
    draws = world.relation("JPN", "KOR").draws
    lower = 100 * (draws[:, :-1] < draws[:, [-1]]).mean(axis=1)
    assert place.own == pytest.approx(np.quantile(lower, (0.05, 0.5, 0.95)))
    assert place.years == 51
    assert place.before.since == date(1995, 1, 1)
    five = own(frame, "JPN", "KOR").filter(year=1995)["valence"][0]
    assert place.before.by[1] == pytest.approx(level - five, abs=0.05)
    contact = own(last, "JPN", "KOR")["engagement"][0]
    assert place.engagement[1] == pytest.approx(100 * (last["engagement"] < contact).mean())
    half = 1.6448536 * own(last, "JPN", "KOR")["engagement_sd"][0]
    above = 100 * (last["engagement"] < contact + half).mean()
    assert place.engagement[2] == pytest.approx(above)
    assert (
        place.path.select("percentile_lo90", "percentile", "percentile_hi90").row(-1) == place.world
    )
    assert place.path.height == 51
    assert place.turn is None or place.turn.since < place.period


def test_a_place_that_its_band_leaves_open_is_not_known(world):
    tie = world.relation("JPN", "KOR")
    known = replace(tie, place=replace(tie.place, world=(30.0, 40.0, 50.0))).view()
    assert known.sentences[1].startswith("It is colder than 60% of the world's 10 ties in 2000")
    open_ = replace(tie.place, world=(2.0, 23.0, 91.0), engagement=(1.0, 50.0, 99.0))
    view = replace(tie, place=open_).view()
    assert view.sentences[1].startswith(
        "Its place among the world's 10 ties in 2000 is not known (percentile 23, 90% band 2 to 91); it is "
    )
    assert view.sentences[3].startswith(
        "Whether the two have more to do with each other than most is not known"
    )
    assert "A percentile whose 90% band covers more than 80 of 100 is not known." in view.notes
    wide = open_.path.with_columns(percentile_lo90=pl.lit(0.0), percentile_hi90=pl.lit(100.0))
    made = replace(tie, place=replace(open_, path=wide)).view()
    assert "percentile" not in made.grids[-1].heads


def test_a_beginning_anywhere_in_the_record_is_hardly_known(world):
    tie = world.relation("JPN", "KOR")
    began = np.linspace(0, 50, 1000).astype(int)
    draws = np.where(np.arange(51) >= began[:, None], -1.0, 1.0)
    said = replace(tie, draws=draws).view().sentences[0]
    hardly = "since 1975, though that is hardly known (90% interval 1952 to 1997)"
    assert f"cold with probability > 0.99, {hardly}" in said


def test_time_is_cut_as_in_any_data(world, index_file):
    tie = World(index_file, since="1960", until="1980").relation("JPN", "KOR")
    assert (tie.periods[0].year, tie.periods[-1].year) == (1960, 1980)
    assert tie.place.period.year == 1980
    with pytest.raises(OptionError, match="index comes by Y"):
        World(index_file, frequency="Q").relation("JPN", "KOR")
    with pytest.raises(NoDataError, match="this index has no months"):
        World(index_file, frequency="M").relation("JPN", "KOR")


def test_other_facets_and_states_are_refused(world):
    with pytest.raises(OptionError, match="can show cordiality, engagement"):
        world.relation("JPN", "KOR", facet="materiality")
    with pytest.raises(NoDataError, match="Peru is not among the 5 states of these data"):
        world.relation("JPN", "Peru")


def test_engagement_is_a_facet_without_a_place(world):
    tie = world.relation("JPN", "KOR", facet="engagement")
    assert tie.place is None
    assert "engagement" in tie.view().sentences[0]


def test_a_state_beyond_the_chronicle_is_looked_up_in_the_index(shipped, caplog):
    caplog.set_level("INFO", "quadrille")
    tie = World().relation("Japan", "United States")
    assert tie.origin == "index"
    assert "Japan is not in the chronicle; answered from the index of ties" in caplog.text
    assert World("chronicle").about("JPN", "KOR").origin == "chronicle"
    with pytest.raises(
        NoDataError, match=r"Japan is not among the 5 states of these data \(chronicle\)"
    ):
        World("chronicle").relation("Japan", "United States")


def test_two_of_the_chronicles_states_show_both(shipped, run_command):
    tie = World(until="1999").relation("China", "United States")
    assert tie.origin == "chronicle"
    assert tie.place.period == date(1999, 1, 1)
    said = tie.view().sentences
    assert said[1].startswith("In the index of ties China–United States is at ")
    assert "of the world's 10 ties in 1999" in said[1]
    for data in ([], ["--data", "chronicle"]):
        code, out, _ = run_command("relation", "CHN", "USA", "--until", "1999", *data)
        assert code == 0
        assert "In the index of ties China–United States is at" in out


@pytest.mark.parametrize(
    ("data", "embedded"),
    [
        (None, True), ("chronicle", True), (["chronicle"], True), (("chronicle",), True), ("index", False),
        (["chronicle", "index"], False),
    ],
)  # fmt: skip
def test_the_embedded_chronicle_is_known_by_its_name(data, embedded, shipped):
    assert World(data).embedded is embedded


def test_without_an_index_the_chronicle_answers_alone(missing):
    tie = World().relation("China", "United States")
    assert tie.place is None
    with pytest.raises(NoDataError, match="not among the 5 states"):
        World().relation("Japan", "United States")


def test_an_index_is_given_alone(index_file, shipped):
    for data in (["index", "chronicle"], [str(index_file), str(index_file)]):
        with pytest.raises(OptionError, match="alone"):
            _ = World(data).source


def test_the_command_says_what_it_reads(shipped, run_command):
    code, out, err = run_command("relation", "Japan", "South Korea", "--data", "index")
    assert code == 0
    assert err == (
        "index: 430 estimates from 10 ties, version test, 1950-01-01 to 2000-01-01, 5 states\n"
    )
    assert "Japan–South Korea in 2000: " in out
    code, _, err = run_command("relation", "Japan", "South Korea")
    assert code == 0
    assert (
        err
        == "quadrille: Japan and South Korea are not in the chronicle; answered from the index of ties\n"
    )
