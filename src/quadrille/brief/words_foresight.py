"""Sentences about scenarios and reference classes."""

from __future__ import annotations

import polars as pl

from quadrille.foresight.scenario import Reading, Scenario
from quadrille.panel.periods import period_name

__all__ = ["implausible_words", "scenario_sentences", "survival_sentence", "survival_table"]

_SURE = 0.9
_WAY = {"see": "Seen", "do": "Done", "do at once": "Done at once"}


def _dash(label: str) -> str:
    return label.replace("-", "–")


def implausible_words(r: Reading) -> str:
    """How far the conditions lie from what is expected anyway."""
    if r.surprise >= 0.1:
        word = "nothing out of the ordinary"
    elif r.surprise >= 0.01:
        word = "out of the ordinary"
    else:
        word = "far out of the ordinary: read with care"
    return (
        f"{word}: the unconditional forecast strays as far in this direction with probability "
        f"{r.surprise:.2g} (divergence {r.kl:.2f} nats, like a coin at {r.coin:.3f} taken for a fair one)"
    )


def _moved(s: Scenario, row: dict[str, float], when: str) -> str:
    lo, hi = row["diff_lo90"], row["diff_hi90"]
    band = f"{row['diff']:+.2f} on the model's scale (90% {lo:+.2f} to {hi:+.2f})"
    if not s.trusted:
        return f"undetermined, the sampling has not converged; expected change by {when} {band}"
    if lo <= 0.0 <= hi:
        return f"undetermined: the expected change by {when} is {band}, a band that covers zero"
    return f"{'warms' if lo > 0 else 'cools'} {_dash(s.tie)}: expected change by {when} {band}"


def scenario_sentences(s: Scenario) -> list[str]:
    """The answer in plain words, one sentence a reading."""
    when = period_name(s.periods[-1], s.frequency)
    said = []
    for r in s.readings:
        row = s.to_polars().filter(way=r.way).row(-1, named=True)
        said.append(
            f"{_WAY[r.way]}: {_moved(s, row, when)}; P(warm) {row['p_warm']:.2f} with the conditions, "
            f"{row['base_p_warm']:.2f} without."
        )
    return said


def survival_sentence(s: Scenario) -> str:
    """Whether the tie would still be warm, if it is."""
    when = period_name(s.periods[-1], s.frequency)
    now = f"P(warm) in the last period of the data, {period_name(s.last, s.frequency)}: {s.p_warm_now:.2f}"
    chances = [float((r.paths[:, -1] > s.neutral).mean()) for r in s.readings]
    shown = " and ".join(f"{p:.2f} ({r.way})" for p, r in zip(chances, s.readings, strict=True))
    if not s.trusted:
        word = "undetermined (not converged)"
    elif min(chances) >= _SURE:
        word = "yes, most likely"
    elif max(chances) <= 1 - _SURE:
        word = "no, most likely"
    else:
        word = "undetermined"
    return f"Is {_dash(s.tie)} still warm in {when} under the conditions? {word}: {shown}. {now}."


def survival_table(s: Scenario, floor: float | None) -> pl.DataFrame:
    """Survival without the conditions and in each reading, a row each, for people."""
    table = s.survival(floor)
    names = ("p_above", "p_never_below", "months")
    base = table.head(1).select(
        pl.lit("without").alias("reading"), *(pl.col(f"base_{n}").alias(n) for n in names)
    )
    return pl.concat([base, table.select(pl.col("way").alias("reading"), *names)])
