"""Worksheets: a lesson's sums as blanks on A4, of a sequence and unit drawn by a seed, and their key.

Every number is of the run. Steps are drawn among those at which a sum, done by hand with the rounded numbers that are
printed, gives the rounded number of the run, so that a key is right to its last digit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from html import escape
from importlib.resources import files
from string import Template
from typing import NamedTuple

import numpy as np

from lstm_viz.figures.formats import checks, plain, signed
from lstm_viz.figures.moment import Moment
from lstm_viz.figures.run_view import RunView
from lstm_viz.figures.viewport import SIGMOID_GATES
from lstm_viz.lessons.placeholders import event_name, value_at
from lstm_viz.lessons.questions import Question, question
from lstm_viz.lessons.sections import SECTIONS, Section
from lstm_viz.traces import LayerTrace

#: Moments that are tried for one row; steps of a sequence among which they are drawn.
TRIES, STEPS = 3000, 200
#: Sheets at once: a class.
MOST_SHEETS = 40


class Sum(NamedTuple):
    """A sum or product of two arrays of a trace: their names, "×" or "+", and the array that it gives."""

    left: str
    by: str
    right: str
    result: str


LEARN = Sum("candidate", "×", "input_gate", "learned")
FORGET = Sum("previous_cell_state", "×", "forget_gate", "kept")
REMEMBER = Sum("kept", "+", "learned", "cell_state")
USE = Sum("readout", "×", "output_gate", "hidden_state")
#: What an array is called on a sheet.
CALLED = {
    "candidate": "combined value",
    "input_gate": "ignore factor",
    "learned": "learned",
    "previous_cell_state": "LTM′",
    "forget_gate": "forget factor",
    "kept": "kept",
    "cell_state": "LTM",
    "readout": "offered value",
    "output_gate": "use factor",
    "hidden_state": "STM",
}


@dataclass(frozen=True)
class Blank:
    """One line with a blank: what stands before it, and what belongs into it.

    A blank of the run says which number of the trace it is; one of counting says none. `carried` are those of its two
    numbers that a blank above it asks for, so that they are left out as well.
    """

    left: str
    by: str
    right: str
    answer: str
    result: Sum | None = None
    at: Moment | None = None
    carried: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Row:
    """The lines of one step and unit, under words that say where in the run it is."""

    where: str
    blanks: tuple[Blank, ...]


@dataclass(frozen=True)
class Sheet:
    """One worksheet; two of the same lesson, run and seed are the same."""

    lesson: Section
    seed: int
    task: str
    rows: tuple[Row, ...]
    asked: Question | None = None

    @property
    def blanks(self) -> Iterator[Blank]:
        """All blanks, from top to bottom."""
        for row in self.rows:
            yield from row.blanks


def worksheet(lesson: Section, view: RunView, seed: int) -> Sheet:
    """The worksheet of a lesson over a run, drawn by a seed; of as many rows as the run has sums that come out.

    >>> from lstm_viz.bundled import first_view
    >>> from lstm_viz.lessons.sections import section
    >>> sheet = worksheet(section("forget_gate"), RunView(first_view()[0]), seed=1)
    >>> len(sheet.rows), sheet == worksheet(section("forget_gate"), RunView(first_view()[0]), seed=1)
    (5, True)
    """
    drawn = np.random.default_rng([lesson.number, seed])
    if lesson.name == "sequences_of_data":
        return Sheet(lesson, seed, CUTTING, tuple(_cuts(drawn, 3)))
    task, sums, count = TASKS[lesson.name]
    layer = view.trace.layers[0]
    moments = _moments(layer, sums, count, drawn) if layer.cell_state is not None else []
    rows = tuple(_row(layer, view, sums, at) for at in moments)
    asked = question(lesson.name, layer, moments, view.labels) if moments else None
    return Sheet(lesson, seed, task, rows, asked)


#: For each lesson what is to be done, the sums of a row, and how many rows there are.
TASKS: dict[str, tuple[str, tuple[Sum, ...], int]] = {
    "basics": (
        "What was kept and what was learned are added: that is the new long-term memory, LTM. Fill in the blanks.",
        (REMEMBER,),
        5,
    ),
    "rnn_vs_lstm": (
        "At each step the LSTM keeps a part of its long-term memory, LTM′, and adds what it learned. Fill in all.",
        (FORGET, REMEMBER),
        4,
    ),
    "architecture": (
        "All that happens in one unit at one step. Fill in the blanks from top to bottom.",
        (FORGET, LEARN, REMEMBER, USE),
        2,
    ),
    "learn_gate": ("Learned = combined value × ignore factor. Fill in the blanks.", (LEARN,), 5),
    "forget_gate": (
        "Kept = LTM′ × forget factor, where LTM′ is the memory of the step before. Fill in the blanks.",
        (FORGET,),
        5,
    ),
    "remember_gate": ("LTM = kept + learned. Fill in the blanks.", (REMEMBER,), 5),
    "use_gate": ("STM = offered value × use factor. Fill in the blanks.", (USE,), 5),
    "all_together": (
        "One unit, gate by gate. Fill in the blanks from top to bottom, and say in a few words what each unit did.",
        (FORGET, LEARN, REMEMBER, USE),
        3,
    ),
}
CUTTING = (
    "A text is cut into N rows that are read side by side, in windows of M characters. What does not fill a last "
    "window is dropped. Fill in the blanks; characters are counted from 1."
)


def _moments(layer: LayerTrace, sums: Sequence[Sum], count: int, drawn: np.random.Generator) -> list[Moment]:
    """So many moments of different steps at which every sum comes out; those that show something first."""
    steps = np.minimum(layer.lengths, STEPS)
    found: dict[tuple[int, int], Moment] = {}
    for least in (0.05, 0.005):
        for _ in range(TRIES):
            if len(found) == count:
                break
            sequence = int(drawn.integers(len(steps)))
            first = min(1, int(steps[sequence]) - 1)  # nothing is held before the first step
            at = Moment(int(drawn.integers(first, steps[sequence])), 5, int(drawn.integers(layer.units)), sequence)
            if (at.step, sequence) not in found and all(_comes_out(layer, each, at, least) for each in sums):
                found[at.step, sequence] = at
    return sorted(found.values(), key=lambda at: (at.sequence, at.step))


def _comes_out(layer: LayerTrace, each: Sum, at: Moment, least: float) -> bool:
    left, right, result = (value_at(layer, name, at) for name in (each.left, each.right, each.result))
    is_seen = min(abs(left), abs(right), abs(result)) >= least
    return bool(is_seen and checks(left, each.by, right, result))


def _row(layer: LayerTrace, view: RunView, sums: Sequence[Sum], at: Moment) -> Row:
    sequence = f"Sequence {at.sequence + 1}, step" if len(layer.lengths) > 1 else "Step"
    event = event_name(view.labels, at.step, at.sequence)
    where = f"{sequence} {at.step + 1}, event {event}, unit {at.unit + 1}"
    above = [frozenset(before.result for before in sums[:place]) for place in range(len(sums))]
    return Row(where, tuple(_blank(layer, each, at, known) for each, known in zip(sums, above, strict=True)))


def _blank(layer: LayerTrace, each: Sum, at: Moment, above: frozenset[str]) -> Blank:
    def printed(name: str) -> str:
        return (plain if name in SIGMOID_GATES else signed)(value_at(layer, name, at))

    carried = above & {each.left, each.right}
    return Blank(printed(each.left), each.by, printed(each.right), printed(each.result), each, at, carried)


def _cuts(drawn: np.random.Generator, count: int) -> Iterator[Row]:
    """Texts to cut, each with the questions that a window's size answers."""
    for _ in range(count):
        rows, steps = int(drawn.integers(2, 7)), int(drawn.integers(3, 13))
        windows = int(drawn.integers(3, 10))
        length = rows * steps * windows + int(drawn.integers(0, rows * steps))
        row = int(drawn.integers(2, rows + 1))
        where = f"{length} characters, N = {rows} rows, windows of M = {steps} characters"
        yield Row(
            where,
            (
                Blank("characters in a window, in all rows", "", "", f"{rows * steps}"),
                Blank("whole windows", "", "", f"{windows}"),
                Blank("characters that are dropped", "", "", f"{length - rows * steps * windows}"),
                Blank(f"row {row} begins at character", "", "", f"{(row - 1) * steps * windows + 1}"),
                Blank("most steps that a gradient reaches back", "", "", f"{steps}"),
            ),
        )


