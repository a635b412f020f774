"""A model's run on a sequence in Explore; the model is bundled, fitted or uploaded, or the run was saved."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lstm_viz.cells.activation_functions import CellActivations
from lstm_viz.checkpoints.formatting import printable
from lstm_viz.sequences.batch import SequenceBatch
from lstm_viz.sequences.findings import Finding
from lstm_viz.traces import Trace
from lstm_viz.ui.explore.fit_checkpoints import FitCheckpoints
from lstm_viz.ui.stage.answer_numbers import NO_NUMBERS, AnswerNumbers
from lstm_viz.ui.stage.views import Note


@dataclass(frozen=True, eq=False)
class Run:
    """A model's run on a batch, and its answers; `name` tells it from every other of the session."""

    name: str
    #: What the model is called in a saved file's name.
    model_name: str
    trace: Trace
    #: (time, batch) texts; None for a model that is not asked for any.
    answers: np.ndarray | None
    #: The model in a sentence, and what there is to look for in its units.
    description: str
    notes: tuple[Note, ...] = ()
    #: The numbers behind the answers, where they are known.
    answer_numbers: AnswerNumbers = NO_NUMBERS
    #: What the model was given, where it is not the sequence as it is.
    batch: SequenceBatch | None = None
    #: What a person should not miss of the model.
    findings: tuple[Finding, ...] = ()
    #: The model in a few words, for the line over the picture; "" where the sequence's name says it.
    model_title: str = ""
    #: The key of the bundled model, where it runs on its own example: nothing of a person's own is in such a run.
    bundled: str = ""
    #: The checkpoints of the fit, where the model was fitted here.
    checkpoints: FitCheckpoints | None = None


def not_drawable_sentence(name: str, functions: CellActivations, way: str) -> str:
    """Why a cell of such functions has no pictures, and the command that shows its numbers."""
    return f"“{printable(name)}” can't be drawn: {functions.why_not_drawable} Its numbers, in a terminal: {way}."
