"""Tables of one's own: maps guessed, written and read again."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quadrille.errors import FileFormatError
from quadrille.sources.column_map import ColumnMap, read_column_map
from quadrille.sources.events.mapped import fit, guess_map, map_toml, missing_parts
from quadrille.sources.formats import read_table


def test_na_is_nothing_but_in_two_letters():
    def frame(states):
        return pl.DataFrame(
            {
                "source": states,
                "target": ["US", "Russia", "RU", "CN"],
                "date": ["2020-01-01"] * 4,
                "code": ["042"] * 4,
            }
        )

    lines = pl.Series([2, 3, 4, 5], dtype=pl.Int64)
    long = frame(["NA", "NA", "Pakistan", "India"])
    short = frame(["NA", "NA", "PK", "IN"])
    from quadrille.sources.events.mapped import read_events

    m = ColumnMap("events", "source", "target", date="date", code="code")
    assert read_events(long, m, "a.csv", lines).data["source"].to_list() == ["PAK", "IND"]
    assert read_events(short, m, "a.csv", lines).data["source"].to_list() == [
        "NAM",
        "NAM",
        "PAK",
        "IND",
    ]


def test_columns_of_the_file_that_bear_our_names(tmp_path):
    path = tmp_path / "c.csv"
    path.write_text(
        "line,raw,reason,quad,event_id,who,whom,date,cameo,goldstein\n"
        "x,y,z,4,a1,PAK,RUS,2020-01-02,042,3\n"
    )
    m = ColumnMap("events", "who", "whom", date="date", code="cameo")
    table = read_table(path, column_map=m)
    assert table.data.select("event_id", "goldstein").row(0) == ("2", 1.9)


def test_weird_names_are_proposed_by_content_and_not_read_unseen():
    frame = pl.DataFrame(
        {
            "k": ["1", "2", "3", "4"],
            "x1": ["PAK", "IND", "CHN", "USA"],
            "x2": ["RUS", "RUS", "PAK", "IND"],
            "zeitpunkt": ["31.01.2020", "01.02.2020", "02.02.2020", "03.02.2020"],
            "was": ["042", "190", "1411", "010"],
        }
    )
    assert guess_map(frame) is None
    m = guess_map(frame, by_content=True)
    assert m is not None
    assert (m.kind, m.source, m.target, m.date, m.date_format, m.code) == (
        "events", "x1", "x2", "zeitpunkt", "%d.%m.%Y", "was",
    )  # fmt: skip
    assert [(f, c) for f, c, _ in fit(frame, m)] == [
        ("source", "x1"), ("target", "x2"), ("date", "zeitpunkt"), ("code", "was"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"a": ["1", "2", "3"], "b": ["x", "y", "z"]}, "no two columns of states"),
        ({"who": ["PAK", "IND", "USA"], "whom": ["RUS", "CHN", "FRA"], "n": ["1", "2", "3"]},
         "but no column of dates or years"),
        ({"who": ["PAK", "IND", "USA"], "whom": ["RUS", "CHN", "FRA"], "year": ["1999"] * 3},
         "no CAMEO code, no counts by quad class and no score"),
    ],
)  # fmt: skip
def test_what_is_missing_is_said(columns, says):
    frame = pl.DataFrame(columns)
    assert guess_map(frame, by_content=True) is None
    assert says in missing_parts(frame)


names = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=12)


@given(names, names, names, st.lists(names, min_size=1, max_size=3).map(tuple))
def test_a_map_written_and_read_is_the_same(tmp_path_factory, source, target, year, columns):
    m = ColumnMap("counts", source, target, "cow", year, verbal_coop=columns)
    path = tmp_path_factory.mktemp("map") / "x.map.toml"
    path.write_text(map_toml(m, {"source": "a note"}), encoding="utf-8")
    assert read_column_map(path) == m


def test_a_column_of_the_map_is_missing(tmp_path):
    path = tmp_path / "c.csv"
    path.write_text("a,b\nPAK,RUS\n")
    with pytest.raises(FileFormatError, match="column 'when' is missing; it has a, b"):
        read_table(path, column_map=ColumnMap("events", "a", "b", date="when", code="c"))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("date_format = 5", "date_format is 5; expected text"),
        ('date_format = "%Q"', "date_format is '%Q'; expected the terms"),
        ("x = " + "[" * 5_000, "nested too deep"),
    ],
)
def test_a_map_that_is_at_fault_says_so_itself(tmp_path, line, said):
    head = 'kind = "events"\nsource = "a"\ntarget = "b"\ndate = "d"\ncode = "c"\n'
    (tmp_path / "x.map.toml").write_text(head + line, encoding="utf-8")
    with pytest.raises(FileFormatError, match=said):
        read_column_map(tmp_path / "x.map.toml")
