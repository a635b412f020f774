"""A layer recorded by the compiled kernel: sequences shared out to threads, each of which walks all steps."""

from __future__ import annotations

from itertools import pairwise
from types import ModuleType

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from lstm_viz.cells.buffers import pool
from lstm_viz.cells.packing import packed
from lstm_viz.cells.plans import LayerPlan
from lstm_viz.cells.recording import LayerRecord
from lstm_viz.cells.threads import share_out
from lstm_viz.cells.tiles import LANES, Arrays, Extras, Room, States, Weights, aligned, by_gate, whole

#: Sums of products below which a second thread costs more than it brings.
WORTH_A_THREAD = 15e6


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
    weights = _weights(plan)

    places = _shares(batch, time * batch * 4 * units * (features + outputs))
    states = [_states(start, first, last) for first, last in places]
    rooms = [_room(max(kernels.ROWS, last - first), features, units, events.dtype) for first, last in places]

    def share(number: int) -> None:
        first = places[number][0]
        kernels.record(weights, events, lengths, plan.reverse, first, states[number], rooms[number], rows, more)

    share_out(share, len(places))
    found, derived = ({name: torch.from_numpy(values) for name, values in made.items()} for made in (arrays, extras))
    sums = {gate: derived.pop(name) for name, gate in SUMS.items() if name in derived}
    return LayerRecord(plan, event, start, sums, found, found.pop("hidden_state"), blank=True, derived=derived)


def _states(start: tuple[Tensor, ...], first: int, last: int) -> States:
    """The states that these sequences start from, filled up with zeros, and room for what a step makes of them.

    Each thread has its own: processors that write side by side into one line of memory wait for one another.
    """
    hidden, memory = (part[first:last].numpy() for part in start)
    (rows, outputs), units, kind = hidden.shape, memory.shape[1], memory.dtype
    states = States(
        aligned((rows, whole(outputs)), kind),
        *aligned((2, rows, whole(units)), kind),
        *aligned((3, rows, whole(max(units, outputs), 4 * LANES)), kind),  # as wide as a tile of weights
    )
    states.hidden[:, :outputs], states.memory[:, :units] = hidden, memory
    return states


def _room(rows: int, features: int, units: int, kind: np.dtype) -> Room:
    return Room(aligned((rows, features), kind, np.empty), aligned((rows, 4 * whole(units)), kind, np.empty))


def _weights(plan: LayerPlan) -> Weights:
    bias = by_gate(plan.bias.numpy())
    none, without = bias[:0], bias[:0, None]
    readout, readout_bias = plan.readout if plan.readout is not None else (None, None)
    return Weights(
        packed.tiles(plan.input, gates=4),
        packed.tiles(plan.recurrent, gates=4),
        bias,
        without if readout is None else packed.tiles(readout),
        none if readout_bias is None else by_gate(readout_bias.numpy(), 1),
        without if plan.projection is None else packed.tiles(plan.projection),
    )


def _shares(batch: int, products: int) -> list[tuple[int, int]]:
    """Who walks through which sequences.

    >>> _shares(4, 10**9) if torch.get_num_threads() == 2 else [(0, 2), (2, 4)]
    [(0, 2), (2, 4)]
    """
    threads = max(1, min(torch.get_num_threads(), batch, int(products // WORTH_A_THREAD)))
    borders = [batch * number // threads for number in range(threads + 1)]
    return list(pairwise(borders))
