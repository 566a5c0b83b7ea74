"""Past cases of a constellation: how such thaws ended, beside how they ended where the pivot did not mend."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from quadrille.foresight.analogues import CLASSES, FEW_CASES, FEW_DYADS, Analogues
from quadrille.panel.periods import n_periods, period_name, span_name
from quadrille.views import theme
from quadrille.views.forms import count, number, percent, signed, yes
from quadrille.views.names import listed, name, plural, source, the, tie_name
from quadrille.views.theme import alt
from quadrille.views.view import Column, Grid, View, grid, period_column, view_of
from quadrille.views.words import layer_note

__all__ = ["view"]

_OF_CLASS = (
    "every such thaw", "… pivot a major power", "… warm after the thaw", "… B close to A's rival",
    "… pivot mended in full",
)  # fmt: skip


def _points(share: float) -> str:
    """A difference of shares in percentage points."""
    return signed(0)(100 * share)


def _effect(got: Analogues, row: Mapping[str, Any]) -> str:
    """The difference from the thaws whose pivot did not mend, and what it amounts to."""
    if row["effect"] is None:
        return "; there is no case to compare with in which the pivot did not mend"
    beside = f", against {row['contrast_warmer']:.0%} of {row['contrast_cases']:,} where the pivot did not mend"
    lo, hi = row["effect_lo90"], row["effect_hi90"]
    if lo is None:
        return f"{beside}; difference {_points(row['effect'])} points (interval not known)"
    word = got.verdict.said("more often", "less often")
    return f"{beside}; difference {_points(row['effect'])} points (90% interval {_points(lo)} to {_points(hi)}): {word}"


def _verdict(got: Analogues) -> str:
    """How such thaws ended, beside the base rate."""
    row = got.judged
    if row is None:
        return f"Undetermined: every class of cases has fewer than {FEW_CASES} cases or {FEW_DYADS} dyads ({source(got.origin)})."
    lo, hi = row["warmer_lo90"], row["warmer_hi90"]
    band = ""
    if lo is not None:
        band = f" (90% interval {lo:.0%} to {hi:.0%}, {row['dyads']:,} dyads resampled)"
    word = {
        "moves it": f"Such thaws {got.lasted.said('mostly lasted', 'mostly did not last')}",
        "too small to matter": "Such thaws lasted about as often as not",
        "undetermined": "Whether such thaws last is undetermined",
    }[got.lasted.word]
    return (
        f"{word}: in {row['warmer_rate']:.0%} of {row['cases']:,} cases{band}{_effect(got, row)}."
    )


def _meaning(got: Analogues) -> list[str]:
    """What lasted means, and of which class it was read."""
    r, f = got.rules, got.frequency
    row = got.judged
    said = [
        f"Lasted: the tie was warmer than before its thaw {n_periods(int(r.horizon or 0), f)} after the pivot mended."
    ]
    if row is not None:
        said.append(
            f"The class is the narrowest with {FEW_CASES} cases and {FEW_DYADS} dyads: {_described(row['class'])}."
        )
    return said


def _described(name_of_class: str) -> str:
    """A class with those it lies in: each adds a condition."""
    at = CLASSES.index(name_of_class)
    return ", ".join(c.removeprefix("… and ").removeprefix("… ") for c in CLASSES[: at + 1])


def _case(got: Analogues) -> str:
    r, f = got.rules, got.frequency
    window = n_periods(int(r.window or 0), f)
    return (
        f"A case: a tie rose by {r.size * got.unit:.2f} or more over {window}, in {got.scale}, while another tie of the "
        f"same state fell by as much, and within {n_periods(int(r.gap or 0), f)} after the fray that one began to rise "
        f"by as much. Searched: {got.triads:,} ordered triads, {span_name(*got.span, f)} ({source(got.origin)}); "
        f"{plural(got.undecided, 'case')} too late to judge."
    )


def _counted(got: Analogues) -> bool:
    """Whether reports are counted, and so ties asked to rest on enough of them."""
    return got.cases["reports"].null_count() < got.cases.height


def _rival(got: Analogues) -> str:
    """Who the rival is, and why."""
    when = period_name(got.query["period"], got.frequency)
    found = listed([the(s) for s in got.rivals]) or "none other than the states asked about"
    if got.given:
        why = "as given"
    elif got.rivalry == "coldest tie":
        much = f" of those on {got.rules.reports:,} reports or more" if _counted(got) else ""
        why = f"its coldest tie{much} on average up to {when}; no list of rivalries is among the layers"
    else:
        why = f"{got.rivalry} for {when}"
    if not got.given:
        why += "; here by that rule alone, where a brief weighs capability and dealings too, and may name another"
    return f"Rival of {the(got.states[0])}: {found} ({why})."


def _own(got: Analogues) -> str:
    a, b, c = got.states
    q = got.query
    of = "is such a case itself" if q["is_case"] else "is no such case itself"
    return (
        f"The question's own triad {of}: in the {n_periods(int(got.rules.window or 0), got.frequency)} to "
        f"{period_name(q['period'], got.frequency)} {tie_name(a, b)} moved by {signed()(q['ab_thaw'])} and "
        f"{tie_name(a, c)} by {signed()(q['ac_fray'])}."
    )


def _band(name: str, form: Any) -> Column:
    """The ends of an interval in one column."""
    ends = (f"{name}lo90", f"{name}hi90")
    return Column(
        ends, "90%", lambda lo, hi: "" if None in (lo, hi) else f"{form(lo)} to {form(hi)}"
    )


def _class_grid(got: Analogues) -> Grid:
    enough = (pl.col("cases") >= FEW_CASES) & (pl.col("dyads") >= FEW_DYADS)
    rows = got.classes.with_columns(
        pl.when(enough).then(pl.col("effect", "effect_lo90", "effect_hi90")),
        label=pl.Series([*_OF_CLASS, got.classes["class"][-1]]),
    )
    columns = [
        Column("label", "class"), Column("cases", "cases", count), Column("dyads", "dyads", count),
        Column("warmer_rate", "lasted", percent()), _band("warmer_", percent()),
        Column("contrast_warmer", "not mended", percent()),
        Column("effect", "points", lambda v: "" if v is None else _points(v)), _band("effect_", _points),
    ]  # fmt: skip
    title = "Thaws that lasted, as the class narrows; beside them those whose pivot did not mend"
    return grid(title, rows, columns)


def _near_grid(got: Analogues) -> Grid:
    f = got.frequency
    rows = got.nearest.with_columns(tie=pl.format("{}-{}", "a", "b"))
    columns = [
        Column("tie", "tie", tie_name), Column("c", "pivot", name), period_column(f, "thawed", "thawed by"),
        period_column(f, "mended", "mended by"), Column("warmer", "lasted", yes), Column("distance", "distance", number()),
    ]  # fmt: skip
    heard = f", on {got.rules.reports:,} reports a tie or more" if _counted(got) else ""
    return grid(f"Nearest cases whose pivot was a major power{heard}", rows, columns)


def _sensitivity_grid(got: Analogues) -> Grid:
    columns = [
        Column("window", "window", count), Column("size", "size", number(1)), Column("cases", "every such", count),
        Column("rate", "lasted", percent()), _band("", percent()),
        Column("narrow_cases", "narrowest", count), Column("narrow_rate", "lasted", percent()),
        _band("narrow_", percent()),
    ]  # fmt: skip
    return grid("Thaws that lasted, by other windows and sizes of a move", got.sensitivity, columns)


def draw(got: Analogues, width: int) -> Any:
    """How often thaws lasted, class by class, beside those whose pivot did not mend."""
    mended, other = "pivot mended (90%, dyads resampled)", "pivot did not mend"
    rows = got.classes.with_columns(
        name=pl.format(
            "{} ({})",
            pl.Series([*_OF_CLASS, "the nearest of them"]),
            pl.col("cases").map_elements("{:,}".format, return_dtype=pl.String),
        )
    ).filter(pl.col("cases") > 0)
    data = pl.concat([
        rows.select("name", value="warmer_rate", lo=pl.coalesce("warmer_lo90", "warmer_rate"),
                    hi=pl.coalesce("warmer_hi90", "warmer_rate"), kind=pl.lit(mended)),
        rows.drop_nulls("contrast_warmer").select("name", value="contrast_warmer", lo="contrast_warmer",
                                                  hi="contrast_warmer", kind=pl.lit(other)),
    ])  # fmt: skip
    note = f"in parentheses: cases; each class lies in the one above; data: {source(got.origin)}"
    titles = ("How often such thaws lasted", note)
    if data.is_empty():
        empty = alt.Chart(pl.DataFrame({"x": [0.5], "text": ["no case"]})).mark_text(fontSize=13)
        return theme.panel(empty.encode(text=alt.Text("text:N")), width, 40, *titles)
    colours, scale = {mended: theme.BLUE, other: theme.VERMILION}, theme.unit_scale()
    return theme.interval_chart(data, "share that lasted", width, colours, scale, titles, form="%")


def _facts(got: Analogues) -> dict[str, Any]:
    a, b, c = got.states
    rules = {k: getattr(got.rules, k) for k in got.rules.__slots__}
    return {
        "tie": f"{a}-{b}", "on": c, "rivals": got.rivals, "rivalry": got.rivalry, "rival_given": got.given,
        "query": got.query, "verdict": got.verdict.facts(), "lasted": got.lasted.facts(), "judged": got.judged, "unit": got.unit, "scale": got.scale,
        "undecided": got.undecided, "triads": got.triads, "rules": rules, "classes": got.classes,
        "nearest": got.nearest, "sensitivity": got.sensitivity, "citations": got.layers,
    }  # fmt: skip


def view(got: Analogues) -> View:
    """The reference class as people read it."""
    a, b, c = got.states
    return view_of(
        got, f"Past cases like {tie_name(a, b)} on {the(c)}",
        (_verdict(got), *_meaning(got), _case(got), _rival(got), _own(got)), draw=draw, facts=_facts(got),
        grids=(_class_grid(got), _near_grid(got), _sensitivity_grid(got)), states=got.states, periods=got.span,
        notes=(
            "A, B and the pivot are the first state, the one it thaws with and the one it frays with. Major powers are "
            "those of the Correlates of War in the year of the thaw.",
            f"Too small to matter: the whole 90% interval of a difference lies within ±{100 * got.verdict.region:.0f} points.",
            "Base rates of a constellation, not effects of the pivot.",
            *layer_note(got.layers),
        ),
        caption="Shares of thaws that lasted, by class; beside them those whose pivot did not mend.",
    )  # fmt: skip
