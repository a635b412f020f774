"""The lesson RNN vs LSTM: the runs of three networks over the same letter and wait, and their charts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import streamlit as st

from lstm_viz.analysis.comparison import nearest_distances, separation
from lstm_viz.analysis.gradients import state_gradients, step_factors
from lstm_viz.bundled.delays import ANSWER_FORMAT, DELAYS, NETWORKS, DelayStudy, NetworkKind, delay_network, delay_study
from lstm_viz.figures import alt_text
from lstm_viz.figures.labels import batch_texts
from lstm_viz.figures.sequences.factor_curve import factor_curve
from lstm_viz.figures.sequences.facts_table import FactsRow, facts_table
from lstm_viz.figures.sequences.lines import Line, ScoredKind, delay_scores, lines
from lstm_viz.figures.sequences.state_distances import Network, state_distance_lanes
from lstm_viz.lessons.rnn_vs_lstm import Measured, NetworkRun, factor_lines, same_from, small
from lstm_viz.sequences.tasks import LETTERS, recall_at_delay
from lstm_viz.ui.stage.charts import Chart, Rows
from lstm_viz.ui.stage.views import View

if TYPE_CHECKING:
    import torch

    from lstm_viz.fitting.network import Network as FittedNetwork

MAX_DELAY = DELAYS[-1]


class Look(NamedTuple):
    """How a network is called over its strip and at its lines, and how it is drawn."""

    title: str
    name: str
    role: str
    dash: str


LOOKS = {
    "lstm": Look("LSTM", "LSTM", "remember", "solid"),
    "rnn": Look("Plain RNN, started at random", "RNN, random", "foreground", "dot"),
    "identity": Look("Plain RNN, started at the identity", "RNN, identity", "use", "dash"),
}


class DelayRuns(NamedTuple):
    """The runs of all networks over one wait, and what the LSTM says at each step, (steps, letters)."""

    delay: int
    networks: Mapping[str, NetworkRun]
    said: np.ndarray

    @property
    def measured(self) -> Measured:
        """What the lesson's text says of them."""
        return Measured(self.delay, self.networks, delay_study())


@st.cache_resource(max_entries=MAX_DELAY, show_spinner=False)
def delay_runs(delay: int) -> DelayRuns:
    """All networks on the same letters and the same wait."""
    from lstm_viz.fitting.network import head_scores

    runs = {name: _network_run(name, delay) for name in NETWORKS}
    said = ANSWER_FORMAT(head_scores(_network("lstm").head, runs["lstm"].trace.output))
    return DelayRuns(delay, runs, said)


def _network_run(name: str, delay: int) -> NetworkRun:
    import lstm_viz
    from lstm_viz.fitting.network import head_scores

    batch, network = recall_at_delay(delay), _network(name)
    trace = lstm_viz.trace(network.recurrent, batch.values)
    answers = "".join(LETTERS[k] for k in head_scores(network.head, trace.output)[-1].argmax(axis=-1))
    memory = trace.layers[0].memory
    return NetworkRun(
        trace,
        answers,
        nearest_distances(memory),
        separation(memory),
        gradients(name, delay, trained=False),
        gradients(name, delay),
    )


@cache
def _network(name: str, trained: bool = True) -> FittedNetwork:
    return delay_network(name, trained)


@cache
def _exact(name: str, trained: bool) -> torch.nn.Module:
    """Its recurrent layer in float64."""
    return deepcopy(_network(name, trained).recurrent).double()


def gradients(name: str, delay: int, trained: bool = True) -> np.ndarray:
    """A network's gradients of the last state by each step's, the mean over the letters: (steps,).

    In float64: in float32 a plain RNN's would soon be too small for any number.
    """
    import lstm_viz

    trace = lstm_viz.trace(_exact(name, trained), recall_at_delay(delay).values, check=False)
    found: np.ndarray = state_gradients(trace.layers[0]).mean(axis=1)
    return found


def delay_view(runs: DelayRuns) -> View:
    """The LSTM's run to look at; the others are in the charts."""
    batch = recall_at_delay(runs.delay)
    return View(
        runs.networks["lstm"].trace,
        batch_texts(batch, runs.said),
        batch.names,
        batch.sequence_names,
        name=f"delay {runs.delay}",
        hide=("equation", "line", "beats"),
    ).bundled_as("delay", runs.delay)


