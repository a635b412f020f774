"""A layer recorded by the compiled kernel: sequences shared out to threads, each of which walks all steps."""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from lstm_viz.cells.buffers import pool, rooms
from lstm_viz.cells.plans import LayerPlan
from lstm_viz.cells.recording import LayerRecord
from lstm_viz.cells.shares import by_sequences, by_units, closed_doors, give_up, worth_meeting
from lstm_viz.cells.threads import run_together, share_out
from lstm_viz.cells.tiles import LANES, Arrays, Extras, Part, Room, States, Weights, by_gate, tiled, whole

#: What threads that share no sequence are given for doors: nobody passes them.
NO_DOORS = closed_doors()
#: Which gate each sum goes into.
SUMS = {
    "input_sum": "input_gate",
    "forget_sum": "forget_gate",
    "candidate_sum": "candidate",
    "output_sum": "output_gate",
    "readout_sum": "readout",
}


def record_fused(
    kernels: ModuleType,
    plan: LayerPlan,
    event: Float[Tensor, "time batch features"],
    start: tuple[Tensor, ...],
    lengths: np.ndarray,
    everything: bool = False,
) -> LayerRecord:
    """Run a layer of a standard or a course's cell from the state `start`; NaN past each sequence's length.

    With `everything`, what follows from the gates and what went into them is written down too.
    """
    events, (hidden, memory) = event.numpy(), (part.numpy() for part in start)
    (time, batch, _), outputs, units = events.shape, hidden.shape[1], memory.shape[1]
    arrays = {name: pool.empty((time, batch, outputs if name == "hidden_state" else units), events.dtype)
              for name in Arrays._fields}  # fmt: skip
    extras = {name: pool.empty((time, batch, units), events.dtype) for name in _wanted(plan, everything)}
    none = events[0, 0, :0]
    rows = Arrays(*(values.reshape(-1) for values in arrays.values()))
    more = Extras(*(extras[name].reshape(-1) if name in extras else none for name in Extras._fields))
    layer = Layer(kernels, plan, events, hidden, memory, lengths, rows, more)
    once = batch * plan.products  # of a step
    if not (worth_meeting(batch, units, outputs, once) and layer.run_by_units()):
        layer.run_by_sequences(time * once)
    found, derived = ({name: torch.from_numpy(values) for name, values in made.items()} for made in (arrays, extras))
    sums = {gate: derived.pop(name) for name, gate in SUMS.items() if name in derived}
    return LayerRecord(plan, event, start, sums, found, found.pop("hidden_state"), blank=True, derived=derived)


def _wanted(plan: LayerPlan, everything: bool) -> list[str]:
    """Which of `Extras` are recorded."""
    return [name for name in Extras._fields if everything and (name != "readout_sum" or plan.readout is not None)]


@dataclass(frozen=True, eq=False)
class Layer:
    """One layer to be recorded, and where to."""

    kernels: ModuleType
    plan: LayerPlan
    events: np.ndarray
    hidden: np.ndarray
    memory: np.ndarray
    lengths: np.ndarray
    arrays: Arrays
    extras: Extras

    def run_by_sequences(self, products: float) -> None:
        """Each thread some sequences; `products` are those of the whole run."""
        parts = by_sequences(*self._sizes, products)
        work = [self._work(part, self._shared(part), NO_DOORS) for part in parts]
        share_out(lambda number: self.kernels.record(*work[number]), len(work))

    def run_by_units(self) -> bool:
        """Each thread some units; False where there are no threads that can meet."""
        parts, doors = by_units(*self._sizes), closed_doors()
        shared = self._shared(parts[0])
        work = [self._work(part, shared, doors) for part in parts]
        return run_together(lambda number: self.kernels.record(*work[number]), len(work), lambda: give_up(doors))

    @property
    def _sizes(self) -> tuple[int, int, int]:
        return self.events.shape[1], self.memory.shape[1], self.hidden.shape[1]

    def _work(self, part: Part, shared: list[np.ndarray], doors: np.ndarray) -> tuple[Any, ...]:
        """What the kernel is given for this part."""
        own = self._own(part)
        states, room = States(*shared, *own[:3]), Room(*own[3:])
        return (_weights(self.plan, part), self.events, self.lengths, self.plan.reverse, part, states, room,
                self.arrays, self.extras, doors)  # fmt: skip

    def _own(self, part: Part) -> list[np.ndarray]:
        """The memory of these units, room for two products as wide as whole tiles, and for what some steps read."""
        widths = whole(part.units), *(whole(size, 4 * LANES) for size in (part.units, part.outputs))
        rows = max(self.kernels.ROWS, part.sequences)
        read = (rows, self.events.shape[2]), (rows, 4 * whole(part.units))
        own = rooms(self.memory.dtype, *((part.sequences, width) for width in widths), *read)
        own[0][:, part.units :] = 0  # else what lay there is reckoned with for nothing, and that slowly
        own[0][:, : part.units] = self.memory[part.sequence :, part.unit :][: part.sequences, : part.units]
        return own

    def _shared(self, part: Part) -> list[np.ndarray]:
        """What all who work on these sequences read and write: hidden states, and room for `kept` and `shown`.

        Others have their own: processors that write side by side into one line of memory wait for one another.
        """
        rows, (_, units, outputs) = part.sequences, self._sizes
        shared = rooms(self.hidden.dtype, (2, rows, whole(outputs)), *[(rows, whole(units))] * 2)
        shared[0][0, :, :outputs] = self.hidden[part.sequence :][:rows]
        return shared


def _weights(plan: LayerPlan, part: Part) -> Weights:
    """The layer's weights for these units and outputs, laid out once."""
    which = part.unit, part.units, part.output, part.outputs
    if which not in plan.tiles:
        units, outputs = (slice(first, first + count) for first, count in (which[:2], which[2:]))
        plan.tiles[which] = _laid_out(plan, units, outputs)
    return plan.tiles[which]


def _laid_out(plan: LayerPlan, units: slice, outputs: slice) -> Weights:
    bias = by_gate(plan.bias.numpy(), 4, units)
    none, without = bias[:0], bias[:0, None]
    readout, readout_bias = plan.readout if plan.readout is not None else (None, None)
    return Weights(
        _tiles(plan.input, 4, units),
        _tiles(plan.recurrent, 4, units),
        bias,
        without if readout is None else _tiles(readout, 1, units),
        none if readout_bias is None else by_gate(readout_bias.numpy(), 1, units),
        without if plan.projection is None else _tiles(plan.projection, 1, outputs),
    )


def _tiles(weight: Tensor, gates: int, rows: slice) -> np.ndarray:
    return tiled(by_gate(weight.numpy(), gates, rows))
