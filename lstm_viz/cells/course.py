"""The course's variant of the LSTM as a trainable module, called as `torch.nn.LSTM` is called."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from lstm_viz.cells.equations import Gate, Gates, Readout, course_step


class CourseLSTM(nn.Module):
    """LSTM whose use gate reads the forget gate's output through its own weights: h = o tanh(W_u (f c') + b_u).

    Weights of layer k, row blocks in the order input gate, forget gate, candidate, output gate:
    `weight_ih_l{k}` (4 hidden, features), `weight_hh_l{k}` (4 hidden, hidden), `bias_l{k}` (4 hidden),
    and the use gate's `weight_readout_l{k}` (hidden, hidden), `bias_readout_l{k}` (hidden).

    >>> cell = CourseLSTM(3, 5)
    >>> output, (h_n, c_n) = cell(torch.ones(7, 2, 3))
    >>> output.shape, h_n.shape
    (torch.Size([7, 2, 5]), torch.Size([1, 2, 5]))
    >>> sum(p.numel() for p in cell.parameters()) == 4 * 5 * (5 + 3) + 5**2 + 5 * 5
    True
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        batch_first: bool = False,
        bias: bool = True,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        if min(input_size, hidden_size, num_layers) < 1:
            raise ValueError("input_size, hidden_size and num_layers must each be 1 or more.")
        self.input_size, self.hidden_size, self.num_layers = input_size, hidden_size, num_layers
        self.batch_first, self.bias = batch_first, bias
        for layer in range(num_layers):
            features = input_size if layer == 0 else hidden_size
            for name, shape in _parameter_shapes(layer, features, hidden_size, bias).items():
                self.register_parameter(name, nn.Parameter(torch.empty(shape, device=device, dtype=dtype)))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw every weight from U(-1/sqrt(hidden), 1/sqrt(hidden)), as `nn.LSTM` does."""
        bound = 1 / math.sqrt(self.hidden_size)
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -bound, bound)

    def extra_repr(self) -> str:
        """What `print` shows."""
        return (
            f"{self.input_size}, {self.hidden_size}, num_layers={self.num_layers}, "
            f"batch_first={self.batch_first}, bias={self.bias}"
        )

    def weight_names(self, layer: int) -> tuple[str, ...]:
        """Names of one layer's parameters."""
        return tuple(_parameter_shapes(layer, 1, 1, self.bias))

    def layer_weights(self, layer: int) -> tuple[Gates, Readout]:
        """Weights of one layer, as `equations.course_step` takes them."""
        bias = self._bias(f"bias_l{layer}", 4 * self.hidden_size)
        blocks = zip(
            getattr(self, f"weight_ih_l{layer}").chunk(4),
            getattr(self, f"weight_hh_l{layer}").chunk(4),
            bias.chunk(4),
            strict=True,
        )
        readout_bias = self._bias(f"bias_readout_l{layer}", self.hidden_size)
        readout = Readout(getattr(self, f"weight_readout_l{layer}"), readout_bias)
        return Gates(*(Gate(*block) for block in blocks)), readout

    def _bias(self, name: str, rows: int) -> Tensor:
        return getattr(self, name) if self.bias else torch.zeros(rows).to(self.get_parameter("weight_ih_l0"))

    def forward(self, x: Tensor, state: tuple[Tensor, Tensor] | None = None) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """x: (time, batch, features), or (batch, time, features) with `batch_first`, or (time, features).

        Returns the output, shaped like x with `hidden` for `features`, and (h_n, c_n), each
        (layers, batch, hidden), or (layers, hidden) where x has no batch.
        """
        unbatched = x.dim() == 2
        events = x.unsqueeze(1) if unbatched else x.transpose(0, 1) if self.batch_first else x
        hidden, cell = self._initial_state(events, state, unbatched)
        ends = []
        for layer in range(self.num_layers):
            events, end = self._run_layer(layer, events, hidden[layer], cell[layer])
            ends.append(end)
        h_n, c_n = (torch.stack(states) for states in zip(*ends, strict=True))
        if unbatched:
            return events.squeeze(1), (h_n.squeeze(1), c_n.squeeze(1))
        return (events.transpose(0, 1) if self.batch_first else events), (h_n, c_n)

    def _initial_state(
        self, events: Tensor, state: tuple[Tensor, Tensor] | None, unbatched: bool
    ) -> tuple[Tensor, Tensor]:
        """(h_0, c_0), each (layers, batch, hidden); zero by default."""
        if state is None:
            zero = events.new_zeros(self.num_layers, events.shape[1], self.hidden_size)
            return zero, zero
        hidden, cell = state
        return (hidden.unsqueeze(1), cell.unsqueeze(1)) if unbatched else (hidden, cell)

    def _run_layer(
        self, layer: int, events: Tensor, hidden: Tensor, cell: Tensor
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """events: (time, batch, features), hidden and cell: (batch, hidden)."""
        gates, readout = self.layer_weights(layer)
        outputs = []
        for event in events:  # (batch, features)
            step = course_step(event, hidden, cell, gates, readout)
            hidden, cell = step.hidden_state, step.cell_state  # (batch, hidden)
            outputs.append(hidden)
        return torch.stack(outputs), (hidden, cell)  # (time, batch, hidden)


def _parameter_shapes(layer: int, features: int, hidden: int, bias: bool) -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {
        f"weight_ih_l{layer}": (4 * hidden, features),
        f"weight_hh_l{layer}": (4 * hidden, hidden),
        f"bias_l{layer}": (4 * hidden,),
        f"weight_readout_l{layer}": (hidden, hidden),
        f"bias_readout_l{layer}": (hidden,),
    }
    return {name: shape for name, shape in shapes.items() if bias or not name.startswith("bias")}
