"""What a graph does between its input and an LSTM node: the steps' order and axes, and what else stands there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np
from onnx import NodeProto

from lstm_viz.checkpoints.formatting import quote
from lstm_viz.checkpoints.readers.onnx.constant_folding import Constants
from lstm_viz.checkpoints.readers.onnx.graph import (
    MAX_PATH,
    RESHAPING_OPS,
    STANDARD_DOMAINS,
    Scope,
    Use,
    Uses,
    Value,
    trace_source,
)
from lstm_viz.checkpoints.readers.onnx.lstm_node import LSTMNode

#: Operators that may do nothing but put a sequence's steps in another order.
REORDERING_OPS = frozenset({"Slice", "ReverseSequence", "Gather"})
#: A place that is past a sequence's end, however long it is.
FAR = 2**31 - 1
#: Steps and sequences of the numbers by which is tried what a node is fed.
TRIAL_SIZES = ((3, 2), (4, 5))
#: The most numbers that are tried.
MAX_TRIAL_VALUES = 10**6
AXES = ("time", "batch", "features")
#: Operators that leave each axis where it is: what goes into them has the same axes as what comes out.
AXIS_KEEPING_OPS = frozenset(
    [
        *("Abs", "Add", "AveragePool", "BatchNormalization", "Cast", "CastLike", "Ceil", "Clip", "Concat", "Conv"),
        *("DequantizeLinear", "Div", "Dropout", "Elu", "Erf", "Exp", "Floor", "Gelu", "GroupNormalization"),
        *("HardSigmoid", "HardSwish", "Identity", "InstanceNormalization", "LayerNormalization", "LeakyRelu", "Log"),
        *("LogSoftmax", "LpNormalization", "LpPool", "MatMul", "Max", "MaxPool", "Mean", "Min", "Mish", "Mul", "Neg"),
        *("PRelu", "Pad", "Pow", "QuantizeLinear", "RMSNormalization", "Relu", "Resize", "ReverseSequence", "Round"),
        *("Selu", "Sigmoid", "Sign", "SimplifiedLayerNormalization", "Slice", "Softmax", "Softplus", "Softsign"),
        *("Sqrt", "Sub", "Sum", "Tanh", "ThresholdedRelu", "Tile", "Where"),
    ]
)
#: The most nodes before a file's LSTMs that are looked at, each a few times.
MAX_TRIED_NODES = 3_000
#: Steps that a list of them may name.
MAX_GATHERED = 10_000
#: Graphs that run again and again.
LOOPS = ("Loop", "Scan")

TURNED_BACK_NOTE = "The graph reverses its input and reverses its states back: each stands at its own step, as here."
NOT_TURNED_BACK_NOTE = (
    "The graph reverses its input and hands its states on in that order; here each stands at its own step."
)
SWAPPED_WAYS_NOTE = "Of its two ways the graph puts the one first that reads from the end; here it stands second."


@dataclass(frozen=True, eq=False)
class InputPath:
    """What a node reads: a value that moves no numbers but those of time and batch, and what is to be said of it."""

    source: Value | None = None
    #: Whether the last step of the source is read first.
    reversed: bool = False
    #: Whether the graph's own input has the batch before the time.
    batch_first: bool = False
    notes: tuple[str, ...] = ()


class InputPaths:
    """The way of each LSTM node's input, looked at in the file's order: a node may read what an earlier one gives."""

    def __init__(self, uses: Uses) -> None:
        self._uses = uses
        self._known: dict[tuple[int, int], InputPath] = {}
        self._tried = 0

    def of(self, node: LSTMNode) -> InputPath:
        """What a node reads, and how. CheckpointError where too much stands before the file's LSTMs."""
        found = self._found(node)
        self._known[id(node.scope), id(node.node)] = found
        return found

    def _found(self, node: LSTMNode) -> InputPath:
        value = node.scope.find(node.inputs.get("X", ""))
        source, order = self._ordered_source(node, value)
        lower = None if source is None else self._known.get((id(source.scope), id(source.node)))
        inherited = lower is not None and source is not None and _is_first_output(source) and lower.reversed
        listed = _listed_steps(value, source, node.constants) if order.reversed else 0
        fixed = [f"The graph reverses {listed:,} steps by their numbers: sequences of other lengths are none of its."]
        notes = [
            *_loop_notes(node.scope),
            *(fixed if listed else []),
            *([] if lower is not None else _source_notes(source, order, node.constants)),
        ]
        time, batch = (1, 0) if node.batch_first else (0, 1)
        batch_first = self._batch_first(value, time, batch, node.constants)
        return InputPath(source, order.reversed != inherited, batch_first, tuple(notes))

    def _ordered_source(self, node: LSTMNode, value: Value | None) -> tuple[Value | None, _Order]:
        """The farthest value whose numbers arrive whole at a node's X, and in which order."""
        farthest, steps = _farthest_source(value, node.constants)
        nearest, moved = trace_source(value)
        self._tried += steps
        node.constants.limits.check("nodes before its LSTMs", self._tried, MAX_TRIED_NODES)
        for source in (farthest, nearest):
            if source is not None and (order := _tried_order(node, value, source)) is not None:
                return source, order
        mixing = next((part for part in moved if part.op_type in ("Reshape", "Flatten")), None)
        return nearest, _Order(mixing=mixing)

    def turned_notes(self, nodes: Sequence[LSTMNode]) -> Iterator[str]:
        """What is to be said of an LSTM's nodes, the lowest first, whose input is reversed."""
        top = nodes[-1]
        uses = list(self._next_uses(top.scope, top.node.output[0])) if top.node.output else []
        if uses:
            back = all(use is not None and _reverses(use, top.constants) for use in uses)
            yield TURNED_BACK_NOTE if back else NOT_TURNED_BACK_NOTE
        if top.attributes.get("direction") == "bidirectional":
            yield SWAPPED_WAYS_NOTE

    def _next_uses(self, scope: Scope, name: str) -> Iterator[Use | None]:
        """What takes a value, past nodes that give every number of it in the same order of steps; None: the outside."""
        waiting, seen = [(scope, name)], set[tuple[int, str]]()
        while waiting and name and len(seen) < MAX_PATH:
            where, called = waiting.pop()
            if (id(where), called) in seen:
                continue
            seen.add((id(where), called))
            if called in where.outputs:
                yield None
            for use in self._uses.direct(where, called):
                if use.node.op_type in RESHAPING_OPS:
                    waiting += [(use.scope, output) for output in use.node.output if output]
                elif use.node.op_type not in ("Shape", "Size"):
                    yield use

    def _batch_first(self, value: Value | None, time: int, batch: int, constants: Constants) -> bool:
        """Whether the batch comes before the time where a value comes from, however far that can be followed."""
        for _ in range(MAX_PATH):
            if value is None or value.node is None or value.node.domain not in STANDARD_DOMAINS:
                break
            made_by = trace_source(value)[0] if value.node.op_type == "Reshape" else value
            lower = None if made_by is None else self._known.get((id(made_by.scope), id(made_by.node)))
            if lower is not None:
                return lower.batch_first
            before = _before(value, (time, batch), constants)
            if before is None:
                break
            value, (time, batch) = before
        return batch < time


