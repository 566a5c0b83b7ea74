"""Geopolitical risk against the cells of the workbook."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from python_calamine import CalamineWorkbook

from quadrille.errors import FileFormatError
from quadrille.sources.layers.gpr import WORLD, read_gpr_states, read_gpr_world

NAME = "gpr/data_gpr_export.xls"


@pytest.fixture(scope="module")
def cells(data_dir):
    header, *rows = CalamineWorkbook.from_path(data_dir / NAME).get_sheet_by_index(0).to_python()
    return [dict(zip(header, row, strict=True)) for row in rows]


def put(folder, text, name="gpr.csv"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_world(data_dir, cells):
    found = read_gpr_world(data_dir / NAME)
    expected = [
        (
            r["month"].year,
            r["month"].month,
            *(v if (v := r[c.upper()]) != "" else None for c in WORLD),
        )
        for r in cells
    ]
    assert found.data.rows() == expected
    assert (found.unit, found.rows_in, len(expected)) == ("world", 1_519, 1_519)
    assert found.rejected.filter(pl.col("name").is_null()).is_empty()
    # Both indices are 100 on average over their base.
    base = found.data.filter(pl.col("year") <= 2019)
    assert base["gprh"].mean() == pytest.approx(100, abs=0.5)
    assert base["gpr"].mean() == pytest.approx(100, abs=0.5)
    assert found.data.sort("gpr", nulls_last=False).select("year", "month").row(-1) in (
        (2001, 9), (2001, 10), (2003, 3),
    )  # fmt: skip
    assert found.data.sort("gprh")["year"][-1] in (1914, 1939, 1941, 1944)


def test_states(data_dir, cells):
    found = read_gpr_states(data_dir / NAME)
    expected = {}
    for r in cells:
        for column, value in r.items():
            start, _, code = column.partition("_")
            if start in ("GPRC", "GPRHC") and value != "":
                slot = expected.setdefault((code, r["month"].year, r["month"].month), [None, None])
                slot[start == "GPRHC"] = value
    ours = {r[:3]: list(r[3:]) for r in found.data.rows()}
    assert ours == expected
    assert len(ours) == 66_836
    assert found.unresolved.is_empty()
    assert found.data["state"].n_unique() == 44
    assert "PAK" not in found.data["state"]
    ukraine = found.data.filter(state="UKR").sort("gpr_share", nulls_last=False)
    assert ukraine.select("year").tail(6).to_series().is_in([2014, 2022]).all()


CSV = (
    "month,GPR,GPRH,GPRC_USA,GPRHC_USA,GPRC_QQQ,GPRC_IND\n"
    "1985-01-01,100.5,90,1.5,,0.1,\n01feb1985,NA,91,,2,.2,.3\nlast month,1,1,1,1,1,1\n"
    "1985-01-31,1,1,1,1,1,1\n1985-03-01,much,1,1,1,,\n1985-04-01,1,1,1,nil,,\n1985-05-01,1\n"
)


def test_csv_and_broken_rows(tmp_path):
    path = put(tmp_path, CSV)
    world = read_gpr_world(path)
    assert world.data.select("year", "month", "gpr", "gprh", "n10").rows() == [
        (1985, 1, 100.5, 90.0, None), (1985, 2, None, 91.0, None), (1985, 4, 1.0, 1.0, None),
    ]  # fmt: skip
    assert world.rejected.filter(pl.col("name").is_null()).select("line", "reason").rows() == [
        (4, "month is no date ('last month', expected as '1985-01-01')"),
        (5, "the month of 1985-01-31 appears twice"),
        (6, "gpr is no number ('much')"),
        (8, "wrong number of columns (2, expected 7)"),
    ]
    states = read_gpr_states(path)
    assert states.data.rows() == [
        ("IND", 1985, 2, 0.3, None), ("USA", 1985, 1, 1.5, None),
        ("USA", 1985, 2, None, 2.0), ("USA", 1985, 3, 1.0, 1.0),
    ]  # fmt: skip
    assert states.unresolved.rows() == [("QQQ", 2)]
    # A month counts once more under a code that is no state, so that kept is never below zero.
    assert states.rows_in - states.rejected.filter(fate="skipped").height >= 1
    assert (7, "gprhc_usa is no number ('nil')") in states.rejected.filter(
        pl.col("name").is_null()
    ).select("line", "reason").rows()


def test_a_csv_of_the_workbook_is_the_same(data_dir, cells, tmp_path):
    frame = pl.DataFrame(
        [{k: str(v) if isinstance(v, date) else v for k, v in r.items()} for r in cells],
        strict=False, infer_schema_length=None,
    )  # fmt: skip
    path = tmp_path / "gpr.csv"
    frame.write_csv(path)
    for read in (read_gpr_world, read_gpr_states):
        assert read(path).data.equals(read(data_dir / NAME).data)


def test_other_files(data_dir, tmp_path):
    with pytest.raises(
        FileFormatError, match="it has no states; expected columns such as GPRC_USA"
    ):
        read_gpr_states(put(tmp_path, "month,GPR,GPRH\n1985-01-01,1,1\n"))
    with pytest.raises(FileFormatError, match="not a whole Excel file"):
        read_gpr_world(put(tmp_path, b"month,GPR", "gpr.xls"))
    half = (data_dir / NAME).read_bytes()[:400_000]
    with pytest.raises(FileFormatError, match="not a whole Excel file"):
        read_gpr_world(put(tmp_path, half, "half.xls"))
    with pytest.raises(FileFormatError, match="cannot be read"):
        read_gpr_world(tmp_path / "none.xls")
    with pytest.raises(FileFormatError, match="GPR column 'month' is missing"):
        read_gpr_world(put(tmp_path, "day,GPR,GPRH\n1,1,1\n"))
