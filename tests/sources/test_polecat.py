"""POLECAT rows as the publisher describes them, and our PLOVER table against PLOVER's own examples."""

from __future__ import annotations

import json
import zipfile
from datetime import date

import polars as pl
import pytest

from quadrille.coding.vocabulary import cameo, plover_codes
from quadrille.errors import FileFormatError
from quadrille.sources.formats import read_table

HEADER = (
    "Event ID\tEvent Date\tEvent Type\tEvent Mode\tIntensity\tQuad Code\tContexts\tActor Name\t"
    "Actor Country\tActor COW\tPrimary Actor Sector\tActor Sectors\tActor Title\tActor Name Raw\t"
    "Wikipedia Actor ID\tRecipient Name\tRecipient Country\tRecipient COW\t"
    "Primary Recipient Sector\tRecipient Sectors\tRecipient Title\tRecipient Name Raw\t"
    "Wikipedia Recipient ID\tPlacename\tCity\tDistrict\tProvince\tCountry\tLatitude\tLongitude\t"
    "GeoNames ID\tRaw Placename\tFeature Type\tSource\tPublication Date\tStory People\t"
    "Story Organizations\tStory Locations\tLanguage\tVersion"
)
NAMES = HEADER.split("\t")
ROW = {"Event ID": "1", "Event Date": "2023-01-02", "Event Type": "CONSULT", "Event Mode": "visit",
       "Intensity": "2.1", "Contexts": "diplomatic; military", "Actor Country": "PAK",
       "Recipient Country": "RUS", "Source": "dawn.com", "Actor Name": "Army Chief", "Actor Sectors": "MIL",
       "Recipient Name": "Duma", "Recipient Sectors": "LEG"}  # fmt: skip


def row(number, **cells):
    made = ROW | {"Event ID": number} | {k.replace("_", " "): v for k, v in cells.items()}
    return "\t".join(made.get(n, "None") for n in NAMES)


def write(tmp_path, *rows, header=NAMES, name="week.txt"):
    path = tmp_path / name
    path.write_text("\n".join(("\t".join(header), *rows)) + "\n", encoding="utf-8")
    return path


def test_a_row(tmp_path):
    table = read_table(write(tmp_path, row("1")))
    assert table.data.row(0, named=True) == {
        "event_id": "1", "date": date(2023, 1, 2), "precision": "day", "source": "PAK",
        "target": "RUS", "cameo": "042", "domain": "defence", "goldstein": 2.1, "reports": 1,
        "certainty": 1.0, "text": "CONSULT visit", "origin": "polecat", "reference": "dawn.com",
        "actor": "Army Chief", "actor_sectors": "MIL", "recipient": "Duma", "recipient_sectors": "LEG", "story": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    "spell",
    [lambda n: n.replace(" ", "."), lambda n: n.lower().replace(" ", "_"), lambda n: f'"{n}"'],
    ids=["R", "database", "quoted"],
)
@pytest.mark.parametrize("part", ["\t", ",", ";"])
def test_names_and_separators_of_other_programs(tmp_path, spell, part):
    plain = read_table(write(tmp_path, row("1"), row("2", Recipient_Country="XQZ")))
    path = tmp_path / "other.txt"
    lines = [part.join(map(spell, NAMES)), *(row(k).replace("\t", part) for k in "12")]
    lines = [line.replace("diplomatic; military", '"diplomatic; military"') for line in lines]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    table = read_table(path)
    assert table.origin == "polecat"
    assert table.data[:1].equals(plain.data)
    assert table.rows_in == 2


def test_several_states_make_a_pair_each(tmp_path):
    table = read_table(
        write(
            tmp_path,
            row("1", Actor_Country="PAK; IND", Recipient_Country="USA"),
            row("2", Actor_Country="PAK; IND", Recipient_Country="IND"),
            row("3", Actor_Country="CHN; RUS", Recipient_Country="None"),
            row("4", Actor_Country="CHN; RUS", Recipient_Country="None", Event_Type="THREATEN"),
            row("5", Actor_Country="PAK; XQZ", Recipient_Country="USA"),
            row("6", Actor_Country="PAK; PAK", Recipient_Country="PAK"),
            row("7", Actor_Country="IRN|IRQ", Recipient_Country="TUR", Event_Type="THREATEN"),
        )
    )
    assert table.data.select("event_id", "source", "target").rows() == [
        ("1:PAK-USA", "PAK", "USA"),
        ("1:IND-USA", "IND", "USA"),
        ("2", "PAK", "IND"),
        ("3:CHN-RUS", "CHN", "RUS"),
        ("3:RUS-CHN", "RUS", "CHN"),
        ("7:IRN-TUR", "IRN", "TUR"),
        ("7:IRQ-TUR", "IRQ", "TUR"),
    ]
    assert dict(table.rejected.select("line", "reason").iter_rows()) == {
        5: "no country on one side",
        6: "source is no known state ('PAK; XQZ')",
        7: "within one state",
    }
    assert table.rows_in == 7


