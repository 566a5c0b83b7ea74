r"""Structural gravity: what explains trade, by Poisson pseudo-maximum likelihood.

.. math:: X_{ijt} = \exp(x_{ijt}'\beta + \pi_{it} + \chi_{jt} + \mu_{ij})\, \epsilon_{ijt}

Exporter-time and importer-time effects absorb size and multilateral resistance, pair effects all that is constant
between two countries, so that an agreement is told from the ties that led to it (Santos Silva & Tenreyro 2006; Baier &
Bergstrand 2007; Yotov et al. 2016). Zeros stay. pyfixest estimates; the specification, the account of every
row, and the correction for the many effects are here.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import polars as pl

from quadrille.economy.change import Effect
from quadrille.economy.panel import KEYS, TradePanel, dropped_rows, with_regressors
from quadrille.errors import NoDataError, NotConvergedError, OptionError
from quadrille.kernels.arrays import Array
from quadrille.kernels.incidental import Correction, net_of_effects, three_way, two_way

__all__ = ["Fit", "Gravity", "agreement_effect", "correction", "fit", "prediction_se"]

_SALES, _BUYS, _PAIR = ("exporter", "year"), ("importer", "year"), ("exporter", "importer")
_NEVER = {
    _SALES: "separated: the exporter sells nothing that year",
    _BUYS: "separated: the importer buys nothing that year",
    _PAIR: "separated: the pair never trades",
}
# More than there are years or states.
_APART = 100_000
_ONLY = "the only row of an exporter's or importer's year, or of a pair"
_ALONE = "separated by the regressors"


@dataclass(frozen=True, slots=True)
class Gravity:
    """What is estimated.

    Attributes
    ----------
    regressors : tuple of str
        As in `quadrille.economy.panel.with_regressors`.
    pairs : {"none", "directed", "symmetric"}
        Effects of pairs: none, one for each direction, or one for both together.
    home : bool
        An effect for what each country sells to itself.
    method : {"ppml", "ols"}
        Poisson pseudo-maximum likelihood of flows, or least squares of their logarithms, without zeros.
    cluster : {"symmetric", "directed"}
        Residuals of which flows may go together: both directions of a pair, or each alone.
    """

    regressors: tuple[str, ...] = ("agreement",)
    pairs: Literal["none", "directed", "symmetric"] = "directed"
    home: bool = False
    method: Literal["ppml", "ols"] = "ppml"
    cluster: Literal["symmetric", "directed"] = "symmetric"


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """An estimated gravity equation; K coefficients.

    Attributes
    ----------
    spec : Gravity
    names : tuple of str, length K
    coef : ndarray, shape (K,)
    cov : ndarray, shape (K, K)
        Clustered by pair, times G/(G - 1) for G clusters, as the *Advanced Guide* prints.
    table : polars.DataFrame
        Rows used: ``exporter, importer, year, value, fitted`` and the regressors.
    dropped : polars.DataFrame
        ``reason, rows``.
    clusters : int
    origin : str
    citations : tuple of str
    """

    spec: Gravity
    names: tuple[str, ...]
    coef: Array
    cov: Array
    table: pl.DataFrame
    dropped: pl.DataFrame
    clusters: int
    origin: str
    citations: tuple[str, ...]

    @property
    def se(self) -> Array:
        """Standard errors, shape (K,)."""
        return np.sqrt(np.diag(self.cov))

    @property
    def n(self) -> int:
        """Rows used."""
        return self.table.height

    def __getitem__(self, name: str) -> tuple[float, float]:
        """Estimate and standard error of a regressor."""
        k = self.names.index(name)
        return float(self.coef[k]), float(self.se[k])


def fit(panel: TradePanel, spec: Gravity | None = None) -> Fit:
    """Estimate a gravity equation.

    Parameters
    ----------
    panel : TradePanel
    spec : Gravity, optional
        Default: the effect of agreements, with effects of directed pairs.

    Raises
    ------
    OptionError
        pyfixest is not installed.
    NoDataError
        Nothing is left to estimate from, or a regressor is not in the data.
    NotConvergedError
        The regressors are not identified, or the iteration did not converge.
    """
    spec = spec or Gravity()
    engine = _pyfixest()
    table, counts = _usable(panel, spec)
    if table.is_empty():
        raise NoDataError(f"trade: of {panel.origin} no row is left to estimate from")
    columns = dict(_effects(table, spec))
    frame = pl.DataFrame(
        {
            "y": table["value"].log() if spec.method == "ols" else table["value"],
            **{f"x{k}": table[n] for k, n in enumerate(spec.regressors)},
            **{f"e{k}": codes for k, codes in enumerate(columns.values())},
            "cluster": _codes(table, spec.cluster),
        }
    )
    terms = " + ".join(f"x{k}" for k in range(len(spec.regressors)))
    effects = " + ".join(f"e{k}" for k in range(len(columns)))
    found = _estimate(engine, spec.method, f"y ~ {terms} | {effects}", frame)
    kept = np.ones(table.height, dtype=bool)
    kept[np.asarray(found.na_index, dtype=int)] = False
    counts[_ALONE] = int((~kept).sum())
    names = tuple(spec.regressors[int(n[1:])] for n in found.coef().index)
    fitted = np.asarray(found.predict(type="response"), dtype=float)
    table = table.filter(pl.Series(kept)).with_columns(
        fitted=pl.Series(np.exp(fitted) if spec.method == "ols" else fitted)
    )
    return Fit(
        spec, names, found.coef().to_numpy(), np.asarray(found._vcov, dtype=float),
        table.select(*KEYS, "value", "fitted", *dict.fromkeys(spec.regressors)),
        pl.concat([panel.dropped, dropped_rows(counts)]),
        int(frame["cluster"].filter(pl.Series(kept)).n_unique()), panel.origin, panel.citations,
    )  # fmt: skip


def correction(found: Fit) -> Correction:
    r"""Bias of the coefficients for want of many countries, and standard errors freed of leverage.

    After Weidner & Zylkin (2021); see `quadrille.kernels.incidental`. Take the bias from the coefficients.

    Raises
    ------
    OptionError
        The equation is none of those with exporter-time and importer-time effects, and effects of
        directed pairs or none, by PPML.
    NotConvergedError
        The regressors are not told from the effects.
    """
    spec = found.spec
    if spec.method != "ppml" or spec.pairs == "symmetric" or spec.home:
        raise OptionError(
            "the correction is known for PPML with effects of directed pairs, or of no pairs and without effects "
            "of own sales; estimate one of these"
        )
    flows, fitted, x, exporter, importer, n = _dense(found)
    of_pairs = three_way if spec.pairs == "directed" else two_way
    cluster = None
    if spec.cluster == "symmetric":
        cluster = np.minimum(exporter, importer) * n + np.maximum(exporter, importer)
    try:
        made = of_pairs(flows, fitted, x, exporter, importer, n, cluster)
    except np.linalg.LinAlgError:
        raise NotConvergedError(
            f"trade: {', '.join(found.names)} cannot be told from the effects; leave some out"
        ) from None
    few = found.clusters / (found.clusters - 1.0)
    return made._replace(cov=made.cov * few, corrected=made.corrected * few)


def agreement_effect(panel: TradePanel) -> Effect:
    """What an agreement adds to the log of trade, from ties before and after one, freed of bias.

    Raises
    ------
    OptionError, NoDataError, NotConvergedError
        As of `fit`.
    """
    found = fit(panel, Gravity(("agreement",), "directed"))
    made = correction(found)
    value, se = found["agreement"]
    corrected = float(np.sqrt(made.corrected[0, 0]))
    return Effect(
        value - float(made.bias[0]),
        corrected,
        (value, se),
        f"estimated from {found.origin}",
        found.n,
    )


def prediction_se(found: Fit) -> pl.DataFrame:
    """Standard error of the log of each fitted flow, for want of knowing the coefficients, shape as `Fit.table`.

    The effects answer to the coefficients, so that sums by exporter and importer stay. Of an equation without
    effects of pairs.

    Returns
    -------
    polars.DataFrame
        ``exporter, importer, year, log_se``.
    """
    _, fitted, x, exporter, importer, n = _dense(found)
    net = net_of_effects(fitted, x, exporter, importer, n)
    se = np.sqrt(np.einsum("ptk,kl,ptl->pt", net, found.cov, net))
    table = found.table.sort(KEYS)
    return table.select(*KEYS, log_se=pl.Series(se[fitted > 0]))


def _dense(found: Fit) -> tuple[Array, Array, Array, Any, Any, int]:
    """The rows used as pairs by periods: flows, fit, regressors, exporter, importer, countries."""
    table = found.table.sort(KEYS)
    states = sorted({*table["exporter"], *table["importer"]})
    place = {s: k for k, s in enumerate(states)}
    pairs = table.select(_PAIR).unique(maintain_order=True).with_row_index("p")
    years = table["year"].unique().sort()
    p = table.join(pairs, on=_PAIR, how="left", maintain_order="left")["p"].to_numpy()
    t = np.searchsorted(years.to_numpy(), table["year"].to_numpy())
    shape = (pairs.height, len(years))
    flows, fitted, x = np.zeros(shape), np.zeros(shape), np.zeros((*shape, len(found.names)))
    flows[p, t], fitted[p, t] = table["value"].to_numpy(), table["fitted"].to_numpy()
    x[p, t] = table.select(found.names).to_numpy()
    ends = [np.array([place[s] for s in pairs[end]], dtype=np.intp) for end in _PAIR]
    return flows, fitted, x, ends[0], ends[1], len(states)


def _usable(panel: TradePanel, spec: Gravity) -> tuple[pl.DataFrame, dict[str, int]]:
    """Rows with every regressor, in groups that trade; and how many were dropped, by reason."""
    table = with_regressors(panel.data, spec.regressors)
    counts: dict[str, int] = {}
    for name in dict.fromkeys(spec.regressors):
        known = table.filter(pl.col(name).is_not_null())
        counts[f"{name} is not known"] = table.height - known.height
        table = known
    if spec.method == "ols":
        positive = table.filter(pl.col("value") > 0)
        return positive, {**counts, "the flow is zero": table.height - positive.height}
    ends = zip((_SALES, _BUYS), ("exporter", "importer"), strict=True)
    groups = {why: _number(pl.col(end)) * _APART + pl.col("year") for why, end in ends}
    table = table.with_columns(code.alias(f"_{k}") for k, code in enumerate(groups.values()))
    reasons = list(groups)
    if spec.pairs != "none":
        table = table.with_columns(_codes(table, spec.pairs).alias("_2"))
        reasons.append(_PAIR)
    while True:
        before = table.height
        for k, group in enumerate(reasons):
            kept = table.filter(pl.col("value").sum().over(f"_{k}") > 0)
            why = _NEVER[group]
            counts[why] = counts.get(why, 0) + table.height - kept.height
            # A row that is alone in its group is fitted by the group's effect, whatever it holds.
            table = kept.filter(pl.len().over(f"_{k}") > 1)
            counts[_ONLY] = counts.get(_ONLY, 0) + kept.height - table.height
        if table.height == before:
            return table.drop(f"_{k}" for k in range(len(reasons))), counts


def _number(state: pl.Expr) -> pl.Expr:
    """A number for each state: strings are slow to group by."""
    return state.cast(pl.Categorical).to_physical().cast(pl.Int64)


def _codes(table: pl.DataFrame, how: str) -> pl.Series:
    """A number for each pair, directed or not."""
    ends = [pl.col("exporter"), pl.col("importer")]
    if how == "symmetric":
        ends = [pl.min_horizontal(*ends), pl.max_horizontal(*ends)]
    one, two = (_number(end) for end in ends)
    return table.select(code=one * _APART + two)["code"]


def _effects(table: pl.DataFrame, spec: Gravity) -> Iterator[tuple[str, pl.Series]]:
    """Names of the effects and the group of every row."""
    for end in ("exporter", "importer"):
        both = _number(pl.col(end)) * _APART + pl.col("year")
        yield f"{end}-time", table.select(code=both)["code"]
    if spec.pairs != "none":
        yield "pair", _codes(table, spec.pairs)
    if spec.home:
        own = pl.when(pl.col("exporter") == pl.col("importer")).then(_number(pl.col("exporter")))
        yield "own sales", table.select(code=own.fill_null(-1))["code"]


def _estimate(engine: Any, method: str, formula: str, frame: pl.DataFrame) -> Any:
    """What pyfixest makes of it, its warnings and complaints in our words."""
    how = {
        "vcov": {"CRV1": "cluster"}, "ssc": engine.ssc(k_adj=False), "fixef_rm": "none",
        "copy_data": False, "store_data": False,
    }  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = (engine.feols if method == "ols" else engine.fepois)(
                formula, data=frame.to_pandas(), **how
            )
        except Exception as why:
            raise NotConvergedError(
                f"trade: the gravity equation could not be estimated ({' '.join(str(why).split())[:120]}); "
                "leave regressors out, or give more years"
            ) from None
    left = len(found.coef())
    wanted = formula.split("|")[0].count("x")
    if left < wanted:
        raise NotConvergedError(
            f"trade: {wanted - left} of {wanted} regressors cannot be told from the effects; leave them out"
        )
    return found


def _pyfixest() -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pyfixest
    except ImportError:
        raise OptionError(
            "gravity needs pyfixest; install it: pip install 'quadrille[economy]'"
        ) from None
    return pyfixest
