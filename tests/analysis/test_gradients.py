"""How far learning reaches back, against torch's own Jacobian and the product of matrices it must be."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from lstm_viz import CourseLSTM
from lstm_viz.analysis.gradients import state_gradients


def end_of(module, x, step):
    """The last state as a function of the state after a step, for one sequence."""
    with torch.no_grad():
        _, start = module(x[: step + 1])
    parts = start if isinstance(start, tuple) else (start,)

    def run(state):
        given = tuple(part.contiguous() for part in state.reshape(len(parts), 1, 1, -1))
        _, end = module(x[step + 1 :], given if len(given) > 1 else given[0])
        return torch.cat([part.reshape(-1) for part in (end if isinstance(end, tuple) else (end,))])

    return run, torch.cat([part.reshape(-1) for part in parts])


@pytest.mark.parametrize("kind", [nn.LSTM, nn.RNN, CourseLSTM])
def test_equals_the_jacobian(kind):
    torch.manual_seed(3)
    module, x = kind(2, 4).double(), torch.randn(7, 1, 2, dtype=torch.float64)
    sizes = state_gradients(module, x)
    for step in range(6):
        run, state = end_of(module, x, step)
        jacobian = torch.autograd.functional.jacobian(run, state)
        assert sizes[step, 0] == pytest.approx(float(jacobian.norm()) / len(state) ** 0.5, abs=1e-10)


def test_is_the_product_of_the_steps_of_an_rnn():
    torch.manual_seed(4)
    module, x = nn.RNN(3, 5).double(), torch.randn(9, 2, 3, dtype=torch.float64)
    with torch.no_grad():
        h = module(x)[0].numpy()
    recurrent = module.weight_hh_l0.detach().numpy()
    sizes = state_gradients(module, x)
    for row in range(2):
        product = np.eye(5)
        for step in range(8, 0, -1):
            product = product @ np.diag(1 - h[step, row] ** 2) @ recurrent
            assert sizes[step - 1, row] == pytest.approx(np.linalg.norm(product) / 5**0.5, rel=1e-9)


def test_each_sequence_has_its_own_and_batch_first_changes_nothing():
    torch.manual_seed(5)
    module, x = nn.LSTM(2, 3), torch.randn(6, 4, 2)
    other = nn.LSTM(2, 3, batch_first=True)
    other.load_state_dict(module.state_dict())
    together = state_gradients(module, x)
    assert np.allclose(together[:, 2], state_gradients(module, x[:, 2:3])[:, 0], rtol=1e-5)
    assert np.allclose(together, state_gradients(other, x), rtol=1e-6)


def test_more_layers_are_refused():
    with pytest.raises(ValueError, match="one layer in one direction"):
        state_gradients(nn.LSTM(2, 3, num_layers=2), torch.zeros(4, 1, 2))
