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
from quadrille.measure.since import LastSure, SinceWhen, last_sure, since_when
from quadrille.measure.tie import relation_of
from quadrille.panel.units import ACTS_COOPERATION, INDEX
from quadrille.questions.brief import _sources
from quadrille.readings.bottomline import (
    Act,
    Ahead,
    BottomLine,
    Carrier,
    Confidence,
    Fall,
    Link,
    Pull,
    Sources,
    Turn,
    _half,
    _link,
    _pull,
    bottom_line_of,
    brings,
    carriers_of,
    grade_of,
    turns_of,
)
from quadrille.readings.outlook import AHEAD, outlook_of
from quadrille.verdicts import verdict_of
from quadrille.views.bottomline import (
    LIKELIHOOD,
    _ranks,
    bottom_notes,
    bottom_sentences,
    likelihood,
    side_words,
)
from quadrille.views.compare import _CONDUCT, called, conduct
from quadrille.views.words import chance, way_words

# ICD 203, first row: the word and the percentages it stands for.
ICD = {
    "almost no chance": (0, 5), "very unlikely": (5, 20), "unlikely": (20, 45), "roughly even chance": (45, 55),
    "likely": (55, 80), "very likely": (80, 95), "almost certain": (95, 100),
}  # fmt: skip
WORDS = re.compile(
    r"(almost no chance|almost certain|very unlikely|unlikely|roughly even chance|very likely|likely) \(([^)]*)\)"
)
PART = st.floats(0, 1)
RANKS = st.tuples(*[st.floats(0, 100)] * 3).map(lambda v: tuple(sorted(v)))
YEAR = st.integers(1950, 2020).map(lambda y: date(y, 1, 1))
GRADES = ("high", "moderate", "low")
# A determined effect lies on one side of zero.
PULL = st.tuples(st.sampled_from(["PAK", "RUS"]), st.sampled_from([-1, 1]), st.floats(0.01, 1)).map(
    lambda v: Pull(v[0], "USA", tuple(sorted(v[1] * k * v[2] for k in (1, 2, 3))), 5, "Y")
)


def link(draw, word, way):
    """Thaws that follow chills; without a verdict where there are too few of either."""
    made = Link("USA", draw(PART), draw(PART), word, way, 2, draw(st.floats(0, 9)), draw(st.floats(0, 9)), tuple(sorted((draw(PART) - 0.5, draw(PART) - 0.5))))  # fmt: skip
    return made._replace(word="undetermined") if made.few else made


def part(share):
    """A share in words or in whole percent."""
    return "none" if share == 0 else "under 1%" if share < 0.005 else f"{100 * share:.0f}%"


@st.composite
def turns(draw):
    """Up to three turns, the largest first."""
    made = []
    for _ in range(draw(st.integers(0, 3))):
        kind = draw(st.sampled_from(["thaw", "chill"]))
        start, half, until, end = sorted(draw(st.tuples(YEAR, YEAR, YEAR, YEAR)))
        change = draw(st.floats(0.05, 2)) * (1 if kind == "thaw" else -1)
        act = Act(half, draw(st.sampled_from(["day", "month", "year"])), "They meet.")
        carriers = tuple(
            Carrier(w, math.copysign(draw(st.floats(0.1, 2)), change))
            for w in draw(st.lists(st.sampled_from(list(_CONDUCT)), max_size=3, unique=True))
        )
        made.append(Turn(
            kind, start, draw(st.sampled_from([None, end])), draw(PART), draw(PART), change, (half, until),
            draw(st.sampled_from([None, act])), carriers, draw(st.booleans()), draw(st.booleans()),
            draw(st.sampled_from([None, (until, change / 2)])),
        ))  # fmt: skip
    return tuple(sorted(dict.fromkeys(made), key=lambda t: -abs(t.change)))


