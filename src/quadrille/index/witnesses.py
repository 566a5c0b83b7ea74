r"""What each source says of a tie, as reports of a witness that the model of the index understands.

A witness is a source of evidence: votes, alliances, disputes, one producer of event data. It speaks through one or
several *items*, each with its own likelihood and, per dyad, a bias of the witness that may drift:

- *votes*: Häge's κ of the votes of a year in the General Assembly, less the mean of all dyads that year; chance-corrected,
  since two that vote with the majority agree whatever they think of each other (Häge 2011). Sampling variance by the number of roll calls.
- *organisations*: log of shared memberships over what the memberships of each of the two lead one to expect.
- *alliances*: a defence pact or none; of those without, another pact (neutrality, non-aggression, consultation) or none.
- *disputes*: a militarised dispute or none, by codings that grade hostility (spells of disputes without a grade are rivalries
  by another name, and rivalries anchor the scale); in one, force or none; in one with force, war or none: the stages of an
  ordinal scale of hostility (continuation ratios, Tutz 1991), which share their loadings.
- *arms*: orders and deliveries, against what the exporter's and the importer's totals lead one to expect.
- *trade*, *influence*: log of trade over what margins lead one to expect; log of formal bilateral influence.
- event counts: how many events, against the attention that each of the two gets; which share is conflict; of conflict
  which share is material; of cooperation which share is material. Shares are overdispersed: stories repeat themselves.
- scores and hand-coded acts: the facet *cordiality* of `quadrille.panel.facets`.

Several codings of one thing (disputes by two teams, alliances by two) are one report, their mean: what both say counts
once. In a year that several extractions of one producer cover, the one with most quad classes is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quadrille.errors import NoDataError
from quadrille.kernels.witness import BINOMIAL, COUNT, NORMAL, Reports
from quadrille.panel.build import QUADS, Panel
from quadrille.panel.facets import against_margins, facet
from quadrille.sources.layers.layer import Layer
from quadrille.states.powers import major_powers
from quadrille.states.registry import all_states

__all__ = [
    "FIRST",
    "WITNESS_OF",
    "YEAR",
    "Evidence",
    "Item",
    "evidence",
    "panel_reports",
    "producer",
    "structural_reports",
    "usable",
    "world",
]  # fmt: skip

FIRST = 1946
_DYAD = ("state_a", "state_b")
_KEY = (*_DYAD, "year")
# Margins known this well are known well enough for an offset.
_TOLERANCE = 1e-4
# Of an expected count below this nothing is learnt from a zero.
_SEEN = 0.02
_SOLD = 0.05
YEAR = pl.col("period").dt.year()
# Fewer common roll calls say nothing.
_ROLL_CALLS = 5
# κ of one roll call has about this variance.
_ROLL_CALL_VARIANCE = 4.0
# Influence below this, of at most 1, is as good as none; its median is 0.013.
_FAINT = 0.01
# Neighbours by land, or by up to 400 miles of water: codes of the Correlates of War.
_NEIGHBOURS = (1, 5)


@dataclass(frozen=True, slots=True)
class Item:
    """One number that a witness reports.

    Attributes
    ----------
    name : str
    witness : str
        Whose evidence it is.
    family : int
        NORMAL, BINOMIAL or COUNT of `quadrille.kernels.witness`.
    bias : str
        Items of one name here share the dyad's bias.
    slope : str
        Items of one name here share their loadings.
    weight : float
        Power of the likelihood. A pact lasts for decades: its years are no separate reports.
    """

    name: str
    witness: str
    family: int
    bias: str
    slope: str = ""
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Evidence:
    """All reports on all dyads.

    Attributes
    ----------
    cells : polars.DataFrame
        ``state_a < state_b, year``: every year in which both states existed.
    items : tuple of Item
    reports : Reports
        By dyad, year and item.
    outside : dict of str to int
        Reports by witness that lie outside: no such state that year.
    contradictory : dict of str to int
        Dyad-years by witness of which two codings do not say the same; their mean is read.
    mute : tuple of str
        Witnesses whose data are there, and of which no report is on two states that existed.
    distant : ndarray of bool, shape (dyads,), optional
        Neither neighbours nor with a major power among them, ever since 1946; without it none is.
    """

    cells: pl.DataFrame
    items: tuple[Item, ...]
    reports: Reports
    outside: Mapping[str, int]
    contradictory: Mapping[str, int] = field(default_factory=dict)
    mute: tuple[str, ...] = ()
    distant: NDArray[np.bool_] | None = None

    @property
    def witnesses(self) -> tuple[str, ...]:
        """Names of the witnesses, in order."""
        return tuple(dict.fromkeys(i.witness for i in self.items))


_STRUCTURAL = (
    Item("votes", "votes", NORMAL, "votes"),
    Item("organisations", "organisations", NORMAL, "organisations"),
    Item("defence", "alliances", BINOMIAL, "alliances", weight=0.05),
    Item("pact", "alliances", BINOMIAL, "alliances", weight=0.05),
    Item("dispute", "disputes", BINOMIAL, "disputes", "hostility"),
    Item("force", "disputes", BINOMIAL, "disputes", "hostility"),
    Item("war", "disputes", BINOMIAL, "disputes", "hostility"),
    Item("arms", "arms", COUNT, "arms"),
    Item("trade", "trade", NORMAL, "trade"),
    Item("influence", "influence", NORMAL, "influence"),
)


def world(last: int, first: int = FIRST) -> pl.DataFrame:
    """``state_a, state_b, year`` (Int32) of every two states in every year in which both existed."""
    rows = [
        (state.iso3, year)
        for state in all_states()
        for start, end in state.spells
        for year in range(max(start.year, first), (min(end.year, last) if end else last) + 1)
    ]
    # An enumeration sorts and compares as whole numbers do.
    names = pl.Enum(sorted({state for state, _ in rows}))
    years = pl.DataFrame(rows, {"state": names, "year": pl.Int32}, orient="row").unique()
    both = years.join(years, on="year", suffix="_b").rename({"state": "state_a"})
    both = both.filter(pl.col("state_a") < pl.col("state_b")).select(_KEY).sort(_KEY)
    return both.cast({"state_a": pl.String, "state_b": pl.String})


def _report(
    rows: pl.DataFrame, item: str, y: pl.Expr, offset: pl.Expr | float = 0.0
) -> pl.DataFrame:
    made = offset if isinstance(offset, pl.Expr) else pl.lit(offset)
    return rows.select(
        *_DYAD, pl.col("year").cast(pl.Int32), item=pl.lit(item),
        y=y.cast(pl.Float64), offset=made.cast(pl.Float64),
    ).drop_nulls()  # fmt: skip


def _undirected(rows: pl.DataFrame, value: pl.Expr) -> pl.DataFrame:
    ends = pl.min_horizontal("source", "target"), pl.max_horizontal("source", "target")
    return rows.group_by(ends[0].alias("state_a"), ends[1].alias("state_b"), "year").agg(n=value)


def _spread(rows: pl.DataFrame, column: str) -> float:
    return float(rows[column].std() or 1.0)  # type: ignore[arg-type]


def _standard(rows: pl.DataFrame, column: str) -> pl.Expr:
    return pl.col(column) / _spread(rows, column)


def _votes(layers: Sequence[Layer]) -> list[pl.DataFrame]:
    rows = layers[0].data.filter(pl.col("votes") >= _ROLL_CALLS, pl.col("kappa").is_not_null())
    rows = rows.with_columns(k=pl.col("kappa") - pl.col("kappa").mean().over("year"))
    return [_report(rows, "votes", _standard(rows, "k"), _ROLL_CALL_VARIANCE / pl.col("votes"))]


def _organisations(layers: Sequence[Layer]) -> list[pl.DataFrame]:
    rows = layers[0].data.filter(pl.col("year") >= FIRST, pl.col("igos").is_not_null())
    rows = against_margins(
        rows.select(*_KEY, n=pl.col("igos").cast(pl.Float64)), "year", _TOLERANCE
    )
    rows = rows.filter(pl.col("expected") > 0.5).with_columns(
        y=((pl.col("n") + 0.5) / (pl.col("expected") + 0.5)).log()
    )
    # Of none and of few the logarithm says little: the variance is that of what is seen, not of what is expected.
    offset = 1.0 / (_spread(rows, "y") ** 2 * (pl.col("n") + 0.5))
    return [_report(rows, "organisations", _standard(rows, "y"), offset)]


def _coded(layers: Sequence[Layer], cells: pl.DataFrame, codings: list[pl.Expr]) -> pl.DataFrame:
    """Codings of the same thing side by side on every dyad-year that they cover; null beyond their span."""
    rows = cells
    for i, (layer, coding) in enumerate(zip(layers, codings, strict=True)):
        name, data = f"c{i}", layer.data
        first, last = (data["year"].min(), data["year"].max())
        mine = data.group_by(_KEY).agg(coding.alias(name))
        rows = rows.join(mine, on=_KEY, how="left").with_columns(
            pl.when(pl.col("year").is_between(pl.lit(first), pl.lit(last)))
            .then(pl.col(name).fill_null(0))
            .alias(name)
        )
    return rows


def _mean(codings: int) -> pl.Expr:
    return pl.mean_horizontal(*(f"c{i}" for i in range(codings)))


def _contradictions(rows: pl.DataFrame, item: Item) -> int:
    """Of what is a yes or a no, how many dyad-years hold a mean of both."""
    if item.family != BINOMIAL or item not in _STRUCTURAL:
        return 0
    return rows.filter(pl.col("y").is_between(0.0, 1.0, closed="none")).height


_OTHER = ("neutral", "nonagg", "consul", "entente", "offense")


def _alliances(layers: Sequence[Layer], cells: pl.DataFrame) -> list[pl.DataFrame]:
    def any_of(layer: Layer, names: Iterable[str]) -> pl.Expr:
        there = [n for n in names if n in layer.data.columns]
        return pl.any_horizontal(*there).any().cast(pl.Float64)

    n = len(layers)
    defence = _coded(layers, cells, [any_of(x, ("defense",)) for x in layers])
    other = _coded(layers, cells, [any_of(x, _OTHER) for x in layers]).filter(
        defence.select(_mean(n)).to_series() == 0
    )
    return [_report(defence, "defence", _mean(n), 1.0), _report(other, "pact", _mean(n), 1.0)]


def _disputes(layers: Sequence[Layer], cells: pl.DataFrame) -> list[pl.DataFrame]:
    any_of = [(pl.col("hostility").max() > 1).cast(pl.Float64) for _ in layers]
    n = len(layers)
    out = [_report(_coded(layers, cells, any_of), "dispute", _mean(n), 1.0)]
    rows = pl.concat(x.data.select(*_KEY, "hostility") for x in layers)
    worst = rows.group_by(_KEY).agg(pl.col("hostility").max()).filter(pl.col("hostility") > 1)
    out.append(_report(worst, "force", pl.col("hostility") >= 4, 1.0))
    fought = worst.filter(pl.col("hostility") >= 4)
    out.append(_report(fought, "war", pl.col("hostility") >= 5, 1.0))
    return out


def _arms(layers: Sequence[Layer]) -> list[pl.DataFrame]:
    deals = layers[0].data.with_columns(
        n=(pl.col("orders") + pl.col("deliveries")).cast(pl.Float64)
    )
    deals = deals.filter(pl.col("n") > 0).select("source", "target", "year", "n")
    total = pl.col("n").sum()
    sold, bought, all_ = (
        deals.group_by(*by, "year").agg(total.alias(to))
        for by, to in ((("source",), "sold"), (("target",), "bought"), ((), "all"))
    )
    grid = sold.join(bought, on="year").join(all_, on="year")
    grid = grid.filter(pl.col("source") != pl.col("target")).join(
        deals, on=["source", "target", "year"], how="left"
    )
    rows = _undirected(grid, pl.col("n").fill_null(0).sum())
    usual = _undirected(grid, (pl.col("sold") * pl.col("bought") / pl.col("all")).sum())
    rows = rows.join(usual.rename({"n": "expected"}), on=_KEY).filter(pl.col("expected") > _SOLD)
    return [_report(rows, "arms", pl.col("n"), pl.col("expected").log())]


def _trade(layers: Sequence[Layer]) -> list[pl.DataFrame]:
    rows = against_margins(_undirected(layers[0].data, pl.col("value").sum()), "year", _TOLERANCE)
    rows = rows.with_columns(y=((pl.col("n") + 1.0) / (pl.col("expected") + 1.0)).log())
    # A trickle comes and goes with the records of it: the logarithm of a few millions says little.
    offset = 1.0 / (_spread(rows, "y") ** 2 * (pl.col("n") + 0.5))
    return [_report(rows, "trade", _standard(rows, "y"), offset)]


def _influence(layers: Sequence[Layer]) -> list[pl.DataFrame]:
    rows = _undirected(layers[0].data.drop_nulls("fbic"), pl.col("fbic").mean())
    rows = rows.with_columns(y=(pl.col("n") + _FAINT).log()).with_columns(
        y=pl.col("y") - pl.col("y").mean()
    )
    # Of a product that is zero where any of its parts is, the logarithm says little.
    offset = (_FAINT / (pl.col("n") + _FAINT) / _spread(rows, "y")) ** 2
    return [_report(rows, "influence", _standard(rows, "y"), offset)]


# How a role's layers become reports; the columns that a layer must have.
_ROLES: dict[str, tuple[Callable[..., list[pl.DataFrame]], tuple[str, ...], bool]] = {
    "votes": (_votes, ("kappa", "votes"), False),
    "institutions": (_organisations, ("igos",), False),
    "alliance": (_alliances, ("defense",), True),
    "disputes": (_disputes, ("hostility",), True),
    "arms": (_arms, ("orders", "deliveries"), False),
    "trade": (_trade, ("source", "value"), False),
    "influence": (_influence, ("fbic",), False),
}

# The witness that layers of a role are.
WITNESS_OF = {role: role for role in _ROLES} | {
    "institutions": "organisations",
    "alliance": "alliances",
}


def structural_reports(layers: Iterable[Layer], cells: pl.DataFrame) -> list[pl.DataFrame]:
    """What layers report of a year: a frame for each item, ``state_a, state_b, year, item, y, offset``.

    Parameters
    ----------
    layers : iterable of Layer
    cells : polars.DataFrame
        As `world` makes them: what there is to report on.
    """
    out = []
    for role, mine in usable(layers).items():
        made, _, worldwide = _ROLES[role]
        out += made(mine, cells) if worldwide else made(mine)
    return out


def usable(layers: Iterable[Layer]) -> dict[str, list[Layer]]:
    """Layers that can speak, by role, in the order of their names."""
    every = sorted(layers, key=lambda x: x.name)
    out = {}
    for role, (_, columns, _) in _ROLES.items():
        mine = [x for x in every if x.role == role and set(columns) <= set(x.data.columns)]
        # Incidents are parts of disputes that another file of the same team holds.
        mine = [x for x in mine if "incidents" not in x.data.columns]
        if mine:
            out[role] = mine
    return out


def _by_quad(panel: Panel, when: pl.Expr) -> pl.DataFrame:
    return (
        panel.cells.with_columns(year=when)
        .group_by(_KEY)
        .agg(pl.col(q).sum() if panel.cells[q].null_count() < panel.cells.height else pl.lit(None, pl.Float64).first().alias(q) for q in QUADS)
    )  # fmt: skip


def _grid(rows: pl.DataFrame) -> pl.DataFrame:
    """Every two states seen in a year, with zeros: a dyad without events is known to have had none."""
    seen = pl.concat(rows.select("year", state=c) for c in _DYAD).unique()
    pairs = seen.join(seen, on="year", suffix="_b").filter(pl.col("state") < pl.col("state_b"))
    pairs = pairs.rename({"state": "state_a"}).select(_KEY)
    return pairs.join(rows, on=_KEY, how="left").with_columns(pl.col(QUADS).fill_null(0.0))


def producer(origin: str) -> str:
    """Who codes the events: the first word of the data's name."""
    return origin.rpartition(":")[2].replace("-", "_").partition("_")[0].lower()


