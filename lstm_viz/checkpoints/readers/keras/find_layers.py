"""Layers next to an LSTM in a Keras model: an embedding before it, dense layers after it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lstm_viz.checkpoints.contents import AdjacentLayer
from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.formatting import quote
from lstm_viz.checkpoints.readers.keras.layer_graph import Layer
from lstm_viz.checkpoints.readers.keras.lstm_layer import LSTM_CLASSES, activation_name
from lstm_viz.checkpoints.readers.keras.stacked_layers import LayerPaths, Stack
from lstm_viz.checkpoints.readers.keras.weights import Weights

MASKING_NOTE = (
    "In the model steps are masked that hold no data. Here every step is read, unless the sequence ends before."
)


class AdjacentLayerFinder:
    """Finds embeddings and dense layers next to an LSTM by following a model's layers."""

    def __init__(self, layers: list[Layer], weights: Weights, paths: LayerPaths) -> None:
        self._layers, self._weights, self._paths = layers, weights, paths
        #: What could not be read of them, a sentence each.
        self.notes: list[str] = []

    def of(self, stack: Stack) -> Iterator[AdjacentLayer]:
        """The embeddings that a stack reads from, and the dense layers that its states go to."""
        for source, via in self._paths.sources(stack.layers[0]):
            if source.kind == "Embedding":
                yield from self._embedding(source, stack, via)
        for layer in self._layers:
            for source, via in self._paths.sources(layer) if layer.kind == "Dense" else ():
                if source is stack.layers[-1]:
                    yield from self._linear(layer, stack, via)

    def with_input_notes(self, stack: Stack) -> Stack:
        """The stack, with notes on what its model does to a sequence before the LSTM reads it."""
        notes = []
        for source, via in self._paths.sources(stack.layers[0]):
            if "Masking" in via or source.settings.get("mask_zero"):
                notes.append(MASKING_NOTE)
            if source.kind not in ("Embedding", *LSTM_CLASSES):
                what = f"{quote(source.name)} ({source.kind})"
                notes.append(f"In the model it reads what {what} gives, not the sequence itself.")
        return replace(stack, found=replace(stack.found, notes=(*stack.found.notes, *dict.fromkeys(notes))))

    def _embedding(self, layer: Layer, stack: Stack, via: tuple[str, ...]) -> Iterator[AdjacentLayer]:
        try:
            (table,) = self._weights.of(layer, [""])[0]
            if len(table.shape) == 2 and table.shape[0] and table.shape[1] == stack.found.lstm_shape.input_size:
                reason = f"the model looks its rows up and hands them to the LSTM{_through(via)}"
                yield AdjacentLayer(layer.name, "embedding", table.numbers(layer.name), {stack.found.name: reason})
        except (CheckpointError, ValueError) as error:
            self._left(layer, error)

    def _linear(self, layer: Layer, stack: Stack, via: tuple[str, ...]) -> Iterator[AdjacentLayer]:
        what = "states" if _returns_sequences(stack.layers[-1]) else "last states"
        reason = f"the model multiplies it with the LSTM's {what}{_through(via)}"
        try:
            kernel, *bias = self._weights.of(layer, [""])[0]
            if len(kernel.shape) == 2 and kernel.shape[0] == stack.found.lstm_shape.output_size and kernel.shape[1]:
                added = bias[0].numbers(layer.name) if bias and bias[0].shape == kernel.shape[1:] else None
                weight = kernel.numbers(layer.name).T.copy()
                yield AdjacentLayer(
                    layer.name, "linear", weight, {stack.found.name: reason}, added, self._activation(layer)
                )
        except (CheckpointError, ValueError) as error:
            self._left(layer, error)

    def _activation(self, layer: Layer) -> str:
        """What is done to a dense layer's outputs: by itself, or by the layer after it."""
        own = activation_name(layer.settings.get("activation"))
        for after in self._layers if own == "linear" else ():
            if after.inbound == (layer.name,) and after.kind in ("Activation", "Softmax"):
                own = activation_name(after.settings.get("activation", after.kind.lower()))
        return "" if own == "linear" else own

    def _left(self, layer: Layer, error: Exception) -> None:
        self.notes.append(
            str(error) if isinstance(error, CheckpointError) else f"{layer.name} has weights of its own kind."
        )


def _returns_sequences(layer: Layer) -> bool:
    """Whether a layer returns every step's states (return_sequences)."""
    inside = layer.settings.get("layer")
    settings = inside.get("config") if isinstance(inside, dict) else layer.settings
    return isinstance(settings, dict) and bool(settings.get("return_sequences"))


def _through(kinds: tuple[str, ...]) -> str:
    """The layers between, in words.

    >>> _through(("Masking", "Dropout"))
    ', through Masking and Dropout'
    """
    return f", through {' and '.join(dict.fromkeys(kinds))}" if kinds else ""
