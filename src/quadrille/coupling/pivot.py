"""The pivot: does the tie A-C move the tie A-B, more than ties with other states do."""

from __future__ import annotations

import os
import zlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from quadrille.arguments import Progress
from quadrille.coupling.effects import Pivot, Placebo, RollingPivot
from quadrille.coupling.model import QUICK, CoupleConfig, coupled_of, ties_of, world_of
from quadrille.coupling.responses import HORIZONS, response_draws
from quadrille.coupling.result import Coupled
from quadrille.errors import NoDataError, OptionError, SameStateError
from quadrille.kernels.arrays import Array
from quadrille.kernels.compiled import first_time
from quadrille.kernels.constants import BAND
from quadrille.kernels.coupled import draw_prior, keep_room, sweeps
from quadrille.kernels.diagnose import convergence
from quadrille.kernels.dynamics import World
from quadrille.kernels.responses import generalised_responses, moving_average, savage_dickey
from quadrille.measure.dealings import dealings
from quadrille.measure.result import Measurement

__all__ = ["SMALL", "pivot_of", "rolling_pivot_of", "third_states", "with_company"]

_COMPANY = 5
_PRIOR_DRAWS, _QUICK_PRIOR_DRAWS = 4000, 1000
_SHARE_SEEN = 0.75
_QUICK_PLACEBOS = 30
SMALL = CoupleConfig(chains=2, draws=500, warmup=500, thin=4)
_QUICK_SMALL = replace(SMALL, draws=300, warmup=150, thin=1, most=1500)


class _Triad(NamedTuple):
    """Cumulative responses of A-B to A-C, ``(chain, draw)``, in the model of three states."""

    response: Array
    trusted: bool


