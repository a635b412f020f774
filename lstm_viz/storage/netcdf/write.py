"""Writing a trace: as an xarray Dataset with named axes, and as the netCDF4 file made of it."""

from __future__ import annotations

import os
from collections.abc import Collection, Hashable
from io import BufferedIOBase, BytesIO
from typing import Any

import numpy as np
import xarray as xr

from lstm_viz.files.whole import written_whole
from lstm_viz.storage.schema import (
    ACTIVATIONS_VERSION,
    FORMAT,
    FORMAT_VERSION,
    NAME_ANSWERS,
    NAME_FILLED,
    NAME_NUMBERS,
    NAME_TEXTS,
    record_axes,
    weight_axes,
)
from lstm_viz.traces import LayerTrace, Names, Trace


def trace_dataset(trace: Trace) -> xr.Dataset:
    """Every array of a run as an xarray Dataset; see `Trace.to_xarray`."""
    axes = record_axes(trace.variant, _projected(trace), bool(trace.passed))
    found = xr.Dataset({name: (own, _values(trace, name)) for name, own in axes.items()}, attrs=_attributes(trace))
    numbers = {axis: np.arange(size) for axis, size in found.sizes.items()}
    numbers["direction"] = np.array(["forward", "reverse"][: trace.directions])
    names = {} if trace.names is None else _name_variables(trace.names)
    return found.assign_coords(numbers).assign_coords(names)


def weights_dataset(trace: Trace) -> xr.Dataset:
    """Every layer's weights as an xarray Dataset, named as in `l0_input_gate_recurrent`."""
    found = {}
    for layer in trace.layers:
        for name, axes in weight_axes(trace.variant, _projected(trace), layer.name).items():
            found[f"{layer.name}_{name}"] = (axes, _weight(layer, name))
    return xr.Dataset(found)


def save_trace(trace: Trace, file: str | os.PathLike[str] | BufferedIOBase) -> None:
    """Write a run as netCDF4 to a path or an open file; see `Trace.save`."""
    groups = {"/": trace_dataset(trace), "/weights": weights_dataset(trace)}
    encoding: dict[str, dict[Hashable, Any]] = {
        path: {name: {"_FillValue": None} for name in group.data_vars} for path, group in groups.items()
    }
    encoding["/"] |= _name_encodings(list(groups["/"].coords))
    tree = xr.DataTree.from_dict(groups)
    if isinstance(file, (str, os.PathLike)):
        with written_whole(file) as place:
            tree.to_netcdf(place, engine="h5netcdf", encoding=encoding)
        return
    buffer = BytesIO()
    tree.to_netcdf(buffer, engine="h5netcdf", encoding=encoding)
    file.write(buffer.getbuffer())


def _projected(trace: Trace) -> bool:
    return trace.layers[0].projection is not None


def _values(trace: Trace, name: str) -> np.ndarray:
    """The array that is stored as `name`, with the axes of `record_axes`."""
    if name == "event":
        return trace.layers[0].event
    if name == "passed":
        return np.stack(trace.passed)
    if name in ("output", "lengths"):
        return getattr(trace, name)
    if name.startswith("final_"):
        return _stack(trace, list(_final_state(trace, name.removeprefix("final_"))))
    if name.endswith("_preactivation"):
        gate = name.removesuffix("_preactivation")
        return _stack(trace, [layer.preactivations[gate] for layer in trace.layers])
    return _stack(trace, [getattr(layer, name) for layer in trace.layers])


def _final_state(trace: Trace, kind: str) -> np.ndarray:
    """A final state as (layers * directions, batch, ...), also of a run without a batch axis."""
    end = _final_states(trace)[kind]
    return end[:, None] if end.ndim == 2 else end


def _final_states(trace: Trace) -> dict[str, np.ndarray]:
    state = trace.final_state
    return dict(zip(("hidden_state", "cell_state"), state if isinstance(state, tuple) else (state,), strict=False))


def _weight(layer: LayerTrace, name: str) -> Any:
    if name == "projection":
        return layer.projection
    gate, _, part = name.rpartition("_")
    return getattr(layer.readout_weights if gate == "readout" else layer.weights[gate], part)


def _attributes(trace: Trace) -> dict[str, object]:
    attributes: dict[str, object] = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION if trace.activations.is_standard else ACTIVATIONS_VERSION,
        "variant": trace.variant,
        "device": trace.device,
        "dtype": trace.dtype,
        "one_sequence": int(_final_states(trace)["hidden_state"].ndim == 2),
    }
    attributes["way"] = trace.way
    if not trace.activations.is_standard:
        attributes["activations"] = trace.activations.to_text()
    if trace.compared is not None:
        attributes["compared"] = trace.compared
    if trace.names is not None:
        attributes["source"] = trace.names.source
    if trace.difference is not None:
        attributes["difference"] = trace.difference
    if trace.notes:
        attributes["notes"] = "\n".join(" ".join(note.split()) for note in trace.notes)
    return attributes


def _stack(trace: Trace, arrays: list[np.ndarray]) -> np.ndarray:
    """One array a layer and direction -> (layer, direction, ...)."""
    stacked = arrays[0][None] if len(arrays) == 1 else np.stack(arrays)
    return stacked.reshape(-1, trace.directions, *arrays[0].shape)


def _name_variables(names: Names) -> dict[str, tuple[tuple[str, ...], np.ndarray]]:
    """Every array of a run's names with its axes, texts as str."""
    values: dict[str, Any] = {
        "feature_name": np.array(names.features, dtype=str),
        "sequence_name": np.array(names.sequences, dtype=str),
        "step_label": names.steps.astype(str),
        "feature_offset": names.offset,
        "feature_scale": names.scale,
    }
    if names.filled is not None:
        values["filled"] = names.filled.astype(np.int8)
    if names.answers is not None:
        values["answer"] = names.answers.astype(str)
    axes = NAME_TEXTS | NAME_NUMBERS | NAME_FILLED | NAME_ANSWERS
    return {name: (axes[name], value) for name, value in values.items()}


def _name_encodings(written: Collection[Hashable]) -> dict[Hashable, dict[str, Any]]:
    """xarray's encoding of the name variables that are written: texts as UTF-8 characters, compressed."""
    texts = {name: {"dtype": "S1", "zlib": True} for name in NAME_TEXTS | NAME_ANSWERS}
    numbers: dict[str, dict[str, Any]] = {name: {"_FillValue": None} for name in NAME_NUMBERS}
    encodings = texts | numbers | {name: {"zlib": True} for name in NAME_FILLED}
    return {name: encoding for name, encoding in encodings.items() if name in written}
