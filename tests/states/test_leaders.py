"""Leaders of five states: who held which office, on which day, without a gap and without a second."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest

from quadrille.states.actors import resolve_actors
from quadrille.states.leaders import holders, leaders, spelt_out
from quadrille.states.spelling import key

FIRST = date(1947, 8, 15)
# Offices with a row for every day, where nobody held it too.
WHOLE = [
    ("USA", "head of state and government"), ("USA", "foreign minister"),
    ("IND", "head of state"), ("IND", "head of government"), ("IND", "foreign minister"),
    ("PAK", "head of state"), ("PAK", "head of government"), ("PAK", "foreign minister"),
    ("RUS", "leader"), ("RUS", "head of state"), ("RUS", "head of government"), ("RUS", "foreign minister"),
    ("CHN", "leader"), ("CHN", "head of state"), ("CHN", "head of government"), ("CHN", "foreign minister"),
]  # fmt: skip
# Days on which nobody held the office, at most so many in all.
VACANT = {
    ("PAK", "head of state"): 3, ("PAK", "head of government"): 11, ("PAK", "foreign minister"): 333,
    ("RUS", "leader"): 6, ("RUS", "head of government"): 2, ("RUS", "foreign minister"): 9,
    ("CHN", "leader"): 28, ("CHN", "head of state"): 607, ("CHN", "head of government"): 25,
}  # fmt: skip
# Days between two terms of any other office that no row need account for.
SHORT = 31
# Who held what on a day that history remembers.
DAYS = [
    ("1947-10-27", "PAK", "head of state", "Muhammad Ali Jinnah"),
    ("1948-09-12", "PAK", "head of government", "Liaquat Ali Khan"),
    ("1950-01-27", "IND", "head of state", "Rajendra Prasad"),
    ("1950-06-25", "USA", "head of state and government", "Harry S. Truman"),
    ("1950-06-25", "USA", "foreign minister", "Dean Acheson"),
    ("1950-02-14", "CHN", "foreign minister", "Zhou Enlai"),
    ("1950-02-14", "RUS", "foreign minister", "Andrey Vyshinsky"),
    ("1954-05-19", "PAK", "head of government", "Muhammad Ali Bogra"),
    ("1955-11-18", "RUS", "head of government", "Nikolai Bulganin"),
    ("1956-10-31", "USA", "foreign minister", "John Foster Dulles"),
    ("1960-05-01", "RUS", "leader", "Nikita Khrushchev"),
    ("1962-10-20", "IND", "defence minister", "V. K. Krishna Menon"),
    ("1962-10-27", "USA", "national security adviser", "McGeorge Bundy"),
    ("1963-03-02", "PAK", "foreign minister", "Zulfikar Ali Bhutto"),
    ("1965-09-06", "PAK", "head of state", "Muhammad Ayub Khan"),
    ("1965-09-06", "PAK", "army chief", "Muhammad Musa"),
    ("1966-01-10", "IND", "head of government", "Lal Bahadur Shastri"),
    ("1966-01-10", "RUS", "head of government", "Alexei Kosygin"),
    ("1971-07-09", "USA", "national security adviser", "Henry Kissinger"),
    ("1971-08-09", "IND", "foreign minister", "Swaran Singh"),
    ("1971-12-03", "IND", "army chief", "Sam Manekshaw"),
    ("1971-12-16", "PAK", "head of government", "Yahya Khan"),
    ("1972-07-02", "PAK", "head of state", "Zulfikar Ali Bhutto"),
    ("1974-05-18", "IND", "head of government", "Indira Gandhi"),
    ("1975-03-01", "CHN", "foreign minister", "Qiao Guanhua"),
    ("1979-02-12", "IND", "foreign minister", "Atal Bihari Vajpayee"),
    ("1979-12-25", "RUS", "leader", "Leonid Brezhnev"),
    ("1981-06-15", "USA", "foreign minister", "Alexander Haig"),
    ("1985-11-19", "RUS", "foreign minister", "Eduard Shevardnadze"),
    ("1987-03-01", "IND", "army chief", "Krishnaswamy Sundarji"),
    ("1988-04-14", "PAK", "head of government", "Muhammad Khan Junejo"),
    ("1988-12-19", "CHN", "head of government", "Li Peng"),
    ("1989-05-16", "CHN", "chairman of the military commission", "Deng Xiaoping"),
    ("1993-01-25", "USA", "foreign minister", "Warren Christopher"),
    ("1996-12-01", "PAK", "head of government", "Malik Meraj Khalid"),
    ("1998-05-28", "PAK", "army chief", "Jehangir Karamat"),
    ("1999-02-20", "PAK", "head of government", "Nawaz Sharif"),
    ("1999-03-24", "RUS", "head of government", "Yevgeny Primakov"),
    ("1999-07-04", "PAK", "army chief", "Pervez Musharraf"),
    ("2001-07-15", "IND", "foreign minister", "Jaswant Singh"),
    ("2001-09-13", "USA", "foreign minister", "Colin Powell"),
    ("2005-07-18", "IND", "head of government", "Manmohan Singh"),
    ("2008-11-26", "IND", "foreign minister", "Pranab Mukherjee"),
    ("2011-05-02", "PAK", "army chief", "Ashfaq Parvez Kayani"),
    ("2014-11-20", "RUS", "defence minister", "Sergei Shoigu"),
    ("1991-12-25", "RUS", "chief of the armed forces", "Viktor Samsonov"),
    ("1992-04-01", "RUS", "defence minister", "Boris Yeltsin"),
    ("1997-02-01", "RUS", "chief of the armed forces", "Viktor Samsonov"),
    ("2007-12-27", "PAK", "defence minister", "Salim Abbas Jilani"),
    ("2018-06-10", "PAK", "head of government", "Nasirul Mulk"),
    ("2019-02-27", "PAK", "head of government", "Imran Khan"),
    ("2020-06-15", "CHN", "foreign minister", "Wang Yi"),
    ("2021-08-15", "USA", "national security adviser", "Jake Sullivan"),
    ("2023-06-22", "CHN", "foreign minister", "Qin Gang"),
    ("2025-05-07", "PAK", "army chief", "Asim Munir"),
    ("2025-05-10", "USA", "foreign minister", "Marco Rubio"),
]  # fmt: skip


def terms(iso3, office):
    found = leaders().filter((pl.col("iso3") == iso3) & (pl.col("office") == office)).sort("since")
    assert not found.is_empty()
    return found


@pytest.mark.parametrize(("iso3", "office"), WHOLE)
def test_no_day_is_without_a_row_and_none_has_two(iso3, office):
    rows = terms(iso3, office)
    assert rows["since"][0] <= FIRST
    assert rows["until"].head(-1).null_count() == 0 and rows["until"][-1] is None
    gap = (rows["since"].tail(-1) - rows["until"].head(-1)).dt.total_days()
    assert set(gap) <= {0, 1}, rows.tail(-1).filter(~gap.is_in([0, 1]))
    empty = rows.filter(pl.col("name").is_null())
    days = (empty["until"] - empty["since"]).dt.total_days().sum()
    assert days <= VACANT.get((iso3, office), 0) and (days > 0) == ((iso3, office) in VACANT)


def test_a_month_without_a_holder_has_a_row_that_says_why():
    for (iso3, office), rows in leaders().group_by("iso3", "office"):
        spells = rows.sort("since")
        gap = (spells["since"].tail(-1) - spells["until"].head(-1)).dt.total_days()
        assert (gap <= SHORT).all(), (iso3, office)


def test_no_two_hold_one_office_at_once():
    for (iso3, office), rows in leaders().group_by("iso3", "office"):
        spells = rows.sort("since")
        over = spells["until"].head(-1) > spells["since"].tail(-1)
        assert not over.any(), (iso3, office)


@pytest.mark.parametrize(("day", "iso3", "office", "name"), DAYS)
def test_who_held_an_office_on_a_day(day, iso3, office, name):
    on = date.fromisoformat(day)
    assert holders(iso3, on, office)["name"].to_list() == [name]
    assert resolve_actors(pl.Series([name]), pl.Series([on])).item() == iso3


def test_a_day_of_handing_over_has_both():
    names = holders("USA", date(2021, 1, 20), "head of state and government")["name"].to_list()
    assert names == ["Donald Trump", "Joe Biden"]
    assert holders("PAK", date(2012, 6, 20), "head of government").is_empty()
    assert {"head of state", "army chief"} <= set(holders("PAK", date(1985, 1, 1))["office"])


def test_the_table_of_leaders_is_sound():
    rows = leaders()
    assert rows.height > 600
    assert set(rows["iso3"]) == {"PAK", "RUS", "IND", "USA", "CHN"}
    assert (rows["since"] <= rows["until"].fill_null(date.max)).all()
    assert set(rows["how"].drop_nulls()) == {"acting", "caretaker"}
    assert set(rows["certainty"]) == {"certain", "probable"}
    assert rows.filter(pl.col("name").is_null() & pl.col("note").is_null()).is_empty()
    assert rows.equals(rows.sort("iso3", "office", "since", maintain_order=True))
    assert rows.select("iso3", "office", "since", "until", "name").is_unique().all()


def test_one_person_is_spelt_one_way_in_the_table():
    """The spellings of one name are those of one state's leader, and the same in each of their rows."""
    first = {}
    for name, spellings in leaders().drop_nulls("name").select("name", "spellings").iter_rows():
        assert first.setdefault(name, spellings) == spellings, name
    seen: dict[str, str] = {}
    for name, spellings in first.items():
        for text in (name, *spellings):
            assert seen.setdefault(key(text), name) == name, text


