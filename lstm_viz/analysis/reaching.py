"""How far back a loss is felt when a network learns window by window.

Truncated backpropagation through time (Williams & Peng 1990): the state goes on from one window to the
next, its gradient does not, so nothing before a window can be learned from what is asked inside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Int

if TYPE_CHECKING:
    from torch import nn


def reach(
    module: nn.Module,
    head: nn.Module,
    x: Float[np.ndarray, "time batch features"],
    targets: Int[np.ndarray, " batch"],
    steps: int,
) -> Float[np.ndarray, "time batch"]:
    """|d loss / d event| by steps back, for the loss in nats at each row's last step, read in windows of `steps`.

    Row k is the step k before the last. The windows end with the text, the first may be shorter; the
    state is carried from each to the next and detached there, as in training.

    >>> import torch
    >>> lstm, head = torch.nn.LSTM(1, 2), torch.nn.Linear(2, 3)
    >>> felt = reach(lstm, head, np.ones((7, 1, 1), "f4"), np.array([2]), steps=3)
    >>> (felt[:, 0] > 0).tolist()
    [True, True, True, False, False, False, False]
    """
    import torch
    from torch.nn.functional import cross_entropy

    from lstm_viz.models.training import detached

    if steps < 1:
        raise ValueError(f"A window has at least one step, not {steps}.")
    with torch.inference_mode(False), torch.enable_grad():
        events = torch.from_numpy(np.array(x)).requires_grad_()
        state = None
        for part in events.split(_sizes(len(x), steps)):
            hidden, state = module(part, detached(state))
        loss = cross_entropy(head(hidden[-1]), torch.from_numpy(np.asarray(targets)), reduction="sum")
        (felt,) = torch.autograd.grad(loss, events)
    return felt.double().norm(dim=-1).flip(0).numpy()


def _sizes(time: int, steps: int) -> list[int]:
    """Lengths of windows that end with the text.

    >>> _sizes(7, 3)
    [1, 3, 3]
    """
    first = time % steps
    return [first] * (first > 0) + [steps] * (time // steps)
