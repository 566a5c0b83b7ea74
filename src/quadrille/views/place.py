"""Where a tie stands in the index of ties, in words and figures."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any, Protocol

import polars as pl

from quadrille.index.place import Change, Place
from quadrille.panel.periods import period_name
from quadrille.panel.units import Unit
from quadrille.views import theme
from quadrille.views.forms import number, signed
from quadrille.views.names import listed, tie_name
from quadrille.views.theme import alt
from quadrille.views.view import Column, interval
from quadrille.views.words import band, chance

__all__ = [
    "anchor_layers",
    "beside",
    "place_columns",
    "place_facts",
    "place_sentences",
    "world_words",
]

# Level → what it is, as the scale is anchored.
_ANCHORS = {1.0: "median ally", 0.0: "neutral", -1.0: "median rival"}
_CONTACT = ((95, "a great deal"), (75, "much"), (25, "about as much as most"), (5, "little"))


def _rank(percent: float) -> str:
    """``warmer than 73%``, ``colder than 98%``; never all of them."""
    word, share = ("warmer", percent) if percent >= 50 else ("colder", 100.0 - percent)
    return f"{word} than {_most(share)}"


def _most(share: float) -> str:
    return "more than 99%" if share > 99 else f"{share:.0f}%"


class InWorld(Protocol):
    """A tie among all ties of a year."""

    @property
    def period(self) -> date:
        """The year."""

    @property
    def ties(self) -> int:
        """Ties in the world."""

    @property
    def world(self) -> tuple[float, float, float]:
        """Percentage of them below 5%, 50% and 95% points of the level."""


class OnScale(Protocol):
    """Levels of a tie over time."""

    @property
    def periods(self) -> tuple[date, ...]:
        """First days."""

    @property
    def unit(self) -> Unit:
        """Of the levels."""


def world_words(place: InWorld) -> str:
    """``warmer than 73% of the world's 18,915 ties in 2016 (percentile 73, 90% band 60 to 84)``."""
    lo, _, hi = place.world
    year = period_name(place.period, "Y")
    ends = f"percentile {place.world[1]:.0f}, 90% band {lo:.0f} to {hi:.0f}"
    return f"{_rank(place.world[1])} of the world's {place.ties:,} ties in {year} ({ends})"


def _moved(change: Change) -> str:
    year = period_name(change.since, "Y")
    lo, mid, hi = change.by
    sure = "" if lo * hi > 0 else ", which may be none"
    return f"{band((lo, mid, hi), sign=True)} since {year}{sure}" if mid else f"none since {year}"


def place_sentences(place: Place) -> tuple[str, ...]:
    """What the index says of a tie beside its level: its place, its changes, how much the two have to do with each other."""
    said = [
        f"It is {world_words(place)}, and {_rank(place.own)} of its own {place.years - 1} years before."
    ]
    moves = [_moved(place.before)] if place.before else []
    if place.turn:
        moves.append(f"{_moved(place.turn)}, its last turn")
    if moves:
        said.append(f"Its change is {listed(moves)}.")
    much = next((word for least, word in _CONTACT if place.engagement >= least), "next to nothing")
    than = _most(place.engagement)
    said.append(
        f"The two have {much} to do with each other: more than {than.removeprefix('more than ')} of all ties."
    )
    return tuple(said)


def beside(place: Place, label: str) -> str:
    """The index's level of a tie that was read from other data."""
    level = band(place.level, sign=True)
    return (
        f"In the index of ties {tie_name(label)} is at {level} in {period_name(place.period, 'Y')}, where 0 is neutral, "
        f"+1 the median ally and -1 the median rival: P(warm) = {chance(place.p_warm)}, {world_words(place)}."
    )


def place_columns(label: str) -> tuple[Column, ...]:
    """Columns of a path of the index: level with its band, P(warm), percentiles."""
    return (
        *interval("shown", label, signed()), Column("p_warm", "P(warm)", number()),
        Column("percentile", "percentile", number(0)), Column("engagement_percentile", "engagement (percentile)", number(0)),
    )  # fmt: skip


def place_facts(place: Place) -> dict[str, Any]:
    """What machines are given of a place beside its rows."""
    facts = asdict(place)
    del facts["path"]
    return facts


def anchor_layers(tie: OnScale, scale: alt.Scale) -> list[Any]:
    """Lines at the median ally, at neutral and at the median rival, with their names."""
    rows = [{"at": at, "name": name, "period": tie.periods[0]} for at, name in _ANCHORS.items()]
    base = alt.Chart(pl.DataFrame(rows)).encode(y=theme.on_y("at", tie.unit.label, scale))
    text = base.mark_text(align="left", dx=3, dy=-6, fontSize=11, color="#666")
    return [
        base.mark_rule(color="#888", strokeDash=[4, 3]),
        text.encode(x="period:T", text="name:N"),
    ]
