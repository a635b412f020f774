"""From a Keras model's description and weights to its LSTMs, what stands round them, and what was left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from lstm_viz.checkpoints.contents import Contents, FoundLSTM, Neighbour
from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.formatting import listed, quoted
from lstm_viz.checkpoints.limits import CheckpointLimits
from lstm_viz.checkpoints.readers.keras.adjacent_layers import Surroundings
from lstm_viz.checkpoints.readers.keras.layer_graph import Layer, layers_of
from lstm_viz.checkpoints.readers.keras.lstm_layer import LSTMS, OTHERS, lstm_of
from lstm_viz.checkpoints.readers.keras.stacked_layers import Paths, Stack, stacked
from lstm_viz.checkpoints.readers.keras.weights import Weights
from lstm_viz.checkpoints.readers.keras.weights_only import bare_lstms, bare_neighbours

#: The most sentences on what was left out.
MOST_NOTES = 50


def contents_of(config: Mapping[str, Any] | None, weights: Weights, limits: CheckpointLimits) -> Contents:
    """What stands in a model. CheckpointError where no LSTM does.

    config: the model's description, None where the file has none. One LSTM that can't be traced is left out with a
    note where there are others.
    """
    layers = [] if config is None else layers_of(config, limits)
    left: list[str] = []
    stacks, around = _described(layers, weights, left)
    bare = list(_checked(bare_lstms(weights, _untold(layers, weights), left), left))
    if not stacks and not bare:
        raise CheckpointError(_nothing(layers, weights, left))
    neighbours = [*around, *(bare_neighbours(weights, bare) if not layers else ())]
    lstms = tuple(_own_names([*(stack.found for stack in stacks), *bare]))
    return Contents("Keras", lstms, tuple(neighbours), _few([*left, *_not_run(layers)]))


def _described(layers: list[Layer], weights: Weights, left: list[str]) -> tuple[list[Stack], list[Neighbour]]:
    """The LSTMs of a description, and what stands round them."""
    single = [Stack((layer,), found) for layer in layers if (found := _found(layer, weights, left)) is not None]
    paths = Paths(layers)
    around = Surroundings(layers, weights, paths)
    stacks = [around.told(stack) for stack in stacked(single, paths)]
    neighbours = [neighbour for stack in stacks for neighbour in around.of(stack)]
    left += around.notes
    return stacks, neighbours


def _found(layer: Layer, weights: Weights, left: list[str]) -> FoundLSTM | None:
    """The LSTM that a layer is; None, with a sentence in `left`, where it is none to trace."""
    if layer.kind not in (*LSTMS, *OTHERS):
        return None
    try:
        return next(_checked(iter([lstm_of(layer, weights)]), left), None)
    except CheckpointError as error:
        left.append(str(error))
        return None


def _checked(found: Iterator[FoundLSTM], left: list[str]) -> Iterator[FoundLSTM]:
    """Those whose parameters fit together."""
    for lstm in found:
        try:
            _ = lstm.form
            yield lstm
        except CheckpointError as error:
            left.append(str(error))


def _untold(layers: list[Layer], weights: Weights) -> list[str]:
    """The places of which the description says nothing: all where it names no layers, else those inside of layers of
    a person's own class. What such a layer does with a cell of its own is not known.
    """
    own = [layer.path for layer in layers if layer.custom]
    inside = (place for place in weights.places if any(place.startswith(f"{path}/") for path in own))
    return [place for place in inside if place.removesuffix("/cell") not in own] if layers else list(weights.places)


def _not_run(layers: list[Layer]) -> Iterator[str]:
    """What the model does besides that is a program, of which nothing is run."""
    if lambdas := [layer.name for layer in layers if layer.kind == "Lambda"]:
        yield f"The model has {listed(lambdas)}, of Keras' Lambda, which is a program. It was not run."
    for kind in dict.fromkeys(layer.kind for layer in layers if layer.custom):
        named = [layer.name for layer in layers if layer.custom and layer.kind == kind]
        yield f"The model has {listed(named)}, of the class {quoted(kind)}, which is not Keras' own. It was not run."


def _own_names(lstms: list[FoundLSTM]) -> Iterator[FoundLSTM]:
    """Each under a name of its own: numbered where it came before."""
    times: dict[str, int] = {}
    for lstm in lstms:
        times[lstm.name] = number = times.get(lstm.name, 0) + 1
        yield lstm if number == 1 else replace(lstm, name=f"{lstm.name} ({number})")


def _few(notes: list[str]) -> tuple[str, ...]:
    """The first notes, and how many more there are."""
    more = [f"{len(notes) - MOST_NOTES:,} more notes are left out."] if len(notes) > MOST_NOTES else []
    return (*notes[:MOST_NOTES], *more)


def _nothing(layers: list[Layer], weights: Weights, left: list[str]) -> str:
    if left:
        return " ".join(left[:4])
    kinds = dict.fromkeys(layer.kind for layer in layers)
    has = f"Its layers are {listed(kinds, most=6)}." if kinds else f"It has {listed(weights.places, most=6)}."
    return f"No LSTM was found: a Keras model with an LSTM layer was expected. {has}"