# As HTML


def worksheets_html(sheets: Sequence[Sheet], model: str, *, with_key: bool) -> str:
    """The sheets as one document for A4, each on a page of its own, and after them their key, where it is asked for.

    model: what ran, in a few words.
    """
    pages = [_sheet_html(sheet, model, is_key=False) for sheet in sheets]
    if with_key:
        pages += [_sheet_html(sheet, model, is_key=True) for sheet in sheets]
    template = files("lstm_viz.lessons").joinpath("worksheet.html").read_text(encoding="utf-8")
    title = f"{sheets[0].lesson.title}: worksheet" if sheets else "Worksheet"
    return Template(template).substitute(title=escape(title), pages="\n".join(pages))


def _sheet_html(sheet: Sheet, model: str, *, is_key: bool) -> str:
    number = f"Lesson {sheet.lesson.number} of {len(SECTIONS)} · sheet {sheet.seed}"
    name = "<p class='name'>Key</p>" if is_key else "<p class='name'>Name <span></span></p>"
    rows = "".join(_row_html(row, is_key) for row in sheet.rows)
    parts = [
        f"<header><div><p class='kicker'>{number}</p><h1>{escape(sheet.lesson.title)}</h1></div>{name}</header>",
        f"<p class='task'>{escape(sheet.task)}</p><ol class='rows'>{rows}</ol>",
        _question_html(sheet.asked, is_key) if sheet.asked else "",
        f"<footer>{escape(model)}. Every number is of its run, rounded to two digits: round yours to two digits, too."
        "</footer>"
        if sheet.lesson.name != "sequences_of_data"
        else "",
    ]
    return f"<section class='sheet{' key' * is_key}'>{''.join(parts)}</section>"