def _cumulative(coef: Array, sigma: Array, horizon: int, to: int, of: int) -> Array:
    """Cumulative generalised response of ``to`` to ``of``, shape (draw,)."""
    draws, n, m = coef.shape
    a = coef.reshape(draws, n, m // n, n).swapaxes(1, 2)
    got = generalised_responses(moving_average(a, horizon), sigma)
    return np.asarray(got[:, :, to, of].sum(axis=1))


def _triad_of(world: World, config: CoupleConfig, horizon: int, to: int, of: int, entropy: Sequence[int]) -> _Triad:  # fmt: skip
    """Fit one small model in this thread; its seed depends on the states only."""
    runs = []
    for seed in np.random.SeedSequence(list(entropy)).spawn(config.chains):
        rng = np.random.default_rng(seed)
        chain = draw_prior(world, config.lags, rng)
        sweeps(world, chain, keep_room(chain, 0), 0, config.warmup, 1, rng)
        runs.append((chain, rng))
    rounds: list[Array] = []
    while True:
        chains = []
        for chain, rng in runs:
            kept = keep_room(chain, config.draws)
            sweeps(world, chain, kept, 0, config.draws, config.thin, rng)
            chains.append(_cumulative(kept.coef, kept.Sigma, horizon, to, of))
        rounds.append(np.stack(chains))
        response = np.concatenate(rounds, axis=1)
        got = convergence(response[None])
        trusted = bool(got.rhat[0] < 1.05 and got.ess_bulk[0] > 100)
        if trusted or response.shape[1] + config.draws > config.most:
            return _Triad(response, trusted)


def _label(a: str, b: str) -> str:
    return "-".join(sorted((a, b)))


def _triad(m: Measurement, a: str, b: str, c: str, config: CoupleConfig, horizon: int) -> _Triad:
    ties = ties_of((a, b, c), m)
    to, of = ties.labels.index(_label(a, b)), ties.labels.index(_label(a, c))
    entropy = (config.seed, zlib.crc32(c.encode()))
    return _triad_of(world_of(m, ties, config), config, horizon, to, of, entropy)


def _volume(m: Measurement) -> Array:
    """What third states are ranked by, shape (dyad,): log volume of events, or what stands for it."""
    if m.observations.panel.kind == "index":
        return dealings(m)
    return np.asarray(np.nansum(np.where(np.isnan(m.n), np.abs(m.y), np.log1p(m.n)), axis=1))


def third_states(m: Measurement, a: str, b: str, on: str | None = None) -> list[str]:
    """Third states to compare with, those with most to do with A and B first.

    A state qualifies if its ties with A and with B were each observed in at least three quarters
    as many periods as those of the named pivot, so that like is compared with like (without a pivot,
    in at least three); it ranks by
    the smaller of its two ties' log volume of events.
    """
    where = {(str(x), str(y)): i for i, (x, y) in enumerate(m.dyads)}
    seen = np.sum(~np.isnan(m.y), axis=1)
    weight = _volume(m)

    def rows(third: str) -> list[int]:
        pairs = (tuple(sorted((third, s))) for s in (a, b))
        return [where[p] for p in pairs if p in where]

    need = _SHARE_SEEN * min((int(seen[i]) for i in rows(on)), default=0) if on else 0.0
    others = sorted({str(s) for s in m.dyads.ravel()} - {a, b, str(on)})
    fit = [s for s in others if len(rows(s)) == 2 and min(seen[rows(s)]) >= max(need, 3)]
    return sorted(fit, key=lambda s: (-float(min(weight[rows(s)])), s))


def with_company(m: Measurement, a: str, b: str, on: str, among: Sequence[str] = ()) -> list[str]:
    """The states of the model: the three, and those given or the two that have most to do with A and B."""
    others = list(among) or third_states(m, a, b, on)[: _COMPANY - 3]
    return list(dict.fromkeys((a, b, on, *others)))


def _all_triads(m: Measurement, a: str, b: str, thirds: Sequence[str], config: CoupleConfig, horizon: int, progress: Progress | None) -> list[Placebo]:  # fmt: skip
    out = []
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        waiting = [pool.submit(_triad, m, a, b, c, config, horizon) for c in thirds]
        try:
            for c, job in zip(thirds, waiting, strict=True):
                got = job.result()
                mean, sd = float(got.response.mean()), float(got.response.std())
                negative = float((got.response < 0).mean())
                out.append(Placebo(c, mean, sd, mean / sd, negative, got.trusted))
                if progress:
                    progress(len(out), len(thirds))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return out


def _prior_responses(world: World, config: CoupleConfig, draws: int, horizon: int, to: int, of: int) -> Array:  # fmt: skip
    rng = np.random.default_rng([config.seed, 7])
    short = world._replace(y=world.y[: config.lags + 1])
    drawn = [draw_prior(short, config.lags, rng) for _ in range(draws)]
    coef, sigma = np.stack([d.coef for d in drawn]), np.stack([d.Sigma for d in drawn])
    return _cumulative(coef, sigma, horizon, to, of)


def _shares(model: Coupled, shares: Array, to: int, of: int) -> tuple[tuple[tuple[str, tuple[float, float, float]], ...], float]:  # fmt: skip
    """Share of each tie in the variance of ``to`` (summing to one), and P(``of`` leads the third)."""
    table = shares[:, to] / shares[:, to].sum(axis=1, keepdims=True)
    band = np.quantile(table, BAND, axis=0)
    order = np.argsort(-band[1])
    rows = tuple(
        (model.dyads[i], (float(band[0, i]), float(band[1, i]), float(band[2, i]))) for i in order
    )
    third = np.delete(table, [to, of], axis=1)
    leads = float((table[:, of] > third.max(axis=1)).mean()) if third.shape[1] else 1.0
    return rows, leads


def _require_ties(m: Measurement, a: str, b: str, on: str) -> None:
    """Both ties of A observed, else an error that says which is not, and who has the rest."""
    needed = ties_of((a, b, on), m).labels
    lacking = [x for x in (_label(a, b), _label(a, on)) if x not in needed]
    if not lacking:
        return
    rest = f"pivots of {a} has its other ties"
    if m.observations.panel.kind != "index":
        rest = f"data='index' may have it, and {rest}"
    raise NoDataError(
        f"{m.observations.panel.origin}: {' and '.join(lacking)} {'were' if lacking[1:] else 'was'} observed in fewer than 3 "
        f"periods, so that this triad has no number; {rest}"
    )


def pivot_of(
    m: Measurement,
    a: str,
    b: str,
    on: str,
    *,
    among: Sequence[str] = (),
    company: Measurement | None = None,
    horizon: int | None = None,
    config: CoupleConfig | None = None,
    quick: bool = False,
    progress: Progress | None = None,
) -> Pivot:
    """Put the pivot question.

    Parameters
    ----------
    m : Measurement
        Every dyad of A and of B: those with third states are the placebos.
    a, b, on : str
        ISO3; does the tie ``a``-``on`` move the tie ``a``-``b``?
    among : sequence of str
        Further states of the model; by default the two that have most to do with both.
    company : Measurement, optional
        Every dyad among the states of the model; ``m`` where it holds them.
    horizon : int, optional
        Periods over which the response is summed; as in `responses_of`.
    config : CoupleConfig, optional
    quick : bool
        Fewer sweeps and at most 30 placebos; ``left_out`` says so.
    progress : callable, optional
        Called with placebos done and placebos in all.

    Raises
    ------
    SameStateError, NoDataError, OptionError
    """
    if len({a, b, on}) < 3:
        raise SameStateError(f"{a} {b} {on}: a pivot question needs three different states")
    _require_ties(m, a, b, on)
    if horizon is not None and horizon < 1:
        raise OptionError(f"horizon is {horizon}; it must be at least 1")
    steps = horizon or HORIZONS[m.observations.panel.frequency]
    thirds = third_states(m, a, b, on)
    big = config or (QUICK if quick else CoupleConfig())
    states = with_company(m, a, b, on, among)
    inside = company or m
    model = coupled_of(states, inside, big)
    if model.diagnostics.draws < big.draws:  # Ctrl-C: a pivot's answer needs its placebos too
        raise KeyboardInterrupt
    to, of = model.index(a, b), model.index(a, on)
    responses, shares, _ = response_draws(model, steps)
    sums = responses[:, :, to, of].cumsum(axis=1)
    world = world_of(inside, ties_of(states, inside), big)
    prior_draws = _QUICK_PRIOR_DRAWS if quick else _PRIOR_DRAWS
    prior = _prior_responses(world, big, prior_draws, steps, to, of)
    ranked, dominant = _shares(model, shares, to, of)

    compared = thirds[:_QUICK_PLACEBOS] if quick else thirds
    small = _QUICK_SMALL if quick else SMALL
    small = replace(small, lags=big.lags, seed=big.seed, prior=big.prior, decay=big.decay)
    placebos = _all_triads(m, a, b, [on, *compared], small, steps, progress)
    named, rest = placebos[0], sorted(placebos[1:], key=lambda p: -abs(p.z))
    rank = 1 + sum(abs(p.z) >= abs(named.z) for p in rest)
    skipped = len(thirds) - len(compared)
    swept = f"most of the sweeps ({big.chains} chains of {model.diagnostics.draws:,} draws)"
    left_out = [swept] if quick else []
    left_out += [f"{skipped} of {len(thirds)} placebos"] if skipped else []
    sd = np.sqrt(model.posterior["Sigma"][:, :, of, of])
    return Pivot(
        a, b, on, model.dyads[to], model.dyads[of], steps, model.frequency, model.unit,
        model.origin, (model.periods[0], model.periods[-1]), float(np.median(sd)),
        np.quantile(sums, BAND, axis=0), sums[:, -1],
        savage_dickey(sums[:, -1], prior), ranked, dominant,
        (named, *rest), rank / len(placebos), model, tuple(left_out),
    )  # fmt: skip


@first_time("the coupled sampler", 25)
def rolling_pivot_of(
    m: Measurement,
    a: str,
    b: str,
    on: str,
    *,
    width: int | None = None,
    step: int | None = None,
    horizon: int | None = None,
    config: CoupleConfig | None = None,
) -> RollingPivot:
    """How the pivot's effect on the tie changed: the model of the three states in rolling windows.

    Rolling windows rather than drifting coefficients: with one noisy number a period and tie, a
    random walk for each coefficient is hardly told from its prior, while a window is the same
    model with less data, and says so by its band. Windows overlap, so neighbours are not
    independent; first and last do not overlap where ``width`` is at most half of the span.

    Parameters
    ----------
    m, a, b, on, horizon, config
        As in `pivot_of`.
    width, step : int, optional
        Periods in a window, by default 40% of the span, and between the starts of two windows, by
        default a quarter of the width.

    Raises
    ------
    SameStateError, NoDataError, OptionError
    """
    if len({a, b, on}) < 3:
        raise SameStateError(f"{a} {b} {on}: a pivot question needs three different states")
    config = config or SMALL
    ties = ties_of((a, b, on), m)
    world = world_of(m, ties, config)
    periods = m.periods[ties.columns]
    total = len(periods)
    width = width or max(int(0.4 * total), 8)
    step = step or max(width // 4, 1)
    if not 8 <= width <= total or step < 1:
        raise OptionError(
            f"a window of {width} and a step of {step} do not fit {total} periods; give a width "
            f"of 8 to {total} and a step of at least 1"
        )
    to, of = ties.labels.index(_label(a, b)), ties.labels.index(_label(a, on))
    steps = horizon or HORIZONS[m.observations.panel.frequency]
    starts = list(range(0, total - width + 1, step))
    if starts[-1] + width < total:
        starts.append(total - width)

    def one(start: int) -> _Triad:
        cut = slice(start, start + width)
        part = world._replace(y=world.y[cut], s2=world.s2[cut])
        return _triad_of(part, config, steps, to, of, (config.seed, start))

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        got = list(pool.map(one, starts))
    flat = np.stack([g.response.ravel() for g in got])
    lo, mid, hi = np.quantile(flat, BAND, axis=1)
    return RollingPivot(
        a, b, on, tuple(periods[s] for s in starts), tuple(periods[s + width - 1] for s in starts),
        lo, mid, hi, (flat < 0).mean(axis=1), np.array([g.trusted for g in got]),
        m.observations.panel.frequency, m.observations.panel.origin, m.observations.unit, steps,
        float((np.abs(flat[-1]) > np.abs(flat[0])).mean()),
    )  # fmt: skip
