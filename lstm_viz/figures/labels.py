"""Labels that a figure shows at a moment: names of steps, events, units and answers, and the axis ranges they fit."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from html import escape, unescape
from typing import Any

import numpy as np

from lstm_viz.figures.formats import plain
from lstm_viz.figures.moment import BEATS, INSPECTABLE_GATES, Moment
from lstm_viz.figures.run_view import LazyTexts, StepTexts, Texts
from lstm_viz.figures.viewport import Viewport
from lstm_viz.sequences.batch import SequenceBatch
from lstm_viz.sequences.formatting import VISIBLE_CHARACTERS

#: Stands for no text: Plotly takes an empty one out of the picture for good.
BLANK = " "
#: What each gate that can be opened is called on the page.
GATE_NAMES = {
    "forget_gate": "forget factor",
    "input_gate": "ignore factor",
    "candidate": "combined value",
    "output_gate": "use factor",
    "readout": "offered value",
}
#: A tick a step while the labels are this short; otherwise only so many ticks.
SHORT_LABEL = 2
MAX_TICKS = 4
#: Signs of short labels that a row of ticks has room for.
TICK_SIGNS = 44


def label_value(name: str, viewport: Viewport, moment: Moment) -> Any:
    """The label of this name at a moment: a text, a list of them, or an axis range."""
    return _LABELS[name](viewport, moment)


def escape_markup(text: object) -> str:
    """Text from outside, escaped for Plotly, which reads tags and entities.

    >>> escape_markup("<b>&")
    '&lt;b&gt;&amp;'
    """
    return str(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def visible(text: object) -> str:
    """A character that can't be seen, as it is shown; any other text as it is.

    >>> visible(" "), visible("a b")
    ('␣', 'a b')
    """
    return VISIBLE_CHARACTERS.get(str(text), str(text))


def truncate(name: str, length: int = 14) -> str:
    """A name cut to so many characters.

    >>> truncate("precipitation", 12)
    'precipitati…'
    """
    return name if len(name) <= length else name[: length - 1] + "…"


def _event(viewport: Viewport, moment: Moment) -> list[str]:
    return [
        str(viewport.events_in(moment.layer)[moment.step - viewport.start, moment.sequence])
        if viewport.reads_input(moment.layer)
        else "the layer below"
    ]


#: Lines of an event that is written out: its name, some values, and that there are more.
EVENT_LINES = 5


def has_tile(viewport: Viewport, moment: Moment) -> bool:
    """Whether the step's event is a letter or a sign, which stands on a tile; others are written out."""
    if not viewport.reads_input(moment.layer):
        return False
    label = str(visible(viewport.labels_in(moment.layer)[moment.step - viewport.start, moment.sequence]))
    return bool(label.strip()) and len(label) <= SHORT_LABEL and "<br>" not in _event(viewport, moment)[0]


def _event_tile(viewport: Viewport, moment: Moment) -> list[str]:
    label = viewport.labels_in(moment.layer)[moment.step - viewport.start, moment.sequence]
    return [escape_markup(visible(label)) if has_tile(viewport, moment) else BLANK]


def _event_words(viewport: Viewport, moment: Moment) -> list[str]:
    """The event in Plotly's mark-up where it has no tile."""
    return [BLANK] if has_tile(viewport, moment) else _event(viewport, moment)


def _event_plain(viewport: Viewport, moment: Moment) -> str:
    """The event as plain words, for a sentence."""
    lines = re.sub("<.*?>", "", _event(viewport, moment)[0].replace("<br>", ", "))
    return unescape(lines).strip() or "none"


def _event_lines(viewport: Viewport, moment: Moment) -> list[str]:
    lines = [] if has_tile(viewport, moment) else _event(viewport, moment)[0].split("<br>")[:EVENT_LINES]
    return [*lines, *[BLANK] * (EVENT_LINES - len(lines))]


def _answer(viewport: Viewport, moment: Moment) -> list[str]:
    return [BLANK] if moment.beat < BEATS.index("use") else [_answer_text(viewport, moment) or BLANK]


#: Signs and lines of an answer in words that the cell has room for.
ANSWER_SIGNS, ANSWER_LINES = 19, 4


def _answer_value(viewport: Viewport, moment: Moment) -> list[str]:
    """The answer without the word before it, for a place that has a title and room for short lines."""
    answers = viewport.answers_in(moment.layer)
    if moment.beat < BEATS.index("use") or answers is None:
        return [BLANK]
    text = str(answers[moment.step - viewport.start, moment.sequence]).removeprefix("answer: ")
    return ["<br>".join(map(escape_markup, wrap_words(text, ANSWER_SIGNS, ANSWER_LINES))) or BLANK]


