"""The bottom line: every sentence agrees with its numbers, and no two contradict."""

from __future__ import annotations

import math
import re
from datetime import date
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import quadrille
from quadrille.coupling.evidence import band_of
from quadrille.measure.since import SinceWhen
from quadrille.measure.tie import relation_of
from quadrille.questions.brief import _sources
from quadrille.readings.bottomline import (
    Ahead,
    BottomLine,
    Confidence,
    Fall,
    Link,
    Pull,
    Sources,
    Turn,
    _link,
    _pull,
    _witness,
    bottom_line_of,
    grade_of,
)
from quadrille.readings.outlook import AHEAD, outlook_of
from quadrille.verdicts import verdict_of
from quadrille.views.bottomline import (
    LIKELIHOOD,
    _ranks,
    bottom_notes,
    bottom_sentences,
    likelihood,
)

# ICD 203, first row: the word and the percentages it stands for.
ICD = {
    "almost no chance": (0, 5), "very unlikely": (5, 20), "unlikely": (20, 45), "roughly even chance": (45, 55),
    "likely": (55, 80), "very likely": (80, 95), "almost certain": (95, 100),
}  # fmt: skip
WORDS = re.compile(
    r"(almost no chance|almost certain|very unlikely|unlikely|roughly even chance|very likely|likely) \(([^)]*)\)"
)
PART = st.floats(0, 1)
YEAR = st.integers(1950, 2020).map(lambda y: date(y, 1, 1))
GRADES = ("high", "moderate", "low")
# A determined effect lies on one side of zero.
PULL = st.tuples(st.sampled_from(["PAK", "RUS"]), st.sampled_from([-1, 1]), st.floats(0.01, 1)).map(
    lambda v: Pull(v[0], "USA", tuple(sorted(v[1] * k * v[2] for k in (1, 2, 3))), 5, "Y")
)


def link(draw, word, way):
    """Thaws that follow chills; without a verdict where there are too few of either."""
    made = Link("USA", draw(PART), draw(PART), word, way, 2, draw(st.floats(0, 9)), draw(st.floats(0, 9)))  # fmt: skip
    return made._replace(word="undetermined") if made.few else made


def part(share):
    """A share in words or in whole percent."""
    return "none" if share == 0 else "under 1%" if share < 0.005 else f"{100 * share:.0f}%"


@st.composite
def lines(draw):
    """Any bottom line that the readings could give: of acts, events or the index, with a pivot and without."""
    p = draw(PART)
    kind = draw(st.sampled_from(["work", "source", "witness"]))
    sure = max(p, 1 - p) >= 0.9
    early, mid, late = sorted(draw(st.tuples(YEAR, YEAR, YEAR)))
    since = SinceWhen(p >= 0.5, max(p, 1 - p), early, mid, late, None, draw(st.booleans()))
    start, end = sorted(draw(st.tuples(YEAR, YEAR)))
    turn = Turn(
        draw(st.sampled_from(["thaw", "chill"])), start, draw(st.sampled_from([None, end])), draw(PART),
        draw(st.sampled_from(["", "They meet."])), start, draw(st.sampled_from(["", "icews"])), draw(st.floats(-2, 2)), draw(st.booleans()),
    )  # fmt: skip
    word = draw(st.sampled_from(["moves it", "too small to matter", "undetermined"]))
    way = draw(st.sampled_from([-1, 1])) if word == "moves it" else 0
    sources = Sources(
        kind, draw(st.integers(0, 9)), draw(st.sampled_from([None, True, False])), draw(PART) if kind == "witness" else None
    )  # fmt: skip
    coverage = draw(PART)
    return BottomLine(
        "PAK", "RUS", "Y", date(2021, 1, 1), p, since if sure else None,
        draw(st.one_of(st.none(), st.tuples(*[st.floats(0, 100)] * 3).map(lambda v: tuple(sorted(v))))),
        draw(st.one_of(st.none(), st.floats(0, 100))), draw(st.sampled_from((2019, 2021))),
        draw(st.one_of(st.none(), st.just(turn))),
        draw(st.one_of(st.none(), st.just(link(draw, word, way)))), draw(st.one_of(st.none(), PULL)),
        Ahead(date(2024, 1, 1), draw(PART)), draw(st.one_of(st.none(), st.just(Fall(draw(PART), 3, draw(PART))))),
        Confidence(grade_of(sources, coverage, max(p, 1 - p)), sources, coverage, 10), draw(st.one_of(st.none(), YEAR)) if sure else None,
    )  # fmt: skip


