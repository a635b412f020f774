"""The choice of a model for a sequence: the bundled one trained on it, a small one fitted here, or a dropped one.

The drawer has the choices; the one thing that is missing for a run is asked on the page, over the picture.
"""

from __future__ import annotations

from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.sequences.batch import SequenceBatch
from lstm_viz.sequences.choices import Choices
from lstm_viz.traces import Variant
from lstm_viz.ui.explore.fit import LEARNING_RATE, USUAL_FORGET_BIAS, FitSettings, fitted_run
from lstm_viz.ui.explore.run import Run
from lstm_viz.ui.explore.source import Source, prepared_otherwise
from lstm_viz.ui.explore.uploaded_model import choose_uploaded_model
from lstm_viz.ui.explore.uploaded_model_run import run_uploaded_model
from lstm_viz.ui.plain_text import plain_text
from lstm_viz.ui.session import session
from lstm_viz.ui.stage.bundled_runs import bundled_answer_numbers, bundled_notes, bundled_run, cards

FIT = "A small one, fitted here"
UPLOADED = "A model of yours"
UNITS = (4, 8, 16, 32, 64)
#: What a fit can begin with, the usual first; the others show how a training fails.
FORGET_BIASES = {"+1, as usual": USUAL_FORGET_BIAS, "0": 0.0, "−2: most is forgotten": -2.0}
LEARNING_RATES = {
    "0.01, as usual": LEARNING_RATE,
    "0.1: ten times that": 10 * LEARNING_RATE,
    "1: a hundred times that": 100 * LEARNING_RATE,
}


def choose_model(tab: DeltaGenerator, source: Source, batch: SequenceBatch, choices: Choices) -> Run | None:
    """The run of the chosen model; None while there is none: incomplete, refused or cancelled."""
    trained = source.example.model if source.example and choices == source.suggested else None
    with tab:
        chosen = _choose_kind(trained)
    if chosen == UPLOADED:
        return _uploaded_run(tab, source, batch, choices)
    if chosen == FIT:
        with tab:
            settings = _choose_fit(source, choices)
        return fitted_run(settings, batch)
    assert trained is not None
    card, (trace, answers) = cards()[trained], bundled_run(trained)
    numbers = bundled_answer_numbers(trained)
    description = f"{card.description} {card.held_out.sentence}"
    name, notes = f"bundled {trained}", bundled_notes(trained)
    return Run(name, card.title, trace, answers, description, notes, numbers, bundled=trained)


def _choose_kind(trained: str | None) -> str:
    options = [FIT, UPLOADED] if trained is None else [cards()[trained].title, FIT, UPLOADED]
    # A model that a person brought goes with them from sequence to sequence.
    usual = options.index(UPLOADED) if session.uploaded_model_chosen else 0
    chosen = str(st.selectbox("Model", options, usual, key=f"network {trained}"))
    session.uploaded_model_chosen = chosen == UPLOADED
    return chosen


def _choose_fit(source: Source, choices: Choices) -> FitSettings:
    units = st.selectbox("Units", UNITS, UNITS.index(8), key="units", persist_state="session")
    variant = st.segmented_control(
        "Cell", ("Standard", "Course"), default="Standard", required=True, key="cell variant", persist_state="session"
    )
    bias = st.selectbox("Forget bias at the start", list(FORGET_BIASES), key="forget bias", persist_state="session")
    rate = st.selectbox("Learning rate", list(LEARNING_RATES), key="learning rate", persist_state="session")
    cell: Variant = "course" if variant == "Course" else "standard"
    return FitSettings(source.identity, choices, int(units), cell, FORGET_BIASES[str(bias)], LEARNING_RATES[str(rate)])


def _uploaded_run(tab: DeltaGenerator, source: Source, batch: SequenceBatch, choices: Choices) -> Run | None:
    files = session.model_files
    if files is None:
        with st.container(border=True, key="ask-model"):
            st.markdown("**Your model** is missing: drop its file above, or all its files at once.")
        return None
    example = source.title if source.example else ""
    try:
        columns = list(source.table.columns) if source.table else []
        model = choose_uploaded_model(tab, files, batch, columns, example)
    except CheckpointError as refusal:
        sentence = str(refusal)
        named = any(name in sentence for name in files.contents)
        st.error(plain_text(sentence if named else f"{files.names}: {sentence}"))
        return None
    if model is None:
        return None
    prepared = partial(prepared_otherwise, source, choices)
    return run_uploaded_model(model, batch, f"{source.identity} {choices}", prepared)
