"""Claims put to data: for each kind of test the reading that answers it, and its numbers as parts of evidence.

Every number is turned so that larger speaks for the claim. What is small is that of `quadrille.verdicts`; what is even is
stated here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import numpy as np

from quadrille.claims.bench import Bench, rows_between, witnesses_of
from quadrille.claims.evidence import Answer, Check, Evidence, Part
from quadrille.claims.file import Claim, Claims, Problem
from quadrille.claims.rules import of_claim, of_part, of_source
from quadrille.errors import InputError, NoDataError, NotConvergedError
from quadrille.kernels.arrays import Array
from quadrille.kernels.constants import Z90, band_of
from quadrille.measure.result import Measurement, Relation
from quadrille.measure.world import World
from quadrille.readings.covariates import LAYERS
from quadrille.readings.episodes import Episodes, episodes_of
from quadrille.verdicts import REGION, region_of

__all__ = ["EVEN", "check_of"]

EVEN = 0.2  # half the difference of two levels, on a scale whose one is all cooperation, or the median ally
_SHARE = region_of(0.5)  # a yes-or-no at one half
_LOGS = REGION
_DRAWS = 1000
_HALF = 0.5
_MONTHS = 36
_FEW = 12  # states that fit a line

Triple = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Asked:
    """One claim before one source of data."""

    claim: Claim
    bench: Bench
    data: str

    @property
    def world(self) -> World:
        """The data, cut to the claim's time where the test wants that."""
        c = self.claim
        span = (c.since, c.until) if c.kind.cuts else (None, None)
        return self.bench.world(self.data, *span)

    def measured(self) -> Measurement:
        """The ties among the claim's states, at least."""
        return self.world.measurement("cordiality", self.claim.states)

    def tie(self, pair: tuple[str, str]) -> Relation:
        """One tie's paths, the states in the claim's order."""
        from quadrille.measure.tie import relation_of

        return relation_of(self.measured(), *pair, _DRAWS, self.bench.seed)

    def ties(self) -> list[Relation]:
        """All ties of the claim."""
        return [self.tie(pair) for pair in self.claim.ties]

    def episodes(self) -> list[Episodes]:
        """Thaws and chills of each tie."""
        return [episodes_of(tie) for tie in self.ties()]

    def option(self, name: str, default: Any = None) -> Any:
        """What else the claim says."""
        return self.claim.options.get(name, default)


class _Found(NamedTuple):
    """Parts of the evidence, and the periods they are of; None: all of the data."""

    parts: list[Part]
    periods: tuple[date, ...] | None = None


def _part(name: str, rule: str, points: Triple, *, flip: bool = False, **more: Any) -> Part:
    """A part from low, median and high; flipped where less speaks for the claim."""
    lo, mid, hi = points
    if flip:
        lo, mid, hi = -hi, -mid, -lo
    return Part(name, rule, mid, lo, hi, **more)


def _within(periods: Sequence[date], first: date | None, last: date | None) -> list[int]:
    """Places of the periods of a closed interval.

    Raises
    ------
    NoDataError
    """
    inside = [
        k for k, p in enumerate(periods) if (not first or p >= first) and (not last or p <= last)
    ]
    if not inside:
        raise NoDataError(
            f"the data, {periods[0]:%Y} to {periods[-1]:%Y}, hold no period of that time; give a time within them"
        )
    return inside


def _mean_level(tie: Relation, first: date | None, last: date | None) -> tuple[Array, tuple[date, ...]]:  # fmt: skip
    """Level less the neutral one over a time, by draw, and its periods."""
    at = _within(tie.periods, first, last)
    neutral = float(tie.unit.shown(tie.neutral))
    shown = tie.unit.shown(tie.draws[:, at]).mean(axis=1) - neutral
    return np.asarray(shown), tuple(tie.periods[k] for k in at)


