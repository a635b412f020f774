"""A recurrent module's configuration and weights, read and checked once."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn

from lstm_viz.cells.activated_lstm import ActivatedLSTM, activations_of
from lstm_viz.cells.activation_functions import STANDARD, CellActivations
from lstm_viz.cells.course import CourseLSTM
from lstm_viz.recording.call_path import weights_of_last_call, weights_of_next_call
from lstm_viz.recording.tensor_ops import to_numpy
from lstm_viz.recording.weight_cache import CachedWeights, is_finite, weight_cache
from lstm_viz.traces import AGREEMENT_LIMITS, GateWeights, Variant
from lstm_viz.traces.record import LSTM_GATES, layer_names

#: Row blocks of the stacked weights, in torch's order.
GATES: dict[Variant, tuple[str, ...]] = {
    "standard": LSTM_GATES,
    "course": LSTM_GATES,
    "rnn": ("hidden_state",),
}

Recurrent = nn.LSTM | nn.RNN | CourseLSTM
ACTIVATED_FORWARD = ActivatedLSTM.forward


@dataclass(frozen=True, eq=False)
class LayerWeights:
    """Weights of one layer in one direction: `input` (gates * hidden, features), `recurrent` (gates * hidden, output),
    `bias` (gates * hidden), b_ih + b_hh; `projection` (output, hidden)."""

    name: str
    variant: Variant
    input: Tensor
    recurrent: Tensor
    bias: Tensor
    projection: Tensor | None = None
    readout: tuple[Tensor, Tensor] | None = None
    activations: CellActivations = STANDARD
    #: Weights packed for the compiled kernel, by the units of the layer that they are for.
    packed_weights: dict[tuple[int, ...], Any] = field(default_factory=dict)
    #: Workers (buffers of the threads) of the last run by their partitions, while no other run uses them.
    workers: dict[tuple[Any, ...], Sequence[Any]] = field(default_factory=dict)

    @property
    def reverse(self) -> bool:
        """Whether this layer reads from the end."""
        return self.name.endswith("_reverse")

    @cached_property
    def gate_weights(self) -> dict[str, GateWeights]:
        """Each gate's weights and bias as read-only arrays, by the gate's name."""
        parts = [to_numpy(part) for part in (self.input, self.recurrent, self.bias)]
        return {gate: GateWeights(*(part[self.rows(gate)] for part in parts)) for gate in GATES[self.variant]}

    @cached_property
    def multiplications(self) -> int:
        """Multiplications of one step of one sequence: one for each number of each weight matrix."""
        readout = None if self.readout is None else self.readout[0]
        matrices = (self.input, self.recurrent, self.projection, readout)
        return sum(weight.numel() for weight in matrices if weight is not None)

    def rows(self, gate: str) -> slice:
        """Which rows of the stacked weights are this gate's."""
        names = GATES[self.variant]
        size = self.input.shape[0] // len(names)
        start = names.index(gate) * size
        return slice(start, start + size)


@dataclass(frozen=True, eq=False)
class ModuleSpec:
    """A recurrent module's configuration and a copy of its weights, apart from the module itself."""

    variant: Variant
    input_size: int
    hidden_size: int
    output_size: int
    num_layers: int
    directions: int
    batch_first: bool
    dtype: torch.dtype
    device: torch.device
    #: Copies of the module's parameters by name: they outlive a training step.
    parameters: dict[str, Tensor]
    #: What its gates, candidate and readout are computed by.
    activations: CellActivations = STANDARD
    #: Weights of each layer, made from the parameters when first used.
    layers: dict[str, LayerWeights] = field(default_factory=dict)
    #: Modules that share the parameters, by first and last layer (see `reference`); `replace` begins with none.
    modules: dict[tuple[int, int], nn.Module] = field(default_factory=dict, init=False)

    @property
    def record_dtype(self) -> torch.dtype:
        """The recording's dtype: float32 for half formats, which are too coarse to add up in."""
        return torch.float32 if self.dtype.itemsize < 4 else self.dtype

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the layers, in nn.LSTM's order: l0, l0_reverse, l1, ..."""
        return layer_names(self.num_layers, self.directions)

    def direction_names(self, layer: int) -> tuple[str, ...]:
        """Names of one layer's directions."""
        return self.names[layer * self.directions : (layer + 1) * self.directions]

    def to(self, device: torch.device) -> ModuleSpec:
        """The same with its weights on another device; the module stays where it is."""
        if device == self.device:
            return self
        moved = {name: value.to(device) for name, value in self.parameters.items()}
        return replace(self, parameters=moved, device=device, layers={})

    def layer(self, name: str) -> LayerWeights:
        """The weights of one layer in the number format of the recording."""
        if name not in self.layers:
            self.layers[name] = self._layer(name)
        return self.layers[name]

    def _layer(self, name: str) -> LayerWeights:
        named = [(key, value) for key, value in self.parameters.items() if key.endswith(f"_{name}")]
        tensors = {key: value.to(self.record_dtype) for key, value in named}
        weight = tensors[f"weight_ih_{name}"]
        biases = [tensors[key] for key in (f"bias_ih_{name}", f"bias_hh_{name}", f"bias_{name}") if key in tensors]
        bias = sum(biases[1:], biases[0]) if biases else weight.new_zeros(weight.shape[0])
        return LayerWeights(
            name=name,
            variant=self.variant,
            input=weight,
            recurrent=tensors[f"weight_hh_{name}"],
            bias=bias,
            projection=tensors.get(f"weight_hr_{name}"),
            readout=_readout(tensors, name),
            activations=self.activations,
        )