def delay_charts(runs: DelayRuns) -> Rows:
    """The strips with their factors, the gradients before and after training, and how often each kind is right."""
    study = delay_study()
    strips = [
        Network(
            LOOKS[name].title,
            LOOKS[name].role,
            run.nearest,
            list(run.answers),
            step_factors(run.before),
            step_factors(run.after),
            factor_lines(run.before, run.after),
        )
        for name, run in runs.networks.items()
    ]
    kinds = [
        ScoredKind(look.name, study.kinds[name].accuracy, look.role, look.dash, 7 if name == "lstm" else 3)
        for name, look in LOOKS.items()
    ]
    both = [value for run in runs.networks.values() for value in (*run.before, *run.after)]
    return [
        [Chart("networks", state_distance_lanes(strips, LETTERS))],
        [_gradient_chart("before", runs, both), _gradient_chart("after", runs, both)],
        [Chart("factor", factor_curve(_compared_curves(runs)))],
        [_apart_chart(runs), Chart("accuracy", delay_scores(study.delays, kinds, runs.delay))],
        [Chart("differences", facts_table(_table_title(study), COLUMNS, _facts()), caption=_table_caption(study))],
    ]


def _line(name: str, values: np.ndarray, ending: str = "") -> Line:
    look = LOOKS[name]
    return Line(look.name, values, look.role, look.dash, ending)


def _compared_curves(runs: DelayRuns) -> list[Line]:
    """The gradients to set a factor's powers beside: those that training began with, and the one that it left."""
    begun = [_line(name, run.before) for name, run in runs.networks.items()]
    trained = Line("LSTM, trained", runs.networks["lstm"].after, "remember", "dashdot")
    return [trained, *(line._replace(name=f"{line.name}, before") for line in begun)]


def _gradient_chart(when: str, runs: DelayRuns, both: Sequence[float]) -> Chart:
    """The gradients before or after training, on an axis that has room for both."""
    shown = {name: getattr(run, when) for name, run in runs.networks.items()}
    at_letter = ", ".join(f"{LOOKS[name].name} {small(values[0])}" for name, values in shown.items())
    alt = alt_text.sentence(
        f"The gradient {when} training: how much the last memory would change with the memory at each step, in powers "
        f"of ten. At the letter: {at_letter}."
    )
    drawn = lines(
        f"The gradient {when} training",
        "how much each step's memory moves the last one",
        [_line(name, values) for name, values in shown.items()],
        alt,
        log=True,
        axis="gradient",
        over=both,
    )
    return Chart(when, drawn)


def _apart_chart(runs: DelayRuns) -> Chart:
    told, shown = [], []
    for name, run in runs.networks.items():
        step, values = same_from(run.apart), run.apart
        if step is not None:
            values = np.where(np.arange(len(values)) < step, values, np.nan)
        ending = "" if step is None else f"the same but for rounding<br>from step {step + 1} on"
        shown.append(_line(name, values, ending))
        told.append(
            f"{LOOKS[name].name} {small(float(run.apart[-1])) if step is None else 'the same but for rounding'}"
        )
    alt = alt_text.sentence(
        "How far apart the two most alike of the states after A, B and C are at each step, in powers of ten; 1 is as "
        f"far as right after the letter. At the end: {', '.join(told)}."
    )
    drawn = lines(
        "How far apart the states of A, B, C are",
        "the two most alike; 1: as far as after the letter",
        shown,
        alt,
        log=True,
        axis="distance",
    )
    return Chart("apart", drawn)


#: What the networks differ in, and where each column begins.
COLUMNS = (
    ("numbers trained", 0.2),
    ("learning rate", 0.34),
    ("forget bias", 0.5),
    ("starts with", 0.61),
    ("right at every wait", 0.86),
)
KIND_NAMES = {
    "lstm": ("LSTM, as shown", "remember"),
    "lstm without help": ("LSTM, without help", "remember"),
    "rnn": ("RNN, random", "foreground"),
    "identity": ("RNN, identity", "use"),
}


def _table_title(study: DelayStudy) -> str:
    units = sorted({kind.units for kind in study.kinds.values()})
    return f"What differs: all have {' or '.join(map(str, units))} units"


def _table_caption(study: DelayStudy) -> str:
    """What the table leaves unsaid."""
    return (
        f"{study.training} The learning rate says how large a change one batch makes. The LSTM in the pictures also "
        "paid a small charge for recurrent weights and for learning at anything but a letter: so it writes once and "
        "keeps."
    )


def _facts() -> list[FactsRow]:
    return [FactsRow(*KIND_NAMES[name], _row(kind)) for name, kind in delay_study().kinds.items()]


def _row(kind: NetworkKind) -> list[str]:
    rates = sorted(set(kind.rates), reverse=True)
    perfect = int((kind.accuracy == 1).all(axis=1).sum())
    return [
        f"{kind.numbers_trained}",
        " or ".join(f"{rate:g}" for rate in rates),
        "none" if kind.forget_bias is None else f"+{kind.forget_bias}" if kind.forget_bias else "0",
        kind.start,
        f"{perfect} of {len(kind.accuracy)}",
    ]
