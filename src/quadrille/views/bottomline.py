"""The bottom line in three to five sentences, by rules: each names its number, and confidence stands by itself.

Likelihood words are the first row of ICD 203 (*Analytic Standards*, Office of the Director of National Intelligence, 2015/2022),
with the number beside them. Confidence is never in the same sentence, as that directive asks.
"""

from __future__ import annotations

from typing import NamedTuple

from quadrille.panel.periods import n_periods, period_name
from quadrille.readings.bottomline import LISTED, BottomLine, Turn, Turns, brings
from quadrille.verdicts import SURE
from quadrille.views.compare import called, conduct
from quadrille.views.forms import capital, number, percent, signed
from quadrille.views.names import listed, plural, sentence, the, tie_name
from quadrille.views.words import (
    chance,
    known_percentile,
    most,
    since_words,
    warmth,
    way_words,
    when,
)

__all__ = [
    "LIKELIHOOD",
    "Said",
    "bottom_notes",
    "bottom_sentences",
    "likelihood",
    "side_words",
    "turn_sentence",
]

# Word → the highest probability that it stands for; a number on a border has the word below it.
LIKELIHOOD = (
    ("almost no chance", 0.05), ("very unlikely", 0.20), ("unlikely", 0.45), ("roughly even chance", 0.55),
    ("likely", 0.80), ("very likely", 0.95), ("almost certain", 1.0),
)  # fmt: skip

_APART = 0.05  # part of the record by which two dates of one thing are told apart
_CARRIERS = 2  # kinds of conduct named for a turn
_LETTERS = "abc"  # of turns: acts in the figure and its table are numbered


class Said(NamedTuple):
    """One sentence, and the question that it answers."""

    about: str
    text: str


def likelihood(p: float) -> str:
    """The word of a probability, judged as it is printed."""
    shown = round(p, 2)
    return next(word for word, most in LIKELIHOOD if shown <= most)


def _odds(p: float) -> str:
    """``almost certain (0.97)``."""
    return f"{likelihood(p)} ({chance(p)})"


def side_words(p_warm: float, of: str) -> tuple[str, str]:
    """Which side a tie is likelier on, and of whom, with the probability: ``almost certainly cold``, ``Iran (0.98)``."""
    p = max(p_warm, 1 - p_warm)
    word = likelihood(p)
    if word == "roughly even chance":
        return "as likely warm as cold", f"{of} ({chance(p)} {warmth(p_warm >= 0.5)})"
    return f"{word.replace('certain', 'certainly')} {warmth(p_warm >= 0.5)}", f"{of} ({chance(p)})"


def _that(p: float, what: str) -> str:
    """A statement with its likelihood, whatever the word's grammar."""
    word = likelihood(p)
    if word == "roughly even chance":
        return f"There is a {_odds(p)} that {what}"
    if word == "almost no chance":
        return f"There is {_odds(p)} that {what}"
    return f"It is {_odds(p)} that {what}"


def _standing(b: BottomLine) -> Said:
    p = b.p_warm if b.warm else 1 - b.p_warm
    now = period_name(b.period, b.frequency)
    said = f"{_that(p, f'{tie_name(b.label)} is {warmth(b.warm)} in {now}')}{_since(b)}"
    return Said("standing", " ".join(map(sentence, filter(None, (said, _before(b), _ranks(b))))))


def _since(b: BottomLine) -> str:
    """Since when, always; of a tie on neither side for sure also when it last was."""
    since = since_words(b.since, b.frequency, b.record)
    if b.sure:
        return f", and has been {since}"
    if b.last_sure is None:
        return f"; if it is, it has been {since}, but it was never surely warm or cold"
    last = period_name(b.last_sure.period, b.frequency)
    side = f"{warmth(b.last_sure.warm)} ({SURE:g} or more) in {last}"
    return f"; if it is, it has been {since}. It was last surely {side}"


def _before(b: BottomLine) -> str:
    """Where the middle of the band was on the tie's side well before half of the paths were; else empty."""
    if b.since.open or b.since.median - b.mean_since < _APART * (b.record[1] - b.record[0]):
        return ""
    side, start = "above" if b.warm else "below", period_name(b.mean_since, b.frequency)
    return f"the estimate itself lies {side} neutral from {start} on, though not always surely"


def _part(share: float) -> str:
    """``8%``; none only where there is none."""
    return "none" if share == 0 else "under 1%" if share < 0.005 else percent()(share)


def _ranks(b: BottomLine) -> str:
    """Its place in the world and in its own record, by the index; warmer or colder, whichever is more."""
    found = []
    if b.world is not None and known_percentile(b.world):
        found.append((b.world[1], "than {} of the world's ties"))
    if b.own is not None and known_percentile(b.own):
        found.append((b.own[1], "than in {} of its own other years"))
    ways = ["colder" if share < 50 else "warmer" for share, _ in found]
    said = [
        text.format(most(100 - share if way == "colder" else share))
        for way, (share, text) in zip(ways, found, strict=True)
    ]
    if not found:
        return ""
    joint = "" if len(said) == 1 else " and " if len(set(ways)) == 1 else f", yet {ways[1]} "
    by = "by the index" if b.unit.anchored else "by the index of ties, another measure,"
    was = "is" if b.world_year == b.period.year else "was"
    return f"{by} it {was} {ways[0]} in {b.world_year} {joint.join(said)}"


