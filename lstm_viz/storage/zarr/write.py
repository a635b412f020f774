"""Writing a run to a zarr store chunk by chunk, so that what is written stays whole whenever the process ends."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import zarr
from jaxtyping import Int

from lstm_viz.storage.zarr.layout import BINS_A_FILE, FORMAT, FORMAT_VERSION, STEPS_A_FILE, Shape, stack_layers
from lstm_viz.storage.zarr.levels import BINS, bin_steps
from lstm_viz.traces import Trace

#: The axis along which chunks are appended.
TIME = ("time", "bin")


class StoreWriter:
    """A stored run that grows. `steps` of it are whole; what comes after them is written over."""

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
        """An empty store for runs of a kind; `trace` is of any stretch that begins where the run does.

        total: steps in all, None where they aren't known; lengths: of each sequence, where they differ; attributes:
        the caller's own. Raises OSError where the path is taken.
        """
        shape, place = Shape.of(trace), Path(path)
        partial = place.with_name(f"{place.name}.partial")  # a store is whole before it has its name
        group = zarr.open_group(partial, mode="w")
        for name, axes in shape.initial_states().items():
            _write(group, name, stack_layers(trace, name), axes)
        if lengths is not None:
            _write(group, "lengths", np.asarray(lengths), ("sequence",))
        _create_arrays(group, shape, chunk, total or chunk)
        _write_weights(group, trace)
        format: dict[str, Any] = {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
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
        if place.exists():
            place.rmdir()
        partial.rename(place)
        return cls(place, zarr.open_group(place, mode="r+"))

    @classmethod
    def resume(cls, path: str | os.PathLike[str]) -> StoreWriter:
        """The store as it was left, up to its last whole chunk."""
        for left in Path(path).rglob("*.partial"):
            left.unlink()
        found = cls(path, zarr.open_group(path, mode="r+"))
        found.steps -= found.steps % found.chunk
        return found

    def states(self) -> tuple[np.ndarray, ...] | np.ndarray:
        """The state that the last step left, as the module takes it; 0 for a sequence that has ended."""
        kinds = [name.removeprefix("initial_") for name in self.shape.initial_states()]
        ends = tuple(np.nan_to_num(_array(self.group, kind)[:, 0, self.steps - 1]) for kind in kinds)
        return ends if len(ends) > 1 else ends[0]

    def last_events(self) -> np.ndarray:
        """What the last chunk was made of, (time, batch, features)."""
        found: np.ndarray = _array(self.group, "event")[self.steps - self.chunk : self.steps]
        return found

    def append(self, trace: Trace, rows: Int[np.ndarray, " running"]) -> None:
        """A whole chunk, or the last one; the store holds it once its number of steps says so.

        rows: which of the sequences it is of; the others have ended.
        """
        start, stop = self.steps, self.steps + len(trace.output)
        self._grow(stop)
        for name in self.shape.time_arrays():
            values = self._pad_ended(stack_layers(trace, name), rows)
            _array(self.group, name)[_along(name, slice(start, stop))] = values
            if name in self.shape.levels():
                self._add_levels(name, start, values)
        if trace.difference is not None:
            self.difference = max(trace.difference, self.difference or 0.0)
        self.group.attrs.update({"steps": stop, "difference": self.difference})
        self.steps = stop

    def expect(self, total: int | None) -> None:
        """Says how many steps there will be, of a run that is gone on with."""
        self.group.attrs.update({"total": total})

    def finish(self) -> None:
        """Says that nothing more will come."""
        self._resize(self.steps)
        self.group.attrs.update({"total": self.steps})

    def _pad_ended(self, values: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """The same numbers with NaN for every sequence that has ended, (..., batch, units)."""
        if len(rows) == self.shape.sequences:
            return values
        wide = np.full((*values.shape[:-2], self.shape.sequences, values.shape[-1]), np.nan, values.dtype)
        wide[..., rows, :] = values
        return wide

    def _add_levels(self, name: str, start: int, values: np.ndarray) -> None:
        for size in _sizes(self.chunk):
            edges = np.append(np.arange(0, values.shape[2], size), values.shape[2])
            found = np.stack([bin_steps(layer[0], edges) for layer in values], axis=1)[:, :, None]
            first = start // size
            _array(self.group, f"levels/{size}/{name}")[:, :, :, first : first + len(edges) - 1] = found

    def _grow(self, steps: int) -> None:
        """Room for so many steps, and for as many again where more may come."""
        room = _array(self.group, "hidden_state").shape[2]
        if steps > room:
            self._resize(max(steps, 2 * room))

    def _resize(self, steps: int) -> None:
        for _, array in self.group.arrays():
            _resize(array, steps)
        for size in _sizes(self.chunk):
            for _, array in self.group[f"levels/{size}"].arrays():  # type: ignore[union-attr]
                _resize(array, -(-steps // size))


def _sizes(chunk: int) -> tuple[int, ...]:
    """The levels whose bins lie inside a chunk."""
    return tuple(size for size in BINS if size <= chunk)


def _array(group: zarr.Group, name: str) -> Any:
    return group[name]


def _along(name: str, steps: slice) -> tuple[slice, ...]:
    return (steps,) if name == "event" else (slice(None), slice(None), steps)


def _create_arrays(group: zarr.Group, shape: Shape, chunk: int, steps: int) -> None:
    """Arrays of the record and of each level, with nothing in them."""
    for name, axes in shape.time_arrays().items():
        sizes = tuple(steps if axis == "time" else shape.size(axis) for axis in axes)
        chunks = tuple(min(chunk, STEPS_A_FILE) if axis == "time" else shape.size(axis) for axis in axes)
        _create_empty(group, name, sizes, chunks, axes, shape.dtype)
    for size in _sizes(chunk):
        level = group.require_group(f"levels/{size}")
        level.attrs.update({"steps_a_bin": size})
        for name, axes in shape.levels().items():
            own = ("statistic", *("bin" if axis == "time" else axis for axis in axes))
            sizes = (3, *(-(-steps // size) if axis == "time" else shape.size(axis) for axis in axes))
            chunks = (3, *(BINS_A_FILE if axis == "time" else shape.size(axis) for axis in axes))
            _create_empty(level, name, sizes, chunks, own, shape.dtype)


def _create_empty(
    group: zarr.Group, name: str, sizes: tuple[int, ...], chunks: tuple[int, ...], axes: tuple[str, ...], dtype: str
) -> None:
    """NaN until it is written. Gates hardly compress, so nothing is spent on that."""
    group.create_array(
        name, shape=sizes, chunks=chunks, dtype=dtype, fill_value=np.nan, dimension_names=axes, compressors=None
    )


def _write(group: zarr.Group, name: str, values: np.ndarray, axes: tuple[str, ...]) -> None:
    array = group.create_array(name, shape=values.shape, dtype=values.dtype, dimension_names=axes)
    array[...] = values


def _write_weights(group: zarr.Group, trace: Trace) -> None:
    """Every layer's weights, named as `Trace.save` names them."""
    from lstm_viz.storage.netcdf.write import weights

    kept = group.require_group("weights")
    for name, array in weights(trace).items():
        _write(kept, str(name), array.values, tuple(str(axis) for axis in array.dims))


def _resize(array: zarr.Array, steps: int) -> None:
    """Another length along time; arrays without it stay."""
    axes = array.metadata.dimension_names or ()  # type: ignore[union-attr]
    sizes = tuple(steps if axis in TIME else size for axis, size in zip(axes, array.shape, strict=True))
    if sizes != array.shape:
        array.resize(sizes)