def wrap_words(text: str, room: int, most: int) -> list[str]:
    """Words in lines of so much room, and no more lines than that; what has no room is cut.

    >>> wrap_words("discharge: 12.5 m³/s, 3.25 more of it", 19, 2)
    ['discharge: 12.5', 'm³/s, 3.25 more of…']
    """
    lines: list[str] = []
    for word in text.split(" "):
        if lines and len(lines[-1]) + 1 + len(word) <= room:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    if len(lines) > most:
        lines = [*lines[: most - 1], " ".join(lines[most - 1 :])]
    return [truncate(line, room) for line in lines]


def _answer_text(viewport: Viewport, moment: Moment) -> str:
    """What the model says at the step, in the run that the layer belongs to; nothing where it says nothing."""
    answers = viewport.answers_in(moment.layer)
    return "" if answers is None else escape_markup(answers[moment.step - viewport.start, moment.sequence])


def _lanes(viewport: Viewport, moment: Moment) -> list[int]:
    return list(viewport.lanes_around(moment.sequence))


def _lane(viewport: Viewport, moment: Moment) -> list[int]:
    """The followed sequence's lane."""
    return [moment.sequence]


def _lane_steps(viewport: Viewport, moment: Moment) -> list[int]:
    """The followed sequence's lane, once a step."""
    return [moment.sequence] * len(window_steps(viewport, moment))


def _sequences(viewport: Viewport, moment: Moment) -> list[str]:
    return [
        escape_markup(truncate(str(viewport.sequence_names[lane]))) for lane in viewport.lanes_around(moment.sequence)
    ]


def _lane_labels(viewport: Viewport, moment: Moment) -> list[list[str]]:
    steps, lanes = window_steps(viewport, moment), list(viewport.lanes_around(moment.sequence))
    held = viewport.labels[steps.start - viewport.start : steps.stop - viewport.start][:, lanes]
    return [[escape_markup(label) for label in lane] for lane in held.T]


def _memory(viewport: Viewport, moment: Moment) -> str:
    memory = "Short-term memory" if viewport.layers[moment.layer].cell_state is None else "Long-term memory"
    return f"<b>{memory} of unit {moment.unit + 1}</b>"


def _lanes_title(viewport: Viewport, moment: Moment) -> str:
    return f"{_memory(viewport, moment)}  in every sequence"


def _overview_title(viewport: Viewport, moment: Moment) -> str:
    return f"{_memory(viewport, moment)}  the whole run; drag the window"


def _lane_range(viewport: Viewport, moment: Moment) -> list[float]:
    lanes = viewport.lanes_around(moment.sequence)
    return [lanes.stop - 0.5, lanes.start - 0.5]


def _next_step(viewport: Viewport, moment: Moment) -> list[str]:
    """Where what leaves the step goes; a layer that reads from the end goes on to the step before."""
    return ["to the step before →" if viewport.layers[moment.layer].reverse else "to the next step →"]


def _next_step_short(viewport: Viewport, moment: Moment) -> list[str]:
    return ["step before →" if viewport.layers[moment.layer].reverse else "next →"]


def _unit(viewport: Viewport, moment: Moment) -> list[str]:
    return [f"unit {moment.unit + 1}"]


def _gate(viewport: Viewport, moment: Moment) -> str:
    return GATE_NAMES[INSPECTABLE_GATES[moment.gate]]


def _step(viewport: Viewport, moment: Moment) -> str:
    return str(moment.step + 1)


def _units(viewport: Viewport, moment: Moment) -> list[str]:
    numbers = viewport.units[moment.layer]
    return [str(int(numbers[row]) + 1) for row in viewport.shown_rows(moment.layer, moment.unit)]


def _rows(viewport: Viewport, moment: Moment) -> list[int]:
    return list(range(len(viewport.shown_rows(moment.layer, moment.unit))))


def _bins(viewport: Viewport, moment: Moment) -> list[float]:
    """The middle of each bin of the overview, in steps counted from 1."""
    edges = viewport.required_overview.edges
    return ((edges[:-1] + edges[1:] + 1) / 2).tolist()


def _steps(viewport: Viewport, moment: Moment) -> list[int]:
    return [step + 1 for step in window_steps(viewport, moment)]


def _tick_steps(viewport: Viewport, moment: Moment) -> list[int]:
    return [step + 1 for step in _ticks(viewport, moment)]


def _tick_labels(viewport: Viewport, moment: Moment) -> list[str]:
    labels = viewport.labels_in(moment.layer)
    return [escape_markup(labels[step - viewport.start, moment.sequence]) for step in _ticks(viewport, moment)]


