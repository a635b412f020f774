"""A found LSTM as a torch.nn.LSTM."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from lstm_viz.checkpoints.forms import BACKWARDS, FORWARDS
from lstm_viz.checkpoints.found import FoundLSTM


def module_of(found: FoundLSTM) -> nn.LSTM:
    """The module, time first, in eval mode. CheckpointError where the parameters don't fit together.

    torch has no LSTM that reads from the end alone: one that does gets a forward half of zeros, whose states are 0
    at every step.

    >>> module_of(FoundLSTM("lstm", "", {"weight_ih_l0": np.zeros((8, 3)), "weight_hh_l0": np.zeros((8, 2))}))
    LSTM(3, 2, bias=False)
    """
    form = found.form
    kind = np.result_type(*found.parameters.values())
    given = {name: torch.from_numpy(part.astype(kind, copy=False)) for name, part in found.parameters.items()}
    module = nn.LSTM(
        form.input_size,
        form.hidden_size,
        num_layers=form.num_layers,
        bias=form.bias,
        bidirectional=form.ends != FORWARDS,
        proj_size=form.proj_size,
        device="meta",
        dtype=next(iter(given.values())).dtype,
    )
    full = {name: _filled(given.get(name), part) for name, part in module.state_dict().items()}
    module.load_state_dict(full, assign=True)
    return module.eval().requires_grad_(False)


def start_of(found: FoundLSTM) -> tuple[np.ndarray, np.ndarray] | None:
    """The state that the file starts from as the module takes it, (h_0, c_0); None where it is zero.

    >>> weights = {"weight_ih_l0_reverse": np.zeros((8, 3)), "weight_hh_l0_reverse": np.zeros((8, 2))}
    >>> ones = np.ones((1, 1, 2))
    >>> start_of(FoundLSTM("lstm", "", weights, start=(ones, ones)))[0].tolist()
    [[[0.0, 0.0]], [[1.0, 1.0]]]
    """
    if found.start is None or found.form.ends != BACKWARDS:
        return found.start
    h_0, c_0 = (np.stack([np.zeros_like(part), part], axis=1).reshape(-1, *part.shape[1:]) for part in found.start)
    return h_0, c_0


def _filled(given: Tensor | None, part: Tensor) -> Tensor:
    """A parameter of torch's module from the file's: the forward half that a file lacks is zero and adds nothing."""
    if given is None:
        return torch.zeros(part.shape, dtype=part.dtype)
    missing = part.shape[-1] - given.shape[-1]
    return torch.cat([given.new_zeros(len(given), missing), given], dim=1) if missing else given
