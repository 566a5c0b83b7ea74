"""UCDP: which rows are about two states, and what is counted of them."""

from __future__ import annotations

import csv
import io

import pytest

from quadrille.errors import FileFormatError
from quadrille.sources.formats import read_layers
from quadrille.sources.layers.ucdp import read_conflicts, read_fatal_events

_ACD = (
    "conflict_id,location,side_a,side_a_id,side_a_2nd,side_b,side_b_id,side_b_2nd,incompatibility,"
    "territory_name,year,intensity_level,cumulative_intensity,type_of_conflict,start_date,start_prec,"
    "start_date2,start_prec2,ep_end,ep_end_date,ep_end_prec,gwno_a,gwno_a_2nd,gwno_b,gwno_b_2nd,gwno_loc,"
    "region,version"
)
ACD = _ACD.split(",")
_GED = (
    "id,relid,year,active_year,code_status,type_of_violence,conflict_dset_id,conflict_new_id,conflict_name,"
    "dyad_dset_id,dyad_new_id,dyad_name,side_a_dset_id,side_a_new_id,side_a,side_b_dset_id,side_b_new_id,"
    "side_b,number_of_sources,source_article,source_office,source_date,source_headline,source_original,"
    "where_prec,where_coordinates,where_description,adm_1,adm_2,latitude,longitude,geom_wkt,priogrid_gid,"
    "country,country_id,region,event_clarity,date_prec,date_start,date_end,deaths_a,deaths_b,"
    "deaths_civilians,deaths_unknown,best,high,low,gwnoa,gwnob"
)
GED = _GED.split(",")


