"""Claims of a text put to data, each with a verdict."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Unpack

from quadrille.arguments import question
from quadrille.errors import OptionError
from quadrille.measure.world import Data, Where, open_world
from quadrille.questions.shared import Quick, Seed, Sweeps

if TYPE_CHECKING:
    from quadrille.claims.evidence import Check

__all__ = ["check"]


@question
def check(
    claims: Annotated[str | Path, "A claims file, or the name of one that came with the package: article, middle-east."],
    data: Annotated[Data, "Data to ask in place of those that each claim names."] = None,
    *,
    only: Annotated[Sequence[str], "Id of a claim, may be given again: the others are not asked."] = (),
    quick: Quick = False,
    seed: Seed = 1,
    progress: Sweeps = None,
    **where: Unpack[Where],
) -> Check:  # fmt: skip
    """Claims of a text, each with a verdict.

    Supported, contradicted, too small to matter, evidence disagrees, undetermined, or not testable with these data. The
    file says what is claimed and how to ask it; the answer comes from data alone, and never from rows that rest on the
    text itself.

    Raises
    ------
    FileFormatError
        The file cannot be read, is no TOML, has no text or no claim. What is wrong with single claims is in ``faults`` of
        the result; the others are answered.

    Examples
    --------
    >>> from pathlib import Path
    >>> place = Path("one.toml")
    >>> _ = place.write_text('''
    ... [text]
    ... title = "A letter"
    ... [[claim]]
    ... id = "warm"
    ... says = "Pakistan and China are close."
    ... test = "relation"
    ... ties = ["PAK-CHN"]
    ... direction = "warm"
    ... data = ["chronicle"]
    ... ''')
    >>> check(place).answers[0].verdict
    'supported'
    >>> place.unlink()
    """
    from quadrille.claims.ask import check_of
    from quadrille.claims.bench import Bench
    from quadrille.claims.file import read_claims

    found = read_claims(claims)
    world = open_world(data, **where)
    own = [k for k in ("frequency", "since", "until") if getattr(world, k) is not None]
    if own:
        raise OptionError(f"{own[0]}: each claim names its own time in its file; leave it out")
    if only:
        found = found.only(only)
    return check_of(found, Bench(found.text.source, world, quick, seed, progress))
