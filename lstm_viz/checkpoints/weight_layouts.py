"""Names and layouts in which programs keep an LSTM's weights, brought into torch's: rows in the order i, f, g, o.

Only those whose order is documented: `torch.nn.LSTM` and `LSTMCell`; NeuralHydrology's `CustomLSTM` (Kratzert et al.
2022), whose cell splits its rows into i, f, g, o; `mlx.nn.LSTM`, the same with one bias; Flax' `LSTMCell` and
`OptimizedLSTMCell`, which name each gate.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from lstm_viz.checkpoints.stored_tensor import StoredTensor

#: weight_ih_l0, bias_hh_l1_reverse, weight_hr_l0 of nn.LSTM; weight_ih and so on of nn.LSTMCell.
TORCH_NAME = re.compile(
    r"^(?P<stem>.*?)(?P<kind>weight_ih|weight_hh|weight_hr|bias_ih|bias_hh)(?P<layer>_l\d+(_reverse)?)?$"
)
GATES = "ifgo"
FLAX_NAME = re.compile(r"^(?P<stem>(?:.*[./])?)(?P<from>[ih])(?P<gate>[ifgo])[./](?P<part>kernel|bias)$")
SHORT_NAMES = {"w_ih": "weight_ih_l0", "w_hh": "weight_hh_l0", "b_ih": "bias_ih_l0", "b_hh": "bias_hh_l0"}
SHORT_BIASES = ("b_ih", "b_hh")
MLX_NAMES = {"Wx": "weight_ih_l0", "Wh": "weight_hh_l0", "bias": "bias_ih_l0"}

TORCH_LSTM, TORCH_CELL = "torch.nn.LSTM", "by the names of torch.nn.LSTMCell"
NEURALHYDROLOGY = "by the names of NeuralHydrology's CustomLSTM"
MLX, FLAX = "by the names of mlx.nn.LSTM", "by the names of Flax' LSTMCell"

ONE_BIAS_NOTE = "It has one bias where torch has two, which are added up: the other one is zero here."


@dataclass
class NamedWeights:
    """The weights of one recurrent module: its path in the file, the layout they were found in, and the parameters as
    torch.nn.LSTM names them."""

    path: str
    layout: str
    parameters: dict[str, StoredTensor] = field(default_factory=dict)
    #: The file's names of them.
    own: set[str] = field(default_factory=set)
    #: What has to be said of how they were found, a sentence each.
    notes: tuple[str, ...] = ()


def named_weights(tensors: Mapping[str, StoredTensor]) -> list[NamedWeights]:
    """Every module whose weights have the names of a known layout, in the file's order."""
    found = [
        _with_both_biases(_with_short_biases(module, tensors), tensors) for module in _torch_modules(tensors).values()
    ]
    taken = {name for module in found for name in module.own}
    rest = {name: tensor for name, tensor in tensors.items() if name not in taken}
    found += [*_by_fixed_names(rest, SHORT_NAMES, NEURALHYDROLOGY), *_mlx_modules(rest), *_flax_modules(rest)]
    order = {name: number for number, name in enumerate(tensors)}
    return sorted(found, key=lambda module: min(order[name] for name in module.own))


def _torch_modules(tensors: Mapping[str, StoredTensor]) -> dict[tuple[str, bool], NamedWeights]:
    """By path, and whether the names are a cell's: the two never become one."""
    found: dict[tuple[str, bool], NamedWeights] = {}
    for name, tensor in tensors.items():
        if match := TORCH_NAME.match(name):
            cell = match["layer"] is None
            layout = TORCH_CELL if cell else TORCH_LSTM
            module = found.setdefault((match["stem"], cell), NamedWeights(match["stem"], layout))
            module.parameters[match["kind"] + (match["layer"] or "_l0")] = tensor
            module.own.add(name)
    return found


def _with_short_biases(module: NamedWeights, tensors: Mapping[str, StoredTensor]) -> NamedWeights:
    """A cell whose weights have torch's names and whose biases are called b_ih and b_hh: by their name torch's biases.

    >>> from lstm_viz.checkpoints.stored_tensor import in_memory
    >>> shapes = {"weight_ih": (8, 3), "weight_hh": (8, 2), "b_ih": (8,), "b_hh": (8,)}
    >>> (module,) = named_weights({name: in_memory(np.ones(shape)) for name, shape in shapes.items()})
    >>> sorted(module.parameters)
    ['bias_hh_l0', 'bias_ih_l0', 'weight_hh_l0', 'weight_ih_l0']
    """
    parts = module.parameters
    if module.layout != TORCH_CELL or "weight_ih_l0" not in parts or module.path[-1:] not in ("", ".", "/"):
        return module
    for short in SHORT_BIASES:
        own, called = module.path + short, SHORT_NAMES[short]
        if called not in parts and own in tensors and tensors[own].shape == parts["weight_ih_l0"].shape[:1]:
            parts[called] = tensors[own]
            module.own.add(own)
    return module


