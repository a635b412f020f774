"""HDF5 files of numbers: netCDF-4, MATLAB 7.3 and plain HDF5, by h5py, with nothing read that lies outside.

`readers.READER_MODULES` names it, `readers.read` imports it by that name.
"""

from __future__ import annotations

import io
from typing import Any

import h5py
import numpy as np

from lstm_viz.sandbox.hdf5 import has_built_in_filters, has_sound_heaps, is_numbers_or_text, is_self_contained
from lstm_viz.sequences.errors import SequenceError
from lstm_viz.sequences.limits import Limits
from lstm_viz.sequences.readers.array_groups import NamedArrays, table_of_arrays
from lstm_viz.sequences.readers.column_names import clean_names
from lstm_viz.sequences.readers.netcdf import decode_variable
from lstm_viz.sequences.reading_options import DEFAULTS, ReadingOptions
from lstm_viz.sequences.table import Table

#: Objects of a file that are looked at.
MAX_OBJECTS = 10_000
DAMAGED = "The HDF5 file is damaged. Save its arrays again, as netCDF, or as CSV."
#: Attributes that say how a variable's numbers are meant.
CODING = ("_FillValue", "missing_value", "scale_factor", "add_offset", "units", "calendar")


def read(data: bytes, name: str, limits: Limits, options: ReadingOptions = DEFAULTS, part: str = "") -> Table:
    """The array asked for or the largest, and those beside it. Raises SequenceError for what can't be read safely."""
    if not has_sound_heaps(data):
        raise SequenceError(DAMAGED)
    matlab = data.startswith(b"MATLAB")
    if b"\x89HDF\r\n\x1a\n" not in (data[:8], data[512:520]):
        raise SequenceError(
            "The file says that it is one of MATLAB 7.3, but no HDF5 data follow: it is cut short. "
            "Save it again, with -v7 if it is small: save('x.mat', 'x', '-v7')."
        )
    with h5py.File(io.BytesIO(data), "r") as file:
        datasets = _datasets(file)
        dtypes = {path: _dtype(dataset) for path, dataset in datasets.items()}
        limits.check_unpacked(sum(datasets[path].size * dtype.itemsize for path, dtype in dtypes.items() if dtype))
        arrays, refusals, notes = {}, {}, []
        labels, name_notes = clean_names(datasets)
        for label, dataset, dtype in zip(labels, datasets.values(), dtypes.values(), strict=True):
            if why := _refusal(dataset, dtype):
                refusals[label] = why
                continue
            values = dataset[()]
            if matlab:
                values = _matlab_array(values)
            if np.ndim(values) and np.size(values):
                arrays[label], more = decode_variable(np.asarray(values), _coding(dataset), label)
                notes += more
    arrays = {label: array for label, array in arrays.items() if array.ndim in (1, 2, 3)}
    if not arrays:
        why = next(iter(refusals.values()), "Save numbers of 1, 2 or 3 axes.")
        raise SequenceError(f"The HDF5 file holds no array of numbers that can be read. {why}")
    kind = "mat" if matlab else "netcdf" if "_NCProperties" in _root_names(data) else "hdf5"
    found = NamedArrays(arrays, refusals, (*name_notes, *notes))
    return table_of_arrays(found, limits, options, part, kind)


def _root_names(data: bytes) -> set[str]:
    return {"_NCProperties"} if b"_NCProperties" in data[:100_000] else set()


def _datasets(file: h5py.File) -> dict[str, h5py.Dataset]:
    """Datasets with values by their paths; links out of the file are not followed."""
    found: dict[str, h5py.Dataset] = {}
    count = 0

    def visit(path: str, thing: Any) -> bool | None:
        nonlocal count
        count += 1
        if count > MAX_OBJECTS:
            raise SequenceError(f"The HDF5 file holds more than {MAX_OBJECTS:,} objects. Save the one array alone.")
        if (
            isinstance(thing, h5py.Dataset)
            and not path.startswith("#")
            and thing.shape not in (None, ())
            and thing.size
        ):
            found[path] = thing
        return None

    file.visititems(visit)
    return found


def _dtype(dataset: h5py.Dataset) -> np.dtype | None:
    """The type of a dataset's numbers; None for one that NumPy does not have, such as HDF5's times."""
    try:
        return np.dtype(dataset.dtype)
    except (TypeError, ValueError):
        return None


def _refusal(dataset: h5py.Dataset, dtype: np.dtype | None) -> str:
    """Why a dataset isn't read, "" for one that is."""
    if dtype is None or dtype.kind not in "biuf":
        return "It holds no plain numbers. Save numbers."
    if not is_self_contained(dataset):
        return "Its numbers lie in another file. Save them in one."
    if not has_built_in_filters(dataset):
        return "It is compressed by a plug-in. Save it with gzip."
    return ""


def _matlab_array(values: np.ndarray) -> np.ndarray:
    """MATLAB's axes, which HDF5 holds the other way round; a row or a column is one axis."""
    turned = values.T
    return turned.ravel() if turned.ndim == 2 and 1 in turned.shape else turned


def _coding(dataset: h5py.Dataset) -> dict[str, Any]:
    """The attributes of CODING, numbers and texts."""
    coding: dict[str, Any] = {}
    for name in CODING:
        if not h5py.h5a.exists(dataset.id, name.encode()):
            continue
        if not is_numbers_or_text(h5py.h5a.open(dataset.id, name.encode())):
            continue
        value = dataset.attrs[name]
        value = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
        coding[name] = value if isinstance(value, str) else np.ravel(value)[0] if np.size(value) else None
    return {name: value for name, value in coding.items() if value is not None}
