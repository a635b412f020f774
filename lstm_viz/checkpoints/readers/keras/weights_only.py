"""LSTMs by the shapes of their weights, where there is no model description: weight files and custom classes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from lstm_viz.checkpoints.contents import AdjacentLayer, FoundLSTM
from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.formatting import quote
from lstm_viz.checkpoints.readers.keras.activations import SIGMOID_SINCE, TENSORFLOW_SUFFIX
from lstm_viz.checkpoints.readers.keras.lstm_layer import GATE_COUNT, convert_cell, has_two_biases, with_missing_biases
from lstm_viz.checkpoints.readers.keras.weights import Weights
from lstm_viz.checkpoints.state_dict import HALF_PRECISION_NOTE
from lstm_viz.checkpoints.stored_tensor import StoredTensor

ASSUMED_NOTE = (
    "Only its weights are in the file. That they are those of Keras' own LSTM, that its gates use sigmoid and its "
    "states tanh, and that it reads from the first step on (no go_backwards) with the batch before the time (no "
    "time_major) is assumed."
)
SAVE_WHOLE_MODEL = "Open the whole model, saved with model.save."
#: The directions of one layer, in Keras 3's paths and in older names.
DIRECTION_PATTERN, OLDER_DIRECTION_PATTERN = (
    re.compile(r"/(forward|backward)_layer/cell$"),
    re.compile(r"/(forward|backward)_[^/]*(/[^/]*)?$"),
)
#: What stands in older names after a layer's, and in Keras 3's paths between names.
CELL, BETWEEN = re.compile(r"/lstm_cell(_\d+)?$"), ("layers", "cell", "cells")

Cell = Sequence[StoredTensor]


def find_lstms(weights: Weights, places: Sequence[str], left: list[str]) -> Iterator[FoundLSTM]:
    """The LSTMs that stand at these places; why others are no LSTMs is added to `left`."""
    cells = {place: weights.places[place] for place in places if _gate_count(weights.places[place])}
    for place, directions in _group_directions(cells, weights.older).items():
        try:
            yield _read_lstm(_layer_name(place, weights), directions, weights.version)
        except CheckpointError as error:
            left.append(str(error))


def _gate_count(cell: Cell) -> int:
    """How many gates shapes of (features, gates * units) and (units, gates * units) have; 0 where they are others."""
    if len(cell) not in (2, 3) or any(len(part.shape) != 2 or not all(part.shape) for part in cell[:2]):
        return 0
    units, columns = cell[1].shape
    gates, left = divmod(columns, units)
    return gates if not left and cell[0].shape[1] == columns and gates in (GATE_COUNT, GATE_COUNT - 1) else 0


def _group_directions(cells: Mapping[str, Cell], older: bool) -> dict[str, list[Cell]]:
    """Each layer's cells by its place, the one that reads forwards first."""
    found: dict[str, dict[bool, Cell]] = {}
    for place in sorted(cells, key=_natural_order):
        match = (OLDER_DIRECTION_PATTERN if older else DIRECTION_PATTERN).search(place)
        directions = found.setdefault(place[: match.start()] if match else place, {})
        directions[match is not None and match[1] == "backward"] = cells[place]
    return {place: [directions[key] for key in sorted(directions)] for place, directions in found.items()}


def _natural_order(place: str) -> list[tuple[int, str]]:
    """Sorts lstm_10 after lstm_9."""
    return [(int(part), "") if part.isdecimal() and len(part) < 9 else (-1, part) for part in re.split(r"(\d+)", place)]


def _layer_name(place: str, weights: Weights) -> str:
    """A layer's name: Keras' own where the file says it, else its path."""
    if weights.older:
        return ".".join(dict.fromkeys(CELL.sub("", place).split("/")))
    parts = place.split("/")
    named = [
        weights.called.get("/".join(parts[: number + 1])) or part if parts[number - 1] == "layers" else part
        for number, part in enumerate(parts)
    ]
    return ".".join(name for name, part in zip(named, parts, strict=True) if part not in BETWEEN) or "lstm"


def _read_lstm(name: str, directions: list[Cell], version: str) -> FoundLSTM:
    if any(_gate_count(cell) != GATE_COUNT for cell in directions):
        raise CheckpointError(f"{quote(name)} has the weights of a GRU and was left out.")
    notes = [] if all(has_two_biases(cell) for cell in directions) else [_activation_note(name, version)]
    parameters: dict[str, np.ndarray] = {}
    for end, cell in zip(("l0", "l0_reverse"), directions, strict=False):
        parameters |= convert_cell(name, end, cell)
    if any(part.is_half_precision for cell in directions for part in cell):
        notes.append(HALF_PRECISION_NOTE)
    return FoundLSTM(
        name,
        "Keras Bidirectional" if directions[1:] else "Keras LSTM",
        with_missing_biases(parameters),
        True,
        notes=tuple(notes),
    )


def _activation_note(name: str, version: str) -> str:
    """The note on the assumed activations. CheckpointError where they were most likely others."""
    written = re.match(r"(\d{1,4})\.(\d{1,4})", version or "3.0")
    if written is None or (int(written[1]), int(written[2])) >= SIGMOID_SINCE:
        return ASSUMED_NOTE
    if version.endswith(TENSORFLOW_SUFFIX):
        return f"{ASSUMED_NOTE} TensorFlow 1 used hard_sigmoid instead: where it wrote the file, what is shown is off."
    raise CheckpointError(
        f"{quote(name)} was left out: Keras {version} wrote it, whose gates use hard_sigmoid unless told otherwise, "
        f"and weights alone don't say. {SAVE_WHOLE_MODEL}"
    )


def match_layers_by_shape(weights: Weights, lstms: Sequence[FoundLSTM]) -> Iterator[AdjacentLayer]:
    """Matrices whose name and shape fit before or after one of the LSTMs."""
    for place, parts in weights.places.items():
        if not parts or len(parts) > 2 or len(parts[0].shape) != 2 or not all(parts[0].shape):
            continue
        (rows, columns), name = parts[0].shape, _layer_name(place, weights)
        before = {
            lstm.name: _fit_reason("columns", columns, "features")
            for lstm in lstms
            if lstm.lstm_shape.input_size == columns
        }
        after = {
            lstm.name: _fit_reason("rows", rows, "states") for lstm in lstms if lstm.lstm_shape.output_size == rows
        }
        if before and len(parts) == 1 and "emb" in place.lower():
            yield AdjacentLayer(name, "embedding", parts[0].numbers(name), before)
        elif after and parts[-1].shape == (columns,):
            yield AdjacentLayer(name, "linear", parts[0].numbers(name).T.copy(), after, parts[1].numbers(name))


def _fit_reason(what: str, size: int, of: str) -> str:
    return f"its {size:,} {what} fit the {size:,} {of}"