def _region(*ties: Relation) -> float:
    """What is small of a tie, or of half the difference of two: a tenth of its deviation over the periods."""
    shown = [t.unit.shown(t.draws) for t in ties]
    path = shown[0] if len(ties) == 1 else _halved(ties, shown)
    return region_of(float(np.median(path.std(axis=1))))


def _halved(ties: Sequence[Relation], shown: Sequence[Array]) -> Array:
    """Half the difference of two ties over their common periods, ``(draw, time)``."""
    common = sorted({*ties[0].periods} & {*ties[1].periods})
    one, two = (
        s[:, [t.periods.index(p) for p in common]] for t, s in zip(ties, shown, strict=True)
    )
    return np.asarray((one - two) / 2)


def _relation(q: Asked) -> _Found:
    tie = q.tie(q.claim.ties[0])
    level, periods = _mean_level(tie, q.claim.since, q.claim.until)
    flip = q.claim.direction == "cold"
    facts = {"shown": band_of(level)}
    return _Found(
        [_part("level", "effect", band_of(level), flip=flip, small=_region(tie), facts=facts)],
        periods,
    )


def _change(q: Asked) -> _Found:
    tie = q.tie(q.claim.ties[0])
    years = q.option("against")
    now, periods = _mean_level(tie, q.claim.since, q.claim.until)
    then, _ = _mean_level(tie, date(years[0], 1, 1), date(years[1], 12, 31))
    flip = q.claim.direction == "colder"
    facts = {"shown": band_of(now - then), "now": band_of(now)[1], "then": band_of(then)[1]}
    part = _part(
        "change", "effect", band_of(now - then), flip=flip, small=_region(tie), facts=facts
    )
    return _Found([part], periods)


def _synchrony(q: Asked) -> _Found:
    from quadrille.readings.synchrony import synchrony_of

    first, second = q.episodes()
    made = synchrony_of(first, second, q.option("within", 2))
    asked = {"begins": made.begin, "ends": made.end}
    parts = []
    for name in q.claim.direction.split(" and "):
        got = asked[name]
        if np.isnan(got.precursor):
            raise NoDataError(f"no draw holds a turn of {first.label} to compare; give other data")
        lo, hi = got.precursor_excess
        facts = {"rate": got.precursor, "by_chance": got.precursor_null, "p": got.precursor_p,
                 "shifts": made.shifts, "turns": got.late, "within": made.window}  # fmt: skip
        excess = got.precursor - got.precursor_null
        parts.append(
            Part(name, "effect", excess, lo, hi, small=_SHARE, base=got.precursor_null, facts=facts)
        )
    return _Found(parts)


def _episodes(q: Asked) -> _Found:
    from quadrille.readings.precedence import precedence_of

    first, second = q.episodes()
    made = precedence_of(first, second, q.claim.since, q.claim.until)
    flip = q.claim.direction == "after"
    p = 1 - made.before - made.same if flip else made.before
    facts = {"lead": made.lead, "first": made.first, "second": made.second, "both": made.both,
             "same": made.same}  # fmt: skip
    return _Found(
        [Part("earlier", "chance", p, p, p, base=_HALF * (1 - made.same), facts=facts)],
        made.periods,
    )


def _pivot(q: Asked) -> _Found:
    from quadrille.coupling.model import QUICK, CoupleConfig
    from quadrille.coupling.pivot import pivot_of

    (a, b), (_, c) = q.claim.ties
    q.world.panel.require(q.claim.states)
    config = QUICK if q.bench.quick else CoupleConfig()
    made = pivot_of(
        q.world.measurement(),
        a,
        b,
        c,
        among=q.option("among", ()),
        config=config,
        quick=q.bench.quick,
    )
    part = _part(
        "response", "effect", made.interval, flip=q.claim.direction == "against", small=made.verdict.region,
        placebo=made.p_value, placebos=len(made.placebos), facts={"shown": made.interval, "shock": made.shock,
        "years": made.horizon},
    )  # fmt: skip
    return _Found([part])


