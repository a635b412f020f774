"""A layer recorded by the compiled kernel: sequences shared out to threads, each of which walks all steps."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache
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
from lstm_viz.cells.tiles import LANES, Arrays, Extras, States, Weights, aligned, by_gate, whole

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
    arrays = Arrays(*(pool.empty((time, batch, size), events.dtype) for size in (*[units] * 5, outputs)))
    without = () if everything and plan.readout is not None else ("readout_sum",) if everything else Extras._fields
    extras = Extras(*(pool.empty((0 if name in without else time, batch, units), events.dtype)
                      for name in Extras._fields))  # fmt: skip
    weights, states = _weights(plan), _states(start)

    def share(first: int, last: int) -> None:
        rows = max(kernels.ROWS, last - first)
        room = aligned((rows, whole(features)), events.dtype), aligned((rows, 4 * whole(units)), events.dtype)
        kernels.record(weights, events, lengths, plan.reverse, states, arrays, extras, first, last, *room)

    places = _shares(batch, time * batch * 4 * units * (features + outputs))
    others = [_threads().submit(share, *place) for place in places[1:]]
    share(*places[0])
    for other in others:
        other.result()
    found, more = (_tensors(values) for values in (arrays, extras))
    sums = {gate: more.pop(name) for name, gate in SUMS.items() if name in more}
    return LayerRecord(plan, event, start, sums, found, found.pop("hidden_state"), blank=True, derived=more)


def _tensors(arrays: Arrays | Extras) -> dict[str, Tensor]:
    return {name: torch.from_numpy(values) for name, values in arrays._asdict().items() if len(values)}


def _states(start: tuple[Tensor, ...]) -> States:
    """The states to start from, filled up with zeros, and room for what a step makes of them."""
    hidden, memory = (part.numpy() for part in start)
    batch, units = memory.shape
    narrow = aligned((2, batch, whole(units)), memory.dtype)
    wide = aligned((2, batch, whole(units, 4 * LANES)), memory.dtype)  # as wide as a tile of weights
    states = States(aligned((batch, whole(hidden.shape[1])), memory.dtype), *narrow, *wide)
    states.hidden[:, : hidden.shape[1]], states.memory[:, :units] = hidden, memory
    return states


def _weights(plan: LayerPlan) -> Weights:
    bias = by_gate(plan.bias.numpy())[None]
    none = bias[:0]
    readout, readout_bias = plan.readout if plan.readout is not None else (None, None)
    return Weights(
        packed.tiles(plan.input.numpy(), gates=4),
        packed.tiles(plan.recurrent.numpy(), gates=4),
        bias,
        none if readout is None else packed.tiles(readout.numpy()),
        none if readout_bias is None else readout_bias.numpy()[None],
        none if plan.projection is None else packed.tiles(plan.projection.numpy()),
    )


def _shares(batch: int, products: int) -> list[tuple[int, int]]:
    """Who walks through which sequences.

    >>> _shares(4, 10**9) if torch.get_num_threads() == 2 else [(0, 2), (2, 4)]
    [(0, 2), (2, 4)]
    """
    threads = max(1, min(torch.get_num_threads(), batch, int(products // WORTH_A_THREAD)))
    borders = [batch * number // threads for number in range(threads + 1)]
    return list(pairwise(borders))


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(thread_name_prefix="lstm-viz records")


if hasattr(os, "register_at_fork"):  # threads do not come along into a forked process
    os.register_at_fork(after_in_child=_threads.cache_clear)
