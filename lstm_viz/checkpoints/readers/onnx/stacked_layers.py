"""LSTM nodes that are layers of one LSTM: each is fed what the one below it gives, and nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from lstm_viz.checkpoints.contents import FoundLSTM
from lstm_viz.checkpoints.formatting import list_names
from lstm_viz.checkpoints.readers.onnx.graph import Value, trace_source
from lstm_viz.checkpoints.readers.onnx.lstm_node import RUN_TIME_LENGTHS_NOTE, RUN_TIME_STATE_NOTE, LSTMNode

#: Steps and sequences of the numbers by which is tried what an upper node is fed.
TRIAL_SIZES = (3, 2)
#: The most numbers that are tried.
MAX_TRIAL_VALUES = 10**7


@dataclass(frozen=True, eq=False)
class Stack:
    """An LSTM and its nodes, the lowest first."""

    nodes: tuple[LSTMNode, ...]
    found: FoundLSTM


def join_stacked_layers(single: list[Stack]) -> list[Stack]:
    """The stacks, those joined that are layers of one another."""
    below: dict[int, Stack] = {}
    earlier: dict[tuple[int, int], Stack] = {}
    for stack in single:
        if (lower := _layer_below(stack, earlier)) is not None:
            below[id(stack)] = lower
        earlier[id(stack.nodes[0].scope), id(stack.nodes[0].node)] = stack
    times = Counter(id(lower) for lower in below.values())
    above_of = {id(below[id(above)]): above for above in single if id(above) in below}
    joins = {
        lower: above
        for lower, above in above_of.items()
        if times[lower] == 1 and _can_be_stacked(below[id(above)], above)
    }
    uppers = {id(above) for above in joins.values()}
    return [_join(list(_upwards(stack, joins))) for stack in single if id(stack) not in uppers]


def _upwards(lowest: Stack, joins: dict[int, Stack]) -> Iterator[Stack]:
    layer: Stack | None = lowest
    while layer is not None:
        yield layer
        layer = joins.get(id(layer))


def _layer_below(above: Stack, earlier: dict[tuple[int, int], Stack]) -> Stack | None:
    """The one before it in the file whose states, each step's side by side, are what `above` reads."""
    node = above.nodes[0]
    value, _ = trace_source(node.scope.find(node.inputs.get("X", "")))
    if value is None or value.node is None or value.name != next(iter(value.node.output), ""):
        return None
    below = earlier.get((id(value.scope), id(value.node)))
    return below if below is not None and _feeds(below, value, node) else None


def _feeds(below: Stack, value: Value, above: LSTMNode) -> bool:
    """Whether made-up states arrive at `above` unchanged."""
    for time, batch in (TRIAL_SIZES, *_fixed_sizes(above)):
        num_directions, hidden = len(below.found.lstm_shape.directions), below.found.lstm_shape.hidden_size
        if not 0 < time * batch * num_directions * hidden < MAX_TRIAL_VALUES:
            continue
        states = np.arange(time * batch * num_directions * hidden, dtype=np.float32).reshape(
            time, batch, num_directions, hidden
        )
        batch_first = below.nodes[0].batch_first
        given = states if batch_first else states.swapaxes(1, 2)
        taken = above.constants.with_assumed_value(value, given).value(above.scope, above.inputs["X"])
        if taken is not None and np.array_equal(taken, states.reshape(time, batch, num_directions * hidden)):
            return batch_first == above.batch_first
    return False


def _fixed_sizes(above: LSTMNode) -> Iterator[tuple[int, int]]:
    """Steps and sequences that a reshape on the way fixes."""
    for node in trace_source(above.scope.find(above.inputs["X"]))[1]:
        if node.op_type == "Reshape" and len(node.input) > 1:
            shape = above.constants.value(above.scope, node.input[1])
            if shape is not None and shape.ndim == 1 and len(shape) == 3:
                yield int(shape[0]), int(shape[1])


def _can_be_stacked(below: Stack, above: Stack) -> bool:
    """Whether torch's LSTM has two such layers, and what they start from and how far they read is known alike."""
    pair = [below.found, above.found]
    shapes = {
        (found.lstm_shape.hidden_size, found.lstm_shape.directions, found.lstm_shape.bias, found.lengths)
        for found in pair
    }
    given = {(RUN_TIME_STATE_NOTE in found.notes, RUN_TIME_LENGTHS_NOTE in found.notes) for found in pair}
    batches = {found.initial_state[0].shape[1] for found in pair if found.initial_state is not None}
    return len(shapes) == len(given) == 1 and len(batches) <= 1


def _join(layers: list[Stack]) -> Stack:
    """One LSTM of several layers, by the lowest one's name."""
    if len(layers) == 1:
        return layers[0]
    every = [layer.found for layer in layers]
    parameters = {
        name.replace("_l0", f"_l{number}"): part
        for number, found in enumerate(every)
        for name, part in found.parameters.items()
    }
    notes = [note for found in every for note in found.notes]
    notes.append(f"Its layers are the nodes {list_names(found.name for found in every)}, each fed by the one before.")
    nodes = tuple(node for layer in layers for node in layer.nodes)
    start = _initial_states(every)
    return Stack(
        nodes, replace(every[0], parameters=parameters, initial_state=start, notes=tuple(dict.fromkeys(notes)))
    )


def _initial_states(every: list[FoundLSTM]) -> tuple[np.ndarray, np.ndarray] | None:
    known = [found.initial_state for found in every if found.initial_state is not None]
    if not known:
        return None
    zeros = (np.zeros_like(known[0][0]), np.zeros_like(known[0][1]))
    starts = [found.initial_state or zeros for found in every]
    return np.concatenate([h_0 for h_0, _ in starts]), np.concatenate([c_0 for _, c_0 in starts])