def printed(shown: str) -> tuple[float, float]:
    """Bounds of a printed probability."""
    if shown.startswith("<"):
        return 0.0, 0.01
    return (0.99, 1.0) if shown.startswith(">") else (float(shown) - 0.005, float(shown) + 0.005)


def numbers_of(b) -> set[str]:
    """Every number of a bottom line as it may be printed."""
    years = [
        b.period,
        b.ahead.period,
        *((b.since.early, b.since.median, b.since.late) if b.since else ()),
    ]
    years += [d for d in (b.turn.start, b.turn.end, b.turn.when) if d] if b.turn else []
    shares = [b.turn.share] if b.turn else []
    shares += [b.link.rate, b.link.by_chance] if b.link else []
    shares += [b.fall.share] if b.fall else []
    ranks = [*(b.world or ()), *([] if b.own is None else [b.own])]
    percents = (
        [100 * s for s in (*shares, b.confidence.coverage)] + ranks + [100 - r for r in ranks]
    )
    chances = [x for p in (b.p_warm, b.ahead.p) for x in (p, 1 - p)]
    counts = [b.world_year, b.confidence.sources.many, b.confidence.periods, 90]
    counts += [1]  # under 1%
    counts += [b.link.within] if b.link else []
    counts += [b.pull.within, 1] if b.pull else []
    counts += [b.fall.periods] if b.fall else []
    decimals = [*chances, 0.01, 0.99, *([b.fall.gap] if b.fall else [])]
    decimals += [abs(x) for x in b.pull.effect] if b.pull else []
    missed = {f"{math.floor(1000 * p) / 1000:.3f}" for p in chances}  # just below 0.9
    tenths = {f"{abs(b.turn.by):.1f}"} if b.turn else set()
    tenths |= {f"{b.link.thaws:.1f}", f"{b.link.chills:.1f}"} if b.link else set()
    return missed | tenths | {f"{d.year}" for d in years} | {f"{v:.0f}" for v in (*percents, *counts)} | {
        f"{v:.2f}" for v in decimals
    }  # fmt: skip


@given(lines())
def test_every_sentence_agrees_with_its_numbers(b):
    said = {s.about: s.text for s in bottom_sentences(b)}
    sure = max(b.p_warm, 1 - b.p_warm)
    for about, p in (("standing", sure), ("next", b.ahead.p)):
        (found,) = WORDS.findall(said[about])
        low, high = printed(found[1])
        assert low - 1e-9 <= p <= high + 1e-9
        first, last = ICD[found[0]]
        assert first <= round(100 * p) + 1e-9 and round(100 * p) <= last
    assert ("warm in 2021" in said["standing"]) == (b.p_warm >= 0.5)
    # Of data that end years ago the reader is told so.
    assert ("after 2021, where its data end" in said["next"]) == (b.world_year == 2021)
    assert ("has been since" in said["standing"]) == (sure >= 0.9)
    if b.turn:
        assert (
            f" is a {b.turn.kind} " in said["turn"] and f"{100 * b.turn.share:.0f}%" in said["turn"]
        )
        assert ("since about" in said["turn"]) == (b.turn.end is None)
        assert ("They meet" in said["turn"]) == bool(b.turn.act)
        assert ("what ICEWS says moved it most" in said["turn"]) == bool(
            b.turn.witness and not b.turn.act and not b.turn.milder
        )
        sort = "friendly" if b.turn.kind == "chill" else "hostile"
        assert (f"are {sort} ones, weaker" in said["turn"]) == (b.turn.milder and not b.turn.act)
    if b.link:
        if b.link.few:
            times, of = (
                (b.link.thaws, "Russia thaws")
                if b.link.thaws < 2
                else (b.link.chills, "United States chills")
            )
            assert f"in a draw Pakistan–{of} {times:.1f} times on average" in said["pivot"]
        else:
            rate, chance = part(b.link.rate), part(b.link.by_chance)
            assert f" {rate} of its thaws" in said["pivot"]
            assert (
                f"by chance ({chance})" in said["pivot"]
                or f"by chance {chance} would" in said["pivot"]
            )
        assert ("undetermined" in said["pivot"]) == (b.link.word == "undetermined")
        assert ("hardly matters" in said["pivot"]) == (b.link.word == "too small to matter")
        assert ("more often" in said["pivot"]) == (b.link.way > 0)
        assert ("less often" in said["pivot"]) == (b.link.way < 0)
    if b.pull:
        lo, mid, hi = b.pull.effect
        assert ("the tie warms" in said["pivot"]) == (lo > 0)
        assert ("the tie cools" in said["pivot"]) == (hi < 0)
        for x in (lo, mid, hi):
            assert f"{abs(x):.2f}" in said["pivot"]
    if b.fall:
        assert f"{b.fall.gap:.2f} or more" in said["change"]
        assert f"as in {part(b.fall.share)} of the 3-year spans" in said["change"]
    assert f"is {b.confidence.grade}: " in said["confidence"]
    assert ("across neutral" in said["confidence"]) == (sure < 0.9)
    for text in said.values():
        assert {*re.findall(r"\d+(?:\.\d+)?", text)} <= numbers_of(b), text


