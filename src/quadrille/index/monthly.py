r"""The index by months: the weights of the years, on a grid of months where a witness speaks by months.

A dyad has one cell a year until the first year in which a monthly witness (events, scores, dated acts) reports on it, and one
a month from that January on, in one chain (`quadrille.kernels.unequal`). Yearly reports lie in December. A dispute lies in the months in
which it was live, where a layer has them, in equal parts.

Twelve months tell as much as their year:

- the size of a negative binomial is a twelfth: twelve months of :math:`\mathrm{NB}(\mu / 12, r / 12)` sum to :math:`\mathrm{NB}(\mu, r)`;
- n events of a month are worth what they are as part of the N of the last twelve, :math:`n / N^\tau`, since a story
  that repeats itself does not end with the month;
- what a score's noise has beyond that of its months counts twelve times in one month, the noise of acts as many times as months of the last twelve hold any.

Where a yearly and a monthly extraction of one producer report the same of a year, each has half its weight.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import polars as pl
from scipy.special import ndtr

from quadrille.index.anchor import Scale, on_scale
from quadrille.index.build import part_in
from quadrille.index.model import Learnt, repetition
from quadrille.index.witnesses import panel_reports, structural_reports, world
from quadrille.kernels.arrays import Array
from quadrille.kernels.unequal import Begin, Ints, Passed, run, steps_of
from quadrille.kernels.witness import COUNT, NORMAL, Items, Posterior, Reports
from quadrille.panel.build import Panel
from quadrille.sources.layers.layer import Layer

__all__ = [
    "AGAIN",
    "MONTH",
    "Laid",
    "as_month",
    "begun_from",
    "go_on",
    "lay",
    "month_of",
    "reported",
    "speaking",
]

# Months that an update smooths again.
AGAIN = 6
MONTH = pl.col("period").dt.year() * 12 + pl.col("period").dt.month().cast(pl.Int32) - 1
_DYAD = ("state_a", "state_b")
_STAGES = ("dispute", "force", "war")
_SCHEMA = {
    "state_a": pl.String, "state_b": pl.String, "at": pl.Int32, "item": pl.String, "y": pl.Float64, "offset": pl.Float64,
    "own": pl.Boolean, "part": pl.Float64, "events": pl.Float64, "months": pl.Float64,
}  # fmt: skip


class Laid(NamedTuple):
    """Ties by months, and what it takes to go on.

    Attributes
    ----------
    ties : polars.DataFrame
        ``state_a, state_b, year, month`` and the columns of `quadrille.index.anchor.Tie`.
    states : polars.DataFrame
        ``state_a, state_b, at`` (a month, see `month_of`), ``mean, cov`` of states and biases at its end given what came up to then;
        of ``cov`` the lower triangle by rows.
    rows : int
        Reports that were used.
    spoken : int
        Ties with a report in the new months.
    """

    ties: pl.DataFrame
    states: pl.DataFrame
    rows: int
    spoken: int


def month_of(year: int, month: int) -> int:
    """Number of a month: those since the year 0."""
    return year * 12 + month - 1


def as_month(at: int) -> str:
    """A month as YYYY-MM."""
    return f"{at // 12}-{at % 12 + 1:02}"


# ---------------------------------------------------------------- what witnesses report


def _live(layers: Iterable[Layer]) -> pl.DataFrame | None:
    """Months of disputes, where a layer has them."""
    found = [
        x.data.filter("dispute").select(*_DYAD, "year", "month")
        for x in layers
        if x.role == "disputes" and {"month", "dispute"} <= set(x.data.columns)
    ]
    if not found:
        return None
    live = pl.concat(found).unique().cast({"year": pl.Int32, "month": pl.Int32})
    return live.with_columns(parts=pl.len().over(*_DYAD, "year"))


def _placed(rows: pl.DataFrame, layers: Iterable[Layer], by_month: pl.DataFrame) -> pl.DataFrame:
    """Yearly reports in December, disputes in their months where the dyad has months."""
    rows = rows.with_columns(at=pl.col("year") * 12 + 11)
    live = _live(layers)
    if live is None:
        return rows.drop("year").with_columns(part=pl.lit(1.0))
    stage = pl.col("item").is_in(_STAGES)
    rows = rows.join(by_month, on=_DYAD, how="left", maintain_order="left")
    splits = stage & (pl.col("y") > 0) | (pl.col("item").is_in(_STAGES[1:]))
    splits &= (pl.col("year") >= pl.col("first")).fill_null(value=False)
    parted = rows.filter(splits).join(live, on=[*_DYAD, "year"], how="left")
    parted = parted.with_columns(
        at=(pl.col("year") * 12 + pl.col("month") - 1).fill_null(pl.col("at")),
        part=1.0 / pl.col("parts").fill_null(1),
    )
    whole = rows.filter(~splits).with_columns(part=pl.lit(1.0))
    return pl.concat([whole, parted.select(whole.columns)]).drop("year", "first")


def _trailing(rows: pl.DataFrame) -> pl.DataFrame:
    """``events`` and ``months``: trials, and months with a report, of a dyad and item in the last twelve.

    Trials are scaled up where the source covers fewer months. A score is one of twelve whatever there is.
    """
    name = pl.concat_str("item", *_DYAD).cast(pl.Categorical).to_physical().cast(pl.Int64)
    rows = rows.with_columns(dyad=name).sort("dyad", "at")
    key = rows["dyad"].to_numpy() * 100_000 + rows["at"].to_numpy()
    total, first = np.r_[0.0, rows["offset"].cum_sum().to_numpy()], np.searchsorted(key, key - 11)
    here = np.arange(1, key.size + 1)
    covered = rows.select("item", "at").unique().sort("item", "at")
    at = covered["item"].rank("dense").to_numpy().astype(int) * 100_000 + covered["at"].to_numpy()
    many = np.arange(1, at.size + 1) - np.searchsorted(at, at - 11)
    rows = rows.with_columns(
        events=pl.Series(total[here] - total[first]), months=pl.Series((here - first).astype(float))
    )
    rows = rows.join(covered.with_columns(covered=pl.Series(many)), on=["item", "at"])
    score = pl.col("item").str.ends_with(": score")
    return rows.with_columns(
        events=pl.col("events") * 12.0 / pl.col("covered"),
        months=pl.when(score).then(12.0).otherwise(pl.col("months")),
    ).drop("dyad", "covered")


def _halved(rows: pl.DataFrame) -> pl.DataFrame:
    """``part``: a half of each where a producer's monthly and yearly extraction report the same of a year."""
    what = [pl.col("item").str.replace(" conflict side", "").alias("what"), pl.col("at") // 12]
    both = rows.select(*what, "own").unique().group_by("what", "at").agg(both=pl.len() > 1)
    marked = rows.with_columns(what[0], year=what[1])
    marked = marked.join(both.rename({"at": "year"}), on=["what", "year"], maintain_order="left")
    return marked.with_columns(
        part=pl.col("part") * pl.when("both").then(0.5).otherwise(1.0)
    ).select(list(_SCHEMA))


def reported(
    layers: Sequence[Layer], yearly: Iterable[Panel], monthly: Iterable[Panel], cells: pl.DataFrame
) -> pl.DataFrame:
    """Every report, by month.

    Parameters
    ----------
    layers : sequence of Layer
        Structural data.
    yearly, monthly : iterable of Panel
        Events, scores and acts by their own periods.
    cells : polars.DataFrame
        As `quadrille.index.witnesses.world` makes them: dyads and years to report on. Monthly reports more than eleven
        months before the first of them are left out.

    Returns
    -------
    polars.DataFrame
        ``state_a, state_b, at`` (see `month_of`), ``item, y, offset``; ``own``, whether it is of a month; ``part``, how much
        of a report it is; ``events, months`` of the last twelve that hold any.
    """
    mine = [f.rename({"year": "at"}) for f in panel_reports(monthly, MONTH) if f.height]
    empty = pl.DataFrame(schema={k: _SCHEMA[k] for k in list(_SCHEMA)[:6]})
    own = pl.concat([empty, *(f.select(empty.columns) for f in mine)])
    by_month = speaking(own).group_by(_DYAD).agg(first=pl.col("at").min() // 12)
    frames = [*structural_reports(layers, cells), *panel_reports(yearly)]
    rest = [_placed(f, layers, by_month) for f in frames if f.height]
    started = empty.with_columns(part=pl.lit(1.0))
    placed = pl.concat([started, *(f.select(started.columns) for f in rest)]).with_columns(
        own=pl.lit(value=False), events=pl.col("offset"), months=pl.lit(1.0)
    )
    first = int(cells["year"].min() or 0) * 12 - 11  # type: ignore[arg-type]
    own = _trailing(own.filter(pl.col("at") >= first)).with_columns(
        own=pl.lit(value=True), part=pl.lit(1.0)
    )
    return _halved(pl.concat([placed, own], how="diagonal"))


def speaking(own: pl.DataFrame) -> pl.DataFrame:
    """Monthly reports on dyads that are more than seen to have no events."""
    counted = pl.col("item").str.ends_with(": events")
    some = own.filter(~counted | (pl.col("y") > 0)).select(_DYAD).unique()
    return own.join(some, on=_DYAD, how="semi")


# ---------------------------------------------------------------- from reports to ties


def _items(learnt: Learnt) -> Items:
    """Every item twice: as it reports of a year, and of a month."""
    i = learnt.items
    month = np.where(i.family == COUNT, i.noise / 12.0, i.noise)
    return i._replace(
        family=np.tile(i.family, 2), group=np.tile(i.group, 2), theta=np.tile(i.theta, (2, 1)),
        noise=np.r_[i.noise, month],
    )  # fmt: skip


def _worded(rows: pl.DataFrame, learnt: Learnt) -> tuple[np.ndarray, Array, Array]:
    """Item, offset and weight of each report."""
    number = {item.name: k for k, item in enumerate(learnt.names)}
    k = rows["item"].replace_strict(number, return_dtype=pl.Int32).to_numpy()
    offset, events = rows["offset"].to_numpy(), rows["events"].to_numpy()
    family, noise = learnt.items.family[k], learnt.items.noise[k]
    offset = np.where(family == NORMAL, offset + (rows["months"].to_numpy() - 1.0) * noise, offset)
    weight = np.array([i.weight for i in learnt.names])[k] * rows["part"].to_numpy()
    weight /= repetition(family, events, learnt.repeats[k])
    own = rows["own"].to_numpy().astype(np.int32) * len(number)
    return (k + own).astype(np.int32), offset, weight


def _assembled(
    rows: pl.DataFrame, cells: pl.DataFrame, learnt: Learnt
) -> tuple[Reports, pl.DataFrame]:
    """Reports on cells ``state_a, state_b, at``, which are sorted; and the rows that found a place."""
    placed = rows.join(cells.with_row_index("cell"), on=[*_DYAD, "at"]).sort("cell", "own", "item")
    item, offset, weight = _worded(placed, learnt)
    lengths = cells.group_by(_DYAD, maintain_order=True).len()["len"].to_numpy()
    counts = np.bincount(placed["cell"].to_numpy(), minlength=cells.height)
    reports = Reports(
        np.r_[0, np.cumsum(lengths)].astype(np.int32), np.r_[0, np.cumsum(counts)].astype(np.int32),
        item, placed["y"].to_numpy(), offset, weight,
    )  # fmt: skip
    return reports, placed


def _estimated(reports: Reports, gap: Array, learnt: Learnt, begin: Begin, hold: Ints) -> Passed:
    """Posterior of cells that lie so many months after what comes before; 0: a dyad begins."""
    items = _items(learnt)
    lengths, place = np.unique(gap, return_inverse=True)
    table = steps_of(items, np.maximum(lengths, 1))
    step = np.where(gap > 0, place, -1).astype(np.int32)
    return run(reports, step, items, table, begin, hold)


def _scaled(cells: pl.DataFrame, mean: Array, cov: Array, change: Array, scale: Scale) -> pl.DataFrame:  # fmt: skip
    """Cells with the ties on the scale of the years."""
    none = np.zeros(0)
    tie = on_scale(Posterior(mean, cov, change, none, none, none, none, none), scale)
    return cells.select(
        *_DYAD, year=(pl.col("at") // 12).cast(pl.Int16), month=(pl.col("at") % 12 + 1).cast(pl.Int8),
        **tie.columns(),
    )  # fmt: skip


def _prior(learnt: Learnt) -> Begin:
    """A dyad in its first year."""
    s = learnt.items.precision.shape[0]
    wide = s + learnt.items.drift.shape[0]
    cov = np.zeros((1, wide, wide))
    cov[0, :s, :s] = np.linalg.inv(learnt.items.start)
    return Begin(np.zeros((1, wide)), cov)


def _grid(own: pl.DataFrame, until: int) -> pl.DataFrame:
    """Cells of the dyads on which a monthly witness speaks: ``state_a, state_b, at, gap, monthly``."""
    first = own.group_by(_DYAD).agg(first=pl.col("at").min() // 12)
    years = world(until // 12).join(first, on=_DYAD)
    early = years.filter(pl.col("year") < pl.col("first")).with_columns(at=pl.col("year") * 12 + 11)
    late = years.filter(pl.col("year") >= pl.col("first")).join(
        pl.DataFrame({"m": np.arange(12, dtype=np.int32)}), how="cross"
    )
    late = late.with_columns(at=pl.col("year") * 12 + pl.col("m")).filter(pl.col("at") <= until)
    kinds = [f.select(*_DYAD, "at", monthly=pl.lit(i > 0)) for i, f in enumerate((early, late))]
    cells = pl.concat(kinds).sort(*_DYAD, "at")
    return cells.with_columns(gap=pl.col("at").diff().over(_DYAD).fill_null(0))


def lay(
    rows: pl.DataFrame, parts: pl.DataFrame, learnt: Sequence[Learnt], scales: Sequence[Scale],
    until: int,
) -> Laid:  # fmt: skip
    """The index by months from the first year on.

    Parameters
    ----------
    rows : polars.DataFrame
        As `reported` makes them.
    parts : polars.DataFrame
        ``state_a, state_b, part``, see `quadrille.index.build.parts_of`.
    learnt, scales : sequence
        By the part of the world.
    until : int
        Last month, see `month_of`.
    """
    rows = rows.filter(pl.col("at") <= until)
    cells = _grid(speaking(rows.filter("own")), until)
    every = part_in(cells, parts)
    ties, states, used = [], [], 0
    for part, (taught, scale) in enumerate(zip(learnt, scales, strict=True)):
        mine = cells.filter(pl.Series(every == part))
        if mine.is_empty():
            continue
        reports, placed = _assembled(rows, mine, taught)
        used += placed.height
        # Not before the first month: what is kept is followed by months.
        years = mine.group_by(_DYAD, maintain_order=True).agg((~pl.col("monthly")).sum())["monthly"]
        hold = np.maximum(_held(mine, until - AGAIN), years.to_numpy().astype(np.int32) - 1)
        got = _estimated(reports, mine["gap"].to_numpy(), taught, _prior(taught), hold)
        at = mine["monthly"].to_numpy()
        ties.append(
            _scaled(mine.filter("monthly"), got.mean[at], got.cov[at], got.change[at], scale)
        )
        kept = mine[(reports.dyad[:-1] + hold).tolist()]
        lives = mine.group_by(_DYAD, maintain_order=True).agg(pl.col("at").max() == until)["at"]
        states.append(_ledger(kept, got.kept).filter(lives))
    both = pl.concat(ties).sort(*_DYAD, "year", "month")
    return Laid(both, pl.concat(states).sort(_DYAD), used, both.select(_DYAD).n_unique())


def _held(cells: pl.DataFrame, at: int) -> Ints:
    """Of each dyad the last cell not after a month, or its first."""
    many = cells.group_by(_DYAD, maintain_order=True).agg((pl.col("at") <= at).sum())["at"]
    return np.asarray(np.maximum(many.to_numpy() - 1, 0), np.int32)


def _ledger(cells: pl.DataFrame, kept: Begin) -> pl.DataFrame:
    """States and biases as rows."""
    wide = kept.mean.shape[1]
    low = kept.cov[:, *np.tril_indices(wide)]
    return cells.select(*_DYAD, "at").with_columns(
        mean=pl.Series(kept.mean, dtype=pl.Array(pl.Float64, wide)),
        cov=pl.Series(low, dtype=pl.Array(pl.Float64, low.shape[1])),
    )


def begun_from(
    ties: pl.DataFrame, parts: pl.DataFrame, learnt: Sequence[Learnt], scales: Sequence[Scale]
) -> pl.DataFrame:
    """States of ties as the yearly index has them, for those of which no others are kept.

    The file keeps no covariance of valence and engagement: level and engagement are taken as independent. Biases begin with
    the first report.

    Parameters
    ----------
    ties : polars.DataFrame
        Rows of a yearly index: ``state_a, state_b, year, valence, sd, engagement, engagement_sd``.
    parts : polars.DataFrame
        ``state_a, state_b, part``, see `quadrille.index.build.parts_of`.
    learnt, scales : sequence
        By the part of the world.

    Returns
    -------
    polars.DataFrame
        As `Laid.states`; the month is December.
    """
    every, out = part_in(ties, parts), []
    for part, (taught, scale) in enumerate(zip(learnt, scales, strict=True)):
        mine = ties.filter(pl.Series(every == part))
        level, sd, g, g_sd = (
            mine[c].to_numpy().astype(float)
            for c in ("valence", "sd", "engagement", "engagement_sd")
        )
        warm = ndtr(level / sd)
        unit = warm * scale.ally + (1.0 - warm) * scale.rival
        slope = scale.b2 / scale.b1
        wide = 2 + taught.items.drift.shape[0]
        mean, cov = np.zeros((mine.height, wide)), np.zeros((mine.height, wide, wide))
        mean[:, 0], mean[:, 1] = level * unit - scale.b0 / scale.b1 - slope * g, g
        cov[:, 0, 0], cov[:, 1, 1] = (sd * unit) ** 2 + (slope * g_sd) ** 2, g_sd**2
        cov[:, 0, 1] = cov[:, 1, 0] = -slope * g_sd**2
        cells = mine.select(*_DYAD, at=pl.col("year").cast(pl.Int32) * 12 + 11)
        out.append(_ledger(cells, Begin(mean, cov)))
    return pl.concat(out).sort(_DYAD)


def _begun(states: pl.DataFrame) -> Begin:
    mean, low = states["mean"].to_numpy(), states["cov"].to_numpy()
    rows, columns = np.tril_indices(mean.shape[1])
    cov = np.zeros((mean.shape[0], mean.shape[1], mean.shape[1]))
    cov[:, rows, columns] = cov[:, columns, rows] = low
    return Begin(mean, cov)


# ---------------------------------------------------------------- one more month


def go_on(
    states: pl.DataFrame, rows: pl.DataFrame, parts: pl.DataFrame, learnt: Sequence[Learnt],
    scales: Sequence[Scale], last: int, until: int,
) -> Laid:  # fmt: skip
    """More months, from the states that were kept.

    Ties with a report since then are estimated again over these months; of the others the new months follow from the prior.

    Parameters
    ----------
    states : polars.DataFrame
        As in `Laid`.
    rows : polars.DataFrame
        Reports after the month of the states.
    parts : polars.DataFrame
        ``state_a, state_b, part``, see `quadrille.index.build.parts_of`.
    learnt, scales : sequence
        By the part of the world.
    last, until : int
        Last month that was there, and the new last month.

    Returns
    -------
    Laid
        Of the ties that were estimated, all months after the states'; of others the months after ``last``.
    """
    rows = rows.filter(pl.col("at") <= until)
    every = part_in(states, parts)
    ties, after, used, spoken = [], [], 0, 0
    for part, (taught, scale) in enumerate(zip(learnt, scales, strict=True)):
        mine = states.filter(pl.Series(every == part))
        told = rows.join(mine.select(*_DYAD, begun="at"), on=_DYAD).filter(
            pl.col("at") > pl.col("begun")
        )
        heard = mine.join(told.select(_DYAD).unique(), on=_DYAD, how="semi").sort(_DYAD)
        quiet = mine.join(heard, on=_DYAD, how="anti").sort(_DYAD)
        used += told.height
        spoken += told.filter(pl.col("at") > last).select(_DYAD).n_unique()
        if heard.height:
            cells = _months(heard, until)
            reports, _ = _assembled(told.select(list(_SCHEMA)), cells, taught)
            hold = _held(cells, until - AGAIN)
            got = _estimated(reports, cells["gap"].to_numpy(), taught, _begun(heard), hold)
            ties.append(_scaled(cells, got.mean, got.cov, got.change, scale))
            after.append(_ledger(cells[(reports.dyad[:-1] + hold).tolist()], got.kept))
        if quiet.height:
            new, kept = _carried(quiet, taught, scale, last, until)
            ties.append(new)
            after.append(kept)
    return Laid(pl.concat(ties), pl.concat(after).sort(_DYAD), used, spoken)


def _months(states: pl.DataFrame, until: int) -> pl.DataFrame:
    """All months of dyads after their states up to one; ``gap`` is 1, or how far the first lies from its state."""
    cells = states.select(*_DYAD, at=pl.int_ranges(pl.col("at") + 1, until + 1, dtype=pl.Int32))
    return cells.explode("at").with_columns(gap=pl.lit(1, pl.Int32))


def _carried(
    quiet: pl.DataFrame, learnt: Learnt, scale: Scale, last: int, until: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """New months of dyads of which nothing is reported, and their states a few months before the last."""
    begun, at = _begun(quiet), quiet["at"].to_numpy()
    ties, ahead = [], _ahead(begun, last - at, learnt)
    keeps, states = learnt.items.rho ** (1.0 / 12.0), slice(learnt.items.precision.shape[0])
    for month in range(last + 1, until + 1):
        before, ahead = ahead, _ahead(ahead, np.ones_like(at), learnt)
        cells = quiet.select(_DYAD).with_columns(at=pl.lit(month, pl.Int32))
        cov, change = ahead.cov, ahead.cov + (1.0 - 2.0 * keeps) * before.cov
        now, moved = (v[:, states, states] for v in (cov, change))
        ties.append(_scaled(cells, ahead.mean[:, states], now, moved, scale))
    to = np.maximum(at, until - AGAIN)
    kept = quiet.select(_DYAD).with_columns(at=pl.Series(to, dtype=pl.Int32))
    return pl.concat(ties), _ledger(kept, _ahead(begun, to - at, learnt))


def _ahead(begun: Begin, months: Array, learnt: Learnt) -> Begin:
    """States and biases so many months later, if nothing is reported: what the kernel does in a month without a report."""
    lengths, place = np.unique(months, return_inverse=True)
    table = steps_of(learnt.items, np.maximum(lengths, 1))
    s = learnt.items.precision.shape[0]
    keeps = np.c_[np.repeat(table.keeps[:, None], s, 1), table.bias[:, :, 0]]
    grows = np.zeros((lengths.size, *begun.cov.shape[1:]))
    nu = learnt.items.nu
    # Of what nothing says, a Student innovation has its own variance.
    grows[:, :s, :s] = table.spread * (nu / (nu - 2.0) if nu > 2.0 else 1.0)
    own = np.arange(s, begun.cov.shape[1])
    grows[:, own, own] = table.bias[:, :, 1]
    keeps[lengths == 0], grows[lengths == 0] = 1.0, 0.0
    k, grown = keeps[place], grows[place]
    grown[:, own, own] *= begun.cov[:, own, own] > 0.0
    return Begin(k * begun.mean, k[:, :, None] * begun.cov * k[:, None, :] + grown)
