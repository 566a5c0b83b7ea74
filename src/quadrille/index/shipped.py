"""The index of ties as a file: written small, read quickly, opened as data.

A row is a dyad and year: ``valence`` (0 neutral, +1 the median ally, -1 the median rival) and ``engagement`` with the
standard deviations of their posterior; ``change_sd`` and ``engagement_change_sd``, those of what each changed since the year
before (null in the first; a file may lack both); and a column ``shift_<witness>`` for each witness: the valence with all of
them less the valence estimated without this one, null where it says nothing of that dyad and year. On disk they are
whole numbers, beside them a JSON file of the same name that says how the index was made. A table by months has a column
``month`` as well and no shifts; it lies beside that of the years, as ``NAME-months.parquet``, and
``NAME-months-states.parquet`` holds what `quadrille.index.monthly` goes on from.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from quadrille.errors import FileFormatError, NoDataError, OptionError
from quadrille.sources.table import REJECTED, Dynamics, Table
from quadrille.states.registry import all_states

__all__ = [
    "COLUMNS", "KEY", "SHIFT", "dynamics_of", "index_path", "looks_like", "months_beside", "open_index", "read_index", "read_meta", "read_parts", "read_shifts",
    "write_index", "write_months",
]  # fmt: skip

KEY = ("state_a", "state_b", "year")
# Column → how it is written, and how many steps make one. Valence is written to the thousandth: what a year adds
# to its neighbours is a small difference of large precisions, and rounding to hundredths would be most of it.
_STORED: dict[str, tuple[Any, int]] = {
    "valence": (pl.Int16, 1000), "sd": (pl.UInt16, 1000),
    "engagement": (pl.Int16, 100), "engagement_sd": (pl.UInt16, 100),
    "change_sd": (pl.UInt16, 200), "engagement_change_sd": (pl.UInt16, 200),
}  # fmt: skip
_CHANGES = ("change_sd", "engagement_change_sd")
_LEVELS = tuple(c for c in _STORED if c not in _CHANGES)
COLUMNS = (*KEY, *_LEVELS)
# What a witness adds to valence: a column for each, in tenths, at most 12.7 either way.
SHIFT = "shift_"
_TENTHS = 10
_MOST_TENTHS = 127
_MOST = 30_000
# A level of the index keeps this much of itself from one year to the next.
_PERSISTENCE = 0.985
_FACETS = {"cordiality": ("valence", "sd"), "engagement": ("engagement", "engagement_sd")}
_META = ("version", "built", "sources")
_OWN = Path(__file__).parent / "data" / "index.parquet"


def index_path() -> Path:
    """Where the index lies: ``QUADRILLE_INDEX``, else the one that came with the package; it need not be there."""
    own = os.environ.get("QUADRILLE_INDEX")
    return Path(own) if own else _OWN


def months_beside(path: Path) -> Path:
    """Where the table by months of an index lies; it need not be there."""
    return path.with_name(f"{path.stem}-months.parquet")


def looks_like(path: str | Path) -> bool:
    """Whether a file is an index written by `write_index`; known from its columns."""
    path = Path(path)
    if path.suffix != ".parquet" or not path.is_file():
        return False
    try:
        return {*COLUMNS} <= set(pl.read_parquet_schema(path))
    except (pl.exceptions.PolarsError, OSError):
        return False


def dynamics_of(frame: pl.DataFrame) -> dict[str, Dynamics]:
    r"""How the facets of an index move, common to all ties.

    The level is an AR(1) with persistence :math:`\rho = 0.985` whose stationary variance is that of the
    levels by the law of total variance: :math:`q = (1 - \rho^2) \overline{(m - \mu)^2 + \sigma^2}`, with
    :math:`\mu = 0` for valence, of which zero is neutral, and the mean for engagement. A month keeps
    :math:`\rho^{1/12}`.
    """
    made = {}
    keeps = _PERSISTENCE ** (1.0 / 12.0) if "month" in frame.columns else _PERSISTENCE
    for facet, (level, spread) in _FACETS.items():
        mean = 0.0 if facet == "cordiality" else float(frame[level].mean())  # type: ignore[arg-type]
        square = ((frame[level] - mean) ** 2 + frame[spread] ** 2).mean()
        variance = float(square)  # type: ignore[arg-type]
        made[facet] = Dynamics(mean, keeps, (1.0 - keeps**2) * variance)
    return made


def _checked(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame sorted, or one line that says what is wrong with it."""
    missing = [c for c in COLUMNS if c not in frame.columns]
    if missing:
        raise OptionError(f"an index needs the columns {', '.join(missing)}; add them")
    frame = frame.sort(*_key(frame.columns))
    if why := _wrong(frame):
        raise OptionError(why)
    return frame