@st.composite
def lines(draw):
    """Any bottom line that the readings could give: of acts, events or the index, with a pivot and without."""
    p = draw(PART)
    kind = draw(st.sampled_from(["work", "source", "witness"]))
    sure = max(p, 1 - p) >= 0.9
    first, early, mid, late = sorted(draw(st.tuples(YEAR, YEAR, YEAR, YEAR)))
    hole = draw(st.sampled_from([None, (early, late)]))
    since = SinceWhen(p >= 0.5, max(p, 1 - p), early, mid, late, hole, draw(st.booleans()))
    last = st.none() if not sure else st.nothing()
    last |= st.builds(LastSure, YEAR, st.booleans())
    word = draw(st.sampled_from(["moves it", "too small to matter", "undetermined"]))
    way = draw(st.sampled_from([-1, 1])) if word == "moves it" else 0
    agree = draw(st.sampled_from([None, True, False]))
    sources = Sources(kind, draw(st.integers(0, 9)), agree)
    if kind == "witness":
        names = tuple(draw(st.lists(st.sampled_from(list(_CONDUCT)), max_size=9, unique=True)))
        sources = Sources(kind, len(names), agree, draw(PART), names)
    coverage = draw(PART)
    return BottomLine(
        "PAK", "RUS", "Y", (first, date(2021, 1, 1)), p, draw(st.sampled_from([INDEX, ACTS_COOPERATION])), since, draw(last),
        draw(st.one_of(st.none(), RANKS)),
        draw(st.one_of(st.none(), RANKS)), draw(st.sampled_from((2019, 2021))), draw(turns()),
        draw(st.one_of(st.none(), st.just(link(draw, word, way)))), draw(st.one_of(st.none(), PULL)),
        Ahead(date(2024, 1, 1), draw(PART)), draw(st.one_of(st.none(), st.just(Fall(draw(PART), 3, draw(PART))))),
        Confidence(grade_of(sources, coverage, max(p, 1 - p)), sources, coverage, 10), draw(YEAR),
    )  # fmt: skip


def printed(shown: str) -> tuple[float, float]:
    """Bounds of a printed probability."""
    if shown.startswith("<"):
        return 0.0, 0.01
    return (0.99, 1.0) if shown.startswith(">") else (float(shown) - 0.005, float(shown) + 0.005)


def numbers_of(b) -> set[str]:
    """Every number of a bottom line as it may be printed."""
    years = [b.period, b.ahead.period, b.since.early, b.since.median, b.since.late, b.mean_since]
    years += [b.last_sure.period] if b.last_sure else []
    years += [d for t in b.turns for d in (t.start, t.end, *t.half) if d]
    shares = [0.9, *([0.99] if b.world or b.own else [])]  # over 99%
    shares += [b.link.rate, b.link.by_chance] if b.link else []
    shares += [b.fall.share] if b.fall else []
    ranks = [*(b.world or ()), *(b.own or ())]
    percents = (
        [100 * s for s in (*shares, b.confidence.coverage)] + ranks + [100 - r for r in ranks]
    )
    chances = [x for p in (b.p_warm, b.ahead.p, *(t.p for t in b.turns)) for x in (p, 1 - p)]
    counts = [b.world_year, b.confidence.sources.many, b.confidence.periods, 90]
    counts += [1]  # under 1%
    counts += [b.link.within, round(b.link.thaws), round(b.link.chills)] if b.link else []
    counts += [b.pull.within, 1] if b.pull else []
    counts += [b.fall.periods] if b.fall else []
    decimals = [*chances, 0.01, 0.99, *([b.fall.gap] if b.fall else [])]
    decimals += [abs(x) for x in b.pull.effect] if b.pull else []
    # Just below 0.9, just above 0.1.
    missed = {f"{cut(1000 * p) / 1000:.3f}" for p in chances for cut in (math.floor, math.ceil)}
    steps = [t.sharpest[1] for t in b.turns if t.sharpest]
    decimals += [abs(x) for x in (*(t.change for t in b.turns), *steps)]
    tenths = {f"{abs(x):.1f}" for t in b.turns for x in (t.change, *(c.by for c in t.carriers))} | {
        f"{abs(x):.1f}" for x in steps
    }
    counts += [k for k in (1, 2, 3) if k <= len(b.turns)]
    counts += [abs(round(100 * x)) for x in b.link.excess] if b.link else []
    tenths |= {"0.9"}  # what is sure
    tenths |= {f"{t.act.date:%m}" for t in b.turns if t.act} | {
        f"{t.act.date:%d}" for t in b.turns if t.act
    }
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
    assert ("counted from 2021, where the data end" in said["next"]) == (b.world_year == 2021)
    _since_agrees(b, said["standing"], sure >= 0.9)
    _turns_agree(b, said.get("turn", ""))
    if b.link:
        if b.link.few:
            times, of = (
                (b.link.thaws, "Russia thaws")
                if b.link.thaws < 2
                else (b.link.chills, "United States chills")
            )
            words = {0: "less than once", 1: "about once", 2: "about twice"}
            often = words.get(round(times), f"about {times:.0f} times")
            assert f"Pakistan–{of} {often} in its record" in said["pivot"]
        else:
            rate, chance = part(b.link.rate), part(b.link.by_chance)
            assert f" {rate} of its thaws" in said["pivot"]
            assert (
                f"by chance ({chance})" in said["pivot"]
                or f"by chance {chance} would" in said["pivot"]
            )
        assert ("undetermined" in said["pivot"]) == (b.link.word == "undetermined")
        open_ = b.link.word == "undetermined" and not b.link.few
        assert ("neither yes nor no" in said["pivot"]) == open_
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
        assert f"to neutral, {b.fall.gap:.2f} away (" in said["change"]
        spans = f"in {part(b.fall.share)} of all spans of 3 years" in said["change"]
        assert (spans, " it never " in said["change"]) == (b.fall.share > 0, b.fall.share == 0)
    assert f"is {b.confidence.grade}: " in said["confidence"]
    assert all(
        called(name).inside.lower() in said["confidence"].lower()
        for name in b.confidence.sources.names
    )
    assert ("across neutral" in said["confidence"]) == (sure < 0.9)
    for text in said.values():
        assert {*re.findall(r"\d+(?:\.\d+)?", text)} <= numbers_of(b), text


