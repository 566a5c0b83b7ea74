"""How a state's cooperation is spread over partners and domains."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from quadrille.arguments import at_least, question
from quadrille.measure.world import Data, Where, open_world
from quadrille.questions.relation import MOST_DRAWS

if TYPE_CHECKING:
    from quadrille.readings.portfolio import Portfolio

__all__ = ["portfolio"]


@question
def portfolio(
    state: str,
    data: Data = None,
    *,
    window: int | None = None,
    against: int | None = None,
    draws: int = 1000,
    seed: int = 1,
    **where: Unpack[Where],
) -> Portfolio:
    """How a state's cooperation is spread.

    Parameters
    ----------
    state : str
        A state: name, ISO3, COW code, adjective.
    data, frequency, since, until, lake, layers
        As in `quadrille.open`.
    window : int, optional
        Periods pooled. Default: a year, or ten years of a chronicle.
    against : int, optional
        Year that the last period is compared with. Default: ten years earlier, or as near as there is.
    draws : int
        Posterior draws of the shares.
    seed : int
        Same seed, same numbers.

    Returns
    -------
    Portfolio

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

    at_least("window", window, 1)
    at_least("draws", draws, 200, MOST_DRAWS)
    at_least("seed", seed, 0)
    world = open_world(data, **where)
    (code,) = world.present((state,))
    panel = world.panel
    return portfolio_of(
        panel, code, scale=reports_per_event(panel, code),
        domains=domain_counts(world.table((code,)), panel),
        window=window, against=against, draws=draws, seed=seed,
    )  # fmt: skip
