"""Moments of a lesson's paragraphs: the step, beat and sequence of a run that each of them is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lstm_viz.analysis.landmark_steps import landmarks
from lstm_viz.figures.moment import Moment
from lstm_viz.lessons.texts import Paragraph
from lstm_viz.traces import LayerTrace


def lesson_steps(layer: LayerTrace, unit: int, sequence: int = 0, steps: int = 32) -> dict[str, int]:
    """The landmarks of a unit, and "other_write": where it learns most but for "write", so that lessons can differ.

    >>> from lstm_viz.bundled import first_view
    >>> found = lesson_steps(first_view()[0].layers[0], unit=6)
    >>> found["write"] + 1, found["other_write"] + 1
    (17, 7)
    """
    found = landmarks(layer, unit, sequence, steps)
    if layer.learned is None:
        return found | {"other_write": found["write"]}
    written = np.nan_to_num(np.abs(np.asarray(layer.learned[: found["last"] + 1, sequence, unit], float)))
    written[[found["first"], found["write"]]] = -1
    other = int(written.argmax())
    return found | {"other_write": other if written[other] >= 0 else found["write"]}


def paragraph_moment(paragraph: Paragraph, layer: LayerTrace, at: Moment) -> Moment | None:
    """Where a paragraph points in this run, with the unit of `at`; None where it points nowhere."""
    if paragraph.step is None:
        return None
    sequences = layer.lengths.shape[0]
    sequence = at.sequence if paragraph.sequence is None else min(paragraph.sequence, sequences - 1)
    if paragraph.step.isdigit():
        step = min(int(paragraph.step), int(layer.lengths[sequence])) - 1
    else:
        step = lesson_steps(layer, at.unit, sequence)[paragraph.step]
    return replace(at, step=step, sequence=sequence, beat=at.beat if paragraph.beat is None else paragraph.beat)


def question_place(paragraphs: Sequence[Paragraph]) -> int:
    """How many paragraphs come before the lesson's question; all of them where no paragraph asks for it."""
    return next((place for place, paragraph in enumerate(paragraphs) if paragraph.asks), len(paragraphs))
