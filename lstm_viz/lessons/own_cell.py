"""Be the cell: delayed recall by a table of gates that the reader sets, and the gates that training chose beside it."""

from __future__ import annotations

from typing import Any

import numpy as np

from lstm_viz.analysis.gate_tables import TABLE_GATES, mean_gate_table
from lstm_viz.lessons.exercises import Exercise, theme_colours
from lstm_viz.lessons.page_text import text_item
from lstm_viz.sequences.examples import example_task
from lstm_viz.sequences.tasks import LETTERS
from lstm_viz.traces import LayerTrace

KEY = "own-cell"
#: The events that a table tells apart: each letter, all that comes between, and the question.
EVENTS = (*LETTERS, "d e ·", "?")
BETWEEN, QUESTION = len(LETTERS), len(LETTERS) + 1
#: Levels of a table as letters, as player/frontend/gate-table.js has them: tenths from 0 to 1, or from -1 to 1.
LEVELS = "abcdefghijklmnopqrstu"
CANDIDATE = TABLE_GATES.index("candidate")


def own_cell_exercise(layer: LayerTrace, units: tuple[int, ...], right: str) -> Exercise:
    """The exercise, beside a trained model's run on the recall example.

    layer: its layer; units: the one that tells each letter from the others best; right: what of the questions it gets.
    """
    said = (
        "Now be the cell. Below the pictures you have three units: you choose what each event does to what they keep, "
        "write and show. At the start unit 1 is set for A. Make it drop A when B or C comes, then set the others. "
        "Can you get all the questions right?"
    )
    labels, events = recall_events()
    task = example_task("recall")
    sequences = tuple(
        {
            "labels": tuple(labels[:, row].tolist()),
            "events": tuple(events[:, row].tolist()),
            "questions": tuple(
                {"step": int(step), "letter": int(task.targets[step, row])}
                for step in np.flatnonzero(task.target_mask[:, row])
            ),
        }
        for row in range(labels.shape[1])
    )
    table = mean_gate_table(layer, events, len(EVENTS))[:, :, list(units)]
    return Exercise(
        KEY,
        (text_item(said, (KEY,)),),
        {
            "title": "Be the cell",
            "lead": "You are the gates. Press a cell of the grid for its next choice, or move a slider for anything in "
            "between. The run is the cell’s own: LTM = forget factor × LTM′ + ignore factor × combined value, and "
            "STM = use factor × tanh(LTM). Your gates read the event alone.",
            "readout": "At “?” the unit with the largest STM answers: unit 1 says A, unit 2 says B, unit 3 says C.",
            "events": EVENTS,
            "letters": LETTERS,
            "units": tuple({"name": f"Unit {k + 1}", "says": f"says {letter}"} for k, letter in enumerate(LETTERS)),
            "start": write_table(first_table()),
            "sequences": sequences,
            "trained": {
                "lead": f"The mean of each gate at each event, in the trained network: it gets {right}. Shown are the "
                f"units whose LTM tells each letter best. It reads its answer from a weighted sum of all "
                f"{layer.units} units, so one unit can help with several letters.",
                "units": tuple(
                    {"name": f"Unit {unit + 1}", "says": f"tells {letter} from the others"}
                    for letter, unit in zip(LETTERS, units, strict=True)
                ),
                "table": tuple(tuple(tuple(round(v, 4) for v in row) for row in gate) for gate in table.tolist()),
            },
            "palettes": theme_colours(),
        },
    )


def recall_events() -> tuple[np.ndarray, np.ndarray]:
    """The signs of the recall example, (time, batch), and which of `EVENTS` each of them is."""
    labels = example_task("recall").labels
    events = np.full(labels.shape, BETWEEN)
    for place, letter in enumerate(LETTERS):
        events[labels == letter] = place
    events[labels == "?"] = QUESTION
    return labels, events


def first_table() -> np.ndarray:
    """The table to begin with: all is kept and shown, and unit 1 writes at A."""
    table = np.zeros((len(TABLE_GATES), len(EVENTS), len(LETTERS)))
    table[TABLE_GATES.index("forget_gate")] = table[TABLE_GATES.index("output_gate")] = 1
    table[CANDIDATE, 0, 0] = table[TABLE_GATES.index("input_gate"), 0, 0] = 1
    return table


def write_table(table: np.ndarray) -> str:
    """A table, (4, events, units), as a short text: one letter a value, in tenths.

    >>> len(write_table(first_table()))
    60
    """
    levels = np.rint(table * 10).astype(int)
    levels[CANDIDATE] += 10
    return "".join(LEVELS[level] for level in levels.ravel())


def trained_units(findings: Any) -> tuple[int, ...]:
    """The unit that tells each letter from the others best, by a model card's findings."""
    by_letter = {
        letter: found.unit
        for found in findings
        for letter in LETTERS
        if found.text == f"Its long-term memory tells {letter} from other letters"
    }
    return tuple(by_letter[letter] for letter in LETTERS)
