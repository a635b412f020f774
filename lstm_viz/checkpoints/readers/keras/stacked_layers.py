"""LSTM layers of a Keras model that are layers of one LSTM: each is fed what the one below it gives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from lstm_viz.checkpoints.contents import FoundLSTM
from lstm_viz.checkpoints.formatting import list_names, quote
from lstm_viz.checkpoints.lstm_shape import BACKWARD
from lstm_viz.checkpoints.readers.keras.layer_graph import Layer
from lstm_viz.checkpoints.readers.keras.lstm_layer import INITIAL_STATE_NOTE, with_missing_biases

#: Layers that are the identity at inference.
PASS_THROUGH_CLASSES = (
    "Dropout",
    "SpatialDropout1D",
    "GaussianNoise",
    "GaussianDropout",
    "AlphaDropout",
    "ActivityRegularization",
    "Masking",
    "Identity",
)


@dataclass(frozen=True, eq=False)
class Stack:
    """An LSTM and the model's layers that are its own, the lowest first."""

    layers: tuple[Layer, ...]
    found: FoundLSTM


class LayerPaths:
    """Paths back from a layer to the layers that feed it."""

    def __init__(self, layers: list[Layer]) -> None:
        self._by_name = {layer.name: layer for layer in layers}

    def sources(self, layer: Layer) -> Iterator[tuple[Layer, tuple[str, ...]]]:
        """The layers that feed one, and the classes of the pass-through layers between."""
        for name in dict.fromkeys(layer.inbound):
            via: list[str] = []
            source = self._by_name.get(name)
            while (
                source is not None
                and source.kind in PASS_THROUGH_CLASSES
                and len(source.inbound) == 1
                and len(via) < len(self._by_name)
            ):
                via.insert(0, source.kind)
                source = self._by_name.get(source.inbound[0])
            if source is not None:
                yield source, tuple(via)


def join_stacked_layers(single: list[Stack], paths: LayerPaths) -> list[Stack]:
    """The stacks, those joined that are layers of one another; what is fed by another is said of the rest."""
    by_name = {stack.layers[0].name: stack for stack in single}
    below = {stack.found.name: lower for stack in single if (lower := _layer_below(stack, by_name, paths))}
    times = Counter(lower.found.name for lower in below.values())
    joins = {
        lower.found.name: by_name[name]
        for name, lower in below.items()
        if times[lower.found.name] == 1 and _can_be_stacked(lower, by_name[name])
    }
    uppers = {stack.found.name for stack in joins.values()}
    told = [_with_input_note(stack, below) if stack.found.name not in uppers else stack for stack in single]
    return [_join(list(_upwards(stack, joins))) for stack in told if stack.found.name not in uppers]


def _upwards(lowest: Stack, joins: Mapping[str, Stack]) -> Iterator[Stack]:
    layer: Stack | None = lowest
    while layer is not None:
        yield layer
        layer = joins.get(layer.found.name)


def _layer_below(stack: Stack, by_name: Mapping[str, Stack], paths: LayerPaths) -> Stack | None:
    """The LSTM whose every state feeds another, if one alone does."""
    sources = [source for source, _ in paths.sources(stack.layers[0])]
    lower = by_name.get(sources[0].name) if len(sources) == 1 else None
    return (
        lower if lower is not None and lower.found.lstm_shape.output_size == stack.found.lstm_shape.input_size else None
    )


def _can_be_stacked(lower: Stack, upper: Stack) -> bool:
    """Whether torch's LSTM has two such layers, and Keras hands on the lower one's states as torch does."""
    pair = (lower.found, upper.found)
    same = {
        (
            found.lstm_shape.hidden_size,
            found.lstm_shape.directions,
            found.batch_first,
            INITIAL_STATE_NOTE in found.notes,
        )
        for found in pair
    }
    side_by_side = lower.layers[0].settings.get("merge_mode", "concat") == "concat"
    return (
        len(same) == 1
        and side_by_side
        and lower.found.lstm_shape.directions != BACKWARD
        and lower.found.lstm_shape.num_layers == 1
    )


def _with_input_note(stack: Stack, below: Mapping[str, Stack]) -> Stack:
    lower = below.get(stack.found.name)
    if lower is None:
        return stack
    note = f"In the model it reads the states of {quote(lower.found.name)}, not the sequence itself."
    return replace(stack, found=replace(stack.found, notes=(*stack.found.notes, note)))


def _join(chain: list[Stack]) -> Stack:
    """One LSTM of several layers, by the lowest one's name."""
    if len(chain) == 1:
        return chain[0]
    every = [stack.found for stack in chain]
    parameters = {
        name.replace("_l0", f"_l{number}"): part
        for number, found in enumerate(every)
        for name, part in found.parameters.items()
    }
    notes = [note for found in every for note in found.notes]
    notes.append(f"Its layers are {list_names(found.name for found in every)}, each fed by the one before.")
    layers = tuple(layer for stack in chain for layer in stack.layers)
    return Stack(
        layers, replace(every[0], parameters=with_missing_biases(parameters), notes=tuple(dict.fromkeys(notes)))
    )
