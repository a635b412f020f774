"""Layers next to an LSTM in a Keras model: an embedding before it, dense layers after it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from lstm_viz.cells.feature_scaling import FeatureScaling
from lstm_viz.checkpoints.contents import AdjacentLayer
from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.formatting import quote
from lstm_viz.checkpoints.readers.keras.activations import activation_name
from lstm_viz.checkpoints.readers.keras.layer_graph import Layer, LayerGraph
from lstm_viz.checkpoints.readers.keras.lstm_layer import LSTM_CLASSES
from lstm_viz.checkpoints.readers.keras.stacked_layers import LayerPaths, Source, Stack, returns_sequences
from lstm_viz.checkpoints.readers.keras.weights import Weights

MASKING_NOTE = (
    "In the model steps are masked that hold no data. Here every step is read, unless the sequence ends before."
)
#: What Keras divides by at least (keras.config.epsilon()).
KERAS_EPSILON = 1e-7


class AdjacentLayerFinder:
    """Finds embeddings and dense layers next to an LSTM by following a model's layers."""

    def __init__(self, graph: LayerGraph, weights: Weights, paths: LayerPaths) -> None:
        self._layers, self._weights, self._paths = graph.layers, weights, paths
        #: The dense layers by the layer that they read, and what they read of it.
        self._dense: dict[str, list[tuple[Layer, Source]]] = {}
        for layer in graph.layers:
            for source in paths.sources(layer) if layer.kind == "Dense" else ():
                if source.layer is not None:
                    self._dense.setdefault(source.layer.name, []).append((layer, source))
        #: What could not be read of them, a sentence each.
        self.notes: list[str] = []

    def of(self, stack: Stack) -> Iterator[AdjacentLayer]:
        """The embeddings that a stack reads from, and the dense layers that its states go to."""
        for source in self._paths.sources(stack.layers[0]):
            if source.layer is not None and source.layer.kind == "Embedding":
                yield from self._embedding(source.layer, stack, source.via)
        for layer, source in self._dense.get(stack.layers[-1].name, ()):
            if source.number < _numbers_of_h(stack.layers[-1]):
                yield from self._linear(layer, stack, source)

    def with_input_notes(self, stack: Stack) -> Stack:
        """The stack, with notes on what its model does to a sequence before the LSTM reads it."""
        first = stack.layers[0]
        inputs = self._normalization(self._paths.sources(first), stack.found.lstm_shape.input_size)
        notes = [note for source in self._paths.sources(first) for note in self._input_notes(source, first)]
        if inputs is not None:
            notes = [
                f"In the model it reads each feature as (value − mean) / deviation, by {inputs.source}. A table's "
                "columns are scaled so; an array that you pass is taken as it is."
            ]
        if len(first.inbound) > 1:
            notes.insert(0, f"The model calls it {len(first.inbound):,} times, each time on other input.")
        if first.distributed:
            notes.append(
                f"In the model {quote(first.distributed[-1])} (TimeDistributed) runs it on each inner sequence by "
                "itself; here one inner sequence is one sequence."
            )
        if self._paths.is_masked(first):
            notes.append(MASKING_NOTE)
        found = replace(stack.found, notes=(*stack.found.notes, *dict.fromkeys(notes)), inputs=inputs)
        return replace(stack, found=found)

    def _normalization(self, sources: tuple[Source, ...], features: int) -> FeatureScaling | None:
        """The mean and deviation of the one Normalization layer between the model's own input and an LSTM."""
        layer = sources[0].layer if len(sources) == 1 else None
        if layer is None or layer.kind != "Normalization" or layer.settings.get("invert"):
            return None
        if layer.settings.get("axis") not in (-1, 2, [-1], [2]) or not self._reads_input(layer):
            return None
        try:
            mean, variance = self._mean_and_variance(layer)
            if mean.size == variance.size == features:
                scale = np.maximum(np.sqrt(variance), KERAS_EPSILON)
                return FeatureScaling((), tuple(mean.tolist()), tuple(scale.tolist()), f"its layer {quote(layer.name)}")
        except (CheckpointError, ValueError, TypeError):
            return None
        return None

    def _reads_input(self, layer: Layer) -> bool:
        sources = self._paths.sources(layer)
        return all(source.layer is None or source.layer.kind == "InputLayer" for source in sources)

    def _mean_and_variance(self, layer: Layer) -> tuple[np.ndarray, np.ndarray]:
        """Those that were learned by `adapt`, or those that the layer was made with."""
        if layer.settings.get("mean") is not None:
            mean, variance = (np.asarray(layer.settings.get(name), np.float64) for name in ("mean", "variance"))
            return mean.ravel(), variance.ravel()
        tensors = self._weights.of(layer, [""])[0]
        if len(tensors) < 2:
            raise ValueError("no mean and variance")
        mean, variance = (tensor.numbers(layer.name).astype(np.float64).ravel() for tensor in tensors[:2])
        return mean, variance

    def _input_notes(self, source: Source, reader: Layer) -> Iterator[str]:
        layer = source.layer
        if layer is None:
            return
        if layer.kind in LSTM_CLASSES:
            yield f"In the model it reads {_states_of(source, layer, reader)}, not the sequence itself."
        elif layer.kind != "Embedding":
            yield f"In the model it reads what {_called(layer)} gives, not the sequence itself."
        else:
            for before in self._paths.sources(layer):
                if before.layer is not None:
                    yield f"In the model {_called(layer)} looks up what {_called(before.layer)} gives."

    def _embedding(self, layer: Layer, stack: Stack, via: tuple[str, ...]) -> Iterator[AdjacentLayer]:
        try:
            (table,) = self._weights.of(layer, [""])[0]
            if len(table.shape) == 2 and table.shape[0] and table.shape[1] == stack.found.lstm_shape.input_size:
                reason = f"the model looks its rows up and hands them to the LSTM{_through(via)}"
                yield AdjacentLayer(layer.name, "embedding", table.numbers(layer.name), {stack.found.name: reason})
        except (CheckpointError, ValueError) as error:
            self._left(layer, error)

    def _linear(self, layer: Layer, stack: Stack, source: Source) -> Iterator[AdjacentLayer]:
        what = "states" if returns_sequences(stack.layers[-1]) and not source.number else "last states"
        reason = f"the model multiplies it with the LSTM's {what}{_through(source.via)}"
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
            if [output.name for output in after.inbound] == [layer.name] and after.kind in ("Activation", "Softmax"):
                own = activation_name(after.settings.get("activation", after.kind.lower()))
        return "" if own == "linear" else own

    def _left(self, layer: Layer, error: Exception) -> None:
        self.notes.append(
            str(error) if isinstance(error, CheckpointError) else f"{layer.name} has weights of its own kind."
        )


def _numbers_of_h(layer: Layer) -> int:
    """How many of a layer's outputs, from the first on, are nothing but its hidden states."""
    return 2 if layer.kind in ("LSTM", "CuDNNLSTM") else 1


def _called(layer: Layer) -> str:
    return f"{quote(layer.name)} ({layer.kind})"


def _states_of(source: Source, layer: Layer, reader: Layer) -> str:
    """Which states of one LSTM another reads, in words."""
    if len(layer.distributed) > len(reader.distributed):
        return f"the last states of each inner sequence of {quote(layer.name)}"
    if source.number or not returns_sequences(layer):
        return f"the last states of {quote(layer.name)}"
    mode = layer.settings.get("merge_mode", "concat")
    joined = "" if mode == "concat" else f", its two ways joined by merge_mode {quote(str(mode))}"
    turned = ", last step first" if layer.kind != "Bidirectional" and layer.settings.get("go_backwards") else ""
    return f"the states of {quote(layer.name)}{turned}{joined}"


def _through(kinds: tuple[str, ...]) -> str:
    """The layers between, in words.

    >>> _through(("Masking", "Dropout"))
    ', through Masking and Dropout'
    """
    return f", through {' and '.join(dict.fromkeys(kinds))}" if kinds else ""
