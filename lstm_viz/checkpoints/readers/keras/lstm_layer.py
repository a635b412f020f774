"""A Keras LSTM layer and its weights as torch names and lays them out, or why it is left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lstm_viz.cells.activation_functions import CellActivations
from lstm_viz.checkpoints.contents import FoundLSTM
from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.formatting import format_shape, quote
from lstm_viz.checkpoints.readers.keras.activations import cell_activations
from lstm_viz.checkpoints.readers.keras.layer_graph import Layer, class_of, snake_case
from lstm_viz.checkpoints.readers.keras.weights import Weights
from lstm_viz.checkpoints.state_dict import HALF_PRECISION_NOTE
from lstm_viz.checkpoints.stored_tensor import StoredTensor, in_memory

#: Layers that may be LSTMs, and those that are none.
LSTM_CLASSES = ("LSTM", "CuDNNLSTM", "RNN", "Bidirectional")
OTHER_RECURRENT_CLASSES = ("GRU", "CuDNNGRU", "SimpleRNN", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D")
#: Stands for the class of a layer without a description.
NO_CLASS = "nothing"

BACKWARD_NOTE = (
    "It reads from the end. Keras hands its states on in the order in which they arise; here each stands at its own "
    "step."
)
STATEFUL_NOTE = "In Keras it is stateful: each batch starts from where the one before ended. Here it starts from zero."
TIME_MAJOR_NOTE = "Its sequences have the time before the batch."
INITIAL_STATE_NOTE = "In the model other layers hand it its first state. Here it starts from zero unless one is given."


#: Number formats and policies by which Keras computes in 16 bits.
HALF_POLICIES = ("float16", "bfloat16", "mixed_float16", "mixed_bfloat16")


@dataclass(frozen=True, eq=False)
class Direction:
    """One direction of a layer: its settings, and those of its cells by their paths in Keras 3's files."""

    settings: Mapping[str, Any]
    cells: tuple[tuple[str, Mapping[str, Any]], ...]


def read_lstm_layer(layer: Layer, weights: Weights) -> FoundLSTM:
    """The LSTM that a layer is. CheckpointError, with its name, where it is none or one that can't be traced."""
    directions = _directions(layer)
    cells = [cell for direction in directions.values() for cell in direction.cells]
    activations = _activations(layer, cells, weights.version)
    stored = weights.of(
        layer, [f"{place}{part}" for place, direction in directions.items() for part, _ in direction.cells]
    )
    _check_units(layer.name, stored)
    parts: dict[str, np.ndarray] = {}
    for end, cell in zip(_parameter_suffixes(layer, directions), stored, strict=True):
        parts |= convert_cell(layer.name, end, cell)
    notes = [
        *([] if activations.is_standard else [activations.note]),
        *_notes(layer, directions),
        *([HALF_PRECISION_NOTE] if any(part.is_half_precision for cell in stored for part in cell) else []),
    ]
    time_first = any(direction.settings.get("time_major") for direction in directions.values())
    return FoundLSTM(
        layer.name,
        _class_description(layer),
        with_missing_biases(parts),
        not time_first,
        notes=tuple(notes),
        activations=activations,
    )


def _directions(layer: Layer) -> dict[str, Direction]:
    """The directions that a layer reads in, by what stands before their cells in Keras 3's paths."""
    if layer.kind != "Bidirectional":
        return {"": _direction(layer.name, layer.kind, layer.settings)}
    forward = layer.settings.get("layer")
    backward = layer.settings.get("backward_layer") or forward
    directions = {
        f"{end}_layer/": _direction(layer.name, *_class_and_settings(node))
        for end, node in (("forward", forward), ("backward", backward))
    }
    if directions["forward_layer/"].settings.get("go_backwards"):
        raise CheckpointError(f"{quote(layer.name)} reads both ways, the first from the end, and was left out.")
    return directions


def _direction(name: str, kind: str, settings: Mapping[str, Any]) -> Direction:
    if kind in ("LSTM", "CuDNNLSTM"):
        return Direction(settings, (("cell" if kind == "LSTM" else "", settings),))
    if kind == NO_CLASS:
        raise CheckpointError(f"{quote(name)} lacks the description of the layer inside it, and was left out.")
    if kind != "RNN":
        raise CheckpointError(f"{quote(name)} is a {kind} layer and was left out.")
    inside, cell = _class_and_settings(settings.get("cell"))
    nodes = cell.get("cells") if inside == "StackedRNNCells" else [settings.get("cell")]
    cells = [_class_and_settings(node) for node in nodes] if isinstance(nodes, list) else []
    if not cells or any(kind != "LSTMCell" for kind, _ in cells):
        kinds = " and ".join(dict.fromkeys(kind for kind, _ in cells)) or inside
        raise CheckpointError(f"{quote(name)} is an RNN of {quote(kinds)}, no LSTMCell, and was left out.")
    if inside != "StackedRNNCells":
        return Direction(settings, (("cell", cells[0][1]),))
    places = [f"cell/cells/{snake_case('LSTMCell')}{f'_{number}' if number else ''}" for number in range(len(cells))]
    return Direction(settings, tuple((place, cell) for place, (_, cell) in zip(places, cells, strict=True)))


