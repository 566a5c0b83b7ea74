"""Portfolio, balancing act, bond and durability told in sentences, and as sections of the brief."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from quadrille.brief.figures_portfolio import balance_figure, bond_figure, portfolio_figure
from quadrille.kernels.projection import Projection
from quadrille.panel.periods import period_name
from quadrille.readings.balance import Balance, Protests
from quadrille.readings.bond import Bond
from quadrille.readings.durability import Durability
from quadrille.readings.portfolio import Portfolio
from quadrille.states.registry import get

__all__ = [
    "Section",
    "balance_lines",
    "balance_section",
    "bond_lines",
    "bond_section",
    "durability_lines",
    "portfolio_lines",
    "portfolio_section",
]

_HORIZON = {"Y": 1, "Q": 2, "M": 3, "D": 7}


@dataclass(frozen=True, slots=True)
class Section:
    """One section of the page.

    Attributes
    ----------
    title : str
    lines : tuple of str
        Sentences, the first the most important.
    draw : callable
        Width in pixels → chart.
    caption : str
    notes : tuple of str
        What is not known or must be kept in mind.
    """

    title: str
    lines: tuple[str, ...]
    draw: Callable[[int], Any]
    caption: str
    notes: tuple[str, ...]


def _span(values: Sequence[float] | Any, digits: int = 2, sign: bool = False) -> str:
    """``median (90% band low to high)``."""
    lo, mid, hi = (f"{v:{'+' if sign else ''}.{digits}f}" for v in values)
    return f"{mid} (90% band {lo} to {hi})"


def _three(draws: Any) -> Any:
    return np.quantile(draws, (0.05, 0.5, 0.95))


def _percent(values: Any) -> str:
    lo, mid, hi = (100 * float(v) for v in values)
    return f"{mid:.0f}% (90% band {lo:.0f} to {hi:.0f})"


def _name(code: str) -> str:
    return get(code).name


def portfolio_lines(p: Portfolio, at: int) -> list[str]:
    """How spread a state's cooperation is, on whom it leans most, and how that has changed since ``at``."""
    when, then = (period_name(p.periods[k], p.frequency) for k in (-1, at))
    table = p.partner_table(-1, at)
    top = table.row(0, named=True)
    pooled = f"{p.window} periods to {when}" if p.window > 1 else when
    lines = [
        f"{_name(p.state)} in {pooled}: {_span(_three(p.effective[:, -1]), 1)} effective partners; "
        f"the largest, {_name(top['partner'])}, takes "
        f"{_percent((top['lo90'], top['share'], top['hi90']))} of its cooperation "
        f"({p.n[-1].sum():,.0f} cooperative events, {p.origin})."
    ]
    if not np.isnan(p.majors[:, -1]).all():
        lines.append(
            f"Major powers take {_percent(_three(p.majors[:, -1]))}, spread over "
            f"{_span(_three(p.majors_effective[:, -1]), 1)} of the {len(p.powers[-1])} in the data."
        )
    if not np.isnan(p.percentile[:, -1]).any():
        lines.append(
            f"In the world of {when} it stands at percentile {_span(_three(p.percentile[:, -1]), 0)} "
            "by effective partners (100: the most spread)."
        )
    if not np.isnan(p.corrected_effective[:, -1]).any():
        own = table.sort("corrected", descending=True).row(0, named=True)
        lines.append(
            f"Corrected for how much each partner is in the news: "
            f"{_span(_three(p.corrected_effective[:, -1]), 1)} effective partners; the largest is "
            f"{_name(own['partner'])} with "
            f"{_percent((own['corrected_lo90'], own['corrected'], own['corrected_hi90']))}."
        )
    if p.periods[at] != p.periods[-1]:
        lo, mid, hi, rose = p.change("effective", at)
        lines.append(
            f"Since {then} effective partners changed by {_span((lo, mid, hi), 1, True)}; "
            f"P(more spread) = {rose:.2f}."
        )
    spread = p.domain_table(-1, at)
    if spread is not None:
        first = spread.row(0, named=True)
        lines.append(
            f"Its largest domain is {first['domain'].replace('_', ' ')}, "
            f"{_percent((first['lo90'], first['share'], first['hi90']))}."
        )
    return lines


def portfolio_notes(p: Portfolio) -> list[str]:
    """What a portfolio is not."""
    if np.isnan(p.corrected_effective).all():
        return [
            "Shares of recorded acts: who is in the record is the coder's choice, and media attention "
            "cannot be corrected for in it; a state's place in the world is not known either."
        ]
    return [
        "News cover great powers far more than others, so that reported shares overstate them; the "
        "corrected shares take all attention for bias, and understate them. The truth lies between."
    ]


