"""Stored traces, read back without torch, xarray or pandas.

Files may come from strangers: sizes are checked before a number is read, and nothing
outside the file is followed.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from io import BufferedIOBase, BytesIO
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from lstm_viz.schema import DERIVED, FORMAT, FORMAT_VERSION, SUMS, layer_names, record_axes, weight_axes
from lstm_viz.traces import GateWeights, LayerTrace, ReadoutWeights, Trace

Source = str | os.PathLike[str] | bytes | BufferedIOBase
Arrays = dict[str, np.ndarray]

#: deflate, shuffle and checksum, what netCDF4 is compressed with. Others may load code from elsewhere.
KNOWN_FILTERS = {1, 2, 3}


class TraceFileError(ValueError):
    """A file that is no trace, or a damaged one."""


def load_trace(source: Source, limit: int = 2**31) -> Trace:
    """The trace that `Trace.save` wrote, bit for bit. `source`: a path, an open file, or its bytes.

    `limit` is how many bytes of numbers the file may hold. Raises TraceFileError for anything but a
    sound trace, FileNotFoundError where there is no such file.

    >>> load_trace(b"no trace")
    Traceback (most recent call last):
    lstm_viz.storage.TraceFileError: This file can't be read as a trace: a netCDF4 file written by \
Trace.save was expected (OSError). Save the trace again.
    """
    opened = BytesIO(source) if isinstance(source, bytes) else source
    if isinstance(opened, (str, os.PathLike)) and not Path(opened).exists():
        raise FileNotFoundError(f"There is no trace file at {os.fspath(opened)}.")
    try:
        with h5py.File(opened, "r") as file:
            return _read(file, limit)
    except TraceFileError:
        raise
    except Exception as error:  # damage shows as OSError, RuntimeError, KeyError, UnicodeError and others
        raise TraceFileError(
            "This file can't be read as a trace: a netCDF4 file written by Trace.save was expected "
            f"({type(error).__name__}). Save the trace again."
        ) from error


def _read(file: h5py.File, limit: int) -> Trace:
    variant = _variant(file)
    projected = "l0_projection" in _member(file, "weights", h5py.Group)
    axes = {name: a for name, a in record_axes(variant, projected, "passed" in file).items() if name not in DERIVED}
    found = {name: _member(file, name, h5py.Dataset) for name in axes}
    sizes = _sizes(found, axes)
    if sizes.get("passage", sizes["layer"] - 1) != sizes["layer"] - 1:
        raise TraceFileError("This trace is damaged: dropout stands between more or fewer layers than it has.")
    if sizes["layer"] * sizes["direction"] > len(file["weights"]):
        raise TraceFileError("This trace is damaged: it declares more layers than it has weights for.")
    names = layer_names(sizes["layer"], sizes["direction"])
    for layer in names:
        for name, own in weight_axes(variant, projected, layer).items():
            key = f"{layer}_{name}"
            found[key], axes[key] = _member(file["weights"], key, h5py.Dataset), own
    _sizes(found, axes)
    _check_contents(found, limit)
    return _trace(file, {name: _numbers(data) for name, data in found.items()}, names)


def _variant(file: h5py.File) -> Any:
    if _text(file.attrs.get("format")) != FORMAT:
        raise TraceFileError("This file holds no trace: one written by Trace.save was expected.")
    if _number(file.attrs["format_version"]) > FORMAT_VERSION:
        raise TraceFileError("This trace was written by a newer lstm-viz. Update to open it.")
    variant = _text(file.attrs["variant"])
    if variant not in SUMS:
        raise TraceFileError(f"This trace is of an unknown cell, {variant!r:.40}.")
    return variant


def _member(group: h5py.Group, name: str, kind: type) -> Any:
    """What lies in the file itself under this name; a link elsewhere is not followed."""
    if not isinstance(group.get(name, getlink=True), h5py.HardLink):
        raise TraceFileError(f"This trace is damaged: it lacks {name}.")
    member = group[name]
    if not isinstance(member, kind):
        raise TraceFileError(f"This trace is damaged: {name} is not an array.")
    return member


def _sizes(found: dict[str, h5py.Dataset], axes: dict[str, tuple[str, ...]]) -> dict[str, int]:
    """The size of each axis, the same wherever the axis is met."""
    sizes: dict[str, int] = {}
    for name, data in found.items():
        if data.shape is None or len(data.shape) != len(axes[name]):
            raise TraceFileError(f"This trace is damaged: {name} has the wrong number of axes.")
        for axis, size in zip(axes[name], data.shape, strict=True):
            axis = axis.removeprefix("previous_")
            if size < 1 or sizes.setdefault(axis, size) != size:
                raise TraceFileError(f"This trace is damaged: {name} has {size} along {axis}.")
    if sizes["direction"] > 2:
        raise TraceFileError("This trace is damaged: it has more than two directions.")
    return sizes


def _check_contents(found: dict[str, h5py.Dataset], limit: int) -> None:
    """Refuse before anything is read: too many numbers, other kinds of numbers, numbers kept elsewhere."""
    for name, data in found.items():
        kinds = ("int64",) if name == "lengths" else ("float32", "float64")
        if str(data.dtype) not in kinds:
            raise TraceFileError(f"This trace is damaged: {name} holds {data.dtype!s:.40}.")
        if data.external or data.is_virtual or not _filters(data) <= KNOWN_FILTERS:
            raise TraceFileError(f"{name} is not stored plainly in this file. Save the trace again.")
    total = sum(data.dtype.itemsize * math.prod(data.chunks or data.shape) for data in found.values())
    total = max(total, sum(data.nbytes for data in found.values()))
    if total > limit:
        raise TraceFileError(
            f"This trace holds {total / 1e6:,.0f} MB of numbers; the limit is {limit / 1e6:,.0f} MB. "
            "Trace fewer steps, sequences or layers."
        )


def _filters(data: h5py.Dataset) -> set[int]:
    created = data.id.get_create_plist()
    return {created.get_filter(number)[0] for number in range(created.get_nfilters())}


def _numbers(data: h5py.Dataset) -> np.ndarray:
    values = data[()]
    values.flags.writeable = False
    return values


def _trace(file: h5py.File, arrays: Arrays, names: tuple[str, ...]) -> Trace:
    lengths = arrays["lengths"]
    if not 1 <= lengths.min() <= lengths.max() <= len(arrays["event"]):
        raise TraceFileError("This trace is damaged: a sequence's length lies outside its steps.")
    ends = tuple(arrays[f"final_{kind}"] for kind in ("hidden_state", "cell_state") if f"final_{kind}" in arrays)
    ends = tuple(end.reshape(len(names), *end.shape[2:]) for end in ends)
    if _number(file.attrs["one_sequence"]):
        ends = tuple(end[:, 0] for end in ends)
    attributes = file.attrs
    return Trace(
        layers=tuple(layers_of(arrays, names, _text(file.attrs["variant"]))),
        output=arrays["output"],
        final_state=(ends[0], ends[1]) if len(ends) > 1 else ends[0],
        lengths=lengths,
        device=_text(attributes["device"]),
        dtype=_text(attributes["dtype"]),
        difference=float(_number(attributes["difference"])) if "difference" in attributes else None,
        passed=tuple(arrays.get("passed", ())),
    )


def layers_of(arrays: Arrays, names: tuple[str, ...], variant: Any) -> Iterator[LayerTrace]:
    """Layers made of a file's arrays, by their names there; `names` are the layers'."""
    event = arrays["event"]
    directions = arrays["hidden_state"].shape[1]
    for number, name in enumerate(names):
        place = divmod(number, directions)
        if number and not place[1]:
            event = _beside(arrays["hidden_state"][place[0] - 1])
            event = _let_through(event, arrays["passed"][place[0] - 1]) if "passed" in arrays else event
        yield _layer(arrays, name, place, variant, event)


def _layer(arrays: Arrays, name: str, place: tuple[int, int], variant: Any, event: np.ndarray) -> LayerTrace:
    def own(key: str) -> np.ndarray | None:
        return arrays[key][place] if key in arrays else None

    gates = ("input_gate", "forget_gate", "candidate", "output_gate", "cell_state", "initial_cell_state")
    return LayerTrace(
        name=name,
        variant=variant,
        event=event,
        hidden_state=arrays["hidden_state"][place],
        initial_hidden_state=arrays["initial_hidden_state"][place],
        lengths=arrays["lengths"],
        **{gate: own(gate) for gate in gates},
        preactivations={gate: arrays[f"{gate}_preactivation"][place] for gate in SUMS[variant]},
        weights={gate: _gate_weights(arrays, name, gate) for gate in SUMS[variant] if gate != "readout"},
        projection=arrays.get(f"{name}_projection"),
        readout_weights=_readout_weights(arrays, name) if variant == "course" else None,
    )


def _gate_weights(arrays: Arrays, layer: str, gate: str) -> GateWeights:
    return GateWeights(*(arrays[f"{layer}_{gate}_{part}"] for part in ("input", "recurrent", "bias")))


def _readout_weights(arrays: Arrays, layer: str) -> ReadoutWeights:
    return ReadoutWeights(*(arrays[f"{layer}_readout_{part}"] for part in ("kept", "bias")))


def _beside(directions: np.ndarray) -> np.ndarray:
    """(direction, time, batch, units) -> (time, batch, directions * units), as the next layer reads them."""
    joined = np.concatenate(list(directions), axis=2)
    joined.flags.writeable = False
    return joined


def _let_through(output: np.ndarray, passed: np.ndarray) -> np.ndarray:
    """What dropout left of a layer's output."""
    left = output * passed
    left.flags.writeable = False
    return left


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _number(value: Any) -> float | int:
    """An attribute's one number: HDF5 keeps it as an array."""
    return np.asarray(value).item()
