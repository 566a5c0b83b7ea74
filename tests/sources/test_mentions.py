"""GDELT mentions beside the events they mention."""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import datetime

import pytest

from quadrille.errors import FileFormatError, NoDataError, OptionError
from quadrille.sources.events.mentions import weigh
from quadrille.sources.formats import read_mentions, read_table


@pytest.fixture(scope="module")
def files(data_dir):
    folder = data_dir / "gdelt_raw"
    return folder / "20170101073000.export.CSV", folder / "20170101073000.mentions.CSV"


def told(path, confidence=0):
    """Sources of each event, by the csv module."""
    found = defaultdict(set)
    with path.open(encoding="utf-8", newline="") as handle:
        for r in csv.reader(handle, delimiter="\t", quoting=csv.QUOTE_NONE):
            if int(r[11]) >= confidence:
                found[r[0]].add(r[4].lower())
    return found


def mention(event="7", when="20170101074500", source="a.com", sure="50"):
    return "\t".join((event, when, when, "1", source, "http://x", "1", "1", "1", "1", "1", sure,
                      "100", "-1.5", "", ""))  # fmt: skip


def test_the_published_file(files):
    mentions = read_mentions(files[1])
    assert mentions.rows_in == mentions.data.height == 1983
    assert mentions.rejected.is_empty()
    assert mentions.data.row(0) == (
        "613300832", datetime(2017, 1, 1, 7, 30), "chinatopix.com",
        "http://www.chinatopix.com/articles/108979/20161231/china-ivory-trading-animal-activists-"
        "ivory-african-elephants.htm", 100, pytest.approx(-4.92424242424242),
    )  # fmt: skip
    counted = mentions.data.group_by("event_id").n_unique()
    assert dict(counted.select("event_id", "source").iter_rows()) == {
        event: len(sources) for event, sources in told(files[1]).items()
    }


@pytest.mark.parametrize("confidence", [0, 50, 100])
def test_events_weighed_by_sources(files, confidence):
    events = read_table(files[0])
    by_event = {e: len(s) for e, s in told(files[1], confidence).items()}
    table = weigh(events, read_mentions(files[1]), confidence=confidence)
    assert dict(table.data.select("event_id", "reports").iter_rows()) == {
        e: by_event[e] for e in events.data["event_id"] if e in by_event
    }
    assert table.rows_in == table.data.height + table.rejected.height


def test_sources_are_counted_over_files(tmp_path, files):
    """The first event between two states, told by two more sites a quarter of an hour later."""
    events = read_table(files[0])
    first = events.data["event_id"][0]
    later = tmp_path / "20170101074500.mentions.CSV"
    later.write_text(mention(first, source="a.com") + "\n" + mention(first, source="b.com") + "\n")
    (tmp_path / files[1].name).write_bytes(files[1].read_bytes())
    table = weigh(events, read_mentions(tmp_path), sources=3)
    assert table.data.select("event_id", "reports").rows() == [(first, 3)]
    reasons = table.rejected["reason"].value_counts(sort=True)
    assert "mentioned by too few sources (1 at confidence 0, expected 3)" in reasons["reason"]


def test_broken_rows_are_told(tmp_path):
    path = tmp_path / "m.mentions.CSV"
    rows = [mention(), mention(), mention(source="A.com"), mention(source="b.com", sure="10"), mention("x"),
            mention(when="201701"), mention(source=""), mention(sure="many"), "7\tshort"]  # fmt: skip
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    mentions = read_mentions(path)
    assert mentions.rows_in == 9
    assert dict(mentions.rejected.select("line", "reason").iter_rows()) == {
        5: "event id is no number",
        6: "bad time of mention (expected YYYYMMDDHHMMSS)",
        7: "no source",
        8: "confidence out of range (expected 0 to 100)",
        9: "wrong number of columns (2, expected 16)",
    }
    assert mentions.data["source"].n_unique() == 2


def test_what_cannot_be_weighed(files, data_dir):
    with pytest.raises(FileFormatError, match="not GDELT mentions"):
        read_mentions(files[0])
    mentions = read_mentions(files[1])
    with pytest.raises(OptionError, match="only events have mentions"):
        weigh(read_table(data_dir / "icews_yearly"), mentions)
    with pytest.raises(OptionError, match="from 0 to 100"):
        weigh(read_table(files[0]), mentions, confidence=101)
    with pytest.raises(NoDataError, match="no event is mentioned by 99 sources at confidence 50"):
        weigh(read_table(files[0]), mentions, confidence=50, sources=99)