def _row_html(row: Row, is_key: bool) -> str:
    lines = "".join(map(partial(_blank_html, is_key), row.blanks))
    pairs = " class='pairs'" if sum(blank.result is not None for blank in row.blanks) > 1 else ""
    return f"<li><p class='where'>{escape(row.where)}</p><div{pairs}>{lines}</div></li>"


def _blank_html(is_key: bool, blank: Blank) -> str:
    answer = f"<b class='blank'>{escape(blank.answer) if is_key else '&nbsp;'}</b>"
    if blank.result is None:
        return f"<p class='line'><span class='words'>{escape(blank.left)}</span>{answer}</p>"
    made = blank.result
    left, right = (
        _number_html(text, name, is_key or name not in blank.carried)
        for text, name in ((blank.left, made.left), (blank.right, made.right))
    )
    result = f"<span class='number'>{answer}<small>{CALLED[made.result]}</small></span>"
    return f"<p class='line'>{left}<span>{blank.by}</span>{right}<span>=</span>{result}</p>"


def _number_html(text: str, name: str, is_printed: bool) -> str:
    shown = escape(text) if is_printed else "<i class='carried'>&nbsp;</i>"
    return f"<span class='number'>{shown}<small>{CALLED[name]}</small></span>"


def _question_html(asked: Question, is_key: bool) -> str:
    options = "".join(
        f"<li>{'☒' if is_key and place == asked.right else '☐'} {escape(option)}</li>"
        for place, option in enumerate(asked.options)
    )
    reveal = f"<p class='reveal'>{escape(asked.reveal)}</p>" if is_key else ""
    return f"<div class='asked'><p>{escape(asked.text)}</p><ul>{options}</ul>{reveal}</div>"
