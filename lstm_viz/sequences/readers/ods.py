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

#: Beginnings of rows and cells, with their attributes, and ends of rows.
TAG = re.compile(rb"<(table:table-row|table:table-cell|table:covered-table-cell)\b([^>]*)>")
REPEATED = {
    b"table:table-row": re.compile(rb'table:number-rows-repeated="(\d{1,12})"'),
    b"table:table-cell": re.compile(rb'table:number-columns-repeated="(\d{1,12})"'),
    b"table:covered-table-cell": re.compile(rb'table:number-columns-repeated="(\d{1,12})"'),
}
CHUNK_BYTES = 2**22


def read(data: bytes, name: str, limits: Limits, options: ReadingOptions = DEFAULTS, part: str = "") -> Table:
    """The table of an OpenDocument sheet. Raises SequenceError where none holds rows, or one stretches too far."""
    archive = open_zip(data, limits)
    check_integrity(archive)
    with archive.open("content.xml") as content:
        cells = count_cells(content)
    if cells > limits.cells:
        raise SequenceError(
            f"The workbook's sheets hold {cells:,} cells, repeated ones counted; the limit is {limits.cells:,}. "
            "Delete what stands far from the table, or save the table alone as CSV."
        )
    return table_of_workbook(data, limits, options, part, "ods", ())


def count_cells(content: IO[bytes]) -> int:
    """How many cells hold a value, those counted that stand for many, up to the last of each row.

    >>> import io
    >>> row = b'<table:table-row table:number-rows-repeated="5">'
    >>> count_cells(io.BytesIO(row + b'<table:table-cell table:number-columns-repeated="3" office:value="1"/>'))
    15
    """
    total, rows, blank, rest = 0, 1, 0, b""
    while chunk := content.read(CHUNK_BYTES):
        text = rest + chunk
        cut = text.rfind(b"<")
        for found in TAG.finditer(text[:cut] if cut > 0 else text):
            repeats = REPEATED[found[1]].search(found[2])
            count = int(repeats[1]) if repeats else 1
            if found[1] == b"table:table-row":
                rows, blank = count, 0
            elif b"office:" in found[2] or not found[2].rstrip().endswith(b"/"):
                total, blank = total + rows * (blank + count), 0
            else:
                blank += count
        rest = text[cut:] if cut > 0 else b""
    for found in TAG.finditer(rest):
        repeats = REPEATED[found[1]].search(found[2])
        count = int(repeats[1]) if repeats else 1
        if found[1] != b"table:table-row" and b"office:" in found[2]:
            total += rows * (blank + count)
    return total