def read_module(module: Any, *, after_call: bool = False) -> ModuleSpec:
    """A module's configuration and weights: those of its next call in evaluation, or those that its last call used.

    Raises TypeError or ValueError for a module that can't be traced.
    """
    variant = _variant(module)
    tensors = _weight_tensors(module, after_call)
    cached = weight_cache.find(variant, tensors) or _copy_checked(variant, tensors)
    activations = activations_of(module)
    kind = (module.batch_first, activations)
    if kind not in cached.specs:
        cached.specs[kind] = _module_spec(module, variant, cached, activations)
    return cached.specs[kind]


def _module_spec(
    module: Recurrent, variant: Variant, cached: CachedWeights, activations: CellActivations
) -> ModuleSpec:
    parameters = cached.weights
    first = next(iter(parameters.values()))
    return ModuleSpec(
        variant=variant,
        input_size=module.input_size,
        hidden_size=module.hidden_size,
        output_size=getattr(module, "proj_size", 0) or module.hidden_size,
        num_layers=module.num_layers,
        directions=1 + getattr(module, "bidirectional", False),
        batch_first=module.batch_first,
        dtype=first.dtype,
        device=first.device,
        parameters=parameters,
        activations=activations,
        layers=cached.layers if activations.is_standard else {},
    )


def _copy_checked(variant: Variant, tensors: dict[str, Tensor]) -> CachedWeights:
    """Copies of a module's weights, or what is wrong with them."""
    tensors = {name: value.detach() for name, value in tensors.items()}
    _check_dtypes(tensors)
    _check_finite(tensors)
    return weight_cache.add(variant, tensors)


def _readout(tensors: dict[str, Tensor], name: str) -> tuple[Tensor, Tensor] | None:
    weight = tensors.get(f"weight_readout_{name}")
    if weight is None:
        return None
    return weight, tensors.get(f"bias_readout_{name}", weight.new_zeros(weight.shape[0]))


def _weight_tensors(module: Recurrent, after_call: bool) -> dict[str, Tensor]:
    """Weights by name as forward uses them, or has used them."""
    if isinstance(module, CourseLSTM):
        names = [name for layer in range(module.num_layers) for name in module.weight_names(layer)]
    else:
        names = [name for layer in module._all_weights for name in layer]
    return weights_of_last_call(module, names) if after_call else weights_of_next_call(module, names)


def _variant(module: object) -> Variant:
    kinds: tuple[tuple[type[nn.Module], Variant], ...] = (
        (nn.LSTM, "standard"),
        (CourseLSTM, "course"),
        (nn.RNN, "rnn"),
    )
    for kind, variant in kinds:
        if isinstance(module, kind):
            _check_supported(module, kind)
            return variant
    raise TypeError(_unsupported_message(module))


def _check_supported(module: nn.Module, kind: type[nn.Module]) -> None:
    if type(module).forward not in (kind.forward, ACTIVATED_FORWARD):
        raise TypeError(own_forward_message(type(module).__name__, _full_name(kind)))
    if getattr(module, "nonlinearity", "tanh") != "tanh":
        raise ValueError(f"This RNN's nonlinearity is {module.nonlinearity!r}; trace reads torch.nn.RNN with 'tanh'.")


