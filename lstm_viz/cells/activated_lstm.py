"""An LSTM whose gates, candidate or readout use other functions than sigmoid and tanh, called as `torch.nn.LSTM` is."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from lstm_viz.cells.activation_functions import STANDARD, CellActivations
from lstm_viz.cells.equations import Gate, Gates, standard_step
from lstm_viz.cells.file_lstm import FileLSTM


class ActivatedLSTM(FileLSTM):
    """LSTM with `torch.nn.LSTM`'s parameters, whose equations use the functions of `activations`.

    i, f, o = gate(W x + R h' + b), g = candidate(W x + R h' + b), c = f c' + i g, h = o readout(c).
    It computes step by step, in Python; no PackedSequence is taken.

    >>> from lstm_viz.cells.activation_functions import with_defaults
    >>> hard = ActivatedLSTM(3, 4, activations=CellActivations(gate=with_defaults("hard_sigmoid")))
    >>> output, (h_n, c_n) = hard(torch.ones(5, 2, 3))
    >>> output.shape, h_n.shape, hard
    (torch.Size([5, 2, 4]), torch.Size([1, 2, 4]), LSTM(3, 4, hard sigmoid gates, tanh candidate, tanh readout))
    """

    def __init__(self, *args: Any, activations: CellActivations, **options: Any) -> None:
        super().__init__(*args, **options)
        self.activations = activations

    def extra_repr(self) -> str:
        """What `print` shows: sizes, what the file fixes, and the activations."""
        return f"{super().extra_repr()}, {self.activations.words}"

    def forward(  # type: ignore[override]
        self, x: Tensor, hx: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """x: (time, batch, features), or (batch, time, features) with `batch_first`, or (time, features).

        Returns the output and (h_n, c_n), shaped as `torch.nn.LSTM` shapes them. TypeError for a PackedSequence.
        """
        if not isinstance(x, Tensor):
            raise TypeError(f"A tensor was expected; a {type(x).__name__} came. Pass sequences of one length together.")
        unbatched = x.dim() == 2
        events = x.unsqueeze(1) if unbatched else x.transpose(0, 1) if self.batch_first else x
        starts = self._starts(events, hx, unbatched)
        ends: list[tuple[Tensor, Tensor]] = []
        for layer in range(self.num_layers):
            if layer and self.dropout and self.training:
                events = nn.functional.dropout(events, self.dropout)
            outputs = []
            for end in ("", "_reverse")[: 1 + self.bidirectional]:
                output, last = self._run(f"l{layer}{end}", events, starts[len(ends)])
                outputs.append(output)
                ends.append(last)
            events = torch.cat(outputs, dim=2)
        h_n, c_n = (torch.stack(part) for part in zip(*ends, strict=True))
        if unbatched:
            return events.squeeze(1), (h_n.squeeze(1), c_n.squeeze(1))
        return (events.transpose(0, 1) if self.batch_first else events), (h_n, c_n)

    def _starts(
        self, events: Tensor, state: tuple[Tensor, Tensor] | None, unbatched: bool
    ) -> list[tuple[Tensor, Tensor]]:
        """(h_0, c_0) of each layer and direction, each (batch, ...); zero by default."""
        count, batch = self.num_layers * (1 + self.bidirectional), events.shape[1]
        if state is None:
            h_0 = events.new_zeros(count, batch, self.proj_size or self.hidden_size)
            return list(zip(h_0, events.new_zeros(count, batch, self.hidden_size), strict=True))
        hidden, cell = (part.unsqueeze(1) if unbatched else part for part in state)
        return list(zip(hidden, cell, strict=True))

    def _run(self, name: str, events: Tensor, start: tuple[Tensor, Tensor]) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """One layer in one direction: its output, (time, batch, output), and the last (h, c)."""
        input_, recurrent = getattr(self, f"weight_ih_{name}"), getattr(self, f"weight_hh_{name}")
        bias = input_.new_zeros(len(input_))
        if self.bias:
            bias = getattr(self, f"bias_ih_{name}") + getattr(self, f"bias_hh_{name}")
        blocks = zip(input_.chunk(4), recurrent.chunk(4), bias.chunk(4), strict=True)
        gates = Gates(*(Gate(*block) for block in blocks))
        projection = getattr(self, f"weight_hr_{name}", None)
        (hidden, cell), outputs = start, [events] * len(events)
        for time in reversed(range(len(events))) if name.endswith("_reverse") else range(len(events)):
            step = standard_step(events[time], hidden, cell, gates, projection, self.activations)
            hidden, cell = step.hidden_state, step.cell_state
            outputs[time] = hidden
        return torch.stack(outputs), (hidden, cell)


def activations_of(module: nn.Module) -> CellActivations:
    """The activations of a recurrent module: the standard ones of all but an `ActivatedLSTM`."""
    return module.activations if isinstance(module, ActivatedLSTM) else STANDARD
