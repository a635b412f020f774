"""A plain text: a table where it looks like one, else one row a character.

`readers.READER_MODULES` names it, `readers.read` imports it by that name.
"""

from __future__ import annotations

import numpy as np

from lstm_viz.sandbox.limits import MEGABYTE
from lstm_viz.sequences.limits import Limits
from lstm_viz.sequences.readers.delimited import table_of_text
from lstm_viz.sequences.readers.dialect import cell_kind, detect_dialect, has_header, sample_rows
from lstm_viz.sequences.readers.encodings import DecodedText, decode
from lstm_viz.sequences.reading_options import DEFAULTS, ReadingOptions
from lstm_viz.sequences.table import Table

#: A text without a line end up to here is no table.
MAX_LINE_CHARACTERS = 4 * MEGABYTE


def read(data: bytes, name: str, limits: Limits, options: ReadingOptions = DEFAULTS) -> Table:
    """The table of a text file. Raises SequenceError past the limits."""
    return table_or_characters(decode(data), limits, options)


def table_or_characters(text: DecodedText, limits: Limits, options: ReadingOptions) -> Table:
    """A table where the lines look like rows of values, else characters."""
    return table_of_text(text, limits, options) if looks_tabular(text.characters) else table_of_characters(text, limits)


def looks_tabular(text: str) -> bool:
    """Whether the lines split into the same number of cells, and a column of them is numbers.

    >>> looks_tabular("time,flow\\n1,2\\n2,4\\n"), looks_tabular("Well, well.\\nSo, we meet.")
    (True, False)
    """
    if len(text) > MAX_LINE_CHARACTERS and "\n" not in text[:MAX_LINE_CHARACTERS]:
        return False
    layout = detect_dialect(text)
    rows = sample_rows(text, layout)
    body = rows[1:] if rows and has_header(rows) else rows
    if not body or layout.fit < 0.9:
        return False
    columns = list(zip(*body, strict=False))
    return len(body) > 1 - (layout.width > 1) and any(_mostly_numbers(column) for column in columns)


def _mostly_numbers(cells: tuple[str, ...]) -> bool:
    kinds = [cell_kind(cell) for cell in cells]
    return 2 * kinds.count("number") > len(kinds) - kinds.count("gap")


def table_of_characters(text: DecodedText, limits: Limits) -> Table:
    """One row a character, line ends included."""
    limits.check("characters", len(text.characters), limits.text_characters, "Keep a shorter passage.")
    values = np.array(list(text.characters), dtype=object)
    return Table({"character": values}, "", "text", text.notes)
