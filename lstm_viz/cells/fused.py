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

from lstm_viz.cells.plans import LayerPlan
from lstm_viz.cells.recording import LayerRecord
from lstm_viz.cells.tiles import WIDTH, Arrays, Extras, States, Weights, aligned, tiled, whole

#: Sums of products below which a second thread costs more than it brings.
WORTH_A_THREAD = 15e6


def record_fused(
    kernels: ModuleType,
    plan: LayerPlan,
    event: Float[Tensor, "time batch features"],
    start: tuple[Tensor, ...],
    lengths: np.ndarray,
) -> LayerRecord:
    """Run a layer of a standard or a course's cell from the state `start`; NaN past each sequence's length."""
    time, batch, _ = event.shape
    events, kind = event.numpy(), event.numpy().dtype
    outputs, units = start[0].shape[1], start[1].shape[1]
    arrays = Arrays(*(np.empty((time, batch, size), kind) for size in (*[units] * 5, outputs)))
    extras = Extras(*[np.empty((0, 0, 0), kind)] * len(Extras._fields))
    states = States(*(aligned((batch, whole(units)), kind) for _ in States._fields))
    states = states._replace(hidden=aligned((batch, whole(outputs)), kind))
    states.hidden[:, :outputs], states.memory[:, :units] = start[0].numpy(), start[1].numpy()
    weights = _weights(plan, kind)
    shares = _shares(batch, time * batch * plan.input.shape[0] * (plan.input.shape[1] + outputs))

    def share(first: int, last: int) -> None:
        rows = max(kernels.ROWS, last - first)
        room = aligned((rows, weights.input.shape[1] // WIDTH), kind), aligned((rows, 4 * units), kind)
        kernels.record(weights, events, lengths, plan.reverse, states, arrays, extras, first, last, *room)

    others = [_threads().submit(share, *place) for place in shares[1:]]
    share(*shares[0])
    for other in others:
        other.result()
    found = {name: torch.from_numpy(values) for name, values in arrays._asdict().items()}
    return LayerRecord(plan, event, start, {}, found, found.pop("hidden_state"), blank=True)


def _weights(plan: LayerPlan, kind: np.dtype) -> Weights:
    none = np.zeros((0, 0), kind)
    readout, readout_bias = plan.readout if plan.readout is not None else (None, None)
    return Weights(
        tiled(plan.input.numpy()),
        tiled(plan.recurrent.numpy()),
        plan.bias.numpy()[None],
        none if readout is None else tiled(readout.numpy()),
        none if readout_bias is None else readout_bias.numpy()[None],
        none if plan.projection is None else tiled(plan.projection.numpy()),
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
