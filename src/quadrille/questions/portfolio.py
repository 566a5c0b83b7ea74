"""How a state's cooperation is spread over partners and domains."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Unpack

from quadrille.arguments import Range, question
from quadrille.measure.world import Data, Where, open_world
from quadrille.questions.shared import Draws, Seed, StateName

if TYPE_CHECKING:
    from quadrille.readings.portfolio import Portfolio

__all__ = ["portfolio"]


@question
def portfolio(
    state: StateName,
    data: Data = None,
    *,
    window: Annotated[int | None, Range(1)] = None,
    against: int | None = None,
    draws: Draws = 1000,
    seed: Seed = 1,
    **where: Unpack[Where],
) -> Portfolio:
    """How a state's cooperation is spread.

    Parameters
    ----------
    window : int, optional
        Periods pooled. Default: a year, or ten years of a chronicle.
    against : int, optional
        Year that the last period is compared with. Default: ten years earlier, or as near as there is.

    Raises
    ------
    UnknownStateError, StateNotThenError, NoDataError, OptionError

    Examples
    --------
    >>> found = portfolio("Pakistan")
    >>> found.partner_table()["partner"][0]
    'RUS'
    """
    from quadrille.panel.domains import domain_counts
    from quadrille.readings.portfolio import portfolio_of, reports_per_event

    world = open_world(data, **where)
    (code,) = world.present((state,))
    panel = world.panel
    return portfolio_of(
        panel, code, scale=reports_per_event(panel, code),
        domains=domain_counts(world.table((code,)), panel),
        window=window, against=against, draws=draws, seed=seed,
    )  # fmt: skip
