"""The check of a recording: the module's own forward is run on its own weights, and costs what a forward costs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import torch
from torch import nn
from torch.nn.modules.module import register_module_forward_hook

import lstm_viz
from lstm_viz.cells.course import CourseLSTM
from lstm_viz.recording import reference
from lstm_viz.recording.inputs import read_inputs
from lstm_viz.recording.module_spec import read_module
from lstm_viz.recording.tensor_ops import max_relative_error

KINDS = [
    lambda: nn.LSTM(3, 5),
    lambda: nn.LSTM(3, 5, 2, bidirectional=True, proj_size=2, bias=False),
    lambda: nn.RNN(3, 5, 2),
    lambda: CourseLSTM(3, 5, 2),
]


@pytest.mark.parametrize("kind", KINDS)
def test_the_module_that_is_run_shares_the_weights_and_is_made_once(kind: Callable[[], nn.Module]) -> None:
    spec, x = read_module(kind()), torch.randn(6, 2, 3)
    for _ in range(2):
        reference.module_output(spec, read_inputs(spec, x))
    (module,) = spec.modules.values()
    places = {name: value.data_ptr() for name, value in spec.parameters.items()}
    assert {name: value.data_ptr() for name, value in module.named_parameters()} == places
    assert not any(value.requires_grad for value in module.parameters()) and not module.training


@pytest.mark.parametrize("kind", KINDS)
def test_making_it_draws_no_numbers(kind: Callable[[], nn.Module], monkeypatch: pytest.MonkeyPatch) -> None:
    spec = read_module(kind())

    def drawn(*_: object, **__: object) -> None:
        raise AssertionError("initial weights were drawn")

    monkeypatch.setattr(torch.Tensor, "uniform_", drawn)
    reference.module_output(spec, read_inputs(spec, torch.ones(4, 1, 3)))


def test_it_is_the_forward_of_the_weights_as_they_are_now() -> None:
    module, x = nn.LSTM(3, 5), torch.randn(9, 2, 3)
    for _ in range(3):
        assert lstm_viz.trace(module, x).difference <= 2e-6
        with torch.no_grad():
            module.weight_hh_l0 *= -2


def test_a_forward_that_is_another_one_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    """What torch's own forward gives is asked of it at each run, and is not remembered."""
    module, x = nn.LSTM(3, 5), torch.randn(9, 2, 3)
    assert lstm_viz.trace(module, x).difference <= 2e-6
    right = nn.LSTM.forward

    def wrong(self: nn.LSTM, x: torch.Tensor, state: object = None) -> object:
        output, end = right(self, x, state)
        return output + 0.01, end

    monkeypatch.setattr(nn.LSTM, "forward", wrong)
    assert lstm_viz.trace(module, x, device="cpu").difference == pytest.approx(0.01, abs=1e-5)


@contextmanager
def hook_on_every_module(hook: Callable[..., None]) -> Iterator[None]:
    handle = register_module_forward_hook(hook)
    try:
        yield
    finally:
        handle.remove()


def test_hooks_on_every_module_are_not_called_for_it() -> None:
    called: list[nn.Module] = []
    spec = read_module(nn.LSTM(3, 5))
    with hook_on_every_module(lambda module, args, result: called.append(module)):
        reference.module_output(spec, read_inputs(spec, torch.ones(4, 1, 3)))
    assert called == []


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
@pytest.mark.parametrize("size", [0.5, 30.0])
@pytest.mark.parametrize("steps", [3, 100])
def test_the_largest_gap_is_relative_above_1(dtype: torch.dtype, size: float, steps: int) -> None:
    wanted = (size * torch.linspace(-1, 1, 7 * 2 * 5)).reshape(7, 2, 5).to(dtype)
    found = wanted.clone()
    found[4, 1, 2] += 0.25
    gap = (found - wanted).abs() / wanted.abs().clamp(min=1)
    assert max_relative_error(found, wanted, steps) == float(gap.max())
    found[6, 0, 0] = torch.nan
    assert math.isnan(max_relative_error(found, wanted, steps))