def _with_both_biases(module: NamedWeights, tensors: Mapping[str, StoredTensor]) -> NamedWeights:
    """A cell with one bias, bias_ih, bias_hh or bias, of a number for each row: torch adds up two, so one is zero.

    >>> from lstm_viz.checkpoints.stored_tensor import in_memory
    >>> shapes = {"cell.weight_ih": (8, 3), "cell.weight_hh": (8, 2), "cell.bias": (8,)}
    >>> (module,) = named_weights({name: in_memory(np.ones(shape)) for name, shape in shapes.items()})
    >>> sorted(module.parameters), module.parameters["bias_hh_l0"].read().any().item()
    (['bias_hh_l0', 'bias_ih_l0', 'weight_hh_l0', 'weight_ih_l0'], False)
    """
    parts, alone = module.parameters, f"{module.path}bias"
    named = [name for name in ("bias_ih_l0", "bias_hh_l0") if name in parts]
    if module.layout != TORCH_CELL or "weight_ih_l0" not in parts or "weight_hh_l0" not in parts or len(named) > 1:
        return module
    if not named and module.path[-1:] in ("", ".", "/") and alone in tensors:
        if tensors[alone].shape != parts["weight_ih_l0"].shape[:1]:
            return module
        parts["bias_ih_l0"] = tensors[alone]
        module.own.add(alone)
        named = ["bias_ih_l0"]
    for there in named:
        other = "bias_hh_l0" if there == "bias_ih_l0" else "bias_ih_l0"
        parts[other] = _zeros_like(parts[there])
        module.notes = (ONE_BIAS_NOTE,)
    return module


def _by_fixed_names(
    tensors: Mapping[str, StoredTensor], names: Mapping[str, str], layout: str
) -> Iterator[NamedWeights]:
    """Modules that hold the first two of the names, each for one parameter of torch's."""
    needed = list(names)[:2]
    for name in tensors:
        path = name.removesuffix(needed[0])
        if path == name or (path and path[-1] not in "./") or path + needed[1] not in tensors:
            continue
        module = NamedWeights(path, layout)
        for own, torch_name in names.items():
            if path + own in tensors:
                module.parameters[torch_name] = tensors[path + own]
                module.own.add(path + own)
        yield module


def _mlx_modules(tensors: Mapping[str, StoredTensor]) -> Iterator[NamedWeights]:
    """Its rows are the gates': elsewhere Wx and Wh are kept the other way round, and their gates in another order."""
    for module in _by_fixed_names(tensors, MLX_NAMES, MLX):
        recurrent = module.parameters["weight_hh_l0"].shape
        if len(recurrent) != 2 or recurrent[0] != 4 * recurrent[1]:
            continue
        if "bias_ih_l0" in module.parameters:
            module.parameters["bias_hh_l0"] = _zeros_like(module.parameters["bias_ih_l0"])
        yield module


def _flax_modules(tensors: Mapping[str, StoredTensor]) -> Iterator[NamedWeights]:
    found: dict[str, dict[tuple[str, str, str], str]] = {}
    for name in tensors:
        if match := FLAX_NAME.match(name):
            found.setdefault(match["stem"], {})[match["from"], match["part"], match["gate"]] = name
    for path, names in found.items():
        kernels = [(source, "kernel", gate) for source in "ih" for gate in GATES]
        if not all(key in names for key in kernels):
            continue
        module = NamedWeights(path, FLAX, own=set(names.values()))
        for source in "ih":
            for part in ("kernel", "bias"):
                gates = [tensors[names[source, part, gate]] for gate in GATES if (source, part, gate) in names]
                stacked = _stacked(gates) if len(gates) == len(GATES) else None
                if stacked is not None:
                    module.parameters[f"{'weight' if part == 'kernel' else 'bias'}_{source}h_l0"] = stacked
        for missing, there in (("bias_ih_l0", "bias_hh_l0"), ("bias_hh_l0", "bias_ih_l0")):
            if missing not in module.parameters and there in module.parameters:
                module.parameters[missing] = _zeros_like(module.parameters[there])
        yield module


def _stacked(gates: list[StoredTensor]) -> StoredTensor | None:
    """The gates' kernels, (features, units) each, or biases as rows of one, in torch's order."""
    shapes = {gate.shape for gate in gates}
    shape = shapes.pop() if len(shapes) == 1 else ()
    if len(shape) not in (1, 2):
        return None
    full = (4 * shape[-1], *shape[:-1])
    return StoredTensor(full, gates[0].dtype, lambda: np.concatenate([gate.floats().T for gate in gates]))


def _zeros_like(tensor: StoredTensor) -> StoredTensor:
    return StoredTensor(tensor.shape, "float32", lambda: np.zeros(tensor.shape, np.float32))
