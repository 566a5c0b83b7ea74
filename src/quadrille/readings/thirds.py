"""Which third states a tie is read against, where nobody names them: an outside power, and a rival.

The *pivot* is the great power with which both have most to do over the record of the index, since whether thaws follow it
is asked over that record. A great power has at least half the capability of the most capable state (CINC, mean over the
record). One that historians name a rival of both is passed over where another is left: a common foe is read as rival.

The *rival* competes with one of the two, or with both, and can press it: it has a tenth of its capability, as far as that is
known. Two things make a rival. Historians name it (an active strategic rivalry in the last block of years of the lists that
the fit of all triangles holds; Thompson & Dreyer 2012, Thompson, Sakuwa & Suhas 2021) and the index of the last five years
has it cold with probability two thirds, which leaves out rivalries that have gone quiet. Or the index has it cold with
probability 0.9, and it borders its rival or is a major power. A rival of both comes before a named one, a named one before the
rest; among equals the most capable of those that both have about most to do with, to 0.3 of engagement: a weak neighbour with
which there is much to do is not what a tie is read against. There may be none.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import ndtr

from quadrille.coupling.pooled import TieWorld
from quadrille.errors import NoDataError
from quadrille.kernels.arrays import Array
from quadrille.states.powers import major_powers
from quadrille.verdicts import SURE

__all__ = ["pivot_among", "rival_among", "third_states"]

_LATELY = 5  # years that say who is a rival now
_GREAT = 0.5
_COMPARABLE = 0.1
_QUIET = 2 / 3  # probability of cold below which a named rivalry is none now
_NEARLY = 0.3  # of engagement, less than that with the most engaged rival
_FELT, _NAMED, _BOTH, _BOTH_NAMED = 1, 2, 3, 4
_SCHEMA = {"third": pl.String, "record": pl.Float64, "lately": pl.Float64, "great": pl.Boolean, "power": pl.Float64, "rivalry": pl.Int64}  # fmt: skip


def third_states(
    index: pl.DataFrame, world: TieWorld, a: str, b: str, among: Collection[str]
) -> pl.DataFrame:
    """Third states that have ties with both, and what makes them a pivot or a rival.

    Parameters
    ----------
    index : polars.DataFrame
        ``state_a, state_b, year, valence, sd, engagement``.
    world : TieWorld
        Capability, borders and rivalries of its states.
    a, b : str
    among : collection of str
        States that may be named.

    Returns
    -------
    DataFrame
        ``third``; ``record`` and ``lately``, the lesser of the two engagements, over the record and the last years; ``great``,
        whether it is a great power; ``power``, its last capability (CINC; 0: not known); ``rivalry``: 4 named with both, 3 with
        both, 2 named, 1 felt, 0 none.

    Raises
    ------
    NoDataError
        The fit of all triangles knows no capability, border or rivalry.
    """
    if not {"power", "border", "rival"} <= {*world.about}:
        raise NoDataError(
            "the pooled pivots know no capabilities, borders or rivalries; name pivot and rival"
        )
    known = {s: i for i, s in enumerate(world.states)}
    if not {a, b} <= {*known}:
        return pl.DataFrame(schema=_SCHEMA)
    mine, other = (_ties_of(index, world, x, set(known) & set(among) - {a, b}) for x in (a, b))
    lesser = pl.min_horizontal("engagement", "engagement_b")
    record = mine.join(other, on=("third", "year"), suffix="_b").sort("third", "year")
    now = pl.col("year") > index["year"].max() - _LATELY  # type: ignore[operator]
    found = record.group_by("third").agg(
        record=lesser.mean(), lately=lesser.filter(now).mean(),
        cold=pl.col("cold").filter(now).mean(), cold_b=pl.col("cold_b").filter(now).mean(),
    ).drop_nulls().sort("third")  # fmt: skip
    at = [known[s] for s in found["third"]]
    one, two = (
        _rivalry(world, known[s], at, found[c].to_numpy()) for s, c in ((a, "cold"), (b, "cold_b"))
    )
    both = np.where((one == _NAMED) & (two == _NAMED), _BOTH_NAMED, _BOTH)
    kind = np.where((one > 0) & (two > 0), both, np.maximum(one, two))
    power = np.exp(_power(world))
    great = power.mean(axis=0)
    return found.select(
        "third", "record", "lately",
        great=pl.Series(great[at] >= _GREAT * np.nanmax(great)),
        power=pl.Series(np.nan_to_num(power[-1, at])), rivalry=pl.Series(kind),
    )  # fmt: skip


def _ties_of(
    index: pl.DataFrame, world: TieWorld, state: str, among: Collection[str]
) -> pl.DataFrame:
    """Third states of a state by year, with their engagement and the probability that the tie is cold."""
    own = index.filter((pl.col("state_a") == state) | (pl.col("state_b") == state))
    third = pl.when(pl.col("state_a") == state).then("state_b").otherwise("state_a")
    own = own.select("year", "valence", "sd", "engagement", third=third)
    cold = ndtr(-(own["valence"] / own["sd"]).to_numpy())
    return own.select("third", "year", "engagement", cold=pl.Series(cold)).filter(
        pl.col("third").is_in(list(among))
    )


def _power(world: TieWorld) -> Array:
    """Log capability by block and state; of a state, what any other is told of it."""
    power = world.about["power"][:, 0, :].astype(float)
    power[:, 0] = world.about["power"][:, 1, 0]
    return power


def _rivalry(world: TieWorld, state: int, at: list[int], cold: Array) -> NDArray[np.int64]:
    """Of each third state: a named rival of the state, a rival by the index alone, or 0, none."""
    power, last = _power(world)[-1], world.years[1]
    major = np.isin(np.array(world.states)[at], major_powers(last))
    near = (world.about["border"][-1, state, at] > 0) | major
    weak = power[at] - power[state] < np.log(_COMPARABLE)
    named = (world.about["rival"][-1, state, at] > 0) & (cold >= _QUIET)
    kind = np.where(named, _NAMED, np.where(near & (cold >= SURE), _FELT, 0))
    return np.where(weak, 0, kind)


def pivot_among(found: pl.DataFrame) -> str | None:
    """The pivot, or None where there is no great power among them."""
    great = found.filter(pl.col("great")).sort(
        pl.col("rivalry") == _BOTH_NAMED, -pl.col("record"), "third"
    )
    return None if great.is_empty() else str(great["third"][0])


def rival_among(found: pl.DataFrame) -> str | None:
    """The rival, or None where neither has one."""
    rivals = found.filter(
        pl.col("rivalry") > 0, pl.col("rivalry") == pl.col("rivalry").max(),
    ).filter(pl.col("lately") >= pl.col("lately").max() - _NEARLY).sort(-pl.col("power"), "third")  # fmt: skip
    return None if rivals.is_empty() else str(rivals["third"][0])
