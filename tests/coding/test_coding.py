"""The vocabulary against itself and against what the publishers print."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quadrille.coding.record import DOMAINS, EVENT_SCHEMA, complete, derive
from quadrille.coding.schema import validate
from quadrille.coding.vocabulary import (
    PLOVER,
    QUADS,
    cameo,
    code_of,
    codes_of,
    describe,
    normalise_code,
)
from quadrille.errors import FileFormatError, UnknownEventError

CODES = cameo()["code"].to_list()
LEAVES = cameo().filter(pl.col("level") > 1)


# The scale that GDELT publishes, as printed (CAMEO.goldsteinscale.txt).
SCALE = Path(__file__).parents[1] / "reference" / "cameo_goldstein.csv"
# Codes of CAMEO 1.1b3 that are in no published scale.
OWN = {"1213", "1214", "155", "176", "1834", "1951", "1952"}


def gdelt(data_dir):
    """Code, quad class and Goldstein weight as GDELT prints them."""
    frames = []
    for file in sorted((data_dir / "gdelt_raw").glob("*.export.CSV")):
        raw = pl.read_csv(
            file, separator="\t", has_header=False, infer_schema=False, quote_char=None
        )
        names = raw.columns
        frames.append(raw.select(code=names[26], quad=names[29], weight=names[30]))
    for file in sorted((data_dir / "gdelt_raw").glob("202011*.csv")):
        raw = pl.read_csv(file, infer_schema=False)
        frames.append(raw.select(code="Event_Code", quad="Quad_Class", weight="Goldstein_Scale"))
    return pl.concat(frames).with_columns(pl.col("weight").cast(pl.Float64)).unique()


def icews(data_dir):
    file = data_dir / "icews_raw" / "events.2018.sample.tab"
    return pl.read_csv(file, separator="\t", infer_schema=False, quote_char=None)


def test_the_tree_is_closed():
    table = cameo()
    assert table["code"].is_unique().all()
    parents = table["parent"].drop_nulls()
    assert parents.is_in(CODES).all()
    assert table.filter(pl.col("level") == 1)["code"].to_list() == [
        f"{r:02d}" for r in range(1, 21)
    ]
    assert (
        table.filter(pl.col("level") > 1)
        .select(pl.col("code").str.starts_with(pl.col("parent")).all())
        .item()
    )


def test_every_code_is_fully_described():
    table = cameo()
    for name in ("label", "description"):
        assert table[name].str.len_chars().min() > 3
    assert table["description"].str.ends_with(".").all()
    assert table["goldstein"].is_between(-10, 10).all()
    assert table["quad"].is_in(QUADS).all()
    assert table["domain"].is_in(DOMAINS).all()
    assert table["plover"].drop_nulls().is_in(PLOVER).all()
    assert set(table["plover"].drop_nulls()) == set(PLOVER)
    assert set(table.filter(pl.col("plover").is_null())["root"]) == {"01"}


def test_labels_and_codes_are_one_to_one():
    assert LEAVES["label"].str.to_lowercase().is_unique().all()
    assert codes_of(LEAVES["label"]).to_list() == LEAVES["code"].to_list()


def test_quad_class_follows_the_root():
    by_root = dict(cameo().select("root", "quad").unique().iter_rows())
    assert [by_root[f"{r:02d}"] for r in (1, 5, 6, 9, 10, 13, 14, 20)] == [
        "verbal_coop", "verbal_coop", "material_coop", "material_coop",
        "verbal_conf", "verbal_conf", "material_conf", "material_conf",
    ]  # fmt: skip


@given(st.sampled_from(LEAVES.select("code", "label").rows()), st.booleans())
def test_text_and_code_go_both_ways(pair, upper):
    code, label = pair
    assert code_of(label.upper() if upper else f"  {label.lower()} ") == code
    assert describe(code).startswith(f"{code} {label}: ")


@given(st.sampled_from([c for c in CODES if len(c) > 2]))
def test_lost_zeros_come_back(code):
    assert normalise_code(code) == code
    if code.startswith("0") and code[1:] not in CODES:  # "10" alone is the root
        assert normalise_code(code[1:]) == code


@given(st.text(max_size=12))
def test_anything_else_is_refused(text):
    try:
        assert normalise_code(text) in CODES
    except UnknownEventError as problem:
        assert "\n" not in str(problem).replace(repr(text), "")


def test_unknown_text_names_the_closest():
    with pytest.raises(UnknownEventError, match="make a visit"):
        code_of("Make a visiit")
    with pytest.raises(UnknownEventError, match="codes run from 01 to 2042"):
        normalise_code("999")
    assert codes_of(pl.Series(["Consult", None, "nonsense"])).to_list() == ["040", None, None]


def test_derive_fills_only_what_is_missing():
    rows = pl.DataFrame({"cameo": ["042", "190"], "goldstein": [None, -3.0]})
    made = derive(rows)
    assert made["goldstein"].to_list() == [1.9, -3.0]
    assert made["domain"].to_list() == ["diplomacy", "defence"]
    assert made["quad"].to_list() == ["verbal_coop", "material_conf"]


def test_schema_accepts_an_event_and_refuses_a_bad_one():
    good = pl.DataFrame(
        {
            "event_id": ["1"], "date": [date(1966, 1, 10)], "precision": ["day"], "source": ["IND"],
            "target": ["PAK"], "cameo": ["057"], "domain": ["diplomacy"], "goldstein": [8.0],
            "reports": [1], "certainty": [1.0], "text": [None], "origin": ["chronicle"], "reference": ["x"],
        },
        schema_overrides={"text": pl.String},
    )  # fmt: skip
    good = complete(good)
    validate(good, EVENT_SCHEMA, "x")
    with pytest.raises(FileFormatError, match="cameo"):
        validate(good.with_columns(cameo=pl.lit("999")), EVENT_SCHEMA, "x")


def test_every_weight_is_the_published_one_or_marked_as_ours():
    scale = pl.read_csv(SCALE, schema_overrides={"code": pl.String})
    assert scale.height == 311
    both = cameo().join(scale, on="code", how="full", coalesce=True)
    assert both["label"].null_count() == 0
    ours = both.filter(pl.col("weight").is_null())
    assert set(ours["code"]) == set(both.filter("own")["code"]) == OWN
    assert both.filter(pl.col("weight") != pl.col("goldstein")).is_empty()


def test_a_weight_of_ours_is_that_of_the_code_above_but_for_attacks_through_computers():
    weight = dict(cameo().select("code", "goldstein").iter_rows())
    ours = cameo().filter("own").select("code", "parent").rows()
    assert {c for c, parent in ours if weight[c] != weight[parent]} == {"176"}
    assert weight["176"] == weight["175"]


def test_goldstein_weights_are_gdelts(data_dir):
    both = gdelt(data_dir).join(cameo(), on="code", how="left")
    assert both["root"].null_count() == 0
    assert both["code"].n_unique() > 140
    assert both.filter(pl.col("weight") != pl.col("goldstein")).is_empty()


def test_quad_classes_are_gdelts_but_for_protest(data_dir):
    number = {name: str(k) for k, name in enumerate(QUADS, 1)}
    both = gdelt(data_dir).rename({"quad": "theirs"}).join(cameo(), on="code")
    differ = both.filter(pl.col("theirs") != pl.col("quad").replace_strict(number))
    assert set(differ["root"]) == {"14"}


def test_event_texts_are_icews(data_dir):
    raw = icews(data_dir)
    assert (codes_of(raw["Event Text"]) == raw["CAMEO Code"]).all()
    weights = raw.join(cameo(), left_on="CAMEO Code", right_on="code")
    differ = weights.filter(pl.col("Intensity").cast(pl.Float64) != pl.col("goldstein"))
    assert set(differ["CAMEO Code"]) == {"016", "022", "164"}  # 165 is not in the sample


def test_every_named_icews_event_has_a_code(data_dir):
    file = data_dir / "icews_events" / "icews_named_events_2021_01_08.parquet"
    texts = pl.read_parquet(file, columns=["event_text"])["event_text"].unique()
    assert texts.len() == 253
    assert codes_of(texts).null_count() == 0
