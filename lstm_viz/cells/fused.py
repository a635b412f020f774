"""A layer recorded by the compiled kernel: sequences shared out to threads, each of which walks all steps."""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from lstm_viz.cells.buffers import pool
from lstm_viz.cells.packing import packed
from lstm_viz.cells.plans import LayerPlan
from lstm_viz.cells.recording import LayerRecord
from lstm_viz.cells.shares import by_sequences, by_units, closed_doors, give_up, worth_meeting
from lstm_viz.cells.threads import run_together, share_out
from lstm_viz.cells.tiles import LANES, Arrays, Extras, Part, Room, States, Weights, aligned, by_gate, whole

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
    (time, batch, features), (outputs, units) = event.shape, (start[0].shape[1], start[1].shape[1])
    events = event.numpy()
    arrays = {name: pool.empty((time, batch, outputs if name == "hidden_state" else units), events.dtype)
              for name in Arrays._fields}  # fmt: skip
    wanted = [name for name in Extras._fields if everything and (name != "readout_sum" or plan.readout is not None)]
    extras = {name: pool.empty((time, batch, units), events.dtype) for name in wanted}
    rows = Arrays(**{name: values.reshape(-1) for name, values in arrays.items()})
    more = Extras(*(extras[name].reshape(-1) if name in extras else events[0, 0, :0] for name in Extras._fields))
    layer = Layer(kernels, plan, events, start, lengths, rows, more)
    once = batch * 4 * units * (features + outputs)  # products of a step
    if not (worth_meeting(batch, units, outputs, once) and layer.run_by_units()):
        layer.run_by_sequences(time * once)
    found, derived = ({name: torch.from_numpy(values) for name, values in made.items()} for made in (arrays, extras))
    sums = {gate: derived.pop(name) for name, gate in SUMS.items() if name in derived}
    return LayerRecord(plan, event, start, sums, found, found.pop("hidden_state"), blank=True, derived=derived)


@dataclass(frozen=True, eq=False)
class Layer:
    """One layer to be recorded, and where to."""

    kernels: ModuleType
    plan: LayerPlan
    events: np.ndarray
    start: tuple[Tensor, ...]
    lengths: np.ndarray
    arrays: Arrays
    extras: Extras

    def run_by_sequences(self, products: float) -> None:
        """Each thread some sequences; `products` are those of the whole run."""
        parts, doors = by_sequences(*self._sizes, products), closed_doors()
        work = [self._work(part, _shared(self.start, part), doors) for part in parts]
        share_out(lambda number: self.kernels.record(*work[number]), len(work))

    def run_by_units(self) -> bool:
        """Each thread some units; False where there are no threads that can meet."""
        parts, doors = by_units(*self._sizes), closed_doors()
        shared = _shared(self.start, parts[0])
        work = [self._work(part, shared, doors) for part in parts]
        return run_together(lambda number: self.kernels.record(*work[number]), len(work), lambda: give_up(doors))

    @property
    def _sizes(self) -> tuple[int, int, int]:
        return self.events.shape[1], self.start[1].shape[1], self.start[0].shape[1]

    def _work(self, part: Part, shared: tuple[np.ndarray, ...], doors: np.ndarray) -> tuple[Any, ...]:
        """What the kernel is given for this part."""
        states = States(*shared, *_own(self.start[1], part))
        room = _room(max(self.kernels.ROWS, part.sequences), self.events, part)
        return (_weights(self.plan, part), self.events, self.lengths, self.plan.reverse, part, states, room,
                self.arrays, self.extras, doors)  # fmt: skip


def _shared(start: tuple[Tensor, ...], part: Part) -> tuple[np.ndarray, ...]:
    """What all who work on these sequences read and write: hidden states, and room for `kept` and `shown`.

    Others have their own: processors that write side by side into one line of memory wait for one another.
    """
    found, units = start[0][part.sequence : part.sequence + part.sequences].numpy(), start[1].shape[1]
    rows, outputs = found.shape
    hidden = aligned((2, rows, whole(outputs)), found.dtype)
    hidden[0, :, :outputs] = found
    return hidden, *aligned((2, rows, whole(units)), found.dtype)


def _own(memory: Tensor, part: Part) -> tuple[np.ndarray, ...]:
    """The memory of these units, and room for two products as wide as whole tiles."""
    found = memory[part.sequence :, part.unit :][: part.sequences, : part.units].numpy()
    own = aligned((part.sequences, whole(part.units)), found.dtype)
    own[:, : part.units] = found
    widths = (whole(size, 4 * LANES) for size in (part.units, part.outputs))
    return own, *(aligned((part.sequences, width), found.dtype) for width in widths)


def _room(rows: int, events: np.ndarray, part: Part) -> Room:
    sizes = events.shape[2], 4 * whole(part.units)
    return Room(*(aligned((rows, size), events.dtype, np.empty) for size in sizes))


def _weights(plan: LayerPlan, part: Part) -> Weights:
    units, outputs = (part.unit, part.units), (part.output, part.outputs)
    rows = slice(part.unit, part.unit + part.units)
    bias = by_gate(plan.bias.numpy(), 4, rows)
    none, without = bias[:0], bias[:0, None]
    readout, readout_bias = plan.readout if plan.readout is not None else (None, None)
    return Weights(
        packed.tiles(plan.input, 4, *units),
        packed.tiles(plan.recurrent, 4, *units),
        bias,
        without if readout is None else packed.tiles(readout, 1, *units),
        none if readout_bias is None else by_gate(readout_bias.numpy(), 1, rows),
        without if plan.projection is None else packed.tiles(plan.projection, 1, *outputs),
    )
