"""A layer recorded by the compiled kernel: sequences shared out to threads, each of which walks all steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from lstm_viz.cells.buffers import pool, rooms
from lstm_viz.cells.inputs import check_finite
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
#: Numbers of a state up to which desks are kept for the layer's next run: of larger ones, making them is a small part.
WORTH_KEEPING = 2**16


class Desk(NamedTuple):
    """What one thread works at: its part, weights laid out for it, and room for what passes from step to step."""

    part: Part
    weights: Weights
    states: States
    room: Room


def record_fused(
    kernels: ModuleType,
    plan: LayerPlan,
    event: Float[Tensor, "time batch features"],
    start: tuple[Tensor, ...],
    lengths: np.ndarray,
    everything: bool = False,
    *,
    copied: bool = True,
) -> LayerRecord:
    """Run a layer of a standard or a course's cell from the state `start`; NaN past each sequence's length.

    With `everything`, what follows from the gates and what went into them is written down too. Events that are not
    `copied` are while they are read; ValueError where they are not all finite.
    """
    events, (hidden, memory) = event.numpy(), (part.numpy() for part in start)
    (time, batch, _), outputs, units = events.shape, hidden.shape[1], memory.shape[1]
    arrays = {name: pool.empty((time, batch, outputs if name == "hidden_state" else units), events.dtype)
              for name in Arrays._fields}  # fmt: skip
    extras = {name: pool.empty((time, batch, units), events.dtype) for name in _wanted(plan, everything)}
    none = events[0, 0, :0]
    copy = none if copied else pool.empty(events.shape, events.dtype)
    rows = Arrays(*[values.reshape(-1) for values in arrays.values()])
    more = Extras(*[extras[name].reshape(-1) if name in extras else none for name in Extras._fields])
    layer = Layer(kernels, plan, events, copy.reshape(-1), hidden, memory, lengths, rows, more)
    once = batch * plan.products  # of a step
    if not (worth_meeting(batch, units, outputs, once) and layer.run_by_units()):
        layer.run_by_sequences(time * once)
    if not copied:
        if not all(layer.finite):
            check_finite(event, event)
        event = torch.from_numpy(copy)
    sums = {gate: extras.pop(name) for name, gate in SUMS.items() if name in extras}
    hidden_state = torch.from_numpy(arrays.pop("hidden_state"))
    return LayerRecord(plan, event, start, sums, arrays, hidden_state, blank=True, derived=extras)


def _wanted(plan: LayerPlan, everything: bool) -> list[str]:
    """Which of `Extras` are recorded."""
    return [name for name in Extras._fields if everything and (name != "readout_sum" or plan.readout is not None)]


@dataclass(frozen=True, eq=False)
class Layer:
    """One layer to be recorded, and where to."""

    kernels: ModuleType
    plan: LayerPlan
    events: np.ndarray
    #: Where events are copied to, in one row; nowhere if it has no room.
    copy: np.ndarray
    hidden: np.ndarray
    memory: np.ndarray
    lengths: np.ndarray
    arrays: Arrays
    extras: Extras
    #: For each part, whether all events that it copied are finite.
    finite: list[bool] = field(default_factory=list)

    def run_by_sequences(self, products: float) -> None:
        """Each thread some sequences; `products` are those of the whole run."""
        desks = self._desks(by_sequences(*self._sizes, products))
        share_out(lambda number: self._record(desks[number], NO_DOORS), len(desks))
        self._keep(desks)

    def run_by_units(self) -> bool:
        """Each thread some units; False where there are no threads that can meet."""
        desks, doors = self._desks(by_units(*self._sizes)), closed_doors()
        done = run_together(lambda number: self._record(desks[number], doors), len(desks), lambda: give_up(doors))
        self._keep(desks)
        return done

    @property
    def _sizes(self) -> tuple[int, int, int]:
        return self.events.shape[1], self.memory.shape[1], self.hidden.shape[1]

    def _record(self, desk: Desk, doors: np.ndarray) -> None:
        part, weights, states, room = desk
        finite = self.kernels.record(weights, self.events, self.copy, self.lengths, self.plan.reverse, part, states,
                                     room, self.arrays, self.extras, doors)  # fmt: skip
        self.finite.append(finite)

    def _desks(self, parts: Sequence[Part]) -> Sequence[Desk]:
        """A desk for each part, with what its sequences start from on it: that of the last run, where it is free."""
        desks = self.plan.desks.pop(tuple(parts), None) or self._new_desks(parts)
        for part, _, states, _ in desks:
            here = slice(part.sequence, part.sequence + part.sequences)
            states.hidden[0, :, : self.hidden.shape[1]] = self.hidden[here]
            states.memory[:, : part.units] = self.memory[here, part.unit : part.unit + part.units]
        return desks

    def _keep(self, desks: Sequence[Desk]) -> None:
        if self.memory.size <= WORTH_KEEPING:
            self.plan.desks.clear()
            self.plan.desks[tuple([desk.part for desk in desks])] = desks

    def _new_desks(self, parts: Sequence[Part]) -> list[Desk]:
        shared = self._shared(parts[0])
        return [self._new_desk(part, shared if part.members > 1 else self._shared(part)) for part in parts]

    def _new_desk(self, part: Part, shared: list[np.ndarray]) -> Desk:
        """Room for the memory of these units, for two products as wide as whole tiles, and for what some steps read."""
        widths = whole(part.units), *(whole(size, 4 * LANES) for size in (part.units, part.outputs))
        rows = max(self.kernels.ROWS, part.sequences)
        read = (rows, self.events.shape[2]), (rows, 4 * whole(part.units))
        own = rooms(self.memory.dtype, *((part.sequences, width) for width in widths), *read)
        own[0][:] = 0  # else what lay there is reckoned with for nothing, and that slowly
        weights = _weights(self.plan, part, self.kernels.TILE)
        return Desk(part, weights, States(*shared, *own[:3]), Room(*own[3:]))

    def _shared(self, part: Part) -> list[np.ndarray]:
        """What all who work on these sequences read and write: hidden states, and what else a product reads, `kept`
        in the course's cell and `shown` before a projection.

        Others have their own: processors that write side by side into one line of memory wait for one another.
        """
        rows, (_, units, outputs) = part.sequences, self._sizes
        read = self.plan.readout is not None, self.plan.projection is not None
        widths = [whole(units) if there else 0 for there in read]
        return rooms(self.hidden.dtype, (2, rows, whole(outputs)), *[(rows, width) for width in widths])


def _weights(plan: LayerPlan, part: Part, width: int) -> Weights:
    """The layer's weights for these units and outputs in tiles of this width, laid out once."""
    which = part.unit, part.units, part.output, part.outputs
    if which not in plan.tiles:
        units, outputs = (slice(first, first + count) for first, count in (which[:2], which[2:]))
        plan.tiles[which] = _laid_out(plan, units, outputs, width)
    return plan.tiles[which]


def _laid_out(plan: LayerPlan, units: slice, outputs: slice, width: int) -> Weights:
    bias = by_gate(plan.bias.numpy(), 4, units)
    none, without = bias[:0], bias[:0, None]
    readout, readout_bias = plan.readout if plan.readout is not None else (None, None)
    return Weights(
        _tiles(plan.input, 4, units, width),
        _tiles(plan.recurrent, 4, units, width),
        bias,
        without if readout is None else _tiles(readout, 1, units, width),
        none if readout_bias is None else by_gate(readout_bias.numpy(), 1, units),
        without if plan.projection is None else _tiles(plan.projection, 1, outputs, width),
    )


def _tiles(weight: Tensor, gates: int, rows: slice, width: int) -> np.ndarray:
    return tiled(by_gate(weight.numpy(), gates, rows), width)
