"""How far learning reaches back: what a small change of the state at each step would do to the state at the end."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from lstm_viz.cells.plans import read_plan


def state_gradients(module: nn.Module, x: Any) -> Float[np.ndarray, "steps batch"]:
    """Size of the Jacobian of the last state by the state after each step, by torch's own autograd.

    The state is all that a module carries: (h, c) of an LSTM or a CourseLSTM, h of an RNN. The size is the
    Frobenius norm, divided by its value at the last step, so that the last is 1. Pascanu, Mikolov & Bengio
    (2013), "On the difficulty of training recurrent neural networks", section 2, study its growth and decay.

    module: one layer, one direction; ValueError for another.
    x: (steps, batch, features), whatever the module's `batch_first`.

    >>> sizes = state_gradients(nn.RNN(2, 3), torch.zeros(5, 1, 2))
    >>> sizes.shape, float(sizes[-1, 0])
    ((5, 1), 1.0)
    """
    plan = read_plan(module)
    if plan.num_layers > 1 or plan.directions > 1:
        raise ValueError(
            f"Gradients are taken through one layer in one direction; this module has {plan.num_layers} layers "
            f"and {plan.directions} directions. Pass one layer of it."
        )
    events = torch.as_tensor(np.asarray(x)).to(plan.dtype)
    with torch.enable_grad():
        states = _states(module, events)
        rows = [_row(states, column) for column in range(states[-1].shape[-1])]
    sizes = torch.stack(rows).square().sum(dim=(0, -1)).sqrt()  # (steps, batch)
    return (sizes / sizes[-1]).double().numpy()


def _states(module: nn.Module, events: Tensor) -> list[Tensor]:
    """The state after each step, (batch, all that is carried), each a leaf of the next step's computation."""
    states: list[Tensor] = []
    carried: Any = None
    for event in events:
        step = event[:, None] if getattr(module, "batch_first", False) else event[None]
        _, carried = module(step, carried)
        parts = carried if isinstance(carried, tuple) else (carried,)
        whole = torch.cat([part[0] for part in parts], dim=-1)
        states.append(whole if whole.requires_grad else whole.requires_grad_())
        split = [part[None] for part in whole.split([part.shape[-1] for part in parts], dim=-1)]
        carried = tuple(split) if isinstance(carried, tuple) else split[0]
    return states


def _row(states: list[Tensor], column: int) -> Tensor:
    """Gradient of one number of the last state by every state: (steps, batch, all that is carried)."""
    found = torch.autograd.grad(states[-1][:, column].sum(), states, retain_graph=True)
    return torch.stack(found)