def test_broken_rows_are_set_aside_with_the_reason(tmp_path):
    table = read_table(
        write(
            tmp_path,
            row("1"),
            row("1"),
            row("None"),
            row("4", Event_Date="02/01/2023"),
            row("5", Event_Type="SMILE"),
            row("6", Intensity="-11"),
            row("7", Recipient_Country="None"),
            row("8", Recipient_Country="PAK"),
            "9\tshort",
        )
    )
    assert table.data["event_id"].to_list() == ["1"]
    assert dict(table.rejected.select("line", "reason").iter_rows()) == {
        3: "repeated event id",
        4: "no event id",
        5: "bad date ('02/01/2023', expected %Y-%m-%d)",
        6: "unknown event type ('SMILE')",
        7: "intensity out of range ('-11', expected -10 to 10)",
        8: "no country on one side",
        9: "within one state",
        10: "wrong number of columns (2, expected 40)",
    }
    assert table.rows_in == table.data.height + table.rejected.height == 9


def test_headers_that_do_not_fit_the_cells(tmp_path):
    plain = read_table(write(tmp_path, row("1"), row("2")))
    longer = [*NAMES[:5], "Headline", "Event Text", *NAMES[5:], "Feed"]
    misfit = read_table(write(tmp_path, row("1"), row("2"), header=longer, name="a.txt"))
    empty = read_table(write(tmp_path, row("1") + "\t\t", row("2") + "\t\t", name="b.txt"))
    other = ["Event Intensity" if n == "Intensity" else n for n in NAMES]
    renamed = read_table(write(tmp_path, row("1"), row("2"), header=other, name="c.txt"))
    for table in (misfit, empty, renamed):
        assert table.data.equals(plain.data)


def test_a_zip_and_bytes_that_are_not_utf8(tmp_path):
    text = "\t".join(NAMES) + "\n" + row("1", City="Málaga") + "\n" + row("2") + "\n"
    packed = tmp_path / "2018-Jan.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("ngecEvents.DV.2018-Jan.txt", text.encode("latin-1"))
    assert read_table(packed).data["event_id"].to_list() == ["1", "2"]


def test_a_column_is_missing(tmp_path):
    header = [n for n in NAMES if n != "Recipient Country"]
    with pytest.raises(FileFormatError, match="POLECAT column 'Recipient Country' is missing"):
        read_table(write(tmp_path, row("1"), header=header))


def examples(data_dir):
    text = (data_dir / "plover" / "PLOVER_GSR_CAMEO.txt").read_text(encoding="utf-8")
    return [r for r in json.loads(text) if r["event"] != "DOCUMENT"]


SINCE = {"DEMAND": "REQUEST", "DISAPPROVE": "ACCUSE", "INVESTIGATE": "ACCUSE", "FIGHT": "ASSAULT"}
COOPERATION = {"AGREE", "CONSULT", "SUPPORT", "COOPERATE", "AID", "CONCEDE", "RETREAT"}


def test_every_gold_standard_example_keeps_its_type_and_side(data_dir):
    """The examples are those of the CAMEO manual, coded in PLOVER by its authors.

    They carry no CAMEO code: what is held is that ours leads back to the type and side they have.
    """
    held = examples(data_dir)
    types = pl.Series([r["event"] for r in held])
    made = pl.DataFrame(
        {
            "event": types,
            "code": plover_codes(types, pl.Series([r.get("mode") for r in held], dtype=pl.String)),
        }
    ).join(cameo(), on="code", how="left", maintain_order="left")
    now = made["event"].replace(SINCE)
    side = now.is_in(list(COOPERATION))
    same_type = (made["plover"] == now).mean()
    same_side = (made["quad"].str.ends_with("coop") == side).mean()
    print(f"{len(held)} examples: type {same_type:.1%}, side {same_side:.1%}")
    assert len(held) == 322
    assert same_type == 1
    assert same_side == 1


def test_no_pair_of_the_table_changes_sides():
    raw = [line.split(",") for line in _table()]
    types, modes, written = (pl.Series(column) for column in zip(*raw, strict=True))
    assert plover_codes(types, modes).equals(written.alias("cameo"))
    quad = dict(cameo().select("code", "quad").iter_rows())
    for event, mode, code in raw:
        assert quad[code].endswith("coop") == (event in COOPERATION), (event, mode)


def _table():
    from importlib.resources import files

    text = files("quadrille.coding").joinpath("data/plover.csv").read_text(encoding="utf-8")
    return text.splitlines()[1:]


def test_modes():
    types = pl.Series(["CONSULT", "consult", "DEMAND", "ASSAULT", "ASSAULT", "SING", None])
    modes = pl.Series(["phone", "humming", "meet", "firearms; explosives", None, "", "visit"])
    assert plover_codes(types, modes).to_list() == ["041", "040", "106", "193", "180", None, None]
