"""Inputs and outputs of one forward call of a recurrent module."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence


@dataclass(frozen=True, eq=False)
class Call:
    """Arguments and results apart from any graph, axes as the module has them."""

    x: Tensor
    state: Any
    #: Steps of each sequence where x came packed.
    lengths: Tensor | None
    #: Shaped like x, 0 past each sequence's end.
    output: Tensor
    #: (h_n, c_n), or h_n alone of an RNN.
    final: tuple[Tensor, ...]
    #: How the steps lay in a PackedSequence, if x was one.
    packed: PackedSequence | None = None


def read_call(module: nn.Module, args: Sequence[Any], kwargs: Mapping[str, Any], result: Any) -> Call:
    """A call of `nn.LSTM`, `nn.RNN` or `CourseLSTM`, packed or not.

    >>> lstm = nn.LSTM(3, 4)
    >>> x = torch.ones(5, 2, 3)
    >>> read_call(lstm, (x,), {}, lstm(x)).output.requires_grad
    False
    """
    x, state = call_arguments(module, args, kwargs)
    output, final = result
    ends = tuple(part.detach() for part in (final if isinstance(final, tuple) else (final,)))
    if not isinstance(x, PackedSequence):
        return Call(x.detach(), state, None, output.detach(), ends)
    first = bool(module.batch_first)
    (values, lengths), (padded, _) = (pad_packed_sequence(part, batch_first=first) for part in (x, output))
    return Call(values.detach(), state, lengths, padded.detach(), ends, x)


def call_arguments(module: nn.Module, args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[Any, Any]:
    """x and the state to start from, by position or by name; None for a state left out."""
    bound = inspect.signature(type(module).forward).bind(module, *args, **kwargs)
    _, x, *state = bound.arguments.values()
    return x, state[0] if state else None


def pack_like(values: Tensor, like: PackedSequence) -> PackedSequence:
    """Time-first values in the order in which `like` holds its steps.

    >>> packed = nn.utils.rnn.pack_sequence([torch.ones(2, 1), torch.zeros(3, 1)], enforce_sorted=False)
    >>> bool((pack_like(pad_packed_sequence(packed)[0], packed).data == packed.data).all())
    True
    """
    ordered = values if like.sorted_indices is None else values.index_select(1, like.sorted_indices)
    data = torch.cat([step[:count] for step, count in zip(ordered, like.batch_sizes.tolist(), strict=True)])
    return PackedSequence(data, like.batch_sizes, like.sorted_indices, like.unsorted_indices)
