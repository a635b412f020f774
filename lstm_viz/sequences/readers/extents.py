"""How far a worksheet stretches, seen in its XML before any parser makes room for it.

A sheet with one cell at A1 and one at XFD1048576 is a few hundred bytes; parsers ask for 17 thousand
million cells, and some take the whole process down with them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import IO

#: A cell that is not closed at once, so holds something: its column's letters and its row.
CELL = re.compile(rb"<(?:\w+:)?c\s(?:[^>]*?\s)?r=[\"']([A-Z]{1,3})([0-9]{1,7})[\"'][^>]*(?<!/)>")
ERROR = re.compile(rb"<(?:\w+:)?c\s[^>]*?t=[\"']e[\"']")
UNCOMPUTED = re.compile(rb"(?:</(?:\w+:)?f>|<(?:\w+:)?f[^>]*/>)\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</|</(?:\w+:)?c>)")

CHUNK = 2**22


@dataclass
class Extent:
    """The rectangle around the cells that hold something, and the cells that hold no value after all."""

    first_row: int = 2**31
    last_row: int = 0
    first_column: int = 2**31
    last_column: int = 0
    errors: int = 0
    uncomputed: int = 0

    @property
    def rows(self) -> int:
        """How many rows the rectangle has."""
        return max(0, self.last_row - self.first_row + 1)

    @property
    def columns(self) -> int:
        """How many columns the rectangle has."""
        return max(0, self.last_column - self.first_column + 1)

    def include(self, letters: set[bytes], rows: list[int]) -> None:
        """Stretch over these cells."""
        places = [column_number(word.decode()) for word in letters]
        self.first_row, self.last_row = min(self.first_row, min(rows)), max(self.last_row, max(rows))
        self.first_column = min(self.first_column, min(places))
        self.last_column = max(self.last_column, max(places))


def extent_of(sheet: IO[bytes]) -> Extent:
    """The extent of a worksheet's XML, read in pieces.

    >>> import io
    >>> extent_of(io.BytesIO(b'<row><c r="A1"><v>1</v></c><c r="C7"><v>2</v></c></row>')).columns
    3
    """
    extent, rest = Extent(), b""
    while chunk := sheet.read(CHUNK):
        text = rest + chunk
        cut = text.rfind(b"</row>") + 6 if b"</row>" in text else text.rfind(b"<")
        _scan(text[:cut], extent)
        rest = text[cut:]
    _scan(rest, extent)
    return extent


def column_number(letters: str) -> int:
    """A column's number, counted from 1.

    >>> column_number("A"), column_number("XFD")
    (1, 16384)
    """
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - 64
    return number


def column_letters(number: int) -> str:
    """A column's letters.

    >>> column_letters(16384)
    'XFD'
    """
    letters = ""
    while number:
        number, place = divmod(number - 1, 26)
        letters = chr(65 + place) + letters
    return letters


def _scan(text: bytes, extent: Extent) -> None:
    cells = CELL.findall(text)
    if cells:
        letters, rows = zip(*cells, strict=True)
        extent.include(set(letters), [int(row) for row in set(rows)])
        extent.errors += len(ERROR.findall(text))
        extent.uncomputed += len(UNCOMPUTED.findall(text)) if b"f>" in text or b"<f" in text else 0
