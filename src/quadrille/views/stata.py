"""Tables as Stata reads them: files of format 118 (Stata 14 and later), written from arrays.

The layout is that of the publisher's description (StataCorp, *help dta*, format 118): a header, a map of offsets, descriptions of
the variables, and rows of fixed width, all little-endian, text in UTF-8.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quadrille.errors import OptionError

__all__ = ["stata_bytes"]

_EPOCH = 3653  # days from 1 January 1960, Stata's zero, to 1 January 1970, Polars's
_LONGEST = 2045  # bytes of a text of fixed width
_NAME, _FORMAT, _LABEL = 129, 57, 321
_SHOWN = 80  # characters of a label
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,31}")


class _Kind(NamedTuple):
    """A numeric type of Stata: its number, dtype, smallest and largest value, the missing value, display format."""

    number: int
    dtype: str
    low: float
    high: float
    missing: float
    form: str


_BYTE = _Kind(65530, "<i1", -127, 100, 101, "%8.0g")
_INT = _Kind(65529, "<i2", -32767, 32740, 32741, "%8.0g")
_LONG = _Kind(65528, "<i4", -2147483647, 2147483620, 2147483621, "%12.0g")
_FLOAT = _Kind(65527, "<f4", -1.7e38, 1.7e38, 2.0**127, "%9.0g")
_DOUBLE = _Kind(65526, "<f8", -8.9e307, 8.9e307, 2.0**1023, "%10.0g")


class _Variable(NamedTuple):
    """One column as it is written."""

    number: int
    form: str
    values: NDArray[np.generic]


def _whole(column: pl.Series) -> _Kind:
    """The smallest type that holds a column of whole numbers."""
    low, high = column.min() or 0, column.max() or 0
    kinds = (_BYTE, _INT, _LONG)
    return next((k for k in kinds if low >= k.low and high <= k.high), _DOUBLE)  # type: ignore[operator]


def _numeric(column: pl.Series, kind: _Kind, form: str = "") -> _Variable:
    values = column.fill_nan(None) if column.dtype.is_float() else column
    filled = values.cast(pl.Float64).fill_null(kind.missing).to_numpy()
    return _Variable(kind.number, form or kind.form, filled.astype(kind.dtype))


def _text(column: pl.Series) -> _Variable:
    """Text of fixed width, padded with zeros.

    Raises
    ------
    OptionError
        Longer than Stata's fixed width.
    """
    raw = [(v or "").encode() for v in column.to_list()]
    width = max(map(len, raw), default=0) or 1
    if width > _LONGEST:
        raise OptionError(
            f"{column.name}: holds text of {width:,} bytes, and .dta takes {_LONGEST:,}; write .csv or .parquet"
        )
    return _Variable(width, f"%{min(width, 40)}s", np.array(raw, dtype=f"S{width}"))


def _variable(column: pl.Series) -> _Variable:
    kind = column.dtype
    if kind == pl.Date:
        return _numeric(column.to_physical() + _EPOCH, _LONG, "%td")
    if kind == pl.Boolean:
        return _numeric(column.cast(pl.Int8), _BYTE)
    if kind.is_integer():
        return _numeric(column, _whole(column))
    if kind == pl.Float32:
        return _numeric(column, _FLOAT)
    if kind.is_float():
        return _numeric(column, _DOUBLE)
    return _text(column.cast(pl.String))


def _padded(text: str, width: int) -> bytes:
    """UTF-8 in a field that ends in a zero, cut between characters."""
    raw = text.encode()[: width - 1].decode(errors="ignore").encode()
    return raw.ljust(width, b"\0")


def _name(name: str) -> str:
    """A name that Stata takes, or the one line that says why not.

    Raises
    ------
    OptionError
    """
    if not _WORD.fullmatch(name):
        raise OptionError(f"{name!r} is no name of a variable in Stata; write .csv or .parquet")
    return name


def _rows(variables: list[_Variable], names: list[str]) -> bytes:
    dtype = np.dtype([(n, v.values.dtype) for n, v in zip(names, variables, strict=True)])
    table = np.empty(len(variables[0].values), dtype)
    for name, variable in zip(names, variables, strict=True):
        table[name] = variable.values
    return table.tobytes()


def _tagged(tag: str, content: bytes) -> bytes:
    return f"<{tag}>".encode() + content + f"</{tag}>".encode()


def _header(variables: int, rows: int, title: str) -> bytes:
    label = title[:_SHOWN].encode()
    parts = (
        _tagged("release", b"118"), _tagged("byteorder", b"LSF"), _tagged("K", struct.pack("<H", variables)),
        _tagged("N", struct.pack("<Q", rows)), _tagged("label", struct.pack("<H", len(label)) + label),
        _tagged("timestamp", b"\0"),
    )  # fmt: skip
    return _tagged("header", b"".join(parts))


def stata_bytes(frame: pl.DataFrame, labels: Mapping[str, str], title: str = "") -> bytes:
    """A table as a file of Stata.

    Parameters
    ----------
    frame : polars.DataFrame
        Text, numbers, dates and truths; null and NaN are Stata's missing value, null text is empty.
    labels : mapping of str to str
        A label for each column; cut at 80 characters.
    title : str
        Label of the data.

    Raises
    ------
    OptionError
        No column; a name that is none in Stata, or text longer than 2,045 bytes.
    """
    if not frame.width:
        raise OptionError("a table without columns cannot be written to .dta")
    names = [_name(c) for c in frame.columns]
    variables = [_variable(frame[c]) for c in names]
    count = len(names)
    said = [labels.get(n, "")[:_SHOWN] for n in names]
    parts = [
        _tagged("variable_types", struct.pack(f"<{count}H", *(v.number for v in variables))),
        _tagged("varnames", b"".join(_padded(n, _NAME) for n in names)),
        _tagged("sortlist", bytes(2 * (count + 1))),
        _tagged("formats", b"".join(_padded(v.form, _FORMAT) for v in variables)),
        _tagged("value_label_names", bytes(_NAME * count)),
        _tagged("variable_labels", b"".join(_padded(s, _LABEL) for s in said)),
        _tagged("characteristics", b""), _tagged("data", _rows(variables, names)),
        _tagged("strls", b""), _tagged("value_labels", b""),
    ]  # fmt: skip
    return _whole_file(_header(count, frame.height, title), parts)


def _whole_file(header: bytes, parts: list[bytes]) -> bytes:
    """The parts behind a map of where each begins."""
    opening, closing = b"<stata_dta>", b"</stata_dta>"
    at = len(opening) + len(header)
    offsets, size = [0, at], at + len(_tagged("map", bytes(14 * 8)))
    for part in parts:
        offsets.append(size)
        size += len(part)
    offsets += [size, size + len(closing)]
    return (
        opening + header + _tagged("map", struct.pack("<14Q", *offsets)) + b"".join(parts) + closing
    )