@given(lines())
def test_no_two_sentences_contradict_one_another(b):
    said = {s.about: s.text for s in bottom_sentences(b)}
    side, other = ("warm", "cold") if b.p_warm >= 0.5 else ("cold", "warm")
    assert re.search(rf"\bis {side}\b", said["standing"])
    assert re.search(rf"\bis (still )?{side}\b", said["next"])
    for about in ("standing", "next", "change"):
        assert not re.search(rf"\b{other}\b", said.get(about, ""))
    if b.fall:
        assert (" fall of " in said["change"]) == (side == "warm")
    assert ("still" in said["next"]) == (b.since is not None)
    for note in bottom_notes(b):
        assert not re.search(rf"\b{other}\b", note)
    # One date for one thaw; another reading of it is a note.
    found = re.search(r"has been since (?:about )?(\d{4})", said["standing"])
    assert (found and found[1]) == (b.since and f"{b.since.median.year}")
    others = b.since is not None and b.mean_since not in (None, b.since.median)
    assert any("mean of the paths" in note for note in bottom_notes(b)) == others
    if b.turn:
        assert re.search(r"(?:since|from) about (\d{4})", said["turn"])[1] == f"{b.turn.start.year}"


@given(lines())
def test_confidence_stands_by_itself_and_the_line_is_short(b):
    said = bottom_sentences(b)
    assert 2 <= len(said) - 1 <= 5
    for s in said:
        confident = "onfidence" in s.text
        assert confident == (s.about == "confidence")
        assert not (confident and WORDS.search(s.text))
        assert s.text[0].isupper() and s.text.endswith(".")


@given(st.floats(0, 1))
def test_likelihood_words_are_those_of_the_directive(p):
    low, high = ICD[likelihood(p)]
    assert low <= round(100 * p) <= high
    assert [w for w, _ in LIKELIHOOD] == list(ICD)


@given(st.integers(0, 9), PART, st.floats(0.5, 1), st.sampled_from([None, True]))
def test_more_sources_more_coverage_and_a_surer_side_never_lower_confidence(
    many, coverage, side, agree
):
    def rank(n, c, p):
        return GRADES.index(grade_of(Sources("work", n, agree), c, p))

    now = rank(many, coverage, side)
    assert rank(many + 1, coverage, side) <= now
    assert rank(many, min(1.0, coverage + 0.1), side) <= now
    assert rank(many, coverage, min(1.0, side + 0.1)) <= now
    assert grade_of(Sources("work", many, False), coverage, side) == "low"


@given(st.integers(0, 9), PART, st.floats(0.5, 1))
def test_confidence_is_never_high_where_the_side_is_not_sure(many, coverage, side):
    grade = grade_of(Sources("witness", many, True, coverage), coverage, side)
    assert (grade == "high") == (many >= 4 and coverage >= 0.7 and side >= 0.9)


def test_of_an_index_those_witnesses_count_that_move_the_level():
    world = quadrille.open("index")
    m = world.measurement("cordiality")
    for a, b, known in (("RUS", "USA", False), ("CHN", "USA", True)):
        tie = relation_of(m, a, b, 500, 1)
        told = quadrille.compare(a, b)
        last = told.path.tail(10).select(told.names)
        moving = [n for n in told.names if (last[n].fill_null(0) != 0).any()]
        two = last.select(pl.sum_horizontal((pl.col(moving).fill_null(0) != 0).cast(int)) >= 2)
        sources = _sources(world, tie, None)
        assert sources[:2] == ("witness", len(moving))
        assert sources.spoken == pytest.approx(two.to_series().mean())
        made = bottom_line_of(tie, "CHN", {}, outlook_of(tie), None, sources)
        assert len(moving) >= 4 and sources.spoken >= 0.7
        said = {s.about: s.text for s in bottom_sentences(made)}["confidence"]
        assert ("across neutral" in said) is not known
        if not known:
            assert made.confidence.grade != "high"


@pytest.fixture(scope="module")
def tie():
    m = quadrille.open("chronicle").measurement("cordiality")
    return relation_of(m, "PAK", "RUS", 500, 1)