def _window_range(viewport: Viewport, moment: Moment) -> list[float]:
    steps = window_steps(viewport, moment)
    return [steps.start + 0.5, steps.stop + 0.5]


def _row_range(viewport: Viewport, moment: Moment) -> list[float]:
    return [len(viewport.shown_rows(moment.layer, moment.unit)) - 0.5, -0.5]


def window_steps(viewport: Viewport, moment: Moment) -> range:
    """The steps of the window that are held."""
    return range(moment.window, min(moment.window + viewport.window, viewport.start + len(viewport.labels)))


def _ticks(viewport: Viewport, moment: Moment) -> list[int]:
    steps = window_steps(viewport, moment)
    held = viewport.labels[steps.start - viewport.start : steps.stop - viewport.start]
    longest = max((len(str(label)) for label in held.ravel()), default=0)
    count = MAX_TICKS if longest > SHORT_LABEL else TICK_SIGNS // max(1, longest)
    stride = max(1, int(np.ceil(len(steps) / count)))
    return list(steps)[::stride]


_LABELS: dict[str, Callable[[Viewport, Moment], Any]] = {
    "event": _event,
    "event tile": _event_tile,
    "event lines": _event_lines,
    "event words": _event_words,
    "event plain": _event_plain,
    "answer": _answer,
    "answer value": _answer_value,
    "answer text": _answer_text,
    "lanes": _lanes,
    "lane": _lane,
    "lane steps": _lane_steps,
    "sequences": _sequences,
    "lane labels": _lane_labels,
    "lanes title": _lanes_title,
    "overview title": _overview_title,
    "lane range": _lane_range,
    "gate": _gate,
    "step": _step,
    "unit": _unit,
    "next step": _next_step,
    "next step short": _next_step_short,
    "units": _units,
    "bins": _bins,
    "rows": _rows,
    "steps": _steps,
    "tick steps": _tick_steps,
    "tick labels": _tick_labels,
    "window range": _window_range,
    "row range": _row_range,
}


#: Values that are written out beside the picture, and signs of a feature's name that have room there.
MAX_VALUES, MAX_FEATURE_NAME = 3, 13


def batch_texts(batch: SequenceBatch, answers: np.ndarray | None = None) -> StepTexts[Texts]:
    """What a batch's steps and events are called, and what a model says to them, (time, batch) texts."""
    labels = batch.step_labels
    return StepTexts(labels, LazyTexts(labels.shape, partial(event_texts, batch)), answers)


def event_texts(batch: SequenceBatch, steps: slice) -> np.ndarray:
    """(steps, batch) texts in Plotly's mark-up; a file's own words are escaped.

    A symbol or a character stands alone and bold; a date or a number has its values under it, and
    a value that was put into a gap of the file says so.
    """
    labels = batch.step_labels[steps]
    if _are_symbols(labels):
        return np.array([[f"<b>{escape(str(label))}</b>" for label in row] for row in labels], dtype=object)
    names = [escape(truncate(str(name), MAX_FEATURE_NAME)) for name in batch.names[:MAX_VALUES]]
    more = f"<br>and {len(batch.names) - MAX_VALUES} more" if len(batch.names) > MAX_VALUES else ""
    gaps = np.zeros(batch.values.shape, bool) if batch.filled is None else batch.filled
    rest = np.clip(batch.lengths - steps.start, 0, None)
    unscaled = None if batch.unscaled is None else batch.unscaled[steps]
    part = replace(batch, values=batch.values[steps], unscaled=unscaled, filled=None, lengths=rest)
    values = part.original[..., :MAX_VALUES]
    filled = gaps[steps, :, :MAX_VALUES]
    texts = [
        [_written(label, names, row, gap) + more for label, row, gap in zip(line, block, put, strict=True)]
        for line, block, put in zip(labels, values, filled, strict=True)
    ]
    return np.array(texts, dtype=object)


def _are_symbols(labels: np.ndarray) -> bool:
    """Whether steps are called by what they are, letters and signs, rather than by a date or a number."""
    words = [str(label) for label in labels.ravel() if str(label)]
    return all(len(word) <= SHORT_LABEL for word in words) and not all(word.isdigit() for word in words)


def _written(label: str, names: list[str], values: np.ndarray, filled: np.ndarray) -> str:
    rows = [
        f"{name} {plain(float(value))}" + (" (filled)" if gap else "")
        for name, value, gap in zip(names, values, filled, strict=True)
    ]
    return "<br>".join([f"<b>{escape(str(label))}</b>", *rows])
