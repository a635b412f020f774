"""A trace with names on its axes: an xarray Dataset, and the netCDF4 file made of it."""

from __future__ import annotations

import os
from collections.abc import Hashable
from io import BufferedIOBase, BytesIO
from typing import Any

import numpy as np
import xarray as xr

from lstm_viz.schema import FORMAT, FORMAT_VERSION, record_axes, weight_axes
from lstm_viz.stored_names import encodings, variables
from lstm_viz.traces import LayerTrace, Trace


def dataset(trace: Trace) -> xr.Dataset:
    """Every array of a run; see `Trace.to_xarray`."""
    axes = record_axes(trace.variant, _projected(trace), bool(trace.passed))
    found = xr.Dataset({name: (names, _values(trace, name)) for name, names in axes.items()}, attrs=_attributes(trace))
    numbers = {axis: np.arange(size) for axis, size in found.sizes.items()}
    numbers["direction"] = np.array(["forward", "reverse"][: trace.directions])
    called = {} if trace.names is None else variables(trace.names)
    return found.assign_coords(numbers).assign_coords(called)


def weights(trace: Trace) -> xr.Dataset:
    """Every layer's weights, named as in `l0_input_gate_recurrent`."""
    found = {}
    for layer in trace.layers:
        for name, axes in weight_axes(trace.variant, _projected(trace), layer.name).items():
            found[f"{layer.name}_{name}"] = (axes, _weight(layer, name))
    return xr.Dataset(found)


def save(trace: Trace, file: str | os.PathLike[str] | BufferedIOBase) -> None:
    """Write a run as netCDF4; see `Trace.save`."""
    groups = {"/": dataset(trace), "/weights": weights(trace)}
    encoding: dict[str, dict[Hashable, Any]] = {
        path: {name: {"_FillValue": None} for name in group.data_vars} for path, group in groups.items()
    }
    encoding["/"] |= encodings(list(groups["/"].coords))
    tree = xr.DataTree.from_dict(groups)
    if isinstance(file, (str, os.PathLike)):
        tree.to_netcdf(file, engine="h5netcdf", encoding=encoding)
        return
    held = BytesIO()
    tree.to_netcdf(held, engine="h5netcdf", encoding=encoding)
    file.write(held.getbuffer())


def _projected(trace: Trace) -> bool:
    return trace.layers[0].projection is not None


def _values(trace: Trace, name: str) -> np.ndarray:
    if name == "event":
        return trace.layers[0].event
    if name == "passed":
        return np.stack(trace.passed)
    if name in ("output", "lengths"):
        return getattr(trace, name)
    if name.startswith("final_"):
        return _stack(trace, list(_final(trace, name.removeprefix("final_"))))
    if name.endswith("_preactivation"):
        gate = name.removesuffix("_preactivation")
        return _stack(trace, [layer.preactivations[gate] for layer in trace.layers])
    return _stack(trace, [getattr(layer, name) for layer in trace.layers])


def _final(trace: Trace, kind: str) -> np.ndarray:
    """A final state as (layers * directions, batch, ...), also of a run without a batch axis."""
    end = _ends(trace)[kind]
    return end[:, None] if end.ndim == 2 else end


def _ends(trace: Trace) -> dict[str, np.ndarray]:
    state = trace.final_state
    return dict(zip(("hidden_state", "cell_state"), state if isinstance(state, tuple) else (state,), strict=False))


def _weight(layer: LayerTrace, name: str) -> Any:
    if name == "projection":
        return layer.projection
    gate, _, part = name.rpartition("_")
    return getattr(layer.readout_weights if gate == "readout" else layer.weights[gate], part)


def _attributes(trace: Trace) -> dict[str, object]:
    found: dict[str, object] = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "variant": trace.variant,
        "device": trace.device,
        "dtype": trace.dtype,
        "one_sequence": int(_ends(trace)["hidden_state"].ndim == 2),
    }
    found["way"] = trace.way
    if trace.compared is not None:
        found["compared"] = trace.compared
    if trace.names is not None:
        found["source"] = trace.names.source
    return found if trace.difference is None else {**found, "difference": trace.difference}


def _stack(trace: Trace, arrays: list[np.ndarray]) -> np.ndarray:
    """One array a layer and direction -> (layer, direction, ...)."""
    stacked = arrays[0][None] if len(arrays) == 1 else np.stack(arrays)
    return stacked.reshape(-1, trace.directions, *arrays[0].shape)
