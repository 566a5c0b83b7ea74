"""Bilateral influence capacity against the rows of the file."""

from __future__ import annotations

import csv

import polars as pl
import pytest

from quadrille.errors import FileFormatError
from quadrille.sources.layers.fbic import VALUES, read_fbic

STEMS = ("fbic", "econb", "polb", "secb", "econd", "secd")
OURS = (
    "fbic", "economic_bandwidth", "political_bandwidth", "security_bandwidth",
    "economic_dependence", "security_dependence",
)  # fmt: skip
LONG = "countrya,countryb,year,iso3a,iso3b,fbic,bandwidth,economicbandwidth,dependence\n"


def put(folder, text):
    path = folder / "fbic.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_value(data_dir):
    path = data_dir / "fbic/FBIC.csv"
    with path.open(encoding="utf-8") as file:
        raw = list(csv.DictReader(file))
    expected = {}
    for r in raw:
        for code in ("CHN", "RUS"):
            cells = [r[f"{stem}_{code.lower()}"] for stem in STEMS]
            if any(cells):
                values = tuple(float(c) if c else None for c in cells)
                expected[code, r["iso3"], int(r["year"])] = values
    assert not any(source == target for source, target, _ in expected)
    found = read_fbic(path)
    rows = found.data.select("source", "target", "year", *OURS).rows()
    assert {r[:3]: r[3:] for r in rows} == expected
    assert (len(rows), found.rows_in, len(raw)) == (20_446, 11_834, 11_834)
    assert found.unresolved.is_empty()
    assert found.rejected.filter(pl.col("name").is_null()).is_empty()
    assert found.data["bandwidth"].is_null().all()
    assert found.data["fbic"].max() <= 1


def test_known_facts(data_dir):
    data = read_fbic(data_dir / "fbic/FBIC.csv").data
    in_2019 = data.filter(year=2019)
    top = {
        code: in_2019.filter(source=code).sort("fbic", nulls_last=False)["target"].tail(8).to_list()
        for code in ("CHN", "RUS")
    }
    assert "BLR" in top["RUS"]
    assert {"PAK", "PRK"} & set(top["CHN"])
    over_cuba = data.filter(source="RUS", target="CUB")
    assert over_cuba.filter(year=1985)["fbic"][0] > over_cuba.filter(year=2005)["fbic"][0]


def test_all_dyads_as_published(tmp_path):
    rows = (
        "China,Laos,2020,CHN,LAO,0.3,1.1,.9,2\nLaos,China,2020,LAO,CHN,,0.5,,\n"
        "China,China,2020,CHN,CHN,1,1,1,1\nX,Laos,2020,XXX,LAO,1,1,1,1\n"
        "China,Laos,2021,CHN,LAO,,,,\nChina,Laos,2020,CHN,LAO,0.4,1,1,1\n"
        "China,Laos,20x,CHN,LAO,0.4,1,1,1\nChina,Laos,2022,CHN,LAO,high,1,1,1\nChina,Laos,2023,CHN\n"
    )
    found = read_fbic(put(tmp_path, LONG + rows))
    assert list(found.data.columns) == ["source", "target", "year", *VALUES]
    keys = ["source", "target", "year", "fbic", "bandwidth", "economic_bandwidth", "dependence"]
    assert found.data.select(keys).rows() == [
        ("CHN", "LAO", 2020, 0.3, 1.1, 0.9, 2.0), ("LAO", "CHN", 2020, None, 0.5, None, None),
    ]  # fmt: skip
    assert found.data["security_dependence"].dtype == pl.Float64
    assert found.unresolved.rows() == [("XXX", 1)]
    assert found.rejected.filter(pl.col("name").is_null()).select("line", "reason").rows() == [
        (7, "CHN on LAO appears twice in 2020"),
        (8, "year is no number ('20x')"),
        (9, "fbic is no number ('high')"),
        (10, "wrong number of columns (4, expected 9)"),
    ]


def test_receivers_with_a_strange_influencer(tmp_path):
    rows = "iso3,receiver,year,fbic_chn,fbic_xxx\nLAO,Laos,2020,.2,.1\nQQQ,Nowhere,2020,1,1\nLAO,Laos,2020,1,1\n"
    found = read_fbic(put(tmp_path, rows))
    assert found.data.select("source", "target", "fbic").rows() == [("CHN", "LAO", 0.2)]
    assert found.unresolved.sort("name").rows() == [("QQQ", 1), ("XXX", 1)]
    assert found.rows_in - int(found.rejected["rows"].sum()) >= 1
    assert found.rejected.filter(pl.col("name").is_null())["reason"].to_list() == [
        "LAO appears twice in 2020"
    ]


def test_another_file(tmp_path):
    with pytest.raises(FileFormatError, match="line 1: FBIC column 'iso3a' is missing"):
        read_fbic(put(tmp_path, "a,iso3b,year,fbic\n1,2,3,4\n"))