def _events(panel: Panel, when: pl.Expr) -> list[pl.DataFrame]:
    rows = _by_quad(panel, when)
    sided = rows["verbal_coop"].null_count() == rows.height
    kinds = QUADS[2:] if sided else QUADS
    name = producer(panel.origin) + (" conflict side" if sided else "")
    rows = _grid(rows).with_columns(n=pl.sum_horizontal(*kinds))
    rows = against_margins(rows, "year", _TOLERANCE).filter(pl.col("expected") > _SEEN)
    conflict = pl.col("verbal_conf") + pl.col("material_conf")
    shares = [("force", pl.col("material_conf"), conflict)]
    if not sided:
        shares += [
            ("conflict", conflict, pl.col("n")),
            ("aid", pl.col("material_coop"), pl.col("n") - conflict),
        ]
    return [
        _report(rows, f"{name}: events", pl.col("n"), pl.col("expected").log()),
        *(_report(rows.filter(of > 0), f"{name}: {what}", part, of) for what, part, of in shares),
    ]


def _scored(panel: Panel, when: pl.Expr) -> list[pl.DataFrame]:
    name = producer(panel.origin)
    rows = facet(panel).data.with_columns(year=when)
    if panel.kind == "acts":
        return [_report(rows, f"{name}: acts", pl.col("y"), pl.col("s2"))]
    once = _variance_of_one(rows)
    rows = rows.group_by(_KEY).agg(pl.col("y").mean(), s2=once / pl.len())
    ends = pl.concat(rows.select("year", "y", state=c) for c in _DYAD)
    usual = ends.group_by("state", "year").agg(m=pl.col("y").mean())
    rows = rows.join(usual, left_on=["state_a", "year"], right_on=["state", "year"])
    rows = rows.join(usual, left_on=["state_b", "year"], right_on=["state", "year"], suffix="_b")
    level = pl.col("y").mean().over("year")
    mine = pl.col("y") - pl.col("m") - pl.col("m_b") + level
    return [_report(rows, f"{name}: score", mine, pl.col("s2"))]


