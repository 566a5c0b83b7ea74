"""Regions of the world, and which states lie in them.

The regions are those of the United Nations' M49 standard, by today's borders; states that ended lie where they lay.
Taiwan and Kosovo, which the standard does not list, are put beside their neighbours.
"""

from __future__ import annotations

from datetime import date
from difflib import get_close_matches
from functools import cache

from quadrille.errors import OptionError
from quadrille.states.registry import existed, table
from quadrille.states.spelling import key

__all__ = ["region_name", "region_names", "states_in"]

_AFRICA = ("Eastern Africa", "Middle Africa", "Southern Africa", "Western Africa")
_LATIN = ("Caribbean", "Central America", "South America")
_WHOLE = {
    "Africa": ("Northern Africa", *_AFRICA),
    "Sub-Saharan Africa": _AFRICA,
    "Americas": ("Northern America", *_LATIN),
    "Latin America and the Caribbean": _LATIN,
    "Asia": (
        "Central Asia", "Eastern Asia", "South-eastern Asia", "Southern Asia", "Western Asia",
    ),
    "Europe": ("Eastern Europe", "Northern Europe", "Southern Europe", "Western Europe"),
    "Oceania": ("Australia and New Zealand", "Melanesia", "Micronesia", "Polynesia"),
}  # fmt: skip
_MIDDLE_EAST = "Middle East"
# Of Western Asia these are not meant by that name, and these two are.
_CAUCASUS = frozenset(("ARM", "AZE", "CYP", "GEO"))
_BESIDE = ("EGY", "IRN")
_COMMON = {
    "South Asia": "Southern Asia", "East Asia": "Eastern Asia", "Southeast Asia": "South-eastern Asia",
    "South East Asia": "South-eastern Asia", "West Asia": "Western Asia", "North Africa": "Northern Africa",
    "East Africa": "Eastern Africa", "West Africa": "Western Africa", "Central Africa": "Middle Africa",
    "North America": "Northern America", "Latin America": "Latin America and the Caribbean",
    "The Americas": "Americas", "The Middle East": _MIDDLE_EAST,
}  # fmt: skip


@cache
def _regions() -> dict[str, tuple[str, ...]]:
    """Region → ISO3 of every state there is or was in it, sorted."""
    small: dict[str, list[str]] = {}
    for iso3, region in table("regions").iter_rows():
        small.setdefault(region, []).append(iso3)
    made = {name: sorted(codes) for name, codes in small.items()}
    for name, parts in _WHOLE.items():
        made[name] = sorted(code for part in parts for code in small[part])
    west = [code for code in small["Western Asia"] if code not in _CAUCASUS]
    made[_MIDDLE_EAST] = sorted((*west, *_BESIDE))
    return {name: tuple(made[name]) for name in sorted(made)}


@cache
def _known() -> dict[str, str]:
    return {key(n): n for n in _regions()} | {key(n): of for n, of in _COMMON.items()}


def region_names() -> tuple[str, ...]:
    """Every region, by name."""
    return tuple(_regions())


def region_name(text: str) -> str:
    """The region that a text names.

    Raises
    ------
    OptionError
        There is no such region.

    Examples
    --------
    >>> region_name("south asia")
    'Southern Asia'
    """
    found = _known().get(key(text))
    if found is None:
        near = get_close_matches(key(text), _known(), 1, 0.7)
        hint = (
            f"did you mean {_known()[near[0]]}?"
            if near
            else f"use one of {', '.join(region_names())}"
        )
        raise OptionError(f"unknown region {text!r}; {hint}")
    return found


def states_in(region: str, on: date | None = None) -> tuple[str, ...]:
    """The states of a region.

    Parameters
    ----------
    region : str
        As in `region_name`.
    on : date, optional
        Only those that existed on this day.

    Returns
    -------
    tuple of str
        ISO3, sorted.

    Raises
    ------
    OptionError
        There is no such region.

    Examples
    --------
    >>> states_in("Southern Asia", date(1960, 1, 1))
    ('AFG', 'BTN', 'IND', 'IRN', 'LKA', 'NPL', 'PAK')
    """
    codes = _regions()[region_name(region)]
    return codes if on is None else tuple(c for c in codes if existed(c, on))
