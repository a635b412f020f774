"""One layer recorded by the compiled kernel: its work split over threads, each of which runs all steps of its part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from lstm_viz.recording.buffer_pool import adjacent_arrays, buffer_pool, round_up
from lstm_viz.recording.inputs import check_finite
from lstm_viz.recording.module_spec import LayerWeights
from lstm_viz.recording.numba_cpu.layout import (
    UNIT_MULTIPLE,
    Arrays,
    Derived,
    PackedWeights,
    Scratch,
    States,
    pack_weights,
)
from lstm_viz.recording.numba_cpu.partition import (
    Partition,
    abort,
    new_counters,
    should_split_units,
    split_sequences,
    split_units,
)
from lstm_viz.recording.numba_cpu.threads import run_tasks, run_team, running_recording
from lstm_viz.recording.results import LayerRecord

#: Barrier counters of threads that share no sequence: they wait at no barrier, so none of them counts there.
NO_COUNTERS = new_counters()
#: Which gate each recorded preactivation goes into.
GATE_OF = {
    "input_preactivation": "input_gate",
    "forget_preactivation": "forget_gate",
    "candidate_preactivation": "candidate",
    "output_preactivation": "output_gate",
    "readout_preactivation": "readout",
}
#: Numbers of a layer's cell state, (batch, hidden), up to which its workers are cached for the next run. A larger run
#: takes so long that making them anew doesn't count.
MAX_CACHED_NUMBERS = 2**16


class Worker(NamedTuple):
    """What one thread works on: its partition, weights packed for it, and memory for what passes between steps."""

    part: Partition
    weights: PackedWeights
    states: States
    scratch: Scratch


def record_with_kernel(
    kernel: ModuleType,
    weights: LayerWeights,
    event: Float[Tensor, "time batch features"],
    initial_state: tuple[Tensor, ...],
    lengths: np.ndarray,
    everything: bool = False,
    *,
    copied: bool = True,
) -> LayerRecord:
    """Run a layer of a standard or a course's cell from `initial_state`, (h_0, c_0); NaN past each sequence's length.

    With `everything`, what follows from the gates and their preactivations are recorded too. Events that are not
    `copied` yet are copied while they are read; ValueError where they are not all finite.
    """
    events, (hidden, cell) = event.numpy(), (part.numpy() for part in initial_state)
    (time, batch, _), outputs, units = events.shape, hidden.shape[1], cell.shape[1]
    recorded = {name: buffer_pool.empty((time, batch, outputs if name == "hidden_state" else units), events.dtype)
              for name in Arrays._fields}  # fmt: skip
    derived = {
        name: buffer_pool.empty((time, batch, units), events.dtype) for name in _names_of_derived(weights, everything)
    }
    empty = events[0, 0, :0]
    copy = empty if copied else buffer_pool.empty(events.shape, events.dtype)
    recorded_arrays = Arrays(*[values.reshape(-1) for values in recorded.values()])
    derived_arrays = Derived(*[derived[name].reshape(-1) if name in derived else empty for name in Derived._fields])
    run = LayerRun(kernel, weights, events, copy.reshape(-1), hidden, cell, lengths, recorded_arrays, derived_arrays)
    per_step = batch * weights.multiplications  # multiply-adds
    with running_recording():
        if not (should_split_units(batch, units, outputs, per_step) and run.by_units()):
            run.by_sequences(time * per_step)
    if not copied:
        if not all(run.finite):
            check_finite(event, event)
        event = torch.from_numpy(copy)
    preactivations = {gate: derived.pop(name) for name, gate in GATE_OF.items() if name in derived}
    hidden_state = torch.from_numpy(recorded.pop("hidden_state"))
    return LayerRecord(
        weights, event, initial_state, preactivations, recorded, hidden_state, padding_is_nan=True, derived=derived
    )


def _names_of_derived(weights: LayerWeights, everything: bool) -> list[str]:
    """Which arrays of `Derived` are recorded."""
    names = Derived._fields if everything else ()
    return [name for name in names if name != "readout_preactivation" or weights.readout is not None]


@dataclass(frozen=True, eq=False)
class LayerRun:
    """One run of one layer: what the kernel reads, and where it records."""

    kernel: ModuleType
    weights: LayerWeights
    #: (time, batch, features)
    events: np.ndarray
    #: The same flattened, where the events are copied to; without numbers if they aren't.
    copy: np.ndarray
    #: (batch, outputs) and (batch, units): the state at the start.
    hidden: np.ndarray
    cell: np.ndarray
    lengths: np.ndarray
    arrays: Arrays
    derived: Derived
    #: For each part, whether all events that it copied are finite.
    finite: list[bool] = field(default_factory=list)

    def by_sequences(self, multiply_adds: float) -> None:
        """Run with each thread computing some sequences; `multiply_adds` are those of the whole run."""
        workers = self._workers(split_sequences(*self._sizes, multiply_adds))
        run_tasks(lambda number: self._record(workers[number], NO_COUNTERS), len(workers))
        self._cache_workers(workers)

    def by_units(self) -> bool:
        """Run with each thread computing some units; False where there are no threads that can wait for each other."""
        workers, counters = self._workers(split_units(*self._sizes)), new_counters()
        done = run_team(lambda number: self._record(workers[number], counters), len(workers), lambda: abort(counters))
        self._cache_workers(workers)
        return done

    @property
    def _sizes(self) -> tuple[int, int, int]:
        return self.events.shape[1], self.cell.shape[1], self.hidden.shape[1]

    def _record(self, worker: Worker, counters: np.ndarray) -> None:
        part, weights, states, scratch = worker
        finite = self.kernel.record(weights, self.events, self.copy, self.lengths, self.weights.reverse, part, states,
                                    scratch, self.arrays, self.derived, counters)  # fmt: skip
        self.finite.append(finite)

    def _workers(self, parts: Sequence[Partition]) -> Sequence[Worker]:
        """A worker for each part, with the state at the start: those of the last run, where no other run has them."""
        workers = self.weights.workers.pop(tuple(parts), None) or self._new_workers(parts)
        for part, _, states, _ in workers:
            sequences = slice(part.first_sequence, part.first_sequence + part.sequences)
            states.hidden[0, :, : self.hidden.shape[1]] = self.hidden[sequences]
            states.cell[:, : part.units] = self.cell[sequences, part.first_unit : part.first_unit + part.units]
        return workers

    def _cache_workers(self, workers: Sequence[Worker]) -> None:
        if self.cell.size <= MAX_CACHED_NUMBERS:
            self.weights.workers.clear()
            self.weights.workers[tuple([worker.part for worker in workers])] = workers

    def _new_workers(self, parts: Sequence[Partition]) -> list[Worker]:
        shared = self._shared_states(parts[0])
        return [self._new_worker(part, shared if part.team_size > 1 else self._shared_states(part)) for part in parts]

    def _new_worker(self, part: Partition, shared: list[np.ndarray]) -> Worker:
        """A worker with its own states and scratch; two of its states are products, whose rows are whole panels."""
        padded = round_up(part.units, UNIT_MULTIPLE)
        widths = padded, *(round_up(size, 4 * UNIT_MULTIPLE) for size in (part.units, part.outputs))
        rows = max(self.kernel.INPUT_ROWS, part.sequences)
        scratch = (rows, self.events.shape[2]), (rows, 4 * padded)
        thread_arrays = adjacent_arrays(self.cell.dtype, *((part.sequences, width) for width in widths), *scratch)
        thread_arrays[0][:] = 0  # padding that happens to hold subnormal numbers would slow the arithmetic down
        weights = _packed_weights(self.weights, part, self.kernel.PANEL_BYTES)
        return Worker(part, weights, States(*shared, *thread_arrays[:3]), Scratch(*thread_arrays[3:]))

    def _shared_states(self, part: Partition) -> list[np.ndarray]:
        """States that all threads of a team read and write: hidden, and those that a further product reads.

        Threads that share no sequence get their own: processors that write side by side into one cache line would wait
        for one another.
        """
        rows, (_, units, outputs) = part.sequences, self._sizes
        has_product = self.weights.readout is not None, self.weights.projection is not None
        widths = [round_up(units, UNIT_MULTIPLE) if needed else 0 for needed in has_product]
        hidden = (2, rows, round_up(outputs, UNIT_MULTIPLE))
        return adjacent_arrays(self.hidden.dtype, hidden, *[(rows, width) for width in widths])


def _packed_weights(weights: LayerWeights, part: Partition, panel_bytes: int) -> PackedWeights:
    """The layer's weights for the units and outputs of this part, packed once."""
    key = part.first_unit, part.units, part.first_output, part.outputs
    if key not in weights.packed_weights:
        units, outputs = (slice(first, first + count) for first, count in (key[:2], key[2:]))
        weights.packed_weights[key] = pack_weights(weights, units, outputs, panel_bytes)
    return weights.packed_weights[key]
