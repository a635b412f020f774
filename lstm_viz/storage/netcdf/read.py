"""Reading a trace from netCDF4, without torch, xarray or pandas.

Files may be untrusted (see `lstm_viz.storage.netcdf.untrusted`): sizes are checked before a number is read, and links
out of the file are not followed.
"""

from __future__ import annotations

import math
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from io import BufferedIOBase, BytesIO
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from lstm_viz.files.sizes import size_in_words
from lstm_viz.sandbox.hdf5 import has_built_in_filters, is_self_contained
from lstm_viz.storage import TraceFileError
from lstm_viz.storage.deserialize import StoredArrays, trace_from_arrays
from lstm_viz.storage.schema import (
    ACTIVATIONS_VERSION,
    DERIVED,
    FORMAT,
    FORMAT_VERSION,
    NAME_ANSWERS,
    NAME_FILLED,
    NAME_NUMBERS,
    NAME_TEXTS,
    PREACTIVATIONS,
    Axes,
    record_axes,
    weight_axes,
)
from lstm_viz.traces import Trace
from lstm_viz.traces.record import layer_names

Source = str | os.PathLike[str] | bytes | BufferedIOBase

#: Types of the arrays that aren't floating-point numbers.
DTYPES = dict.fromkeys(NAME_TEXTS | NAME_ANSWERS, ("|S1",)) | dict.fromkeys(NAME_FILLED, ("int8",))
DTYPES["lengths"] = ("int64",)


def load_trace(source: Source, limit: int = 2**31) -> Trace:
    """The trace that `Trace.save` wrote, bit for bit. `source`: a path, an open file, or its bytes.

    `limit` is how many bytes of numbers the file may hold. Raises TraceFileError for anything but a
    sound trace, FileNotFoundError where there is no such file.

    >>> load_trace(b"no trace")
    Traceback (most recent call last):
    lstm_viz.storage.TraceFileError: This file can't be read as a trace: a netCDF4 file written by \
Trace.save was expected (OSError). Save the trace again.
    """
    return checked_trace(read_arrays(source, limit))


def read_arrays(source: Source, limit: int = 2**31) -> StoredArrays:
    """The arrays and attributes of a trace's file, checked; see `load_trace`."""
    opened = BytesIO(source) if isinstance(source, bytes) else source
    if isinstance(opened, (str, os.PathLike)) and not Path(opened).exists():
        raise FileNotFoundError(f"There is no trace file at {os.fspath(opened)}.")
    with _as_trace_file_error(), h5py.File(opened, "r") as file:
        return _read(file, limit)


def checked_trace(stored: StoredArrays) -> Trace:
    """A trace from a file's arrays. Raises TraceFileError where they make none."""
    with _as_trace_file_error():
        lengths = stored.arrays["lengths"]
        if not 1 <= lengths.min() <= lengths.max() <= len(stored.arrays["event"]):
            raise TraceFileError("This trace is damaged: a sequence's length lies outside its steps.")
        return trace_from_arrays(stored)


@contextmanager
def _as_trace_file_error() -> Iterator[None]:
    """Turns whatever damage raises into a TraceFileError with a sentence."""
    try:
        yield
    except (TraceFileError, FileNotFoundError):
        raise
    except Exception as error:  # damage shows as OSError, RuntimeError, KeyError, UnicodeError and others
        raise TraceFileError(
            "This file can't be read as a trace: a netCDF4 file written by Trace.save was expected "
            f"({type(error).__name__}). Save the trace again."
        ) from error


def _read(file: h5py.File, limit: int) -> StoredArrays:
    variant = _variant(file)
    projected = "l0_projection" in _member(file, "weights", h5py.Group)
    axes = {name: a for name, a in record_axes(variant, projected, "passed" in file).items() if name not in DERIVED}
    axes |= _name_axes(file)
    found = {name: _member(file, name, h5py.Dataset) for name in axes}
    sizes = _axis_sizes(found, axes)
    if sizes.get("passage", sizes["layer"] - 1) != sizes["layer"] - 1:
        raise TraceFileError("This trace is damaged: dropout stands between more or fewer layers than it has.")
    if sizes["layer"] * sizes["direction"] > len(file["weights"]):
        raise TraceFileError("This trace is damaged: it declares more layers than it has weights for.")
    for layer in layer_names(sizes["layer"], sizes["direction"]):
        for name, own in weight_axes(variant, projected, layer).items():
            key = f"{layer}_{name}"
            found[key], axes[key] = _member(file["weights"], key, h5py.Dataset), own
    _axis_sizes(found, axes)
    _check_dtypes_and_size(found, limit)
    return StoredArrays({name: _read_array(data) for name, data in found.items()}, _attributes(file))


