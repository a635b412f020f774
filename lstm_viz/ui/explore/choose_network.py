"""The model beside a sequence: the bundled one that was trained for it, or a small one fitted here and now."""

from __future__ import annotations

from typing import NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lstm_viz.sequences.batch import SequenceBatch
from lstm_viz.sequences.choices import Choices
from lstm_viz.traces import Variant
from lstm_viz.ui.explore.fit import FitSettings, fitted_run
from lstm_viz.ui.explore.own_model import OwnModel, choose_own_model
from lstm_viz.ui.explore.own_model_run import run_own_model
from lstm_viz.ui.explore.run import Run
from lstm_viz.ui.explore.upload import Source
from lstm_viz.ui.session import session
from lstm_viz.ui.stage.bundled_runs import bundled_notes, bundled_run, cards

FIT = "Fit a small one"
OWN = "A model of yours"
UNITS = (4, 8, 16, 32, 64)


class ModelChoice(NamedTuple):
    """What a person asked for: the bundled model, one of their own, or a fit of this size and kind."""

    bundled: bool
    units: int
    variant: Variant
    own: OwnModel | None = None
    waits: bool = False


def choose_network(bar: DeltaGenerator, source: Source, batch: SequenceBatch, choices: Choices) -> Run | None:
    """The run to look at; None while a fit was cancelled or there is nothing to learn from."""
    trained = source.example.model if source.example and choices == source.suggested else None
    with bar.popover("Model"):
        wish = _choose_model(trained, batch)
    if wish.bundled and trained:
        card, (trace, answers) = cards()[trained], bundled_run(trained)
        description = f"{card.description} {card.held_out.sentence}"
        return Run(f"bundled {trained}", trace, answers, description, bundled_notes(trained))
    if wish.own is not None:
        return run_own_model(wish.own, batch, f"{source.identity} {choices}")
    if wish.waits:
        st.info("Bring a model's file in the “Model” menu above, and say there how it reads the sequence.")
        return None
    return fitted_run(FitSettings(source.identity, choices, wish.units, wish.variant), batch)


def _choose_model(trained: str | None, batch: SequenceBatch) -> ModelChoice:
    options = [FIT, OWN] if trained is None else [cards()[trained].title, FIT, OWN]
    # A model that a person brought goes with them from sequence to sequence.
    usual = options.index(OWN) if session.own_model_chosen else 0
    chosen = st.selectbox("Model", options, usual, key=f"network {trained}")
    session.own_model_chosen = chosen == OWN
    if chosen == OWN:
        return ModelChoice(False, 0, "standard", own := choose_own_model(batch), waits=own is None)
    if chosen != FIT:
        return ModelChoice(True, 0, "standard")
    units = st.selectbox("Units", UNITS, UNITS.index(8), key="units", persist_state="session")
    variant = st.segmented_control(
        "Cell", ("Standard", "Course"), default="Standard", required=True, key="cell variant", persist_state="session"
    )
    return ModelChoice(False, int(units), "course" if variant == "Course" else "standard")
