"""How far learning reaches back: what a small change of the state at each step would do to the state at the end."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from lstm_viz.cells.plans import read_plan

#: Sequences that are run side by side at most, unless more were given.
TOGETHER = 512


def state_gradients(module: nn.Module, x: Any) -> Float[np.ndarray, "steps batch"]:
    """Size of the Jacobian of the last state by the state after each step, by torch's own autograd.

    The state is all that a module carries: (h, c) of an LSTM or a CourseLSTM, h of an RNN, so every path counts;
    `cell_gradients` has the one along an LSTM's memory alone. The size is the Frobenius norm, divided by its
    value at the last step, so that the last is 1. Pascanu, Mikolov & Bengio (2013), "On the difficulty of
    training recurrent neural networks", section 2, study its growth and decay.

    module: one layer, one direction; ValueError for another.
    x: (steps, batch, features), whatever the module's `batch_first`; ValueError for another shape.
        For another end than the last step, pass x[: end + 1].

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
    with torch.inference_mode(False), torch.enable_grad():
        events = torch.tensor(np.asarray(x), dtype=plan.dtype, device=plan.device)
        if events.dim() != 3 or events.shape[2] != plan.input_size or not events.numel():
            came = tuple(events.shape)
            raise ValueError(f"x is (steps, batch, features), with {plan.input_size} features here; {came} came.")
        carried = plan.output_size + (plan.hidden_size if plan.variant != "rnn" else 0)
        parts = torch.arange(carried, device=plan.device).split(max(1, TOGETHER // events.shape[1]))
        squares = sum(_squares(module, events, columns) for columns in parts)
    sizes = torch.as_tensor(squares).sqrt()  # (steps, batch)
    return (sizes / sizes[-1]).double().cpu().numpy()


def _squares(module: nn.Module, events: Tensor, columns: Tensor) -> Tensor:
    """Squared gradients of some numbers of the last state, summed over these and each state: (steps, batch).

    Each number is asked of a copy of the sequences of its own, so that one pass back answers for all.
    """
    copies, batch = len(columns), events.shape[1]
    states = _states(module, events.repeat(1, copies, 1))
    ends = states[-1].unflatten(0, (copies, batch)).transpose(1, 2)  # (copies, all that is carried, batch)
    asked = ends[torch.arange(copies), columns].sum()
    found = torch.stack(torch.autograd.grad(asked, states))
    return found.unflatten(1, (copies, batch)).square().sum(dim=(1, 3))


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
