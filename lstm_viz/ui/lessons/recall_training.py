"""How the gates of the first model learned: its training's checkpoints beside its run, and their charts."""

from __future__ import annotations

from dataclasses import replace
from functools import cache, partial

import numpy as np

from lstm_viz.bundled.cards import FIRST_MODEL
from lstm_viz.bundled.recall_checkpoints import recall_checkpoints
from lstm_viz.figures.gates.checkpoints import STRIPS, checkpoint_answers
from lstm_viz.figures.memory.half_life import checkpoint_half_lives
from lstm_viz.figures.run_view import Checkpoints, checkpoint_array
from lstm_viz.figures.viewport_builder import CHECKPOINTS
from lstm_viz.lessons.recall_training import CheckpointRuns, run_checkpoints
from lstm_viz.ui.stage.bundled_runs import cards, example_batch
from lstm_viz.ui.stage.charts import CHECKPOINT_STRIPS, Chart, Rows
from lstm_viz.ui.stage.shared import BundledIdentity
from lstm_viz.ui.stage.views import View

#: Factors are sent as multiples of one part in this number.
GRAIN = 2**14


@cache
def recall_checkpoint_runs() -> CheckpointRuns:
    """The run of every stored checkpoint on the example of the first model."""
    return run_checkpoints(example_batch(cards()[FIRST_MODEL].example))


def with_recall_checkpoints(view: View) -> View:
    """The first model's view with the gates of every checkpoint of its training; any other view as it is."""
    if not isinstance(view.identity, BundledIdentity) or view.identity[:1] + view.identity.choices[:1] != (
        "bundled view",
        FIRST_MODEL,
    ):
        return view
    runs, stored = recall_checkpoint_runs(), recall_checkpoints()
    biases = sorted(stored.weights)
    gates = {
        checkpoint_array(strip.array, training, checkpoint): _rounded(getattr(runs, strip.array)[training, checkpoint])
        for strip in STRIPS
        for training in range(len(biases))
        for checkpoint in range(len(stored.updates))
    }
    known = Checkpoints(stored.updates, tuple(f"forget bias {'+' if bias > 0 else ''}{bias}" for bias in biases))
    shown = replace(view, extras={**view.extras, **gates}, checkpoints=known)
    return shown.bundled_as("recall checkpoints", *view.identity.choices)


def _rounded(gate: np.ndarray) -> np.ndarray:
    """Factors to within 0.00003: exact ones would take a message more than twice the bytes."""
    return np.round(gate * GRAIN) / GRAIN


def recall_training_charts(view: View) -> Rows:
    """Gates by checkpoint, then half-lives beside what is answered right."""
    runs = recall_checkpoint_runs()
    lives = Chart("checkpoint-halves", partial(checkpoint_half_lives, half_lives=runs.half_lives), (CHECKPOINTS,))
    answers = partial(checkpoint_answers, waits=runs.waits, shares=runs.shares, right=runs.right)
    return [[CHECKPOINT_STRIPS], [lives, Chart("checkpoint-answers", answers, (CHECKPOINTS,))]]