def _is_first_output(value: Value) -> bool:
    return value.node is not None and value.name == next(iter(value.node.output), None)


@dataclass(frozen=True)
class _Order:
    """How the numbers of a source arrive."""

    reversed: bool = False
    #: The axes of the source, of (time, batch, features).
    axes: tuple[int, ...] = (0, 1, 2)
    #: A node that makes other steps of them, as far as is known.
    mixing: NodeProto | None = None


def _farthest_source(value: Value | None, constants: Constants) -> tuple[Value | None, int]:
    """The value before all nodes that give every number of it, in any order; and how many of those there are."""
    for steps in range(MAX_PATH):
        if value is None or value.node is None or not value.node.input:
            return value, steps
        kind = value.node.op_type
        if kind not in RESHAPING_OPS and not (kind in REORDERING_OPS and _keeps_every_step(value, constants)):
            return value, steps
        value = value.scope.find(value.node.input[0])
    return value, MAX_PATH


def _keeps_every_step(value: Value, constants: Constants) -> bool:
    """Whether a Slice or a ReverseSequence may take sequences of any length whole: it names no steps in numbers."""
    node = value.node
    assert node is not None
    known = [constants.value(value.scope, name) for name in node.input[1:]]
    if node.op_type == "Gather":
        return _gathered_steps(value, constants) > 0
    if node.op_type == "ReverseSequence":
        return bool(known) and known[0] is None
    if len(known) < 2:
        return False
    step = known[3] if len(known) > 3 else np.ones(1)
    if step is None:
        return False
    backwards = bool((step < 0).any())
    starts, ends = known[:2]
    begins = starts is None or bool((starts == -1).all() or (starts >= FAR).all() if backwards else (starts == 0).all())
    stops = ends is None or bool((ends <= -FAR).all() if backwards else (ends >= FAR).all())
    return begins and stops


def _gathered_steps(value: Value, constants: Constants) -> int:
    """How many steps a Gather takes that puts all of them in the opposite order; 0 for another."""
    node = value.node
    assert node is not None
    if node.op_type != "Gather" or len(node.input) != 2 or constants.value(value.scope, node.input[0]) is not None:
        return 0
    places = constants.value(value.scope, node.input[1])
    if places is None or places.ndim != 1 or not 1 < len(places) <= MAX_GATHERED:
        return 0
    steps = len(places)
    wanted = np.arange(steps)[::-1]
    return steps if np.array_equal(places, wanted) or np.array_equal(places, wanted - steps) else 0


