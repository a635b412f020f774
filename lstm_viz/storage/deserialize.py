"""Deserialisation: a Trace and its layers from stored arrays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from lstm_viz.cells.activation_functions import STANDARD, CellActivations
from lstm_viz.storage.schema import NAME_NUMBERS, NAME_TEXTS, PREACTIVATIONS
from lstm_viz.traces import GateWeights, LayerTrace, Names, ReadoutWeights, Trace
from lstm_viz.traces.record import layer_names

Arrays = dict[str, np.ndarray]

#: Characters of a name that are read at most.
MAX_TEXT_LENGTH = 200
#: Notes that are read at most, and characters of one.
MAX_NOTES, MAX_NOTE_LENGTH = 100, 2000


class StoredArrays(NamedTuple):
    """A file's arrays by name, and its attributes: everything that a trace is made of."""

    arrays: Arrays
    attributes: dict[str, Any]


def trace_from_arrays(stored: StoredArrays) -> Trace:
    """A trace from its stored arrays. Raises KeyError where one is missing."""
    arrays, attributes = stored
    names = layer_names(*arrays["hidden_state"].shape[:2])
    ends = tuple(arrays[f"final_{kind}"] for kind in ("hidden_state", "cell_state") if f"final_{kind}" in arrays)
    ends = tuple(end.reshape(len(names), *end.shape[2:]) for end in ends)
    if attributes["one_sequence"]:
        ends = tuple(end[:, 0] for end in ends)
    activations = CellActivations.from_text(attributes.get("activations", ""))
    return Trace(
        layers=tuple(layers_from_arrays(arrays, names, attributes["variant"], activations)),
        output=arrays["output"],
        final_state=(ends[0], ends[1]) if len(ends) > 1 else ends[0],
        lengths=arrays["lengths"],
        device=attributes["device"],
        dtype=attributes["dtype"],
        difference=float(attributes["difference"]) if "difference" in attributes else None,
        compared=attributes.get("compared") or None,
        way=attributes.get("way") or "PyTorch",
        names=_names_from(arrays, attributes["source"]),
        passed=tuple(arrays.get("passed", ())),
        notes=_notes_from(attributes.get("notes", "")),
    )


def layers_from_arrays(
    arrays: Arrays, names: tuple[str, ...], variant: Any, activations: CellActivations = STANDARD
) -> Iterator[LayerTrace]:
    """The layers called `names`, in nn.LSTM's order, from the arrays of a file or a store."""
    event = arrays["event"]
    directions = arrays["hidden_state"].shape[1]
    for number, name in enumerate(names):
        layer, direction = divmod(number, directions)
        if layer and direction == 0:  # what the layer below gave, (time, batch, directions * output)
            event = _join_directions(arrays["hidden_state"][layer - 1])
            event = _apply_dropout_mask(event, arrays["passed"][layer - 1]) if "passed" in arrays else event
        yield replace(_layer(arrays, name, (layer, direction), variant, event), activations=activations)


def _layer(arrays: Arrays, name: str, index: tuple[int, int], variant: Any, event: np.ndarray) -> LayerTrace:
    """One layer; `index` is its (layer, direction) in the stored arrays."""

    def optional(key: str) -> np.ndarray | None:
        return arrays[key][index] if key in arrays else None

    gates = ("input_gate", "forget_gate", "candidate", "output_gate", "cell_state", "initial_cell_state")
    recorded: dict[str, Any] = {gate: optional(gate) for gate in gates}
    return LayerTrace(
        name=name,
        variant=variant,
        event=event,
        hidden_state=arrays["hidden_state"][index],
        initial_hidden_state=arrays["initial_hidden_state"][index],
        lengths=arrays["lengths"],
        **recorded,
        preactivations={gate: arrays[f"{gate}_preactivation"][index] for gate in PREACTIVATIONS[variant]},
        weights={gate: _gate_weights(arrays, name, gate) for gate in PREACTIVATIONS[variant] if gate != "readout"},
        projection=arrays.get(f"{name}_projection"),
        readout_weights=_readout_weights(arrays, name) if variant == "course" else None,
    )


def _gate_weights(arrays: Arrays, layer: str, gate: str) -> GateWeights:
    return GateWeights(*(arrays[f"{layer}_{gate}_{part}"] for part in ("input", "recurrent", "bias")))


def _readout_weights(arrays: Arrays, layer: str) -> ReadoutWeights:
    return ReadoutWeights(*(arrays[f"{layer}_readout_{part}"] for part in ("kept", "bias")))


def _join_directions(directions: np.ndarray) -> np.ndarray:
    """(direction, time, batch, units) -> (time, batch, directions * units), as the next layer reads them."""
    joined = np.concatenate(list(directions), axis=2)
    joined.flags.writeable = False
    return joined


def _apply_dropout_mask(output: np.ndarray, passed: np.ndarray) -> np.ndarray:
    """A layer's output after dropout."""
    masked = output * passed
    masked.flags.writeable = False
    return masked


def _names_from(arrays: dict[str, np.ndarray], source: str) -> Names | None:
    """The names among a file's arrays; None where it has none.

    Raises ValueError for an offset or scale that isn't finite, and for a scale of 0.
    """
    if "feature_name" not in arrays:
        return None
    offset, scale = (arrays[name].astype(np.float64) for name in NAME_NUMBERS)
    if not (np.isfinite(offset).all() and np.isfinite(scale).all() and scale.all()):
        raise ValueError("its units are not finite")
    features, sequences, steps = (_decode_texts(arrays[name]) for name in NAME_TEXTS)
    filled = arrays["filled"].astype(bool) if "filled" in arrays else None
    named = tuple(features.tolist()), tuple(sequences.tolist())
    answers = _decode_texts(arrays["answer"]) if "answer" in arrays else None
    return Names(*named, steps, offset, scale, _printable(source), filled, answers)


def _notes_from(text: str) -> tuple[str, ...]:
    """The notes of a file's attribute, one a line."""
    return tuple(_printable(line, MAX_NOTE_LENGTH) for line in text.split("\n")[:MAX_NOTES] if line)


def _decode_texts(characters: np.ndarray) -> np.ndarray:
    """(..., characters) of single bytes -> (...) texts."""
    joined = np.ascontiguousarray(characters).view(f"S{characters.shape[-1]}")[..., 0]
    texts = np.char.decode(joined, "utf-8", "replace")
    return np.array([_printable(text) for text in texts.ravel().tolist()], dtype=str).reshape(texts.shape)


def _printable(text: str, length: int = MAX_TEXT_LENGTH) -> str:
    """Untrusted text without control characters, cut to a length."""
    return "".join(sign if sign.isprintable() else "�" for sign in text[:length])