@pytest.mark.parametrize(
    "name",
    ["Shaukat Aziz", "Zafarullah Khan Jamali", "Khurshid Kasuri", "Raja Pervaiz Ashraf", "Raheel Sharif",
     "Ishaq Dar", "Bilawal Bhutto", "Asim Munir", "Inder Kumar Gujral", "Deve Gowda", "Jaswant Singh",
     "Natwar Singh", "SM Krishna", "Salman Khurshid", "AK Antony", "Manohar Parrikar", "Yevgeny Primakov",
     "Viktor Chernomyrdin", "Andrei Kozyrev", "Sergei Ivanov", "Mikhail Fradkov", "Andrei Belousov",
     "Warren Christopher", "William Perry", "William Cohen", "Leon Panetta", "Chuck Hagel", "Ash Carter",
     "James Mattis", "Mark Esper", "Mike Mullen", "John Bolton", "Jake Sullivan", "Marco Rubio",
     "JD Vance", "Zhu Rongji", "Li Peng", "Tang Jiaxuan", "Li Zhaoxing", "Li Qiang", "Dong Jun"],
)  # fmt: skip
def test_leaders_that_news_name_stand_for_their_state_in_office_alone(name):
    rows = spelt_out().filter(pl.col("name") == name)
    assert not rows.is_empty()
    iso3, since = rows["iso3"][0], rows["since"].min()
    assert resolve_actors(pl.Series([name]), pl.Series([since])).item() == iso3
    before = resolve_actors(pl.Series([name]), pl.Series([since - timedelta(days=1)]))
    assert before.item() is None
