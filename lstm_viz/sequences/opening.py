"""One call from a file, its bytes or a pasted text to a batch."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from lstm_viz.sequences.batches import SequenceBatch
from lstm_viz.sequences.choices import suggest_choices
from lstm_viz.sequences.preparing import prepare
from lstm_viz.sequences.reading import read_pasted, read_table


def read_sequence(source: bytes | str | os.PathLike[str], name: str = "", **choices: Any) -> SequenceBatch:
    """The sequences in a file (a path or its bytes) or in a text, with the choices that suit them.

    Keywords override choices, by their names in `Choices`: features, time, sequence, gaps,
    standardise, rows, steps, vocabulary. A string is a path where such a file exists, else the
    text itself. Raises SequenceError with one sentence for a person.

    >>> batch = read_sequence("1.0 2.0 4.0 8.0", standardise=False)
    >>> batch.values.ravel().tolist()
    [1.0, 2.0, 4.0, 8.0]
    """
    pasted = isinstance(source, str) and not _is_file(source)
    table = read_pasted(source) if pasted else read_table(source, name)
    return prepare(table, suggest_choices(table).but(**choices))


def _is_file(text: str) -> bool:
    try:
        return "\n" not in text and Path(text).is_file()
    except (OSError, ValueError):
        return False
