"""A model's layers in one list, those of models inside it too, and which feeds which."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.formatting import quote
from lstm_viz.checkpoints.limits import CheckpointLimits

#: Wrappers that do what the layer inside does, once a step.
TIME_DISTRIBUTED = "TimeDistributed"
#: Where Keras' own classes are, as its descriptions say.
KERAS_MODULES = ("keras", "tf_keras", "tensorflow", "keras_core")
#: Arguments of a call that come before the rest, whatever order a description has.
FIRST_ARGUMENTS = ("args", "sequences", "inputs")


class Output(NamedTuple):
    """One output of a layer, or of the model's own input: a layer's first is number 0."""

    name: str
    number: int = 0


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
    #: For each different call of it, the outputs that it is given; the sequence is the first.
    calls: tuple[tuple[Output, ...], ...] = ()
    #: The TimeDistributed layers round it, outermost first: it is run once for each step of a longer sequence.
    distributed: tuple[str, ...] = ()

    @property
    def own_name(self) -> str:
        """Its name in the model that it stands in."""
        return self.name.rsplit(".", 1)[-1]

    @property
    def inbound(self) -> tuple[Output, ...]:
        """What it reads, one for each different call."""
        return tuple(dict.fromkeys(call[0] for call in self.calls if call))

    @property
    def has_initial_state(self) -> bool:
        """Whether another layer gives its initial state."""
        return any(len(call) > 1 for call in self.calls)


@dataclass(frozen=True)
class LayerGraph:
    """Every layer of a model in the order of its description, and the outputs that the model gives."""

    layers: tuple[Layer, ...] = ()
    outputs: tuple[Output, ...] = ()
    #: Models of a person's own class that list their layers, by name: what such a class does with them isn't said.
    custom_models: Mapping[str, str] = field(default_factory=dict)


#: What an output of a layer or of a model inside leads to, by its number; several where the model is called several
#: times.
Ends = tuple[tuple[Output, ...], ...]


@dataclass
class _Model:
    """A model inside the model, or the model: where it stands and how it is called."""

    name: str
    path: str
    #: For each call, the outputs that it is given, one for each of its inputs; none for the whole model.
    calls: tuple[tuple[Output, ...], ...] = ()
    #: The model's own layer that all of it stands in, once it is known.
    top: str = ""
    distributed: tuple[str, ...] = ()


def layer_graph(config: Mapping[str, Any], limits: CheckpointLimits) -> LayerGraph:
    """Every layer of a model's description; none where its own class decides which it has.

    Raises CheckpointError where it has too many layers or calls, or too many levels.

    >>> lstm = {"class_name": "LSTM", "config": {"name": "encoder"}}
    >>> layer_graph({"class_name": "Sequential", "config": {"layers": [lstm]}}, CheckpointLimits()).layers[0].path
    'layers/lstm'
    """
    reader = _GraphReader(limits)
    ends = reader.add_model(config, _Model("", ""), limits.levels)
    outputs = tuple(output for end in ends for output in end)
    return LayerGraph(tuple(reader.layers), outputs, reader.custom_models)


class _GraphReader:
    """Flattens the models of a description, each inside where it stands."""

    def __init__(self, limits: CheckpointLimits) -> None:
        self.layers: list[Layer] = []
        self.custom_models: dict[str, str] = {}
        self._limits, self._calls = limits, 0

    def add_model(self, config: Mapping[str, Any], model: _Model, levels: int) -> Ends:
        """Adds the layers of one model; gives what its outputs lead to."""
        if not levels:
            raise CheckpointError("The file has too many models inside each other. Save the weights alone.")
        nodes = _layer_configs(config)
        if _is_custom(config):
            self.custom_models[model.name.rstrip(".") or _layer_name(config)] = class_of(config)
        names = [_layer_name(node) for node in nodes]
        if twice := next((name for name, times in Counter(names).items() if times > 1), None):
            raise CheckpointError(f"The model has two layers that are called {quote(twice)}. Save the model again.")
        # A layer that is called again may read what comes after it in the list.
        ends: dict[str, Ends | None] = dict.fromkeys(names)
        inputs = _input_names(config, nodes)
        numbers: Counter[str] = Counter()
        last: Ends = (tuple(dict.fromkeys(call[0] for call in model.calls)),)
        for own, node in zip(names, nodes, strict=True):
            listed = _inbound_calls(node)
            if str(node.get("class_name")) == "InputLayer":
                ends[own] = last = (self._given(model, inputs, own),)
                continue
            called = [[_ends_of(model, ends, output) for output in call] for call in listed or ()]
            calls = self._spread([last[:1]] if listed is None else called)
            ends[own] = made = self._add_layer(node, model, own, calls, numbers, levels)
            last = made or ((Output(f"{model.name}{own}"),),)
        given = _outputs_in(_settings(config).get("output_layers"))
        return tuple(_ends_of(model, ends, output) for output in given) or last

    def _given(self, model: _Model, inputs: Sequence[str], own: str) -> tuple[Output, ...]:
        """What an input of a model is given, in each of the model's calls; itself where it is the whole model's."""
        if not model.name:
            return (Output(own),)
        number = inputs.index(own) if own in inputs else 0
        found = [call[number] for call in model.calls if number < len(call)]
        return tuple(dict.fromkeys(found)) or (Output(f"{model.name}{own}"),)

    def _spread(self, calls: Sequence[Sequence[tuple[Output, ...]]]) -> tuple[tuple[Output, ...], ...]:
        """The calls of a layer: as many as those of the model that it stands in, where that is called several times."""
        found: dict[tuple[Output, ...], None] = {}
        for call in calls:
            parts = [part for part in call if part]
            for number in range(max(map(len, parts), default=0)):
                found[tuple(part[min(number, len(part) - 1)] for part in parts)] = None
                self._calls += 1
                self._limits.check("calls of layers", self._calls, self._limits.tensors)
        return tuple(found)

    def _add_layer(
        self,
        node: Mapping[str, Any],
        model: _Model,
        own: str,
        calls: tuple[tuple[Output, ...], ...],
        numbers: Counter[str],
        levels: int,
    ) -> Ends:
        """Adds a layer, or a model's layers; gives what a model's outputs lead to."""
        path = f"{model.path}layers/{_unique_name(snake_case(str(node.get('class_name'))), numbers)}"
        name, top, inside, distributed = f"{model.name}{own}", model.top or own, node, model.distributed
        while str(inside.get("class_name")) == TIME_DISTRIBUTED and not _is_custom(inside):
            inside, path, distributed = _wrapped_layer(inside), f"{path}/layer", (*distributed, name)
            self._limits.check("wrappers inside each other", len(distributed), self._limits.levels)
        if _is_model(inside):
            below = _Model(f"{name}.", f"{path}/", calls, top, distributed)
            return self.add_model(inside, below, levels - 1)
        settings, custom = _settings(inside), _is_custom(inside)
        self.layers.append(Layer(name, class_of(inside), settings, path, top, custom, calls, distributed))
        self._limits.check("layers", len(self.layers), self._limits.tensors)
        return ()


def _input_names(config: Mapping[str, Any], nodes: Sequence[Mapping[str, Any]]) -> list[str]:
    """A model's inputs in the order in which a call gives them."""
    named = [name for name, _ in _outputs_in(_settings(config).get("input_layers"))]
    return named or [_layer_name(node) for node in nodes if str(node.get("class_name")) == "InputLayer"]


