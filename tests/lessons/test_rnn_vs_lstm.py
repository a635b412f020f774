"""The words of the lesson that sets an RNN beside an LSTM."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lstm_viz.analysis.comparison import nearest_distances, separation
from lstm_viz.lessons.rnn_vs_lstm import gradient_question, power_of_ten
from lstm_viz.sequences.tasks import LETTERS, RECALL_SYMBOLS, recall_at_delay


@given(st.floats(1e-44, 1.0), st.floats(1e-6, 1.5))
def test_the_right_option_is_the_rnns_own_size(rnn, lstm):
    asked = gradient_question(20, lstm, rnn)
    assert asked.options[asked.right] == power_of_ten(rnn)
    assert len(set(asked.options)) == len(asked.options) >= 2
    assert power_of_ten(rnn) in asked.reveal and power_of_ten(lstm) in asked.reveal


def test_sequences_differ_in_their_letter_alone():
    batch = recall_at_delay(12)
    assert batch.step_labels[0].tolist() == list(LETTERS)
    assert (batch.step_labels[1:] == batch.step_labels[1:, :1]).all()
    assert batch.values.argmax(axis=-1).shape == (14, 3) and batch.values.sum(axis=-1).max() == 1
    assert RECALL_SYMBOLS[int(batch.values[-1, 0].argmax())] == "?"
    longer = recall_at_delay(40)
    assert (longer.step_labels[:13] == batch.step_labels[:13]).all()


def test_separation_is_the_smallest_distance_over_pairs():
    states = np.random.default_rng(0).normal(size=(5, 3, 4))
    by_hand = [min([np.linalg.norm(s[a] - s[b]) for a, b in ((0, 1), (0, 2), (1, 2))]) for s in states]
    assert np.allclose(separation(states), np.array(by_hand) / by_hand[0])


def test_the_least_of_the_nearest_distances_is_the_separation_where_all_begin_alike_far_apart():
    corners = np.array([[0.0, 0.0], [1.0, 0.0], [0.5, 3**0.5 / 2]])
    states = np.concatenate([corners[None], np.random.default_rng(1).normal(size=(5, 3, 2))])
    assert np.allclose(nearest_distances(states).min(axis=1), separation(states))
