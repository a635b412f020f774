"""Iterating over a sequence of any length in chunks of equal length."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import torch
from torch import Tensor

from lstm_viz.cells.inputs import as_tensor
from lstm_viz.cells.plans import Plan


def iterate_chunks(
    plan: Plan, x: Any, size: int, start: int, stop: int | None = None
) -> tuple[int | None, Iterator[Tensor]]:
    """The number of steps, and an iterator over chunks of `size` steps from step `start` on, (time, batch, features).

    x: an array or a tensor as the module takes it, of which only the stretch in hand is read, or an iterable of
        such, one after the other in time; then nobody knows how many steps there are, and None is given.
    stop: the step to end before, where that comes before the end of x.

    Raises TypeError or ValueError for what can't be read so.

    >>> plan = Plan("rnn", 1, 2, 2, 1, 1, False, torch.float32, torch.device("cpu"), {})
    >>> total, parts = iterate_chunks(plan, (torch.zeros(k, 1, 1) for k in (3, 4)), size=2, start=2)
    >>> total, [len(part) for part in parts]
    (None, [2, 2, 1])
    """
    if not hasattr(x, "shape"):
        if not isinstance(x, Iterable):
            raise TypeError(f"x must be an array, a tensor or an iterable of these; a {type(x).__name__} came.")
        return None, _skip_steps(_rechunk(_up_to_step(plan, x, stop), size), start)
    axis = 1 if plan.batch_first and len(x.shape) == 3 else 0
    _check(plan, tuple(x.shape))
    total = min(x.shape[axis], stop or x.shape[axis])
    bounds = ((first, min(first + size, total)) for first in range(start, total, size))
    return total, (_time_first(plan, x[:, a:b] if axis else x[a:b]) for a, b in bounds)


def _up_to_step(plan: Plan, x: Iterable[Any], stop: int | None) -> Iterator[Tensor]:
    """The parts of x up to a step."""
    seen = 0
    for part in x:
        read = _time_first(plan, part)
        yield read if stop is None else read[: stop - seen]
        seen += len(read)
        if stop is not None and seen >= stop:
            return


def _rechunk(parts: Iterable[Tensor], size: int) -> Iterator[Tensor]:
    """The same steps in stretches of one size, the last one shorter."""
    held: list[Tensor] = []
    for part in parts:
        held.append(part)
        while sum(map(len, held)) >= size:
            whole = torch.cat(held)
            yield whole[:size]
            held = [whole[size:]]
    if sum(map(len, held)):
        yield torch.cat(held)


def _skip_steps(parts: Iterator[Tensor], steps: int) -> Iterator[Tensor]:
    """What comes after so many steps, which are a whole number of stretches."""
    seen = 0
    for part in parts:
        if seen >= steps:
            yield part
        seen += len(part)


def _time_first(plan: Plan, part: Any) -> Tensor:
    tensor = as_tensor(part, "x")
    _check(plan, tuple(tensor.shape))
    if tensor.dim() == 2:
        return tensor[:, None]
    return tensor.transpose(0, 1) if plan.batch_first else tensor


def _check(plan: Plan, shape: tuple[int, ...]) -> None:
    axes = "(batch, time, features)" if plan.batch_first else "(time, batch, features)"
    if len(shape) not in (2, 3) or shape[-1] != plan.input_size:
        raise ValueError(
            f"x must be {axes} or (time, features), with {plan.input_size} features, in one piece or in stretches; "
            f"one of shape {shape} came."
        )
