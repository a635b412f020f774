"""The lesson RNN vs LSTM: the runs of both networks over the same letter and delay, and their charts."""

from __future__ import annotations

from copy import deepcopy
from typing import NamedTuple

import numpy as np
import streamlit as st

from lstm_viz.analysis.comparison import nearest_distances, separation
from lstm_viz.bundled.delays import ANSWER_FORMAT, DELAYS, delay_network, delay_study
from lstm_viz.figures import alt_text
from lstm_viz.figures.labels import batch_texts
from lstm_viz.figures.run_view import ComparedRun
from lstm_viz.figures.sequences.lines import Line, delay_scores, lines
from lstm_viz.figures.sequences.state_distances import Network, state_distance_lanes
from lstm_viz.lessons.rnn_vs_lstm import power_of_ten
from lstm_viz.sequences.tasks import LETTERS, recall_at_delay
from lstm_viz.traces import Trace
from lstm_viz.ui.stage.charts import Chart, Rows
from lstm_viz.ui.stage.views import View

MAX_DELAY = DELAYS[-1]
#: Closer than this, two states in 32-bit numbers are one and the same.
SMALLEST_DISTANCE = 1e-7
#: What the lines of the two log charts are about.
LEFT = "1: as different as after the letter"
REACH = "effect of each state on the last one"


class RunPair(NamedTuple):
    """Both runs of one delay, and how much of the letter and of the gradient is left at each step."""

    delay: int
    lstm: Trace
    rnn: Trace
    #: What the LSTM says at each step, (steps, letters), and what both answer at the end, a letter each.
    lstm_answers: np.ndarray
    answers: tuple[str, str]
    nearest: tuple[np.ndarray, np.ndarray]
    apart: tuple[np.ndarray, np.ndarray]
    gradients: tuple[np.ndarray, np.ndarray]


@st.cache_resource(max_entries=MAX_DELAY, show_spinner=False)
def run_pair(delay: int) -> RunPair:
    """Both networks on the same letters and the same wait."""
    import lstm_viz
    from lstm_viz.analysis.gradients import state_gradients
    from lstm_viz.fitting.network import head_scores

    batch = recall_at_delay(delay)
    networks = [delay_network(name) for name in ("lstm", "rnn")]
    lstm, rnn = (lstm_viz.trace(network.recurrent, batch.values) for network in networks)
    # In float32 an RNN's gradient would soon be too small for any number.
    exact = [lstm_viz.trace(deepcopy(network.recurrent).double(), batch.values, check=False) for network in networks]
    first, second = (state_gradients(run.layers[0]).mean(axis=1) for run in exact)
    scores = [head_scores(n.head, t.output) for n, t in zip(networks, (lstm, rnn), strict=True)]
    answers = ["".join(LETTERS[k] for k in part[-1].argmax(axis=-1)) for part in scores]
    memories = lstm.layers[0].memory, rnn.layers[0].memory
    nearest = nearest_distances(memories[0]), nearest_distances(memories[1])
    apart = separation(memories[0]), separation(memories[1])
    said = ANSWER_FORMAT(scores[0])
    return RunPair(delay, lstm, rnn, said, (answers[0], answers[1]), nearest, apart, (first, second))


def pair_view(pair: RunPair) -> View:
    """The LSTM's run to look at, with the RNN's set beside it."""
    batch = recall_at_delay(pair.delay)
    return View(
        pair.lstm,
        batch_texts(batch, pair.lstm_answers),
        batch.names,
        batch.sequence_names,
        compared=[ComparedRun([pair.rnn.layers[0]])],
        name=f"pair {pair.delay}",
        hide=("equation", "line", "beats"),
    ).bundled_as("pair", pair.delay)


def pair_charts(pair: RunPair) -> Rows:
    """Both memories, what is left of the letter in them, and how far back learning reaches."""
    lstm, rnn = pair.apart
    lstm_end, rnn_end = power_of_ten(lstm[-1]), power_of_ten(rnn[-1])
    fading = alt_text.sentence(
        "How different the memories after the two most similar of A, B and C are, in powers of ten. At the end the "
        f"LSTM's are {lstm_end} and the RNN's {rnn_end} times as far apart as after the letter."
    )
    first, second = pair.gradients
    reaching = alt_text.sentence(
        f"The gradient: how much the last memory would change with the memory at each step, in powers of ten. "
        f"At the letter: LSTM {power_of_ten(first[0])}, RNN {power_of_ten(second[0])}."
    )
    apart = [
        Line(name, np.maximum(values, SMALLEST_DISTANCE), role, dash)
        for name, values, role, dash in (("LSTM", lstm, "remember", "solid"), ("RNN", rnn, "foreground", "dot"))
    ]
    gradients = [Line("LSTM", first, "remember"), Line("RNN", second, "foreground", "dot")]
    study = delay_study()
    scores = delay_scores(study.delays, study.lstm, study.rnn, pair.delay)
    networks = [
        Network(name, role, nearest, list(answers))
        for name, role, nearest, answers in zip(
            ("LSTM", "RNN"), ("remember", "foreground"), pair.nearest, pair.answers, strict=True
        )
    ]
    return [
        [Chart("networks", state_distance_lanes(networks, LETTERS))],
        [
            Chart("fading", lines("What is left of the letter in the state", LEFT, apart, fading, log=True)),
            Chart("gradients", lines("How far back learning reaches", REACH, gradients, reaching, log=True)),
        ],
        [Chart("accuracy", scores)],
    ]
