"""Labelled arrays in a NetCDF-4 file, by h5py alone.

NetCDF-4 is HDF5 in which every axis of a variable is attached to a dimension scale of the axis's name. xarray,
R's ncdf4 and every program over the NetCDF library read what is written here.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from quadrille.coupling.posterior import Variable

__all__ = ["Labelled", "read_netcdf", "write_netcdf"]

_EPOCH = date(1970, 1, 1)
_TIME = {"units": "days since 1970-01-01", "calendar": "proleptic_gregorian"}
_ATTRIBUTE = "quadrille"


class Labelled(NamedTuple):
    """What one file holds: the labels of each axis, the variables on the axes, and a text about them.

    Labels are dates, texts or whole numbers.
    """

    labels: Mapping[str, tuple[Any, ...]]
    variables: Mapping[str, Variable]
    about: str


def _fill(file: Any, content: Labelled) -> None:
    import h5py

    for dim, labels in content.labels.items():
        if isinstance(labels[0], date):
            scale = file.create_dataset(dim, data=[(day - _EPOCH).days for day in labels])
            scale.attrs.update(_TIME)
        elif isinstance(labels[0], str):
            scale = file.create_dataset(dim, data=list(labels), dtype=h5py.string_dtype())
        else:
            scale = file.create_dataset(dim, data=np.array(labels, dtype=np.int64))
        scale.make_scale(dim)
    for name, (dims, values) in content.variables.items():
        made = file.create_dataset(name, data=values)
        for axis, dim in enumerate(dims):
            made.dims[axis].attach_scale(file[dim])
    file.attrs[_ATTRIBUTE] = content.about


def write_netcdf(path: Path, content: Labelled) -> None:
    """Write the file, whole or not at all.

    Raises
    ------
    OSError, RuntimeError
        It cannot be written. The text is HDF5's, the ``errno``, where there is one, the system's.
    """
    import h5py

    part = path.with_name(f".{path.name}.part")
    try:
        # The NetCDF library wants the order in which things were created.
        with h5py.File(part, "w", track_order=True) as file:
            _fill(file, content)
        part.replace(path)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _labels(scale: Any) -> tuple[Any, ...]:
    import h5py

    if h5py.check_string_dtype(scale.dtype):
        return tuple(scale.asstr()[()])
    values = scale[()].tolist()
    if scale.attrs.get("units") == _TIME["units"]:
        return tuple(_EPOCH + timedelta(days=day) for day in values)
    return tuple(values)


def read_netcdf(path: Path) -> Labelled:
    """Read what `write_netcdf` wrote.

    Raises
    ------
    OSError, RuntimeError
        There is no such file, or it is no HDF5 or a damaged one.
    KeyError, ValueError, TypeError, AttributeError
        It holds something else.
    """
    import h5py

    labels, variables = {}, {}
    with h5py.File(path, "r") as file:
        about = file.attrs[_ATTRIBUTE]
        for name, item in file.items():
            if item.is_scale:
                labels[name] = _labels(item)
            else:
                dims = tuple(axis[0].name.lstrip("/") for axis in item.dims)
                variables[name] = Variable(dims, item[()])
    if any(v.values.shape != tuple(len(labels[d]) for d in v.dims) for v in variables.values()):
        raise ValueError("an axis and its labels differ in length")
    return Labelled(labels, variables, str(about))
