"""A Keras layer as an LSTM, or a sentence that says why it is left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.finding import HALF
from lstm_viz.checkpoints.found import FoundLSTM
from lstm_viz.checkpoints.naming import quoted
from lstm_viz.checkpoints.readers.keras_models.cells import filled, parameters_of
from lstm_viz.checkpoints.readers.keras_models.layers import Layer, snake_case
from lstm_viz.checkpoints.readers.keras_models.weights import Weights
from lstm_viz.checkpoints.stored import Stored

#: Layers that may be LSTMs, and those that are none.
LSTMS = ("LSTM", "CuDNNLSTM", "RNN", "Bidirectional")
OTHERS = ("GRU", "CuDNNGRU", "SimpleRNN", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D")
#: The class of what is not described.
NOTHING = "nothing"
#: What the equations of an LSTM use, by Keras' name and by that of Keras 1; a layer may use others.
USUAL = {
    ("activation",): ("its candidate and its output", "tanh"),
    ("recurrent_activation", "inner_activation"): ("its gates", "sigmoid"),
}

BACKWARDS = (
    "It reads from the end. Keras hands its states on in the order in which they arise; here each stands at its own "
    "step."
)
STATEFUL = "In Keras it is stateful: each batch starts from where the one before ended. Here it starts from zero."
TIME_FIRST = "Its sequences have the time before the batch."
STARTED = "In the model other layers hand it its first state. Here it starts from zero unless one is given."


@dataclass(frozen=True, eq=False)
class Way:
    """One of the ways that a layer reads: its settings, and those of its cells with their places in Keras 3's files."""

    settings: Mapping[str, Any]
    cells: tuple[tuple[str, Mapping[str, Any]], ...]


def lstm_of(layer: Layer, weights: Weights) -> FoundLSTM:
    """The LSTM that a layer is. CheckpointError, with its name, where it is none or one that can't be traced."""
    ways = _ways(layer)
    cells = [cell for way in ways.values() for cell in way.cells]
    for _, settings in cells:
        _check_activations(layer.name, settings)
    stored = weights.of(layer, [f"{place}{part}" for place, way in ways.items() for part, _ in way.cells])
    _check_units(layer.name, stored)
    parts: dict[str, np.ndarray] = {}
    for end, cell in zip(_ends(layer, ways), stored, strict=True):
        parts |= parameters_of(layer.name, end, cell)
    notes = [*_notes(layer, ways), *([HALF] if any(part.half for cell in stored for part in cell) else [])]
    time_first = any(way.settings.get("time_major") for way in ways.values())
    return FoundLSTM(layer.name, _kind(layer), filled(parts), not time_first, notes=tuple(notes))


def _ways(layer: Layer) -> dict[str, Way]:
    """The ways that a layer reads, by what stands before their cells in Keras 3's paths."""
    if layer.kind != "Bidirectional":
        return {"": _way(layer.name, layer.kind, layer.settings)}
    forward = layer.settings.get("layer")
    backward = layer.settings.get("backward_layer") or forward
    ways = {
        f"{end}_layer/": _way(layer.name, *_opened(node))
        for end, node in (("forward", forward), ("backward", backward))
    }
    if ways["forward_layer/"].settings.get("go_backwards"):
        raise CheckpointError(f"{quoted(layer.name)} reads both ways, the first from the end, and was left out.")
    return ways


