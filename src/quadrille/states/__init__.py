"""Who the actors are: states over time, under every name and code people and files give them."""

from quadrille.states.actors import actors, resolve_actors
from quadrille.states.registry import (
    Scheme,
    State,
    all_states,
    existed,
    find,
    get,
    require,
    resolve,
    search,
    successions,
)

__all__ = [
    "Scheme",
    "State",
    "actors",
    "all_states",
    "existed",
    "find",
    "get",
    "require",
    "resolve",
    "resolve_actors",
    "search",
    "successions",
]