def _ends_of(model: _Model, ends: Mapping[str, Ends | None], output: Output) -> tuple[Output, ...]:
    """What an output in a description leads to: that of a model inside is that of one of its layers."""
    inside = ends.get(output.name)
    if inside:
        return inside[output.number] if 0 <= output.number < len(inside) else ()
    return (Output(f"{model.name}{output.name}", output.number),) if output.name in ends else ()


def _wrapped_layer(node: Mapping[str, Any]) -> Mapping[str, Any]:
    inside = _settings(node).get("layer")
    return inside if isinstance(inside, dict) else {}


def _is_model(node: Mapping[str, Any]) -> bool:
    """Whether a description lists layers that feed each other; what a layer of a person's own lists may do anything."""
    return bool(_layer_configs(node)) and (not _is_custom(node) or "output_layers" in _settings(node))


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
    return _as_name(name if isinstance(name, str) else str(node.get("class_name")))


def _as_name(name: str) -> str:
    return name.encode("utf-8", "replace").decode()


def class_of(node: Mapping[str, Any]) -> str:
    """A layer's class: Keras' name, or that under which a person registered one of their own.

    >>> class_of({"class_name": "LSTM", "module": "mine", "registered_name": "me>LSTM"})
    'me>LSTM'
    """
    registered, kind = node.get("registered_name"), str(node.get("class_name"))
    if not _is_custom(node) or ">" in kind:
        return kind
    return registered if isinstance(registered, str) and registered else f"{node.get('module') or 'own'}>{kind}"


def _is_custom(node: Mapping[str, Any]) -> bool:
    """Whether Keras has no such class: its description names a module of its own, or a package."""
    module, kind = str(node.get("module", "keras")), str(node.get("class_name"))
    registered = str(node.get("registered_name") or kind)
    return module.partition(".")[0] not in KERAS_MODULES or ">" in kind or ">" in registered


def _inbound_calls(node: Mapping[str, Any]) -> list[list[Output]] | None:
    """For each time that a layer is called, the outputs that it is given; None in a plain sequence."""
    calls = node.get("inbound_nodes")
    if not isinstance(calls, list):
        return None
    return [found for call in calls if (found := list(dict.fromkeys(_outputs_in(call))))]


def _outputs_in(value: Any) -> Iterator[Output]:
    """Outputs in a description of calls: each starts a list [name, call, output, ...]. Masks are passed over; named
    ones come in the order of their names, in which Keras counts them.

    >>> list(_outputs_in([["lstm", 0, 0, {}]])), list(_outputs_in({"args": [{"keras_history": ["lstm", 0, 1]}]}))
    ([Output(name='lstm', number=0)], [Output(name='lstm', number=1)])
    """
    if isinstance(value, dict):
        for name in sorted(value, key=lambda name: (name not in FIRST_ARGUMENTS, name)):
            if name != "mask":
                yield from _outputs_in(value[name])
    elif isinstance(value, list):
        if len(value) > 2 and isinstance(value[0], str) and all(isinstance(part, int) for part in value[1:3]):
            yield Output(_as_name(value[0]), value[2])
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