def _wrong(frame: pl.DataFrame) -> str:
    """What is wrong with rows in order; empty: nothing."""
    key, shifts = _key(frame.columns), _shifts(frame.columns)
    held = [c for c in _STORED if c in frame.columns]
    wrong = {
        "state_a comes after state_b, is the same, or is missing": ~(
            pl.col("state_a") < pl.col("state_b")
        ).fill_null(value=False),
        "the dyad and year come twice": pl.all_horizontal(
            pl.col(c) == pl.col(c).shift() for c in key
        ),
        "a value is missing or not a number": ~pl.all_horizontal(
            pl.col(c).is_not_null() & pl.col(c).is_finite() for c in _LEVELS
        ),
        "a standard deviation is not above 0": pl.any_horizontal(
            pl.col(c) <= 0 for c in held if c.endswith("sd")
        ),
        "a value is too large": pl.any_horizontal(
            pl.col(c).abs() * _STORED[c][1] > _MOST for c in held
        ),
        "a shift is infinite": pl.any_horizontal(
            pl.lit(False), *(pl.col(c).is_infinite() for c in shifts)
        ),
    }
    for why, fault in wrong.items():
        found = frame.filter(fault)
        if found.height:
            a, b, year = found.select(KEY).row(0)
            return f"{a}-{b} {year}: {why} ({found.height:,} such rows); correct them"
    return "" if frame.height else "the index holds no rows; give at least one"


def _key(columns: Iterable[str]) -> tuple[str, ...]:
    """What names a row: dyad and year, in a table by months the month as well."""
    return (*KEY, "month") if "month" in columns else KEY


def _shifts(columns: Iterable[str]) -> list[str]:
    return [c for c in columns if c.startswith(SHIFT)]


def write_index(frame: pl.DataFrame, path: str | Path, meta: Mapping[str, Any]) -> None:
    """Write an index, and beside it what it is made of.

    Parameters
    ----------
    frame : polars.DataFrame
        ``state_a < state_b`` (ISO3), ``year``, ``valence, sd, engagement, engagement_sd``, and ``shift_<witness>``
        for each witness, null or NaN where it is silent; kept to tenths, clipped at ±12.7. ``change_sd`` and
        ``engagement_change_sd`` may be left out: changes then follow from the dynamics common to all. Further columns are kept as
        they are, so give them as small whole numbers.
    path : path
        Ends in ``.parquet``; the JSON file beside it has the same name.
    meta : mapping
        ``version``, ``built`` (a date), ``sources`` (a mapping of name to citation), and whatever else there is to
        say. ``span``, ``ties``, ``rows`` and ``dynamics`` (`dynamics_of`) are added unless given.

    Raises
    ------
    OptionError
        A column or an entry of ``meta`` is missing, a row is malformed, or the path is of another kind.
    """
    path = Path(path)
    if path.suffix != ".parquet":
        raise OptionError(f"{path}: an index is written to .parquet; give such a path")
    absent = [k for k in _META if k not in meta]
    if absent:
        raise OptionError(f"meta lacks {', '.join(absent)}; say where the index comes from")
    frame = _checked(frame)
    stored = _stored(frame)
    stored.write_parquet(path, compression="zstd", compression_level=15)
    _write_about(frame, path, meta)