def _since_agrees(b, text, sure):
    """Since when is always answered: by the middle date, its interval, and when the tie was last on one side for sure."""
    early, mid, late = (d.year for d in (b.since.early, b.since.median, b.since.late))
    assert text.count("has been ") == 1
    assert ("if it is, it has been" in text) == (not sure)
    hardly = (
        b.record[1] > b.record[0]
        and (b.since.late - b.since.early) / (b.record[1] - b.record[0]) > 0.8
    )
    assert ("hardly known" in text) == hardly
    if b.since.hole and not b.since.open and not hardly:
        assert f"since some time between {early} and {late}, when nothing was observed" in text
    elif early == late and b.since.open:
        assert f"in every year since the record begins in {mid}" in text
    else:
        assert f"since {mid}" in text
        assert (f"(90% interval {early} to {late})" in text) == (early != late)
    length = b.record[1] - b.record[0]
    before = not b.since.open and b.since.median - b.mean_since >= 0.05 * length
    assert ("The estimate itself lies" in text) == before
    if before:
        assert f"from {b.mean_since.year} on" in text
    if sure:
        assert "last surely" not in text
    elif b.last_sure is None:
        assert "it was never surely warm or cold" in text
    else:
        side = "warm" if b.last_sure.warm else "cold"
        assert f"last surely {side} (0.9 or more) in {b.last_sure.period.year}" in text


def _turns_agree(b, text):
    """Each turn with its dates, probability, size and what carried it, the largest first; one is the last of them."""
    assert bool(text) == bool(b.turns)
    told = [text] if len(b.turns) == 1 else re.split(r" \([a-c]\) ", text)[1:]
    assert len(told) == len(b.turns)
    for t, said in zip(b.turns, told, strict=True):
        assert re.search(
            rf"\ba {t.kind} (since|from) about {t.start.year}\b",
            said,
            re.I,
        )
        assert ("since about" in said) == (t.end is None)
        assert f"(probability {chance(t.p)})" in said
        size = f"{abs(t.change):.1f}" if b.unit == INDEX else f"{abs(t.change):.2f}"
        assert f" by {'+' if t.change > 0 else '−'}{size}" in said
        assert f"at least half of it from {t.half[0].year} to {t.half[1].year}" in said
        assert bool(re.search(r"in \d{4} alone", said)) == bool(t.sharpest)
        if t.sharpest:
            assert f" in {t.sharpest[0].year} alone" in said
        assert ("They meet" in said) == bool(t.act)
        assert (" act carried it" in said) == (t.milder and not t.act)
        named = [] if t.act or t.milder else t.carriers[:2]
        for c in named:
            assert conduct(*c) in said
        assert ("above all" in said) == bool(named)
        side = "warm" if b.p_warm >= 0.5 else "cold"
        stays = b.mean_since < t.start
        verb, role = ("kept", "since which it stays") if stays else ("made", "in which it became")
        named = (f"the turn that {verb} it {side}" in said, f"{role} {side}" in said)
        assert any(named) == brings(t, b.since) and not all(named)
    if len(b.turns) > 1:
        assert text.startswith("What moved it: (a) ")
        largest = max(b.turns, key=lambda t: abs(t.change))
        assert [b.turns[k] for k, said in enumerate(told) if "its largest" in said] == [largest]
        # A later one that is not named is hardly dated.
        latest = max(b.turns, key=lambda t: t.start)
        at = [
            b.turns[k]
            for k, said in enumerate(told)
            if re.match("its (largest and )?last turn", said)
        ]
        assert at == ([latest] if latest.share >= 0.5 or not latest.followed else [])
        assert ("last turn that can be dated" in text) == (latest.followed and bool(at))
        assert [abs(t.change) for t in b.turns[1:]] == sorted(
            (abs(t.change) for t in b.turns[1:]), reverse=True
        )


