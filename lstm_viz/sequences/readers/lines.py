"""The rows of a text table and the lines of the file they stand on."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from lstm_viz.sequences.readers.layout import BLANKS, Layout
from lstm_viz.sequences.readers.names import plural

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
        return [line for line, _ in rows_with_lines(self)]


def rows_with_lines(body: Body) -> Iterator[tuple[int, list[str]]]:
    """(line on which the row begins, its cells) of each row."""
    reader = csv.reader(io.StringIO(body.text, newline=""), delimiter=body.separator)
    before = 0
    for row in reader:
        if body.blank_is_gap or not _is_blank(row):
            yield body.first_line + before, row or [""]
        before = reader.line_num


def is_blank_line(line: str) -> bool:
    """Whether a line is nothing but blanks. A tab may separate values, and is no blank."""
    return not line.strip(" ")


def body_below(text: str, layout: Layout, width: int, header: bool) -> Body:
    """The rows below comments and header. Values set apart by blanks come out set apart by tabs."""
    rest, first_line = _below(text, layout, header)
    separator, notes = layout.separator, []
    if separator == BLANKS:
        rest, separator = re.sub(r"[ \t]+", "\t", re.sub(r"(?m)^[ \t]+|[ \t]+$", "", rest)), "\t"
    elif '"' not in rest and " \n" in rest:
        rest = re.sub(r"(?m)^ +$", "", rest)  # within quotes, blanks are a cell's own
    rest = rest.rstrip(" \n") + "\n"
    if width > 1 and (blank := _blank_lines(rest, separator)):
        notes.append(f"{plural(blank, 'blank line')} between the rows left out.")
    return Body(rest, separator, first_line, width == 1, tuple(notes))


def _blank_lines(text: str, separator: str) -> int:
    """Blank lines between rows; those within quotes belong to their cell."""
    lines = sum(1 for _ in _BLANK_LINE.finditer("\n" + text))
    if not lines or '"' not in text:
        return lines - (text == "\n")
    return sum(map(_is_blank, csv.reader(io.StringIO(text, newline=""), delimiter=separator)))


def _is_blank(row: list[str]) -> bool:
    """Whether a row that was split is a blank line; what is empty within quotes is none."""
    return not row or (len(row) == 1 and row[0] != "" and is_blank_line(row[0]))


def _below(text: str, layout: Layout, header: bool) -> tuple[str, int]:
    """(text after comments and header, the line it begins on)."""
    lines = io.StringIO(text, newline="")
    for _ in range(layout.comments):
        lines.readline()
    skipped = layout.comments + (_header_lines(lines, layout) if header else 0)
    return text[_after(text, skipped) :], skipped + 1


def _header_lines(lines: io.StringIO, layout: Layout) -> int:
    """How many lines the header takes, blank ones above it and line ends within quotes counted."""
    if layout.separator == BLANKS:
        return 1 + next(place for place, line in enumerate(lines) if line.strip())
    reader = csv.reader(lines, delimiter=layout.separator)
    next(row for row in reader if any(cell.strip() for cell in row))
    return reader.line_num


def _after(text: str, lines: int) -> int:
    start = 0
    for _ in range(lines):
        start = text.find("\n", start) + 1 or len(text)
    return start
