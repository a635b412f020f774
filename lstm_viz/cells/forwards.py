"""A module's own forward, run on a twin: the caller's module is never touched."""

from __future__ import annotations

from functools import cache
from threading import Lock
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from lstm_viz.cells.course import CourseLSTM
from lstm_viz.cells.inputs import Inputs
from lstm_viz.cells.plans import Plan


def whole_output(plan: Plan, inputs: Inputs) -> Tensor:
    """What the whole module returns for these inputs: (time, batch, outputs). No dropout is applied."""
    twin = _twin(plan, range(plan.num_layers))
    return _run(twin, inputs.x, inputs.state, inputs.lengths)


def layer_output(plan: Plan, layer: int, events: Tensor, inputs: Inputs) -> Tensor:
    """What one layer alone returns, its directions side by side: (time, batch, outputs)."""
    rows = slice(layer * plan.directions, (layer + 1) * plan.directions)
    state = tuple(part[rows] for part in inputs.state)
    return _run(_twin(plan, range(layer, layer + 1)), events, state, inputs.lengths)


def _run(twin: nn.Module, x: Tensor, state: tuple[Tensor, ...], lengths: np.ndarray) -> Tensor:
    start = tuple(part.contiguous() for part in state)
    given = start if len(start) > 1 else start[0]
    # The course's cell reads forwards alone, so what lies past a sequence's end changes nothing before it.
    if isinstance(twin, CourseLSTM) or (lengths == x.shape[0]).all():
        return twin(x, given)[0]
    packed = pack_padded_sequence(x, torch.from_numpy(lengths), enforce_sorted=False)
    return pad_packed_sequence(twin(packed, given)[0], total_length=x.shape[0])[0]


def _twin(plan: Plan, layers: range) -> nn.Module:
    """A time-first module of these layers, in evaluation, that borrows the plan's weights."""
    twin = _empty_twin(plan, layers)
    for name, value in plan.parameters.items():
        stem, _, rest = name.partition("_l")
        number, *end = rest.split("_")
        if int(number) in layers:
            own = "_".join([f"{stem}_l{int(number) - layers.start}", *end])
            setattr(twin, own, nn.Parameter(value, requires_grad=False))
    if isinstance(twin, nn.RNNBase):
        twin.flatten_parameters()
    return twin.eval()


def _empty_twin(plan: Plan, layers: range) -> nn.Module:
    features = plan.output_size * plan.directions if layers.start else plan.input_size
    bias = any(name.startswith("bias") for name in plan.parameters)
    common: dict[str, Any] = {"num_layers": len(layers), "bias": bias, "device": "meta", "dtype": plan.dtype}
    if plan.variant == "course":
        return CourseLSTM(features, plan.hidden_size, **common)
    common["bidirectional"] = plan.directions == 2
    if plan.variant == "rnn":
        return nn.RNN(features, plan.hidden_size, **common)
    projected = plan.output_size if any(name.startswith("weight_hr") for name in plan.parameters) else 0
    return nn.LSTM(features, plan.hidden_size, proj_size=projected, **common)


class _FullPrecision:
    """Keep float32 products in float32 while any run is on: cuDNN's recurrent kernels shorten them by default.

    The setting is the whole process's, so the first run to begin changes it and the last to end puts it back.
    """

    def __init__(self) -> None:
        self._lock, self._runs = Lock(), 0
        self._before: list[str] = []

    def __enter__(self) -> None:
        with self._lock:
            self._runs += 1
            if self._runs == 1:
                self._before = [kernel.fp32_precision for kernel in _kernels()]
                for kernel in _kernels():
                    kernel.fp32_precision = "ieee"

    def __exit__(self, *error: object) -> None:
        with self._lock:
            self._runs -= 1
            if self._runs == 0:
                for kernel, precision in zip(_kernels(), self._before, strict=True):
                    kernel.fp32_precision = precision


full_precision = _FullPrecision()


@cache
def _kernels() -> tuple[Any, ...]:
    backends: Any = torch.backends
    return backends.cudnn.rnn, backends.cuda.matmul, backends.mkldnn.matmul
