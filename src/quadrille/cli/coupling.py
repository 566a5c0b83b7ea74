"""Commands on ties together: ``couple``, ``connectedness``, ``pivot``."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table as RichTable

from quadrille.api import coupling as rooms
from quadrille.brief.figures_coupling import (
    connectedness_figure,
    hold_figure,
    pivot_figure,
    responses_figure,
)
from quadrille.brief.words_coupling import hold_sentence, pivot_sentences
from quadrille.cli.common import (
    CsvOption,
    DataOption,
    FrequencyOption,
    JsonOption,
    PlotOption,
    SeedOption,
    SinceOption,
    UntilOption,
    emit,
    place_for,
    plot_to,
    read_data,
    rich_table,
    window,
    with_lake,
)
from quadrille.coupling.model import CoupleConfig
from quadrille.coupling.pivot import QUICK
from quadrille.coupling.result import Connectedness, Coupled, Diagnostics, Pivot
from quadrille.errors import OptionError
from quadrille.states.registry import require

__all__ = ["register"]

FacetOption = Annotated[
    str | None, typer.Option("--facet", help="cordiality, engagement, hostility or materiality.")
]
LagsOption = Annotated[int, typer.Option(min=1, help="Periods back that ties act on each other.")]
ChainsOption = Annotated[int, typer.Option(min=1, help="Chains.")]
KeptOption = Annotated[int, typer.Option("--draws", min=50, help="Draws kept in each chain.")]
ThinOption = Annotated[int, typer.Option(min=1, help="Sweeps for each draw kept.")]
WarmupOption = Annotated[int, typer.Option(min=0, help="Sweeps before the first draw.")]
HorizonOption = Annotated[
    int | None,
    typer.Option(min=1, help="Periods after the shock. Default: 5 years, 8 quarters, 12 months."),
]
OrderOption = Annotated[
    list[str] | None,
    typer.Option(
        help="Label of a tie, such as PAK-USA; may be given again. Shocks are then told apart by "
        "this order (recursive) instead of generalised."
    ),
]


def _warn(d: Diagnostics) -> None:
    if not d.trusted:
        Console(stderr=True).print(f"[bold red]{d.line()}[/]")


def _facts(model: Coupled) -> dict[str, Any]:
    d = model.diagnostics
    return {
        "states": list(model.states),
        "dyads": list(model.dyads),
        "left_out": model.provenance["left_out"],
        "facet": model.facet,
        "unit": model.unit.name,
        "shown": model.unit.label,
        "data": model.origin,
        "frequency": model.frequency,
        "periods": [model.periods[0].isoformat(), model.periods[-1].isoformat()],
        "neutral": model.neutral,
        "diagnostics": {"trusted": d.trusted, **{k: getattr(d, k) for k in Diagnostics.__slots__}},
        "provenance": model.provenance,
    }


def _model_of(
    names: list[str],
    data: list[Path] | None,
    facet: str | None,
    frequency: str | None,
    since: str | None,
    until: str | None,
    config: CoupleConfig,
) -> Coupled:
    first, last = window(since, until)
    return rooms.couple(
        names, read_data(data),
        facet_name=facet, frequency=frequency, since=first, until=last,
        config=config, progress=True,
    )  # fmt: skip


def couple(
    names: Annotated[list[str], typer.Argument(metavar="STATES...", help="Two states or more.")],
    out: Annotated[
        Path,
        typer.Option(help="Where to write the model: .nc (NetCDF).", callback=place_for(".nc")),
    ] = Path("coupled.nc"),
    data: DataOption = None,
    facet: FacetOption = None,
    frequency: FrequencyOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    lags: LagsOption = 1,
    chains: ChainsOption = 4,
    draws: KeptOption = 1000,
    warmup: WarmupOption = 1000,
    thin: ThinOption = 20,
    seed: SeedOption = 1,
    prior: Annotated[str, typer.Option(help="network or minnesota.")] = "network",
    volatility: Annotated[str, typer.Option(help="constant or moving.")] = "constant",
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """Estimate all ties among states in one model, and keep its draws in a file."""
    began = time.perf_counter()
    config = CoupleConfig(lags, chains, draws, warmup, thin, seed, prior, volatility)  # type: ignore[arg-type]
    model = _model_of(names, data, facet, frequency, since, until, config)
    model.save(out)
    _warn(model.diagnostics)
    last = model.to_polars().filter(period=model.periods[-1])
    if not emit(last, as_json, as_csv, {**_facts(model), "file": str(out)}):
        console = Console()
        title = f"{model.facet} ({model.unit.name}) in the last period, {model.origin}"
        console.print(rich_table(last.drop("mean", "sd", "y"), title))
        for label in model.provenance["left_out"]:
            console.print(f"[yellow]left out: {label}, seen in fewer than 3 periods[/]")
        console.print(f"Draws: {model.diagnostics.line()}", highlight=False)
        console.print(f"Model: {out} ({time.perf_counter() - began:.1f} s)", highlight=False)


def _connectedness_table(c: Connectedness) -> RichTable:
    shown = RichTable(
        title=f"Shares of forecast variance over {c.horizon} periods, {c.identification}",
        title_justify="left", header_style="bold",
    )  # fmt: skip
    for name in ("tie", "from others", "90%", "to others", "90%", "net", "90%"):
        shown.add_column(name, justify="left" if name == "tie" else "right")
    for row in c.to_polars().iter_rows(named=True):
        cells = [row["dyad"]]
        for name in ("received", "sent", "net"):
            sign = "+" if name == "net" else ""
            cells += [
                f"{row[name]:{sign}.0%}",
                f"{row[f'{name}_lo90']:{sign}.0%} to {row[f'{name}_hi90']:{sign}.0%}",
            ]
        shown.add_row(*cells)
    return shown


def connectedness(
    names: Annotated[
        list[str],
        typer.Argument(metavar="STATES...", help="States, or one .nc file of quadrille couple."),
    ],
    data: DataOption = None,
    facet: FacetOption = None,
    frequency: FrequencyOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    horizon: HorizonOption = None,
    order: OrderOption = None,
    of: Annotated[
        str | None,
        typer.Option(help="A tie, such as PAK-RUS: show its responses instead of the table."),
    ] = None,
    seed: SeedOption = 1,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    plot: PlotOption = None,
) -> None:
    """Who moves whom: how much of each tie's future comes from which other tie."""
    if len(names) == 1 and names[0].endswith(".nc"):
        model = rooms.load_coupled(names[0])
    else:
        config = CoupleConfig(seed=seed)
        model = _model_of(names, data, facet, frequency, since, until, config)
    _warn(model.diagnostics)
    console = Console()
    if of is not None:
        label = model.dyads[model.index(*of.split("-", 1))] if "-" in of else None
        if label is None:
            raise OptionError(f"--of {of}: name a tie, such as {model.dyads[0]}")
        made = rooms.responses(model, horizon, order or ())
        plot_to(lambda: responses_figure(made, label), plot)
        table = made.to_polars().filter(dyad=label)
        facts = {**_facts(model), "identification": made.identification}
        if not emit(table, as_json, as_csv, facts):
            end = table.filter(horizon=table["horizon"].max()).select(
                "dyad_from", "cumulative_lo90", "cumulative_median", "cumulative_hi90"
            )
            console.print(rich_table(end, f"Cumulative response of {label}, {model.origin}"))
            console.print(f"Identification: {made.identification}", highlight=False)
    else:
        got = rooms.connectedness(model, horizon, order or ())
        plot_to(lambda: connectedness_figure(got), plot)
        lo, mid, hi = (float(v) for v in got.total)
        facts = {
            **_facts(model), "identification": got.identification, "horizon": got.horizon,
            "total": mid, "total_lo90": lo, "total_hi90": hi, "ties": got.to_polars().to_dicts(),
        }  # fmt: skip
        if not emit(got.pairs(), as_json, as_csv, facts):
            console.print(_connectedness_table(got))
            console.print(
                f"Total: {mid:.0%} of forecast variance comes from other ties "
                f"(90%: {lo:.0%} to {hi:.0%})",
                highlight=False,
            )
    if not as_json and not as_csv:
        console.print(f"Draws: {model.diagnostics.line()}", highlight=False)


