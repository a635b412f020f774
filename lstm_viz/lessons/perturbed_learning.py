"""One step later: the question at which step a little more learning first shows in STM, in both cells, and its text."""

from __future__ import annotations

from lstm_viz.bundled.perturbed_learning import AMOUNT, STEP, PerturbedLearning
from lstm_viz.figures.formats import plain
from lstm_viz.lessons.page_text import LessonItem, question_items, text_item
from lstm_viz.lessons.questions import Question

#: The key of the chart, which the text lights.
KEY = "later"
CHART_TITLE = f"How much STM changes, all units added, when {plain(AMOUNT, 1)} more is learned at step {STEP + 1}"


def first_step_question(standard: PerturbedLearning, course: PerturbedLearning) -> Question:
    """At which step STM first changes in each cell.

    >>> from lstm_viz.bundled.perturbed_learning import perturbed_learning
    >>> asked = first_step_question(*perturbed_learning().values())
    >>> asked.options[asked.right]
    'standard: step 17, course: step 18'
    """
    pairs = [(STEP, STEP), (STEP, STEP + 1), (STEP + 1, STEP + 1)]
    right = pairs.index((standard.first_step, course.first_step))  # type: ignore[arg-type]  # both change
    options = tuple(
        f"both: step {one + 1}" if one == other else f"standard: step {one + 1}, course: step {other + 1}"
        for one, other in pairs
    )
    text = (
        f"Say that {plain(AMOUNT, 1)} more is learned at step {STEP + 1} of sequence 1. "
        "At which step does STM change first, in each of the two cells?"
    )
    reveal = (
        "The standard cell’s use gate reads the new memory, so it shows at once. The course’s reads what was kept of "
        "the old one: what is learned now is there one step later."
    )
    reasons = (
        "The course’s use gate does not read what is learned at the same step.",
        "",
        "The standard cell’s use gate reads the new memory at once.",
    )
    return Question(text, options, right, reveal, why=reasons)


def perturbed_items(standard: PerturbedLearning, course: PerturbedLearning) -> list[LessonItem]:
    """The question, and the paragraph that shows its chart."""
    said = (
        f"Both cells ran again with {plain(AMOUNT, 1)} more learned. In the course’s cell it shows one step later. "
        "So at step 1, where nothing is kept yet, its use gate is offered the same whatever the event is. "
        "A trained model from PyTorch, Keras or ONNX is always the standard cell."
    )
    return [*question_items(first_step_question(standard, course)), text_item(said, (KEY,))]
