"""Moments of a lesson's paragraphs: the step, beat and sequence of a run that each of them is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lstm_viz.analysis.landmark_steps import KEEP_THRESHOLD, landmarks
from lstm_viz.figures.moment import Moment
from lstm_viz.lessons.texts import Paragraph
from lstm_viz.traces import LayerTrace

#: Names of steps that every run has, and of those that a run may lack.
ALWAYS = ("first", "last", "write", "before", "forget", "use", "other_write", "shut")
AT_TIMES = ("wait", "stays", "hides")
#: A memory that changes by less stays, and a use factor below this hides.
UNCHANGED, HIDDEN = 0.01, 0.1


def lesson_steps(layer: LayerTrace, unit: int, sequence: int = 0, steps: int = 32) -> dict[str, int]:
    """The landmarks of a unit in the first `steps`, and further steps that lessons speak of.

    "other_write": where it learns most but for "write"; "shut": where its ignore factor is smallest, the first step
    left out; "stays": where it holds most while the memory changes by less than 0.01; "hides": where it holds most
    while the use factor is below 0.1. "wait" is missing where no factor is above 0.9, as the last two are where there
    is no such step.

    >>> from lstm_viz.bundled import first_view
    >>> found = lesson_steps(first_view()[0].layers[0], unit=6)
    >>> found["write"] + 1, found["other_write"] + 1
    (17, 7)
    """
    found = landmarks(layer, unit, sequence, steps)
    if layer.cell_state is None:
        return {name: step for name, step in found.items() if name != "wait"} | {
            "other_write": found["write"],
            "shut": found["write"],
        }
    learned, ignore, forget, use, before, after = (
        np.nan_to_num(np.asarray(values)[: found["last"] + 1, sequence, unit].astype(float))
        for values in (
            layer.learned,
            layer.input_gate,
            layer.forget_gate,
            np.ones_like(layer.cell_state) if unit >= layer.output_gate.shape[-1] else layer.output_gate,
            layer.previous_cell_state,
            layer.cell_state,
        )
    )
    written = np.abs(learned)
    written[[found["first"], found["write"]]] = -1
    other = int(written.argmax())
    first = min(1, found["last"])
    named = found | {
        "other_write": other if written[other] >= 0 else found["write"],
        "shut": first + int(ignore[first:].argmin()),
    }
    if forget[named["wait"]] <= KEEP_THRESHOLD:
        del named["wait"]
    for name, mask in {"stays": np.abs(after - before) < UNCHANGED, "hides": use < HIDDEN}.items():
        held = np.where(mask, np.abs(after), 0.0)
        if held.max() > 0:
            named[name] = int(held.argmax())
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
