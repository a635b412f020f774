"""An RNN and an LSTM that read the same letter and the same wait: their runs, and the charts of both."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np
import streamlit as st

from lstm_viz.analysis.separation import separation
from lstm_viz.figures import alts
from lstm_viz.figures.formats import plain
from lstm_viz.figures.lines import Line, lines
from lstm_viz.figures.two_networks import two_networks
from lstm_viz.lessons.comparing import power
from lstm_viz.sequences.waits import same_wait
from lstm_viz.traces import Trace
from lstm_viz.ui.charts import Chart, Rows
from lstm_viz.ui.events import event_texts
from lstm_viz.ui.views import View

LSTM, RNN = "recall", "recall-rnn"
LONGEST = 60


class Pair(NamedTuple):
    """Both runs of one delay, and how much of the letter and of the gradient is left at each step."""

    delay: int
    lstm: Trace
    rnn: Trace
    answers: np.ndarray
    apart: tuple[np.ndarray, np.ndarray]
    gradients: tuple[np.ndarray, np.ndarray]


@st.cache_resource(max_entries=LONGEST, show_spinner=False)
def pair(delay: int) -> Pair:
    """Both networks on the same letters and the same wait."""
    import lstm_viz
    from lstm_viz.analysis.gradients import state_gradients
    from lstm_viz.models import load_bundled

    batch = same_wait(delay)
    models = [load_bundled(key) for key in (LSTM, RNN)]
    lstm, rnn = (lstm_viz.trace(model.module, batch.values) for model in models)
    first, second = (state_gradients(model.module, batch.values).mean(axis=1) for model in models)
    apart = separation(lstm.layers[0].memory), separation(rnn.layers[0].memory)
    return Pair(delay, lstm, rnn, models[0].answers(lstm.output), apart, (first, second))


def view_of_pair(found: Pair) -> View:
    """The LSTM's run to look at, with the RNN's set beside it."""
    batch = same_wait(found.delay)
    return View(
        name=f"pair {found.delay}",
        trace=found.lstm,
        labels=batch.step_labels,
        events=partial(event_texts, batch),
        feature_names=batch.names,
        sequence_names=batch.sequence_names,
        answers=found.answers.__getitem__,
        beside=[found.rnn.layers[0]],
        hide=("equation",),
    )


def charts_of_pair(found: Pair) -> Rows:
    """Both memories, what is left of the letter in them, and how far back learning reaches."""
    lstm, rnn = found.apart
    fading = alts.sentence(
        f"How far apart the states are that follow A, B and C. At the end the LSTM's are {plain(lstm[-1])} "
        f"and the RNN's {plain(rnn[-1])} as far apart as after the letter."
    )
    first, second = found.gradients
    reaching = alts.sentence(
        f"How strongly the last state answers to the state at each step, on a log axis. At the letter: "
        f"LSTM {power(first[0])}, RNN {power(second[0])}."
    )
    apart = [Line("LSTM", lstm, "remember"), Line("RNN", rnn, "ink", "dot")]
    gradients = [Line("LSTM", first, "remember"), Line("RNN", second, "ink", "dot")]
    return [
        [Chart("networks", two_networks)],
        [
            Chart("fading", lines("What is left of the letter in the state", apart, fading)),
            Chart("gradients", lines("How far back learning reaches", gradients, reaching, log=True)),
        ],
    ]
