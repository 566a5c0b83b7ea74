r"""Facets of a relation: one observed number per dyad and period, with its sampling variance.

With C cooperative and F conflictual events and N = C + F:

- *cordiality*: C events of N, counts as they are; the model measures their log odds
  (`quadrille.measure.counts`). Where N = 0 there is no observation. The empirical logit
  :math:`\log\frac{C + 1/2}{F + 1/2}` is not used: where events are few it is biased, and its variance
  is made of the counts that it is to weigh.
- *engagement* :math:`y = \log\frac{N + 1/2}{E + 1/2}` with E the count expected from how much each
  of the two is in the news that period, and :math:`s^2 = \operatorname{Var} \log(N + 1/2)` for N
  Poisson with the dyad's usual share of E, see `attention_variance`. A recorded zero is an
  observation here; a missing row is not.
- *hostility*, the same with F in place of N, for sources that hold the conflict side only.
- *materiality*: material events of N, likewise.

Hand-coded acts are single observations of cordiality, see `act_reading`; scored panels have a
variance model of their own, see `score_reading`. An index is measured already: what stands for its
estimates are observations that a smoother turns back into them, see `quadrille.kernels.pseudo`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quadrille.errors import NoDataError, OptionError
from quadrille.kernels.margins import expected_counts
from quadrille.panel.build import QUADS, Panel
from quadrille.panel.levels import Levels, levels_of
from quadrille.panel.units import (
    ACTS_COOPERATION,
    COOPERATION,
    INDEX,
    INDEX_ENGAGEMENT,
    MATERIALITY,
    Unit,
    neutral_level,
)

__all__ = [
    "FACETS",
    "Observations",
    "against_margins",
    "attention_variance",
    "default_facet",
    "facet",
    "index_observations",
]

# An observation of an index with a variance so many times the posterior's says nothing of its period.
_WEAKEST = 90.0
FACETS = ("cordiality", "engagement", "hostility", "materiality")
_KEY = ("state_a", "state_b", "period")


@dataclass(frozen=True, slots=True)
class Observations:
    """What the measurement model sees.

    Attributes
    ----------
    facet : str
    unit : Unit
        Of ``y``.
    phi_min : float
        Smallest noise scale the model may fit: 1 where ``s2`` is a Poisson variance, else 0.
    data : polars.DataFrame
        ``state_a, state_b, period``, and what was observed. Of counted facets ``plus, minus``: events of
        the kind that the log odds are of, and the others, with ``n`` their sum. Of others
        ``y, s2, n, repeats, scatter``: a normal observation and its variance, ``n`` events behind it
        (null: not known); ``repeats`` and ``scatter`` describe pooled acts (else 0).
    panel : Panel
        Where they come from.
    """

    facet: str
    unit: Unit
    phi_min: float
    data: pl.DataFrame
    panel: Panel

    @property
    def counted(self) -> bool:
        """Whether these are counts, not normal observations."""
        return "plus" in self.data.columns

    @property
    def neutral(self) -> float:
        """Level above which a tie is called warm, see `quadrille.panel.units.neutral_level`."""
        return neutral_level(self.panel.kind, self.facet)


def _known(panel: Panel, columns: tuple[str, ...]) -> pl.DataFrame:
    return panel.cells.filter(pl.all_horizontal(pl.col(c).is_not_null() for c in columns))


def _finish(data: pl.DataFrame) -> pl.DataFrame:
    zeros = [pl.lit(0.0).alias(c) for c in ("repeats", "scatter") if c not in data.columns]
    return data.with_columns(*zeros).select(*_KEY, "y", "s2", "n", "repeats", "scatter").sort(*_KEY)


def _counted(panel: Panel, plus: tuple[str, str], minus: tuple[str, str]) -> pl.DataFrame:
    """Events of two quad classes, and of the other two."""
    made = _known(panel, QUADS).select(
        *_KEY, plus=pl.sum_horizontal(*plus), minus=pl.sum_horizontal(*minus)
    )
    total = pl.col("plus") + pl.col("minus")
    return made.with_columns(n=total).filter(pl.col("n") > 0).sort(*_KEY)


def _count_cordiality(panel: Panel) -> Observations:
    data = _counted(panel, ("verbal_coop", "material_coop"), ("verbal_conf", "material_conf"))
    return Observations("cordiality", COOPERATION, 1.0, data, panel)


def _materiality(panel: Panel) -> Observations:
    data = _counted(panel, ("material_coop", "material_conf"), ("verbal_coop", "verbal_conf"))
    return Observations("materiality", MATERIALITY, 1.0, data, panel)


def against_margins(
    data: pl.DataFrame, by: str = "period", tolerance: float = 1e-8
) -> pl.DataFrame:
    """Add ``expected``, what the margins of each period lead one to expect.

    Parameters
    ----------
    data : polars.DataFrame
        ``state_a, state_b, n`` and the column ``by``, which says when.
    by : str
    tolerance : float
        As in `quadrille.kernels.margins.expected_counts`.
    """
    states = pl.concat([data["state_a"], data["state_b"]]).unique().sort()
    index = pl.DataFrame({"state": states}).with_row_index("i")
    coded = data.join(index, left_on="state_a", right_on="state").join(
        index, left_on="state_b", right_on="state", suffix="_b"
    )
    parts = []
    for part in coded.partition_by(by):
        first, second = (part[c].to_numpy().astype(np.intp) for c in ("i", "i_b"))
        fit = expected_counts(first, second, part["n"].to_numpy(), states.len(), tolerance)
        parts.append(part.with_columns(expected=pl.Series(fit)))
    return pl.concat(parts).drop("i", "i_b")


@cache
def _variance_table() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    rate = np.logspace(-4, 3, 141)
    count = np.arange(1500)
    log_factorial = np.array([math.lgamma(n + 1.0) for n in range(1500)])
    probability = np.exp(count * np.log(rate[:, None]) - rate[:, None] - log_factorial)
    value = np.log(count + 0.5)
    mean = probability @ value
    return np.log(rate), np.log(np.maximum(probability @ value**2 - mean**2, 1e-300))


def attention_variance(rate: NDArray[np.float64]) -> NDArray[np.float64]:
    r"""Exact variance of :math:`\log(N + 1/2)` for Poisson N, any shape of rates.

    The usual :math:`1/(N + 1/2)` is right for many events and twenty times too large for the
    dyads seen once in ten periods, whose recorded zeros would then count for nothing; and a
    variance that falls as N rises pulls every mean upwards. The rate, not the count, sets it here.
    Rates below 1e-3 are treated as 1e-3, so that no observation is ever exact.
    """
    at, value = _variance_table()
    return np.asarray(np.exp(np.interp(np.log(np.maximum(rate, 1e-3)), at, value)))


def _attention(panel: Panel, name: str, columns: tuple[str, ...], unit: str) -> Observations:
    known = _known(panel, columns).with_columns(n=pl.sum_horizontal(*columns))
    if known.is_empty():
        raise NoDataError(f"{panel.origin}: nothing to measure {name} from")
    usual = (pl.col("n").sum() + 0.5) / (pl.col("expected").sum() + 0.5)
    data = against_margins(known).with_columns(
        y=((pl.col("n") + 0.5) / (pl.col("expected") + 0.5)).log(),
        rate=usual.over("state_a", "state_b") * pl.col("expected"),
    )
    data = data.with_columns(s2=pl.Series(attention_variance(data["rate"].to_numpy())))
    return Observations(name, Unit(unit, f"{name} (log ratio)"), 1.0, _finish(data), panel)


def _engagement(panel: Panel) -> Observations:
    return _attention(panel, "engagement", QUADS, "log of observed over expected events")


def _hostility(panel: Panel) -> Observations:
    unit = "log of observed over expected conflict events"
    return _attention(panel, "hostility", ("verbal_conf", "material_conf"), unit)


def act_reading(goldstein: pl.Expr, certainty: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    r"""One hand-coded act as an observation of cordiality on the log-odds scale.

    With :math:`g` the Goldstein weight in [-10, 10]: :math:`y = 2 \operatorname{artanh}(0.9 g/10)`,
    so that :math:`\tanh(y/2) = 0.09 g`; :math:`s^2 = \frac{4}{c\,(1/2 + |g|/10)}` with c the coder's
    certainty in (0, 1]. A certain act of full weight is as informative as a single counted event
    (:math:`1/1.5 + 1/0.5 = 8/3`), a routine one a third of it. Only the ratios matter: the scale
    :math:`\varphi` of each dyad is estimated.
    """
    y = 2.0 * (0.09 * goldstein).arctanh()
    s2 = 4.0 / (certainty * (0.5 + goldstein.abs() / 10.0))
    return y, s2


def _act_cordiality(panel: Panel) -> Observations:
    y, s2 = act_reading(pl.col("goldstein"), pl.col("certainty"))
    weight = 1.0 / pl.col("s2")
    pooled = (pl.col("y") * weight).sum() / weight.sum()
    data = (
        panel.cells.with_columns(y=y, s2=s2)
        .group_by(_KEY)
        .agg(
            y=pooled,
            s2=1.0 / weight.sum(),
            n=pl.len().cast(pl.Float64),
            repeats=pl.len().cast(pl.Float64) - 1.0,
            scatter=(weight * (pl.col("y") - pooled) ** 2).sum(),
        )
    )
    return Observations("cordiality", ACTS_COOPERATION, 0.0, _finish(data), panel)


def score_reading(panel: Panel) -> Observations:
    r"""Cordiality from sums of event weights without counts.

    A month's score is a sum over an unknown number of events: it grows with coverage, its tails
    are heavy and its noise grows with its size. :math:`y = \operatorname{arsinh}(S/\kappa)` with
    :math:`\kappa` the median |S| of the panel is linear for a few events and logarithmic for many,
    which makes both the coverage and the noise multiplicative; then a constant noise per dyad,
    :math:`s^2 = 1` with the dyad's :math:`\varphi_d` estimated (its prior mean moves with the
    dyad's usual |S|), is a fair description. The sign is valence; the size mixes valence with
    coverage, which sums alone cannot separate.
    """
    size = panel.cells.select(pl.col("score").abs().median()).item()
    if not size:
        raise NoDataError(f"{panel.origin}: every score is zero; nothing to measure")
    data = panel.cells.with_columns(
        y=(pl.col("score") / size).arcsinh(), s2=pl.lit(1.0), n=pl.lit(None, pl.Float64)
    )
    unit = Unit(f"arsinh(score / {size:.3g})", "cordiality score (arsinh)", "score")
    return Observations("cordiality", unit, 0.0, _finish(data), panel)


def index_observations(panel: Panel, name: str, levels: Levels) -> Observations:
    """Observations that stand for the estimates of an index; those that hardly weigh are left out."""
    sd = levels.sd
    row, col = np.nonzero(levels.got.s2 < _WEAKEST * np.nan_to_num(sd) ** 2)
    data = pl.DataFrame(
        {
            "state_a": levels.dyads[row, 0], "state_b": levels.dyads[row, 1],
            "period": pl.Series(np.array(levels.periods, "datetime64[D]")[col]),
            "y": levels.got.y[row, col], "s2": levels.got.s2[row, col],
        }
    ).with_columns(n=pl.lit(None, pl.Float64))  # fmt: skip
    unit = INDEX if name == "cordiality" else INDEX_ENGAGEMENT
    return Observations(name, unit, 0.0, _finish(data), panel)


def _index_facet(name: str) -> Callable[[Panel], Observations]:
    return lambda panel: index_observations(panel, name, levels_of(panel, name))


_BY_KIND: dict[str, dict[str, Callable[[Panel], Observations]]] = {
    "counts": {
        "cordiality": _count_cordiality,
        "engagement": _engagement,
        "hostility": _hostility,
        "materiality": _materiality,
    },
    "acts": {"cordiality": _act_cordiality},
    "scores": {"cordiality": score_reading},
    "index": {f: _index_facet(f) for f in ("cordiality", "engagement")},
}


def _one_sided(panel: Panel) -> bool:
    """Only the conflict side is known."""
    return panel.kind == "counts" and panel.cells["verbal_coop"].null_count() == panel.cells.height


def default_facet(panel: Panel) -> str:
    """Cordiality, or hostility where the source holds the conflict side only."""
    return "hostility" if _one_sided(panel) else "cordiality"


def facet(panel: Panel, name: str | None = None) -> Observations:
    """Observations of one facet.

    Raises
    ------
    OptionError
        The facet is unknown, or these data cannot show it (the message says which they can).
    NoDataError
        No dyad has an observation.
    """
    name = name or default_facet(panel)
    if name not in FACETS:
        raise OptionError(f"unknown facet {name!r}; use one of {', '.join(FACETS)}")
    offered = _BY_KIND[panel.kind]
    names = ["hostility"] if _one_sided(panel) else list(offered)
    if name not in names:
        raise OptionError(f"{panel.origin} cannot show {name}; it can show {', '.join(names)}")
    made = offered[name](panel)
    if made.data.is_empty():
        raise NoDataError(f"{panel.origin}: no dyad has an observation of {name}")
    return made
