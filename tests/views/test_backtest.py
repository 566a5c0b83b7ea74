"""A track record as people and machines meet it."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest
from figures import WIDTHS, check_axes

import quadrille
from quadrille.errors import NoDataError, OptionError, UnknownStateError
from quadrille.foresight.forecasters import Mean
from quadrille.views.text import to_text

QUICK = ("last", "mean", "rolling", "smoothing")
FAST = ("--methods", "last", "--methods", "mean", "--horizons", "2")


@pytest.fixture(scope="module")
def record(chronicle):
    return chronicle.backtest(methods=QUICK, horizons=2)


def test_the_reference_and_both_means_are_always_among_the_methods(chronicle, record):
    assert record.methods == QUICK
    assert chronicle.backtest(methods=("pooled",), horizons=1).methods == (
        "last",
        "mean",
        "rolling",
        "pooled",
    )
    assert chronicle.backtest(methods=("pooled",), horizons=1, reference="mean").methods == (
        "mean",
        "rolling",
        "pooled",
    )

    @dataclass(frozen=True)
    class Own:
        name: str = "own"

        def forecast(self, past, horizons):
            return Mean().forecast(past, horizons)

    assert chronicle.backtest(methods=(Own(),), horizons=1).methods == (
        "last",
        "mean",
        "rolling",
        "own",
    )


def test_it_says_how_many_dyads_of_how_many_and_why(record, yearly):
    assert "All 10 dyads were scored on cordiality" in record.view().sentences[1]
    few = yearly.backtest(methods=("last",), horizons=1, top=5)
    assert "5 of 28 dyads, those with most coverage before 20" in few.view().sentences[1]


def test_the_answer_names_the_best_against_reference_and_mean(record):
    assert record.card().data == "chronicle"
    best = record.best()
    first = record.view().sentences[0]
    assert first.startswith(
        f"Best of 4 methods: {best}. 1 year ahead its error (CRPS; lower is better) is "
    )
    assert "than the last value's (90% interval " in first
    if best != "mean":
        assert "than the plain mean's" in first


def test_the_command_prints_tables_and_the_card(run, tmp_path):
    code, out, err = run("backtest", *FAST, "--plot", "record.svg")
    assert code == 0
    assert "Error (CRPS; lower is better), by horizon" in out
    assert "Best of 3 methods: rolling. 1 year ahead" in out
    assert "figure: record.svg" in err
    assert (tmp_path / "record.svg").stat().st_size > 1000


def test_text_fits_and_json_and_csv_agree(record, run):
    assert max(map(len, to_text(record.view()).splitlines())) <= 80
    made = json.loads(record.to_json())
    assert (made["kind"], made["facts"]["card"]["reference"]) == ("backtest", "last")
    assert made["facts"]["population"] == 10
    assert len(made["rows"]) == 8
    _, table, _ = run("backtest", *FAST, "--csv")
    assert table.startswith("method,horizon,crps,skill")


@pytest.mark.parametrize("width", WIDTHS)
def test_figure_shows_everything(record, yearly, scored, width):
    check_axes(record.plot(width))
    check_axes(yearly.backtest(methods=QUICK, horizons=3).plot(width))
    check_axes(scored.backtest(methods=QUICK, horizons=12).plot(width))


def test_only_dyads_among_some_states(chronicle):
    made = chronicle.backtest(methods=("last",), horizons=1, states=("PAK", "RUS", "USA"))
    assert made.population == 3


def test_what_it_refuses(chronicle):
    with pytest.raises(OptionError, match="horizons"):
        chronicle.backtest(horizons=0)
    with pytest.raises(OptionError, match="unknown method 'oracle'"):
        chronicle.backtest(methods=("oracle",))
    with pytest.raises(OptionError, match="holds no scores"):
        chronicle.backtest(facet="score")
    with pytest.raises(OptionError, match="unknown facet 'warmth'"):
        chronicle.backtest(facet="warmth")
    with pytest.raises(NoDataError, match="no period left"):
        chronicle.backtest(score_from="2090")
    with pytest.raises(UnknownStateError):
        quadrille.backtest("chronicle", states=("Narnia", "USA"))


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("--horizons", "3-5"), "'--horizons'"),
        (("--methods", "oracle"), "unknown method 'oracle'"),
        (("--states", "Narnia", "--states", "USA"), "unknown state 'Narnia'"),
    ],
)
def test_the_command_says_what_is_wrong_in_one_line(run, args, says):
    code, out, err = run("backtest", *args)
    assert code == 2
    assert says in err
    assert err.count("\n") == 1
    assert out == ""
