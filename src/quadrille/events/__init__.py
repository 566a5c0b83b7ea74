"""What happened: the event record, and the CAMEO vocabulary with what is derived from it."""

from quadrille.events.record import DOMAINS, EVENT_SCHEMA, PRECISIONS, Event, derive
from quadrille.events.vocabulary import (
    PLOVER,
    QUADS,
    cameo,
    code_of,
    codes_of,
    describe,
    normalise_code,
    plover_codes,
)

__all__ = [
    "DOMAINS",
    "EVENT_SCHEMA",
    "PLOVER",
    "PRECISIONS",
    "QUADS",
    "Event",
    "cameo",
    "code_of",
    "codes_of",
    "derive",
    "describe",
    "normalise_code",
    "plover_codes",
]
