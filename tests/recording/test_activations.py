"""LSTMs of other functions than sigmoid and tanh: recorded, and all that is asked of the record, by their equations."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import lstm_viz
from lstm_viz import figures
from lstm_viz.analysis.contributions import shares
from lstm_viz.analysis.gradients import answer_at, backpropagate
from lstm_viz.analysis.memory_attribution import half_life, ledger
from lstm_viz.analysis.saturation import saturation
from lstm_viz.analysis.what_if import hold
from lstm_viz.cells.activated_lstm import ActivatedLSTM
from lstm_viz.cells.activation_functions import TANH, Activation, CellActivations, with_defaults
from lstm_viz.recording.swap_cell import can_swap_cell, swap_cell

HARD = CellActivations(gate=Activation("hard_sigmoid", 0.2, 0.5))
#: Each function by its documented formula, as plain Python computes it of one number.
FORMULAS = {
    "sigmoid": lambda x, a, b: 1 / (1 + math.exp(-x)),
    "tanh": lambda x, a, b: math.tanh(x),
    "hard_sigmoid": lambda x, a, b: max(0.0, min(1.0, a * x + b)),
    "relu": lambda x, a, b: max(0.0, x),
    "leaky_relu": lambda x, a, b: x if x >= 0 else a * x,
    "thresholded_relu": lambda x, a, b: x if x > a else 0.0,
    "relu6": lambda x, a, b: min(6.0, max(0.0, x)),
    "linear": lambda x, a, b: x,
    "affine": lambda x, a, b: a * x + b,
    "scaled_tanh": lambda x, a, b: a * math.tanh(b * x),
    "elu": lambda x, a, b: x if x >= 0 else a * (math.exp(x) - 1),
    "selu": lambda x, a, b: 1.0507009873554805 * (x if x >= 0 else 1.6732632423543772 * (math.exp(x) - 1)),
    "softsign": lambda x, a, b: x / (1 + abs(x)),
    "softplus": lambda x, a, b: math.log(1 + math.exp(x)),
    "silu": lambda x, a, b: x / (1 + math.exp(-x)),
    "mish": lambda x, a, b: x * math.tanh(math.log(1 + math.exp(x))),
    "exponential": lambda x, a, b: math.exp(x),
    "hard_tanh": lambda x, a, b: max(-1.0, min(1.0, x)),
}


def activation(name):
    return Activation(name, 0.4, 0.3) if name in ("affine", "scaled_tanh", "hard_sigmoid") else with_defaults(name)


EVERY = [activation(name) for name in FORMULAS]
#: Any cell whose numbers stay in bounds.
functions = st.builds(CellActivations, *[st.sampled_from([one for one in EVERY if one.name != "exponential"])] * 3)


@pytest.mark.parametrize("function", EVERY, ids=lambda function: function.name)
def test_each_function_and_its_derivative(function):
    x = np.array([-7.3, -2.6, -1.01, -0.4, 0.0, 0.2, 0.9, 1.7, 5.1])
    expected = [FORMULAS[function.name](value, function.alpha, function.beta) for value in x]
    assert np.abs(function(x) - expected).max() < 1e-12
    assert np.abs(function(torch.from_numpy(x), torch).numpy() - expected).max() < 1e-12
    smooth, step = x[x != 0], 1e-6
    slope = (function(smooth + step) - function(smooth - step)) / (2 * step)
    assert np.abs(function.derivative(smooth) - slope).max() < 1e-7


def made(functions, layers=1, both=False, projected=0, seed=0, **options):
    torch.manual_seed(seed)
    module = ActivatedLSTM(
        2, 3, num_layers=layers, bidirectional=both, proj_size=projected, activations=functions, **options
    )
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.mul_(0.8)
    return module.double().eval()


def by_hand(module, x, lengths):
    """h of the last layer, (time, batch, outputs): single numbers, loops and `math` alone."""
    functions, x = module.activations, np.asarray(x)
    for layer in range(module.num_layers):
        ways = []
        for end in ("", "_reverse")[: 1 + module.bidirectional]:
            W, R, b_i, b_h = (
                getattr(module, f"{name}_l{layer}{end}").detach().numpy()
                for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
            )
            projection = getattr(module, f"weight_hr_l{layer}{end}", None)
            width = module.proj_size or module.hidden_size
            out = np.zeros((*x.shape[:2], width))
            for row in range(x.shape[1]):
                h, c = np.zeros(width), np.zeros(module.hidden_size)
                order = range(lengths[row])
                for time in reversed(order) if end else order:
                    sums = np.array([W[k] @ x[time, row] + R[k] @ h + b_i[k] + b_h[k] for k in range(len(W))])
                    i, f, g, o = np.split(sums, 4)
                    c = value(functions.gate, f) * c + value(functions.gate, i) * value(functions.candidate, g)
                    h = value(functions.gate, o) * value(functions.readout, c)
                    h = h if projection is None else projection.detach().numpy() @ h
                    out[time, row] = h
            ways.append(out)
        x = np.concatenate(ways, 2)
    return x


def value(function, x):
    return np.array([FORMULAS[function.name](part, function.alpha, function.beta) for part in x])


@settings(max_examples=60)
@given(functions, st.integers(1, 3), st.booleans(), st.sampled_from([0, 2]), st.integers(1, 5), st.integers(0, 9))
def test_a_run_is_what_its_equations_give(functions, layers, both, projected, time, seed):
    module = made(functions, layers, both, projected, seed)
    x = torch.randn(time, 2, 2, dtype=torch.float64) * 0.5
    lengths = [time, max(1, time - 1)]
    run = lstm_viz.trace(module, x, lengths=lengths, device="cpu")
    expected = by_hand(module, x, lengths)
    assert np.abs(run.output - expected).max() < 1e-10 * max(1, np.abs(expected).max())
    assert run.activations == functions
    if not functions.is_standard:
        assert "torch.nn.LSTM" not in run.agreement
        assert functions.words in run.agreement
        assert run.way == "PyTorch"
    whole = module(x)[0].detach().numpy()
    full = lstm_viz.trace(module, x, device="cpu")
    assert np.abs(full.output - whole).max() < 1e-10 * max(1, np.abs(whole).max())
    for layer in full.layers:
        for gate in ("input_gate", "forget_gate", "candidate", "output_gate"):
            assert np.abs(functions.of(gate)(layer.preactivations[gate]) - getattr(layer, gate)).max() < 1e-9 * max(
                1, np.abs(getattr(layer, gate)).max()
            )
        unprojected = layer.output_gate * layer.readout
        shown = unprojected if layer.projection is None else unprojected @ layer.projection.T
        assert np.allclose(shown, layer.hidden_state, rtol=1e-9, atol=1e-9)


SMOOTH = [
    activation(name)
    for name in ("sigmoid", "tanh", "softsign", "softplus", "silu", "mish", "linear", "elu", "scaled_tanh", "relu")
]


@settings(max_examples=40)
@given(st.builds(CellActivations, *[st.sampled_from([*SMOOTH, HARD.gate])] * 3), st.integers(1, 2), st.booleans())
def test_gradients_are_autograds(functions, layers, both):
    module = made(functions, layers, both)
    x = (torch.randn(5, 1, 2, dtype=torch.float64) * 0.5).requires_grad_()
    run = lstm_viz.trace(module, x.detach(), device="cpu")
    module(x)[0][3, 0, 1].backward()
    found = backpropagate(run, answer_at(run, step=3, unit=1))
    events = sum(part.event for part in found[: run.directions])
    assert np.abs(events - x.grad.numpy()).max() < 1e-9 * max(1, float(x.grad.abs().max()))


@settings(max_examples=30)
@given(functions, st.sampled_from(["input_gate", "forget_gate", "candidate", "output_gate"]))
def test_what_if_reruns_the_cells_own_equations(functions, factor):
    """Held from the third step on, layer by layer, against a loop over the equations."""
    module = made(functions, layers=2)
    x = torch.randn(6, 1, 2, dtype=torch.float64) * 0.4
    run = lstm_viz.trace(module, x, device="cpu")
    after = hold(run, "l0", factor, 0.3, start=2)
    events = x.numpy()
    for number in range(2):
        layer, changed = run.layers[number], after.layers[number]
        h, c = np.zeros((1, 3)), np.zeros((1, 3))
        for time in range(6):
            gates = {
                name: functions.of(name)(events[time] @ part.input.T + h @ part.recurrent.T + part.bias)
                for name, part in layer.weights.items()
            }
            if number == 0 and time >= 2:
                gates[factor] = np.full((1, 3), 0.3)
            c = gates["forget_gate"] * c + gates["input_gate"] * gates["candidate"]
            h = gates["output_gate"] * functions.readout(c)
            scale = max(1, np.abs(h).max(), np.abs(c).max())
            assert np.abs(changed.hidden_state[time] - h).max() < 1e-8 * scale
            assert np.abs(changed.cell_state[time] - c).max() < 1e-8 * scale
        events = changed.hidden_state


def test_what_adds_up_adds_up_and_what_counts_counts():
    module = made(HARD)
    with torch.no_grad():
        module.bias_ih_l0[3:6] = 9.0  # every forget gate is 1
        module.bias_ih_l0[:3] = -9.0  # every input gate is 0
    layer = lstm_viz.trace(module, torch.randn(7, 2, 2, dtype=torch.float64), device="cpu").layers[0]
    assert np.allclose(ledger(layer, unit=1).sum(axis=0), layer.cell_state[:, 0, 1], atol=1e-12)
    assert np.allclose(shares(layer, "forget_gate").total, layer.preactivations["forget_gate"], atol=1e-12)
    assert np.isinf(half_life(layer)).all()
    assert saturation(layer)["forget_gate"].open.tolist() == [1, 1, 1]
    assert saturation(layer)["input_gate"].closed.tolist() == [1, 1, 1]


@pytest.mark.parametrize("kind", [torch.float32, torch.bfloat16, torch.float16])
def test_other_number_formats(kind):
    module = made(HARD, layers=2, both=True).to(kind)
    x = torch.randn(6, 2, 2).to(kind)
    run = lstm_viz.trace(module, x, device="cpu")
    wide = lstm_viz.trace(made(HARD, layers=2, both=True), x.double(), device="cpu")
    assert np.abs(run.output - wide.output).max() < {torch.float32: 1e-6}.get(kind, 2e-2)
    assert run.agreement.startswith("equal to")


def test_a_run_keeps_its_functions_in_every_file(tmp_path):
    functions = CellActivations(Activation("hard_sigmoid", 1 / 6, 0.5), with_defaults("softsign"), TANH)
    module, x = made(functions).float(), torch.randn(9, 2, 2)
    run = lstm_viz.trace(module, x, device="cpu")
    run.save(tmp_path / "run.nc")
    assert lstm_viz.load_trace(tmp_path / "run.nc").activations == functions
    assert np.array_equal(lstm_viz.load_trace(tmp_path / "run.nc").layers[0].readout, run.layers[0].readout)
    stored = lstm_viz.trace_to(module, x, tmp_path / "run.zarr", chunk=4)
    assert stored.activations == functions
    part = stored.part(2, 7)
    assert part.activations == functions
    assert np.allclose(part.layers[0].hidden_state, run.layers[0].hidden_state[2:7], atol=1e-6)
    assert CellActivations.from_text(functions.to_text()) == functions


@pytest.mark.parametrize("text", ["sigmoid", "sigmoid 0 0, tanh 0 0", "evil 0 0, tanh 0 0, tanh 0 0", "relu x 0," * 3])
def test_text_that_names_no_functions_is_refused(text):
    with pytest.raises(ValueError):
        CellActivations.from_text(text)


def test_modules_that_share_weights_keep_their_own_functions():
    hard = made(HARD)
    soft = torch.nn.LSTM(2, 3).double().eval()
    for name, parameter in hard.named_parameters():
        setattr(soft, name, parameter)
    x = torch.randn(5, 1, 2, dtype=torch.float64)
    for _ in range(2):
        assert np.allclose(lstm_viz.trace(soft, x, device="cpu").output, soft(x)[0].detach().numpy(), atol=1e-9)
        assert np.allclose(lstm_viz.trace(hard, x, device="cpu").output, hard(x)[0].detach().numpy(), atol=1e-9)


def test_a_model_that_holds_one_is_recorded_by_its_equations():
    model = torch.nn.Sequential(torch.nn.Linear(2, 2).double(), made(HARD, layers=2))
    x = torch.randn(5, 1, 2, dtype=torch.float64)
    with lstm_viz.record(model) as traces:
        output, _ = model(x)
    (run,) = traces["1"]
    assert run.activations == HARD
    assert np.array_equal(run.output, output.detach().numpy())
    assert run.difference < 1e-10
    assert np.allclose(run.layers[1].hidden_state, output.detach().numpy(), atol=1e-10)


def test_a_run_that_grows_past_all_numbers_is_refused():
    module = made(CellActivations(candidate=with_defaults("exponential"), readout=with_defaults("exponential"))).float()
    with pytest.raises(ValueError, match=r"At step \d+ of l0 a number grows past .*exponential candidate"):
        lstm_viz.trace(module, 60 * torch.ones(9, 1, 2), device="cpu")


def test_the_other_cell_is_not_run_with_functions_that_it_has_not():
    run = lstm_viz.trace(made(HARD), torch.randn(5, 1, 2, dtype=torch.float64), device="cpu")
    assert not can_swap_cell(run)
    with pytest.raises(ValueError, match="sigmoid gates and tanh"):
        swap_cell(run)


def test_pictures_show_the_functions_or_refuse_by_name():
    run = lstm_viz.trace(made(HARD).float(), torch.randn(6, 1, 2), device="cpu")
    curve = figures.curve_figure(run, gate="forget_gate", step=3)
    line = next(part for part in curve.data if part.mode == "lines")
    assert np.allclose(line.y, np.clip(0.2 * np.asarray(line.x) + 0.5, 0, 1))
    assert "hard sigmoid of the sum" in curve.layout.annotations[0].text
    assert "hard sigmoid" in curve.layout.meta["alt"]
    relu = lstm_viz.trace(made(CellActivations(readout=with_defaults("relu"))).float(), torch.randn(6, 1, 2))
    for draw in (figures.cell_figure, figures.strips_figure, figures.curve_figure):
        with pytest.raises(ValueError, match="tanh candidate, ReLU readout"):
            draw(relu)
    with pytest.raises(ValueError, match="ReLU readout"):
        relu.show()