def test_the_chance_ahead_is_that_of_simulated_paths(tie):
    made = bottom_line_of(tie, "USA", {}, outlook_of(tie), None, Sources("work", 1, None))
    mu, rho, q = (tie.hyper[k][1] for k in ("mu", "rho", "q"))
    rng = np.random.default_rng(1)
    x = np.repeat(tie.draws[:, -1], 400)
    for _ in range(AHEAD["Y"]):
        x = mu + rho * (x - mu) + np.sqrt(q) * rng.standard_normal(x.size)
    assert made.ahead.p == pytest.approx((x > tie.neutral).mean(), abs=0.005)
    assert made.ahead.period == date(tie.periods[-1].year + 3, 1, 1)


def test_the_fall_is_counted_over_every_span(tie):
    made = bottom_line_of(tie, "USA", {}, outlook_of(tie), None, Sources("work", 1, None))
    shown = np.tanh(tie.draws / 2)
    gap = np.median(shown[:, -1])
    hits = [
        shown[d, t + 3] - shown[d, t] <= -gap
        for d in range(len(shown))
        for t in range(shown.shape[1] - 3)
    ]
    assert made.fall.gap == pytest.approx(gap)
    assert made.fall.share == pytest.approx(np.mean(hits))


def test_of_an_index_the_witness_that_moved_the_level_is_named():
    """The largest rise of what one adds from the first to the last year of the thaw in which it speaks."""
    days = [date(y, 1, 1) for y in (2000, 2001, 2002, 2003)]
    adds = {
        "icews": [0.1, None, 0.3, None],
        "votes": [0.5, 0.0, 0.0, 0.0],
        "arms": [None, 0.9, None, None],
    }
    who = SimpleNamespace(path=pl.DataFrame({"period": days, **adds}), names=tuple(adds))
    assert _witness(who, "thaw", days[0], days[-1]) == ("icews", pytest.approx(0.2))
    assert _witness(who, "chill", days[0], days[-1]) == ("votes", pytest.approx(-0.5))
    assert _witness(who, "thaw", days[1], days[3]) == ("", 0.0)
    # One that is heard in two of five years of a turn has not made it, whatever it adds.
    days.append(date(2004, 1, 1))
    late = {"icews": [None, None, None, 0.0, 3.0], "votes": [0.0, 0.1, 0.1, 0.2, 0.3]}
    who = SimpleNamespace(path=pl.DataFrame({"period": days, **late}), names=tuple(late))
    assert _witness(who, "thaw", days[0], days[-1]) == ("votes", pytest.approx(0.3))


@pytest.mark.parametrize(
    ("thaws", "by_chance", "word"),
    [(3, 0.0, "undetermined"), (1, 0.1, "undetermined"), (3, 0.1, "too small to matter")],
)
def test_a_pivot_hardly_matters_only_where_that_could_be_seen(thaws, by_chance, word):
    verdict = SimpleNamespace(word="too small to matter", way=0)
    begin = SimpleNamespace(late=thaws, early=3, precursor=by_chance, precursor_null=by_chance, verdicts=(verdict,))  # fmt: skip
    assert _link(SimpleNamespace(begin=begin, window=2), "USA").word == word


@pytest.mark.parametrize(
    ("world", "own", "said"),
    [
        (97, 14, "warmer than 97% of the world's ties, yet colder than in 86% of its own other years"),
        (3, 27, "colder than 97% of the world's ties and than in 73% of its own other years"),
        (None, 65, "warmer than in 65% of its own other years"),
    ],
)  # fmt: skip
def test_each_of_its_ranks_says_its_own_way(world, own, said):
    line = SimpleNamespace(world=world and (world - 1, world, world + 1), own=own, world_year=2021)
    assert _ranks(line).endswith(f"by the index of 2021 it is {said}")


def test_the_larger_of_the_pulls_that_are_determined_is_named():
    def side(a, mean, sd):
        effect = verdict_of(*band_of(mean, sd), 0.1)
        return SimpleNamespace(a=a, on="USA", effect=(mean, sd), window=5, frequency="Y", verdict=effect)  # fmt: skip

    assert _pull([side("ETH", 0.11, 0.16), side("EGY", -0.30, 0.16)]).state == "EGY"
    assert _pull([side("ETH", 0.50, 0.16), side("EGY", -0.30, 0.16)]).state == "ETH"
    assert _pull([side("ETH", 0.11, 0.16)]) is None


def test_a_brief_opens_with_it():
    made = quadrille.brief("PAK", "RUS", pivot="USA", rival="IND", draws=200)
    said = [s.text for s in bottom_sentences(made.bottom)]
    view = made.view()
    assert list(view.sentences[: len(said)]) == said
    assert list(view.facts["bottom_line"].values()) == said
    assert made.bottom.turn is not None and made.bottom.link is not None
