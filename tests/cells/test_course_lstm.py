"""The course's cell as a module: trainable, and called as torch.nn.LSTM is."""

from __future__ import annotations

import pytest
import torch

from lstm_viz.cells.course import CourseLSTM


@pytest.mark.parametrize(("features", "hidden"), [(1, 1), (3, 5), (7, 4)])
def test_number_of_weights(features: int, hidden: int) -> None:
    count = sum(parameter.numel() for parameter in CourseLSTM(features, hidden).parameters())
    assert count == 4 * hidden * (hidden + features) + hidden**2 + 5 * hidden


def test_names_in_the_state_dict_stay() -> None:
    assert list(CourseLSTM(3, 5, num_layers=2).state_dict()) == [
        *("weight_ih_l0", "weight_hh_l0", "bias_l0", "weight_readout_l0", "bias_readout_l0"),
        *("weight_ih_l1", "weight_hh_l1", "bias_l1", "weight_readout_l1", "bias_readout_l1"),
    ]
    assert list(CourseLSTM(3, 5, bias=False).state_dict()) == [
        "weight_ih_l0",
        "weight_hh_l0",
        "weight_readout_l0",
    ]


def test_batch_first_and_one_sequence_give_the_same_numbers() -> None:
    torch.manual_seed(0)
    cell, swapped = CourseLSTM(3, 5, 2), CourseLSTM(3, 5, 2, batch_first=True)
    swapped.load_state_dict(cell.state_dict())
    x = torch.randn(7, 2, 3)
    output, (h_n, c_n) = cell(x)
    other, ends = swapped(x.transpose(0, 1))
    torch.testing.assert_close(other.transpose(0, 1), output)
    torch.testing.assert_close(ends, (h_n, c_n))
    single, (h_1, c_1) = cell(x[:, 1])
    assert single.shape == (7, 5)
    torch.testing.assert_close((single, h_1, c_1), (output[:, 1], h_n[:, 1], c_n[:, 1]))


def test_a_run_goes_on_from_a_state() -> None:
    torch.manual_seed(0)
    cell, x = CourseLSTM(3, 5, 2), torch.randn(7, 2, 3)
    whole, end = cell(x)
    first, state = cell(x[:4])
    second, last = cell(x[4:], state)
    torch.testing.assert_close(torch.cat([first, second]), whole)
    torch.testing.assert_close(last, end)


def test_gradients_are_those_of_finite_differences() -> None:
    torch.manual_seed(0)
    cell = CourseLSTM(2, 3, 2, dtype=torch.float64)
    x = torch.randn(4, 2, 2, dtype=torch.float64)
    names = list(cell.state_dict())

    def output(*values: torch.Tensor) -> torch.Tensor:
        return torch.func.functional_call(cell, dict(zip(names, values, strict=True)), (x,))[0]

    weights = tuple(parameter.detach().requires_grad_() for parameter in cell.parameters())
    assert torch.autograd.gradcheck(output, weights)


def test_it_learns() -> None:
    """Two hundred steps of Adam teach it to say the sum of the two events before the current one."""
    torch.manual_seed(0)
    x = torch.rand(8, 64, 1)
    wanted = torch.zeros_like(x)
    wanted[2:] = x[:-2] + x[1:-1]
    cell, head = CourseLSTM(1, 12), torch.nn.Linear(12, 1)
    optimiser = torch.optim.Adam([*cell.parameters(), *head.parameters()], lr=0.02)
    for _ in range(200):
        loss = torch.nn.functional.mse_loss(head(cell(x)[0])[2:], wanted[2:])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert loss.item() < 0.2 * wanted[2:].var().item()


def test_sizes_must_be_positive() -> None:
    with pytest.raises(ValueError, match="1 or more"):
        CourseLSTM(0, 5)
