"""Where a tie stands in the index of ties, in words and figures."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any, Protocol

import numpy as np
import polars as pl

from quadrille.index.place import Place
from quadrille.kernels.arrays import Array
from quadrille.panel.periods import period_name, unit_word
from quadrille.panel.units import Unit
from quadrille.verdicts import OPEN
from quadrille.views import theme
from quadrille.views.forms import capital, signed
from quadrille.views.names import listed, tie_name
from quadrille.views.theme import alt
from quadrille.views.view import Column, interval
from quadrille.views.words import band, chance, equals, known_percentile, most, rank

__all__ = [
    "RANKS",
    "anchor_layers",
    "index_sentence",
    "known_ranks",
    "place_columns",
    "place_facts",
    "place_sentences",
    "world_words",
]

# Level → what it is, as the scale is anchored.
_ANCHORS = {1.0: "median ally", 0.0: "neutral", -1.0: "median rival"}
_NAMED = 7  # their names take a seventh of the width
RANKS = ("percentile", "engagement_percentile")
_CONTACT = (
    (95, "a great deal to do with each other"), (75, "much to do with each other"),
    (25, "about as much to do with each other as most"), (5, "little to do with each other"),
)  # fmt: skip


def _rank(percent: float) -> str:
    """``warmer than 73%``, ``colder than 98%``; never all of them."""
    word, share = ("warmer", percent) if percent >= 50 else ("colder", 100.0 - percent)
    return f"{word} than {most(share)}"


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


def world_words(place: InWorld, frequency: str = "Y") -> str:
    """``warmer than 73% of the world's 18,915 ties in 2016 (percentile 73, 90% band 60 to 84)``, where that is known."""
    lo, mid, hi = place.world
    world = f"the world's {place.ties:,} ties in {period_name(place.period, frequency)}"
    ends = f"90% band {lo:.0f} to {hi:.0f}"
    if not known_percentile(place.world):
        return f"its place among {world} is not known (percentile {mid:.0f}, {ends})"
    return f"{_rank(mid)} of {world} (percentile {mid:.0f}, {ends})"


def _stands(place: Place) -> str:
    """Its place in the world, and in its own history."""
    others = place.years - 1
    times = unit_word(place.frequency, max(others, 2))
    own = ""
    if known_percentile(place.own):
        lo, mid, hi = place.own
        # The band is of what is said: of colder years where it is colder.
        ends = (lo, hi) if mid >= 50 else (100.0 - hi, 100.0 - lo)
        own = f"{_rank(mid)} of its own {others} other {times} (90% band {ends[0]:.0f}% to {ends[1]:.0f}%)"
    world = world_words(place, place.frequency)
    if known_percentile(place.world):
        return f"It is {listed([world, own] if own else [world])}."
    return f"{capital(world)}{f'; it is {own}' if own else ''}."


def _together(place: Place) -> bool:
    """Whether the last turn was in the very year that changes are counted from."""
    return bool(place.before and place.turn and place.before.since == place.turn.since)


def _moves(place: Place) -> str:
    """How far the level moved since five years before and since its last turn, and whether that is sure."""
    turn = "since {}, when it last turned," if _together(place) else "since its last turn, in {},"
    found = [("since {}", None if _together(place) else place.before), (turn, place.turn)]
    known = [(words.format(period_name(c.since, place.frequency)), c) for words, c in found if c]
    if not known:
        return ""
    said = [f"{when} by {band(c.by, sign=True)}" for when, c in known]
    said[0] = said[0].replace(" by ", " it moved by ", 1)
    unsure = all(c.by[0] <= 0 <= c.by[2] for _, c in known)
    way = "either way" if len(known) == 1 else "either way in both"
    note = f"; it may have moved {way}" if unsure else ""
    return f"{capital(' and '.join(said))}{note}."