def _stored(frame: pl.DataFrame) -> pl.DataFrame:
    """Numbers in whole steps."""
    parts = [
        (pl.col(c) * step).round().clip(_least(c), _MOST).cast(kind)
        for c, (kind, step) in _STORED.items()
        if c in frame.columns
    ]
    shifts = _shifts(frame.columns)
    parts += [
        (pl.col(c).fill_nan(None) * _TENTHS).round().clip(-_MOST_TENTHS, _MOST_TENTHS).cast(pl.Int8)
        for c in shifts
    ]
    rest = [c for c in frame.columns if c not in (*KEY, *_STORED, *shifts)]
    return frame.select("state_a", "state_b", pl.col("year").cast(pl.Int16), *parts, *rest)


def _write_about(frame: pl.DataFrame, path: Path, meta: Mapping[str, Any]) -> int:
    """Write the JSON file; how many ties there are."""
    years = frame["year"]
    # Two hashes are told apart more quickly than two names.
    ties = frame.select((pl.col("state_a").hash() + 3 * pl.col("state_b").hash()).n_unique()).item()
    own = {
        "span": [years.min(), years.max()],
        "ties": int(ties),
        "rows": frame.height,
        "dynamics": {k: d._asdict() for k, d in dynamics_of(frame).items()},
    }
    text = json.dumps(own | dict(meta), indent=1, ensure_ascii=False, default=str)
    path.with_suffix(".json").write_text(text + "\n", encoding="utf-8")
    return int(ties)


def write_months(
    new: pl.DataFrame, path: str | Path, meta: Mapping[str, Any], since: int | None = None
) -> int:
    """Write a table by months, or put new rows into one that is there.

    It is ordered by months, so that one more is written without sorting what came before. In a table that is there only rows
    from the month ``since`` on are looked at.

    Parameters
    ----------
    new : polars.DataFrame
        As in `write_index`, with ``month`` (1 to 12).
    path : path
        Ends in ``.parquet``.
    meta : mapping
        As in `write_index`.
    since : int, optional
        Years times twelve and months of a year, from 0, of the first row of ``new``; default: the file is written anew.

    Returns
    -------
    int
        Ties in the table.
    """
    path, order = Path(path), ["year", "month", "state_a", "state_b"]
    stored = _stored(_checked(new.with_columns(pl.col("month").cast(pl.Int8)))).sort(order)
    if since is not None:
        old = pl.read_parquet(path)
        at = pl.col("year").cast(pl.Int32) * 12 + pl.col("month") - 1
        late = old.filter(at >= since).join(stored, on=order, how="anti")
        late = pl.concat([late, stored.select(old.columns)]).sort(order)
        stored = pl.concat([old.filter(at < since), late])
    part = path.with_name(f".{path.name}.part")
    stored.write_parquet(part, compression="zstd", compression_level=1, statistics=False)
    part.replace(path)
    held = [*_key(stored.columns), *(c for levels in _FACETS.values() for c in levels)]
    return _write_about(_numbers(stored.lazy().select(held)).collect(), path, meta)


def _least(column: str) -> int:
    """No standard deviation is rounded to nothing."""
    return 1 if column.endswith("sd") else -_MOST


def _there(path: str | Path | None) -> Path:
    """A path that is there.

    Raises
    ------
    NoDataError
    """
    found = index_path() if path is None else Path(path)
    if not found.is_file():
        raise NoDataError(f"{found}: no index of ties is there; build one: quadrille index build")
    return found


def read_index(path: str | Path | None = None, which: pl.Expr | None = None) -> pl.DataFrame:
    """Read an index.

    Parameters
    ----------
    path : path, optional
        Default: `index_path`.
    which : polars.Expr, optional
        Rows to read, by states and year. Default: all.

    Returns
    -------
    polars.DataFrame
        ``state_a, state_b, year, valence, sd, engagement, engagement_sd`` and, where the file holds them, ``change_sd,
        engagement_change_sd`` (Float32), the shifts of the witnesses
        (Float32, null: silent) and what other columns the file holds, sorted by dyad and year.

    Raises
    ------
    NoDataError
        No file is there.
    FileFormatError
        It is no index.
    """
    rows = _scan(path)
    return _numbers(rows if which is None else rows.filter(which)).collect()