def _way(name: str, kind: str, settings: Mapping[str, Any]) -> Way:
    if kind in ("LSTM", "CuDNNLSTM"):
        return Way(settings, (("cell" if kind == "LSTM" else "", settings),))
    if kind == NOTHING:
        raise CheckpointError(f"{quoted(name)} lacks the description of the layer inside it, and was left out.")
    if kind != "RNN":
        raise CheckpointError(f"{quoted(name)} is a {kind} layer and was left out.")
    inside, cell = _opened(settings.get("cell"))
    nodes = cell.get("cells") if inside == "StackedRNNCells" else [settings.get("cell")]
    cells = [_opened(node) for node in nodes] if isinstance(nodes, list) else []
    if not cells or any(kind != "LSTMCell" for kind, _ in cells):
        kinds = " and ".join(dict.fromkeys(kind for kind, _ in cells)) or inside
        raise CheckpointError(f"{quoted(name)} is an RNN of {quoted(kinds)}, no LSTMCell, and was left out.")
    if inside != "StackedRNNCells":
        return Way(settings, (("cell", cells[0][1]),))
    places = [f"cell/cells/{snake_case('LSTMCell')}{f'_{number}' if number else ''}" for number in range(len(cells))]
    return Way(settings, tuple((place, cell) for place, (_, cell) in zip(places, cells, strict=True)))


def _opened(node: Any) -> tuple[str, Mapping[str, Any]]:
    """(class, settings) of a layer or cell described inside another; (NOTHING, {}) where there is none."""
    described = node if isinstance(node, dict) else {}
    settings = described.get("config")
    return str(described.get("class_name", NOTHING)), settings if isinstance(settings, dict) else {}


def _check_activations(name: str, settings: Mapping[str, Any]) -> None:
    for keys, (what, usual) in USUAL.items():
        for key in keys:
            if (came := activation_of(settings.get(key, usual))) != usual:
                raise CheckpointError(
                    f"{quoted(name)} was left out: for {what} it uses {quoted(came)} ({key}), "
                    f"and only {usual} is traced."
                )


def activation_of(value: Any) -> str:
    """An activation's name: Keras writes it, or a dictionary round it.

    >>> activation_of("hard_sigmoid"), activation_of({"class_name": "function", "config": "relu"}), activation_of(None)
    ('hard_sigmoid', 'relu', 'linear')
    """
    if isinstance(value, dict):
        inside = value.get("config")
        return inside if isinstance(inside, str) else str(value.get("class_name"))
    return "linear" if value is None else str(value)


def _check_units(name: str, cells: Sequence[Sequence[Stored]]) -> None:
    units = sorted({cell[1].shape[0] for cell in cells if len(cell) < 4 and len(cell) > 1 and cell[1].shape})
    if len(units) > 1:
        listed = " and ".join(f"{number:,}" for number in units)
        raise CheckpointError(
            f"{quoted(name)} has cells of {listed} units, which one LSTM can't have, and was left out."
        )


def _ends(layer: Layer, ways: Mapping[str, Way]) -> Iterator[str]:
    """How torch ends the names of each cell's parameters, in their order."""
    if len(ways) > 1 and any(len(way.cells) > 1 for way in ways.values()):
        raise CheckpointError(f"{quoted(layer.name)} reads both ways with several cells each and was left out.")
    for place, way in ways.items():
        backwards = place.startswith("backward") or way.settings.get("go_backwards")
        yield from (f"l{number}{'_reverse' if backwards else ''}" for number in range(len(way.cells)))


def _kind(layer: Layer) -> str:
    inside = _opened(layer.settings.get("layer") or layer.settings.get("cell"))[0]
    return f"Keras {layer.kind}" + ("" if inside == NOTHING else f" of {inside}")


def _notes(layer: Layer, ways: Mapping[str, Way]) -> Iterator[str]:
    settings = [layer.settings, *(way.settings for way in ways.values())]
    if len(ways) == 1 and settings[-1].get("go_backwards"):
        yield BACKWARDS
        if len(next(iter(ways.values())).cells) > 1:
            raise CheckpointError(f"{quoted(layer.name)} reads from the end with several cells and was left out.")
    mode = layer.settings.get("merge_mode", "concat")
    if mode != "concat":
        yield f"Keras hands its two ways on with merge_mode {quoted(str(mode))}; here they stand side by side."
    for key, note in (("stateful", STATEFUL), ("time_major", TIME_FIRST)):
        if any(part.get(key) for part in settings):
            yield note
    if layer.started:
        yield STARTED
