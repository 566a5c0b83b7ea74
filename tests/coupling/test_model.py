"""The labelled model: shapes, reproducibility, interruption, files, bad input."""

from __future__ import annotations

import os
import sys
from dataclasses import replace

import h5py
import numpy as np
import pytest
import xarray as xr

from quadrille.coupling.model import CoupleConfig, _groups, coupled_of, log_predictive, ties_of
from quadrille.coupling.result import Coupled
from quadrille.errors import FileFormatError, InputError, NoDataError, OptionError, SameStateError
from quadrille.measure.model import measure
from quadrille.panel.build import build
from quadrille.panel.facets import facet
from quadrille.sources.formats import read_table


def test_axes_are_named_and_labelled(model):
    assert model.states == ("IND", "PAK", "RUS", "USA")
    assert model.dyads == ("IND-PAK", "IND-RUS", "IND-USA", "PAK-RUS", "PAK-USA", "RUS-USA")
    post = model.posterior
    assert post.dims["A"] == ("chain", "draw", "lag", "dyad", "dyad_from")
    assert post.dims["Sigma"] == ("chain", "draw", "dyad", "dyad_from")
    assert post.dims["x"] == ("chain", "draw", "dyad", "time")
    assert post["x"].shape == (2, 60, 6, len(model.periods))
    assert model.y.shape == model.s2.shape == model.n.shape == (6, len(model.periods))
    assert not any(np.isnan(v).any() for v in post.values())


def test_the_intercept_belongs_to_the_long_run_mean(model):
    d = model.stacked()
    want = d.mu - np.einsum("slij,sj->si", d.A, d.mu)
    np.testing.assert_allclose(d.c, want, rtol=1e-12, atol=1e-12)


def test_every_draw_is_stationary(model):
    d = model.stacked()
    assert np.abs(np.linalg.eigvals(d.A[:, 0])).max() < 1
    assert np.linalg.eigvalsh(d.Sigma).min() > 0


def test_what_is_stacked_can_be_thinned(model):
    assert model.stacked(7).x.shape[0] == 7
    np.testing.assert_array_equal(model.stacked(7).mu[-1], model.stacked().mu[-1])


def test_same_seed_same_draws_on_any_number_of_cores(measured, tiny, monkeypatch):
    states = ["PAK", "RUS", "USA"]
    one = coupled_of(states, measured, tiny)
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    assert one.posterior == coupled_of(states, measured, tiny).posterior
    other = coupled_of(states, measured, replace(tiny, seed=2)).posterior
    assert not np.allclose(one.posterior["mu"], other["mu"])


def test_order_of_states_does_not_matter(measured, tiny):
    one, two = (
        coupled_of(s, measured, tiny) for s in (["PAK", "RUS", "USA"], ["USA", "PAK", "RUS"])
    )
    assert one.posterior == two.posterior
    assert one.dyads == two.dyads


def test_groups_follow_shared_states():
    got = _groups(["A-B", "A-C", "C-D"])
    np.testing.assert_array_equal(got, [[0, 1, 2], [1, 0, 1], [2, 1, 0]])


def test_what_is_saved_is_read_back(model, tmp_path):
    model.save(tmp_path / "m.nc")
    got = Coupled.load(tmp_path / "m.nc")
    assert got.posterior == model.posterior
    for name in ("states", "dyads", "periods", "neutral", "diagnostics", "provenance", "unit"):
        assert getattr(got, name) == getattr(model, name), name
    np.testing.assert_array_equal(got.y, model.y)


def test_files_that_are_none(tmp_path, model):
    with pytest.raises(OptionError, match=r"\.nc"):
        model.save(tmp_path / "m.xyz")
    with pytest.raises(InputError, match=r"cannot write there \(No such file or directory\)"):
        model.save(tmp_path / "no folder" / "m.nc")
    (tmp_path / "bad.nc").write_text("not a model")
    for name in ("bad.nc", "none.nc"):
        with pytest.raises(FileFormatError, match="cannot be read"):
            Coupled.load(tmp_path / name)


