"""Past cases of a constellation as people and machines meet them."""

from __future__ import annotations

import json
from dataclasses import replace
from io import StringIO

import polars as pl
import pytest
from figures import WIDTHS, check_axes

import quadrille
from quadrille.errors import FileFormatError, NoDataError, OptionError, SameStateError
from quadrille.views.text import to_text

YEARLY = "icews_yearly/icews_dyad_year_quad_2002_2012.parquet"


@pytest.fixture(scope="module")
def cases(to_2018):
    return to_2018.analogues("PAK", "RUS", on="USA")


def judged(got, **cells):
    """The same, its first class large enough to judge and with these numbers."""
    row = {"cases": 547, "dyads": 120, "warmer_rate": 0.77, "warmer_lo90": 0.7, "warmer_hi90": 0.83,
           "contrast_cases": 300, "contrast_warmer": 0.71, "effect": 0.06, "effect_lo90": 0.02,
           "effect_hi90": 0.11} | cells  # fmt: skip
    first = got.classes.head(1).with_columns(**{k: pl.lit(v) for k, v in row.items()})
    return replace(got, classes=pl.concat([first.cast(dict(got.classes.schema)), got.classes[1:]]))


def test_the_verdict_stands_beside_its_base_rate(cases):
    first = judged(cases).view().sentences[0]
    assert first == (
        "Such thaws mostly lasted: in 77% of 547 cases (90% interval 70% to 83%, 120 dyads resampled), against 71% of "
        "300 where the pivot did not mend; difference +6 points (90% interval +2 to +11): more often."
    )
    even = judged(cases, effect=0.0, effect_lo90=-0.04, effect_hi90=0.04).view().sentences[0]
    assert "difference 0 points (90% interval −4 to +4): too small to matter" in even
    rare = judged(cases, warmer_rate=0.2, warmer_lo90=0.1, warmer_hi90=0.3).view().sentences[0]
    assert rare.startswith("Such thaws mostly did not last: in 20%")
    assert (
        cases.view().sentences[0].startswith("Undetermined: every class of cases has fewer than 10")
    )


def test_it_says_who_the_rival_is_and_why(to_2018, cases):
    assert "Rival of Pakistan: India (its coldest tie on average up to 2018; no list" in str(
        cases
    ).replace("\n  ", " ")
    given = to_2018.analogues("PAK", "RUS", on="USA", rival="CHN")
    assert "Rival of Pakistan: China (as given)." in str(given)
    listed = replace(cases, rivalry="listed in tss_rivalries")
    assert (
        "Rival of Pakistan: India (listed in tss_rivalries for 2018; here by that rule alone, where a brief weighs "
        in str(listed).replace("\n  ", " ")
    )


def test_layers_that_cannot_be_read_are_refused():
    with pytest.raises(FileFormatError, match=r"none\.csv"):
        quadrille.analogues("PAK", "RUS", "chronicle", on="USA", layers=["none.csv"])


def test_the_figure_leaves_out_empty_classes(cases):
    row = cases.classes.head(1)
    empty = row.with_columns(cases=pl.lit(0, row.schema["cases"]))
    some = replace(cases, classes=pl.concat([row, *[empty] * 5]))
    text = some.plot().to_json()
    assert f"every such thaw ({cases.classes['cases'][0]})" in text
    assert "(0)" not in text


@pytest.mark.parametrize("width", WIDTHS)
def test_figure_shows_everything(cases, yearly, scored, width):
    for made in (cases, *(w.analogues("PAK", "RUS", on="USA") for w in (yearly, scored))):
        check_axes(made.plot(width))


def test_text_fits_and_json_and_csv_agree(cases, run):
    assert max(map(len, to_text(cases.view()).splitlines())) <= 80
    made = json.loads(cases.to_json())
    assert (made["kind"], made["states"]) == ("analogues", ["PAK", "RUS", "USA"])
    facts = made["facts"]
    assert (facts["tie"], facts["rules"]["window"], facts["triads"]) == ("PAK-RUS", 2, 60)
    code, table, _ = run("analogues", "PAK", "RUS", "--on", "USA", "--until", "2018", "--csv")
    rows = pl.read_csv(StringIO(table))
    assert code == 0
    assert len(made["rows"]) == rows.height
    assert facts["classes"][0]["cases"] + facts["classes"][0]["contrast_cases"] == rows.height


def test_what_it_refuses():
    with pytest.raises(SameStateError, match="different states"):
        quadrille.analogues("PAK", "RUS", "chronicle", on="PAK")
    with pytest.raises(OptionError, match="window"):
        quadrille.analogues("PAK", "RUS", "chronicle", on="USA", window=0)
    with pytest.raises(OptionError, match="on"):
        quadrille.analogues("PAK", "RUS", "chronicle")
    with pytest.raises(NoDataError, match="France"):
        quadrille.analogues("PAK", "FRA", "chronicle", on="USA")


@pytest.mark.slow
def test_of_the_world(data_dir):
    world = quadrille.open(data_dir / YEARLY)
    made = world.analogues("PAK", "RUS", on="USA")
    assert made.triads > 500_000
    assert made.classes["cases"][0] > 10_000
    assert made.lasted.word == "moves it" and made.lasted.way == 1
    assert made.rivals == ("ISR",)
    lists = [data_dir / "cow" / "tss_rivalries.parquet", data_dir / "cow" / "td_rivalries.parquet"]
    listed = quadrille.analogues("PAK", "RUS", data_dir / YEARLY, on="USA", layers=lists)
    assert "IND" in listed.rivals
    assert listed.rivalry == "listed in tss_rivalries"
    assert listed.classes["cases"][0] == made.classes["cases"][0]