def _listed_steps(value: Value | None, source: Value | None, constants: Constants) -> int:
    """How many steps a Gather between a source and a node names; 0 where none does."""
    for _ in range(MAX_PATH):
        if value is None or source is None or value.node is None or not value.node.input:
            return 0
        if (value.scope, value.name) == (source.scope, source.name):
            return 0
        if steps := _gathered_steps(value, constants):
            return steps
        value = value.scope.find(value.node.input[0])
    return 0


def _tried_order(node: LSTMNode, value: Value | None, source: Value) -> _Order | None:
    """The order in which made-up numbers of a source arrive at X; None where they don't arrive whole."""
    if value is None or (source.scope, source.name) == (value.scope, value.name):
        return _Order()
    lengths = _reversed_lengths(value)
    orders = None
    for time, batch in (*TRIAL_SIZES, *_fixed_sizes(node, source)):
        found = _orders_of(node, source, (time, batch), lengths)
        if found is not None:
            orders = found if orders is None else orders & found
    if not orders:
        return None
    reversed, axes = min(orders)
    if reversed and "sequence_lens" in node.inputs:
        if not _same_source(node.scope.find(node.inputs["sequence_lens"]), lengths):
            return None  # What lies past a sequence's end would be read first.
    elif lengths is not None:
        return None
    return _Order(reversed, axes)


def _orders_of(
    node: LSTMNode, source: Value, sizes: tuple[int, int], lengths: Value | None
) -> set[tuple[bool, tuple[int, ...]]] | None:
    """The orders of steps and axes in which numbers of a source arrive at X; None where nothing of such sizes does."""
    features = _features(node)
    if not 0 < sizes[0] * sizes[1] * features <= MAX_TRIAL_VALUES:
        return None
    plain = np.arange(sizes[0] * sizes[1] * features, dtype=np.float32).reshape(*sizes, features)
    found: set[tuple[bool, tuple[int, ...]]] | None = None
    for given in _forms(source, plain):
        for supposed in _supposed(node, source, given, lengths):
            taken = supposed.value(node.scope, node.inputs["X"])
            if taken is None:
                continue
            if taken.ndim != 3 or taken.size != plain.size:
                found = found or set()
                continue
            steps = taken.swapaxes(0, 1) if node.batch_first else taken
            found = {
                (turned, tuple(np.argsort(axes).tolist()))
                for axes in permutations(range(3))
                for turned in (False, True)
                if np.array_equal(steps[::-1] if turned else steps, plain.transpose(axes))
            }
            if found:
                return found
    return found


def _supposed(node: LSTMNode, source: Value, given: np.ndarray, lengths: Value | None) -> Iterator[Constants]:
    """The graph's constants if a source were these numbers, and each sequence as long as its time, whichever axis."""
    supposed = node.constants.with_assumed_value(source, given)
    if lengths is None:
        yield supposed
        return
    for batch, time in (given.shape[:2], given.shape[1::-1]):
        yield supposed.with_assumed_value(lengths, np.full(batch, time, np.int64), keep=True)


def _forms(source: Value, arranged: np.ndarray) -> Iterator[np.ndarray]:
    """What a source may look like: as an LSTM gives it, (time, directions, batch, hidden), or plain."""
    if source.node is not None and source.node.op_type in ("LSTM", "DynamicQuantizeLSTM"):
        for ways in (1, 2):
            if arranged.shape[2] % ways == 0:
                split = arranged.reshape(*arranged.shape[:2], ways, -1)
                yield split.swapaxes(1, 2)
                yield split
    yield arranged


def _features(node: LSTMNode) -> int:
    weights = node.weights["W"]
    return int(weights.shape[-1]) if weights is not None and weights.ndim else 0


def _fixed_sizes(node: LSTMNode, source: Value) -> Iterator[tuple[int, int]]:
    """Steps and sequences that a node on the way fixes."""
    value = node.scope.find(node.inputs.get("X", ""))
    for _ in range(MAX_PATH):
        if value is None or value.node is None or (value.scope, value.name) == (source.scope, source.name):
            return
        if value.node.op_type == "Reshape" and len(value.node.input) > 1:
            shape = node.constants.value(value.scope, value.node.input[1])
            if shape is not None and shape.ndim == 1 and len(shape) == 3:
                yield int(shape[0]), int(shape[1])
                yield int(shape[1]), int(shape[0])
        elif steps := _gathered_steps(value, node.constants):
            yield steps, 2
        value = value.scope.find(value.node.input[0]) if value.node.input else None