def _turn(b: BottomLine) -> Said | None:
    """What moved the tie: its turns."""
    said = turn_sentence(Turns(b.turns, b.since, b.mean_since, b.unit, b.frequency))
    return Said("turn", said) if said else None


def turn_sentence(b: Turns) -> str:
    """What moved a tie, first what brought it to its side, then the largest; empty where no turn is to be named."""
    if not b.turns:
        return ""
    if len(b.turns) == 1:
        return sentence(f"what moved it most is {_told(b.turns[0], b)}")
    told = " ".join(sentence(f"({_LETTERS[k]}) {_told(t, b)}") for k, t in enumerate(b.turns))
    return f"What moved it: {told}"


def _stays(t: Turn, b: Turns) -> bool:
    """Whether the middle of the band was on the tie's side before a turn that brings it there."""
    return b.mean_since < t.start


def _told(t: Turn, b: Turns) -> str:
    """A turn: its dates, its probability, its place, its size, when half of it came, and what carried it."""
    first, f = period_name(t.start, b.frequency), b.frequency
    span = (
        f"since about {first}"
        if t.end is None
        else f"from about {first} to {period_name(t.end, f)}"
    )
    which, role = _which(t, b), ""
    if brings(t, b.since) and not which and len(b.turns) > 1:
        which = f"the turn that {'kept' if _stays(t, b) else 'made'} it {warmth(b.since.warm)}, "
    elif brings(t, b.since):
        role = f", {'since which it stays' if _stays(t, b) else 'in which it became'} {warmth(b.since.warm)}"
    # The ends of the scale are told once.
    way = way_words(t.change, b.unit) if t == b.turns[0] else ""
    size = f"by {signed(1 if b.unit.anchored else 2)(t.change)}{f' ({way})' if way else ''}"
    half = f", at least half of it from {period_name(t.half[0], f)} to {period_name(t.half[1], f)}"
    if t.sharpest:
        day, step = t.sharpest
        half += f", {signed(1 if b.unit.anchored else 2)(step)} in {period_name(day, f)} alone"
    return f"{which}a {t.kind} {span} (probability {chance(t.p)}){role}, {size}{half}{_carrier(t)}"


def _which(t: Turn, b: Turns) -> str:
    """``its largest and last turn, ``: which of several it is; empty where it is neither, or the only one."""
    if len(b.turns) == 1:
        return ""
    largest = t == max(b.turns, key=lambda u: abs(u.change))
    # A later one of which the dates are hardly known is in the table of episodes, and unnamed here.
    last = t == max(b.turns, key=lambda u: u.start) and (t.share >= LISTED or not t.followed)
    ranks = ["largest"] * largest + ["last"] * last
    if not ranks:
        return ""
    dated = " that can be dated" if t.followed and last else ""
    return f"its {listed(ranks)} turn{dated}, "


def _carrier(t: Turn) -> str:
    """The act that carried a turn most, else what kinds of conduct did, each with its source."""
    if t.act:
        day = when(t.act._asdict(), "")
        return f"; {'then most' if t.act.then else 'most in all'} by the act of {day}: {t.act.text.rstrip('.')}"
    if t.milder:
        sort, other = ("friendly", "hostile") if t.kind == "chill" else ("hostile", "friendly")
        return f"; no {other} act carried it: {sort} acts grew weaker than those before them"
    if t.carriers:
        return f"; in it, above all, {listed([conduct(*c) for c in t.carriers[:_CARRIERS]])}"
    return ""


def _pivot(b: BottomLine) -> Said | None:
    """Whether the pivot matters: for how far the tie moves, where that is determined, and for when it thaws."""
    said = " ".join(sentence(text) for text in (_pull(b), _timing(b)) if text)
    return Said("pivot", said) if said else None


def _pull(b: BottomLine) -> str:
    """``the United States moves the tie: when ... warms by 1 sd, it cools by ...``; empty where that is undetermined."""
    p = b.pull
    if p is None:
        return ""
    lo, _, hi = map(signed(), p.effect)
    way = "warms" if p.effect[1] > 0 else "cools"
    size = number()(abs(p.effect[1]))
    return (
        f"{the(p.pivot)} moves the tie, as far as a model of their ties can tell: when {tie_name(p.state, p.pivot)} warms by 1 sd, the tie {way} by {size} sd over "
        f"{n_periods(p.within, p.frequency)} (90% band {lo} to {hi})"
    )


