"""LSTM nodes that are layers of one LSTM: each is fed what the one below it gives, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from lstm_viz.checkpoints.contents import FoundLSTM
from lstm_viz.checkpoints.formatting import list_names, quote
from lstm_viz.checkpoints.readers.onnx.graph import Uses, Value, trace_source
from lstm_viz.checkpoints.readers.onnx.input_path import InputPath
from lstm_viz.checkpoints.readers.onnx.lstm_node import RUN_TIME_LENGTHS_NOTE, RUN_TIME_STATE_NOTE, LSTMNode

#: Steps and sequences of the numbers by which is tried what an upper node is fed.
TRIAL_SIZES = (3, 2)
#: The most numbers that are tried.
MAX_TRIAL_VALUES = 10**7


@dataclass(frozen=True, eq=False)
class Stack:
    """An LSTM and its nodes, the lowest first, and the way of the lowest one's input."""

    nodes: tuple[LSTMNode, ...]
    found: FoundLSTM
    path: InputPath


def join_stacked_layers(single: list[Stack], uses: Uses) -> list[Stack]:
    """The stacks, those joined that are layers of one another; what is fed by another is said of the rest."""
    by_node = {(id(stack.nodes[0].scope), id(stack.nodes[0].node)): stack for stack in single}
    joins: dict[int, Stack] = {}
    told: dict[int, Stack] = {}
    uppers: set[int] = set()
    for above in single:
        below = _lstm_below(above, by_node)
        if below is None or above.path.source is None:
            continue
        if _feeds(below, above.path.source, above.nodes[0]) and _can_be_stacked(below, above) and _is_read_by_one(
            below, above, uses
        ):  # fmt: skip
            joins[id(below)] = above
            uppers.add(id(above))
        else:
            told[id(above)] = _with_input_note(above, below, above.path.source)
    lowest = [told.get(id(stack), stack) for stack in single if id(stack) not in uppers]
    originals = {id(told.get(id(stack), stack)): stack for stack in single}
    return [_join(list(_upwards(stack, originals[id(stack)], joins))) for stack in lowest]


def _upwards(lowest: Stack, original: Stack, joins: dict[int, Stack]) -> Iterator[Stack]:
    yield lowest
    layer = joins.get(id(original))
    while layer is not None:
        yield layer
        layer = joins.get(id(layer))


def _lstm_below(above: Stack, by_node: dict[tuple[int, int], Stack]) -> Stack | None:
    """The LSTM whose states, all or the last ones, another reads."""
    source = above.path.source
    return None if source is None else by_node.get((id(source.scope), id(source.node)))


def _with_input_note(above: Stack, below: Stack, source: Value) -> Stack:
    outputs = below.nodes[0].node.output
    which = "the states" if source.name == next(iter(outputs), "") else "the last states"
    note = f"In the model it reads {which} of {quote(below.found.name)}, not the sequence itself."
    return replace(above, found=replace(above.found, notes=(*above.found.notes, note)))


def _is_read_by_one(below: Stack, above: Stack, uses: Uses) -> bool:
    """Whether nothing but one node reads a node's states, however they are reshaped on the way."""
    node = below.nodes[0]
    readers = uses.readers(node.scope, node.node.output[0])
    return readers is not None and all(
        reader is above.nodes[0].node or reader.op_type in ("Shape", "Size") for reader in readers
    )


def _feeds(below: Stack, value: Value, above: LSTMNode) -> bool:
    """Whether made-up states arrive at `above` unchanged."""
    if value.name != next(iter(below.nodes[0].node.output), "") or below.nodes[0].reversed != above.reversed:
        return False
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
        (
            found.lstm_shape.hidden_size,
            found.lstm_shape.directions,
            found.lstm_shape.bias,
            found.lengths,
            found.activations,
        )
        for found in pair
    }
    given = {(RUN_TIME_STATE_NOTE in found.notes, RUN_TIME_LENGTHS_NOTE in found.notes) for found in pair}
    batches = {found.initial_state[0].shape[1] for found in pair if found.initial_state is not None}
    swapped = below.nodes[0].reversed and len(below.nodes[0].directions) > 1  # its ways stand in torch's order here
    return len(shapes) == len(given) == 1 and len(batches) <= 1 and not swapped


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
    found = replace(every[0], parameters=parameters, initial_state=start, notes=tuple(dict.fromkeys(notes)))
    return Stack(nodes, found, layers[0].path)


def _initial_states(every: list[FoundLSTM]) -> tuple[np.ndarray, np.ndarray] | None:
    known = [found.initial_state for found in every if found.initial_state is not None]
    if not known:
        return None
    zeros = (np.zeros_like(known[0][0]), np.zeros_like(known[0][1]))
    starts = [found.initial_state or zeros for found in every]
    return np.concatenate([h_0 for h_0, _ in starts]), np.concatenate([c_0 for _, c_0 in starts])