@given(lines())
def test_no_two_sentences_contradict_one_another(b):
    said = {s.about: s.text for s in bottom_sentences(b)}
    side, other = ("warm", "cold") if b.p_warm >= 0.5 else ("cold", "warm")
    assert re.search(rf"\bis {side}\b", said["standing"])
    assert re.search(rf"\bis (still )?{side}\b", said["next"])
    for about in ("next", "change"):
        assert not re.search(rf"\b{other}\b", said.get(about, ""))
    # The other side is named only where it was the last that was sure.
    was = b.last_sure is not None and b.last_sure.warm != (side == "warm")
    never = b.last_sure is None
    sides = re.findall(rf"\b{other}\b", said["standing"])
    assert len(sides) == (not b.sure and (was or never))
    if b.fall:
        assert (" fall to neutral" in said["change"]) == (side == "warm")
    assert ("still" in said["next"]) == b.sure
    # One date for one thaw; another reading of it is a note.
    assert len(re.findall(r"has been", " ".join(said.values()))) == 1
    others = b.sure and b.mean_since not in (b.record[0], b.since.median)
    assert any("mean of the paths" in note for note in bottom_notes(b)) == others


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


def _spell(kind, first, last):
    return SimpleNamespace(kind=kind, start=(first,) * 3, end=(last,) * 3)


def test_of_an_index_the_sources_that_moved_the_level_are_named():
    """The largest changes of what one adds from the first to the last year of the thaw in which it speaks."""
    days = [date(y, 1, 1) for y in (2000, 2001, 2002, 2003)]
    adds = {
        "icews": [0.1, None, 0.3, None],
        "votes": [0.5, 0.0, 0.0, 0.0],
        "arms": [None, 0.9, None, None],
    }
    who = SimpleNamespace(path=pl.DataFrame({"period": days, **adds}), names=tuple(adds))
    assert carriers_of(who, _spell("thaw", days[0], days[-1])) == (("icews", pytest.approx(0.2)),)
    assert carriers_of(who, _spell("chill", days[0], days[-1])) == (("votes", pytest.approx(-0.5)),)
    assert carriers_of(who, _spell("thaw", days[1], days[3])) == ()
    # One that is heard in two of five years of a turn has not made it, whatever it adds.
    days.append(date(2004, 1, 1))
    late = {"icews": [None, None, None, 0.0, 3.0], "votes": [0.0, 0.1, 0.1, 0.2, 0.3]}
    late["arms"] = [0.0, 0.1, 0.2, 0.3, 0.6]
    who = SimpleNamespace(path=pl.DataFrame({"period": days, **late}), names=tuple(late))
    found = carriers_of(who, _spell("thaw", days[0], days[-1]))
    assert found == (("arms", pytest.approx(0.6)), ("votes", pytest.approx(0.3)))


@pytest.mark.parametrize("witness", [*_CONDUCT, "my_lists"])
def test_conduct_is_told_in_words_with_its_source_and_its_way(witness):
    up, down = conduct(witness, 0.4), conduct(witness, -0.4)
    assert up != down and "(+0.4 by " in up and "(−0.4 by " in down


@given(st.lists(st.floats(-3, 3), min_size=2, max_size=12))
def test_half_of_a_way_is_the_shortest_span_that_holds_it(values):
    path = np.array(values)
    i, j = _half(path)
    whole = path[-1] - path[0]
    way = 1 if whole >= 0 else -1
    spans = [
        b - a
        for a in range(path.size)
        for b in range(a + 1, path.size)
        if way * (path[b] - path[a]) >= abs(whole) / 2
    ]
    assert way * (path[j] - path[i]) >= abs(whole) / 2
    assert j - i == min(spans)


