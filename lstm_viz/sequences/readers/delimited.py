"""CSV and its kin, by Arrow's CSV reader: every cell as text first, so that no value is lost to a guessed type.

`readers.READER_MODULES` names it, `readers.read` imports it by that name.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import pyarrow as pa
import pyarrow.csv

from lstm_viz.sandbox.limits import MEGABYTE, megabytes
from lstm_viz.sequences.errors import SequenceError
from lstm_viz.sequences.formatting import plural
from lstm_viz.sequences.limits import Limits
from lstm_viz.sequences.readers.column_names import clean_names, list_names
from lstm_viz.sequences.readers.columns import Column, column_of_text, gather
from lstm_viz.sequences.readers.dialect import SEPARATORS, WHITESPACE, Dialect, detect_dialect, has_header, sample_rows
from lstm_viz.sequences.readers.encodings import DecodedText, decode
from lstm_viz.sequences.readers.numbers import NumberMarks, marks_of_file
from lstm_viz.sequences.reading_options import DEFAULTS, ReadingOptions
from lstm_viz.sequences.table import Table

#: Bytes that are split at a time, and so the longest line.
BLOCK_BYTES = 4 * MEGABYTE


def read(data: bytes, name: str, limits: Limits, options: ReadingOptions = DEFAULTS) -> Table:
    """The table of a delimited text. Raises SequenceError where rows and header don't fit."""
    expected = "\t" if name.lower().endswith((".tsv", ".tab")) else ","
    return table_of_text(decode(data), limits, options, expected)


def table_of_text(text: DecodedText, limits: Limits, options: ReadingOptions = DEFAULTS, expected: str = "") -> Table:
    """The table in characters; where `expected` isn't what separates the values, a note says what does."""
    layout = detect_dialect(text.characters)
    rows = sample_rows(text.characters, layout)
    if not rows:
        raise SequenceError("The file holds no rows. Choose one with a header and rows of numbers.")
    limits.check_shape(1, len(rows[0]))
    header = has_header(rows)
    raw = rows[0] if header else [f"column_{place}" for place in range(1, len(rows[0]) + 1)]
    names, name_notes = clean_names(raw)
    body = body_below(text.characters, layout, len(names), header)
    if not body.text.strip("\n"):
        raise SequenceError(f"The file has a header ({list_names(names)}) but no rows below it. Add rows of values.")
    if body.text.count('"') % 2:
        raise SequenceError("A quotation mark is opened and never closed. Close it, or take such marks out.")
    cells = _split_cells(body, len(names), "the header" if header else "the first row")
    limits.check_shape(cells.num_rows, len(names))
    notes = [*text.notes, *_dialect_notes(layout, header, expected, len(names)), *body.notes, *name_notes]
    marks = marks_of_file((cell.strip() for row in rows[header:] for cell in row), layout.separator, options.decimal)
    found = gather(_columns(cells, names, body, options, marks))
    kind = "tsv" if layout.separator == "\t" else "csv"
    return Table(found.values, "", kind, (*notes, *found.notes), questions=found.questions)


def _columns(
    cells: pa.Table, names: list[str], body: Body, options: ReadingOptions, marks: NumberMarks
) -> dict[str, Column]:
    return {
        name: column_of_text(chunks.combine_chunks(), name, body.place, options, marks)
        for name, chunks in zip(names, cells.columns, strict=True)
    }


def _dialect_notes(layout: Dialect, header: bool, expected: str, width: int) -> list[str]:
    notes = []
    if layout.comments:
        notes.append(f"{plural(layout.comments, 'line')} of comments (beginning with #) above the table left out.")
    if expected and width > 1 and layout.separator != expected:
        found = SEPARATORS.get(layout.separator, "blanks")
        notes.append(f"The values are separated by {found}, not by {SEPARATORS[expected]}.")
    if not header:
        notes.append("The first row holds values, not names, so the columns are numbered.")
    return notes


def _split_cells(body: Body, width: int, like: str) -> pa.Table:
    """Every cell as text. Raises SequenceError where a row is too short or too long."""
    names = [f"f{place}" for place in range(width)]
    try:
        return pyarrow.csv.read_csv(
            pa.py_buffer(body.text.encode()),
            pyarrow.csv.ReadOptions(column_names=names, block_size=BLOCK_BYTES),
            pyarrow.csv.ParseOptions(
                delimiter=body.separator,
                newlines_in_values='"' in body.text,
                ignore_empty_lines=width > 1,
                invalid_row_handler=_handle_invalid_row,
            ),
            pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
        )
    except pa.ArrowInvalid as error:
        raise SequenceError(_ragged_rows_message(body, width, like) or _parse_error_message(str(error))) from error


def _handle_invalid_row(row: pyarrow.csv.InvalidRow) -> str:
    """What Arrow is to do with a row of another width: it passes over empty lines itself, not over blanks."""
    return "skip" if is_blank_line(row.text) else "error"


