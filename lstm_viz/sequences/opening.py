"""One call from a file, its bytes or a pasted text to a batch."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from lstm_viz.sequences.batches import SequenceBatch
from lstm_viz.sequences.choices import suggest_choices
from lstm_viz.sequences.errors import SequenceError
from lstm_viz.sequences.preparing import prepare
from lstm_viz.sequences.readers.formats import ENDINGS
from lstm_viz.sequences.reading import read_pasted, read_table


def read_sequence(
    source: bytes | str | os.PathLike[str], name: str = "", *, part: str = "", **choices: Any
) -> SequenceBatch:
    """The sequences in a file (a path or its bytes) or in a text, with the choices that suit them.

    `part` names a workbook's sheet or an NPZ file's array. Other keywords override choices, by
    their names in `Choices`: features, time, sequence, gaps, standardise, rows, steps, vocabulary.
    A string is a path where such a file exists or where it is one word that ends like a file's
    name ("river.csv"), else the text itself. Raises SequenceError with one sentence for a person.

    >>> batch = read_sequence("1.0 2.0 4.0 8.0", standardise=False)
    >>> batch.values.ravel().tolist()
    [1.0, 2.0, 4.0, 8.0]
    """
    if not isinstance(source, bytes | bytearray | memoryview | str | os.PathLike):
        raise SequenceError(f"A path, bytes or a text can be read; this is of the type {type(source).__name__}.")
    pasted = isinstance(source, str) and not _names_a_file(source)
    table = read_pasted(str(source)) if pasted else read_table(source, name, part=part)
    suggested = suggest_choices(table)
    if {"time", "sequence"} & set(choices):
        suggested = suggested.but(features=None)  # a column in another part than suggested is no feature, or is one
    return prepare(table, suggested.but(**choices))


def _names_a_file(text: str) -> bool:
    """Whether a file is meant: one that exists, or a single word that ends as files do."""
    try:
        word = not any(character.isspace() for character in text)
        return "\n" not in text and (Path(text).is_file() or (word and Path(text).suffix[1:].lower() in ENDINGS))
    except (OSError, ValueError):
        return False