@pytest.mark.parametrize(
    ("change", "unit", "said"),
    [
        (0.35, INDEX, "about a third of the way from neutral to a typical ally"),
        (-1.0, INDEX, "about as far as from neutral to a typical rival"),
        (-0.02, INDEX, "less than a tenth of the way from neutral to a typical rival"),
        (2.1, INDEX, "about twice the way from neutral to a typical ally"),
        (-0.24, ACTS_COOPERATION, "about a quarter of the way from an even mix to conflict alone"),
    ],
)
def test_a_size_is_told_as_a_part_of_a_way(change, unit, said):
    assert way_words(change, unit) == said


@given(PART)
def test_a_tie_is_on_one_side_in_words_of_the_directive(p):
    side, whom = side_words(p, "Iran")
    word = side.rpartition(" ")[0].replace("certainly", "certain")
    even = side == "as likely warm as cold"
    low, high = ICD["roughly even chance" if even else word]
    assert low <= round(100 * max(p, 1 - p)) <= high
    assert ("warm" in (whom if even else side)) == (p >= 0.5)
    assert whom.startswith("Iran (")


@pytest.mark.parametrize(("a", "b"), [("SAU", "IRN"), ("JPN", "KOR"), ("USA", "GBR")])
def test_since_when_and_what_moved_it_are_those_of_the_paths(a, b):
    """On the shipped index: the sentence is recounted from the draws."""
    world = quadrille.open("index")
    tie = world.relation(a, b, draws=300)
    who = quadrille.compare(a, b)
    found = {"episodes": world.episodes(a, b, draws=300), "compare": who}
    made = bottom_line_of(tie, None, found, outlook_of(tie), None, Sources("witness", 3, True, 1.0))
    p = (tie.draws > tie.neutral).mean(axis=0)
    assert made.p_warm == p[-1] and made.since == since_when(tie)
    sure = [k for k in range(p.size) if max(p[k], 1 - p[k]) >= 0.9]
    assert made.last_sure == last_sure(tie)
    assert made.last_sure == (tie.periods[sure[-1]], p[sure[-1]] >= 0.5)
    for t in made.turns:
        i, j = tie.periods.index(t.start), tie.periods.index(t.end or tie.periods[-1])
        assert t.change == pytest.approx(np.median(tie.draws[:, j] - tie.draws[:, i]))
        assert (t.change > 0) == (t.kind == "thaw")
        # Conduct, never the name of a source alone.
        assert t.carriers or t.act
    said = {s.about: s.text for s in bottom_sentences(made)}
    assert "above all, " in said["turn"]
    assert not re.search(r"\b(draws?|witness(es)?|dyads?)\b", " ".join(said.values()))


def test_the_turn_that_brought_it_to_its_side_is_named_before_the_largest_and_the_last(tie):
    """Of Pakistan and Russia the thaw of the 1980s made it warm, and is neither the largest turn nor the last."""
    found = quadrille.open("chronicle").episodes("PAK", "RUS", draws=500)
    since = since_when(tie)
    made = turns_of(found, None, since).turns
    brought, *others = made
    assert [abs(t.change) for t in others] == sorted((abs(t.change) for t in others), reverse=True)
    assert [t for t in made if brings(t, since)] == [brought]
    assert brought.kind == "thaw" and brought.start <= since.median <= brought.end
    assert brought.act.text.startswith("The last Soviet combat troops leave")
    assert others[0].kind == "chill" and others[0].act.date.year == 1970
    assert others[0].half[0].year < 1970 <= others[0].half[1].year


@pytest.mark.parametrize(
    ("thaws", "by_chance", "word"),
    [(3, 0.0, "undetermined"), (1, 0.1, "undetermined"), (3, 0.1, "too small to matter")],
)
def test_a_pivot_hardly_matters_only_where_that_could_be_seen(thaws, by_chance, word):
    verdict = SimpleNamespace(word="too small to matter", way=0)
    begin = SimpleNamespace(late=thaws, early=3, precursor=by_chance, precursor_null=by_chance, precursor_excess=(-0.1, 0.1), verdicts=(verdict,))  # fmt: skip
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
    told = said.replace(" than", " in 2021 than", 1)
    ranks = {k: v and (v - 1, v, v + 1) for k, v in (("world", world), ("own", own))}
    line = SimpleNamespace(**ranks, world_year=2021, period=date(2021, 1, 1), unit=INDEX)
    assert _ranks(line) == f"by the index it is {told}"
    line.unit, line.period = ACTS_COOPERATION, date(2026, 1, 1)
    assert _ranks(line) == f"by the index of ties, another measure, it was {told}"


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
