"""Phoenix rows as its codebooks describe them: real-time and historical files."""

from __future__ import annotations

import zipfile
from datetime import date

import pytest

from quadrille.errors import FileFormatError
from quadrille.sources.events.phoenix import REALTIME
from quadrille.sources.formats import read_table

HEADER = (
    "eid,story_date,year,month,day,source,source_root,source_agent,source_others,target,target_root,"
    "target_agent,target_others,code,root_code,quad_class,goldstein,joined_issues,lat,lon,placename,"
    "statename,countryname,aid,process"
)
HEAD = HEADER.split(",")
ROW = {"EventID": "1", "Date": "20150102", "SourceActorEntity": "PAK", "TargetActorEntity": "RUS",
       "EventCode": "042", "GoldsteinScore": "1.9", "URLs": "http://a", "SourceActorFull": "PAKMIL",
       "SourceActorRole": "MIL", "TargetActorFull": "RUSGOV", "TargetActorRole": "GOV"}  # fmt: skip
PAST = {"eid": "SWB1", "story_date": "8/15/1985", "source_root": "PAK", "target_root": "SUN",
        "code": "042", "goldstein": "1.9", "aid": "77"}  # fmt: skip


def now(number, width=26, **cells):
    made = ROW | {"EventID": number} | cells
    return "\t".join([*(made.get(n, "") for n in REALTIME), *[""] * (width - 26)])


def past(number, **cells):
    made = PAST | {"eid": number} | cells
    return ",".join(made.get(n, "") for n in HEAD)


@pytest.mark.parametrize("width", [26, 27])
def test_real_time(tmp_path, width):
    path = tmp_path / f"events.full.2015{width}.txt"
    rows = [now("1", width), now("2", width, SourceActorEntity="IGO"), now("3", width, Date="20151402"),
            now("4", width, EventCode="999"), now("5", width, TargetActorEntity=""),
            now("6", width, TargetActorEntity="PAK"), now("7", width, GoldsteinScore="-12"), now("1", width)]  # fmt: skip
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    table = read_table(path)
    assert table.data.row(0, named=True) == {
        "event_id": "1", "date": date(2015, 1, 2), "precision": "day", "source": "PAK",
        "target": "RUS", "cameo": "042", "domain": "diplomacy", "goldstein": 1.9, "reports": 1,
        "certainty": 1.0, "text": None, "origin": "phoenix", "reference": "http://a",
        "actor": "PAKMIL", "actor_sectors": "MIL", "recipient": "RUSGOV", "recipient_sectors": "GOV", "story": None,
    }  # fmt: skip
    assert dict(table.rejected.select("line", "reason").iter_rows()) == {
        2: "source is no known state ('IGO')",
        3: "bad date ('20151402', expected %Y%m%d)",
        4: "unknown CAMEO code ('999')",
        5: "no country on one side",
        6: "within one state",
        7: "weight out of range ('-12', expected -10 to 10)",
        8: "repeated event id",
    }
    assert table.rows_in == 8


def test_historical(tmp_path):
    packed = tmp_path / "PhoenixSWB.zip"
    rows = [",".join(HEAD), past("SWB1"), past("SWB2", story_date="1985-08-16"),
            past("SWB3", target_root=""), past("SWB4", story_date="15/8/1985"),
            past("SWB5", placename='"Lahore, Punjab"')]  # fmt: skip
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("PhoenixSWB_1979-2019.csv", "\r\n".join(rows) + "\r\n")
    table = read_table(packed)
    assert table.data.select("event_id", "date", "source", "target").rows() == [
        ("SWB1", date(1985, 8, 15), "PAK", "RUS"),
        ("SWB2", date(1985, 8, 16), "PAK", "RUS"),
        ("SWB5", date(1985, 8, 15), "PAK", "RUS"),
    ]
    assert dict(table.rejected.select("line", "reason").iter_rows()) == {
        4: "no country on one side",
        5: "bad date ('15/8/1985', expected %Y%m%d)",
    }


def test_nothing_to_use(tmp_path):
    path = tmp_path / "p.txt"
    path.write_text(now("1", SourceActorEntity="IGO") + "\n", encoding="utf-8")
    with pytest.raises(FileFormatError, match="nothing in it can be used; line 1"):
        read_table(path)
