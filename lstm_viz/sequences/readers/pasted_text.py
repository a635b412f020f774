"""A text pasted into a box: numbers, a table, JSON, else characters.

`readers.READER_MODULES` names it, `readers.read` imports it by that name.
"""

from __future__ import annotations

import re

import numpy as np

from lstm_viz.sequences.limits import Limits
from lstm_viz.sequences.readers.dialect import cell_kind
from lstm_viz.sequences.readers.encodings import DecodedText, decode
from lstm_viz.sequences.readers.formats import detect_format
from lstm_viz.sequences.readers.plain_text import looks_tabular, table_or_characters
from lstm_viz.sequences.reading_options import DEFAULTS, ReadingOptions
from lstm_viz.sequences.table import Table


def read(data: bytes, name: str, limits: Limits, options: ReadingOptions = DEFAULTS) -> Table:
    """The table of a pasted text. Raises SequenceError past the limits."""
    text = decode(data)
    if text.characters.lstrip()[:1] in ("[", "{") and detect_format(data, "").format == "json":
        from lstm_viz.sequences.readers import json_tables

        return json_tables.read(data, name, limits, options)
    return _loose_numbers(text, limits) or table_or_characters(text, limits, options)


def _loose_numbers(text: DecodedText, limits: Limits) -> Table | None:
    """Numbers on one line, or wrapped over lines of unequal lengths, as one column in reading order."""
    words = re.split(r"[\s;]+|,(?!\d)\s*|(?<=\d),(?=[\d.+-])", text.characters.strip().rstrip(",;"))
    lines = text.characters.strip().count("\n") + 1
    if len(words) < 2 or not all(cell_kind(word) in ("number", "gap") for word in words[:1000]):
        return None
    if lines > 1 and looks_tabular(text.characters):
        return None
    limits.check_shape(len(words), 1)
    try:
        values = np.array([word if cell_kind(word) == "number" else "nan" for word in words]).astype(np.float64)
    except ValueError:
        return None
    wrapped = ("The lines hold unequal counts of numbers, so all were read as one sequence, line after line.",)
    return Table({"value": values}, "", "text", (*text.notes, *(wrapped if lines > 1 else ())))
