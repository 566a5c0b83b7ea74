"""How names of states are spelt: what two spellings of one name have in common.

Publishers turn a name round at a comma ("Korea, Rep."), shorten its words ("Micronesia, Fed. Sts."),
put part of it in brackets ("Korea (North)") or write it out in full ("Republic of Korea"). These rules
know no state: they fold texts, and `quadrille.states.registry` compares what is left.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import groupby
from typing import NamedTuple

__all__ = [
    "Parts",
    "core",
    "is_side",
    "key",
    "parts",
    "readings",
    "slips",
    "without_former",
    "words",
]

_SILENT = frozenset(("the", "of", "and"))
# Words that are written in several ways, by each of them.
_WORD = {
    short: word
    for word, shorts in {
        "republic": "rep repub",
        "democratic": "dem",
        "federal": "fed federated",
        "states": "sts state",
        "saint": "st ste snt sainte",
        "islands": "is isl isls isd isds island",
        "territory": "terr territories",
        "peoples": "people",
        "british": "br brit",
        "equatorial": "equat",
        "african": "afr",
        "netherlands": "neth",
        "herzegovina": "herz herzeg",
        "north": "n northern",
        "south": "s southern",
        "east": "e eastern",
        "west": "w western",
        "former": "fmr",
        "federal states": "fs",
        "bolivarian republic": "rb",
        "islamic republic": "ir",
        "united republic": "ur",
        "peoples republic": "pr",
        "democratic republic": "dr",
        "democratic peoples republic": "dpr",
        "peoples democratic republic": "pdr",
        "soviet socialist republic": "ssr",
        "former yugoslav republic": "fyr tfyr",
        "sar": "special_administrative_region",
        "vietnam": "viet_nam",
    }.items()
    for short in shorts.split()
}
_JOINED = (("special", "administrative", "region"), ("viet", "nam"))
# Forms of a state, and what else a state's full name says of itself.
_HEADS = frozenset(
    ("commonwealth", "confederation", "duchy", "jamahiriya", "kingdom", "principality", "republic",
     "sultanate")
)  # fmt: skip
_KINDS = frozenset(
    ("arab", "bolivarian", "co", "cooperative", "democratic", "federal", "grand", "hashemite",
     "independent", "islamic", "operative", "oriental", "peoples", "plurinational", "popular", "socialist",
     "sovereign", "union", "united")
)  # fmt: skip
# What tells parts of a country apart: without a name of its own, such a part is not the country.
_SIDES = frozenset(("north", "south", "east", "west"))
_ROUND = str.maketrans("[]", "()")
_BREAK = re.compile(r"\s*[/,]\s*")


class Parts(NamedTuple):
    """A text in two: what stands before, and what in brackets, after a comma or after a slash."""

    before: str
    after: str
    mark: str


def key(text: str) -> str:
    """Fold case, accents, punctuation, a leading article and "&" away."""
    if text.isalnum() and text.isascii():
        return text.casefold()
    found = re.sub(r"[^\w]+", " ", _folded(text)).split()
    return " ".join(found[1:] if len(found) > 1 and found[0] == "the" else found)


def _folded(text: str) -> str:
    text = text.replace("&", " and ").replace("’", "'")
    if text.isascii():
        return text.casefold()
    plain = unicodedata.normalize("NFKD", text)
    return "".join(c for c in plain if not unicodedata.combining(c)).casefold()


def _initials(tokens: list[str]) -> list[str]:
    """Single letters in a row as one word: "U.S." as "US"; an elided article with its noun."""
    found: list[str] = []
    for single, run in groupby(tokens, lambda t: len(t) == 1 and t.isalpha()):
        letters = list(run)
        found += ["".join(letters)] if single else letters
    pairs = zip([*found, ""], ["", *found], strict=True)
    return [
        before + word if before in ("d", "l") else word
        for word, before in pairs
        if word and word not in ("d", "l")
    ]


def _join(tokens: list[str]) -> list[str]:
    for phrase in _JOINED:
        if set(phrase) <= set(tokens):
            tokens = [*(t for t in tokens if t not in phrase), "_".join(phrase)]
    return tokens


def words(text: str) -> str:
    """The words of a name in one spelling, without those that are silent, in alphabetical order.

    Examples
    --------
    >>> words("Korea, Dem. People's Rep.") == words("Democratic People's Republic of Korea")
    True
    """
    tokens = re.sub(r"[\W_]+", " ", re.sub(r"['`´‘]", "", _folded(text))).split()
    spelt = " ".join(_WORD.get(t, t) for t in _join(_initials(tokens))).split()
    return " ".join(sorted(t for t in spelt if t not in _SILENT))


def core(folded: str) -> str:
    """Words of a full name without the form of the state; empty where no form is named.

    Examples
    --------
    >>> core(words("Egypt, Arab Rep.")), core(words("Arab League"))
    ('egypt', '')
    """
    tokens = folded.split()
    if not _HEADS & set(tokens):
        return ""
    return " ".join(t for t in tokens if t not in _HEADS and t not in _KINDS)


def without_former(folded: str) -> str:
    """Words of a name without "former"; empty where that is not said."""
    tokens = folded.split()
    rest = [t for t in tokens if t not in ("former", "ex")]
    return " ".join(rest) if len(rest) < len(tokens) else ""


def is_side(text: str) -> bool:
    """Whether a text only tells one part of a country from another: "North"."""
    return bool(tokens := words(text).split()) and _SIDES.issuperset(tokens)


def _brackets(text: str) -> Parts | None:
    """What the brackets hold that close a text, nested ones whole."""
    if not text.endswith(")"):
        return None
    depth = 0
    for k in range(len(text) - 1, -1, -1):
        depth += (text[k] == ")") - (text[k] == "(")
        if depth == 0:
            return Parts(text[:k].strip(), text[k + 1 : -1].strip(), "(")
    return None


def parts(text: str) -> Parts | None:
    """A text in two, at the brackets that close it or else at its one comma or slash."""
    text = text.strip().translate(_ROUND)
    if (found := _brackets(text)) is not None:
        return found
    pieces = _BREAK.split(text)
    if len(pieces) != 2 or not all(pieces):
        return None
    return Parts(pieces[0], pieces[1], "/" if "/" in text else ",")


def slips(text: str) -> set[str]:
    """A text without spaces, and what is left of it without any one letter.

    Two texts have one of these in common if a letter is lost, added or changed, or if two are turned.
    """
    folded = key(text).replace(" ", "")
    return {folded, *(folded[:k] + folded[k + 1 :] for k in range(len(folded)))}


def readings(text: str) -> list[str]:
    """The text, then what stands in its closing brackets, then what stands before them."""
    found = _brackets(text.strip())
    return [text, *readings(found.after), found.before] if found else [text]