def put(folder, header, rows, name="ucdp.csv"):
    text = io.StringIO()
    writer = csv.DictWriter(text, header, restval="", quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows(rows)
    path = folder / name
    path.write_text(text.getvalue(), encoding="utf-8")
    return path


def conflict(number, year, kind, a, a_2nd, b, b_2nd, intensity=1, key="conflict_id"):
    return {
        key: number, "year": year, "type_of_conflict": kind, "intensity_level": intensity,
        "gwno_a": a, "gwno_a_2nd": a_2nd, "gwno_b": b, "gwno_b_2nd": b_2nd, "version": "25.1",
    }  # fmt: skip


CONFLICTS = [
    conflict(218, 1965, 2, "750", "", "770", "", 2),
    conflict(420, 2003, 2, "2, 200", "900", "645", "", 2),
    conflict(13246, 2014, 4, "369", "", "", "365"),
    conflict(13247, 2014, 4, "369", "", "", "365", 2),
    conflict(412, 1999, 4, "345", "", "", "2, 220"),
    conflict(333, 2005, 4, "700", "2, 200", "", ""),
    conflict(209, 1990, 3, "840", "", "", ""),
    conflict(221, 1947, 2, "750", "", "99999", ""),
    conflict(230, 1947, 7, "750", "", "770", ""),
    conflict(231, "x", 2, "750", "", "770", ""),
]


def test_a_government_on_each_side(tmp_path):
    layer = read_layers(put(tmp_path, ACD, CONFLICTS))[0]
    assert (layer.name, layer.role, layer.unit, layer.frequency) == (
        "ucdp_conflicts", "disputes", "dyad", "Y",
    )  # fmt: skip
    assert layer.data.rows() == [
        ("AUS", "IRQ", 2003, 1, 2, False, True, "420"),
        ("FRA", "SRB", 1999, 1, 1, False, False, "412"),
        ("GBR", "IRQ", 2003, 1, 2, True, True, "420"),
        ("IND", "PAK", 1965, 1, 2, True, True, "218"),
        ("IRQ", "USA", 2003, 1, 2, True, True, "420"),
        ("RUS", "UKR", 2014, 2, 2, False, False, "13246;13247"),
        ("SRB", "USA", 1999, 1, 1, False, False, "412"),
    ]
    assert layer.rejected.select("line", "fate", "reason").rows() == [
        (7, "skipped", "no government on the other side"),
        (8, "skipped", "no government on the other side"),
        (9, "skipped", "no known state ('99999')"),
        (10, "rejected", "type_of_conflict is no type of conflict, 1 to 4 ('7.0')"),
        (11, "rejected", "year is no number ('x')"),
    ]
    assert layer.rows_in == len(CONFLICTS)


def test_the_dyadic_file_is_a_layer_of_its_own(tmp_path):
    rows = [conflict(9, 1965, 2, "750", "", "770", "", key="dyad_id") | {"conflict_id": 218}]
    layer = read_layers(put(tmp_path, ["dyad_id", *ACD], rows))[0]
    assert (layer.name, layer.data["numbers"].to_list()) == ("ucdp_dyads", ["9"])


def event(number, start, end, a, b, deaths, kind=1):
    names = ("deaths_a", "deaths_b", "deaths_civilians", "best", "high", "low")
    return {
        "id": number, "type_of_violence": kind, "date_start": start, "date_end": end,
        "gwnoa": a, "gwnob": b, "source_article": 'he said ""so"",\nand left',
        **dict(zip(names, deaths, strict=True)),
    }  # fmt: skip


EVENTS = [
    event(1, "2022-02-24 00:00:00.000", "2022-02-24 00:00:00.000", 365, 369, (1, 2, 3, 7, 9, 6)),
    event(2, "2022-02-25", "2022-03-02", 369, 365, (10, 20, 0, 30, 30, 30)),
    event(3, "2022-03-05", "2022-03-05", 365, 369, (0, 0, 4, 4, 4, 4)),
    event(4, "2022-03-05", "2022-03-05", 365, "", (0, 0, 4, 4, 4, 4)),
    event(5, "2022-03-05", "2022-03-05", 365, 369, (0, 0, 4, 4, 4, 4), kind=3),
    event(5, "2022-03-05", "2022-03-05", 365, 9998, (0, 0, 4, 4, 4, 4)),
    event(3, "2022-03-05", "2022-03-05", 365, 369, (0, 0, 4, 4, 4, 4)),
    event(6, "early", "2022-03-05", 365, 369, (0, 0, 4, 4, 4, 4)),
]


@pytest.mark.parametrize("old", [False, True])
def test_events_between_governments_by_month(tmp_path, old):
    names = ("best", "high", "low") if old else ()
    header = [f"{c}_est" if c in names else c for c in GED]
    rows = [{f"{c}_est" if c in names else c: v for c, v in row.items()} for row in EVENTS]
    layer = read_layers(put(tmp_path, header, rows))[0]
    assert (layer.name, layer.frequency) == ("ucdp_ged", "M")
    head = ("year", "month", "events", "dated", "best", "low", "high", "deaths_a", "deaths_b")
    assert layer.data.select("state_a", "state_b", *head, "deaths_civilians").rows() == [
        ("RUS", "UKR", 2022, 2, 2, 1, 37, 36, 39, 21, 12, 3),
        ("RUS", "UKR", 2022, 3, 1, 1, 4, 4, 4, 0, 0, 4),
    ]
    assert layer.rejected.select("line", "fate", "reason").rows() == [
        (5, "skipped", "no government on the other side"),
        (6, "skipped", "no government on the other side"),
        (7, "skipped", "no known state ('9998')"),
        (8, "rejected", "event 3 appears twice"),
        (9, "rejected", "date_start is no day ('early')"),
    ]
    assert layer.rows_in == len(EVENTS)


def test_a_file_without_two_governments_says_so(tmp_path):
    with pytest.raises(
        FileFormatError, match="nothing in it can be used as ucdp_conflicts; line 2"
    ):
        read_conflicts(put(tmp_path, ACD, CONFLICTS[6:7]))
    with pytest.raises(FileFormatError, match="line 2: no government on the other side"):
        read_fatal_events(put(tmp_path, GED, EVENTS[3:4]))


def test_columns_that_lack(tmp_path):
    with pytest.raises(FileFormatError, match="UCDP GED column 'best' is missing"):
        read_fatal_events(put(tmp_path, [c for c in GED if c != "best"], []))