def _variance_of_one(rows: pl.DataFrame) -> float:
    """Variance of one score about the mean of its dyad and year, over all that have several."""
    of = [*_DYAD, pl.col("period").dt.year()]
    found = rows.select(off=(pl.col("y") - pl.col("y").mean().over(of)) ** 2, n=pl.len().over(of))
    several = found.filter(pl.col("n") > 1)
    freedom = several.select((1.0 - 1.0 / pl.col("n")).sum()).item()
    return float(several["off"].sum() / freedom) if freedom else 0.0


def panel_reports(panels: Iterable[Panel], when: pl.Expr = YEAR) -> list[pl.DataFrame]:
    """What events, scores and acts report of a period: a frame for each item, as `structural_reports` makes them.

    Parameters
    ----------
    panels : iterable of Panel
    when : polars.Expr
        Whole number of the period, from ``period``; it goes into ``year``.
    """
    return _once([f for p in panels for f in (_events if p.kind == "counts" else _scored)(p, when)])


def _item(name: str) -> Item:
    for known in _STRUCTURAL:
        if known.name == name:
            return known
    witness, _, what = name.partition(": ")
    witness = witness.removesuffix(" conflict side")
    family = {"events": COUNT, "score": NORMAL, "acts": NORMAL}.get(what, BINOMIAL)
    return Item(name, witness, family, f"{witness}: {what}")


