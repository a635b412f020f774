"""A fit keeps networks on its way, and is the same fit to the bit."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import lstm_viz
from lstm_viz.fitting import FittingError, fit
from lstm_viz.fitting.fitter import checkpoint_updates
from lstm_viz.sequences.batch import SequenceBatch


def wave(steps: int = 160) -> SequenceBatch:
    values = np.sin(np.arange(steps) / 3)[:, None, None] * 4 + 20
    labels = np.arange(steps).astype(str)[:, None]
    return SequenceBatch(values, ("wave",), np.array([steps]), ("one",), np.zeros(1), np.ones(1), step_labels=labels)


def last_of(**options):
    *_, last = fit(wave(), hidden=4, **options)
    return last


@pytest.mark.parametrize("variant", ["standard", "course", "rnn"])
def test_the_fit_is_the_same_to_the_bit_with_and_without(variant):
    plain, kept = (last_of(updates=60, variant=variant, checkpoints=count) for count in (0, 12))
    assert (plain.loss, plain.validation_loss, plain.model.score) == (kept.loss, kept.validation_loss, kept.model.score)
    for name, part in plain.model.module.state_dict().items():
        assert torch.equal(part, kept.model.module.state_dict()[name])
    assert torch.equal(plain.model.head.weight, kept.model.head.weight)
    assert plain.model.checkpoints == ()


def test_they_lie_closer_the_earlier_and_end_with_the_last_update():
    kept = last_of(updates=60, checkpoints=12).model.checkpoints
    updates = [each.update for each in kept]
    assert updates[0] == 0 and updates[-1] == 60 and len(updates) > 8
    assert (np.diff(updates, 2) >= -1).all()
    assert not any(part.requires_grad for each in kept for part in each.module.parameters())


def test_a_checkpoint_reads_the_batchs_own_units_as_the_model_does():
    # The loss falls to the end, so that the model is the last checkpoint.
    last = last_of(updates=50, checkpoints=5)
    end = last.model.checkpoints[-1]
    for name, part in last.model.module.state_dict().items():
        assert torch.equal(part, end.module.state_dict()[name])
    assert torch.equal(last.model.head.weight, end.head.weight) and torch.equal(last.model.head.bias, end.head.bias)


@pytest.mark.parametrize(("bias", "mean"), [(1.0, 0.73), (0.0, 0.5), (-2.0, 0.12)])
def test_the_forget_bias_is_where_forget_gates_start(bias: float, mean: float):
    first = last_of(updates=1, checkpoints=2, forget_bias=bias).model.checkpoints[0]
    gates = lstm_viz.trace(first.module, wave().values).layers[0].forget_gate
    assert gates.mean() == pytest.approx(mean, abs=0.1)


@pytest.mark.parametrize("rate", [0.0, -1.0, float("nan"), float("inf")])
def test_a_learning_rate_that_is_none_is_refused(rate: float):
    with pytest.raises(FittingError, match="learning rate"):
        next(fit(wave(), learning_rate=rate))


def test_a_learning_rate_far_too_high_learns_worse():
    usual, high = (last_of(updates=80, learning_rate=rate) for rate in (0.01, 1.0))
    assert high.validation_loss > 2 * usual.validation_loss


@pytest.mark.parametrize(("total", "count"), [(1, 40), (3, 40), (2000, 40), (50, 1), (50, 2)])
def test_no_more_updates_are_kept_than_were_asked_for(total: int, count: int):
    found = checkpoint_updates(total, count)
    assert 0 in found and max(found) <= total and len(found) <= max(count, 2)