def _connectedness(q: Asked) -> _Found:
    from quadrille.coupling.responses import third_shares

    (a, b), (_, c) = q.claim.ties
    states = tuple(dict.fromkeys((a, b, c, *q.option("among"))))
    model = q.bench.model(q.data, states, q.claim.since, q.claim.until)
    every = third_shares(model, a, b)
    own = next(t for t in every if t.state == c)
    others = {t.state: t.share[1] for t in every if t.state != c}
    facts = {"largest": own.largest, "others": others, "among": len(every)}
    parts = [
        _part("share", "effect", own.share, small=_SHARE, facts=facts),
        Part(
            "leads",
            "chance",
            own.largest,
            own.largest,
            own.largest,
            base=1 / len(every),
            facts=facts,
        ),
    ]
    return _Found(parts, model.periods)


def _alignment(q: Asked) -> _Found:
    from quadrille.readings.alignment import alignment_of, chances_of_index, chances_of_measurement

    panel = q.world.panel
    index = panel.kind == "index"
    chances = (
        chances_of_index(panel)
        if index
        else chances_of_measurement(q.world.measurement("cordiality"))
    )
    made = alignment_of(q.ties(), chances, q.claim.since, q.claim.until)
    points = made.one if q.claim.direction == "one" else made.several
    facts = {"none": made.none[1], "one": made.one[1], "several": made.several[1], "warm": made.warm,
             "states": len(made.others)}  # fmt: skip
    base = (
        float(np.median(made.others)) if made.others.size and q.claim.direction == "one" else None
    )
    part = _part(
        "share of periods", "effect", points, null=_HALF, small=_SHARE, base=base, facts=facts
    )
    return _Found([part], made.periods)


def _balance(q: Asked) -> _Found:
    from quadrille.readings.balance import balance_of

    first, second = q.ties()
    made = balance_of(first, second, seed=q.bench.seed)
    at = _within(made.periods, q.claim.since, q.claim.until)
    tilt = made.tilt[:, at].mean(axis=1)
    warm = _both_warm(made.ties, [made.periods[k] for k in at])
    facts = {"shown": band_of(tilt), "both": warm}
    periods = tuple(made.periods[k] for k in at)
    if q.claim.direction == "even":
        parts = [
            _part("tilt", "same", band_of(tilt), small=EVEN, facts=facts),
            Part("both warm", "chance", warm, warm, warm, facts=facts),
        ]
        return _Found(parts, periods)
    flip = q.claim.direction == "second"
    return _Found(
        [
            _part(
                "leans",
                "effect",
                band_of(tilt),
                flip=flip,
                small=_region(first, second),
                facts=facts,
            )
        ],
        periods,
    )


def _both_warm(ties: Sequence[Relation], periods: Sequence[date]) -> float:
    """Probability that the mean of each tie over a time is warm, draw by draw."""
    means = [
        t.unit.shown(t.draws[:, [t.periods.index(p) for p in periods]]).mean(axis=1) for t in ties
    ]
    neutral = [float(t.unit.shown(t.neutral)) for t in ties]
    warm = np.all([m > n for m, n in zip(means, neutral, strict=True)], axis=0)
    return float(warm.mean())


def _counts(q: Asked) -> Any:
    from quadrille.panel.domains import domain_counts

    if q.world.panel.kind in ("index", "scores"):
        return None
    return domain_counts(q.world.table(q.claim.states), q.world.panel)


def _bond(q: Asked) -> _Found:
    from quadrille.readings.bond import domain_share_of

    (pair,) = q.claim.ties
    first, last = q.world.panel.span
    first, last = q.claim.since or first, q.claim.until or last
    made = domain_share_of(_counts(q), *pair, q.option("domain"), first, last, _DRAWS, q.bench.seed)
    base = float(np.mean(made.others)) if made.others else None
    facts = {
        "share": made.share,
        "top": made.top,
        "events": made.events,
        "others": len(made.others),
    }
    return _Found([Part("largest", "chance", made.largest, made.largest, made.largest, base=base, facts=facts)],
                  (first, min(last, q.world.panel.span[1])))  # fmt: skip