def _attributes(file: h5py.File) -> dict[str, str | int | float]:
    found: dict[str, str | int | float] = {name: _text(file.attrs[name]) for name in ("variant", "device", "dtype")}
    found |= {name: _number(file.attrs[name]) for name in ("one_sequence", "difference") if name in file.attrs}
    return found | {
        name: _text(file.attrs.get(name, "")) for name in ("source", "way", "compared", "notes", "activations")
    }


def _name_axes(file: Collection[str]) -> Axes:
    """The names to read and their axes, none where the file has none; a text has one axis more, for its characters."""
    if "feature_name" not in file:
        return {}
    wanted = NAME_TEXTS | (NAME_ANSWERS if "answer" in file else {})
    texts = {name: (*axes, f"{name} characters") for name, axes in wanted.items()}
    return texts | NAME_NUMBERS | (NAME_FILLED if "filled" in file else {})


def _variant(file: h5py.File) -> Any:
    if _text(file.attrs.get("format")) != FORMAT:
        raise TraceFileError("This file holds no trace: one written by Trace.save was expected.")
    known = ACTIVATIONS_VERSION if "activations" in file.attrs else FORMAT_VERSION
    if _number(file.attrs["format_version"]) > known:
        raise TraceFileError("This trace was written by a newer lstm-viz. Update to open it.")
    variant = _text(file.attrs["variant"])
    if variant not in PREACTIVATIONS:
        raise TraceFileError(f"This trace is of an unknown cell, {variant!r:.40}.")
    return variant


def _member(group: h5py.Group, name: str, kind: type) -> Any:
    """The member of this name in the file itself; links elsewhere are not followed."""
    if not isinstance(group.get(name, getlink=True), h5py.HardLink):
        raise TraceFileError(f"This trace is damaged: it lacks {name}.")
    member = group[name]
    if not isinstance(member, kind):
        raise TraceFileError(f"This trace is damaged: {name} is not an array.")
    return member


def _axis_sizes(datasets: dict[str, h5py.Dataset], axes: dict[str, tuple[str, ...]]) -> dict[str, int]:
    """The size of each axis. Raises TraceFileError where two arrays disagree."""
    sizes: dict[str, int] = {}
    for name, data in datasets.items():
        if data.shape is None or len(data.shape) != len(axes[name]):
            raise TraceFileError(f"This trace is damaged: {name} has the wrong number of axes.")
        for axis, size in zip(axes[name], data.shape, strict=True):
            axis = axis.removeprefix("previous_")
            if size < 1 or sizes.setdefault(axis, size) != size:
                raise TraceFileError(f"This trace is damaged: {name} has {size} along {axis}.")
    if sizes["direction"] > 2:
        raise TraceFileError("This trace is damaged: it has more than two directions.")
    return sizes


def _check_dtypes_and_size(datasets: dict[str, h5py.Dataset], limit: int) -> None:
    """Raise TraceFileError before anything is read: for too many numbers, other dtypes, external or virtual storage."""
    for name, data in datasets.items():
        dtypes = DTYPES.get(name, ("float32", "float64"))
        if str(data.dtype) not in dtypes:
            raise TraceFileError(f"This trace is damaged: {name} holds {data.dtype!s:.40}.")
        if not (is_self_contained(data) and has_built_in_filters(data)):
            raise TraceFileError(f"{name} is not stored plainly in this file. Save the trace again.")
    total = sum(data.dtype.itemsize * math.prod(data.chunks or data.shape) for data in datasets.values())
    total = max(total, sum(data.nbytes for data in datasets.values()))
    if total > limit:
        raise TraceFileError(
            f"This trace holds {size_in_words(total)} of numbers; the limit is {size_in_words(limit)}. "
            "Trace fewer steps, sequences or layers."
        )


def _read_array(data: h5py.Dataset) -> np.ndarray:
    values = data[()]
    values.flags.writeable = False
    return values


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _number(value: Any) -> float | int:
    """A scalar attribute, which HDF5 stores as an array."""
    return np.asarray(value).item()