def _pivot_facts(p: Pivot) -> dict[str, Any]:
    lo, mid, hi = p.interval
    return {
        "tie": p.tie, "pull": p.pull, "on": p.on, "horizon": p.horizon,
        "shock": p.shock, "response": mid, "response_lo90": lo, "response_hi90": hi,
        "p_substitution": p.p_substitution, "bayes_factor_no_effect": p.bayes_factor,
        "rank": p.rank, "placebos": len(p.placebos) - 1, "p_value": p.p_value,
        "path": [dict(zip(("lo90", "median", "hi90"), map(float, q), strict=True)) for q in p.path.T],
        "shares": [
            dict(zip(("tie", "lo90", "median", "hi90"), (label, *band), strict=True))
            for label, band in p.shares
        ],
        "p_leads": p.dominant, "gave_up": list(p.gave_up), "sentences": pivot_sentences(p),
        "model": _facts(p.model),
    }  # fmt: skip


def pivot(
    a: Annotated[str, typer.Argument(help="The state whose ties are compared.")],
    b: Annotated[str, typer.Argument(help="Its partner in the tie asked about.")],
    on: Annotated[str, typer.Option(help="The pivot: does A's tie with it move A-B?")],
    among: Annotated[
        list[str] | None,
        typer.Option(help="A further state of the model; may be given again. Default: the two "
                     "third states with most to do with both."),
    ] = None,
    data: DataOption = None,
    facet: FacetOption = None,
    frequency: FrequencyOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    horizon: HorizonOption = None,
    lags: LagsOption = 1,
    seed: SeedOption = 1,
    quick: Annotated[
        bool, typer.Option("--quick", help="Fewer draws and at most 30 placebos.")
    ] = False,
    rolling: Annotated[
        bool, typer.Option("--rolling", help="How the hold grew or faded, in rolling windows.")
    ] = False,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    plot: PlotOption = None,
) -> None:  # fmt: skip
    """Ask whether the tie of A with a pivot moves the tie of A with B."""
    first, last = window(since, until)
    table = read_data(data)
    console = Console()
    common: dict[str, Any] = {"horizon": horizon, "facet_name": facet, "frequency": frequency,
                              "since": first, "until": last}  # fmt: skip
    if rolling:
        h = rooms.pivot_over_time(a, b, on, table, **common)
        plot_to(lambda: hold_figure(h), plot)
        if not emit(h.to_polars(), as_json, as_csv, {"p_grew": h.p_grew, "data": h.origin}):
            console.print(hold_sentence(h), highlight=False)
            console.print(rich_table(h.to_polars(), f"{h.on}'s hold on {h.a}–{h.b}, {h.origin}"))
        return
    config = replace(QUICK if quick else CoupleConfig(), lags=lags, seed=seed)
    p = rooms.pivot(a, b, on, table, among=among or (), config=config, quick=quick, progress=True, **common)  # fmt: skip
    _warn(p.model.diagnostics)
    plot_to(lambda: pivot_figure(p), plot)
    if emit(p.to_polars(), as_json, as_csv, _pivot_facts(p)):
        return
    span = f"{p.periods[0]:%Y-%m} to {p.periods[1]:%Y-%m}"
    names = f"{require(p.a).name} and {require(p.b).name}, pivot {require(p.on).name}"
    console.print(f"[bold]{names}[/] · {p.origin}, {span}", highlight=False)
    for line in pivot_sentences(p):
        console.print(line, highlight=False)
    shown = p.to_polars().drop("named").head(8)
    console.print(
        rich_table(shown, "Third states, three at a time: the one asked about, then by |z|")
    )
    doubtful = sum(not x.trusted for x in p.placebos)
    if doubtful:
        console.print(f"[yellow]{doubtful} placebo fits have not converged[/]")
    if p.gave_up:
        console.print(f"Quick run; gave up: {', '.join(p.gave_up)}", highlight=False)
    console.print(
        f"Model of {', '.join(p.model.states)}: {p.model.diagnostics.line()}", highlight=False
    )


def register(app: typer.Typer) -> None:
    """Add the commands of this room."""
    for command in (couple, connectedness, pivot):
        app.command()(with_lake(command))
