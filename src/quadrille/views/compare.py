"""What each witness says of a tie: who makes it warmer, who colder, who is silent; a strip for each over time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

import polars as pl

from quadrille.panel.periods import period_name
from quadrille.readings.compare import BEFORE, Comparison
from quadrille.views import theme
from quadrille.views.forms import signed, verbatim
from quadrille.views.names import listed, sentence, source, tie_name
from quadrille.views.place import anchor_layers, world_words
from quadrille.views.theme import alt
from quadrille.views.view import Column, View, grid, view_of
from quadrille.views.words import band, open_note

__all__ = ["called", "conduct", "view"]


class _Witness(NamedTuple):
    """How a witness is called in a sentence and in a table, and whether it is one or many."""

    inside: str
    head: str
    many: bool = False


_CALLED = {
    "votes": _Witness("the UN votes", "UN votes", True),
    "organisations": _Witness("the shared organisations", "shared organisations", True),
    "alliances": _Witness("the alliances", "alliances", True),
    "disputes": _Witness("the disputes", "disputes", True),
    "arms": _Witness("the arms transfers", "arms transfers", True),
    "trade": _Witness("trade", "trade"),
    "influence": _Witness("formal influence", "formal influence"),
    "chronicle": _Witness("the chronicle", "chronicle"),
    "icews": _Witness("ICEWS", "ICEWS"),
    "gdelt": _Witness("GDELT", "GDELT"),
    "polecat": _Witness("POLECAT", "POLECAT"),
}
_NEWS = (
    "reported agreements and aid gained on threats, demands and clashes",
    "reported threats, demands and clashes gained on agreements and aid",
)
# Witness → the conduct that makes what it adds rise, that makes it fall, and who records it.
_CONDUCT: dict[str, tuple[str, str, str]] = {
    "votes": ("their votes at the UN came closer", "their votes at the UN drew apart", "UN roll calls"),
    "organisations": ("they shared more memberships of organisations", "they shared fewer memberships of organisations", "lists of members"),
    "alliances": ("pacts began or went on", "pacts ended, or there were none", "lists of alliances"),
    "disputes": ("militarised disputes ended or grew rarer", "militarised disputes began or grew worse", "lists of disputes"),
    "arms": ("arms were supplied", "arms supplies fell away", "the register of arms transfers"),
    "trade": ("they traded more than is to be expected", "they traded less than is to be expected", "trade statistics"),
    "influence": ("formal links of economy, defence and politics grew", "formal links of economy, defence and politics shrank", "the index of formal influence"),
    "chronicle": ("friendly acts gained on hostile ones", "hostile acts gained on friendly ones", "the chronicle"),
    "icews": (*_NEWS, "ICEWS"),
    "gdelt": (*_NEWS, "GDELT"),
    "polecat": (*_NEWS, "POLECAT"),
}  # fmt: skip
_TENTH = signed(1)
_LOUD = 0.25  # a level nearer to neutral has nothing to account for
# Shift at least → what the colour says; warmer is red and colder blue, as in every figure.
_CLASSES = (
    (0.95, "+1.0 and more", "#8f3300"), (0.45, "+0.5 to +0.9", theme.VERMILION), (0.05, "+0.1 to +0.4", "#f3b58a"),
    (-0.05, "adds nothing", "#e2e2e2"), (-0.45, "−0.1 to −0.4", "#9cc7e3"), (-0.95, "−0.5 to −0.9", theme.BLUE),
    (float("-inf"), "−1.0 and less", "#003b5e"),
)  # fmt: skip
_ROW, _HEIGHT = 22, 170
_MIDDLE = pl.col("period").dt.offset_by("6mo").alias("middle")


def called(witness: str) -> _Witness:
    """Names of a witness."""
    known = source(witness).replace("_", " ")
    return _CALLED.get(witness, _Witness(known, known))


def conduct(witness: str, by: float) -> str:
    """``militarised disputes ended or grew rarer (+1.4 by lists of disputes)``: what changed when what a witness adds did."""
    up, down, who = _CONDUCT.get(
        witness,
        ("warmer conduct was recorded", "colder conduct was recorded", called(witness).inside),
    )
    return f"{up if by > 0 else down} ({_TENTH(by)} by {who})"


def recorder(witness: str) -> str:
    """``trade statistics``: who records what a witness is made of."""
    return _CONDUCT[witness][2] if witness in _CONDUCT else called(witness).inside


def _year(day: date) -> str:
    return period_name(day, "Y")


def _lead(c: Comparison) -> str:
    """The level, and its place in the world."""
    return (
        f"{tie_name(c.label)} in {_year(c.period)}: {c.unit.label} {band(c.level, sign=True)}, where 0 is neutral, "
        f"+1 the median ally and −1 the median rival; {world_words(c)}."
    )


def _clause(rows: pl.DataFrame, what: str, verb: bool) -> str:
    """``the UN votes make it warmer (+0.4)``; of several, the number stands behind each; the verb may be left out."""
    if rows.is_empty():
        return ""
    found = [(called(w), _TENTH(s)) for w, s in rows.select("witness", "shift").iter_rows()]
    say = ("make it " if found[0][0].many or len(found) > 1 else "makes it ") if verb else ""
    if len(found) == 1:
        return f"{found[0][0].inside} {say}{what} ({found[0][1]})"
    return f"{listed([f'{w.inside} ({shift})' for w, shift in found])} {say}{what}"


def _said(c: Comparison) -> str:
    """Which witnesses speak, and who pulls where."""
    clauses: list[str] = []
    for rows, what in ((c.warm, "warmer"), (c.cold, "colder")):
        if said := _clause(rows, what, not clauses):
            clauses.append(said)
    nothing = [called(w) for w in c.nothing["witness"]]
    if nothing:
        verb = "add" if len(nothing) > 1 or nothing[0].many else "adds"
        said = f"{listed([w.inside for w in nothing])} {verb} nothing"
        return f"{', '.join(clauses)}; {said}{_rest(c)}." if clauses else f"{said}{_rest(c)}."
    if not clauses:
        return f"No source speaks in {_year(c.period)}: the level rests on other years, or on what is usual for two states of this kind."  # fmt: skip
    return f"{', '.join(clauses)}{_rest(c)}."


def _rest(c: Comparison) -> str:
    """Where most of the level is from, if not from who speaks in that year."""
    level = float(c.level[1])
    spoken = float(pl.concat([c.warm, c.cold])["shift"].sum())
    if abs(level) < _LOUD or spoken * level >= level * level / 2:
        return ""
    return (
        "; most of the level rests on other years, or on what is usual for two states of this kind"
    )


def _heard(row: Mapping[str, Any], year: int) -> str:
    """``the disputes (last in 2001)``; of a witness that comes later, since when."""
    name = called(row["witness"]).inside
    return f"{name} (from {row['first']})" if row["first"] > year else f"{name} (last in {row['last']})"  # fmt: skip


def _silent(c: Comparison) -> str:
    heard = [
        _heard(row, c.period.year) for row in c.silent.drop_nulls("last").iter_rows(named=True)
    ]
    never = [recorder(w) for w in c.silent.filter(pl.col("last").is_null())["witness"]]
    parts = [f"Silent in {_year(c.period)}: {listed(heard)}"] if heard else []
    parts += [f"no data on this tie from {listed(never)}"] if never else []
    return sentence("; ".join(parts)) if parts else ""


def _decisive(c: Comparison) -> str:
    """On which witnesses the level hangs."""
    found = [called(w).inside for w in c.decisive["witness"]]
    if not found:
        return ""
    each = f"any one of {listed(found)}" if len(found) > 1 else found[0]
    more = ": it hangs on each of them" if len(found) > 1 else ""
    return f"Without {each} the level would lie outside its band{more}."


def _shift(value: float | None) -> str:
    """A shift in tenths, or in words what a number would not say."""
    if value is None:
        return "silent"
    return _TENTH(value) if abs(value) >= 0.05 else "adds nothing"


def _columns(c: Comparison) -> list[Column]:
    columns = [
        Column("witness", "witness", lambda w: called(w).head),
        Column("shift", _year(c.period), _shift),
    ]
    then = date(c.period.year - BEFORE, 1, 1)
    if then in set(c.periods):
        columns.append(Column("before", _year(then), _shift))
    return [*columns, Column("last", "last spoke", lambda y: verbatim(y) or "no data")]


def _cells(c: Comparison) -> pl.DataFrame:
    """One row a witness and year in which it speaks."""
    long = c.path.select("period", *c.names).unpivot(
        index="period", variable_name="witness", value_name="shift"
    )
    kind = pl.lit(_CLASSES[-1][1])
    for least, name, _ in reversed(_CLASSES[:-1]):
        kind = pl.when(pl.col("shift") >= least).then(pl.lit(name)).otherwise(kind)
    heads = {w: called(w).head for w in c.names}
    return long.drop_nulls().with_columns(
        theme.period_end("Y"), kind=kind, who=pl.col("witness").replace_strict(heads, return_dtype=pl.String)
    )  # fmt: skip


def _axis(c: Comparison, width: int, name: str = "period") -> Any:
    """The same years in both panels, each as long as it is."""
    ends = [alt.DateTime(year=y, month=1, date=1) for y in (c.periods[0].year, c.periods[-1].year + 1)]  # fmt: skip
    return theme.time_axis(c.periods, width, name).scale(domain=ends, nice=False)


def _mark(c: Comparison, width: int) -> Any:
    """The year that is read."""
    at = pl.DataFrame({"period": [c.period]}).with_columns(_MIDDLE)
    return alt.Chart(at).mark_rule(color="#333", strokeWidth=1).encode(x=_axis(c, width, "middle"))


def _level_panel(c: Comparison, width: int) -> Any:
    data = c.path.select("period", _MIDDLE, value="level", lo="level_lo90", hi="level_hi90")
    scale = theme.value_scale(*theme.span(data, "lo", "hi", include=(-1.0, 0.0, 1.0)))
    layers = [
        *theme.band_layers(data, _axis(c, width, "middle"), c.unit.label, scale, theme.GREY),
        *anchor_layers(c, c.path["level"].to_numpy(), scale, _HEIGHT),
        _mark(c, width),
    ]
    note = f"level with its 90% band; the line marks {_year(c.period)}; data: {source(c.origin)}"
    return theme.panel(layers, width, _HEIGHT, tie_name(c.label), note)


def _strips(c: Comparison, width: int) -> Any:
    heads = [called(w).head for w in c.names]
    axis = alt.Axis(labelLimit=0, labelOverlap=False)
    y = alt.Y("who:N", sort=heads, title=None, axis=axis, scale=alt.Scale(paddingInner=0.12))
    legend = theme.legend_of(2 if width < theme.PHONE else 4)
    colour = theme.colours_of("kind", {name: shade for _, name, shade in _CLASSES}, legend)
    boxes = alt.Chart(_cells(c)).mark_rect(stroke=None).encode(
        x=_axis(c, width), x2=alt.X2("until:T"), y=y, color=colour
    )  # fmt: skip
    note = "orange: warmer; blue: colder; blank: silent"
    layers = [boxes, _mark(c, width)]
    return theme.panel(layers, width, _ROW * len(heads), "What each witness adds", note)


def draw(c: Comparison, width: int) -> Any:
    """The level, and below it what each witness adds, on one scale."""
    if not c.names:
        return _level_panel(c, width)
    return theme.stack(_level_panel(c, width), _strips(c, width))


def _facts(c: Comparison) -> dict[str, Any]:
    return {
        "dyad": c.label, "period": c.period, "level": c.level, "ties": c.ties, "world": c.world,
        "disagree": c.disagree, "decisive": c.decisive["witness"].to_list(), "witnesses": c.witnesses,
    }  # fmt: skip


def view(c: Comparison) -> View:
    """The witnesses as people read them."""
    year = _year(c.period)
    disagree = "Witnesses disagree." if c.disagree else ""
    note = (
        "What a witness adds is the level with all witnesses less the level without it. It does not sum to the level: "
        "witnesses that say the same share what they add, and years inform each other."
    )
    return view_of(
        c, f"Witnesses of {tie_name(c.label)} in {year}", (_lead(c), _said(c), disagree, _decisive(c), _silent(c)), draw=draw,
        facts=_facts(c), grids=(grid("What each witness adds to the level", c.witnesses, _columns(c)),), notes=(note, open_note(c.world)),
        states=(c.state_a, c.state_b), caption=f"Level of {tie_name(c.label)} in the index, and what each witness adds to it.",
    )  # fmt: skip
