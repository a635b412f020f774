"""Moments of a lesson's paragraphs: the step, beat and sequence of a run that each of them is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lstm_viz.analysis.landmark_steps import KEEP_THRESHOLD, landmarks
from lstm_viz.figures.moment import Moment
from lstm_viz.lessons.claims import SHUT, SMALL, UNCHANGED
from lstm_viz.lessons.placeholders import STEPS
from lstm_viz.lessons.texts import Paragraph
from lstm_viz.traces import LayerTrace

#: Names of steps that every run has, and of those that a run may lack.
ALWAYS = ("first", "last", "write", "before", "forget", "use", "other_write", "shut", "least_use")
AT_TIMES = ("wait", "stays", "hides")


def lesson_steps(layer: LayerTrace, unit: int, sequence: int = 0, steps: int = STEPS) -> dict[str, int]:
    """The landmarks of a unit in the first `steps`, and further steps that lessons speak of.

    "other_write": where it learns most but for "write"; "shut": where the combined value is largest while the ignore
    factor is below 0.1, or else where that factor is smallest; "least_use": where the use factor is smallest; "stays":
    where it holds most while the memory changes by less than 0.01; "hides": where it holds most while the use factor is
    below 0.1. The last two are missing where there is no such step, as "wait" is where no forget factor is above 0.9.

    >>> from lstm_viz.bundled import first_view
    >>> found = lesson_steps(first_view()[0].layers[0], unit=6)
    >>> found["write"] + 1, found["other_write"] + 1, found["shut"] + 1
    (17, 7, 6)
    """
    found = landmarks(layer, unit, sequence, steps)
    if layer.cell_state is None:
        del found["wait"]
        return found | dict.fromkeys(("other_write", "shut", "least_use"), found["write"])
    of_unit = {
        name: np.nan_to_num(np.asarray(getattr(layer, name)[: found["last"] + 1, sequence, unit], float))
        for name in ("learned", "candidate", "input_gate", "forget_gate", "output_gate", "cell_state")
    }
    written, ignore, use, held = (
        np.abs(of_unit[name]) for name in ("learned", "input_gate", "output_gate", "cell_state")
    )
    written[[found["first"], found["write"]]] = -1
    other = int(written.argmax())
    shut = np.where(ignore < SHUT, np.abs(of_unit["candidate"]), -1.0)
    named = found | {
        "other_write": other if written[other] >= 0 else found["write"],
        "shut": int(shut.argmax() if shut.max() >= 0 else ignore.argmin()),
        "least_use": int(use.argmin()),
    }
    if of_unit["forget_gate"][named["wait"]] <= KEEP_THRESHOLD:
        del named["wait"]
    before = np.nan_to_num(np.asarray(layer.previous_cell_state[: found["last"] + 1, sequence, unit], float))
    unchanged = (np.abs(of_unit["cell_state"] - before) < UNCHANGED) & (np.abs(before) >= 2 * SMALL)
    for name, mask in {"stays": unchanged, "hides": (use < SHUT) & (held >= 2 * SMALL)}.items():
        if mask.any():
            named[name] = int(np.where(mask, held, -1.0).argmax())
    return named


def paragraph_moment(paragraph: Paragraph, layer: LayerTrace, at: Moment) -> Moment | None:
    """Where a paragraph points in this run, with the unit of `at`; None where it points nowhere."""
    if paragraph.step is None:
        return None
    sequences = layer.lengths.shape[0]
    sequence = at.sequence if paragraph.sequence is None else min(paragraph.sequence, sequences - 1)
    if paragraph.step.isdigit():
        step = min(int(paragraph.step), int(layer.lengths[sequence])) - 1
    else:
        steps = lesson_steps(layer, at.unit, sequence)
        step = next(steps[name] for name in paragraph.step.split() if name in steps)
    return replace(at, step=step, sequence=sequence, beat=at.beat if paragraph.beat is None else paragraph.beat)


def question_place(paragraphs: Sequence[Paragraph]) -> int:
    """How many paragraphs come before the lesson's question; all of them where no paragraph asks for it."""
    return next((place for place, paragraph in enumerate(paragraphs) if paragraph.asks), len(paragraphs))
