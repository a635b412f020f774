"""A plain text: a table where it looks like one, else one row a character.

`readers.READER_MODULES` names it, `readers.read` imports it by that name.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lstm_viz.files.sizes import MEGABYTE
from lstm_viz.sequences.formatting import plural
from lstm_viz.sequences.limits import Limits
from lstm_viz.sequences.readers.delimited import table_of_text
from lstm_viz.sequences.readers.dialect import (
    SAMPLE_CHARACTERS,
    SAMPLE_LINES,
    WHITESPACE,
    cell_kind,
    detect_dialect,
    sample_rows,
    split_rows,
    with_plain_quotes,
    without_drawn_lines,
)
from lstm_viz.sequences.readers.encodings import DecodedText, decode
from lstm_viz.sequences.readers.fixed_width import spread_fixed_width
from lstm_viz.sequences.readers.header import has_header
from lstm_viz.sequences.reading_options import DEFAULTS, ReadingOptions
from lstm_viz.sequences.table import Table

#: A text without a line end up to here is no table.
MAX_LINE_CHARACTERS = 4 * MEGABYTE


def read(data: bytes, name: str, limits: Limits, options: ReadingOptions = DEFAULTS) -> Table:
    """The table of a text file. Raises SequenceError past the limits."""
    from lstm_viz.sequences.readers.pasted_text import table_of_literal  # which imports this module

    text = decode(data)
    return table_of_literal(text, limits, options) or table_or_characters(text, limits, options)


def table_or_characters(text: DecodedText, limits: Limits, options: ReadingOptions) -> Table:
    """A table where the lines look like rows of values, else characters, with why it is no table."""
    spread = spread_fixed_width(replace(text, characters=with_plain_quotes(without_drawn_lines(text.characters))))[0]
    if looks_tabular(spread.characters):
        return table_of_text(text, limits, options)
    why = why_no_table(text.characters)
    return table_of_characters(replace(text, notes=(*text.notes, *([why] if why else []))), limits)


#: From this share of digits among what is written on, a text may have been meant as a table.
MANY_DIGITS = 0.2


def why_no_table(text: str) -> str:
    """Why a text with many numbers is no table, as a sentence; "" for a text of words.

    >>> why_no_table("1 2 3\\n4 5\\n6 7 8 9\\n1\\n2 3")
    'Read as a text, one character a step. It is no table, since line 2 has 2 values where line 1 has 3.'
    """
    sample = text[:SAMPLE_CHARACTERS]
    signs = len("".join(sample.split()))
    if sum(sign.isdigit() for sign in sample) < MANY_DIGITS * max(1, signs):
        lines = [line for line in sample.split("\n")[:SAMPLE_LINES] if line.strip()] or [""]
        sign, called = ("\t", "tabs") if "\t" in lines[0] else (None, "blanks")
        widths = {len(line.strip("\n").split(sign)) for line in lines}
        if len(lines) > 2 and len(widths) == 1 and widths != {1}:
            return (
                f"Read as a text, one character a step. Its lines are words separated by {called}, none of them a "
                "number; to read a word a step, save one column as a table with a name above it, as CSV."
            )
        return ""
    said = "Read as a text, one character a step. It is no table, since"
    separator = detect_dialect(text).separator
    rows = [
        (line, row)
        for line, written in enumerate(sample.split("\n")[:SAMPLE_LINES], start=1)
        for row in split_rows([written], separator if separator in written else WHITESPACE)
    ]
    first, width = rows[0][0], len(rows[0][1])
    for line, row in rows:
        if len(row) != width:
            return f"{said} line {line} has {plural(len(row), 'value')} where line {first} has {width}."
    return f"{said} no column of it is mostly numbers."


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
    columns = list(zip(*(row for row in body if len(row) == layout.width), strict=True))
    return len(body) > 1 - (layout.width > 1) and any(_mostly_numbers(column) for column in columns)


def _mostly_numbers(cells: tuple[str, ...]) -> bool:
    kinds = [cell_kind(cell) for cell in cells]
    return 2 * kinds.count("number") > len(kinds) - kinds.count("gap")


def table_of_characters(text: DecodedText, limits: Limits) -> Table:
    """One row a character, line ends included."""
    limits.check("characters", len(text.characters), limits.text_characters, "Keep a shorter passage.")
    values = np.array(list(text.characters), dtype=object)
    return Table({"character": values}, "", "text", text.notes)
