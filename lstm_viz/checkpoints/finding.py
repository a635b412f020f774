"""Finding LSTMs among named tensors, by the names that torch gives their weights."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from lstm_viz.checkpoints.errors import CheckpointError

#: weight_ih_l0, bias_hh_l1_reverse, weight_hr_l0 of nn.LSTM; weight_ih and so on of nn.LSTMCell.
PARAMETER = re.compile(
    r"^(?P<stem>.*?)(?P<kind>weight_ih|weight_hh|weight_hr|bias_ih|bias_hh)(?P<layer>_l\d+(_reverse)?)?$"
)
#: Rows of the stacked weights, in hidden sizes, and the module that has as many.
CELLS = {4: "LSTM", 3: "GRU", 1: "RNN"}


@dataclass
class Group:
    """The parameters of one recurrent module, by torch's own names; `cell` where they are an LSTMCell's."""

    name: str
    cell: bool
    parameters: dict[str, Tensor] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """What the shapes say it is: LSTM, GRU, RNN, or nothing known."""
        recurrent, project = self.parameters.get("weight_hh_l0"), self.parameters.get("weight_hr_l0")
        if recurrent is None or recurrent.ndim != 2:
            return "something incomplete"
        hidden = recurrent.shape[1] if project is None or project.ndim != 2 else project.shape[1]
        rows, left = divmod(recurrent.shape[0], max(1, hidden))
        return CELLS.get(rows, "something unknown") if left == 0 else "something unknown"


def groups(tensors: Mapping[str, Tensor]) -> dict[str, Group]:
    """Recurrent modules by the name that stands before their parameters' names.

    >>> tensors = {f"net.{name}": part for name, part in nn.LSTM(2, 3).state_dict().items()}
    >>> groups(tensors)["net"].kind
    'LSTM'
    """
    found: dict[str, Group] = {}
    for name, tensor in tensors.items():
        match = PARAMETER.match(name)
        if match is None:
            continue
        stem, layer = match["stem"].removesuffix("."), match["layer"]
        group = found.setdefault(stem or "lstm", Group(stem or "lstm", cell=layer is None))
        group.parameters[match["kind"] + (layer or "_l0")] = tensor
    return found


def module_of(group: Group) -> nn.LSTM:
    """The LSTM with a group's weights, in eval mode; CheckpointError where they don't fit together."""
    parts = {name: _full(part) for name, part in group.parameters.items()}
    layers = 1 + max(int(layer) for layer in _layers(parts))
    if layers > len(parts) or "weight_ih_l0" not in parts or parts["weight_ih_l0"].ndim != 2:
        raise _lacks(group, ["weights of its first layer or of those between"])
    first, recurrent = parts["weight_ih_l0"], parts["weight_hh_l0"]
    module = nn.LSTM(
        first.shape[1],
        first.shape[0] // 4,
        num_layers=layers,
        bias=any(name.startswith("bias") for name in parts),
        bidirectional=any(name.endswith("_reverse") for name in parts),
        proj_size=recurrent.shape[1] if "weight_hr_l0" in parts else 0,
        device="meta",
        dtype=first.dtype,
    )
    _check(group, module, parts)
    module.load_state_dict({name: part.clone() for name, part in parts.items()}, assign=True)
    return module.eval().requires_grad_(False)


def _full(part: Tensor) -> Tensor:
    """Half formats as 32-bit numbers: what is recorded adds up in those."""
    return part.to(torch.float32) if part.dtype.is_floating_point and part.dtype.itemsize < 4 else part


def _lacks(group: Group, missing: list[str], most: int = 4) -> CheckpointError:
    listed = ", ".join(missing[:most]) + (f" and {len(missing) - most} more" if len(missing) > most else "")
    return CheckpointError(f"“{group.name}” lacks {listed}: its weights are not all in this file.")


def _layers(parts: Mapping[str, Tensor]) -> Iterator[str]:
    for name in parts:
        yield name.split("_l")[-1].removesuffix("_reverse")


def _check(group: Group, module: nn.LSTM, parts: Mapping[str, Tensor]) -> None:
    expected = {name: tuple(part.shape) for name, part in module.state_dict().items()}
    if missing := sorted(set(expected) - set(parts)):
        raise _lacks(group, missing)
    for name, part in parts.items():
        if tuple(part.shape) != expected.get(name):
            raise CheckpointError(
                f"“{group.name}.{name}” has shape {tuple(part.shape)}; {expected.get(name)} would fit the others."
            )
        if not part.dtype.is_floating_point or not bool(part.isfinite().all()):
            raise CheckpointError(f"“{group.name}.{name}” holds what is no finite number, so no gate has a value.")