def _once(frames: list[pl.DataFrame]) -> list[pl.DataFrame]:
    """Of extractions of one producer, in a year that several cover, the one with most items."""
    by_item: dict[str, list[pl.DataFrame]] = {}
    for frame in frames:
        if frame.height:
            by_item.setdefault(str(frame["item"][0]), []).append(frame)
    full = {n.partition(":")[0]: f for n, f in by_item.items() if n.endswith(": conflict")}
    out = []
    for name, mine in by_item.items():
        rows = pl.concat(mine).unique([*_KEY], keep="first", maintain_order=True)
        whole = full.get(name.partition(" conflict side")[0])
        if " conflict side" in name and whole is not None:
            years = pl.concat(whole)["year"].unique()
            rows = rows.filter(~pl.col("year").is_in(years.implode()))
        out.append(rows)
    return [r for r in out if r.height]


def evidence(layers: Iterable[Layer], panels: Iterable[Panel], last: int | None = None) -> Evidence:
    """Every report of every witness on every two states that existed.

    Parameters
    ----------
    layers : iterable of Layer
        Structural data; those of roles that are no witnesses are passed over.
    panels : iterable of Panel
        Event counts, scores and hand-coded acts.
    last : int, optional
        Last year; by default the last of which any witness reports.

    Raises
    ------
    NoDataError
        No witness reports on any dyad.
    """
    layers, panels = list(layers), list(panels)
    panels.sort(key=lambda p: p.kind != "counts")
    cells = world(last or date.today().year)
    frames = [*structural_reports(layers, cells), *panel_reports(panels)]
    frames = [f for f in frames if f.height]
    if not frames:
        raise NoDataError(
            "no witness of any tie: expected votes, alliances, disputes, organisations, arms, trade, or events "
            "with both states named; ingest some of them first"
        )
    end = last or max(int(f["year"].max()) for f in frames)  # type: ignore[arg-type]
    found = _assembled(frames, cells.filter(pl.col("year") <= end))
    there = [WITNESS_OF[role] for role in usable(layers)]
    there += [producer(p.origin) for p in panels]
    mute = tuple(dict.fromkeys(w for w in there if w not in found.witnesses))
    return replace(found, mute=mute, distant=_distant(found, layers))