def _contact(place: Place) -> str:
    lo, mid, hi = place.engagement
    rank = f"engagement: percentile {mid:.0f}, 90% band {lo:.0f} to {hi:.0f}"
    if not known_percentile(place.engagement):
        return f"Whether the two have more to do with each other than most is not known ({rank})."
    least = "next to nothing to do with each other"
    words = next((w for bound, w in _CONTACT if mid >= bound), least)
    return f"The two have {words} ({rank})."


def place_sentences(place: Place) -> tuple[str, ...]:
    """What the index says of a tie beside its level: its place, its changes, how much the two have to do with each other."""
    return (_stands(place), _moves(place), _contact(place))


def index_sentence(place: Place, label: str) -> str:
    """The index's level of a tie that was read from other data."""
    level = band(place.level, sign=True)
    return (
        f"In the index of ties {tie_name(label)} is at {level} in {period_name(place.period, 'Y')}, where 0 is neutral, "
        f"+1 the median ally and −1 the median rival: P(warm) {equals(place.p_warm)}, {world_words(place)}."
    )


def place_columns(label: str, path: pl.DataFrame) -> tuple[Column, ...]:
    """Columns of a path of the index: level with its band, P(warm), percentiles where any is known."""
    heads = ("percentile", "engagement (percentile)")
    return (
        *interval("shown", label, signed()), Column("p_warm", "P(warm)", chance),
        *(
            Column(k, head, rank) for k, head in zip(RANKS, heads, strict=True)
            if path[k].null_count() < path.height
        ),
    )  # fmt: skip


def known_ranks(path: pl.DataFrame) -> pl.DataFrame:
    """A path of the index with the percentiles that are known, null where they are not."""
    wide = [pl.col(f"{k}_hi90") - pl.col(f"{k}_lo90") > 100 * OPEN for k in RANKS]
    return path.with_columns(pl.when(~w).then(k).alias(k) for k, w in zip(RANKS, wide, strict=True))


def place_facts(place: Place) -> dict[str, Any]:
    """What machines are given of a place beside its rows."""
    facts = asdict(place)
    del facts["path"]
    return facts


def _room(level: Array, at: float, offset: float) -> tuple[float, bool, bool]:
    """Where the name of an anchor is farthest from the line: how far, whether to the right, whether below."""
    many = -(-len(level) // _NAMED)
    found = []
    for right, part in ((False, level[:many]), (True, level[-many:])):
        near = part[np.isfinite(part)]
        for below in (False, True):
            middle = at - offset if below else at + offset
            gap = float(np.abs(near - middle).min(initial=np.inf))
            found.append((min(gap, 2 * offset), right, below))  # twice the height is room enough
    return max(found, key=lambda place: place[0])  # the first of those that are alike


def anchor_layers(tie: OnScale, level: Array, scale: alt.Scale, height: int) -> list[Any]:
    """Lines at the median ally, at neutral and at the median rival, with their names where the tie is not.

    Parameters
    ----------
    tie : OnScale
    level : ndarray, shape (time,)
        What is drawn of it.
    scale : altair.Scale
        With its domain.
    height : int
        Of the panel, px.
    """
    low, high = scale["domain"]
    offset = (high - low) * 8 / height  # from a line to the middle of its name
    rows = []
    for at, name in _ANCHORS.items():
        _, right, below = _room(level, at, offset)
        rows.append({"at": at, "name": name, "period": tie.periods[-right], "right": right, "below": below})  # fmt: skip
    data, y = pl.DataFrame(rows), theme.on_y("at", tie.unit.label, scale)
    names = [
        alt.Chart(part)
        .mark_text(align="right" if right else "left", dx=-3 if right else 3, dy=9 if below else -6, fontSize=11,
                   color="#666")
        .encode(y=y, x=alt.X("period:T"), text=alt.Text("name:N"))
        for (right, below), part in data.partition_by("right", "below", as_dict=True).items()
    ]  # fmt: skip
    return [theme.dashed(data, "at", scale, tie.unit.label), *names]
