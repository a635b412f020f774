"""Two readings in windows against torch's own run of the whole, and against a plain search for agreement."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_viz import CourseLSTM
from lstm_viz.analysis.truncated_bptt import (
    AGREEMENT,
    CarriedAndChangedStates,
    carried_and_reset_states,
    exchanged_states,
    padded_run,
    row_exchanges,
)
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
    np.testing.assert_array_equal(both.changed, np.concatenate(alone))
    np.testing.assert_array_equal(both.distances[:steps], 0)
    assert both.starts.tolist() == [steps * k for k in range(1, count)]


@given(steps=st.integers(1, 6), count=st.integers(1, 4), rows=st.integers(1, 3), seed=st.integers(0, 999))
@settings(max_examples=60)
def test_recovery_is_the_first_step_from_which_all_agree(steps: int, count: int, rows: int, seed: int):
    random = np.random.default_rng(seed)
    carried = random.normal(size=(count * steps, rows, 2))
    reset = carried * (1 + random.choice([0, 2 * AGREEMENT], size=(count * steps, rows, 1)))
    found = CarriedAndChangedStates(steps, carried, reset).recovery()
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
def read() -> CarriedAndChangedStates:
    module = load_bundled("characters").module
    return carried_and_reset_states(
        module, [part.values for part in windows(load_example("python"), rows=8, steps=100).parts]
    )


def test_the_model_of_characters_forgets_that_it_was_reset(read: CarriedAndChangedStates):
    just_after, late = read.starts, read.starts + 60
    assert np.median(read.relative_distances[just_after]) > 0.5
    assert np.median(read.relative_distances[late]) < 1e-3
    assert np.isfinite(read.recovery()).all()


def test_a_jump_is_the_euclidean_distance(read: CarriedAndChangedStates):
    step, row = int(read.starts[3]), 5
    squares = [
        (float(a) - float(b)) ** 2 for a, b in zip(read.carried[step, row], read.changed[step, row], strict=True)
    ]
    assert read.distances[step, row] == pytest.approx(sum(squares) ** 0.5, rel=1e-5)


@given(kind=st.sampled_from(sorted(MODULES)), count=st.integers(1, 4), rows=st.integers(1, 4), seed=st.integers(0, 999))
@settings(max_examples=30)
def test_exchanged_rows_go_on_from_another_rows_state(kind: str, count: int, rows: int, seed: int):
    """Against torch's own runs of each row alone, pieced together as the orders say."""
    torch.manual_seed(seed)
    module, parts = MODULES[kind](3, 4), cut_of(np.random.default_rng(seed), count, 5, rows)
    orders = row_exchanges(count - 1, rows, seed)
    found = exchanged_states(module, parts, orders)
    for row in range(rows):
        # Backwards: which row's window each window of this row goes on from.
        path = [row]
        for order in reversed(orders):
            path.insert(0, int(order[path[0]]))
        events = np.concatenate([part[:, other : other + 1] for part, other in zip(parts, path, strict=True)])
        with torch.no_grad():
            alone = module(torch.from_numpy(events))[0][-5:, 0].numpy()
        np.testing.assert_allclose(found[-5:, row], alone, rtol=0, atol=2e-6)
        assert rows == 1 or all(int(order[row]) != row for order in orders)
    assert all(sorted(order) == list(range(rows)) for order in orders)


@given(length=st.integers(1, 8), zeros=st.integers(0, 6), seed=st.integers(0, 999))
@settings(max_examples=30)
def test_a_packed_sequence_ends_at_the_true_end(length: int, zeros: int, seed: int):
    torch.manual_seed(seed)
    module, x = torch.nn.LSTM(3, 4), np.random.default_rng(seed).normal(size=(length, 3)).astype(np.float32)
    run = padded_run(module, x, length + zeros)
    padded = torch.zeros(length + zeros, 1, 3)
    padded[:length, 0] = torch.from_numpy(x)
    with torch.no_grad():
        packed = torch.nn.utils.rnn.pack_padded_sequence(padded, torch.tensor([length]))
        with_lengths, without = module(packed)[1][0], module(padded)[1][0]
    np.testing.assert_allclose(run.true_end, with_lengths[0, 0], atol=1e-6)
    np.testing.assert_allclose(run.hidden_state[-1], without[0, 0], atol=1e-6)
    expected = (without - with_lengths).norm() / with_lengths.norm()
    assert run.distances[-1] == pytest.approx(float(expected), abs=1e-5)