def _ragged_rows_message(body: Body, width: int, like: str) -> str:
    """The sentence for rows of other widths than the first, "" where there are none."""
    first, count = "", 0
    for line, row in numbered_rows(body):
        if len(row) != width:
            first = first or f"Line {line:,} has {plural(len(row), 'value')} where {like} has {width:,}"
            count += 1
    if not count:
        return ""
    others = f" ({count:,} lines differ)" if count > 1 else ""
    return f"{first}{others}. Give every line the same number of values, a gap as nothing between separators."


def _parse_error_message(detail: str) -> str:
    if "straddling" in detail:
        return f"A line is longer than {megabytes(BLOCK_BYTES)}. Put each row on a line of its own."
    plain = re.sub(r"\s+", " ", detail)[:150]
    return f"The lines can't be split into values: {plain}. Save the file again as CSV."


#: A line of nothing but blanks, and the end of that before.
_BLANK_LINE = re.compile(r"\n *(?=\n)")


@dataclass(frozen=True)
class Body:
    """The rows below the header, as text."""

    text: str
    separator: str
    #: The file's line that the text begins on, counted from 1.
    first_line: int
    #: In a table of one column an empty line is a gap; elsewhere it is nothing.
    blank_is_gap: bool
    notes: tuple[str, ...] = ()

    def place(self, row: int) -> str:
        """Where in the file a row stands.

        >>> Body("1\\n2\\n", ",", 2, True).place(1)
        'line 3'
        """
        plain = '"' not in self.text and (self.blank_is_gap or not self._has_blank_lines)
        return f"line {self.first_line + row if plain else self._lines[row]:,}"

    @cached_property
    def _has_blank_lines(self) -> bool:
        return _BLANK_LINE.search("\n" + self.text) is not None

    @cached_property
    def _lines(self) -> list[int]:
        return [line for line, _ in numbered_rows(self)]


def numbered_rows(body: Body) -> Iterator[tuple[int, list[str]]]:
    """(line on which the row begins, its cells) of each row."""
    reader = csv.reader(io.StringIO(body.text, newline=""), delimiter=body.separator)
    before = 0
    for row in reader:
        if body.blank_is_gap or not _is_blank_row(row):
            yield body.first_line + before, row or [""]
        before = reader.line_num


def is_blank_line(line: str) -> bool:
    """Whether a line is nothing but blanks. A tab may separate values, and is no blank."""
    return not line.strip(" ")


def body_below(text: str, layout: Dialect, width: int, header: bool) -> Body:
    """The rows below comments and header. Values set apart by blanks come out set apart by tabs."""
    rest, first_line = _skip_to_body(text, layout, header)
    separator, notes = layout.separator, []
    if separator == WHITESPACE:
        rest, separator = re.sub(r"[ \t]+", "\t", re.sub(r"(?m)^[ \t]+|[ \t]+$", "", rest)), "\t"
    elif '"' not in rest and " \n" in rest:
        rest = re.sub(r"(?m)^ +$", "", rest)  # within quotes, blanks are a cell's own
    rest = rest.rstrip(" \n") + "\n"
    if width > 1 and (blank := _count_blank_lines(rest, separator)):
        notes.append(f"{plural(blank, 'blank line')} between the rows left out.")
    return Body(rest, separator, first_line, width == 1, tuple(notes))


def _count_blank_lines(text: str, separator: str) -> int:
    """Blank lines between rows; those within quotes belong to their cell."""
    lines = sum(1 for _ in _BLANK_LINE.finditer("\n" + text))
    if not lines or '"' not in text:
        return lines - (text == "\n")
    return sum(map(_is_blank_row, csv.reader(io.StringIO(text, newline=""), delimiter=separator)))


def _is_blank_row(row: list[str]) -> bool:
    """Whether a row that was split is a blank line; what is empty within quotes is none."""
    return not row or (len(row) == 1 and row[0] != "" and is_blank_line(row[0]))


def _skip_to_body(text: str, layout: Dialect, header: bool) -> tuple[str, int]:
    """(text after comments and header, the line it begins on)."""
    lines = io.StringIO(text, newline="")
    for _ in range(layout.comments):
        lines.readline()
    skipped = layout.comments + (_count_header_lines(lines, layout) if header else 0)
    return text[_offset_of_line(text, skipped) :], skipped + 1


def _count_header_lines(lines: io.StringIO, layout: Dialect) -> int:
    """How many lines the header takes, blank ones above it and line ends within quotes counted."""
    if layout.separator == WHITESPACE:
        return 1 + next(place for place, line in enumerate(lines) if line.strip())
    reader = csv.reader(lines, delimiter=layout.separator)
    next(row for row in reader if any(cell.strip() for cell in row))
    return reader.line_num


def _offset_of_line(text: str, lines: int) -> int:
    start = 0
    for _ in range(lines):
        start = text.find("\n", start) + 1 or len(text)
    return start
