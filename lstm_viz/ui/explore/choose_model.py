"""The choice of a model for a sequence: the bundled one trained on it, a small one fitted now, or an uploaded one."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.sequences.batch import SequenceBatch
from lstm_viz.sequences.choices import Choices
from lstm_viz.traces import Variant
from lstm_viz.ui.explore.columns import escape_streamlit_markdown
from lstm_viz.ui.explore.fit import FitSettings, fitted_run
from lstm_viz.ui.explore.run import Run
from lstm_viz.ui.explore.source import Source, prepared_otherwise
from lstm_viz.ui.explore.uploaded_model import UploadedModel, choose_uploaded_model, upload_model_files
from lstm_viz.ui.explore.uploaded_model_run import run_uploaded_model
from lstm_viz.ui.session import session
from lstm_viz.ui.stage.bundled_runs import bundled_notes, bundled_run, cards

FIT = "Fit a small one"
UPLOADED = "A model of yours"
UNITS = (4, 8, 16, 32, 64)


class ModelChoice(NamedTuple):
    """The person's choice: the bundled model, an uploaded one, or a fit of this size and cell."""

    bundled: bool
    units: int
    variant: Variant
    uploaded: UploadedModel | None = None
    #: What is still to be chosen of an uploaded model: its file, or how it reads the sequence.
    missing: str = ""
    #: Why the uploaded model can't be shown.
    refusal: str = ""


def choose_model(bar: DeltaGenerator, source: Source, batch: SequenceBatch, choices: Choices) -> Run | None:
    """The run of the chosen model; None while there is none: incomplete, refused or cancelled."""
    trained = source.example.model if source.example and choices == source.suggested else None
    with bar.popover("Model"):
        choice = _choose_model(trained, batch, list(source.table.columns) if source.table else [])
    if choice.bundled and trained:
        card, (trace, answers) = cards()[trained], bundled_run(trained)
        description = f"{card.description} {card.held_out.sentence}"
        return Run(f"bundled {trained}", card.title, trace, answers, description, bundled_notes(trained))
    if choice.uploaded is not None:
        prepared = partial(prepared_otherwise, source, choices)
        return run_uploaded_model(choice.uploaded, batch, f"{source.identity} {choices}", prepared)
    if choice.refusal:
        st.error(escape_streamlit_markdown(choice.refusal))
        return None
    if choice.missing:
        st.info(escape_streamlit_markdown(choice.missing))
        return None
    return fitted_run(FitSettings(source.identity, choices, choice.units, choice.variant), batch)


def _choose_model(trained: str | None, batch: SequenceBatch, columns: list[str]) -> ModelChoice:
    options = [FIT, UPLOADED] if trained is None else [cards()[trained].title, FIT, UPLOADED]
    # A model that a person brought goes with them from sequence to sequence.
    usual = options.index(UPLOADED) if session.uploaded_model_chosen else 0
    chosen = st.selectbox("Model", options, usual, key=f"network {trained}")
    session.uploaded_model_chosen = chosen == UPLOADED
    if chosen == UPLOADED:
        return _choose_uploaded(batch, columns)
    if chosen != FIT:
        return ModelChoice(True, 0, "standard")
    units = st.selectbox("Units", UNITS, UNITS.index(8), key="units", persist_state="session")
    variant = st.segmented_control(
        "Cell", ("Standard", "Course"), default="Standard", required=True, key="cell variant", persist_state="session"
    )
    return ModelChoice(False, int(units), "course" if variant == "Course" else "standard")


def _choose_uploaded(batch: SequenceBatch, columns: list[str]) -> ModelChoice:
    """An uploaded model; a refusal is said in the menu and, since that may be closed, on the page."""
    files = upload_model_files()
    if files is None:
        return ModelChoice(
            False,
            0,
            "standard",
            missing="Bring a model's file in the “Model” menu above, and say there how it reads the sequence.",
        )
    try:
        model = choose_uploaded_model(files, batch, columns)
    except CheckpointError as refusal:
        sentence = str(refusal)
        st.error(escape_streamlit_markdown(sentence))
        named = any(name in sentence for name in files.contents)
        return ModelChoice(False, 0, "standard", refusal=sentence if named else f"{files.names}: {sentence}")
    missing = "" if model else f"{files.names} is open. Say in the “Model” menu above how it reads the sequence."
    return ModelChoice(False, 0, "standard", model, missing)
