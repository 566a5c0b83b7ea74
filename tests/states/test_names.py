"""Names as publishers spell them: each is its state, and what names no state or several is refused."""

from __future__ import annotations

import random
from pathlib import Path

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from quadrille.errors import UnknownStateError
from quadrille.states.registry import (
    all_states,
    ambiguous_keys,
    find,
    get,
    is_code,
    lookup,
    meanings,
    resolve,
)
from quadrille.states.spelling import core, key, parts, words

# Names that publishers print, and the state each means: "none" or "several" where it is refused.
TABLE = pl.read_csv(Path(__file__).parents[1] / "reference" / "names.csv", infer_schema=False)
PUBLISHERS = TABLE["publisher"].unique(maintain_order=True).to_list()
NAMES = sorted({(n, s.iso3) for s in all_states() for n in (s.name, *s.aliases) if not is_code(n)})
PLAIN = [(n, iso3) for n, iso3 in NAMES if not {"(", "/"} & set(n) and not n.startswith("The ")]
ADJECTIVES = {key(a) for s in all_states() for a in s.adjectives}


@pytest.mark.parametrize("publisher", PUBLISHERS)
@pytest.mark.parametrize("scheme", ["any", "icews"])
def test_names_that_publishers_print(publisher, scheme):
    rows = TABLE.filter(pl.col("publisher") == publisher)
    wrong = []
    for name, iso3 in rows.select("name", "iso3").iter_rows():
        found = meanings(name, scheme)
        said = found[0] if len(found) == 1 else "several" if found else "none"
        if said != iso3 and not (scheme == "icews" and name == "Congo" and said == "COG"):
            wrong.append((name, iso3, said))
    assert wrong == []


def test_the_table_of_names_is_not_small():
    count = dict(TABLE.group_by("publisher").len().iter_rows())
    assert count["ICEWS"] >= 251 and count["World Bank"] >= 250
    assert TABLE.filter(pl.col("iso3") == "none").height > 80


def test_icews_means_one_congo():
    assert resolve(pl.Series(["Congo", "Congo Republic"]), "icews").to_list() == ["COG", "COG"]


@pytest.mark.parametrize("publisher", ["ICEWS", "World Bank"])
def test_a_territory_is_named_as_one(publisher):
    rows = TABLE.filter((pl.col("publisher") == publisher) & (pl.col("iso3").str.len_chars() == 3))
    kinds = {n: get(c).kind for n, c in rows.select("name", "iso3").iter_rows()}
    assert {"Hong Kong", "Hong Kong SAR, China", "Puerto Rico", "Puerto Rico (US)"} & set(kinds)
    assert all(get(find(n).iso3).kind == kind for n, kind in kinds.items())
    assert 15 < sum(kind == "territory" for kind in kinds.values()) < 60


def test_a_territory_belongs_to_a_state_or_is_disputed():
    for state in all_states():
        if state.sovereign:
            assert state.kind == "territory" and get(state.sovereign).kind == "state"
    disputed = {s.iso3 for s in all_states() if s.kind == "territory" and not s.sovereign}
    assert disputed == {"ABK", "ATA", "ESH", "PSE", "SOT"}


def test_every_name_in_every_spelling_is_its_state():
    """Turned round, in capitals, with an article, in brackets, as an actor."""
    for name, iso3 in NAMES:
        first, *rest = name.split()
        turned = f"{' '.join(rest)}, {first}" if rest and not {"(", ",", "/"} & set(name) else name
        for text in (name, name.upper(), f"the {name}", turned, f"Military ({name})"):
            assert meanings(text) == (iso3,), text


def test_no_two_states_have_one_name_but_those_said_to():
    shared = {key(n) for n, _ in NAMES for m in [meanings(n)] if len(m) > 1}
    assert shared == set()
    assert ambiguous_keys() >= {"korea", "congo", "channel islands"}


@pytest.mark.parametrize("sovereign", ["China", "Serbia", "Russia", "United Kingdom", "France"])
def test_brackets_never_make_a_place_its_sovereign(sovereign):
    """A name with another state in brackets is itself or is refused, never the other."""
    other = find(sovereign).iso3
    for name, iso3 in NAMES:
        found = meanings(f"{name} ({sovereign})")
        assert found and (found == (iso3,) or len(found) > 1 or iso3 == other), (name, found)


def test_a_slip_of_the_pen_gives_the_state_or_none():
    """One letter lost, doubled, changed or two turned: never another state, but by its very name."""
    draw = random.Random(1)
    exact = {words(n): iso3 for n, iso3 in NAMES}
    tried = 0
    for name, iso3 in PLAIN * 6:
        k = draw.randrange(len(name))
        letter = draw.choice("abcdefghijklmnopqrstuvwxyz ,(")
        text = draw.choice(
            (name[:k] + name[k + 1 :], name[:k] + letter + name[k:], name[:k] + letter + name[k + 1 :],
             name[: k - 1] + name[k : k + 1] + name[k - 1 : k] + name[k + 1 :] if k else name)
        )  # fmt: skip
        found = lookup(text, "icews")
        tried += text != name
        if found not in (None, iso3):
            # Niger and Nigeria, Samoa and American Samoa: another state's whole name.
            assert exact.get(words(text), found) == found, (name, text, found)
            assert words(text) in exact or key(text) in {key(a) for a in get(found).adjectives}, (
                text
            )
    assert tried > 2000


@pytest.mark.parametrize("sovereign", ["China", "Serbia", "Denmark"])
def test_a_slip_before_brackets_does_not_give_what_they_hold(sovereign):
    other, draw = find(sovereign).iso3, random.Random(2)
    for name, iso3 in PLAIN:
        if iso3 == other or len(key(name).replace(" ", "")) < 5:
            continue
        k = draw.choice([k for k, letter in enumerate(name) if letter.isalpha()])
        slip = name[:k] + name[k + 1 :]
        if key(slip) not in ADJECTIVES:
            assert meanings(f"{slip} ({sovereign})") != (other,), slip


@example(["Abkhazia", "United Arab Republic"], " ")
@example(["Abkhazia", "United Kingdom"], " ")
@given(st.lists(st.sampled_from([n for n, _ in PLAIN]), min_size=2, max_size=2, unique=True),
       st.sampled_from([" ", " and ", "-", "; ", " & "]))  # fmt: skip
def test_two_names_in_a_row_are_not_one_of_them(pair, between):
    first, second = (lookup(n) for n in pair)
    found = lookup(between.join(pair), "icews")
    if first != second:
        assert found is None or words(between.join(pair)) in {words(n) for n, _ in NAMES}


@given(st.text(max_size=30))
def test_any_text_folds(text):
    assert words(text) == words(text.upper()) or not text.isascii()
    assert " ".join(sorted(words(text).split())) == words(text)
    assert core(words(text)) == "" or len(core(words(text))) < len(words(text))
    found = parts(text)
    assert found is None or found.mark in "(,/"


def test_an_error_says_which_states_are_meant():
    with pytest.raises(
        UnknownStateError, match=r"'Korea' may be North Korea or South Korea; say which"
    ):
        find("Korea")
    with pytest.raises(UnknownStateError, match="may be Georgia or United States"):
        find("Georgia (USA)")
    with pytest.raises(UnknownStateError, match="did you mean"):
        find("Pakstan")
