"""Truncated backpropagation through time: how far a gradient reaches, and states carried or reset between windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from jaxtyping import Float, Int

if TYPE_CHECKING:
    from torch import nn


def gradient_norms(
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
    >>> norms = gradient_norms(lstm, head, np.ones((7, 1, 1), "f4"), np.array([2]), steps=3)
    >>> (norms[:, 0] > 0).tolist()
    [True, True, True, False, False, False, False]
    """
    import torch
    from torch.nn.functional import cross_entropy

    from lstm_viz.fitting.training import detached

    if steps < 1:
        raise ValueError(f"A window has at least one step, not {steps}.")
    with torch.inference_mode(False), torch.enable_grad():
        events = torch.from_numpy(np.array(x)).requires_grad_()
        state = None
        for part in events.split(_window_lengths(len(x), steps)):
            hidden, state = module(part, detached(state))
        loss = cross_entropy(head(hidden[-1]), torch.from_numpy(np.asarray(targets)), reduction="sum")
        (gradient,) = torch.autograd.grad(loss, events)
    return gradient.double().norm(dim=-1).flip(0).numpy()


def _window_lengths(time: int, steps: int) -> list[int]:
    """Lengths of the windows, of which the last ends with the text and the first may be shorter.

    >>> _window_lengths(7, 3)
    [1, 3, 3]
    """
    first = time % steps
    return [first] * (first > 0) + [steps] * (time // steps)


#: Relative difference up to which two states agree: a share of the carried one.
AGREEMENT = 0.01


@dataclass(frozen=True, eq=False)
class CarriedAndChangedStates:
    """Hidden states of one text read twice in whole windows of `steps`: with the state carried from each window to the
    next, and with it changed at each boundary (a seam, on the page): reset to zero, or exchanged between rows."""

    steps: int
    carried: Float[np.ndarray, "time batch hidden"]
    changed: Float[np.ndarray, "time batch hidden"]

    @property
    def starts(self) -> Int[np.ndarray, " boundaries"]:
        """The first step after each window boundary, counted from 0."""
        return np.arange(self.steps, len(self.carried), self.steps)

    @cached_property
    def distances(self) -> Float[np.ndarray, "time batch"]:
        """How far the two states lie apart after each step: |h carried - h changed|, Euclidean."""
        return np.linalg.norm(self.carried - self.changed, axis=-1)

    @cached_property
    def relative_distances(self) -> Float[np.ndarray, "time batch"]:
        """The same as a share of |h carried|; 0 where both are zero."""
        sizes = np.linalg.norm(self.carried, axis=-1)
        return np.divide(self.distances, sizes, out=np.zeros_like(sizes), where=self.distances > 0)

    def recovery(self, within: float = AGREEMENT) -> Float[np.ndarray, "boundaries batch"]:
        """How many steps after each boundary the two agree again, for the rest of that window; inf where they never do.

        1 is agreement after the window's first step.
        """
        after = self.relative_distances[self.steps :].reshape(-1, self.steps, self.relative_distances.shape[1])
        apart = after > within
        last = self.steps - np.argmax(apart[:, ::-1], axis=1)
        steps = np.where(apart.any(axis=1), last, 0) + 1.0
        return np.where(steps > self.steps, np.inf, steps)


def carried_and_reset_states(
    module: nn.Module, windows: Sequence[Float[np.ndarray, "steps batch features"]]
) -> CarriedAndChangedStates:
    """The run with the state carried and the one with it reset, over windows as `sequences.sliding_windows` cuts them.

    Row n of a window goes on in row n of the next.

    >>> import torch
    >>> both = carried_and_reset_states(torch.nn.LSTM(1, 2), [np.ones((3, 1, 1), "f4")] * 2)
    >>> both.starts.tolist(), both.distances[:, 0].nonzero()[0].tolist()
    ([3], [3, 4, 5])
    """
    import torch

    parts = [torch.from_numpy(np.ascontiguousarray(part)) for part in windows]
    with torch.inference_mode():
        carried, state = [], None
        for part in parts:
            hidden, state = module(part, state)
            carried.append(hidden)
        reset = [module(part)[0] for part in parts]
        return CarriedAndChangedStates(len(parts[0]), torch.cat(carried).numpy(), torch.cat(reset).numpy())


def exchanged_states(
    module: nn.Module,
    windows: Sequence[Float[np.ndarray, "steps batch features"]],
    orders: Sequence[Int[np.ndarray, " batch"]],
) -> Float[np.ndarray, "time batch hidden"]:
    """Hidden states with rows exchanged at each boundary: row n goes on from the state of row `orders[k][n]`.

    That is what happens where a data loader shuffles the rows and the state is carried all the same.

    >>> import torch
    >>> part, swap = np.ones((3, 2, 1), "f4"), np.array([1, 0])
    >>> exchanged_states(torch.nn.LSTM(1, 2), [part, part], [swap]).shape
    (6, 2, 2)
    """
    import torch

    with torch.inference_mode():
        hidden, state = module(torch.from_numpy(np.ascontiguousarray(windows[0])))
        read = [hidden]
        for part, order in zip(windows[1:], orders, strict=True):
            rows = torch.from_numpy(np.asarray(order))
            state = tuple(each[:, rows] for each in state) if isinstance(state, tuple) else state[:, rows]
            hidden, state = module(torch.from_numpy(np.ascontiguousarray(part)), state)
            read.append(hidden)
        return torch.cat(read).numpy()


def row_exchanges(boundaries: int, rows: int, seed: int = 0) -> list[Int[np.ndarray, " batch"]]:
    """An order of the rows for each boundary, drawn by a seed, in which no row of two or more stays where it is.

    >>> [bool((order == np.arange(4)).any()) for order in row_exchanges(3, 4)]
    [False, False, False]
    """
    random, row = np.random.default_rng(seed), np.arange(rows)
    return [(row + random.integers(1, max(rows, 2))) % rows for _ in range(boundaries)]


class PaddedRun(NamedTuple):
    """A sequence of `length` steps that is padded with zeros up to a longer one, as it stands in a batch."""

    length: int
    #: After every step, those of the padding too.
    hidden_state: Float[np.ndarray, "time hidden"]

    @property
    def true_end(self) -> Float[np.ndarray, " hidden"]:
        """The state after the sequence's own last step, which a packed sequence gives."""
        return self.hidden_state[self.length - 1]

    @property
    def distances(self) -> Float[np.ndarray, " time"]:
        """How far each step's state lies from the one at the true end, as a share of that one's size."""
        apart = np.linalg.norm(self.hidden_state - self.true_end, axis=-1)
        return np.asarray(apart / np.linalg.norm(self.true_end))


def padded_run(module: nn.Module, x: Float[np.ndarray, "length features"], steps: int) -> PaddedRun:
    """Runs one sequence that is padded with zeros to `steps`, as a batch without lengths has it run.

    >>> import torch
    >>> padded_run(torch.nn.LSTM(1, 2), np.ones((3, 1), "f4"), 5).hidden_state.shape
    (5, 2)
    """
    import torch

    padded = np.zeros((steps, 1, x.shape[1]), np.float32)
    padded[: len(x), 0] = x
    with torch.inference_mode():
        return PaddedRun(len(x), module(torch.from_numpy(padded))[0][:, 0].numpy())


def shares_by_place(untruncated: Float[np.ndarray, " back"], steps: int) -> Float[np.ndarray, " steps"]:
    """Share of the untruncated gradient norms that reach a loss at each place of a window, the last place last.

    A loss at the k-th place sees k events: the window's first place reaches least, its last one furthest.

    >>> shares_by_place(np.array([6.0, 3.0, 1.0]), 2).tolist()
    [0.6, 0.9]
    """
    reached: np.ndarray = np.cumsum(untruncated)[np.minimum(np.arange(steps), len(untruncated) - 1)]
    return reached / float(untruncated.sum())
