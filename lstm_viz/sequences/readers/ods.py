"""ODS sheets by calamine, after their repeated cells were counted in the XML.

`readers.READER_MODULES` names it, `readers.read` imports it by that name.
"""

from __future__ import annotations

import re
from typing import IO

from lstm_viz.sequences.errors import SequenceError
from lstm_viz.sequences.limits import Limits
from lstm_viz.sequences.readers.xlsx import table_of_workbook
from lstm_viz.sequences.readers.zip_archives import check_integrity, open_zip
from lstm_viz.sequences.reading_options import DEFAULTS, ReadingOptions
from lstm_viz.sequences.table import Table

#: Beginnings of sheets, rows and cells, with their attributes, in which a > may stand between quotes. XML has no < in
#: an attribute, so that each beginning is looked at no further than to the next.
TAG = re.compile(
    rb"<(table:table|table:table-row|table:table-cell|table:covered-table-cell)(?=[\s/>])"
    rb"(?:([^<>\"']*(?:(?:\"[^<\"]*\"|'[^<']*')[^<>\"']*)*)>)?"
)
_COLUMNS = re.compile(rb"table:number-columns-repeated\s*=\s*[\"']\s*\+?(\d{1,40})\s*[\"']")
REPEATED = {
    b"table:table-row": re.compile(rb"table:number-rows-repeated\s*=\s*[\"']\s*\+?(\d{1,40})\s*[\"']"),
    b"table:table-cell": _COLUMNS,
    b"table:covered-table-cell": _COLUMNS,
}
CHUNK_BYTES = 2**22
DAMAGED = "The OpenDocument file's XML is damaged. Save it again as ODS, or the table as CSV."
#: Sheets that are looked at: each takes its time, even an empty one.
MAX_SHEETS = 1_000


def read(data: bytes, name: str, limits: Limits, options: ReadingOptions = DEFAULTS, part: str = "") -> Table:
    """The table of an OpenDocument sheet. Raises SequenceError where none holds rows, or one stretches too far."""
    archive = open_zip(data, limits)
    check_integrity(archive)
    with archive.open("content.xml") as content:
        sheets, cells = count_cells(content)
    if not sheets:
        raise SequenceError(
            "The OpenDocument file holds no sheet that can be found in it: its content is of another kind, or in "
            "another encoding than UTF-8. Save it again as ODS, or the table as CSV."
        )
    limits.check("sheets", sheets, MAX_SHEETS, "Keep the one with the table.")
    if cells > limits.cells:
        raise SequenceError(
            f"The workbook's sheets hold {cells:,} cells, repeated ones counted; the limit is {limits.cells:,}. "
            "Delete what stands far from the table, or save the table alone as CSV."
        )
    return table_of_workbook(data, limits, options, part, "ods", ())


def count_cells(content: IO[bytes]) -> tuple[int, int]:
    """How many sheets there are, and cells with a value, those counted that stand for many, up to each row's last.

    >>> import io
    >>> row = b'<table:table><table:table-row table:number-rows-repeated="5">'
    >>> count_cells(io.BytesIO(row + b'<table:table-cell table:number-columns-repeated="3" office:value="1"/>'))
    (1, 15)
    """
    counter, rest = _Counter(), b""
    while chunk := content.read(CHUNK_BYTES):
        text = rest + chunk
        cut = text.rfind(b"<")
        counter.count(text[:cut] if cut > 0 else text)
        rest = text[cut:] if cut > 0 else b""
    counter.count(rest)
    return counter.sheets, counter.cells


class _Counter:
    """Sheets and cells so far, how often the row that is being read stands, and its empty cells since a value."""

    def __init__(self) -> None:
        self.sheets = self.cells = self.blank = 0
        self.rows = 1

    def count(self, text: bytes) -> None:
        """Go on with a piece of the XML, which ends before a tag. Raises SequenceError where one has no end."""
        for found in TAG.finditer(text):
            if found[2] is None:
                raise SequenceError(DAMAGED)
            if found[1] == b"table:table":
                self.sheets += 1
                continue
            repeats = REPEATED[found[1]].search(found[2])
            count = int(repeats[1]) if repeats else 1
            if found[1] == b"table:table-row":
                self.rows, self.blank = count, 0
            elif b"office:" in found[2] or not found[2].rstrip().endswith(b"/"):
                self.cells, self.blank = self.cells + self.rows * (self.blank + count), 0
            else:
                self.blank += count
