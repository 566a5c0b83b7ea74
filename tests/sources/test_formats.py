"""One door for files: what a file is, how it is opened, and what is said where it cannot be."""

from __future__ import annotations

import gzip
import io
import subprocess
import sys
import zipfile

import polars as pl
import pytest

from quadrille.errors import FileFormatError, NoDataError, OptionError
from quadrille.sources.events.mentions import Mentions
from quadrille.sources.files import data_files
from quadrille.sources.formats import FORMATS, format_within, open_files, read_layers, read_table
from quadrille.sources.layers.layer import Layer
from quadrille.sources.table import REJECTED, Table, merge

HEAVY = ("ibis", "duckdb", "altair", "scipy", "pandas", "numba", "python_calamine")
EVENTS = "source,target,date,code\nPakistan,Russia,2002-03-01,042\nIndia,Atlantis,2002-03-02,042\n"
EVENTS += "India,Pakistan,2002-03-03,999\nIndia,India,2002-03-04,042\n"
EVENTS += "".join(f"India,Russia,2003-05-{k},057\n" for k in range(10, 22))
NMC = "ccode,year,milex,milper,irst,pec,tpop,upop,cinc\n2,1990,1,1,1,1,1,1,0.1\n300,1900,1,1,1,1,1,1,0.1\n"


def put(folder, name, content):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def excel(path, text):
    """A workbook of one sheet, as small as one can be."""

    def cell(value):
        if value.replace(".", "", 1).isdigit() and not value.startswith("0"):
            return f"<c><v>{value}</v></c>"
        return f'<c t="inlineStr"><is><t>{value}</t></is></c>'

    rows = "".join(
        f"<row>{''.join(map(cell, line.split(',')))}</row>" for line in text.splitlines()
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/s.xml" ContentType="{TYPE}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" '
        f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
        '<sheet name="s" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="r1" Type="{OFFICE}/worksheet" Target="s.xml"/></Relationships>',
        "xl/s.xml": f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>',
    }
    with zipfile.ZipFile(path, "w") as book:
        for name, content in parts.items():
            book.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>{content}')
    return path


def test_what_the_table_of_formats_imports():
    code = f"import sys, quadrille.sources.formats; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_every_row_has_its_fate(tmp_path):
    table = read_table(put(tmp_path, "a.csv", EVENTS))
    assert table.rejected.schema == pl.Schema(REJECTED)
    assert table.rejected.select("line", "fate", "reason", "name").rows() == [
        (3, "skipped", "target is no known state ('Atlantis')", "Atlantis"),
        (4, "rejected", "unknown CAMEO code ('999')", None),
        (5, "skipped", "within one state", None),
    ]
    assert table.data.height + int(table.rejected["rows"].sum()) == table.rows_in == 16
    layer = read_layers(put(tmp_path, "n.csv", NMC))[0]
    assert layer.rejected.select("line", "fate", "name").rows() == [(3, "skipped", "300")]
    assert layer.unresolved.rows() == [("300", 1)]
    assert layer.role == "capabilities"


def test_coding_is_stated_and_not_guessed_from_a_label(tmp_path):
    path = put(tmp_path, "a.csv", EVENTS)
    columns = (
        'kind = "events"\nsource = "source"\ntarget = "target"\ndate = "date"\ncode = "code"\n'
    )
    own = put(tmp_path, "a.csv.map.toml", f'{columns}origin = "chronicle-of-mine"\n')
    machine = read_table(path)
    assert (machine.origin, machine.coding) == ("chronicle-of-mine", "machine")
    own.write_text(f'{columns}coding = "hand"\n')
    hand = read_table(path)
    assert hand.coding == "hand"
    with pytest.raises(OptionError, match="coded by hand"):
        merge([machine, hand])
    own.write_text(f'{columns}coding = "neither"\n')
    with pytest.raises(FileFormatError, match="coding is 'neither'; use hand, machine"):
        read_table(path)
    own.write_text(
        'kind = "scores"\nsource = "a"\ntarget = "b"\nyear = "y"\nscore = "s"\ncoding = "hand"\n'
    )
    with pytest.raises(FileFormatError, match="only events can be hand-coded"):
        read_table(path)


