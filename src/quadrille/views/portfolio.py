"""One state's portfolio: how its cooperation is spread over partners and domains."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from quadrille.panel.periods import n_periods, period_name
from quadrille.readings.portfolio import Portfolio
from quadrille.views import theme
from quadrille.views.dependence import dependence_facts, dependence_note, dependence_sentences
from quadrille.views.forms import count, percent, signed, text
from quadrille.views.names import name, source, the
from quadrille.views.view import Column, Grid, View, grid, interval, view_of
from quadrille.views.words import (
    acts_note,
    band,
    equals,
    open_note,
    percentile_words,
    percents,
    quantiles,
    verdict,
)

__all__ = ["view"]

_ROWS, _TOP = 12, 10
_REPORTED, _CORRECTED = "as reported", "corrected for media attention"


def _when(p: Portfolio) -> str:
    """``10 years to 2018``, or one period."""
    last = period_name(p.periods[-1], p.frequency)
    return last if p.window == 1 else f"{n_periods(p.window, p.frequency)} to {last}"


def _share(row: dict[str, Any], column: str = "share") -> str:
    prefix = "" if column == "share" else f"{column}_"
    return percents((row[f"{prefix}lo90"], row[column], row[f"{prefix}hi90"]))


def _lead(p: Portfolio, table: pl.DataFrame) -> list[str]:
    """What the shares are of, how spread they are, and the largest; of coded acts, that they are such, first."""
    top, n = table.row(0, named=True), p.n[-1].sum()
    spread = f"{band(quantiles(p.effective[:, -1]), 1)} effective partners"
    if not p.coded:
        return [
            f"{the(p.state)} in {_when(p)}: {spread}; the largest, {the(top['partner'])}, takes "
            f"{_share(top)} of its reported cooperation ({n:,.0f} cooperative events; {source(p.origin)})."
        ]
    others = " and ".join(
        f"{the(r['partner'])} {percent()(r['share'])}" for r in table[1:3].iter_rows(named=True)
    )
    return [
        f"{the(p.state)} in {_when(p)}: shares of hand-coded acts measure what was coded, not what "
        f"{the(p.state)} does; {n:,.0f} cooperative acts with {len(p.partners)} states are coded "
        f"({source(p.origin)}).",
        f"Of the coded acts, {_share(top)} are with {the(top['partner'])}"
        + (f", then {others}" if others else "") + f": {spread} among the states coded.",
    ]  # fmt: skip


def _majors(p: Portfolio) -> list[str]:
    if np.isnan(p.majors[:, -1]).all():
        return []
    of = " of the coded acts" if p.coded else ""
    return [
        f"Major powers take {percents(quantiles(p.majors[:, -1]))}{of}, spread over "
        f"{band(quantiles(p.majors_effective[:, -1]), 1)} effective ones of the {len(p.powers[-1])} "
        "in the data."
    ]


def _place(p: Portfolio) -> list[str]:
    """Where it stands among the states of the data, and the shares corrected for attention."""
    said = []
    if not np.isnan(p.percentile[:, -1]).any():
        place = percentile_words(quantiles(p.percentile[:, -1]))
        said.append(
            f"By effective partners it stands at {place} of the states of the data (100: the most spread)."
        )
    if not np.isnan(p.corrected_effective[:, -1]).any():
        own = p.partner_table().sort("corrected", descending=True).row(0, named=True)
        said.append(
            "Corrected for how much each partner is in the news: "
            f"{band(quantiles(p.corrected_effective[:, -1]), 1)} effective partners; the largest is "
            f"{the(own['partner'])} with {_share(own, 'corrected')}."
        )
    return said


def _change(p: Portfolio) -> list[str]:
    then = p.periods[p.against]
    if then == p.periods[-1]:
        return []
    lo, mid, hi, rose = p.change()
    word = verdict(rose, "wider", "narrower")
    of = " of the coded acts" if p.coded else ""
    return [
        f"Since {period_name(then, p.frequency)} effective partners{of} changed by "
        f"{band((lo, mid, hi), 1, True)}: {word} (P(wider) {equals(rose)}; a verdict needs 0.9 either way)."
    ]


def _domain(p: Portfolio) -> list[str]:
    spread = p.domain_table()
    if spread is None:
        return []
    first = spread.row(0, named=True)
    what = "coded acts" if p.coded else "cooperation"
    return [f"The largest domain of its {what} is {text(first['domain'])}, {_share(first)}."]


def _notes(p: Portfolio) -> tuple[str, ...]:
    last = p.percentile[:, -1]
    told = not np.isnan(last).any()
    return (
        *_attention(p),
        open_note(quantiles(last)) if told else "",
        dependence_note((p.dependence,)),
    )


def _attention(p: Portfolio) -> tuple[str, ...]:
    if p.coded:
        return (
            "Who is in the record is the coders' choice. Media attention cannot be corrected for in it, and "
            "the state's place in the world is not known.",
        )
    if np.isnan(p.corrected_effective).all():
        return (
            "Too few states are in the data to correct for media attention; news cover great powers far more "
            "than others, so that reported shares overstate them.",
        )
    return (
        "News cover great powers far more than others, so that reported shares overstate them. The corrected "
        "shares take all attention for bias and understate them. The truth lies between.",
    )


def _grids(p: Portfolio, table: pl.DataFrame) -> tuple[Grid, ...]:
    when, then = (period_name(p.periods[k], p.frequency) for k in (-1, p.against))
    points = [Column("change", f"points since {then}", lambda v: signed(0)(100 * v))]
    shares = [
        *interval("share", "share", percent(), ("lo90", "hi90")),
        *(points if then != when else []),
    ]
    columns = [
        Column("partner", "partner", name), Column("events", "coded acts" if p.coded else "events", count), *shares
    ]  # fmt: skip
    if table["corrected"].null_count() < table.height:
        columns.append(Column("corrected", "corrected share", percent()))
    for r in p.dependence.parts if p.dependence else ():
        table = table.with_columns(
            pl.col("partner").map_elements(r.share, pl.Float64).alias(r.what)
        )
        columns.append(Column(r.what, f"of {r.what}", percent()))
    of = "coded cooperative acts" if p.coded else "reported cooperation"
    found = [grid(f"{the(p.state)}: partners, {of}, {_when(p)}", table.head(_ROWS), columns)]
    spread = p.domain_table()
    if spread is not None:
        columns = [Column("domain", "domain"), *shares]
        found.append(grid(f"{the(p.state)}: domains, {_when(p)}", spread, columns))
    return tuple(found)


def _heading(p: Portfolio) -> str:
    return "share of the coded acts" if p.coded else "share of cooperation"


def _path(p: Portfolio, width: int) -> list[Any]:
    """Effective partners over time; nothing where one period is all there is."""
    if len(p.periods) < 2:
        return []
    table = p.to_polars()
    names = {"effective": theme.BLUE}
    if table["corrected_effective"].null_count() < table.height:
        names["corrected_effective"] = theme.ORANGE
    paths = {
        c: table.select("period", value=c, lo=f"{c}_lo90", hi=f"{c}_hi90").drop_nulls() for c in names
    }  # fmt: skip
    scale = theme.value_scale(*theme.span(pl.concat(paths.values()), "lo", "hi"))
    x = theme.time_axis(p.periods, width)
    layers = [
        layer
        for c, data in paths.items()
        for layer in theme.band_layers(data, x, "effective partners", scale, names[c])
    ]
    both = f"blue: {_REPORTED}; orange: {_CORRECTED}; " if len(names) > 1 else ""
    pooled = "" if p.window == 1 else f"{n_periods(p.window, p.frequency)} pooled; "
    note = f"{both}{pooled}90% bands; data: {source(p.origin)}"
    return [theme.panel(layers, width, 170, f"Effective partners of {the(p.state)}", note)]


def _shares(p: Portfolio, width: int) -> Any:
    """Shares of the largest partners, reported and corrected."""
    top = p.partner_table().head(_TOP).with_columns(
        name=pl.col("partner").map_elements(name, pl.String)
    )  # fmt: skip
    kind = "coded acts" if p.coded else _REPORTED
    kinds = [top.select("name", value="share", lo="lo90", hi="hi90", kind=pl.lit(kind))]
    if top["corrected"].null_count() < top.height:
        kinds.append(
            top.select("name", value="corrected", lo="corrected_lo90", hi="corrected_hi90",
                       kind=pl.lit(_CORRECTED))
        )  # fmt: skip
    heading = _heading(p)
    colours = {kind: theme.BLUE, _CORRECTED: theme.ORANGE}
    data = pl.concat(kinds)
    scale = theme.share_scale(data, "hi")
    titles = (f"Largest partners, {_when(p)}", f"90% intervals; data: {source(p.origin)}")
    return theme.interval_chart(data, heading, width, colours, scale, titles, form="%")


def draw(p: Portfolio, width: int) -> Any:
    """Effective partners over time; shares of partners and of domains in the last period."""
    parts = [*_path(p, width), _shares(p, width)]
    spread = p.domain_table()
    if spread is not None:
        parts.append(theme.domain_chart(spread, _heading(p), width, f"Domains, {_when(p)}"))
    return theme.stack(*parts)


def view(p: Portfolio) -> View:
    """The portfolio as people read it."""
    table, spread = p.partner_table(), p.domain_table()
    said = [*_lead(p, table), *_majors(p), *_place(p), *_change(p), *_domain(p)]
    said += dependence_sentences(p.dependence, *table["partner"][:2])
    facts = {
        "state": p.state, "window": p.window, "reports_per_event": p.scale, "coded_acts": p.coded,
        "against": p.periods[p.against], "partners": table.head(_ROWS), "domains": spread,
        "dependence": dependence_facts((p.dependence,)),
    }  # fmt: skip
    of = "the coded acts" if p.coded else "cooperation"
    return view_of(
        p, f"{the(p.state)}'s portfolio", said, draw=draw, facts=facts, grids=_grids(p, table), notes=(acts_note(p.acts, "all that is said here is"), *_notes(p)),
        caption=f"Effective partners over time; shares of partners and domains in {of}, {_when(p)}.",
        states=(p.state,),
    )  # fmt: skip