def _reversed_lengths(value: Value | None) -> Value | None:
    """The lengths within which a ReverseSequence on the way reverses, where they are given as the graph runs."""
    for _ in range(MAX_PATH):
        if value is None or value.node is None or not value.node.input:
            return None
        if value.node.op_type == "ReverseSequence" and len(value.node.input) > 1:
            lengths, _ = trace_source(value.scope.find(value.node.input[1]))
            return lengths if lengths is not None and lengths.node is None and lengths.tensor is None else None
        if value.node.op_type not in RESHAPING_OPS | REORDERING_OPS:
            return None
        value = value.scope.find(value.node.input[0])
    return None


def _same_source(one: Value | None, other: Value | None) -> bool:
    first, _ = trace_source(one)
    return first is not None and other is not None and (first.scope, first.name) == (other.scope, other.name)


def _reverses(use: Use, constants: Constants) -> bool:
    """Whether a node puts the last step first."""
    if use.node.op_type == "ReverseSequence":
        return True
    steps = constants.value(use.scope, use.node.input[4]) if len(use.node.input) > 4 else None
    return use.node.op_type == "Slice" and steps is not None and bool((steps < 0).any())


def _loop_notes(scope: Scope) -> Iterator[str]:
    here: Scope | None = scope
    while here is not None:
        if here.owner is not None and here.owner.op_type in LOOPS:
            yield (
                f"It stands inside of {described(here.owner)}, which runs it again and again; here one of those runs "
                "is traced."
            )
            return
        if here.owner is not None and here.owner.op_type == "If":
            yield f"It stands in a branch of {described(here.owner)}, which the graph takes in some runs alone."
            return
        here = here.caller


def _source_notes(source: Value | None, order: _Order, constants: Constants) -> Iterator[str]:
    """What is to be said of the node that gives a source, and of its axes."""
    if order.mixing is not None:
        yield f"In the model {described(order.mixing)} makes its steps of numbers of another shape."
    elif order.axes not in ((0, 1, 2), (1, 0, 2)):
        axes = ", ".join(AXES[axis] for axis in order.axes)
        yield f"In the model it is given the axes {axes} in this order; here they are time, batch, features."
    if source is None or source.node is None:
        return
    node = source.node
    if node.op_type == "Gather" and node.domain in STANDARD_DOMAINS and len(node.input) == 2:
        table, ids = constants.value(source.scope, node.input[0]), trace_source(source.scope.find(node.input[1]))[0]
        if table is not None and table.ndim == 2:
            if ids is not None and ids.node is not None:
                yield f"In the model {described(node)} looks up what {described(ids.node)} gives."
            return
    yield f"In the model it reads what {described(node)} gives, not the sequence itself."


def described(node: NodeProto) -> str:
    """A node in a sentence: its name, or its output's, and its operator."""
    name = node.name or next((output for output in node.output if output), "")
    return f"{quote(name)} ({quote(node.op_type)[1:-1]})" if name else quote(node.op_type)


def _before(value: Value, axes: tuple[int, int], constants: Constants) -> tuple[Value | None, tuple[int, int]] | None:
    """The value that a node makes another of, and where its axes stand there; None where that can't be told."""
    node = value.node
    assert node is not None
    if node.op_type == "Transpose":
        order = [place for part in node.attribute if part.name == "perm" for place in part.ints]
        if sorted(order) != list(range(len(order))) or max(axes) >= len(order):
            return None
        axes = (order[axes[0]], order[axes[1]])
    elif node.op_type in ("Squeeze", "Unsqueeze"):
        moved = _axes_of(value, constants)
        if moved is None:
            return None
        shift = _before_squeeze if node.op_type == "Squeeze" else _before_unsqueeze
        first, second = shift(axes[0], moved), shift(axes[1], moved)
        if first is None or second is None:
            return None
        axes = (first, second)
    elif node.op_type == "Gather":
        if len(node.input) < 2 or constants.value(value.scope, node.input[0]) is None:
            return None
        return value.scope.find(node.input[1]), axes
    elif node.op_type not in AXIS_KEEPING_OPS:
        return None
    for name in node.input:
        if name and constants.value(value.scope, name) is None:
            return value.scope.find(name), axes
    return None


def _axes_of(value: Value, constants: Constants) -> list[int] | None:
    node = value.node
    assert node is not None
    axes = value.scope.attributes_of(node).get("axes")
    if axes is None and len(node.input) > 1:
        known = constants.value(value.scope, node.input[1])
        axes = None if known is None else known.reshape(-1).tolist()
    return sorted(axes) if axes and all(0 <= axis < 8 for axis in axes) else None


def _before_squeeze(axis: int, removed: list[int]) -> int:
    for place in removed:
        axis += place <= axis
    return axis


def _before_unsqueeze(axis: int, added: list[int]) -> int | None:
    return None if axis in added else axis - sum(place < axis for place in added)