def test_gzip_is_opened_as_what_is_in_it(tmp_path):
    plain = read_table(put(tmp_path, "a.csv", EVENTS))
    packed = read_table(put(tmp_path, "a.csv.gz", gzip.compress(EVENTS.encode())))
    assert packed.data.drop("origin").equals(plain.data.drop("origin"))
    assert packed.files == (str(tmp_path / "a.csv.gz"),)
    assert format_within(put(tmp_path, "n.gz", gzip.compress(NMC.encode()))).kind == "layer"
    with pytest.raises(FileFormatError, match=r"b\.gz: not a whole"):
        read_table(put(tmp_path, "b.gz", gzip.compress(EVENTS.encode())[:40]))
    bomb = gzip.compress(b"\0" * (32 << 20))
    with pytest.raises(FileFormatError, match="possible bomb"):
        read_table(put(tmp_path, "c.gz", bomb))


def zipped(**files):
    """The bytes of a zip; two underscores in a name stand for a point."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "."), content)
    return made.getvalue()


def test_zips_in_a_zip_are_opened_one_level_down(tmp_path):
    plain = read_table(put(tmp_path, "a.csv", EVENTS))
    inner = zipped(a__csv=EVENTS)
    outer = put(tmp_path, "outer.zip", zipped(readme__pdf="no data", inner__zip=inner))
    table = read_table(outer)
    assert table.data.drop("origin").equals(plain.data.drop("origin"))
    assert table.files == (f"{outer}/inner.zip/a.csv",)
    assert format_within(outer).kind == "table"
    packed = gzip.compress(EVENTS.encode())
    mixed = put(tmp_path, "mixed.zip", zipped(b__csv__gz=packed, a__csv=EVENTS))
    assert read_table(mixed).rows_in == 32
    deep = put(tmp_path, "deep.zip", zipped(outer__zip=zipped(inner__zip=inner)))
    with pytest.raises(FileFormatError, match="packed too deep; unpack it"):
        read_table(deep)
    with pytest.raises(FileFormatError, match=r"bad\.zip/inner\.zip: not a whole zip"):
        read_table(put(tmp_path, "bad.zip", zipped(inner__zip="PK")))
    tape = put(tmp_path, "x.tar.gz", gzip.compress(b"a".ljust(257, b"\0") + b"ustar" + b"\0" * 250))
    with pytest.raises(FileFormatError, match="is a tar archive; unpack it"):
        read_table(tape)


@pytest.mark.parametrize("coding", ["utf-16", "utf-8-sig", "cp1252", "latin-1"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("part", [",", ";", "\t"])
def test_what_spreadsheets_save_is_the_same_table(tmp_path, coding, end, part):
    """Names outside ASCII, in every encoding, with every line end and separator."""
    text = EVENTS.replace("Pakistan", "Côte d'Ivoire")
    plain = read_table(put(tmp_path, "a.csv", text))
    assert "CIV" in plain.data["source"]
    saved = text.replace(",", part).replace("\n", end).encode(coding)
    table = read_table(put(tmp_path, "b.csv", saved))
    assert table.data.drop("origin").equals(plain.data.drop("origin"))
    assert table.rejected["line"].to_list() == plain.rejected["line"].to_list()
    layer = NMC.replace(",", part).replace("\n", end)
    same = read_layers(put(tmp_path, "n.csv", layer.encode(coding)))[0]
    assert same.data.equals(read_layers(put(tmp_path, "m.csv", NMC))[0].data)


def test_damaged_utf8_is_not_read_as_another_encoding(tmp_path):
    text = EVENTS.replace("Pakistan", "Côte d'Ivoire").replace("Atlantis", "São Tomé").encode()
    with pytest.raises(FileFormatError, match=r"line 16: not UTF-8 text \(byte 0xff\)"):
        read_table(put(tmp_path, "a.csv", text.replace(b"2003-05-20", b"2003-05-\xff")))


def test_a_day_that_may_be_a_month_needs_a_word(tmp_path):
    rows = "".join(f"Pakistan,India,{k}/5/2003,042\n" for k in range(1, 13))
    path = put(tmp_path, "a.csv", f"source,target,date,code\n{rows}")
    with pytest.raises(FileFormatError, match="may be %m/%d/%Y or %d/%m/%Y: give date_format"):
        read_table(path)
    put(tmp_path, "b.csv", f"source,target,date,code\n{rows}Pakistan,India,13/5/2003,042\n")
    assert read_table(tmp_path / "b.csv").data["date"].dt.month().unique().to_list() == [5]


def test_a_layer_is_no_data_and_data_no_layer(tmp_path):
    with pytest.raises(FileFormatError, match=r"is a layer \(cow_capabilities\).*quadrille ingest"):
        read_table(put(tmp_path, "n.csv", NMC))
    with pytest.raises(FileFormatError, match="no structural data known to us"):
        read_layers(put(tmp_path, "a.csv", EVENTS))


def test_excel_is_opened_like_the_others(tmp_path):
    layers = read_layers(excel(tmp_path / "n.xlsx", NMC))
    assert layers[0].data.equals(read_layers(put(tmp_path, "n.csv", NMC))[0].data)
    assert layers[0].rejected["line"].to_list() == [3]
    table = read_table(excel(tmp_path / "a.xlsx", EVENTS))
    assert table.data.drop("origin").equals(
        read_table(put(tmp_path, "a.csv", EVENTS)).data.drop("origin")
    )
    assert table.rejected["line"].to_list() == [3, 4, 5]


def test_everything_in_a_folder(tmp_path, data_dir):
    (tmp_path / "in").mkdir()
    put(tmp_path / "in", "a.csv", EVENTS)
    put(tmp_path / "in", "n.csv", NMC)
    name = "20170101073000.mentions.CSV"
    put(tmp_path / "in", name, (data_dir / "gdelt_raw" / name).read_bytes())
    put(tmp_path / "in", "notes.pdf", b"%PDF")
    found = open_files(tmp_path / "in")
    assert [type(f) for f in found] == [Mentions, Table, Layer]
    (tmp_path / "none").mkdir()
    with pytest.raises(NoDataError, match="holds no data file"):
        data_files([tmp_path / "none"])


def test_names_of_formats_are_not_repeated_within_a_publisher():
    events = [f.name for f in FORMATS if f.kind in ("events", "mentions")]
    assert len(events) == len(set(events))
    assert {f.kind for f in FORMATS} == {"events", "mentions", "layer", "companion", "unused"}


HEADED = "source,target,date,cameo"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"{HEADED},cameo\nPAK,RUS,2019-01-01,042,190\n", "line 1: column 'cameo' appears twice"),
        (f'{HEADED}\nPAK,RUS,2019-01-01,"{"x" * 140_000}\nPAK,RUS,2019-01-01,042,5\n',
         "line 2: the row that begins here cannot be read"),
    ],
)  # fmt: skip
def test_a_column_named_twice_and_a_mark_never_closed_are_one_line(tmp_path, text, said):
    with pytest.raises(FileFormatError, match=said):
        read_table(put(tmp_path, "x.csv", text))


@pytest.mark.parametrize("column", ["date", "code"])
def test_a_column_of_parquet_that_is_neither_text_number_nor_day_is_named(tmp_path, column):
    table = pl.DataFrame({"source": ["PAK"], "target": ["RUS"], "date": ["x"], "code": ["042"]})
    span = pl.lit(1).cast(pl.Duration) if column == "date" else pl.lit([["042"]])
    table.with_columns(span.alias(column)).write_parquet(tmp_path / "x.parquet")
    with pytest.raises(FileFormatError, match=f"column '{column}' holds (Duration|List).*save it"):
        read_table(tmp_path / "x.parquet")
