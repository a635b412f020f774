"""What is kept of a module's weights is what they are now, however they were changed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn

import lstm_viz
from lstm_viz.recording.weight_cache import WeightCache


def in_place(module: nn.LSTM) -> None:
    with torch.no_grad():
        module.weight_hh_l0[3, 2] += 0.5


def past_the_count(module: nn.LSTM) -> None:
    module.weight_ih_l0.data[0, 0] += 0.5


def through_numpy(module: nn.LSTM) -> None:
    module.bias_hh_l0.detach().numpy()[5] += 0.5


def a_training_step(module: nn.LSTM) -> None:
    optimizer = torch.optim.SGD(module.parameters(), lr=0.5)
    module(torch.ones(4, 1, 3))[0].sum().backward()
    optimizer.step()


def another_checkpoint(module: nn.LSTM) -> None:
    module.load_state_dict(nn.LSTM(3, 5).state_dict())


def another_place(module: nn.LSTM) -> None:
    module.weight_hh_l0 = nn.Parameter(0.5 * module.weight_hh_l0.detach())


CHANGES = [in_place, past_the_count, through_numpy, a_training_step, another_checkpoint, another_place]


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_module_is_recorded_as_it_is_now(change: Callable[[nn.LSTM], None]) -> None:
    torch.manual_seed(0)
    module, x = nn.LSTM(3, 5), torch.randn(7, 2, 3)
    before = lstm_viz.trace(module, x, check=False)
    change(module)
    wanted = module(x)[0].detach().numpy()
    assert not np.allclose(before.output, wanted, atol=1e-4)
    np.testing.assert_allclose(lstm_viz.trace(module, x, check=False).output, wanted, atol=2e-6)


def test_a_number_that_is_lost_later_is_refused() -> None:
    module, x = nn.LSTM(3, 5), torch.ones(4, 1, 3)
    lstm_viz.trace(module, x)
    module.weight_hh_l0.data[1, 1] = float("nan")
    with pytest.raises(ValueError, match="weight_hh_l0 holds NaN"):
        lstm_viz.trace(module, x)


def test_a_trace_keeps_its_weights_when_the_next_run_changes_its_own() -> None:
    module, x = nn.LSTM(3, 5), torch.ones(4, 1, 3)
    one, other = lstm_viz.trace(module, x), lstm_viz.trace(module, x)
    kept = other.layers[0].weights["candidate"]
    one.layers[0].weights.pop("candidate")
    assert other.layers[0].weights["candidate"] is kept
    with pytest.raises(ValueError, match="read-only"):
        kept.input[0] = 0


def test_the_oldest_are_let_go() -> None:
    kept = WeightCache(max_bytes=100)
    weights = [{"map": torch.ones(12)} for _ in range(3)]
    copies = [kept.add("map", weight) for weight in weights]
    found = [kept.find("map", weight) for weight in weights]
    assert found == [None, copies[1], copies[2]]
    large = {"map": torch.ones(1000)}
    kept.add("map", large)
    assert kept.find("map", weights[2]) is None and kept.find("map", large) is not None
