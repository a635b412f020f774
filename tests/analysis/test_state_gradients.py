"""Gradients between states of one layer, against torch's own Jacobian and the product of matrices it must be."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

import lstm_viz
from lstm_viz import CourseLSTM
from lstm_viz.analysis import gradients
from lstm_viz.analysis.gradients import cell_gradients, state_gradients


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


def sizes_of(module, x):
    return state_gradients(lstm_viz.trace(module, x).layers[0])


@pytest.mark.parametrize("kind", [nn.LSTM, nn.RNN, CourseLSTM])
def test_equals_the_jacobian(kind):
    torch.manual_seed(3)
    module, x = kind(2, 4).double(), torch.randn(7, 1, 2, dtype=torch.float64)
    sizes = sizes_of(module, x)
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
    sizes = sizes_of(module, x)
    for row in range(2):
        product = np.eye(5)
        for step in range(8, 0, -1):
            product = product @ np.diag(1 - h[step, row] ** 2) @ recurrent
            assert sizes[step - 1, row] == pytest.approx(np.linalg.norm(product) / 5**0.5, rel=1e-9)


@pytest.mark.parametrize("options", [{}, {"proj_size": 2}])
def test_each_sequence_has_its_own_end_in_both_directions(options):
    torch.manual_seed(5)
    lengths = [6, 4, 1]
    module, x = nn.LSTM(2, 3, bidirectional=True, **options).double(), torch.randn(6, 3, 2, dtype=torch.float64)
    together = [state_gradients(layer) for layer in lstm_viz.trace(module, x, lengths=lengths).layers]
    for row, length in enumerate(lengths):
        alone = lstm_viz.trace(module, x[:length, row : row + 1]).layers
        for found, layer in zip(together, alone, strict=True):
            assert np.allclose(found[:length, row], state_gradients(layer)[:, 0], rtol=1e-12)
            assert np.isnan(found[length:, row]).all()
            assert found[0 if layer.reverse else length - 1, row] == 1


def test_it_is_the_same_in_several_passes(monkeypatch):
    torch.manual_seed(6)
    module, x = nn.LSTM(2, 5).double(), torch.randn(6, 3, 2)
    at_once = sizes_of(module, x)
    monkeypatch.setattr(gradients, "CHUNK", 9)
    assert np.allclose(sizes_of(module, x), at_once, rtol=1e-12)


@pytest.mark.parametrize("kind", [nn.LSTM, CourseLSTM])
def test_without_recurrent_weights_the_memory_is_the_only_path(kind):
    torch.manual_seed(7)
    module, x = kind(2, 4).double(), torch.randn(7, 3, 2, dtype=torch.float64)
    with torch.no_grad():
        module.weight_hh_l0.zero_()
    layer = lstm_viz.trace(module, x).layers[0]
    leaf = torch.zeros(1, 1, 4, dtype=torch.float64)
    found = cell_gradients(layer)
    for sequence in range(3):
        for step in range(6):

            def end(cell, step=step, sequence=sequence):
                return module(x[step + 1 :, sequence : sequence + 1], (leaf, cell))[1][1].flatten()

            jacobian = torch.autograd.functional.jacobian(end, leaf).reshape(4, 4)
            assert found[step, sequence] == pytest.approx(float(jacobian.norm()) / 2, abs=1e-10)


def test_along_the_cell_each_sequence_has_its_own_end_in_both_directions():
    torch.manual_seed(8)
    x, lengths = torch.randn(6, 2, 3), [6, 4]
    run = lstm_viz.trace(nn.LSTM(3, 2, bidirectional=True), x, lengths=lengths)
    for layer in run.layers:
        found = cell_gradients(layer)
        for row, length in enumerate(lengths):
            factors = layer.forget_gate[:length, row].astype(float)
            later = (lambda k, f=factors: f[:k]) if layer.reverse else (lambda k, f=factors: f[k + 1 :])
            wanted = [np.linalg.norm(np.prod(later(k), axis=0)) / 2**0.5 for k in range(length)]
            assert np.allclose(found[:length, row], wanted, rtol=1e-12)
            assert np.isnan(found[length:, row]).all()


def test_a_plain_rnn_has_no_cell():
    layer = lstm_viz.trace(nn.RNN(2, 3), torch.randn(4, 1, 2)).layers[0]
    with pytest.raises(ValueError, match="no forget factors"):
        cell_gradients(layer)