def test_files_cut_short_or_altered_are_one_line(tmp_path, model):
    model.save(tmp_path / "m.nc")
    whole = (tmp_path / "m.nc").read_bytes()
    place = tmp_path / "broken.nc"
    rng = np.random.default_rng(1)
    kept = [whole[: len(whole) * k // 20] for k in range(20)]
    kept += [whole[:i] + rng.bytes(64) + whole[i + 64 :] for i in rng.integers(0, 40_000, 40)]
    for content in kept:
        place.write_bytes(content)
        try:
            Coupled.load(place)  # where only numbers changed
        except FileFormatError as why:
            assert "\n" not in str(why)
            assert "synchronously" not in str(why)


@pytest.mark.parametrize(
    "change",
    [
        lambda f: f.attrs.__delitem__("quadrille"),
        lambda f: f.attrs.__setitem__("quadrille", "{}"),
        lambda f: f.attrs.__setitem__("quadrille", "[1]"),
        lambda f: f.attrs.__setitem__("quadrille", '{"format": 99}'),
        lambda f: f.__delitem__("A"),
        lambda f: f.__delitem__("data_y"),
        lambda f: f.__delitem__("dyad"),
        lambda f: f.create_group("more"),
        lambda f: f["x"].dims[0].detach_scale(f["chain"]),
        lambda f: (f.move("mu", "other"), f.move("x", "mu")),
    ],
)
def test_files_that_hold_something_else(tmp_path, model, change):
    model.save(tmp_path / "m.nc")
    with h5py.File(tmp_path / "m.nc", "a") as file:
        change(file)
    with pytest.raises(FileFormatError, match=r"cannot be read as a coupled model \("):
        Coupled.load(tmp_path / "m.nc")


def test_the_file_is_netcdf_for_others(tmp_path, model):
    model.save(tmp_path / "m.nc")
    with xr.open_dataset(tmp_path / "m.nc", engine="h5netcdf") as theirs:
        data = theirs.load()
    ours = model.to_xarray()
    assert data.sizes == {**ours.sizes}
    assert tuple(data["dyad"].to_numpy()) == tuple(data["dyad_from"].to_numpy()) == model.dyads
    assert [str(t)[:10] for t in data["time"].to_numpy()] == [str(p) for p in model.periods]
    for name, values in model.posterior.items():
        assert data[name].dims == ours[name].dims == model.posterior.dims[name]
        np.testing.assert_array_equal(data[name].to_numpy(), values)
        np.testing.assert_array_equal(ours[name].to_numpy(), values)
    np.testing.assert_array_equal(data["data_y"].to_numpy(), model.y)


def test_without_xarray_one_line_says_how_to_get_it(model, monkeypatch):
    monkeypatch.setitem(sys.modules, "xarray", None)
    with pytest.raises(OptionError, match="pip install xarray"):
        model.to_xarray()


def test_ctrl_c_keeps_the_draws_made_so_far(measured):
    def interrupt(done, total):
        if done >= 400:
            raise KeyboardInterrupt

    config = CoupleConfig(chains=2, draws=200_000, warmup=50, thin=1)
    got = coupled_of(["PAK", "RUS", "USA"], measured, config, interrupt)
    made = got.diagnostics.draws
    assert 50 <= made < 200_000
    assert got.posterior.sizes["draw"] == made
    assert not np.isnan(got.posterior["x"]).any()
    assert "stopped early, 200000 asked for" in got.diagnostics.line()


def test_ctrl_c_before_there_is_anything(measured, tiny):
    def interrupt(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        coupled_of(["PAK", "RUS", "USA"], measured, replace(tiny, warmup=10_000), interrupt)


def test_too_few_draws_say_so(model):
    assert not model.diagnostics.trusted
    assert model.diagnostics.line().startswith("NOT RELIABLE: 2 chains × 60 draws, R-hat up to ")


def test_table_has_a_row_a_tie_and_period(model):
    table = model.to_polars()
    assert table.height == 6 * len(model.periods)
    assert table["p_warm"].is_between(0, 1).all()
    assert (table["lo90"] <= table["median"]).all()


@pytest.mark.parametrize(
    ("states", "config", "error", "match"),
    [
        (["PAK", "PAK"], {}, SameStateError, "two different"),
        (["PAK"], {}, SameStateError, "two different"),
        (["PAK", "RUS", "FRA"], {}, NoDataError, "France is not among"),
        (["PAK", "RUS"], {"draws": 10}, OptionError, "at least 50"),
        (["PAK", "RUS"], {"lags": 0}, OptionError, "at least 1"),
        (["PAK", "RUS"], {"lags": 90}, OptionError, "too few for 90 lags"),
        (["PAK", "RUS"], {"prior": "flat"}, OptionError, "network, world, minnesota"),
        (["PAK", "RUS"], {"volatility": "wild"}, OptionError, "constant, moving"),
    ],
)
def test_bad_input(measured, states, config, error, match):
    with pytest.raises(error, match=match):
        coupled_of(states, measured, CoupleConfig(**config))


def test_a_tie_not_in_the_model(model):
    with pytest.raises(NoDataError, match="CHN-PAK: not among the ties"):
        model.index("PAK", "CHN")


def test_ties_hardly_seen_are_left_out(measured):
    y = measured.y.copy()
    row = measured.row("RUS", "USA")
    y[row, 2:] = np.nan
    ties = ties_of(("PAK", "RUS", "USA"), replace(measured, y=y))
    assert ties.labels == ("PAK-RUS", "PAK-USA")
    assert ties.left_out == ("RUS-USA",)


def test_other_priors_and_moving_volatility(measured, tiny):
    config = replace(tiny, prior="minnesota", volatility="moving", lags=2)
    got = coupled_of(["PAK", "RUS", "USA", "IND"], measured, config)
    assert (got.posterior["lambda_disjoint"] == 1).all()
    assert got.posterior.dims["h"] == ("chain", "draw", "time")
    assert got.lags == 2


def test_predictive_likelihood(measured, tiny):
    states = ["PAK", "RUS", "USA"]
    value, error = log_predictive(states, measured, 5, tiny)
    seen = np.sum(~np.isnan(measured.y[ties_of(states, measured).rows, -5:]))
    assert -5.0 * seen < value < 0.0  # between very unlikely and as dense as one nat an observation
    assert 0 <= error < 2
    with pytest.raises(OptionError, match="last is 0"):
        log_predictive(states, measured, 0, tiny)
    with pytest.raises(OptionError, match="constant"):
        log_predictive(states, measured, 5, replace(tiny, volatility="moving"))


@pytest.mark.slow
@pytest.mark.parametrize("source", ["icews_yearly", "gdelt_monthly_score"])
@pytest.mark.parametrize("n", [5, 10])
def test_real_data_converge(data_dir, source, n):
    """R-hat below 1.01 and more than 400 effective draws for every reported quantity."""
    file = next((data_dir / source).glob("*.parquet"))
    m = measure(facet(build(read_table(file))))
    # Turkey is not in the ICEWS file.
    last = "FRA" if source == "icews_yearly" else "TUR"
    states = ["PAK", "RUS", "IND", "USA", "CHN", "GBR", "IRN", "SAU", "AFG", last][:n]
    got = coupled_of(states, m, CoupleConfig(thin=20 if n == 5 else 50))
    print(got.diagnostics.line())
    assert got.diagnostics.trusted
