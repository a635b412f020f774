"""Writing a run to a zarr store chunk by chunk, so that the store stays consistent whenever the process ends."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import zarr
from jaxtyping import Int

from lstm_viz.storage.zarr.layout import (
    ACTIVATIONS_VERSION,
    BINS_PER_FILE,
    FORMAT,
    FORMAT_VERSION,
    STEPS_PER_FILE,
    Shape,
    stack_layers,
)
from lstm_viz.storage.zarr.levels import BINS, bin_steps
from lstm_viz.traces import Trace

#: The axis along which chunks are appended.
TIME = ("time", "bin")


class StoreWriter:
    """A stored run that grows. `steps` of it are complete; anything after them is overwritten."""

    def __init__(self, path: str | os.PathLike[str], group: zarr.Group) -> None:
        self.path, self.group = Path(path), group
        known: dict[str, Any] = dict(group.attrs)
        self.shape = Shape(**known["shape"])
        self.chunk, self.steps, self.difference = int(known["chunk"]), int(known["steps"]), known["difference"]

    @classmethod
    def create(
        cls,
        path: str | os.PathLike[str],
        trace: Trace,
        chunk: int,
        total: int | None,
        lengths: Int[np.ndarray, " batch"] | None,
        attributes: dict[str, Any],
    ) -> StoreWriter:
        """An empty store for a run; `trace` is of its first steps, which give sizes, weights and initial states.

        total: steps in all, None where they are unknown; lengths: of each sequence, where they differ; attributes:
        the caller's own. Raises OSError where the folder is not empty.
        """
        shape, folder = Shape.of(trace), Path(path)
        partial = folder.with_name(f"{folder.name}.partial")  # renamed once the store is complete
        group = zarr.open_group(partial, mode="w")
        for name, axes in shape.initial_states().items():
            _write_array(group, name, stack_layers(trace, name), axes)
        if lengths is not None:
            _write_array(group, "lengths", np.asarray(lengths), ("sequence",))
        _create_arrays(group, shape, chunk, total or chunk)
        _write_weights(group, trace)
        format: dict[str, Any] = {
            "format": FORMAT,
            "format_version": FORMAT_VERSION if trace.activations.is_standard else ACTIVATIONS_VERSION,
            **({} if trace.activations.is_standard else {"activations": trace.activations.to_text()}),
            "shape": shape.attributes(),
            "chunk": chunk,
        }
        state: dict[str, Any] = {
            "steps": 0,
            "total": total,
            "difference": None,
            "device": trace.device,
            "module_dtype": trace.dtype,
        }
        group.attrs.update({**attributes, **format, **state})
        if folder.exists():
            folder.rmdir()
        partial.rename(folder)
        return cls(folder, zarr.open_group(folder, mode="r+"))

    @classmethod
    def resume(cls, path: str | os.PathLike[str]) -> StoreWriter:
        """The store as it was left, up to its last complete chunk."""
        for unfinished in Path(path).rglob("*.partial"):
            unfinished.unlink()
        store = cls(path, zarr.open_group(path, mode="r+"))
        store.steps -= store.steps % store.chunk
        return store

    def states(self) -> tuple[np.ndarray, ...] | np.ndarray:
        """The state after the last step, as the module takes it; 0 for a sequence that has ended."""
        kinds = [name.removeprefix("initial_") for name in self.shape.initial_states()]
        ends = tuple(np.nan_to_num(_array(self.group, kind)[:, 0, self.steps - 1]) for kind in kinds)
        return ends if len(ends) > 1 else ends[0]

    def last_events(self) -> np.ndarray:
        """The input of the last chunk, (time, batch, features)."""
        events: np.ndarray = _array(self.group, "event")[self.steps - self.chunk : self.steps]
        return events

    def append(self, trace: Trace, rows: Int[np.ndarray, " running"]) -> None:
        """Append a full chunk, or the last one; it counts once the store's number of steps is updated.

        rows: the sequences that it is of; the others have ended.
        """
        start, stop = self.steps, self.steps + len(trace.output)
        self._grow(stop)
        for name in self.shape.time_arrays():
            values = self._pad_ended(stack_layers(trace, name), rows)
            _array(self.group, name)[_time_index(name, slice(start, stop))] = values
            if name in self.shape.levels():
                self._add_levels(name, start, values)
        if trace.difference is not None:
            self.difference = max(trace.difference, self.difference or 0.0)
        self.group.attrs.update({"steps": stop, "difference": self.difference})
        self.steps = stop

    def set_total(self, total: int | None) -> None:
        """Set the number of steps in all, of a run that is resumed."""
        self.group.attrs.update({"total": total})

    def finish(self) -> None:
        """Trim the arrays to the steps that were written, and mark the run as finished."""
        self._resize(self.steps)
        self.group.attrs.update({"total": self.steps})

    def _pad_ended(self, values: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """The same values with NaN for every sequence that has ended, (..., batch, units)."""
        if len(rows) == self.shape.sequences:
            return values
        padded = np.full((*values.shape[:-2], self.shape.sequences, values.shape[-1]), np.nan, values.dtype)
        padded[..., rows, :] = values
        return padded

    def _add_levels(self, name: str, start: int, values: np.ndarray) -> None:
        """Write the bins of a chunk at every level of detail."""
        for size in _level_sizes(self.chunk):
            edges = np.append(np.arange(0, values.shape[2], size), values.shape[2])
            bins = np.stack([bin_steps(layer[0], edges) for layer in values], axis=1)[:, :, None]
            first = start // size
            _array(self.group, f"levels/{size}/{name}")[:, :, :, first : first + len(edges) - 1] = bins

    def _grow(self, steps: int) -> None:
        """Grow the arrays to hold so many steps, at least to twice their capacity."""
        capacity = _array(self.group, "hidden_state").shape[2]
        if steps > capacity:
            self._resize(max(steps, 2 * capacity))

    def _resize(self, steps: int) -> None:
        for _, array in self.group.arrays():
            _resize_array(array, steps)
        for size in _level_sizes(self.chunk):
            for _, array in self.group[f"levels/{size}"].arrays():  # type: ignore[union-attr]
                _resize_array(array, -(-steps // size))


def _level_sizes(chunk: int) -> tuple[int, ...]:
    """Bin sizes of the levels whose bins lie inside a chunk."""
    return tuple(size for size in BINS if size <= chunk)


def _array(group: zarr.Group, name: str) -> Any:
    return group[name]


def _time_index(name: str, steps: slice) -> tuple[slice, ...]:
    return (steps,) if name == "event" else (slice(None), slice(None), steps)


def _create_arrays(group: zarr.Group, shape: Shape, chunk: int, steps: int) -> None:
    """Create the arrays of the record and of each level, unwritten."""
    for name, axes in shape.time_arrays().items():
        sizes = tuple(steps if axis == "time" else shape.size(axis) for axis in axes)
        chunks = tuple(min(chunk, STEPS_PER_FILE) if axis == "time" else shape.size(axis) for axis in axes)
        _create_empty(group, name, sizes, chunks, axes, shape.dtype)
    for size in _level_sizes(chunk):
        level = group.require_group(f"levels/{size}")
        level.attrs.update({"steps_a_bin": size})
        for name, axes in shape.levels().items():
            own = ("statistic", *("bin" if axis == "time" else axis for axis in axes))
            sizes = (3, *(-(-steps // size) if axis == "time" else shape.size(axis) for axis in axes))
            chunks = (3, *(BINS_PER_FILE if axis == "time" else shape.size(axis) for axis in axes))
            _create_empty(level, name, sizes, chunks, own, shape.dtype)


def _create_empty(
    group: zarr.Group, name: str, sizes: tuple[int, ...], chunks: tuple[int, ...], axes: tuple[str, ...], dtype: str
) -> None:
    """Create an array that is NaN until it is written. Gate activations hardly compress, so they are not."""
    group.create_array(
        name, shape=sizes, chunks=chunks, dtype=dtype, fill_value=np.nan, dimension_names=axes, compressors=None
    )


def _write_array(group: zarr.Group, name: str, values: np.ndarray, axes: tuple[str, ...]) -> None:
    array = group.create_array(name, shape=values.shape, dtype=values.dtype, dimension_names=axes)
    array[...] = values


def _write_weights(group: zarr.Group, trace: Trace) -> None:
    """Write every layer's weights, named as `Trace.save` names them."""
    from lstm_viz.storage.netcdf.write import weights_dataset

    weights = group.require_group("weights")
    for name, array in weights_dataset(trace).items():
        _write_array(weights, str(name), array.values, tuple(str(axis) for axis in array.dims))


def _resize_array(array: zarr.Array, steps: int) -> None:
    """Resize an array along time; arrays without a time axis stay."""
    axes = array.metadata.dimension_names or ()  # type: ignore[union-attr]
    sizes = tuple(steps if axis in TIME else size for axis, size in zip(axes, array.shape, strict=True))
    if sizes != array.shape:
        array.resize(sizes)
