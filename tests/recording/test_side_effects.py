"""Side effects: a run leaves the module, its inputs and the process as they were, and a trace shares no memory."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils import prune

import lstm_viz
from lstm_viz.traces import GATE_ARRAYS

pytestmark = pytest.mark.usefixtures("way")


def test_the_module_is_left_as_it_was() -> None:
    module = nn.LSTM(3, 4, num_layers=2, dropout=0.5).train()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    places = [parameter.data_ptr() for parameter in module.parameters()]
    x = torch.randn(6, 2, 3, requires_grad=True)
    random = torch.random.get_rng_state()
    first, second = lstm_viz.trace(module, x), lstm_viz.trace(module, x)
    assert module.training and module.dropout == 0.5
    assert torch.equal(random, torch.random.get_rng_state())
    assert np.array_equal(first.output, second.output), "dropout was applied"
    assert places == [parameter.data_ptr() for parameter in module.parameters()]
    assert all(parameter.requires_grad and parameter.grad is None for parameter in module.parameters())
    assert all(torch.equal(before[name], value) for name, value in module.state_dict().items())


def test_dropout_in_training_is_the_modules_evaluation() -> None:
    module = nn.LSTM(3, 4, num_layers=2, dropout=0.5)
    x = torch.randn(6, 2, 3)
    trace = lstm_viz.trace(module.train(), x)
    np.testing.assert_allclose(trace.output, module.eval()(x)[0].detach().numpy(), atol=2e-6)


def test_pruned_weights_are_read_as_forward_uses_them() -> None:
    module = nn.LSTM(3, 4)
    prune.random_unstructured(module, "weight_hh_l0", 0.5)
    trace = lstm_viz.trace(module, torch.ones(5, 2, 3))
    recurrent = np.concatenate([weights.recurrent for weights in trace.layers[0].weights.values()])
    np.testing.assert_array_equal(recurrent, module.weight_hh_l0.detach().numpy())


def test_padding_changes_nothing() -> None:
    module, x = nn.LSTM(3, 4, bidirectional=True), torch.randn(9, 2, 3)
    filled = x.clone()
    filled[5:, 1] = float("nan")
    plain = lstm_viz.trace(module, x, lengths=[9, 5])
    padded = lstm_viz.trace(module, filled, lengths=np.array([9, 5]))
    assert (padded.output[5:, 1] == 0).all()
    for layer, other in zip(plain.layers, padded.layers, strict=True):
        for name in (*GATE_ARRAYS, "event"):
            np.testing.assert_array_equal(getattr(layer, name), getattr(other, name), err_msg=name)


def test_arrays_can_not_be_written_to() -> None:
    trace = lstm_viz.trace(nn.LSTM(3, 4), torch.ones(5, 2, 3))
    for array in (trace.output, trace.layers[0].forget_gate, trace.layers[0].event):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_a_trace_shares_no_memory_with_what_it_came_from() -> None:
    module, x, start = nn.LSTM(3, 4), torch.ones(5, 2, 3), torch.ones(1, 2, 4)
    trace = lstm_viz.trace(module, x, (start, start))
    kept = trace.layers[0].weights["candidate"].recurrent.copy()
    with torch.no_grad():
        for tensor in (x, start, *module.parameters()):
            tensor.zero_()
    layer = trace.layers[0]
    assert (layer.event == 1).all() and (layer.initial_cell_state == 1).all()
    np.testing.assert_array_equal(layer.weights["candidate"].recurrent, kept)


def test_settings_of_the_process_come_back_after_runs_in_parallel() -> None:
    kernels = (torch.backends.cudnn.rnn, torch.backends.cuda.matmul, torch.backends.mkldnn.matmul)
    before = [kernel.fp32_precision for kernel in kernels]
    module, x = nn.LSTM(3, 16), torch.randn(200, 4, 3)
    wanted = lstm_viz.trace(module, x).output
    with ThreadPoolExecutor(4) as pool:
        runs = list(pool.map(lambda _: lstm_viz.trace(module, x), range(12)))
    assert all(np.array_equal(run.output, wanted) for run in runs)
    assert [kernel.fp32_precision for kernel in kernels] == before
