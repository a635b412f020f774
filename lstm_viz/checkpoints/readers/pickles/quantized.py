"""Packed weights of quantize_dynamic's modules under the names of the modules that they came from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.formatting import quote
from lstm_viz.checkpoints.readers.pickles.module_tree import Leaf, ModuleTree
from lstm_viz.checkpoints.readers.pickles.objects import Instance
from lstm_viz.checkpoints.readers.pickles.torch_values import PickledTensor, packed_state
from lstm_viz.checkpoints.stored_module import StoredModule

#: Where torch.ao.nn.quantized.dynamic keeps packed weights: of an LSTM, of a linear layer, of a cell.
LSTM_PART = re.compile(r"(?P<module>.*?)\.?_all_weight_values\.(?P<number>\d{1,6})\.param")
LINEAR_PART = re.compile(r"(?P<module>.*?)\.?_packed_params\._packed_params(\.(?P<part>[01]))?")
CELL_PART = re.compile(r"(?P<module>.*?)\.?_packed_(?P<name>weight_ih|weight_hh)")

BYTES_NOTE = (
    "Its weights are quantised to 8 bits; what is shown uses exactly the numbers that they stand for. A quantised "
    "module rounds what it reads and its states to 8 bits too (quantize_dynamic as it runs, static quantisation by "
    "scales of its own), so that its own outputs differ."
)
HALVES_NOTE = (
    "Its weights are quantised to 16 bits (quantize_dynamic with float16); what is shown uses exactly the numbers that "
    "they stand for, with 32."
)


def unpack_quantized(tree: ModuleTree) -> ModuleTree:
    """The tree with packed weights as plain tensors; objects that hold no weights are left out.

    Raises CheckpointError where it can't be told which weights are which.
    """
    tensors: dict[str, Leaf] = {}
    plain: set[str] = set()
    packed: dict[str, dict[int, Any]] = {}
    for name, value in tree.tensors.items():
        if (place := LSTM_PART.fullmatch(name)) and isinstance(value, Instance):
            packed.setdefault(place["module"], {})[int(place["number"])] = value
        elif place := LINEAR_PART.fullmatch(name):
            tensors |= _linear(place["module"], place["part"], value)
        elif (place := CELL_PART.fullmatch(name)) and isinstance(value, Instance):
            weight, _ = _weight_and_bias(value)
            tensors |= _named(place["module"], {place["name"]: weight})
        elif not isinstance(value, Instance):
            tensors[name] = value
            plain.add(name)
    for module, parts in packed.items():
        tensors |= _lstm(module, parts, tree.modules.get(module))
    notes = {
        name: BYTES_NOTE if isinstance(part, PickledTensor) and part.quantizer is not None else HALVES_NOTE
        for name, part in tensors.items()
        if "weight" in name and (name not in plain or (isinstance(part, PickledTensor) and part.quantizer is not None))
    }
    return replace(tree, tensors=tensors, tensor_notes=notes)


def _lstm(module: str, parts: Mapping[int, Instance], saved: StoredModule | None) -> dict[str, Leaf]:
    """An LSTM's parameters: one packed object for each layer and direction, in the order of layers."""
    cells = [_cell(parts[number]) for number in sorted(parts)]
    if sorted(parts) != list(range(len(cells))) or any(cell is None for cell in cells):
        return {}
    known = [cell for cell in cells if cell is not None]
    directions = 2 if _reads_both_ways(module, known, saved) else 1
    found: dict[str, Leaf] = {}
    for number, cell in enumerate(known):
        place = f"_l{number // directions}{'_reverse' * (number % directions)}"
        found |= _named(module, {f"{part}{place}": value for part, value in cell.items()})
    return found


def _cell(value: Instance) -> dict[str, Any] | None:
    """One direction's weights: (kind, biases, numbers, options, packed weights), ATen/native/RNN.cpp."""
    _, state = packed_state(value)
    if not (isinstance(state, tuple) and len(state) == 5 and isinstance(state[1], list) and isinstance(state[4], list)):
        return None
    weights = [_weight_and_bias(part) if isinstance(part, Instance) else (None, None) for part in state[4]]
    if len(weights) != 2:
        return None
    biases = state[1] if len(state[1]) == 2 else [bias for _, bias in weights]
    named = {"weight_ih": weights[0][0], "weight_hh": weights[1][0], "bias_ih": biases[0], "bias_hh": biases[1]}
    return {name: part for name, part in named.items() if isinstance(part, PickledTensor)}


def _reads_both_ways(module: str, cells: list[dict[str, Any]], saved: StoredModule | None) -> bool:
    """Whether an LSTM reads in both directions, which packed weights don't say: by its module, else by their widths."""
    if saved is not None and "bidirectional" in saved.settings:
        return saved.settings["bidirectional"] is True
    if len(cells) % 2:
        return False
    shapes = [(cell["weight_ih"].shape, cell["weight_hh"].shape) for cell in cells if len(cell) >= 2]
    if len(shapes) < len(cells) or any(len(shape) != 2 for pair in shapes for shape in pair):
        return False
    features, units = shapes[0][0][1], shapes[0][1][1]
    stacked = all(first[1] == units for first, _ in shapes[1:])
    both = all(first[1] == (features if place < 2 else 2 * units) for place, (first, _) in enumerate(shapes))
    if stacked and both:
        raise CheckpointError(
            f"{quote(module)} is quantised, and this file doesn't tell whether it has two layers or two directions. "
            "Save the whole model, which says so: torch.save(model, 'model.pt')."
        )
    return both


def _linear(module: str, part: str | None, value: Leaf) -> dict[str, Leaf]:
    if part is not None:
        return _named(module, {("weight", "bias")[int(part)]: value})
    weight, bias = _weight_and_bias(value) if isinstance(value, Instance) else (None, None)
    return _named(module, {"weight": weight, "bias": bias})


def _weight_and_bias(value: Instance) -> tuple[Any, Any]:
    """(weight, bias) of a packed linear layer; None for what is not there."""
    _, state = packed_state(value)
    return state if isinstance(state, tuple) and len(state) == 2 else (None, None)


def _named(module: str, parts: Mapping[str, Any]) -> dict[str, Leaf]:
    before = f"{module}." if module else ""
    return {before + name: part for name, part in parts.items() if isinstance(part, PickledTensor)}