def _timing(b: BottomLine) -> str:
    """Whether thaws follow chills with the pivot."""
    c = b.link
    if c is None:
        return ""
    pull = f"{b.state_a}-{c.pivot}"
    after = f"{_part(c.rate)} of its thaws begin within {n_periods(c.within, b.frequency)} after {tie_name(pull)} begins to chill"
    if c.way:
        often = "more" if c.way > 0 else "less"
        return f"{the(c.pivot)}, the pivot, matters for when the tie thaws: {after}, {often} often than by chance ({_part(c.by_chance)})"
    if c.few:
        lack = (b.label, "thaws", c.thaws) if c.lacks_thaws else (pull, "chills", c.chills)
        return f"whether {the(c.pivot)}, the pivot, matters for when the tie thaws is undetermined: {_seldom(*lack)}"
    rates = f"{after}, and by chance {_part(c.by_chance)} would"
    lo, hi = (signed(0)(100 * x) for x in c.excess)
    if c.word == "too small to matter":
        return f"{the(c.pivot)}, the pivot, hardly matters for when the tie thaws: {rates}"
    return (
        f"whether {the(c.pivot)}, the pivot, matters for when the tie thaws is undetermined, neither yes nor no: {rates}; the difference may be "
        f"from {lo} to {hi} points (90% band)"
    )


def _seldom(label: str, what: str, times: float) -> str:
    """``Poland–Russia chills less than once in its record, too seldom to tell``."""
    words = {0: "less than once", 1: "about once", 2: "about twice"}
    often = words.get(round(times), f"about {times:.0f} times")
    return f"{tie_name(label)} {what} {often} in its record, too seldom to tell"


def _next(b: BottomLine) -> Said:
    then = period_name(b.ahead.period, b.frequency)
    still = "still " if b.sure else ""
    said = _that(b.ahead.p, f"it is {still}{warmth(b.warm)} in {then}")
    return Said(
        "next", sentence(f"what is next{_from(b)}: if it goes on moving as it has, {_lower(said)}")
    )


def _from(b: BottomLine) -> str:
    """Of an index, the period at which its data end and the outlook begins, which may be years before the reader's day."""
    if b.world_year != b.period.year:
        return ""
    return f", counted from {period_name(b.period, b.frequency)}, where the data end (what came later is not in it)"


def _lower(text: str) -> str:
    return f"{text[:1].lower()}{text[1:]}"


def _would_change(b: BottomLine) -> Said | None:
    f = b.fall
    if f is None:
        return None
    way, far = ("fall", "fell") if b.warm else ("rise", "rose")
    span = n_periods(f.periods, b.frequency)
    size = way_words(-f.gap if b.warm else f.gap, b.unit)
    often = f"it {far} as far in {_part(f.share)} of all spans of {span}"
    if f.share == 0:
        often = f"it never {far} as far in {span}"
    return Said("change", sentence(
        f"what would change this view is a {way} to neutral, {number()(f.gap)} away{f' ({size})' if size else ''}, or beyond it, in "
        f"{span}; in its record {often}"
    ))  # fmt: skip


def _confidence(b: BottomLine) -> Said:
    c = b.confidence
    lately = f"{percent()(c.coverage)} of the last {n_periods(c.periods, b.frequency)}"
    if c.sources.spoken is None:
        seen = f"it rests on {plural(c.sources.many, c.sources.what)}, with something known of {lately}"
        told = {
            True: "and the index of ties agrees",
            False: "but the index of ties says the opposite",
        }
    else:
        of = f"{percent()(c.coverage)} of {'these years' if b.frequency == 'Y' else 'these'}"
        who = listed([called(name).inside for name in c.sources.names]) or "no source"
        seen = f"{who} moved the level in the last {n_periods(c.periods, b.frequency)}, at least two of them in {of}"
        told = {
            True: "and none of them clearly contradicts the others",
            False: "but some clearly contradict the others",
        }
    both = "" if c.sources.agree is None else f", {told[c.sources.agree]}"
    wide = "" if b.sure else "; the 90% band reaches across neutral"
    return Said("confidence", sentence(f"confidence in this is {c.grade}: {seen}{both}{wide}"))


def bottom_sentences(b: BottomLine) -> tuple[Said, ...]:
    """The bottom line: standing, last turn, pivot, what is next, what would change it, and confidence apart."""
    made = (_standing(b), _turn(b), _pivot(b), _next(b), _would_change(b), _confidence(b))
    return tuple(s for s in made if s is not None)


def bottom_notes(b: BottomLine) -> tuple[str, ...]:
    """Other dates that the page names for the same tie, and why they differ."""
    lines = []
    if b.sure and b.mean_since not in (b.record[0], b.since.median):
        lines.append(
            f"The mean of the paths has been {warmth(b.warm)} since {period_name(b.mean_since, b.frequency)}: models of how "
            f"long warm spells last count from there. The bottom line takes the middle of the dates that the paths give."
        )
    if b.turns:
        lines.append(
            "A thaw or a chill is a move, and warm or cold is a level, so that the two have dates of their own."
        )
    return tuple(capital(line) for line in lines)
