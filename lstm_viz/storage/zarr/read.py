"""Reading a run from a zarr store piece by piece: any steps as a trace, or downsampled to few bins."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import zarr
from jaxtyping import Float, Int

from lstm_viz.cells.activation_functions import CellActivations
from lstm_viz.storage import TraceFileError
from lstm_viz.storage.deserialize import layers_from_arrays
from lstm_viz.storage.schema import PREACTIVATIONS
from lstm_viz.storage.zarr.layout import ACTIVATIONS_VERSION, FORMAT, FORMAT_VERSION, Shape
from lstm_viz.storage.zarr.levels import BINS, MAX_BINS, bin_steps, level_for, merge_bins, steps_per_bin
from lstm_viz.traces import Array, Trace
from lstm_viz.traces.record import layer_names

if TYPE_CHECKING:
    import xarray as xr


class Zoom(NamedTuple):
    """An array between two steps, downsampled to bins: minimum, mean and maximum of each, (bins, batch, units).

    `edges` are the bins' first steps and the end of the last.
    """

    low: Float[np.ndarray, "bins batch units"]
    mean: Float[np.ndarray, "bins batch units"]
    high: Float[np.ndarray, "bins batch units"]
    edges: Int[np.ndarray, " edges"]


class StoredTrace:
    """A run in a zarr store, as far as it has been written; arrays are read when they are used.

    It has `steps` steps of `total` (None where that is unknown). One direction: a layer that reads from the end
    can't be recorded in chunks.
    """

    def __init__(self, path: Path, group: zarr.Group) -> None:
        self.path, self._group = path, group
        known: dict[str, Any] = dict(group.attrs)
        self.shape = Shape(**known["shape"])
        self.steps: int = int(known["steps"])
        self.total: int | None = known["total"]
        self.chunk: int = int(known["chunk"])
        self.device, self.dtype = str(known["device"]), str(known["module_dtype"])
        self.difference: float | None = known["difference"]
        #: What its gates, candidate and readout were computed by.
        self.activations = CellActivations.from_text(str(known.get("activations", "")))
        self.names = layer_names(self.shape.layers, 1)
        #: Names of features and sequences, and where they are from.
        self.features = _names_or_numbers(known.get("features"), "feature", self.shape.features)
        self.sequences = _names_or_numbers(known.get("sequences"), "sequence", self.shape.sequences)
        self.source = str(known.get("source", ""))
        #: What has to be known to read it, a sentence each (`Trace.notes`).
        self.notes = tuple(str(note) for note in known.get("notes", ()))

    @property
    def finished(self) -> bool:
        """Whether the run has been written to its end."""
        return self.steps == self.total

    @property
    def memory(self) -> str:
        """Name of the array that carries from step to step: "cell_state", or a plain RNN's "hidden_state"."""
        return "hidden_state" if self.shape.variant == "rnn" else "cell_state"

    @cached_property
    def lengths(self) -> Int[np.ndarray, " batch"]:
        """Steps of each sequence so far, (batch,)."""
        full = self._read("lengths") if "lengths" in self._group else np.full(self.shape.sequences, self.steps)
        lengths: Array = np.minimum(full, self.steps)
        return lengths

    @cached_property
    def weights(self) -> dict[str, Array]:
        """Every layer's weights, named as `Trace.save` names them."""
        return {name: np.asarray(array[...]) for name, array in self._member("weights").arrays()}

    def part(self, start: int, stop: int) -> Trace:
        """Steps start to stop - 1 as a trace, whose initial state is that after the steps before.

        Pre-activations are computed from weights and states, equal to the recorded ones but for rounding; lengths
        are those of the part, 0 for a sequence that ended before it. Raises IndexError outside the run.
        """
        if not 0 <= start < stop <= self.steps:
            raise IndexError(f"This run has steps 0 to {self.steps}; {start} to {stop} were asked for.")
        arrays: dict[str, Array] = {"lengths": np.clip(self.lengths - start, 0, stop - start)}
        for name, axes in self.shape.time_arrays().items():
            steps = slice(start, stop)
            arrays[name] = self._read(name, (steps,) if axes[0] == "time" else (slice(None), slice(None), steps))
        for name in self.shape.initial_states():
            arrays[name] = self._initial_states(name, start)
        arrays |= self.weights
        arrays |= {f"{name}_preactivation": value for name, value in self._preactivations(arrays).items()}
        layers = tuple(layers_from_arrays(arrays, self.names, self.shape.variant, self.activations))
        kinds = [name.removeprefix("initial_") for name in self.shape.initial_states()]
        ends = tuple(arrays[kind][:, 0, -1] for kind in kinds)
        return Trace(
            layers=layers,
            output=np.nan_to_num(layers[-1].hidden_state),
            final_state=(ends[0], ends[1]) if len(ends) > 1 else ends[0],
            lengths=arrays["lengths"],
            device=self.device,
            dtype=self.dtype,
            difference=self.difference,
            notes=self.notes,
        )

    def zoom(self, layer: str, array: str, start: int, stop: int, bins: int = MAX_BINS) -> Zoom:
        """Smallest, mean and largest value of every unit in at most `bins` bins of steps `start` to `stop` - 1.

        Reads at most eight times as many bins as it returns, however long the run is; edges lie on bins of the
        level that is read, so the first may begin a little earlier and the last end a little later. Raises KeyError
        for an array that isn't stored (see `shape.levels`) and IndexError outside the run.
        """
        if not 0 <= start < stop <= self.steps:
            raise IndexError(f"This run has steps 0 to {self.steps}; {start} to {stop} were asked for.")
        if array not in self.shape.levels():
            raise KeyError(f"A stored run keeps {', '.join(self.shape.levels())}; {array!r} was asked for.")
        number, size = self.names.index(layer), self._level(stop - start, bins)
        first, last = start // size, -(-stop // size)
        cuts = np.linspace(0, last - first, min(bins, last - first) + 1).round().astype(int)
        edges = np.minimum((first + cuts) * size, self.steps)
        if size == 1:
            low, mean, high = bin_steps(self._read(array, (number, 0, slice(start, stop))), cuts)
            return Zoom(low, mean, high, edges)
        fine = self._read(f"levels/{size}/{array}", (slice(None), number, 0, slice(first, last)))
        steps = np.minimum(np.arange(first, last + 1) * size, self.steps)
        low, mean, high = merge_bins(fine, steps_per_bin(self.lengths, steps), cuts)
        return Zoom(low, mean, high, edges)

    def to_xarray(self) -> xr.Dataset:
        """The run as an xarray Dataset with named axes, whose arrays are read lazily."""
        import xarray as xr

        return xr.open_dataset(self.path, engine="zarr", consolidated=False).isel(time=slice(0, self.steps))

    def _level(self, steps: int, bins: int) -> int:
        """The bin size of the stored level to read; 1 for the record itself."""
        coarsest = max((size for size in BINS if size <= self.chunk), default=1)
        return min(level_for(steps, bins), coarsest)

    def _initial_states(self, name: str, start: int) -> Array:
        """The states before step `start`, (layer, direction, batch, ...)."""
        if not start:
            return self._read(name)
        states = self._read(name.removeprefix("initial_"), (slice(None), slice(None), start - 1))
        return np.nan_to_num(states)  # NaN of sequences that have ended; the value is not used

    def _preactivations(self, arrays: dict[str, Array]) -> dict[str, Array]:
        """Pre-activations of each gate, (layer, direction, time, batch, units)."""
        found: dict[str, list[Array]] = {name: [] for name in PREACTIVATIONS[self.shape.variant]}
        for number, name in enumerate(self.names):
            event = arrays["event"] if not number else arrays["hidden_state"][number - 1, 0]
            hidden = _previous_layer_states(arrays, "hidden_state", number)
            for gate in found:
                if gate == "readout":
                    kept = arrays["forget_gate"][number, 0] * _previous_layer_states(arrays, "cell_state", number)
                    weight, bias = arrays[f"{name}_readout_kept"], arrays[f"{name}_readout_bias"]
                    found[gate].append(kept @ weight.T + bias)
                    continue
                read, back, bias = (arrays[f"{name}_{gate}_{part}"] for part in ("input", "recurrent", "bias"))
                found[gate].append(event @ read.T + hidden @ back.T + bias)
        return {gate: np.stack(values)[:, None] for gate, values in found.items()}

    def _read(self, name: str, where: Any = ...) -> Array:
        values: Array = np.asarray(self._member(name)[where])
        values.flags.writeable = False
        return values

    def _member(self, name: str) -> Any:
        return self._group[name]


