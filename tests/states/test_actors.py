"""Which state an actor stands for: bodies by name, officials by their dates, and nobody by mistake."""

from __future__ import annotations

import re
from datetime import date

import polars as pl
import pytest

from quadrille.states.actors import actors, resolve_actors
from quadrille.states.registry import all_states, get, table
from quadrille.states.spelling import key

DAY = date(2021, 3, 1)


def who(name, on=DAY):
    return resolve_actors(pl.Series([name]), pl.Series([on])).item()


BODIES = {
    "Russia": "RUS", "Military (Pakistan)": "PAK", "Armed Forces of Ukraine": "UKR",
    "Israeli Defense Forces": "ISR", "Bank of England": "GBR", "Nigeria Police Force": "NGA",
    "Armed Forces of the Democratic Republic of Congo": "COD", "Papua New Guinea Defence Force": "PNG",
    "National Army of South Sudan": "SSD", "Parliament of Georgia": "GEO", "Jordan Times": "JOR",
    "Citizen (Holy See (Vatican City State))": "VAT", "Police (Northern Ireland)": "GBR",
    "Permanent Mission of Pakistan to the United Nations": "PAK", "Agence France-Presse": "FRA",
    "U.S. Pacific Fleet": "USA", "UAE Army": "ARE", "Central Intelligence Agency": "USA",
    "Office de Radiodiffusion-Télévision du Mali": "MLI", "Government of the Republic of Korea": "KOR",
    "Chinese Communist Party": "CHN", "Tibet Autonomous Region": "CHN", "Guinea-Bissau Navy": "GNB",
    "Niger Armed Forces": "NER", "American Enterprise Institute": "USA", "Scotland Yard": "GBR",
    "Irish Refugee Council": "IRL", "Secretary of State for Scotland": "GBR",
}  # fmt: skip
NOBODY = (
    # two states, or one of several
    "American Institute in Taiwan", "India Pakistan Friendship Society", "Korean Army",
    "Congo River Authority", "Croatian Democratic Union of Bosnia and Herzegovina",
    # bodies between states, at work in one
    "African Union Mission to Somalia", "United Nations Mission in South Sudan", "UN Mission in Mali",
    "European Union Delegation to Georgia", "Organization of American States", "Kosovo Force",
    "NATO Training Mission Iraq", "Economic Community of Central African States",
    # movements and regions
    "Islamic State of Iraq and the Levant", "Militant (Islamic State of Iraq and Syria)",
    "Latin America", "South American Court", "Inner Mongolia", "Indian Ocean Commission",
    "Irish Republican Army", "Gulf of Mexico Fisheries Council",
    # a territory that is not the state
    "Indian Administered Kashmir", "Police (Pakistan administered Kashmir)", "Northern Cyprus",
    "American Samoa Government Office", "Georgia State Patrol",
    # persons with a state's name
    "Chad Wolf", "Sinisa Mali", "Israel Ramírez Pineda", "Paul de Jersey", "Michael Jordan",
    "Sun Weidong", "Satya Pal Malik", "Madav Kumar Nepal", "Kenya Barris",
    "Patricia Scotland", "Denzel Washington", "American University in Cairo",
    # others
    "European Union", "Unspecified Actor", "Taliban", "", "()", "Ministry of Health",
)  # fmt: skip


@pytest.mark.parametrize(("name", "iso3"), BODIES.items(), ids=BODIES)
def test_bodies_bear_their_states_name(name, iso3):
    assert who(name) == iso3


@pytest.mark.parametrize("name", NOBODY)
def test_nobodys_actor(name):
    found = who(name)
    assert found is None or get(found).kind == "territory"
    if "Samoa" not in name:
        assert found is None


