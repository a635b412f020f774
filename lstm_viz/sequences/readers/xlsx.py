"""XLSX worksheets by calamine, after a look at their extent in the XML.

`readers.READER_MODULES` names it, `readers.read` imports it by that name.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import IO, Any

from python_calamine import CalamineSheet, CalamineWorkbook, SheetTypeEnum

from lstm_viz.sequences.errors import SequenceError
from lstm_viz.sequences.formatting import plural
from lstm_viz.sequences.limits import Limits
from lstm_viz.sequences.readers.column_names import clean_names, list_names, match_name, quote
from lstm_viz.sequences.readers.columns import Locator, cell_to_text, column_of_values, gather
from lstm_viz.sequences.readers.dialect import SAMPLE_LINES as SAMPLE_ROWS
from lstm_viz.sequences.readers.dialect import cell_kind
from lstm_viz.sequences.readers.header import detect_header
from lstm_viz.sequences.readers.rows_of_text import SUMMARY
from lstm_viz.sequences.readers.zip_archives import check_integrity, open_zip
from lstm_viz.sequences.reading_options import DEFAULTS, ReadingOptions
from lstm_viz.sequences.table import Table

#: Rows of cells as calamine gives them, None for an empty one.
Rows = list[list[Any]]


def read(data: bytes, name: str, limits: Limits, options: ReadingOptions = DEFAULTS, part: str = "") -> Table:
    """The table of a workbook's sheet. Raises SequenceError where none holds rows, or one stretches too far."""
    return table_of_workbook(data, limits, options, part, "xlsx", _missing_value_notes(_extents(data, limits)))


def table_of_workbook(
    data: bytes, limits: Limits, options: ReadingOptions, part: str, kind: str, notes: Sequence[str]
) -> Table:
    """The sheet asked for, or the first with rows, of a workbook whose extent was looked at."""
    workbook = CalamineWorkbook.from_object(io.BytesIO(data))
    sheets = _sheets(workbook)
    wanted = match_name(part, list(sheets), "sheet") if part else _first_filled(workbook, sheets)
    sheet = workbook.get_sheet_by_index(sheets[wanted])
    if not sheet.height:
        raise SequenceError(f"The sheet {quote(wanted)} is empty. Choose another.")
    first_row, first_column = sheet.start or (0, 0)
    rows: Rows = [[None if cell == "" else cell for cell in row] for row in sheet.to_python()]
    limits.check_shape(len(rows), len(rows[0]))
    above, rows, title_notes = _split_off_titles(rows)
    table = _table(rows, first_row + above, first_column, options)
    said = (*_choice_notes(wanted, list(sheets)), *notes, *title_notes, *table.notes)
    return replace(table, format=kind, notes=said, parts=tuple(sheets), part=wanted)


def _extents(data: bytes, limits: Limits) -> list[Extent]:
    archive = open_zip(data, limits)
    check_integrity(archive)
    extents = []
    for member in archive.namelist():
        if member.startswith("xl/worksheets/") and member.endswith(".xml"):
            with archive.open(member) as sheet:
                extents.append(measure_extent(sheet))
            _check_extent(extents[-1], limits)
    return extents


def _check_extent(extent: Extent, limits: Limits) -> None:
    cells = extent.rows * extent.columns
    if cells <= limits.cells and extent.rows <= limits.rows and extent.columns <= limits.columns:
        return
    first = f"{column_letters(extent.first_column)}{extent.first_row}"
    last = f"{column_letters(extent.last_column)}{extent.last_row}"
    raise SequenceError(
        f"A sheet of the workbook stretches from {first} to {last}: {extent.rows:,} rows × "
        f"{extent.columns:,} columns. The limits are {limits.rows:,} rows, {limits.columns:,} columns and "
        f"{limits.cells:,} cells. "
        "Delete what stands far from the table, or save the table alone as CSV."
    )


def _sheets(workbook: CalamineWorkbook) -> dict[str, int]:
    """The names of the sheets that can hold cells, as they are shown, and their places in the workbook."""
    kinds = [sheet.typ for sheet in workbook.sheets_metadata]
    places = [place for place, kind in enumerate(kinds) if kind == SheetTypeEnum.WorkSheet]
    names = clean_names(workbook.sheet_names[place] for place in places)[0]
    return dict(zip(names, places, strict=True))


def _first_filled(workbook: CalamineWorkbook, sheets: dict[str, int]) -> str:
    """The first sheet with a table of numbers, not a cover page; else the first of several lines, or of one."""
    line = lines = ""
    for name, place in sheets.items():
        sheet = workbook.get_sheet_by_index(place)
        if sheet.height > 1 and _holds_table(sheet):
            return name
        lines = lines or (name if sheet.height > 1 else "")
        line = line or (name if sheet.height else "")
    line = lines or line
    if not line:
        raise SequenceError("The workbook's sheets are all empty. Put a header and rows of numbers on one.")
    return line


def _holds_table(sheet: CalamineSheet) -> bool:
    """Whether at least two rows hold numbers: alone in the sheet's only column, or beside other cells."""
    rows = 0
    for row in sheet.iter_rows():
        filled = [cell for cell in row if cell != ""]
        numbers = [cell for cell in filled if cell_kind(_name_text(cell)) == "number" and not isinstance(cell, bool)]
        rows += bool(numbers) and (len(filled) > 1 or sheet.width == 1)
        if rows >= 2:
            return True
    return False


def _choice_notes(wanted: str, sheets: list[str]) -> list[str]:
    others = [other for other in sheets if other != wanted]
    return [f"The sheet {quote(wanted)} was read; not read: {list_names(others)}."] if others else []