def open_trace(path: str | os.PathLike[str]) -> StoredTrace:
    """Open a run that `trace_to` wrote or is writing. Open it again to see what has been written since.

    Raises FileNotFoundError where there is no such folder, TraceFileError for one that holds no stored run.

    >>> open_trace("no-such-run")
    Traceback (most recent call last):
    FileNotFoundError: There is no stored run at no-such-run.
    """
    folder = Path(path)
    if not folder.is_dir():
        raise FileNotFoundError(f"There is no stored run at {os.fspath(path)}.")
    try:
        group = zarr.open_group(folder, mode="r")
        known = ACTIVATIONS_VERSION if "activations" in group.attrs else FORMAT_VERSION
        if group.attrs.get("format") == FORMAT and int(str(group.attrs["format_version"])) <= known:
            return StoredTrace(folder, group)
    except Exception as error:  # damage shows as any of a dozen kinds
        raise TraceFileError(f"{folder} can't be read as a stored run ({type(error).__name__}).") from error
    raise TraceFileError(f"{folder} holds no run of this version: one written by lstm_viz.trace_to was expected.")


def _previous_layer_states(arrays: dict[str, Array], kind: str, number: int) -> Array:
    """The state before each step of a layer, (time, batch, units)."""
    values = arrays[kind][number, 0]
    return np.concatenate([arrays[f"initial_{kind}"][number, 0][None], values[:-1]])


def _names_or_numbers(names: Any, kind: str, count: int) -> tuple[str, ...]:
    """The stored names, or "feature 1" and so on where there are none."""
    given = tuple(str(name) for name in names or ())
    return given if len(given) == count else tuple(f"{kind} {number + 1}" for number in range(count))