def _class_and_settings(node: Any) -> tuple[str, Mapping[str, Any]]:
    """(class, settings) of a layer or cell described inside another; (NOTHING, {}) where there is none."""
    described = node if isinstance(node, dict) else {}
    settings = described.get("config")
    kind = class_of(described) if "class_name" in described else NO_CLASS
    return kind, settings if isinstance(settings, dict) else {}


def _activations(layer: Layer, cells: Sequence[tuple[str, Mapping[str, Any]]], version: str) -> CellActivations:
    # Of CuDNNLSTM nothing but its class is told apart: it has no setting for its gates.
    can_be_told = "CuDNNLSTM" not in _classes(layer)
    found = {cell_activations(layer.name, settings, version, has_gate_setting=can_be_told) for _, settings in cells}
    if len(found) > 1:
        listed = " and ".join(sorted(functions.words for functions in found))
        raise CheckpointError(
            f"{quote(layer.name)} has cells of {listed}, which one LSTM can't have, and was left out."
        )
    return next(iter(found))


def _classes(layer: Layer) -> set[str]:
    """The classes of a layer and of those that a Bidirectional has inside."""
    inside = (_class_and_settings(layer.settings.get(end))[0] for end in ("layer", "backward_layer"))
    return {layer.kind, *inside} if layer.kind == "Bidirectional" else {layer.kind}


def _check_units(name: str, cells: Sequence[Sequence[StoredTensor]]) -> None:
    units = sorted({cell[1].shape[0] for cell in cells if len(cell) < 4 and len(cell) > 1 and cell[1].shape})
    if len(units) > 1:
        listed = " and ".join(f"{number:,}" for number in units)
        raise CheckpointError(
            f"{quote(name)} has cells of {listed} units, which one LSTM can't have, and was left out."
        )


def _parameter_suffixes(layer: Layer, directions: Mapping[str, Direction]) -> Iterator[str]:
    """How torch ends the names of each cell's parameters, in their order."""
    if len(directions) > 1 and any(len(direction.cells) > 1 for direction in directions.values()):
        raise CheckpointError(f"{quote(layer.name)} reads both ways with several cells each and was left out.")
    for place, direction in directions.items():
        backwards = place.startswith("backward") or direction.settings.get("go_backwards")
        yield from (f"l{number}{'_reverse' if backwards else ''}" for number in range(len(direction.cells)))


def _class_description(layer: Layer) -> str:
    inside = _class_and_settings(layer.settings.get("layer") or layer.settings.get("cell"))[0]
    return f"Keras {layer.kind}" + ("" if inside == NO_CLASS else f" of {inside}")


def _notes(layer: Layer, directions: Mapping[str, Direction]) -> Iterator[str]:
    settings = [layer.settings, *(direction.settings for direction in directions.values())]
    if len(directions) == 1 and settings[-1].get("go_backwards"):
        yield BACKWARD_NOTE
        if len(next(iter(directions.values())).cells) > 1:
            raise CheckpointError(f"{quote(layer.name)} reads from the end with several cells and was left out.")
    mode = layer.settings.get("merge_mode", "concat")
    if mode != "concat":
        yield f"Keras hands its two ways on with merge_mode {quote(str(mode))}; here they stand side by side."
    for key, note in (("stateful", STATEFUL_NOTE), ("time_major", TIME_MAJOR_NOTE)):
        if any(part.get(key) for part in settings):
            yield note
    if layer.has_initial_state:
        yield INITIAL_STATE_NOTE
    for policy in dict.fromkeys(_dtype_policy(part) for part in settings):
        if policy in HALF_POLICIES:
            yield f"In Keras it computes with 16 bits ({policy}); here with 32."


def _dtype_policy(settings: Mapping[str, Any]) -> str:
    """The name of a layer's number format, or of its policy: float32, mixed_float16 ..."""
    given = settings.get("dtype")
    inside = given.get("config") if isinstance(given, dict) else None
    return str(inside.get("name")) if isinstance(inside, dict) else str(given)


#: What stands in Keras' cells, in its order.
CELL_TENSORS = ("kernel", "recurrent_kernel", "bias")
#: Gates of Keras and of torch, both i, f, c, o: only the axis differs.
GATE_COUNT = 4
#: Keras 1 keeps three tensors for each gate, in the order i, c, f, o; where each of ours begins.
KERAS_1_GATE_OFFSETS = (0, 6, 3, 9)


