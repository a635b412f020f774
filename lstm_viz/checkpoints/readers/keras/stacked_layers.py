"""LSTM layers of a Keras model that are layers of one LSTM: each is fed what the one below it gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from lstm_viz.checkpoints.contents import FoundLSTM
from lstm_viz.checkpoints.formatting import list_names
from lstm_viz.checkpoints.lstm_shape import BACKWARD
from lstm_viz.checkpoints.readers.keras.layer_graph import Layer, LayerGraph, Output
from lstm_viz.checkpoints.readers.keras.lstm_layer import INITIAL_STATE_NOTE, LSTM_CLASSES, with_missing_biases

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


#: The most layers that do nothing which are followed.
MAX_VIA = 100


@dataclass(frozen=True, eq=False)
class Stack:
    """An LSTM and the model's layers that are its own, the lowest first."""

    layers: tuple[Layer, ...]
    found: FoundLSTM


class Source(NamedTuple):
    """What a layer reads: an output of another, and the layers between that are the identity at inference."""

    #: None for the model's own input.
    layer: Layer | None
    #: Which of its outputs: the first is the sequence, or the last states alone.
    number: int
    via: tuple[str, ...]


class LayerPaths:
    """Paths from a layer back to those that feed it, and on to those that read it, past layers that do nothing."""

    def __init__(self, graph: LayerGraph) -> None:
        self._by_name = {layer.name: layer for layer in graph.layers}
        self._readers: dict[str, list[Layer | None]] = {}
        for layer in graph.layers:
            for output in dict.fromkeys(output for call in layer.calls for output in call if not output.number):
                self._readers.setdefault(output.name, []).append(layer)
        for output in graph.outputs:
            if not output.number:
                self._readers.setdefault(output.name, []).append(None)

    def sources(self, layer: Layer) -> tuple[Source, ...]:
        """What a layer reads in each of its calls."""
        found = dict.fromkeys(self._source(output) for output in layer.inbound)
        return tuple(found) or (Source(None, 0, ()),)

    def _source(self, output: Output) -> Source:
        via: list[str] = []
        while (layer := self._by_name.get(output.name)) is not None and layer.kind in PASS_THROUGH_CLASSES:
            if len(layer.inbound) > 1 or len(via) >= MAX_VIA:
                break
            via.insert(0, layer.kind)
            if not layer.inbound:
                return Source(None, 0, tuple(via))
            output = layer.inbound[0]
        return Source(layer, output.number, tuple(via))

    def is_read_only_by(self, layer: Layer, reader: Layer) -> bool:
        """Whether one layer alone reads a layer's first output, and the model doesn't give it."""
        waiting: list[Layer | None] = [layer]
        seen: set[str] = set()
        while waiting:
            here = waiting.pop()
            if here is None:
                return False
            for after in self._readers.get(here.name, ()) if here.name not in seen else ():
                if after is None or (after is not reader and after.kind not in PASS_THROUGH_CLASSES):
                    return False
                waiting += [after] if after is not reader else []
            seen.add(here.name)
        return True

    def is_masked(self, layer: Layer) -> bool:
        """Whether the model masks steps of what a layer reads."""
        waiting, seen = [layer], {layer.name}
        while waiting:
            for source in self.sources(waiting.pop()):
                if "Masking" in source.via or (source.layer and source.layer.settings.get("mask_zero")):
                    return True
                if source.layer and source.layer.kind in LSTM_CLASSES and source.layer.name not in seen:
                    seen.add(source.layer.name)
                    waiting.append(source.layer)
        return False


def join_stacked_layers(single: list[Stack], paths: LayerPaths) -> list[Stack]:
    """The stacks, those joined that are layers of one another."""
    by_name = {stack.layers[0].name: stack for stack in single}
    below = {stack.found.name: lower for stack in single if (lower := _layer_below(stack, by_name, paths))}
    joins = {lower.found.name: by_name[name] for name, lower in below.items() if _can_be_stacked(lower, by_name[name])}
    uppers = {stack.found.name for stack in joins.values()}
    return [_join(list(_upwards(stack, joins))) for stack in single if stack.found.name not in uppers]


def _upwards(lowest: Stack, joins: Mapping[str, Stack]) -> Iterator[Stack]:
    layer: Stack | None = lowest
    while layer is not None:
        yield layer
        layer = joins.get(layer.found.name)


def _layer_below(stack: Stack, by_name: Mapping[str, Stack], paths: LayerPaths) -> Stack | None:
    """The LSTM that hands all its states, step by step, to another and to nothing else."""
    upper, sources = stack.layers[0], paths.sources(stack.layers[0])
    source = sources[0]
    lower = by_name.get(source.layer.name) if source.layer is not None and len(sources) == 1 else None
    if lower is None or source.number or "Masking" in source.via:
        return None
    last = lower.layers[-1]
    same_rate = len(last.distributed) == len(upper.distributed) and returns_sequences(last)
    fits = lower.found.lstm_shape.output_size == stack.found.lstm_shape.input_size
    return lower if same_rate and fits and paths.is_read_only_by(last, upper) else None


def returns_sequences(layer: Layer) -> bool:
    """Whether a layer returns every step's states (return_sequences)."""
    inside = layer.settings.get("layer")
    settings = inside.get("config") if isinstance(inside, dict) else layer.settings
    return isinstance(settings, dict) and bool(settings.get("return_sequences"))


def _can_be_stacked(lower: Stack, upper: Stack) -> bool:
    """Whether torch's LSTM has two such layers, and Keras hands on the lower one's states as torch does."""
    pair = (lower.found, upper.found)
    same = {
        (
            found.lstm_shape.hidden_size,
            found.lstm_shape.directions,
            found.batch_first,
            found.activations,
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
