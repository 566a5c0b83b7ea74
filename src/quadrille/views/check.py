"""Claims and their verdicts: the count first, then each claim with its numbers, what carries them, and what would change it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from quadrille.claims.evidence import Answer, Check, Evidence, Part
from quadrille.claims.file import Claim
from quadrille.claims.records import claim_reviews, nanopublications
from quadrille.claims.rules import PLACEBO, VERDICTS, like_placebos
from quadrille.panel.periods import n_periods, period_name, span_name, unit_word
from quadrille.verdicts import REGION, SURE
from quadrille.views.compare import called
from quadrille.views.forms import number, percent, signed, text
from quadrille.views.names import listed, plural, sentence, state_list, the, tie_name, ties_named
from quadrille.views.view import Grid, View, view_of
from quadrille.views.words import band, chance, equals, percents

__all__ = ["view"]

_COVARIATES = {
    "animosity": "shared animosity", "pivot": "warmth with the main major power", "partners": "effective partners",
    "domains": "effective domains", "rivalry": "rivalry", "capability_gap": "the gap in capabilities",
    "votes": "agreement in UN votes", "organisations": "shared organisations", "alliance": "alliance",
    "trade": "trade", "events": "recorded events",
}  # fmt: skip
_NAMES = {"chronicle": "the chronicle", "index": "the index"}
_TOP = 4
_FEW = 10  # other states whose median is worth a word
_WORLD = ("durability", "analogues")  # tests whose number is not of the tie alone
_HOPELESS = 100  # times the evidence
_OTHER = "another estimate (more evidence of the same kind would not do)"
_TOLD = [v for v in VERDICTS if v != "not testable with these data"]


def _data(name: str) -> str:
    return _NAMES.get(name, name)


def _tie(pair: tuple[str, str]) -> str:
    return tie_name(*pair)


def _span(e: Evidence) -> str:
    return span_name(e.periods[0], e.periods[-1], e.frequency)


def _on(e: Evidence) -> str:
    """The scale of a level."""
    return "on the index" if e.kind == "index" else f"in {e.unit}"


def _level(c: Claim, e: Evidence, p: Part, f: Mapping[str, Any]) -> str:
    return f"{_tie(c.ties[0])} averaged {band(f['shown'], sign=True)} from neutral {_on(e)}"


def _change(c: Claim, e: Evidence, p: Part, f: Mapping[str, Any]) -> str:
    first, last = c.options["against"]
    sign = signed()
    return (
        f"{_tie(c.ties[0])} changed by {band(f['shown'], sign=True)}, from {sign(f['then'])} in {first} to {last} to "
        f"{sign(f['now'])} {_on(e)}"
    )


def _turns(c: Claim, e: Evidence, p: Part, f: Mapping[str, Any]) -> str:
    first, second = map(_tie, c.ties)
    verb, turn = ("begin", "chill") if p.name == "begins" else ("end", "thaw")
    excess = band([100 * v for v in (p.lo, p.value, p.hi)], 0, sign=True)
    return (
        f"{percent()(f['rate'])} of the thaws of {first} {verb} within {n_periods(f['within'], e.frequency)} after a "
        f"{turn} of {second} begins, where {percent()(f['by_chance'])} would by chance: an excess of {excess} points (p "
        f"{equals(f['p'])} by {f['shifts']} shifts in time)"
    )


def _earlier(c: Claim, e: Evidence, p: Part, f: Mapping[str, Any]) -> str:
    first, second = map(_tie, c.ties)
    lead = band(f["lead"], 0, sign=True)
    return (
        f"P({first} began to thaw {'later' if c.direction == 'after' else 'earlier'} than {second}) {equals(p.value)}: "
        f"about {period_name(f['first'], e.frequency)} and {period_name(f['second'], e.frequency)}, a lead of {lead} "
        f"{unit_word(e.frequency, 2)}, in the {percent()(f['both'])} of draws in which both thaw; by chance "
        f"{chance(p.base or 0.0)}"
    )


def _response(c: Claim, e: Evidence, p: Part, f: Mapping[str, Any]) -> str:
    return (
        f"When {_tie(c.ties[1])} warms by one typical shock, {_tie(c.ties[0])} moves by {band(f['shown'], sign=True)} "
        f"over {n_periods(f['years'], e.frequency)}; less than {number()(p.small)} either way is nothing; "
        f"{percent()(p.placebo)} of {p.placebos} third states show as much"
    )


def _share(c: Claim, e: Evidence, p: Part, f: Mapping[str, Any]) -> str:
    power = c.ties[1][1]
    rest = listed([f"{percent()(v)} with {the(s)}'s" for s, v in f["others"].items()])
    return (
        f"{percents((p.lo, p.value, p.hi))} of the forecast variance of {_tie(c.ties[0])} goes with {the(power)}'s ties "
        f"with the two, {rest}"
    )


def _leads(c: Claim, e: Evidence, p: Part, f: Mapping[str, Any]) -> str:
    return (
        f"P({the(c.ties[1][1])} has the largest share) {equals(p.value)}, where {number()(p.base)} is no better than "
        f"a draw among {f['among']}"
    )


def _aligned(c: Claim, e: Evidence, p: Part, f: Mapping[str, Any]) -> str:
    hub, powers = c.ties[0][0], [t[1] for t in c.ties]
    many = "one" if c.direction == "one" else "two or more"
    other = percent()(f["several"] if c.direction == "one" else f["one"])
    rest = f"with {'two or more' if c.direction == 'one' else 'one'} in {other}, with none in {percent()(f['none'])}"
    known = p.base is not None and f["states"] >= _FEW
    base = f"; of {f['states']} other states the median is {percent()(p.base)}" if known else ""
    return (
        f"{the(hub)} was warm with exactly {many} of {state_list(powers)} in {percents((p.lo, p.value, p.hi))} of the "
        f"{unit_word(e.frequency, 2)}, {rest}{base}"
    ).replace("exactly two or more", "two or more")  # fmt: skip


def _tilt(c: Claim, e: Evidence, p: Part, f: Mapping[str, Any]) -> str:
    (hub, x), (_, _y) = c.ties
    return (
        f"{the(hub)}'s tilt is {band(f['shown'], sign=True)} {_on(e)}, positive toward {the(x)}; "
        f"within {number(2)(p.small)} is {'even' if c.direction == 'even' else 'no lean'}"
    )


def _both(c: Claim, e: Evidence, p: Part, f: Mapping[str, Any]) -> str:
    return f"P(warm with both) {equals(p.value)}"


def _largest(c: Claim, e: Evidence, p: Part, f: Mapping[str, Any]) -> str:
    domain = c.options["domain"].replace("_", " ")
    base = (
        f"; the mean of {plural(f['others'], 'other tie')} is {percent()(p.base)}"
        if p.base is not None
        else ""
    )
    return (
        f"{domain} is {percents(f['share'])} of {plural(int(f['events']), 'cooperative act')} with a domain, and P(no "
        f"domain has more) {equals(p.value)}{base}"
    )


def _partners(c: Claim, e: Evidence, p: Part, f: Mapping[str, Any]) -> str:
    return (
        f"{the(c.ties[0][0])} has {number(1)(f['domain'])} effective partners in {c.options['domain']} and "
        f"{number(1)(f['all'])} in all its cooperation, a ratio of {band(f['ratio'])}"
    )


def _hazard(c: Claim, e: Evidence, p: Part, f: Mapping[str, Any]) -> str:
    what = _COVARIATES[c.options["covariate"]]
    return (
        f"A standard deviation more of {what} multiplies the hazard that a warm spell ends by {band(f['ratio'])}, from "
        f"{f['thaws']:,} warm spells of the world, {f['ends']:,} of them ended"
    )


def _versus(c: Claim, e: Evidence, p: Part, f: Mapping[str, Any]) -> str:
    other = _COVARIATES[c.options["longer_than"]]
    return f"That is {band(f['ratio'])} times what {other} does to it"


def _cases(c: Claim, e: Evidence, p: Part, f: Mapping[str, Any]) -> str:
    base = f", {percent()(p.base)} where it did not" if p.base is not None else ""
    return f"{percents(f['rate'])} of {f['cases']:,} such thaws lasted once the other tie had mended{base}"


def _stays(c: Claim, e: Evidence, p: Part, f: Mapping[str, Any]) -> str:
    return (
        f"P({_tie(c.ties[0])} is warm in every {unit_word(e.frequency)} to {period_name(f['until'], e.frequency)}) "
        f"{equals(f['p'])} under the conditions and {chance(f['base'])} without; P(warm now) {equals(f['now'])}"
    )


_SAYS: dict[str, Callable[[Claim, Evidence, Part, Mapping[str, Any]], str]] = {
    "level": _level, "change": _change, "begins": _turns, "ends": _turns, "earlier": _earlier, "response": _response,
    "share": _share, "leads": _leads, "share of periods": _aligned, "tilt": _tilt, "leans": _tilt, "both warm": _both,
    "largest": _largest, "partners": _partners, "hazard": _hazard, "against the other": _versus, "rate": _cases,
    "stays warm": _stays,
}  # fmt: skip


def _about(e: Evidence) -> str:
    """The data, what they hold of the ties, and when."""
    held = f"{plural(e.rows, 'act' if e.kind == 'acts' else 'event')}, " if e.rows else ""
    return f"{_data(e.data)} ({held}{_span(e)})" if e.periods else _data(e.data)


def _evidence(a: Answer, e: Evidence) -> str:
    """The numbers of one source, in one sentence or two."""
    if not e.parts:
        return sentence(f"{_data(e.data)} cannot tell: {ties_named(e.why)}")
    said = ". ".join(_SAYS[p.name](a.claim, e, p, p.facts or {}) for p, _ in e.parts)
    return sentence(f"{_about(e)}, {e.verdict}: {said}")


_DENIES = {"contradicted": "contradicts it", "too small to matter": "finds it too small to matter"}


def _by(verdict: str, a: Answer) -> list[str]:
    return [_data(e.data) for e in a.evidence if e.verdict == verdict]


def _verdict(a: Answer) -> str:
    """The verdict in one plain sentence, with the data that carry it."""
    if a.verdict == "evidence disagrees":
        rest = [f"{_data(e.data)} {_DENIES[e.verdict]}" for e in a.evidence if e.verdict in _DENIES]
        return sentence(
            f"the evidence disagrees: {listed(_by('supported', a))} supports it, {listed(rest)}"
        )
    if a.verdict == "not testable with these data":
        return "Not testable with these data."
    rest = [f"{v} by {listed(by)}" for v in _TOLD if v != a.verdict and (by := _by(v, a))]
    return sentence("; ".join([f"{a.verdict} by {listed(_by(a.verdict, a))}", *rest]))


def _more(p: Part, room: float) -> str:
    """How much more evidence the same estimate would need, its error falling with the root of the evidence."""
    half = max(p.value - p.lo, p.hi - p.value)
    factor = (half / room) ** 2 if room > 0 else math.inf
    if factor > _HOPELESS:
        return _OTHER
    return f"about {factor:.{0 if factor >= 10 else 1}f} times the evidence, if the estimate stays"


def _is_ratio(p: Part) -> bool:
    """Whether the number is the logarithm of a ratio, which is printed as such."""
    return "ratio" in (p.facts or {})


def _nothing(p: Part) -> str:
    """The value that says nothing, on the scale on which the number is printed."""
    if _is_ratio(p):
        return "1 (no difference)"
    if p.name == "rate":  # a share less a half
        return "50%"
    return number(1)(p.null) if p.null else "zero"


def _turns_effect(p: Part, verdict: str) -> str:
    gap = abs(p.value - p.null)
    if verdict == "supported":
        return f"a 90% band that holds {_nothing(p)}"
    if verdict == "contradicted":
        return "an estimate on the other side"
    if verdict == "too small to matter" and _is_ratio(p):
        return (
            f"a ratio below {number()(math.exp(-p.small))} or above {number()(math.exp(p.small))}"
        )
    if verdict == "too small to matter":
        return f"an effect beyond {number(2 if p.small >= 0.02 else 3)(p.small)}"
    if like_placebos(p) and not p.lo <= p.null <= p.hi:
        return f"placebos of which at most {percent()(PLACEBO)} show as much"
    # Away from nothing the band has to leave it out; near it the band has to fit inside.
    return _more(p, gap if gap > p.small else p.small - gap)


def _turns_same(p: Part, verdict: str) -> str:
    if verdict == "undetermined":
        return _more(p, abs(p.small - abs(p.value - p.null)))
    side = "reaches beyond" if verdict == "supported" else "reaches inside"
    return f"a 90% band that {side} {number(1)(p.small)} of even"


def _turns_chance(p: Part, verdict: str) -> str:
    return {
        "supported": f"a probability below {SURE}",
        "contradicted": f"a probability above {1 - SURE:.1f}",
    }.get(verdict, f"a probability of at least {SURE}, or at most {1 - SURE:.1f}")


_TURNS = {"effect": _turns_effect, "same": _turns_same, "chance": _turns_chance}


def _would_change(a: Answer) -> str:
    """What would change the verdict of the claim: of each source that has it, the numbers that decide."""
    if a.verdict == "not testable with these data":
        needs = dict.fromkeys(ties_named(e.why).rpartition("; ")[2] for e in a.evidence)
        return sentence(f"to test it: {'; or '.join(needs)}")
    lines = []
    for e in a.evidence:
        if e.data in a.carried:
            turns = [_TURNS[p.rule](p, v) for p, v in e.parts if v == e.verdict]
            # Where one number needs another estimate, what would settle the others does not settle the claim.
            turns = [_OTHER] if _OTHER in turns and e.verdict == "undetermined" else turns
            word = "and" if e.verdict == "undetermined" else "or"
            lines.append(f"in {_data(e.data)} {f' {word} '.join(dict.fromkeys(turns))}")
    return sentence(f"what would change it: {'; '.join(lines)}")


def _carries(a: Answer) -> str | None:
    """Of an index, the sources behind the levels."""
    if a.claim.test in _WORLD:
        return None
    for e in a.evidence:
        if e.witnesses and e.parts:
            top = [f"{called(k).head} ({number()(v)})" for k, v in list(e.witnesses.items())[:_TOP]]
            return f"Behind the levels of the index stand {listed(top)}: how far each moves them, on average."
    return None


def _part(place: int, a: Answer) -> View:
    lines = (_verdict(a), *(_evidence(a, e) for e in a.evidence), _carries(a), _would_change(a))
    said = tuple(s for s in lines if s)
    return View("check", f"{place}. {a.claim.says}", said, states=a.claim.states)


def _counts(made: Check) -> str:
    if not made.answers:
        return "No claim could be asked."
    split = made.count("evidence disagrees")
    apart = f"on {split} the evidence disagrees" if split else ""
    rest = [f"{made.count(v)} {v}" for v in VERDICTS if v != "evidence disagrees" and made.count(v)]
    if rest:
        many, _, verdict = rest[0].partition(" ")
        rest[0] = f"{many} {'is' if many == '1' else 'are'} {verdict}"
    said = "; ".join(filter(None, (listed(rest), apart)))
    return f"Of {plural(len(made.answers), 'claim')} {said}."


def _grid(made: Check) -> Grid:
    rows = tuple(
        (a.claim.says, a.verdict, listed([text(d) for d in a.carried]) or "none")
        for a in made.answers
    )
    return Grid("Verdicts", ("claim", "verdict", "by"), rows)


def _notes(made: Check) -> tuple[str, ...]:
    left = max((e.left_out for a in made.answers for e in a.evidence), default=0)
    own = (
        f"{plural(left, 'row')} of the chronicle {'rests' if left == 1 else 'rest'} on this text alone and {'is' if left == 1 else 'are'} left out. "
        if left
        else ""
    )
    index = any(e.witnesses is not None for a in made.answers for e in a.evidence)
    apart = (
        "The index is read without what the chronicle adds to it, so that the two are separate witnesses."
        if index
        else ""
    )
    rules = (
        f"An effect is supported where its 90% band lies above zero (a ratio's: above or below 1) on the side claimed, "
        f"contradicted where on the other, and too small where the band lies within {REGION:g} of a standard deviation (5 points of a share, a tenth of a ratio). A "
        f"probability needs {SURE:g} or more, or {1 - SURE:.1f} or less. All numbers of a claim must agree. All else is "
        "undetermined."
    )  # fmt: skip
    return tuple(filter(None, (rules, f"{own}{apart}".strip())))


def view(made: Check) -> View:
    """The check as people read it."""
    title = f"Claims of “{made.text.title}”"
    by = ", ".join(filter(None, (made.text.author, made.text.publisher, made.text.date)))
    today = date.today()
    parts = tuple(_part(k, a) for k, a in enumerate(made.answers, 1))
    about = f"Text: {made.text.title} ({by})." if by else f"Text: {made.text.title}."
    return view_of(
        made, title, (_counts(made), about),
        facts={"claims": list(map(_fact, made.answers, parts)), "problems": made.faults, "nanopublications": nanopublications(made, today)},
        grids=(_grid(made),), notes=_notes(made), linked=tuple(claim_reviews(made, today)), parts=parts,
        states=tuple(dict.fromkeys(s for a in made.answers for s in a.claim.states)),
    )  # fmt: skip


def _fact(a: Answer, said: View) -> dict[str, Any]:
    return {
        "id": a.claim.id, "says": a.claim.says, "test": a.claim.test, "verdict": a.verdict, "carried": a.carried,
        "sentences": said.sentences,
    }  # fmt: skip