def _full_name(kind: type[nn.Module]) -> str:
    return kind.__name__ if kind is CourseLSTM else f"torch.nn.{kind.__name__}"


def own_forward_message(name: str, kind: str) -> str:
    """The sentence for a subclass with a forward of its own.

    >>> own_forward_message("Doubling", "torch.nn.LSTM")[:86]
    'Doubling has a forward of its own, which may not compute what torch.nn.LSTM does with '
    """
    return (
        f"{name} has a forward of its own, which may not compute what {kind} does with its weights, and only that can "
        f"be recorded. Where a plain {kind} with these weights gives the same output on your x (compare them), take it."
    )


def _check_dtypes(parameters: dict[str, Tensor]) -> None:
    dtypes = {value.dtype for value in parameters.values()}
    names = sorted(str(kind).removeprefix("torch.") for kind in dtypes)
    if len(names) > 1 or names[0] not in AGREEMENT_LIMITS:
        raise TypeError(
            f"All weights must have one floating-point format; these have {', '.join(names)}. "
            f"Convert the module to one of {', '.join(AGREEMENT_LIMITS)}."
        )


def _check_finite(parameters: dict[str, Tensor]) -> None:
    for name, value in parameters.items():
        if value.is_meta:
            raise ValueError(f"{name} holds no numbers (it is on the 'meta' device). Load the weights first.")
        if not is_finite(value):
            raise ValueError(f"{name} holds NaN or infinity, so no gate has a value. Load a sound checkpoint.")


def _unsupported_message(module: object) -> str:
    supported = "trace reads a torch.nn.LSTM, a torch.nn.RNN or a lstm_viz.CourseLSTM"
    if isinstance(module, str | os.PathLike):
        return f"{supported}; a path came. Open it first: models = lstm_viz.load_models(path), and pass one of them."
    if isinstance(module, Mapping):
        return f"{supported}; a {type(module).__name__} came.{_pick_of(module)}"
    if not isinstance(module, nn.Module):
        return f"{supported}; a {type(module).__name__} came."
    name = getattr(module, "original_name", type(module).__name__)
    if "quantized" in type(module).__module__:
        return f"{supported}; this {name} is quantized. Pass the LSTM it was made from."
    if isinstance(module, torch.jit.ScriptModule) and name in ("LSTM", "RNN"):
        return (
            f"{supported}; a scripted {name} came, a TorchScript program. Pass the torch.nn.{name} that it was made "
            "from, or make one of its sizes and give it the weights: lstm.load_state_dict(scripted.state_dict())."
        )
    if isinstance(module, torch.jit.ScriptModule):
        return (
            f"{supported}; {name} came, a TorchScript program. Pass the torch.nn.LSTM that it was made from, or save "
            "it, torch.jit.save(model, 'model.pt'), and trace what lstm_viz.load_models('model.pt') gives."
        )
    if isinstance(module, nn.LSTMCell | nn.RNNCell):
        return (
            f"{supported}; {name} came, which computes one step. Record the loop that calls it: "
            "with lstm_viz.record(cell) as traces: and your loop in it."
        )
    inside = [path for path, part in module.named_modules() if path and isinstance(part, Recurrent)]
    if inside:
        return f"{supported}; a whole model came ({name}). Pass the part itself: {_as_code(inside)}."
    return f"{supported}; {name} came, which holds none of these."


def _pick_of(found: Mapping[Any, Any]) -> str:
    """What to do with a dictionary: of modules, pass one; of tensors, build the module first."""
    modules = [key for key, value in found.items() if isinstance(value, nn.Module)]
    if modules:
        return f" Pass one of its modules: models[{modules[0]!r}]."
    if any(isinstance(value, Tensor) for value in found.values()):
        return " Make the module first, torch.nn.LSTM(...), and give it the weights: lstm.load_state_dict(state_dict)."
    return ""


def _as_code(paths: list[str]) -> str:
    shown = [f'model.get_submodule("{path}")' if "." in path or path[0].isdigit() else f"model.{path}"
             for path in paths[:3]]  # fmt: skip
    return " or ".join(shown)
