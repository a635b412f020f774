"""A found LSTM as a torch.nn.LSTM."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from lstm_viz.checkpoints.forms import FORWARDS
from lstm_viz.checkpoints.found import FoundLSTM


def module_of(found: FoundLSTM) -> nn.LSTM:
    """The module, time first, in eval mode. CheckpointError where the parameters don't fit together.

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
    zeros = {name: part for name, part in module.state_dict().items() if name not in given}
    given |= {name: torch.zeros(part.shape, dtype=part.dtype) for name, part in zeros.items()}
    module.load_state_dict(given, assign=True)
    return module.eval().requires_grad_(False)
