"""Two codings compared, and the blind sheet that a second coder fills in."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from quadrille.chronicle import load as chronicle
from quadrille.chronicle.agreement import SHEET, agreement, key, sample
from quadrille.errors import ChronicleError, OptionError

HEAD = "id,source,target,mutual,cameo,intensity"
ROWS = (
    "visit,PAK,IND,no,042,",
    "war,PAK,IND,yes,190,",
    "treaty,IND,PAK,yes,057,",
    "aid,USA,PAK,no,072,",
    "cut,USA,PAK,no,162,-3",
)


@pytest.fixture
def write(tmp_path):
    def make(name, rows=ROWS, head=HEAD):
        path = tmp_path / name
        path.write_text("\n".join((head, *rows)) + "\n", encoding="utf-8")
        return path

    return make


def value(made, measure, of):
    return made.measures.row(
        by_predicate=(pl.col("measure") == measure) & (pl.col("of") == of), named=True
    )


def test_the_same_coding_agrees_in_everything(write):
    a = write("a.csv")
    made = agreement(a, write("b.csv", reversed(ROWS)))
    assert (made.n, made.of) == (5, 5)
    assert made.measures["value"].to_list() == [1.0] * 6
    assert made.disagreements.is_empty()
    # Which of two that both act is written first says nothing.
    assert agreement(
        a, write("c.csv", [r.replace("PAK,IND,yes", "India,Pakistan,yes") for r in ROWS])
    ).disagreements.is_empty()


def test_figures_by_hand(write):
    """Codes 042, 190, 057, 072, 162 against 112, 190, 057, 073, 162: weights 1.9 and -2, 8.3 and 7.4 differ."""
    other = [r.replace(",042,", ",112,").replace(",072,", ",073,") for r in ROWS]
    made = agreement(write("a.csv"), write("b.csv", other))
    first = [1.9, -10.0, 8.0, 8.3, -3.0]
    second = [-2.0, -10.0, 8.0, 7.4, -3.0]
    n, pooled = 10, [*first, *second]
    mean = sum(pooled) / n
    observed = sum((a - b) ** 2 for a, b in zip(first, second, strict=True)) / 5
    expected = 2 * sum((x - mean) ** 2 for x in pooled) / (n - 1)
    assert value(made, "alpha", "weight")["value"] == pytest.approx(1 - observed / expected)
    assert value(made, "share", "quad")["value"] == pytest.approx(0.8)
    assert value(made, "share", "root")["value"] == pytest.approx(0.8)
    assert value(made, "share", "code")["value"] == pytest.approx(0.6)
    assert value(made, "share", "direction")["value"] == 1.0
    assert made.disagreements.select("id", "differs").rows() == [
        ("visit", "quad root code weight"),
        ("aid", "code weight"),
    ]


def test_kappa_of_the_quad_class(write):
    """First: VC, MF, VC, MC, MF; second: VF, MF, VC, MC, MF. p_o = 4/5, p_e = (2x1 + 0x1 + 1x1 + 2x2)/25."""
    made = agreement(write("a.csv"), write("b.csv", [r.replace(",042,", ",112,") for r in ROWS]))
    chance = (2 * 1 + 0 * 1 + 1 * 1 + 2 * 2) / 25
    assert value(made, "kappa", "quad")["value"] == pytest.approx((0.8 - chance) / (1 - chance))
    row = value(made, "kappa", "quad")
    assert row["lo90"] <= row["value"] <= row["hi90"]


def test_direction_is_who_acts_on_whom(write):
    other = [ROWS[0].replace("PAK,IND", "IND,PAK"), ROWS[1].replace("yes", "no"), *ROWS[2:]]
    made = agreement(write("a.csv"), write("b.csv", other))
    assert value(made, "share", "direction")["value"] == pytest.approx(0.6)
    found = {
        r["id"]: (r["direction"], r["direction_2"])
        for r in made.disagreements.iter_rows(named=True)
    }
    assert found == {"visit": ("PAK>IND", "IND>PAK"), "war": ("IND-PAK", "PAK>IND")}


def test_one_value_throughout_leaves_nothing_to_agree_on(write):
    rows = ["a,PAK,IND,no,042,", "b,PAK,IND,no,042,"]
    made = agreement(write("a.csv", rows), write("b.csv", rows))
    assert value(made, "alpha", "weight")["value"] is None
    assert value(made, "kappa", "quad")["lo90"] is None
    assert "not defined, since every act has one value" in str(made)


def test_part_of_a_chronicle_may_be_coded_again():
    sheet = sample(n=30, seed=4)
    assert tuple(sheet.columns) == SHEET
    assert sheet.height == 30
    assert sheet["id"].n_unique() == 30
    assert not set(sheet["id"]) & set(chronicle.acts()["id"])
    assert set("".join(sheet.select(SHEET[5:]).rows()[0])) == set()
    assert (sheet["state_a"] <= sheet["state_b"]).all()
    assert sample(n=30, seed=4).equals(sheet)
    assert not sample(n=30, seed=5)["id"].equals(sheet["id"])


def test_a_sheet_filled_in_is_matched_to_the_acts_it_was_drawn_from(tmp_path):
    codes = chronicle.acts().with_columns(id=pl.col("id").map_elements(key, pl.String))
    part = ("source", "target", "mutual", "cameo", "intensity")
    filled = sample(n=40).drop(part).join(codes.select("id", *part), on="id")
    path = tmp_path / "sheet.csv"
    filled.write_csv(path)
    made = agreement("chronicle", path)
    assert (made.n, made.of) == (40, chronicle.acts().height)
    assert made.disagreements.is_empty()
    assert ": 40 of the " in made.view().sentences[0]


BAD = {
    "no column": ({"head": "id,source,target,mutual"}, "line 1: column 'cameo' is missing"),
    "empty": ({"rows": []}, "it holds no acts"),
    "not coded": ({"rows": ["visit,PAK,IND,no,,"]}, "line 2: cameo: is empty"),
    "no code": ({"rows": ["visit,PAK,IND,no,42,"]}, "line 2: cameo: '42': no CAMEO code"),
    "no state": ({"rows": ["visit,PAK,Indai,no,042,"]}, "did you mean India"),
    "weight": (
        {"rows": ["visit,PAK,IND,no,042,high"]},
        "line 2: intensity: 'high': expected a number",
    ),
    "twice": ({"rows": ["visit,PAK,IND,no,042,"] * 2}, "the same id stands on another line"),
    "another": (
        {"rows": ["visit,PAK,IND,no,042,", "race,PAK,IND,no,042,"]},
        "1 of 2 ids are not in .*'race'",
    ),
}


@pytest.mark.parametrize(("how", "says"), BAD.values(), ids=BAD.keys())
def test_bad_codings_get_one_line(write, how, says):
    rows = how.get("rows", ["visit,PAK,IND,no"] if "head" in how else ROWS)
    path = write("b.csv", rows, how.get("head", HEAD))
    with pytest.raises(ChronicleError, match=says) as raised:
        agreement(write("a.csv"), path)
    assert "\n" not in str(raised.value)


def test_numbers_out_of_range(write):
    with pytest.raises(OptionError, match="at least 100"):
        agreement(write("a.csv"), write("b.csv"), draws=3)
    with pytest.raises(OptionError, match="n is 0"):
        sample(n=0)
    with pytest.raises(OptionError, match="the acts there are"):
        sample(n=10**6)


def test_the_commands(run_command, write, tmp_path):
    a, b = write("a.csv"), write("b.csv", [r.replace(",042,", ",112,") for r in ROWS])
    code, text, _ = run_command("chronicle", "agreement", str(a), str(b), "--json")
    facts = json.loads(text)["facts"]
    assert (code, facts["n"], facts["measures"][1]["measure"]) == (0, 5, "kappa")
    code, table, _ = run_command("chronicle", "agreement", str(a), str(b), "--csv")
    assert code == 0
    assert table.splitlines()[0].startswith("id,date,description,differs")
    assert table.splitlines()[1].startswith("visit,")
    code, out, _ = run_command("chronicle", "sample", "--n", "3")
    assert (code, len(out.splitlines())) == (0, 4)
    sheet = tmp_path / "sheet.csv"
    code, out, err = run_command("chronicle", "sample", "--n", "3", "--out", str(sheet))
    assert (code, out) == (0, "")
    assert err.startswith("written: ")
    assert len(sheet.read_text(encoding="utf-8").splitlines()) == 4


def test_the_published_agreement_of_the_embedded_chronicle():
    """The two codings of 100 acts, and the figures that the page on the chronicle prints."""
    here = Path(__file__).parent / "codings"
    made = agreement(here / "first.csv", here / "second.csv")
    assert made.n == 100
    assert round(value(made, "alpha", "weight")["value"], 2) == 0.98
    assert round(value(made, "kappa", "quad")["value"], 2) == 0.95
    page = Path(__file__).parents[2] / "docs" / "data" / "chronicle.md"
    assert "| Krippendorff's alpha, Goldstein weight | 0.98 |" in page.read_text("utf-8")