def portfolio_section(p: Portfolio) -> Section:
    """The portfolio in the brief."""
    return Section(
        f"{_name(p.state)}'s portfolio", tuple(portfolio_lines(p, p.decade_ago)),
        lambda width: portfolio_figure(p, width),
        "Effective partners over time; shares of partners and domains in the last period.",
        tuple(portfolio_notes(p)),
    )  # fmt: skip


def _compensation_line(b: Balance, toward: str, on: str, got: Projection) -> str:
    known = np.flatnonzero(~np.isnan(got.response))
    if known.size == 0:
        return ""
    # One horizon, chosen beforehand: the first that differs from zero would be a search.
    h = min(_HORIZON[b.ties[0].frequency], int(known[-1]))
    band = _span((got.lo90[h], got.response[h], got.hi90[h]), 2, True)
    verdict = "undetermined"
    if got.lo90[h] > 0 or got.hi90[h] < 0:
        verdict = "it pays the other back" if got.response[h] > 0 else "at the other's cost"
    return (
        f"After a typical move toward {_name(toward)}, {b.pivot}–{on} changes by {band} in "
        f"{h} period{'' if h == 1 else 's'}, n = {got.n[h]}: {verdict}."
    )


def _protest_line(p: Protests) -> str:
    r = p.rate
    if np.isnan(r.ratio):
        return (
            f"Protests of {_name(p.protester)}: every period follows a move of {_name(p.mover)}, "
            "so that there is nothing to compare with."
        )
    unit = {"M": "month", "Y": "year", "Q": "quarter", "D": "day"}[p.frequency]
    unit += "" if p.within == 1 else "s"
    if r.p <= 0.05 and r.lo90 > 1:
        verdict = "it protests"
    else:
        verdict = "no more than by chance" if r.p > 0.1 and r.hi90 < 2 else "undetermined"
    return (
        f"In the {p.within} {unit} after {_name(p.mover)} moves toward {_name(p.toward)} "
        f"({r.moves} moves), conflictual acts of {_name(p.protester)} toward it are {r.ratio:.1f} "
        f"times as frequent as else (90% band {r.lo90:.1f} to {r.hi90:.1f}; by chance "
        f"{r.null_lo:.1f} to {r.null_hi:.1f}; p = {r.p:.2f}): {verdict}."
    )


def balance_lines(b: Balance) -> list[str]:
    """Where a pivot stands between two rivals, and what its moves bring."""
    when = period_name(b.periods[-1], b.ties[0].frequency)
    tilt = _three(b.tilt[:, -1])
    even = _three(b.even[:, -1])
    closer = float((b.tilt[:, -1] > 0).mean())
    if max(closer, 1 - closer) < 0.9:
        verdict = "closer to neither"
    else:
        verdict = f"closer to {_name(b.x if closer > 0.5 else b.y)}"
    lines = [
        f"{_name(b.pivot)} in {when}: {verdict} (tilt {_span(tilt, 2, True)}, positive toward "
        f"{_name(b.x)}); even-handedness {_span(even)}; warm with both with probability "
        f"{b.both_warm[-1]:.2f} ({b.ties[0].origin})."
    ]
    lines += [
        _compensation_line(b, b.x, b.y, b.toward_x), _compensation_line(b, b.y, b.x, b.toward_y)
    ]  # fmt: skip
    lines += [_protest_line(p) for p in b.protests]
    quad = b.windows.select("both_gain", "x_only", "y_only", "both_lose").mean().row(0)
    span = "a year" if b.ties[0].frequency != "D" or len(b.periods) > 365 else "the record"
    lines.append(
        f"Over {span} both ties gained in {quad[0]:.0%} of {b.windows.height:,} windows, only {_name(b.x)} in {quad[1]:.0%}, "
        f"only {_name(b.y)} in {quad[2]:.0%}, neither in {quad[3]:.0%}; the most gained with "
        f"{_name(b.x)} at no loss with {_name(b.y)} is {_span(b.frontier[:, 0])} in {b.unit.label}."
    )
    return [line for line in lines if line]


def balance_section(b: Balance) -> Section:
    """The balancing act in the brief."""
    x, y = _name(b.x), _name(b.y)
    return Section(
        f"{_name(b.pivot)} between {x} and {y}", tuple(balance_lines(b)),
        lambda width: balance_figure(b, width),
        f"Tilt between {x} and {y}; what a move toward one does to the other tie; gains against losses.",
        (*b.missing, "The two ties are measured one by one: what they share is not in the bands, and a "
         "response is a regularity, not yet a cause."),
    )  # fmt: skip