def _missing_value_notes(extents: list[Extent]) -> list[str]:
    errors = sum(extent.errors for extent in extents)
    uncomputed = sum(extent.uncomputed for extent in extents)
    notes = []
    if errors:
        notes.append(f"{plural(errors, 'cell')} of the workbook with an error, such as #N/A, read as a gap.")
    if uncomputed:
        notes.append(
            f"{plural(uncomputed, 'formula')} of the workbook had no stored result and became a gap; "
            "open and save it in a spreadsheet program to store them."
        )
    return notes


#: A row that fills fewer than this share of the usual cells, above all others, is a title.
TITLE_SHARE = 0.6


def _split_off_titles(rows: Rows) -> tuple[int, Rows, list[str]]:
    """(rows left out above, the rest, notes): titles above a table fill few cells of a wide sheet."""
    filled = [sum(cell is not None for cell in row) for row in rows[:200]]
    usual = sorted(filled)[len(filled) // 2]
    enough = max(2, TITLE_SHARE * usual)
    above = next((place for place, count in enumerate(filled) if count >= enough), 0) if len(rows[0]) > 1 else 0
    titles = [str(cell) for row in rows[:above] for cell in row if cell is not None]
    notes = [f"Above the table and left out: {list_names(titles)}."] if titles else []
    return above, rows[above:], notes


def _table(rows: Rows, first_row: int, first_column: int, options: ReadingOptions) -> Table:
    """Columns of the rows; `first_row` and `first_column`, from 0, say where on the sheet they begin."""
    texts = [[_name_text(cell) for cell in row] for row in rows[:SAMPLE_ROWS]]
    head = detect_header(texts, len(rows[0]), options.header)
    names, name_notes = clean_names(head.names)
    notes = [*(note for note in head.notes if "numbered" not in note), *name_notes]
    places = [place for place in range(head.rows, len(rows)) if any(cell is not None for cell in rows[place])]
    if not places:
        raise SequenceError(f"The sheet has a header ({list_names(names)}) but no rows below it. Add rows of values.")
    if len(places) < len(rows) - head.rows:
        notes.append(f"{plural(len(rows) - head.rows - len(places), 'empty row')} left out.")
    places, summary_notes = _without_summaries(rows, places)
    notes += summary_notes
    columns = {}
    for column, name in enumerate(names):
        cells = [rows[place][column] for place in places]
        locator = _cell_locator(first_column + column + 1, first_row + 1, places)
        columns[name] = column_of_values(cells, name, locator, options)
    if not head.rows:
        notes.append("The first row holds values, not names, so the columns are numbered.")
    found = gather(columns)
    return Table(
        found.values,
        "",
        "xlsx",
        (*notes, *found.notes),
        questions=(*([head.question] if head.question else []), *found.questions),
    )


def _name_text(cell: Any) -> str:
    """A cell as it is shown on the sheet: 1995, which a workbook holds as 1995.0."""
    whole = isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15
    return str(int(cell)) if whole else cell_to_text(cell) or ""


def _without_summaries(rows: Rows, places: list[int]) -> tuple[list[int], list[str]]:
    """The rows but for those that sum up others, where the first column is of values."""
    first = [rows[place][0] for place in places]
    if sum(cell is not None and not isinstance(cell, str) for cell in first) * 2 < len(first):
        return places, []
    out = {place for place, cell in zip(places, first, strict=True) if isinstance(cell, str) and SUMMARY.match(cell)}
    for place in reversed(places):  # remarks below the table
        word, *others = rows[place]
        if not isinstance(word, str) or any(cell is not None for cell in others):
            break
        out.add(place)
    if not out or len(out) == len(places) or len(rows[0]) < 2:
        return places, []
    shown = list_names([" ".join(str(cell) for cell in rows[place][:3] if cell is not None) for place in sorted(out)])
    said = f"{plural(len(out), 'row')} of sums, averages or remarks left out: {shown}."
    return [place for place in places if place not in out], [said]


def _cell_locator(column: int, first_row: int, places: list[int]) -> Locator:
    letters = column_letters(column)
    return lambda row: f"cell {letters}{first_row + places[row]}"


#: A cell that is not closed at once, so holds something: its column's letters and its row.
CELL_PATTERN = re.compile(rb"<(?:\w+:)?c\s(?:[^>]*?\s)?r=[\"']([A-Z]{1,3})([0-9]{1,7})[\"'][^>]*(?<!/)>")
ERROR_PATTERN = re.compile(rb"<(?:\w+:)?c\s[^>]*?t=[\"']e[\"']")
UNCOMPUTED_PATTERN = re.compile(
    rb"(?:</(?:\w+:)?f>|<(?:\w+:)?f[^>]*/>)\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</|</(?:\w+:)?c>)"
)

CHUNK_BYTES = 2**22


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


def measure_extent(sheet: IO[bytes]) -> Extent:
    """The extent of a worksheet's XML, read in chunks.

    >>> import io
    >>> measure_extent(io.BytesIO(b'<row><c r="A1"><v>1</v></c><c r="C7"><v>2</v></c></row>')).columns
    3
    """
    extent, rest = Extent(), b""
    while chunk := sheet.read(CHUNK_BYTES):
        text = rest + chunk
        cut = text.rfind(b"</row>") + 6 if b"</row>" in text else text.rfind(b"<")
        _scan_cells(text[:cut], extent)
        rest = text[cut:]
    _scan_cells(rest, extent)
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


def _scan_cells(text: bytes, extent: Extent) -> None:
    cells = CELL_PATTERN.findall(text)
    if cells:
        letters, rows = zip(*cells, strict=True)
        extent.include(set(letters), [int(row) for row in set(rows)])
        extent.errors += len(ERROR_PATTERN.findall(text))
        extent.uncomputed += len(UNCOMPUTED_PATTERN.findall(text)) if b"f>" in text or b"<f" in text else 0
