"""The registry against the codes and names that real files hold."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quadrille.errors import OptionError, StateNotThenError, UnknownStateError
from quadrille.states.registry import (
    all_states,
    existed,
    find,
    get,
    names_of,
    require,
    resolve,
    search,
    successions,
)

MEANT = {
    "Russian Federation": "RUS", "USSR": "RUS", "RUS": "RUS", "365": "RUS", "Soviet": "RUS",
    "Military (Pakistan)": "PAK", "Russia (Soviet Union)": "RUS", "u.s.": "USA", "US": "USA",
    "the Netherlands": "NLD", "Côte d'Ivoire": "CIV", "Cote d’Ivoire": "CIV", "TÜRKİYE": "TUR",
    "Foreign Affairs (Bangladesh)": "BGD", "Zaire": "COD", "Ceylon": "LKA", "Upper Volta": "BFA",
    "GDR": "DDR", "West Germany": "DEU", "260": "DEU", "255": "DEU", "678": "YEM", "ROM": "ROU",
    "North Yemen": "YEM", "South Yemen": "YMD", "South Vietnam": "RVN", "Yugoslavia": "SRB",
    "Czechoslovakia": "CSK", "CSK": "CSK", "CZE": "CZE", "AUS": "AUS", "UKG": "GBR", "971": "NRU",
    "973": "TUV", "Republic of China": "TWN", "PRC": "CHN", "Burmese": "MMR", "TMP": "TLS",
    "Occupied Palestinian Territory": "PSE", "Swaziland": "SWZ", " pakistan ": "PAK",
}  # fmt: skip


@pytest.mark.parametrize(("text", "iso3"), MEANT.items(), ids=MEANT.keys())
def test_what_people_type(text, iso3):
    assert find(text).iso3 == iso3


def test_every_code_of_the_registry_finds_its_state():
    for state in all_states():
        assert find(state.iso3) is state
        assert find(state.name) is state
        assert all(find(a).iso3 == state.iso3 for a in (*state.adjectives, *state.aliases))
        if state.cow:
            assert find(str(state.cow)) is state


def test_names_are_listed_as_in_a_sentence():
    assert names_of(["IRN"]) == "Iran"
    assert names_of(["IRN", "SAU"]) == "Iran and Saudi Arabia"
    assert names_of(["IRN", "SAU", "ISR"]) == "Iran, Saudi Arabia and Israel"


def test_names_and_adjectives_belong_to_one_state_each():
    seen: dict[str, str] = {}
    for state in all_states():
        for name in (state.name, *state.adjectives, *state.aliases):
            assert seen.setdefault(name.casefold(), state.iso3) == state.iso3, name


@pytest.mark.parametrize(
    ("text", "close"), [("Rusia", "Russia"), ("Pakstan", "Pakistan"), ("Korea", "South Korea"),
                        ("Untied States", "United States"), ("East Pakistan", "Bangladesh")]
)  # fmt: skip
def test_unknown_or_shared_names_suggest(text, close):
    with pytest.raises(UnknownStateError) as problem:
        find(text)
    assert close in problem.value.suggestions
    assert "\n" not in str(problem.value)


def test_a_date_decides_a_shared_name():
    assert find("East Pakistan", on=date(1965, 1, 1)).iso3 == "PAK"
    assert find("East Pakistan", on=date(1972, 1, 1)).iso3 == "BGD"


@pytest.mark.parametrize("text", ["", "  ", "()", "Atlantis", "NA", "---"])
def test_nothing_is_not_a_state(text):
    if text == "NA":
        assert find(text).iso3 == "NAM"
        assert resolve(pl.Series([text]), "icews").to_list() == [None]
        return
    with pytest.raises(UnknownStateError):
        find(text)


@given(st.text(max_size=40))
def test_any_text_resolves_or_is_refused_with_one_line(text):
    try:
        assert get(find(text).iso3)
    except UnknownStateError as problem:
        assert "\n" not in str(problem)


def test_resolve_keeps_length_order_and_nulls():
    values = pl.Series(["PAK", None, "Atlantis", "Military (Pakistan)", "PAK"])
    assert resolve(values).to_list() == ["PAK", None, None, "PAK", "PAK"]
    assert resolve(pl.Series([365, 750, 1]), "cow").to_list() == ["RUS", "IND", None]
    assert resolve(pl.Series([365.0, None]), "cow").to_list() == ["RUS", None]
    assert resolve(pl.Series(["AUS", "AUL"]), "cowabb").to_list() == ["AUT", "AUS"]
    assert resolve(pl.Series([970]), "gw").to_list() == ["KIR"]
    assert resolve(pl.Series([970]), "cow").to_list() == ["NRU"]
    assert resolve(pl.Series([], dtype=pl.String)).to_list() == []
    with pytest.raises(OptionError, match="use one of any"):
        resolve(values, "fips")


@pytest.mark.parametrize(
    ("iso3", "day", "there"),
    [
        ("BGD", date(1971, 12, 15), False),
        ("BGD", date(1971, 12, 16), True),
        ("DDR", date(1990, 10, 2), True),
        ("DDR", date(1990, 10, 3), False),
        ("PAK", date(1947, 8, 13), False),
        ("IND", date(1947, 8, 15), True),
        ("YMD", date(1990, 5, 22), False),
        ("SSD", date(2011, 7, 9), True),
        ("CZE", date(1992, 12, 31), False),
        ("CSK", date(1992, 12, 31), True),
        ("SYR", date(1960, 1, 1), False),
        ("RVN", date(1975, 4, 30), True),
        ("HKG", date(1950, 1, 1), True),
    ],
)
def test_dates(iso3, day, there):
    assert existed(iso3, day) is there


def test_require_says_when_a_state_was_there():
    assert require("Bangladesh", until=date(1980, 1, 1)).iso3 == "BGD"
    with pytest.raises(StateNotThenError, match="1971-12-16 to today; until then see Pakistan"):
        require("BGD", until=date(1960, 1, 1))
    with pytest.raises(StateNotThenError, match="to 1990-10-02"):
        require("GDR", since=date(1995, 1, 1))


def test_successions_join_states_that_exist():
    table = successions()
    for row in table.iter_rows(named=True):
        assert (
            existed(row["after"], row["date"])
            or abs((get(row["after"]).spells[0][0] - row["date"]).days) < 400
        )
        if row["before"]:
            get(row["before"])


def test_search_finds_parts_and_near_misses():
    assert "RUS" in search("Soviet")["iso3"]
    assert {"PRK", "KOR"} <= set(search("korea")["iso3"])
    assert search("Pakstan")["iso3"][0] == "PAK"
    assert search("Military (Pakistan)")["iso3"].to_list()[:1] == ["PAK"]
    assert search("qqqqzzzz").is_empty()
    assert search("guinea", limit=2).height == 2


def test_letters_of_the_correlates_of_war_are_those_of_their_numbers(data_dir):
    later = pl.read_parquet(data_dir / "cow" / "cow_states.parquet").filter(
        pl.col("endyear") >= 1945
    )
    by_number = resolve(later["ccode"], "cow")
    assert by_number.null_count() == 0
    assert resolve(later["stateabb"], "cowabb").to_list() == by_number.to_list()


def test_codes_of_real_files_resolve(data_dir):
    yearly = pl.read_parquet(
        data_dir / "icews_yearly" / "icews_dyad_year_quad_2002_2012.parquet", columns=["source"]
    )["source"].unique()
    assert resolve(yearly, "iso3").null_count() == 0
    monthly = pl.read_parquet(
        data_dir / "icews_monthly_conflict" / "icews_dyad_month_conflict_1990_2009.parquet",
        columns=["source"],
    )["source"].unique()
    assert resolve(monthly, "cowabb").null_count() == 0
    raw = pl.read_csv(
        data_dir / "icews_raw" / "events.2018.sample.tab",
        separator="\t", quote_char=None, infer_schema=False,
    )["Source Country"].unique()  # fmt: skip
    unknown = raw.filter(resolve(raw, "icews").is_null()).drop_nulls().to_list()
    assert sorted(unknown) == ["NA"]


def test_a_name_that_is_known_brings_nothing_that_resembles_it():
    assert search("Burma")["iso3"].to_list() == ["MMR"]
    assert "BRA" in search("Brazl")["iso3"]