def _portfolio(q: Asked) -> _Found:
    from quadrille.readings.portfolio import domain_spread_of, reports_per_event

    state = q.claim.ties[0][0]
    panel = q.world.panel
    scale = 1.0 if panel.kind == "acts" else reports_per_event(panel, state)
    made = domain_spread_of(
        _counts(q),
        state,
        q.option("domain"),
        coded=panel.kind == "acts",
        scale=scale,
        seed=q.bench.seed,
    )
    lo, mid, hi = (float(np.log(v)) for v in made.ratio)
    narrower = q.claim.direction == "narrower"
    points = (lo, mid, hi)
    facts = {"ratio": made.ratio, "domain": made.domain, "all": made.all, "events": made.events}
    return _Found([_part("partners", "effect", points, flip=narrower, small=_LOGS, facts=facts)])


def _durability(q: Asked) -> _Found:
    from quadrille.readings.durability import durability_of

    (a, b), world = q.claim.ties[0], q.world
    wanted = [n for n in (q.option("covariate"), q.option("longer_than")) if n]
    held = {layer.role for layer in world.layers.values()}
    for name in wanted:
        if name in LAYERS and LAYERS[name] not in held:
            raise NoDataError(
                f"{name}: no structural data at hand hold it; give layers that hold {name}"
            )
    m = world.measurement("cordiality")
    made = durability_of(m, a, b, world.layers, domains=_counts(q), seed=q.bench.seed)
    absent = [n for n in wanted if n not in made.cox.names]
    if absent:
        raise NoDataError(f"{absent[0]}: not known in these data; name another covariate")
    at = [made.cox.names.index(n) for n in wanted]
    keeps = q.claim.direction == "keeps"
    parts = [_ratio(made.cox.coef, made.cox.cov, [at[0]], keeps, made)]
    if len(at) == 2:
        parts.append(_ratio(made.cox.coef, made.cox.cov, at, keeps, made))
    return _Found(parts)


def _ratio(coef: Array, cov: Array, at: list[int], keeps: bool, made: Any) -> Part:
    """A log hazard ratio, or the first of two less the second; a smaller one keeps warm spells."""
    w = np.zeros(coef.size)
    w[at] = (1.0, -1.0)[: len(at)]
    mid, half = float(w @ coef), Z90 * float(np.sqrt(w @ cov @ w))
    points = (mid - half, mid, mid + half)
    name = "hazard" if len(at) == 1 else "against the other"
    facts = {"ratio": tuple(float(np.exp(v)) for v in points), "thaws": made.spells, "ends": made.ends,
             "layers": tuple(made.layers)}  # fmt: skip
    return _part(name, "effect", points, flip=keeps, small=_LOGS, facts=facts)


def _analogues(q: Asked) -> _Found:
    from quadrille.foresight.analogues import analogues_of, rivalry_list
    from quadrille.foresight.cases import AnalogueRules

    (a, b), (_, c) = q.claim.ties
    m = q.world.measurement("cordiality")
    made = analogues_of(m, a, b, c, None, AnalogueRules(seed=q.bench.seed), rivalry_list(q.world.layers))  # fmt: skip
    row = made.judged
    if row is None or row["warmer_lo90"] is None:
        raise NoDataError("fewer than ten such cases on ten ties; give data on more of the world")
    points = (row["warmer_lo90"], row["warmer_rate"], row["warmer_hi90"])
    fails = q.claim.direction == "did not last"
    shift: Triple = (points[0] - _HALF, points[1] - _HALF, points[2] - _HALF)
    facts = {"rate": points, "cases": row["cases"], "class": row["class"]}
    return _Found([_part("rate", "effect", shift, flip=fails, small=_SHARE, base=row["contrast_warmer"], facts=facts)])  # fmt: skip