def _distant(found: Evidence, layers: Iterable[Layer]) -> NDArray[np.bool_] | None:
    """Dyads that are not politically relevant (Maoz & Russett 1993): not neighbours, and no major power among them."""
    borders = [x.data for x in layers if x.role == "contiguity"]
    if not borders:
        return None
    near = pl.concat(
        b.filter(pl.col("contiguity").is_between(*_NEIGHBOURS)).select(_DYAD) for b in borders
    ).unique()
    dyads = found.cells[found.reports.dyad[:-1].tolist()].select(_DYAD)
    years = range(FIRST, int(found.cells["year"].max()) + 1)  # type: ignore[arg-type]
    major = sorted({state for year in years for state in major_powers(year)})
    great = dyads.select(pl.any_horizontal(pl.col(c).is_in(major) for c in _DYAD)).to_series()
    marked = near.with_columns(near=pl.lit(value=True))
    beside = dyads.join(marked, on=_DYAD, how="left", maintain_order="left")["near"]
    return np.asarray(~(great | beside.fill_null(value=False)).to_numpy(), dtype=bool)


def _assembled(frames: list[pl.DataFrame], cells: pl.DataFrame) -> Evidence:
    at, items, rows = _places(cells), list[Item](), list[pl.DataFrame]()
    outside: dict[str, int] = {}
    contradictory: dict[str, int] = {}
    for frame in frames:
        item = _item(str(frame["item"][0]))
        mine = frame.select("y", "offset", cell=at(frame)).filter(pl.col("cell") >= 0)
        if lost := frame.height - mine.height:
            outside[item.witness] = outside.get(item.witness, 0) + lost
        if mine.is_empty():
            continue
        if both := _contradictions(mine, item):
            contradictory[item.witness] = contradictory.get(item.witness, 0) + both
        items.append(item)
        rows.append(mine)
    if not rows:
        raise NoDataError(
            f"no report of {', '.join(outside)} is on two states that existed that year; check the codes of states"
        )
    found = pl.concat(rows)
    cell = found["cell"].to_numpy()
    order = np.argsort(cell, kind="stable")
    spoken = np.repeat(np.arange(len(items), dtype=np.int32), [r.height for r in rows])[order]
    lengths = cells.group_by(_DYAD, maintain_order=True).len()["len"].to_numpy()
    counts = np.bincount(cell, minlength=cells.height)
    reports = Reports(
        np.r_[0, np.cumsum(lengths)].astype(np.int32), np.r_[0, np.cumsum(counts)].astype(np.int32),
        spoken, found["y"].to_numpy()[order], found["offset"].to_numpy()[order],
        np.array([i.weight for i in items])[spoken],
    )  # fmt: skip
    return Evidence(cells, tuple(items), reports, outside, contradictory)


def _places(cells: pl.DataFrame) -> Callable[[pl.DataFrame], pl.Series]:
    """What finds the cell of each row of a frame, -1 where there is none: by whole numbers, not by names."""
    names = sorted({*cells["state_a"].unique(), *cells["state_b"].unique()})
    first, last = int(cells["year"].min()), int(cells["year"].max())  # type: ignore[arg-type]
    state, years = pl.Enum(names), last - first + 1
    a, b = (pl.col(c).cast(state, strict=False).to_physical().cast(pl.Int64) for c in _DYAD)
    year = pl.when(pl.col("year").is_between(first, last)).then(pl.col("year") - first)
    number = ((a * len(names) + b) * years + year).fill_null(-1)
    # The last place is for rows that have none.
    table = np.full(len(names) ** 2 * years + 1, -1, np.int32)
    table[cells.select(number).to_series().to_numpy()] = np.arange(cells.height, dtype=np.int32)
    return lambda frame: pl.Series(table[frame.select(number).to_series().to_numpy()])
