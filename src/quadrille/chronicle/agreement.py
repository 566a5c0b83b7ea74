"""Two codings of the same acts: how far they agree, and where they do not."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quadrille.chronicle import load as chronicle
from quadrille.chronicle.rows import (
    UNKNOWN,
    among,
    column,
    dates,
    frame_of,
    number,
    parties,
    problems_of,
    written,
)
from quadrille.coding.schema import Rule, Schema
from quadrille.coding.vocabulary import cameo, is_code
from quadrille.errors import ChronicleError, OptionError
from quadrille.kernels.arrays import Array
from quadrille.kernels.raters import bootstrap_band, interval_alpha, kappa, same
from quadrille.results import Result
from quadrille.sources.files import decode, read_bytes

__all__ = ["EMBEDDED", "SHEET", "Agreement", "agreement", "key", "sample"]

EMBEDDED = "chronicle"
_REQUIRED = ("id", "source", "target", "mutual", "cameo")
SHEET = ("id", "date", "state_a", "state_b", "description", *_REQUIRED[1:], "intensity", "note")
_COLUMNS = tuple(dict.fromkeys((*SHEET, *chronicle.COLUMNS)))
_SCHEMA: Schema = {
    "id": written("id", r"\S", "give the id of an act", unique=True),
    "source": column(Rule(pl.col("_source_ok"), UNKNOWN)),
    "target": column(
        Rule(pl.col("_target_ok"), UNKNOWN),
        Rule(pl.col("_differ"), "source and target are the same state"),
    ),
    "mutual": among("mutual", ("yes", "no")),
    "cameo": column(Rule(is_code(), "no CAMEO code; codes run from 01 to 2042, zero first")),
    "intensity": column(
        Rule(pl.col("_weight").is_between(-10, 10), "expected a number from -10 to 10, or nothing"),
        nullable=True,
    ),
}
# What is compared, in the order in which a difference matters.
_PARTS = ("quad", "root", "code", "direction", "weight")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Agreement(Result):
    """How far two codings of the same acts agree.

    Attributes
    ----------
    first, second : str
        The files.
    n, of : int
        Acts coded twice; acts of the first coding.
    draws : int
        Resamples behind the intervals.
    measures : polars.DataFrame
        ``measure, of, value, lo90, hi90``: Krippendorff's ``alpha`` of the Goldstein ``weight`` on an interval scale;
        Cohen's ``kappa`` of the ``quad`` class; the ``share`` of acts with the same quad class, CAMEO root, code,
        direction. ``lo90, hi90``: middle 90% over acts drawn with replacement. Null where all acts have one value.
    disagreements : polars.DataFrame
        A row an act that is not coded alike: ``id, date, description``; ``differs``, the parts that differ; ``cameo,
        direction, weight`` of each coding, those of the second with ``_2``.
    """

    kind: ClassVar[str] = "agreement"

    first: str
    second: str
    n: int
    of: int
    draws: int
    measures: pl.DataFrame
    disagreements: pl.DataFrame

    @property
    def label(self) -> str:
        """``A.csv, B.csv``."""
        return f"{self.first}, {self.second}"

    def to_polars(self) -> pl.DataFrame:
        """The disagreements, a row an act."""
        return self.disagreements


def key(identifier: str) -> str:
    """What stands for an act on a blind sheet: its id says who does what to whom."""
    return hashlib.sha256(identifier.encode()).hexdigest()[:10]


def sample(path: str | Path | None = None, n: int = 100, seed: int = 1) -> pl.DataFrame:
    """Acts drawn at random, by date, as a sheet for a second coder who does not see how they were coded.

    Parameters
    ----------
    path : path, optional
        A chronicle CSV; by default the embedded chronicle.
    n, seed : int

    Returns
    -------
    polars.DataFrame
        Text. Given: ``id`` (see `key`), ``date``, ``state_a`` and ``state_b`` in order of their names, ``description``;
        to fill in: ``source, target, mutual, cameo, intensity, note``.

    Raises
    ------
    OptionError
        There are fewer acts.
    ChronicleError, FileFormatError
        As `quadrille.chronicle.load.load`.
    """
    acts = chronicle.acts(path)
    if not 1 <= n <= acts.height:
        raise OptionError(f"n is {n}; give a number from 1 to {acts.height:,}, the acts there are")
    drawn = np.random.default_rng(seed).choice(acts.height, n, replace=False)
    empty = [pl.lit("").alias(c) for c in SHEET[5:]]
    return acts[np.sort(drawn)].select(
        pl.col("id").map_elements(key, pl.String),
        "date",
        pl.min_horizontal("source", "target").alias("state_a"),
        pl.max_horizontal("source", "target").alias("state_b"),
        "description",
        *empty,
    )


def _prepare(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, **parties(row, dates(row["date"])), "_weight": number(row["intensity"])}


def _coded(place: str | Path) -> pl.DataFrame:
    """A coding with what is compared: ``quad, root, code, direction, weight``."""
    if str(place) == EMBEDDED:
        rows = pl.DataFrame([_prepare(r) for r in chronicle.acts().iter_rows(named=True)])
    else:
        rows = _read(str(place))
    table = cameo().select("quad", cameo="code", _goldstein="goldstein")
    ends = ("_source", "_target")
    mutual = pl.concat_str(pl.min_horizontal(ends), pl.max_horizontal(ends), separator="-")
    return rows.join(table, on="cameo", how="left", maintain_order="left").select(
        "id", "date", "description", "quad", "cameo",
        code="cameo",
        root=pl.col("cameo").str.head(2),
        direction=pl.when(mutual="yes").then(mutual).otherwise(pl.concat_str(ends, separator=">")),
        weight=pl.col("_weight").cast(pl.Float64).fill_null(pl.col("_goldstein")),
    )  # fmt: skip


def _read(file: str) -> pl.DataFrame:
    text = decode(read_bytes(Path(file)), file)
    rows, problems = frame_of(text, file, _REQUIRED, _COLUMNS, _prepare)
    if rows.height:
        problems += problems_of(rows, file, _SCHEMA, _COLUMNS)
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise ChronicleError(f"{problems[0]}{more}", [str(p) for p in problems])
    if rows.is_empty():
        raise ChronicleError(f"{file}: it holds no acts")
    return rows


def _matched(first: pl.DataFrame, second: pl.DataFrame, names: tuple[str, str]) -> pl.DataFrame:
    """The acts of the second coding with both codings; an act is known by its id or by its key."""
    own = first.select("id", _as="id")
    keyed = first.select("id", _as=pl.col("id").map_elements(key, pl.String))
    both = second.join(
        pl.concat([own, keyed]).unique("_as"), left_on="id", right_on="_as", how="left"
    )
    lost = both.filter(pl.col("id_right").is_null())["id"]
    if lost.len():
        raise ChronicleError(
            f"{names[1]}: {lost.len()} of {second.height} ids are not in {names[0]}, such as {lost[0]!r}; code the same "
            "acts"
        )
    codes = both.with_columns(id="id_right").drop("id_right", "date", "description")
    return first.join(codes, on="id", suffix="_2", maintain_order="left")


class _Compared(NamedTuple):
    """A measure: its name, what it is of, and its value on some acts given by their indices."""

    measure: str
    of: str
    value: Callable[[NDArray[np.intp]], Array]


def _measures(both: pl.DataFrame) -> list[_Compared]:
    weights = both.select("weight", "weight_2").to_numpy()
    made = [_Compared("alpha", "weight", lambda i: interval_alpha(weights[i]))]
    for part in _PARTS[:-1]:
        kinds = pl.concat([both[part], both[f"{part}_2"]]).rank("dense").to_numpy().astype(np.intp)
        a, b = kinds[: both.height], kinds[both.height :]
        if part == "quad":
            made.append(_Compared("kappa", part, partial(_at, kappa, a, b)))
        made.append(_Compared("share", part, partial(_at, same, a, b)))
    return made


def _at(
    measure: Callable[[NDArray[np.intp], NDArray[np.intp]], Array],
    a: NDArray[np.intp],
    b: NDArray[np.intp],
    chosen: NDArray[np.intp],
) -> Array:
    return measure(a[chosen], b[chosen])


def agreement(first: str | Path, second: str | Path, draws: int = 2000, seed: int = 1) -> Agreement:
    """Compare two codings of the same acts, matched by id.

    Parameters
    ----------
    first, second : path
        CSV files with at least ``id, source, target, mutual, cameo``, and perhaps ``intensity``: chronicles, or sheets
        of `sample` filled in. ``"chronicle"`` is the embedded chronicle. Every act of the second must be in the first.
    draws, seed : int
        Resamples of acts for the intervals.

    Raises
    ------
    ChronicleError
        A column is missing, a row is broken, or an id is not in the first coding.
    OptionError
        ``draws`` is below 100.
    """
    if draws < 100:
        raise OptionError(f"draws is {draws}; give at least 100")
    names = (str(first), str(second))
    one, two = _coded(first), _coded(second)
    both = _matched(one, two, names)
    rows = []
    for measure, of, value in _measures(both):
        found = float(value(np.arange(both.height)))
        low, high = bootstrap_band(value, both.height, draws, seed)
        rows.append((measure, of, found, low, high))
    columns = {
        "measure": pl.String,
        "of": pl.String,
        "value": pl.Float64,
        "lo90": pl.Float64,
        "hi90": pl.Float64,
    }
    measures = pl.DataFrame(rows, schema=columns, orient="row").with_columns(
        pl.col("value", "lo90", "hi90").fill_nan(None)
    )
    return Agreement(*names, both.height, one.height, draws, measures, _disagreements(both))


def _disagreements(both: pl.DataFrame) -> pl.DataFrame:
    """Acts that are not coded alike, the gravest difference first."""
    apart = [
        pl.when(pl.col(p) != pl.col(f"{p}_2")).then(pl.lit(p)).otherwise(pl.lit(None))
        for p in _PARTS
    ]
    return (
        both.with_columns(differs=pl.concat_str(apart, separator=" ", ignore_nulls=True))
        .filter(pl.col("differs") != "")
        .select(
            "id", "date", "description", "differs", "cameo", "cameo_2", "direction", "direction_2",
            "weight", "weight_2",
        )
        .sort((pl.col("weight") - pl.col("weight_2")).abs(), "id", descending=[True, False])
    )  # fmt: skip
