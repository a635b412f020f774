"""From a Keras model's description and weights to its LSTMs, their adjacent layers, and notes on what was left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from lstm_viz.checkpoints.contents import AdjacentLayer, Contents, FoundLSTM
from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.formatting import list_names, quote
from lstm_viz.checkpoints.limits import CheckpointLimits
from lstm_viz.checkpoints.readers.keras.find_layers import AdjacentLayerFinder
from lstm_viz.checkpoints.readers.keras.layer_graph import Layer, LayerGraph, layer_graph
from lstm_viz.checkpoints.readers.keras.lstm_layer import LSTM_CLASSES, OTHER_RECURRENT_CLASSES, read_lstm_layer
from lstm_viz.checkpoints.readers.keras.stacked_layers import LayerPaths, Stack, join_stacked_layers
from lstm_viz.checkpoints.readers.keras.weights import Weights
from lstm_viz.checkpoints.readers.keras.weights_only import find_lstms, match_layers_by_shape

#: The most sentences on what was left out.
MAX_NOTES = 50


def contents_of(config: Mapping[str, Any] | None, weights: Weights, limits: CheckpointLimits) -> Contents:
    """What stands in a model. CheckpointError where no LSTM does.

    config: the model's description, None where the file has none. One LSTM that can't be traced is left out with a
    note where there are others.
    """
    graph = LayerGraph() if config is None else layer_graph(config, limits)
    layers, left = graph.layers, list[str]()
    stacks, around = _described_lstms(graph, weights, left)
    bare = list(_consistent(find_lstms(weights, _undescribed_paths(layers, weights), left), left))
    if not stacks and not bare:
        raise CheckpointError(_no_lstm_message(layers, weights, left))
    neighbours = [*around, *(match_layers_by_shape(weights, bare) if not layers else ())]
    lstms = tuple(_with_unique_names([*(stack.found for stack in stacks), *bare]))
    return Contents("Keras", lstms, tuple(neighbours), _limit_notes([*left, *_not_run_notes(graph)]))


def _described_lstms(graph: LayerGraph, weights: Weights, left: list[str]) -> tuple[list[Stack], list[AdjacentLayer]]:
    """The LSTMs of a description, and what stands round them."""
    single = [
        Stack((layer,), found) for layer in graph.layers if (found := _try_lstm_layer(layer, weights, left)) is not None
    ]
    paths = LayerPaths(graph)
    around = AdjacentLayerFinder(graph, weights, paths)
    stacks = [around.with_input_notes(stack) for stack in join_stacked_layers(single, paths)]
    neighbours = [neighbour for stack in stacks for neighbour in around.of(stack)]
    left += around.notes
    return stacks, neighbours


def _try_lstm_layer(layer: Layer, weights: Weights, left: list[str]) -> FoundLSTM | None:
    """The LSTM that a layer is; None, with a sentence in `left`, where it is none to trace."""
    if layer.kind.rpartition(">")[2] not in (*LSTM_CLASSES, *OTHER_RECURRENT_CLASSES):
        return None
    if layer.custom:
        left.append(
            f"{quote(layer.name)} was left out: its class {quote(layer.kind)} is not Keras' own, and what it computes "
            "is not in the file. If it is a plain LSTM, save its weights alone (model.save_weights) and open those."
        )
        return None
    try:
        return next(_consistent(iter([read_lstm_layer(layer, weights)]), left), None)
    except CheckpointError as error:
        left.append(str(error))
        return None


def _consistent(found: Iterator[FoundLSTM], left: list[str]) -> Iterator[FoundLSTM]:
    """Those whose parameters fit together."""
    for lstm in found:
        try:
            lstm.check_traceable()
            yield lstm
        except CheckpointError as error:
            left.append(str(error))


def _undescribed_paths(layers: Sequence[Layer], weights: Weights) -> list[str]:
    """The places of which the description says nothing: all where it names no layers, else those inside of layers of
    a person's own class. What such a layer does with a cell of its own is not known.
    """
    own = [layer.path for layer in layers if layer.custom]
    inside = (place for place in weights.places if any(place.startswith(f"{path}/") for path in own))
    return [place for place in inside if place.removesuffix("/cell") not in own] if layers else list(weights.places)


def _not_run_notes(graph: LayerGraph) -> Iterator[str]:
    """What the model does besides that is a program, of which nothing is run."""
    if lambdas := [layer.name for layer in graph.layers if layer.kind == "Lambda"]:
        yield f"The model has {list_names(lambdas)}, of Keras' Lambda, which is a program. It was not run."
    for kind in dict.fromkeys(layer.kind for layer in graph.layers if layer.custom):
        named = [layer.name for layer in graph.layers if layer.custom and layer.kind == kind]
        yield f"The model has {list_names(named)}, of the class {quote(kind)}, which is not Keras' own. It was not run."
    for name, kind in graph.custom_models.items():
        yield (
            f"The model {quote(name)} is of the class {quote(kind)}, which is not Keras' own: that it does with its "
            "layers what its description says was not checked."
        )


def _with_unique_names(lstms: list[FoundLSTM]) -> Iterator[FoundLSTM]:
    """Each under a name of its own: numbered where it came before."""
    times: dict[str, int] = {}
    for lstm in lstms:
        times[lstm.name] = number = times.get(lstm.name, 0) + 1
        yield lstm if number == 1 else replace(lstm, name=f"{lstm.name} ({number})")


def _limit_notes(notes: list[str]) -> tuple[str, ...]:
    """The first notes, and how many more there are."""
    more = [f"{len(notes) - MAX_NOTES:,} more notes are left out."] if len(notes) > MAX_NOTES else []
    return (*notes[:MAX_NOTES], *more)


def _no_lstm_message(layers: Sequence[Layer], weights: Weights, left: list[str]) -> str:
    if left:
        return " ".join(left[:4])
    kinds = dict.fromkeys(layer.kind for layer in layers)
    has = f"Its layers are {list_names(kinds, most=6)}." if kinds else f"It has {list_names(weights.places, most=6)}."
    return f"No LSTM was found: a Keras model with an LSTM layer was expected. {has}"