def convert_cell(name: str, end: str, cell: Sequence[StoredTensor]) -> dict[str, np.ndarray]:
    """One cell's Keras weights as torch's parameters; `end` ends their names: l0, l1_reverse.

    cell: kernel (features, 4 * units), recurrent kernel (units, 4 * units) and perhaps bias (4 * units); a bias of
    8 * units is that of a CuDNNLSTM; twelve tensors are a kernel, a recurrent kernel and a bias for each gate, as
    Keras 1 has them. Raises CheckpointError where the shapes are others.

    >>> from lstm_viz.checkpoints.stored_tensor import in_memory
    >>> cell = [in_memory(np.zeros((3, 8))), in_memory(np.zeros((2, 8))), in_memory(np.zeros(8))]
    >>> {part: array.shape for part, array in convert_cell("lstm", "l0", cell).items()}
    {'weight_ih_l0': (8, 3), 'weight_hh_l0': (8, 2), 'bias_ih_l0': (8,), 'bias_hh_l0': (8,)}
    """
    if len(cell) == len(CELL_TENSORS) * GATE_COUNT:
        cell = [
            _concatenate_gates(name, [cell[first + part] for first in KERAS_1_GATE_OFFSETS])
            for part in range(len(CELL_TENSORS))
        ]
    units = _check_shapes(name, [part.shape for part in cell])
    kernel, recurrent, *bias = (part.numbers(f"{name}.{what}") for part, what in zip(cell, CELL_TENSORS, strict=False))
    doubled = has_two_biases(cell)
    given, own = (
        (_from_cudnn_layout(kernel, units), _from_cudnn_layout(recurrent, units))
        if doubled
        else (kernel.T, recurrent.T)
    )
    found = {f"weight_ih_{end}": np.ascontiguousarray(given), f"weight_hh_{end}": np.ascontiguousarray(own)}
    if bias:
        parts = np.split(bias[0], 2) if doubled else (bias[0], np.zeros_like(bias[0]))
        found |= dict(zip((f"bias_ih_{end}", f"bias_hh_{end}"), parts, strict=True))
    return found


def has_two_biases(cell: Sequence[StoredTensor]) -> bool:
    """Whether a cell is a CuDNNLSTM's, which has an input bias and a recurrent bias."""
    return len(cell) == len(CELL_TENSORS) and cell[2].shape == (2 * GATE_COUNT * cell[1].shape[0],)


def with_missing_biases(parameters: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The parameters of several cells, zeros for the biases that some lack where others have them.

    >>> cells = {"weight_hh_l0": np.zeros((8, 2)), "weight_hh_l1": np.zeros((8, 2)), "bias_ih_l0": np.zeros(8)}
    >>> with_missing_biases(cells)["bias_ih_l1"].shape
    (8,)
    """
    kinds = {name.partition("_l")[0] for name in parameters if name.startswith("bias")}
    recurrent = {name: part for name, part in parameters.items() if name.startswith("weight_hh")}
    empty = {
        name.replace("weight_hh", kind): np.zeros(len(part), part.dtype)
        for name, part in recurrent.items()
        for kind in kinds
    }
    return {**empty, **parameters}


def _concatenate_gates(name: str, gates: list[StoredTensor]) -> StoredTensor:
    if len({gate.shape for gate in gates}) > 1 or not gates[0].shape:
        raise CheckpointError(
            f"{quote(name)} should have equal gates; {_shapes_in_words([gate.shape for gate in gates])}."
        )
    return in_memory(np.concatenate([gate.numbers(name) for gate in gates], axis=-1))


def _from_cudnn_layout(kernel: np.ndarray, units: int) -> np.ndarray:
    """(4 * units, inputs) from (inputs, 4 * units): each gate's numbers are those of cuDNN's (units, inputs), in
    its order, whatever shape Keras gives them (as Keras 2 takes them: kernel.T.reshape(kernel.shape, order="F")).
    """
    return np.concatenate([gate.reshape(units, -1) for gate in np.split(kernel, GATE_COUNT, axis=1)])


def _check_shapes(name: str, shapes: list[tuple[int, ...]]) -> int:
    """The units of a cell of these shapes."""
    if len(shapes) not in (2, 3) or any(len(shape) != 2 for shape in shapes[:2]):
        raise CheckpointError(
            f"{quote(name)} should have a kernel, a recurrent kernel and perhaps a bias; {_shapes_in_words(shapes)}."
        )
    units = shapes[1][0]
    wanted = [(shapes[0][0], GATE_COUNT * units), (units, GATE_COUNT * units)]
    if not units or not shapes[0][0] or shapes[:2] != wanted or shapes[2:] not in ([], [(4 * units,)], [(8 * units,)]):
        raise CheckpointError(
            f"{quote(name)} should have four columns a unit, and a bias for each; {_shapes_in_words(shapes)}."
        )
    return units


def _shapes_in_words(shapes: list[tuple[int, ...]]) -> str:
    came = ", ".join(format_shape(shape) for shape in shapes[:4])
    return f"its weights have the shapes {came}" if came else "it has none"