def _whatif(q: Asked) -> _Found:
    from quadrille.foresight.conditions import check_conditions, parse
    from quadrille.foresight.scenario import scenario_of

    (pair,) = q.claim.ties
    conditions = [parse(text) for text in q.option("if")]
    check_conditions("-".join(sorted(pair)), conditions)
    further = {s for c in conditions for s in c.tie.split("-")} | {*q.option("among", ())}
    states = tuple(dict.fromkeys((*pair, *sorted(further))))
    model = q.bench.model(q.data, states, q.claim.since, q.claim.until)
    made = scenario_of(model, *pair, conditions, q.option("horizon", _MONTHS), ("see",), seed=q.bench.seed)  # fmt: skip
    row = made.survival().row(0, named=True)
    p, base = row["p_never_below"], row["base_p_never_below"]
    facts = {
        "p": p,
        "base": base,
        "now": made.p_warm_now,
        "until": made.periods[-1],
        "conditions": [str(c) for c in made.conditions],
    }
    if q.claim.direction == "turns cold":
        p, base = 1 - p, 1 - base
    return _Found([Part("stays warm", "chance", p, p, p, base=base, facts=facts)], model.periods)


_ASK: dict[str, Callable[[Asked], _Found]] = {
    "relation": _relation, "change": _change, "synchrony": _synchrony, "episodes": _episodes, "pivot": _pivot,
    "connectedness": _connectedness, "alignment": _alignment, "balance": _balance, "bond": _bond,
    "portfolio": _portfolio, "durability": _durability, "analogues": _analogues, "whatif": _whatif,
}  # fmt: skip


def _evidence(q: Asked) -> Evidence:
    """What one source of data says; where it cannot, why."""
    try:
        found = _ASK[q.claim.test](q)
        panel = q.world.panel
    except (InputError, NotConvergedError) as why:
        return Evidence(
            q.data, "not testable with these data", why=str(why), left_out=q.bench.left_out(q.data)
        )
    periods = found.periods or panel.span
    parts = tuple((p, of_part(p)) for p in found.parts)
    first, last = periods[0], periods[-1]
    unit = q.measured().unit.label if q.claim.test in ("relation", "change", "balance") else ""
    return Evidence(
        q.data, of_source([v for _, v in parts]), parts, "", unit, panel.kind, panel.frequency, (first, last),
        rows_between(q.world, q.claim.ties, first, last), witnesses_of(q.world, q.claim.ties, first, last),
        q.bench.left_out(q.data),
    )  # fmt: skip


def _absent(q: Asked) -> str:
    """Why no source could hold the claim: a state that is not in the data; empty where all are."""
    try:
        panel = q.world.panel
    except InputError as why:
        return str(why)
    try:
        panel.require(q.claim.states)
    except InputError as why:
        held = sorted(panel.states)
        allowed = (
            f"use {', '.join(held)}" if len(held) <= _FEW else "quadrille relations lists them"
        )
        return f"{why}; {allowed}"
    return ""


def check_of(claims: Claims, bench: Bench) -> Check:
    """Put every claim of a file to its data.

    Parameters
    ----------
    claims : Claims
    bench : Bench
    """
    answers, problems = [], list(claims.problems)
    for claim in claims.claims:
        asked = [Asked(claim, bench, name) for name in bench.names(claim.data)]
        gaps = [_absent(q) for q in asked]
        if all(gaps):
            line = claim.lines.get("ties", claim.line)
            problems += [Problem(claims.file, line, "ties", gap) for gap in dict.fromkeys(gaps)]
            continue
        evidence = tuple(_evidence(q) for q in asked)
        answers.append(Answer(claim, of_claim([e.verdict for e in evidence]), evidence))
    problems.sort(key=lambda p: p.line)
    return Check(claims.file, claims.text, tuple(answers), tuple(problems))
