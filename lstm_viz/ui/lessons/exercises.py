"""The exercises of a lesson over a run."""

from __future__ import annotations

from lstm_viz.bundled.held_gates import held_gate_outcomes
from lstm_viz.bundled.perturbed_learning import FIRST_KEPT, LAST_KEPT, SEQUENCE, STEP, perturbed_learning
from lstm_viz.figures.gates.perturbed_learning import stm_changes
from lstm_viz.lessons.exercises import Exercise
from lstm_viz.lessons.gate_counts import gate_count_exercise
from lstm_viz.lessons.own_cell import own_cell_exercise, trained_units
from lstm_viz.lessons.perturbed_learning import CHART_TITLE, KEY, perturbed_items
from lstm_viz.sequences.examples import example_task
from lstm_viz.ui.stage.bundled_runs import cards
from lstm_viz.ui.stage.charts import Chart
from lstm_viz.ui.stage.views import View

RECALL = "recall"


def gate_exercises(lesson: str, view: View) -> tuple[Exercise, ...]:
    """The exercises of a gate's lesson; none over a person's own run, whose right answers nobody knows."""
    key = _bundled_key(view)
    if key is None:
        return ()
    found = held_gate_outcomes(key)
    made = None if found is None else gate_count_exercise(lesson, found)
    counts = () if made is None else (made,)
    if lesson != "use_gate" or not shows_perturbed_learning(view):
        return counts
    both = perturbed_learning()
    return (Exercise("", tuple(perturbed_items(both["standard"], both["course"])), {}), *counts)


def own_cell_exercises(view: View) -> tuple[Exercise, ...]:
    """The cell of one's own, beside the run of a model that was trained for the same task."""
    key = _bundled_key(view)
    found = None if key is None else held_gate_outcomes(key)
    if key is None or found is None or cards()[key].task != RECALL:
        return ()
    units = trained_units(cards()[key].findings)
    return (own_cell_exercise(view.trace.layers[0], units, f"{int(found.as_trained)} of {found.total} right"),)


def shows_perturbed_learning(view: View) -> bool:
    """Whether the run is one of both cells' on delayed recall."""
    key = _bundled_key(view)
    return key is not None and cards()[key].task == RECALL


def perturbed_learning_chart() -> Chart:
    """The change of STM in both cells, where a little more is learned at one step."""
    both = perturbed_learning()
    rows = {
        f"Standard cell, unit {both['standard'].unit + 1} learns more": both["standard"].sizes,
        f"Course’s cell, unit {both['course'].unit + 1} learns more": both["course"].sizes,
    }
    events = example_task(RECALL).labels[FIRST_KEPT : LAST_KEPT + 1, SEQUENCE].tolist()
    return Chart(KEY, stm_changes(rows, FIRST_KEPT, STEP, events, CHART_TITLE))


def _bundled_key(view: View) -> str | None:
    """The key of the bundled model whose run on its own example this is; None for any other run."""
    key = view.name.split()[0]
    return key if view.identity is not None and key in cards() else None
