"""What a step is called: a date, a character, or its row's number."""

from __future__ import annotations

import numpy as np

from lstm_viz.sequences.choices import TEXT_COLUMN, Choices, is_text
from lstm_viz.sequences.grouping import padded
from lstm_viz.sequences.tables import Table
from lstm_viz.sequences.wording import LONGEST, texts

#: Characters that can't be seen, as they are shown.
SHOWN = {"\n": "⏎", " ": "␣", "\t": "⇥", "\r": "␍"}


def step_labels(table: Table, choices: Choices, groups: list[np.ndarray]) -> np.ndarray:
    """(time, batch) texts, "" past a sequence's end."""
    return padded(_words(table, choices), groups)


def _words(table: Table, choices: Choices) -> np.ndarray:
    if is_text(table):
        return np.array([SHOWN.get(character, character) for character in table.columns[TEXT_COLUMN].tolist()])
    if choices.time is None:
        return np.arange(1, table.rows + 1).astype(str)
    words = texts(table.columns[choices.time])
    return np.where(words == "", f"no {choices.time}"[:LONGEST], words)