def read_parts(path: str | Path | None = None) -> pl.DataFrame:
    """Every dyad's part of the world, without reading anything else; no row where the index does not say.

    Returns
    -------
    polars.DataFrame
        ``state_a, state_b, part``; see `quadrille.index.build.parts_of`.

    Raises
    ------
    NoDataError, FileFormatError
        As in `read_index`.
    """
    rows = _scan(path)
    said = pl.col("part") if "part" in rows.collect_schema() else pl.lit(None, pl.Int8)
    rows = rows.select("state_a", "state_b", part=said)
    # Rows of a dyad lie together: the first of each is found more quickly than rows that differ.
    new = pl.any_horizontal((pl.col(c) != pl.col(c).shift()).fill_null(True) for c in KEY[:2])
    return rows.filter(new).drop_nulls().unique().collect()


def read_shifts(a: str, b: str, path: str | Path | None = None) -> pl.DataFrame:
    """What each witness adds to the valence of one tie, without reading the others.

    Parameters
    ----------
    a, b : str
        ISO3.
    path : path, optional
        Default: `index_path`.

    Returns
    -------
    polars.DataFrame
        ``year`` and a column for each witness, by its name (Float32; null: it is silent); no column but ``year``
        where the index holds no shifts.

    Raises
    ------
    NoDataError, FileFormatError
        As in `read_index`.
    """
    first, second = sorted((a, b))
    rows = _scan(path).filter(state_a=first, state_b=second)
    table = _numbers(rows.select("year", pl.col(f"^{SHIFT}.*$"))).collect()
    return table.rename(lambda name: name.removeprefix(SHIFT))


def _scan(path: str | Path | None) -> pl.LazyFrame:
    found = _there(path)
    about = found.stat()
    # What came with the package was checked when it was made.
    if found != _OWN and (why := _unsound(found, about.st_mtime_ns, about.st_size)):
        raise FileFormatError(f"{found}: {why}")
    return pl.scan_parquet(found)


@cache
def _unsound(path: Path, changed: int, size: int) -> str:
    """Why a file is no index that can be read, looked at once as long as it has not changed; empty: it is one."""
    whole = f"it is no index of ties, which has the columns {', '.join(COLUMNS)}"
    try:
        schema = pl.read_parquet_schema(path)
    except (pl.exceptions.PolarsError, OSError):
        torn = path.suffix == ".parquet" and path.read_bytes()[:4] == b"PAR1"
        return "it is not a whole Parquet file; copy or build it again" if torn else whole
    if not {*COLUMNS} <= set(schema):
        return whole
    for name in (*COLUMNS, *(c for c in _CHANGES if c in schema)):
        text, kind = name.startswith("state"), schema[name]
        if kind != pl.String if text else not kind.is_integer():
            want = "text" if text else "whole numbers"
            return f"its column {name} holds {kind}, not {want}; write the index again"
    frame = pl.read_parquet(path, columns=[*_key(schema), *(c for c in _STORED if c in schema)])
    used = {*frame["state_a"].unique(), *frame["state_b"].unique()} - {None}
    if unknown := sorted(used - {s.iso3 for s in all_states()}):
        return f"it names {', '.join(unknown[:3])}, which are no states known here; write the index again"
    # Months lie in an order of their own, and are many.
    if "month" not in schema and not frame.select(_in_order().fill_null(value=True).all()).item():
        return f"its rows are not in the order of {', '.join(KEY)}; sort them"
    return _wrong(_numbers(frame.lazy()).collect())