def bond_lines(b: Bond) -> list[str]:
    """What a tie rests on, and what would be left of it."""
    when = b.period.year
    lo, mid, hi = b.animosity
    lead = f"{_name(b.state_a)}–{_name(b.state_b)} in {when}: "
    place = "not known" if np.isnan(mid) else f"percentile {_span((lo, mid, hi), 0)}"
    lines = [f"{lead}shared animosities stand at {place} among the dyads of the data ({b.origin})."]
    if not np.isnan(b.goals):
        ratio = b.rests_on_animosity
        which = ", ".join(b.parts.filter(side="goal")["part"])
        lines.append(
            f"Common goals ({which}) stand at percentile {b.goals:.0f}; animosity is "
            f"{_percent(ratio)} of the two together."
        )
    if b.adversaries.height and b.adversaries["share"][0] > 0:
        top = b.adversaries.row(0, named=True)
        lines.append(
            f"{_name(top['state'])} makes "
            f"{_percent((top['share_lo90'], top['share'], top['share_hi90']))} of the shared animosity "
            "(both cold with "
            f"probability {top['p_both_cold']:.2f}); were it reconciled with both, the rest would "
            f"stand at percentile {top['left_percentile']:.0f}."
        )
    if b.one_domain is not None and b.domains is not None:
        domain, chance = b.one_domain
        row = b.domains.row(0, named=True)
        flag = "a one-domain bond" if b.flagged else "not a one-domain bond"
        lines.append(
            f"Its largest domain is {domain.replace('_', ' ')}, "
            f"{_percent((row['lo90'], row['share'], row['hi90']))} of "
            f"{b.domains['count'].sum():,.0f} cooperative acts in {b.window} periods; P(more than half) = "
            f"{chance:.2f}: {flag}."
        )
    return lines


def bond_section(b: Bond) -> Section:
    """The bond in the brief."""
    return Section(
        f"What {_name(b.state_a)}–{_name(b.state_b)} rests on", tuple(bond_lines(b)),
        lambda width: bond_figure(b, width),
        "Common goals and shared animosities; the third states both are cold to; domains.", b.missing,
    )  # fmt: skip


def durability_lines(d: Durability) -> list[str]:
    """What shortens thaws, and how long this one may last."""
    table = d.to_polars()
    unit = {"Y": "years", "Q": "quarters", "M": "months", "D": "days"}[d.frequency]
    lines = [f"{d.spells:,} thaws with a known start, {d.ends:,} of them ended ({d.origin})."]
    for row in table.iter_rows(named=True):
        sure = row["lo90"] > 1 or row["hi90"] < 1
        verdict = ("shortens" if row["hazard_ratio"] > 1 else "keeps") if sure else "undetermined"
        lines.append(
            f"{row['covariate'].replace('_', ' ')}: hazard ratio a standard deviation "
            f"{row['hazard_ratio']:.2f} (90% interval {row['lo90']:.2f} to {row['hi90']:.2f}; Weibull "
            f"{row['weibull']:.2f}): {verdict}"
            + (f"; NOT PROPORTIONAL, p = {row['proportional_p']:.2g}" if row["proportional_p"] < 0.05 else "")
            + "."
        )  # fmt: skip
    shape_se = float(np.sqrt(d.weibull.cov[-1, -1]))
    rho = [d.weibull.rho * float(np.exp(k * 1.645 * shape_se)) for k in (-1, 0, 1)]
    older = "safer" if rho[2] < 1 else "less safe" if rho[0] > 1 else "neither safer nor less"
    lines.append(f"Weibull shape {_span(rho)}: older thaws are {older}.")
    pair = f"{_name(d.state_a)}–{_name(d.state_b)}"
    if d.thaw is None:
        lines.append(
            f"{pair} has no thaw with a known start in these data (one that was on when they begin "
            "has no known age); what follows is for a thaw that begins now."
        )
    else:
        start, age, on = d.thaw
        state = (
            f"is on, {age} {unit} old" if on else f"ended after {age} {unit}; read from its start"
        )
        lines.append(f"{pair}'s last thaw began in {period_name(start, d.frequency)} and {state}.")
    last = d.survival.row(-1, named=True)
    weibull = _span((last["weibull_lo90"], last["weibull"], last["weibull_hi90"]))
    cox = (
        "not known: no thaw of that age has ended"
        if last["cox"] is None
        else _span((last["cox_lo90"], last["cox"], last["cox_hi90"]))
    )
    lines.append(f"P(still warm after {last['horizon']} {unit}): Cox {cox}; Weibull {weibull}.")
    return lines