OFFICES = [
    ("Donald Trump", "2017-01-19", None), ("Donald Trump", "2017-01-20", "USA"),
    ("Donald Trump", "2021-01-20", "USA"), ("Donald Trump", "2021-01-21", None),
    ("Donald Trump", "2025-02-01", "USA"), ("Vladimir Putin", "2021-05-01", "RUS"),
    ("Imran Khan", "2018-08-17", None), ("Imran Khan", "2022-04-10", "PAK"),
    ("Nawaz Sharif", "1995-01-01", None), ("Nawaz Sharif", "1998-05-28", "PAK"),
    ("Boris Johnson", "2018-12-01", None), ("Boris Johnson", "2020-01-31", "GBR"),
    ("Angela Merkel", "2021-12-09", None), ("Mikhail Gorbachev", "1987-12-08", "RUS"),
    ("António Manuel de Oliveira Guterres", "2021-01-01", None),
    ("António Manuel de Oliveira Guterres", "2000-01-01", "PRT"),
    ("Benjamin Netanyahu", "1998-01-01", "ISR"), ("Benjamin Netanyahu", "2021-06-14", None),
    ("Demeke Mekonnen", "2024-02-08", "ETH"), ("Demeke Mekonnen", "2024-02-09", None),
    ("Nicola Sturgeon", "2023-03-29", None), ("Mevlut Cavusoglu", "2015-01-01", "TUR"),
    ("Mevlut Cavusoglu", "2015-10-01", None), ("Ashfaq Kayani", "2010-07-01", "PAK"),
    ("Zafrullah Khan", "1950-01-01", "PAK"), ("Teng Hsiao-ping", "1985-01-01", "CHN"),
    ("JD Vance", "2025-03-01", "USA"), ("Richard Holbrooke", "2010-01-01", "USA"),
    ("Nicolás Maduro", "2026-01-04", None), ("Delcy Rodríguez", "2026-01-05", "VEN"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "on", "iso3"), OFFICES)
def test_officials_count_while_in_office(name, on, iso3):
    assert who(name, date.fromisoformat(on)) == iso3


def test_accents_case_and_order_do_not_matter():
    names = pl.Series(["jovenel moise", "JOVENEL MOÏSE", None, "Russia", "jovenel moise"])
    on = pl.Series([DAY, DAY, DAY, None, date(2022, 1, 1)])
    assert resolve_actors(names, on).to_list() == ["HTI", "HTI", None, "RUS", None]
    assert resolve_actors(pl.Series([], dtype=pl.String), pl.Series([], dtype=pl.Date)).is_empty()


def test_the_table_of_offices_is_sound():
    own = table("actors").with_columns(pl.col("since", "until").str.to_date())
    codes = {s.iso3 for s in all_states()}
    assert set(actors()["iso3"]) <= codes
    assert own.select("name", "iso3", "since").is_unique().all()
    assert own.equals(own.sort("iso3", "name", "since", maintain_order=True))
    both = actors().drop_nulls(["since", "until"])
    assert (both["since"] <= both["until"]).all()
    assert actors()["role"].null_count() == 0
    # One office ends before the next begins, in the table that has one office a person.
    for (name,), terms in own.group_by("name"):
        spells = terms.sort("since")
        assert (spells["until"].head(-1) <= spells["since"].tail(-1)).all(), name
    # Nobody holds offices of two states, whatever the spelling.
    for (name,), terms in actors().group_by(pl.col("name").map_elements(key, pl.String)):
        assert terms["iso3"].n_unique() == 1, name


def test_named_events_of_2021(data_dir):
    """At least 97% of the actors whose name holds a state's name, by weight."""
    frame = pl.read_parquet(next((data_dir / "icews_events").iterdir()))
    names = {
        key(n)
        for s in all_states()
        for n in (s.name, *s.aliases, *s.adjectives)
        if len(n) > 3 and not n.isupper() and not n.isdigit()
    }
    said = re.compile(rf"\b({'|'.join(sorted(map(re.escape, names), key=len, reverse=True))})\b")
    day = frame["date"].cast(pl.Date)
    ends = pl.concat(
        pl.DataFrame({"name": frame[c], "iso3": resolve_actors(frame[c], day)})
        for c in ("source_name", "target_name")
    )
    by_name = ends.group_by("name").agg(pl.len(), pl.col("iso3").is_not_null().sum().alias("n"))
    held = by_name.filter(pl.Series([bool(said.search(key(n or ""))) for n in by_name["name"]]))
    share, all_ends = held["n"].sum() / held["len"].sum(), by_name["n"].sum() / ends.height
    print(f"named after a state: {share:.2%} of {held['len'].sum():,}; all: {all_ends:.2%}")
    assert share >= 0.97
    assert all_ends > 0.84
