"""What came of comparable past cases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Unpack

from quadrille.arguments import Range, question
from quadrille.measure.world import Data, Where, open_world
from quadrille.questions.shared import Seed

if TYPE_CHECKING:
    from quadrille.foresight.analogues import Analogues

__all__ = ["analogues"]


@question
def analogues(
    a: str,
    b: str,
    data: Data = None,
    *,
    on: str,
    rival: str | None = None,
    window: int | None = None,
    gap: int | None = None,
    horizon: int | None = None,
    size: float = 1.0,
    nearest: Annotated[int, Range(1)] = 10,
    reports: Annotated[int, Range(0)] = 1000,
    seed: Seed = 1,
    **where: Unpack[Where],
) -> Analogues:
    """Base rates: outcomes of comparable past cases.

    A case is a thaw of one tie while another tie of the same state frayed and then mended, among all triads of
    the data.

    Parameters
    ----------
    a : str
        The state that both ties share: name, ISO3, COW code, adjective.
    b : str
        The state that it thaws with.
    on : str
        The pivot, with which it frays and mends.
    rival : str, optional
        The rival of the first state. Default: as in a list of rivalries among the layers, else the state its tie is
        coldest with.
    window : int, optional
        Periods that a thaw or a fray takes. Default: 6 months, 2 quarters or 2 years.
    gap : int, optional
        Periods that may pass between fray and mending. Default: 6 months, 2 quarters or 1 year.
    horizon : int, optional
        Periods after the mending when a case is judged. Default: 12 months, 4 quarters or 2 years.
    size : float
        Least move, in standard deviations of all moves.
    nearest : int
        How many of the nearest cases to name.
    reports : int
        Of counted events, the fewest that both ties of a case must have had for it to be named.

    Examples
    --------
    >>> found = analogues("PAK", "RUS", on="USA")
    >>> found.triads
    60
    """
    from quadrille.foresight.analogues import analogues_of, rivalry_list
    from quadrille.foresight.cases import AnalogueRules

    world = open_world(data, **where)
    rules = AnalogueRules(window, gap, horizon, size, nearest=nearest, reports=reports, seed=seed)
    states = world.present([a, b, on, *([rival] if rival else [])])
    foe = states[3] if rival else None
    return analogues_of(
        world.measurement("cordiality"), states[0], states[1], states[2], foe, rules,
        rivalry_list(world.layers),
    )  # fmt: skip
