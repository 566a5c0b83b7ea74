"""Trade and what explains it, one row an exporter, importer and year, from the layers of a world.

Every row that is not used is counted with its reason.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from quadrille.errors import NoDataError, OptionError
from quadrille.sources.layers.layer import Layer

__all__ = [
    "DROPPED",
    "KEYS",
    "TradePanel",
    "dropped_rows",
    "named",
    "trade_panel",
    "with_regressors",
]

KEYS = ("exporter", "importer", "year")
DROPPED = {"reason": pl.String, "rows": pl.Int64}
# Name here → names in the layers, the first that is there.
_COVARIATES = {
    "distance": ("dist", "distw"), "contiguity": ("cntg", "contig"), "language": ("lang", "comlang_off"),
    "colony": ("clny", "col_dep_ever"), "agreement": ("rta",),
}  # fmt: skip
_SHIFTED = re.compile(r"(?:rta|agreement)_(lag|lead)(\d+)")
# Those with what explains trade in the same file come first.
_PREFERRED = ("agtpa_trade", "cepii_gravity", "baci_trade", "imf_trade", "cow_trade")
_HOME = {"agtpa_trade": "agtpa_domestic"}


@dataclass(frozen=True, slots=True)
class TradePanel:
    """Flows and covariates.

    Attributes
    ----------
    data : polars.DataFrame
        ``exporter, importer`` (ISO3), ``year``, ``value`` (millions of current USD), then covariates that
        the layers have: ``distance`` (km), ``contiguity, language, colony, agreement`` (0 or 1),
        ``agreement_lag4`` and the like. A country's sales to itself have both ends the same.
    dropped : polars.DataFrame
        ``reason, rows``.
    origin : str
        Names of the files, or of layers that come from none.
    citations : tuple of str
    """

    data: pl.DataFrame
    dropped: pl.DataFrame
    origin: str
    citations: tuple[str, ...]

    @property
    def domestic(self) -> bool:
        """Whether sales of countries to themselves are among the rows."""
        return bool((self.data["exporter"] == self.data["importer"]).any())


def dropped_rows(counts: Mapping[str, int]) -> pl.DataFrame:
    """``reason, rows``, of those that dropped any."""
    rows = [(reason, n) for reason, n in counts.items() if n]
    return pl.DataFrame(rows, schema=DROPPED, orient="row")


def trade_panel(
    layers: Mapping[str, Layer],
    source: str | None = None,
    *,
    years: Sequence[int] | None = None,
    domestic: bool = True,
) -> TradePanel:
    """The panel of one source of trade, with the covariates that the layers hold.

    Parameters
    ----------
    layers : mapping of str to Layer
    source : str, optional
        Name of the layer of trade. Default: the one with most that explains it.
    years : sequence of int, optional
        Default: all.
    domestic : bool
        Take sales of countries to themselves, where a layer has them.

    Raises
    ------
    NoDataError
        No layer of trade between states, or nothing in these years.
    OptionError
        No such layer.
    """
    flows = _source(layers, source)
    data = flows.data.rename({"source": "exporter", "target": "importer"})
    data, used = _explained(data, flows, layers)
    home = layers.get(_HOME.get(flows.name, "")) if domestic else None
    if home is not None:
        data = pl.concat([data, _own(home, data)], how="diagonal_relaxed")
        used.append(home)
    kept = data if years is None else data.filter(pl.col("year").is_in([int(y) for y in years]))
    counts = _left_out(used) | {"not in the years asked for": data.height - kept.height}
    known = kept.filter(pl.col("value").is_not_null())
    counts["the flow is not known"] = kept.height - known.height
    if known.is_empty():
        first, last = (str(y) for y in (data["year"].min(), data["year"].max()))
        raise NoDataError(
            f"trade: {named(flows)} holds {first} to {last} and nothing in the years asked for"
        )
    return TradePanel(
        known.sort(KEYS), dropped_rows(counts), " and ".join(dict.fromkeys(map(named, used))),
        tuple(dict.fromkeys(x.citation for x in used)),
    )  # fmt: skip


def _left_out(used: Sequence[Layer]) -> dict[str, int]:
    """Rows of the files that are in no layer: malformed, given twice, or of no known state."""
    lost = pl.concat([x.rejected.select("fate", "name", "reason", "rows") for x in used])
    lost = lost.filter((pl.col("fate") == "rejected") | pl.col("name").is_not_null())
    why = pl.col("reason").str.replace(r" \('.*'\)$", "")
    return dict(lost.group_by(why, maintain_order=True).agg(pl.col("rows").sum()).rows())


def named(layer: Layer) -> str:
    """A layer in a sentence: by its file, since the name of a form of file is no source."""
    if not layer.files:
        return layer.name
    first, more = Path(layer.files[0]).name, len(layer.files) - 1
    return f"{first} and {more} more" if more else first


def _source(layers: Mapping[str, Layer], name: str | None) -> Layer:
    found = {x.name: x for x in layers.values() if x.role == "trade" and x.unit == "directed dyad"}
    if not found:
        raise NoDataError(
            "layers: no trade between states among them; give a file of trade "
            "(CEPII Gravity or BACI, IMF, Correlates of War, the panel of Yotov et al.), or ingest one"
        )
    if name is None:
        return next((found[n] for n in _PREFERRED if n in found), next(iter(found.values())))
    if name not in found:
        raise OptionError(f"trade: {name!r} is not among {', '.join(found)}")
    return found[name]


def _explained(
    data: pl.DataFrame, flows: Layer, layers: Mapping[str, Layer]
) -> tuple[pl.DataFrame, list[Layer]]:
    """Flows with their covariates under the names used here, and the layers these come from."""
    used = [flows]
    beside = next((x for x in layers.values() if x.role == "covariates"), None)
    if beside is not None and not any(c in data.columns for c in ("dist", "distw", "rta")):
        more = beside.data.rename({"source": "exporter", "target": "importer"})
        data = data.select(*KEYS, "value").join(more, on=KEYS, how="left")
        used.append(beside)
    named = [pl.col(k) for k in (*KEYS, "value")]
    for name, columns in _COVARIATES.items():
        there = next((c for c in columns if c in data.columns), None)
        if there:
            named.append(pl.col(there).alias(name))
    shifts = [(c, _SHIFTED.fullmatch(c)) for c in data.columns]
    named += [pl.col(c).alias(f"agreement_{s[1]}{s[2]}") for c, s in shifts if s]
    return data.select(named), used


def _own(home: Layer, like: pl.DataFrame) -> pl.DataFrame:
    """Sales to itself; of what explains trade only distance is not zero."""
    data = home.data.select(
        pl.col("state").alias("exporter"), pl.col("state").alias("importer"), "year", "value",
        *([pl.col("dist").alias("distance")] if "dist" in home.data.columns else []),
    )  # fmt: skip
    zero = [c for c in like.columns if c not in data.columns and c != "distance"]
    return data.with_columns(pl.lit(0.0).alias(c) for c in zero)


def with_regressors(panel: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """The panel with a column for each regressor, null where it is not known.

    ``log_distance``; ``border``: the two ends differ; ``border_1990``: the same, in that year;
    ``agreement_lag4``, ``agreement_lead4``: the agreement so many years before, or after, from other years of the
    panel where the file does not give it; else a column of the panel.

    Raises
    ------
    NoDataError
        The panel lacks what a regressor is made of.
    """
    border = (pl.col("exporter") != pl.col("importer")).cast(pl.Float64)
    for name in dict.fromkeys(n for n in names if n not in panel.columns):
        if part := re.fullmatch(r"border(?:_(\d{4}))?", name):
            in_year = pl.col("year") == int(part[1]) if part[1] else pl.lit(1.0)
            panel = panel.with_columns((border * in_year.cast(pl.Float64)).alias(name))
        elif part := re.fullmatch(r"(\w+)_(lag|lead)(\d+)", name):
            panel = _shifted(panel, part[1], name, int(part[3]) * (1 if part[2] == "lag" else -1))
        elif name.startswith("log_"):
            column = name.removeprefix("log_")
            _has(panel, column)
            logged = pl.when(pl.col(column) > 0).then(pl.col(column).log())
            panel = panel.with_columns(logged.alias(name))
        else:
            _has(panel, name)
    return panel


def _shifted(panel: pl.DataFrame, column: str, name: str, years: int) -> pl.DataFrame:
    _has(panel, column)
    then = panel.select(
        "exporter", "importer", pl.col("year") + years, pl.col(column).alias(name)
    )  # fmt: skip
    return panel.join(then, on=KEYS, how="left", maintain_order="left")


def _has(panel: pl.DataFrame, column: str) -> None:
    if column not in panel.columns:
        held = [c for c in panel.columns if c not in (*KEYS, "value")]
        raise NoDataError(
            f"layers: they hold no {column} of pairs of states; they hold {', '.join(held) or 'flows alone'}: "
            "give CEPII Gravity or the panel of Yotov et al. as well"
        )
