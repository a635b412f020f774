"""Layout of a zarr store: the arrays and axes of `Trace.to_xarray`, and a group of bins for each level of detail."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from lstm_viz.storage.schema import DERIVED, record_axes
from lstm_viz.traces import Trace, Variant

FORMAT, FORMAT_VERSION = "lstm-viz stored trace", 1
#: The version of a run of other activations (see `storage.schema`).
ACTIVATIONS_VERSION = 2
#: Steps of an array, and bins of a level, in one file at most: the least that is read.
STEPS_PER_FILE, BINS_PER_FILE = 2048, 1024
STATES = ("initial_hidden_state", "initial_cell_state")


@dataclass(frozen=True)
class Shape:
    """Sizes of a run's arrays that don't change while it grows."""

    variant: Variant
    layers: int
    sequences: int
    features: int
    units: int
    outputs: int
    dtype: str

    @classmethod
    def of(cls, trace: Trace) -> Shape:
        """The sizes of a recorded chunk."""
        first = trace.layers[0]
        _, batch, features = first.event.shape
        outputs, kind = first.hidden_state.shape[2], str(first.hidden_state.dtype)
        return cls(trace.variant, len(trace.layers), batch, features, first.units, outputs, kind)

    @property
    def projected(self) -> bool:
        """Whether the hidden state is projected, narrower than the cell state."""
        return self.outputs != self.units

    def size(self, axis: str) -> int:
        """The length of an axis other than time."""
        sizes = {"layer": self.layers, "direction": 1, "sequence": self.sequences, "feature": self.features}
        return (sizes | {"unit": self.units, "projected_unit": self.outputs})[axis]

    def time_arrays(self) -> dict[str, tuple[str, ...]]:
        """Axes of the arrays with a time axis that are stored; the others follow from them."""
        omitted = (*DERIVED, "output")
        axes = record_axes(self.variant, self.projected)
        stored = {name: own for name, own in axes.items() if "time" in own and name not in omitted}
        return {name: own for name, own in stored.items() if not name.endswith("_preactivation")}

    def levels(self) -> dict[str, tuple[str, ...]]:
        """Axes of the arrays that every level of detail has bins of."""
        return {name: axes for name, axes in self.time_arrays().items() if name != "event"}

    def initial_states(self) -> dict[str, tuple[str, ...]]:
        """Axes of the initial states."""
        axes = record_axes(self.variant, self.projected)
        return {name: axes[name] for name in STATES if name in axes}

    def attributes(self) -> dict[str, Any]:
        """The sizes as the store keeps them."""
        return asdict(self)


def stack_layers(trace: Trace, name: str) -> np.ndarray:
    """One array of every layer, (layer, direction, time, ...); the event as it is, (time, sequence, feature)."""
    if name == "event":
        return trace.layers[0].event
    return np.stack([np.asarray(getattr(layer, name)) for layer in trace.layers])[:, None]
