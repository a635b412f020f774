"""Two readings in windows against torch's own run of the whole, and against a plain search for agreement."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_viz import CourseLSTM
from lstm_viz.analysis.truncated_bptt import AGREEMENT, CarriedAndResetStates, carried_and_reset_states
from lstm_viz.bundled import load_bundled
from lstm_viz.sequences import load_example
from lstm_viz.sequences.sliding_windows import windows

MODULES = {"lstm": torch.nn.LSTM, "rnn": torch.nn.RNN, "course": CourseLSTM}


def cut_of(random: np.random.Generator, count: int, steps: int, rows: int) -> list[np.ndarray]:
    return [random.normal(size=(steps, rows, 3)).astype(np.float32) for _ in range(count)]


@given(
    kind=st.sampled_from(sorted(MODULES)),
    count=st.integers(1, 5),
    steps=st.integers(1, 7),
    rows=st.integers(1, 3),
    seed=st.integers(0, 999),
)
@settings(max_examples=40)
def test_carried_windows_are_one_long_run(kind: str, count: int, steps: int, rows: int, seed: int):
    torch.manual_seed(seed)
    module, parts = MODULES[kind](3, 4), cut_of(np.random.default_rng(seed), count, steps, rows)
    both = carried_and_reset_states(module, parts)
    with torch.no_grad():
        whole = module(torch.from_numpy(np.concatenate(parts)))[0].numpy()
        alone = [module(torch.from_numpy(part))[0].numpy() for part in parts]
    np.testing.assert_allclose(both.carried, whole, rtol=0, atol=2e-6)
    np.testing.assert_array_equal(both.reset, np.concatenate(alone))
    np.testing.assert_array_equal(both.distances[:steps], 0)
    assert both.starts.tolist() == [steps * k for k in range(1, count)]


@given(steps=st.integers(1, 6), count=st.integers(1, 4), rows=st.integers(1, 3), seed=st.integers(0, 999))
@settings(max_examples=60)
def test_recovery_is_the_first_step_from_which_all_agree(steps: int, count: int, rows: int, seed: int):
    random = np.random.default_rng(seed)
    carried = random.normal(size=(count * steps, rows, 2))
    reset = carried * (1 + random.choice([0, 2 * AGREEMENT], size=(count * steps, rows, 1)))
    found = CarriedAndResetStates(steps, carried, reset).recovery()
    assert found.shape == (count - 1, rows)
    for window in range(1, count):
        for row in range(rows):
            close = [
                np.linalg.norm(carried[t, row] - reset[t, row]) <= AGREEMENT * np.linalg.norm(carried[t, row])
                for t in range(window * steps, (window + 1) * steps)
            ]
            ends = [k + 1 for k in range(steps) if all(close[k:])]
            assert found[window - 1, row] == (ends[0] if ends else np.inf)


@pytest.fixture(scope="module")
def read() -> CarriedAndResetStates:
    module = load_bundled("characters").module
    return carried_and_reset_states(
        module, [part.values for part in windows(load_example("python"), rows=8, steps=100).parts]
    )


def test_the_model_of_characters_forgets_that_it_was_reset(read: CarriedAndResetStates):
    just_after, late = read.starts, read.starts + 60
    assert np.median(read.relative_distances[just_after]) > 0.5
    assert np.median(read.relative_distances[late]) < 1e-3
    assert np.isfinite(read.recovery()).all()


def test_a_jump_is_the_euclidean_distance(read: CarriedAndResetStates):
    step, row = int(read.starts[3]), 5
    squares = [(float(a) - float(b)) ** 2 for a, b in zip(read.carried[step, row], read.reset[step, row], strict=True)]
    assert read.distances[step, row] == pytest.approx(sum(squares) ** 0.5, rel=1e-5)
