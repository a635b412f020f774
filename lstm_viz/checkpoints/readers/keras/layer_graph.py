"""A model's layers in one list, those of models inside it too, and which feeds which."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.formatting import quote
from lstm_viz.checkpoints.limits import CheckpointLimits

#: Wrappers that do what the layer inside does, once a step.
TIME_DISTRIBUTED = "TimeDistributed"
#: Where Keras' own classes are, as its descriptions say.
KERAS_MODULES = ("keras", "tf_keras", "tensorflow")
#: A layer's name, and which of its outputs.
Output = tuple[str, int]


@dataclass(frozen=True, eq=False)
class Layer:
    """A layer as the description has it."""

    #: Its name, the names of the models that it stands in before it: inner.lstm.
    name: str
    #: Keras' class: LSTM, Dense ...
    kind: str
    settings: Mapping[str, Any]
    #: Where Keras 3 keeps its weights: layers/sequential/layers/lstm.
    path: str
    #: The model's own layer that it stands in, itself where it stands in none: by it HDF5 files of Keras 2 are sorted.
    top: str
    #: Whether the class is not one of Keras' own.
    custom: bool = False
    #: The layers whose first output it reads, one for each time that it is called.
    inbound: tuple[str, ...] = ()
    #: Whether another layer gives its initial state.
    has_initial_state: bool = False

    @property
    def own_name(self) -> str:
        """Its name in the model that it stands in."""
        return self.name.rsplit(".", 1)[-1]


@dataclass
class _Model:
    """A model inside the model, or the model: what feeds it, and what it gives."""

    name: str
    path: str
    inbound: tuple[str, ...] = ()
    #: The model's own layer that all of it stands in, once it is known.
    top: str = ""
    layers: list[Layer] = field(default_factory=list)


def flatten_layers(config: Mapping[str, Any], limits: CheckpointLimits) -> list[Layer]:
    """Every layer of a model's description, in its order; none where its own class decides which it has.

    >>> lstm = {"class_name": "LSTM", "config": {"name": "encoder"}}
    >>> flatten_layers({"class_name": "Sequential", "config": {"layers": [lstm]}}, CheckpointLimits())[0].path
    'layers/lstm'
    """
    found, _ = _flatten_model(config, _Model("", ""), limits.levels)
    limits.check("layers", len(found), limits.tensors)
    return found


def _flatten_model(config: Mapping[str, Any], model: _Model, levels: int) -> tuple[list[Layer], tuple[str, ...]]:
    """The layers of one model, and those whose outputs it gives."""
    if not levels:
        raise CheckpointError("The file has too many models inside each other. Save the weights alone.")
    outputs: dict[str, tuple[str, ...]] = {}
    numbers: Counter[str] = Counter()
    last = model.inbound
    for node in _layer_configs(config):
        own = _layer_name(node)
        if own in outputs:
            raise CheckpointError(f"The model has two layers that are called {quote(own)}. Save the model again.")
        calls = _inbound_calls(node)
        inbound = (
            last if calls is None else tuple(source for call in calls for source in _source_layers(outputs, call[0]))
        )
        has_initial_state = any(len(call) > 1 for call in calls or ())
        outputs[own] = last = _add_layer(node, model, (own, inbound, has_initial_state), numbers, levels)
    ends = _outputs_in(_settings(config).get("output_layers"))
    return model.layers, tuple(source for end in ends for source in _source_layers(outputs, end)) or last


def _source_layers(outputs: Mapping[str, tuple[str, ...]], output: Output) -> tuple[str, ...]:
    """The layer that an output is of. A layer's second one is its last state, which the first ends with."""
    name, number = output
    sources = outputs.get(name, ())
    return sources[number : number + 1] if len(sources) > 1 else sources if number < 2 else ()


def _add_layer(
    node: Mapping[str, Any],
    model: _Model,
    called: tuple[str, tuple[str, ...], bool],
    numbers: Counter[str],
    levels: int,
) -> tuple[str, ...]:
    """Adds a layer, or a model's layers; gives whose outputs are its own."""
    own, inbound, has_initial_state = called
    kind = str(node.get("class_name"))
    if kind == "InputLayer":
        return model.inbound
    path = f"{model.path}layers/{_unique_name(snake_case(kind), numbers)}"
    name, top, inside = f"{model.name}{own}", model.top or own, node
    while str(inside.get("class_name")) == TIME_DISTRIBUTED:
        inside, path = _wrapped_layer(inside), f"{path}/layer"
    if _layer_configs(inside):
        below = _Model(f"{name}.", f"{path}/", inbound, top, model.layers)
        return _flatten_model(inside, below, levels - 1)[1]
    kind, custom = str(inside.get("class_name")), _is_custom(inside)
    model.layers.append(Layer(name, kind, _settings(inside), path, top, custom, inbound, has_initial_state))
    return (name,)


def _wrapped_layer(node: Mapping[str, Any]) -> Mapping[str, Any]:
    inside = _settings(node).get("layer")
    return inside if isinstance(inside, dict) else {}


def _layer_configs(config: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The descriptions of a model's layers; none where it is no model."""
    inside = config.get("config")
    listed = inside if isinstance(inside, list) else _settings(config).get("layers")
    return [node for node in listed if isinstance(node, dict)] if isinstance(listed, list) else []


def _settings(node: Mapping[str, Any]) -> Mapping[str, Any]:
    inside = node.get("config")
    return inside if isinstance(inside, dict) else {}


def _layer_name(node: Mapping[str, Any]) -> str:
    name = node.get("name") or _settings(node).get("name")
    own = name if isinstance(name, str) else str(node.get("class_name"))
    return own.encode("utf-8", "replace").decode()


def _is_custom(node: Mapping[str, Any]) -> bool:
    """Whether Keras has no such class: its description names a module of its own, or a package."""
    module, kind = node.get("module", "keras"), str(node.get("class_name"))
    return not str(module).startswith(KERAS_MODULES) or ">" in kind


def _inbound_calls(node: Mapping[str, Any]) -> list[list[Output]] | None:
    """For each time that a layer is called, the outputs that it is given; None in a plain sequence."""
    calls = node.get("inbound_nodes")
    if not isinstance(calls, list):
        return None
    return [found for call in calls if (found := list(dict.fromkeys(_outputs_in(call))))]


def _outputs_in(value: Any) -> Iterator[Output]:
    """Outputs in a description of calls: each starts a list [name, call, output, ...]. Masks are passed over.

    >>> list(_outputs_in([["lstm", 0, 0, {}]])), list(_outputs_in({"args": [{"keras_history": ["lstm", 0, 0]}]}))
    ([('lstm', 0)], [('lstm', 0)])
    """
    if isinstance(value, dict):
        for name, part in value.items():
            if name != "mask":
                yield from _outputs_in(part)
    elif isinstance(value, list):
        if len(value) > 2 and isinstance(value[0], str) and all(isinstance(part, int) for part in value[1:3]):
            yield value[0], value[2]
            value = value[3:]
        for part in value:
            yield from _outputs_in(part)


def _unique_name(name: str, numbers: Counter[str]) -> str:
    numbers[name] += 1
    return name if numbers[name] == 1 else f"{name}_{numbers[name] - 1}"


def snake_case(name: str) -> str:
    """A class as Keras 3 writes it in paths.

    >>> snake_case("TimeDistributed"), snake_case("LSTMCell")
    ('time_distributed', 'lstm_cell')
    """
    plain = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", name))
    return re.sub("([a-z])([A-Z])", r"\1_\2", plain).lower()