def _in_order() -> pl.Expr:
    """Whether a row comes after the one before, or has the same dyad and year."""
    after: pl.Expr = pl.lit(value=True)
    for column in map(pl.col, reversed(KEY)):
        after = (column > column.shift()) | ((column == column.shift()) & after)
    return after


def _numbers(stored: pl.LazyFrame) -> pl.LazyFrame:
    """What is stored in steps as numbers."""
    held = stored.collect_schema().names()
    steps = {c: step for c, (_, step) in _STORED.items()} | dict.fromkeys(_shifts(held), _TENTHS)
    # Divided as Float64: a division by a number is done as a product, of which Float32 loses the last digit.
    return stored.with_columns((pl.col(c) / steps[c]).cast(pl.Float32) for c in held if c in steps)


def read_meta(path: str | Path | None = None) -> dict[str, Any]:
    """What an index is made of, from the JSON file beside it.

    Raises
    ------
    NoDataError
        No index is there.
    FileFormatError
        The JSON file is missing or broken.
    """
    found = _there(path).with_suffix(".json")
    try:
        made = json.loads(found.read_text(encoding="utf-8"))
    except FileNotFoundError:
        why = "it is missing; it says what the index beside it is made of"
        raise FileFormatError(f"{found}: {why}; keep the two files together") from None
    except (OSError, ValueError) as broken:
        raise FileFormatError(f"{found}: it cannot be read as JSON ({broken})") from None
    if not isinstance(made, dict) or "dynamics" not in made:
        raise FileFormatError(f"{found}: it lacks dynamics; write the index again")
    return made


def open_index(
    path: str | Path | None = None, without: str = "", frequency: str | None = None
) -> Table:
    """The index as data that a World takes.

    Parameters
    ----------
    path : path, optional
        Default: `index_path`.
    without : str
        A witness whose shift is taken off the levels, so that it can be asked by itself beside the index. The
        standard deviations stay those with the witness.
    frequency : str, optional
        ``M``: the table by months that lies beside that of the years.

    Raises
    ------
    NoDataError, FileFormatError
        As in `read_index` and `read_meta`; or there is no table by months.
    """
    found = _there(path)
    if frequency == "M" and "month" not in _scan(found).collect_schema():
        found = months_beside(found)
        if not found.is_file():
            raise NoDataError(
                f"{found}: this index has no months; lay them: quadrille index update, or leave out frequency"
            )
    rows = _numbers(_scan(found))
    shift = f"{SHIFT}{without}"
    if without and shift in rows.collect_schema().names():
        rows = rows.with_columns(pl.col("valence") - pl.col(shift).fill_null(0.0))
    monthly = "month" in rows.collect_schema()
    rows = rows.with_columns(period=_first_day(monthly))
    data = rows.select(pl.exclude(f"^{SHIFT}.*$", "year", "month")).collect()
    meta = read_meta(found)
    try:
        dynamics = {k: Dynamics(**v) for k, v in meta["dynamics"].items()}
    except (TypeError, AttributeError):
        raise FileFormatError(
            f"{found.with_suffix('.json')}: dynamics are not as written; write the index again"
        ) from None
    held = f"{meta.get('ties', 0):,} ties, version {meta.get('version', 'unknown')}"
    return Table(
        "index", "M" if monthly else "Y", data, pl.DataFrame(schema=REJECTED), "index", (str(found),), data.height,
        held=held, dynamics=dynamics,
    )  # fmt: skip


def _first_day(monthly: bool) -> pl.Expr:
    """The first day of each year or month, counted in days (Fliegel & Van Flandern 1968).

    Making a million dates takes seven times as long, and a column put beside the others is in one piece, so that all are copied.
    """
    month = pl.col("month").cast(pl.Int32) if monthly else pl.lit(1, pl.Int32)
    early = (14 - month) // 12  # January and February are the last months of the year before
    y, m = pl.col("year").cast(pl.Int32) + 4800 - early, month + 12 * early - 3
    day = (153 * m + 2) // 5 + 365 * y + y // 4 - y // 100 + y // 400
    return (day - 2_472_632).cast(pl.Date)
