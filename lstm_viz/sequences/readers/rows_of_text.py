"""The rows of a delimited text as lines: where each stands, and mending of rows that are wider or narrower."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lstm_viz.sequences.formatting import plural
from lstm_viz.sequences.readers.column_names import list_names, quote
from lstm_viz.sequences.readers.dialect import MAX_FOOTER_ROWS, cell_kind

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
    #: The file's line of each row, where lines between them were left out.
    lines: tuple[int, ...] = ()
    #: Numbers below the table that stand for a missing value.
    codes: tuple[float, ...] = ()

    def place(self, row: int) -> str:
        """Where in the file a row stands.

        >>> Body("1\\n2\\n", ",", 2, True).place(1)
        'line 3'
        """
        if self.lines:
            return f"line {self.lines[row]:,}"
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


def count_blank_lines(text: str, separator: str) -> int:
    """Blank lines between rows; those within quotes belong to their cell."""
    lines = sum(1 for _ in _BLANK_LINE.finditer("\n" + text))
    if not lines or '"' not in text:
        return lines - (text == "\n")
    return sum(map(_is_blank_row, csv.reader(io.StringIO(text, newline=""), delimiter=separator)))


def _is_blank_row(row: list[str]) -> bool:
    """Whether a row that was split is a blank line; what is empty within quotes is none."""
    return not row or (len(row) == 1 and row[0] != "" and is_blank_line(row[0]))


#: What begins a row that sums up the rows above.
SUMMARY = re.compile(
    r"(?i)^\W*(sum|total|totals|grand total|subtotal|average|avg|mean|median|min|max|minimum|maximum|std|stdev|count"
    r"|std\.? ?dev\.?|standard deviation|variance|standardabweichung|stdabw\.?|varianz|écart.type|médiane"
    r"|mediana|desviación estándar|máximo|mínimo|średnia|razem"
    r"|summe|gesamt|mittel|mittelwert|durchschnitt|anzahl|somme|moyenne|total général|suma|promedio|media|totale)"
    r"\W*((19|20)\d\d)?\W*$"
)
#: What may end a file behind its last row.
END = re.compile(r"(?i)^\W*(end of (file|data|report|record)|eof|end|ende)\W*$")


def mend_rows(body: Body, width: int, like: str) -> Body | str:
    """The body without lines that are no rows, and rows without separators at their ends; else what is wrong with it.

    Comments within the table and a footer of words are left out; a row of numbers never is.
    """
    rows = list(numbered_rows(body))
    comments = [line for line, row in rows if row[0].lstrip().startswith("#")]
    rows = [(line, row) for line, row in rows if not row[0].lstrip().startswith("#")]
    cut = sum(len(row) > width and not any(cell.strip() for cell in row[width:]) for _, row in rows)
    rows = [(line, row[:width] if not any(cell.strip() for cell in row[width:]) else row) for line, row in rows]
    remarks = [(line, row) for line, row in rows if len(row) > width and _is_remark(row[width:])]
    if len(remarks) <= MAX_REMARKS * len(rows):
        rows = [(line, row[:width] if len(row) > width and _is_remark(row[width:]) else row) for line, row in rows]
    else:
        remarks = []
    good = [place for place, (_, row) in enumerate(rows) if len(row) == width]
    last = good[-1] + 1 if good else 0
    footer = (
        rows[last:] if len(rows) - last <= MAX_FOOTER_ROWS and _are_footers([row for _, row in rows[last:]]) else []
    )
    codes = [float(row[0]) for _, row in footer if _is_lone_number(row)]
    rows = rows[: len(rows) - len(footer)]
    if message := _ragged_rows_message(rows, width, like):
        return message
    if not (comments or footer or cut or remarks):
        return ""
    notes = []
    if comments:
        notes.append(
            f"{plural(len(comments), 'line')} beginning with # within the table left out (line {comments[0]:,})."
        )
    if footer:
        said = list_names([" ".join(filter(None, map(str.strip, row))) for _, row in footer])
        notes.append(f"{plural(len(footer), 'line')} below the table left out: {said}.")
    if remarks:
        line, row = remarks[0]
        said = f"{plural(len(remarks), 'row')} had more behind the last column, which was left out: "
        notes.append(f"{said}{quote(', '.join(cell.strip() for cell in row[width:]))} (line {line:,}).")
    if cut:
        notes.append(f"{plural(cut, 'row')} ended in separators with nothing behind them.")
    out = io.StringIO()
    csv.writer(out, delimiter=body.separator, lineterminator="\n").writerows(row for _, row in rows)
    return replace(
        body,
        text=out.getvalue(),
        notes=(*body.notes, *notes),
        lines=tuple(line for line, _ in rows),
        codes=tuple(codes),
    )


#: Share of rows that may hold a remark behind the last column.
MAX_REMARKS = 0.1


def _is_remark(cells: list[str]) -> bool:
    """Whether what stands behind a row's last column is words, which no value was cut into."""
    kinds = [cell_kind(cell) for cell in cells]
    return "word" in kinds and not {"number", "date"} & set(kinds)


def _are_footers(rows: list[list[str]]) -> bool:
    """Whether rows below a table are words, or one number by itself above words: the missing value's code."""
    first = rows[1:] if len(rows) > 1 and _is_lone_number(rows[0]) else rows
    return all(any(cell_kind(cell) == "word" for cell in row) for row in first)


def _is_lone_number(row: list[str]) -> bool:
    return len(row) == 1 and re.fullmatch(r"-?\d+(\.\d+)?", row[0].strip()) is not None


def _ragged_rows_message(rows: list[tuple[int, list[str]]], width: int, like: str) -> str:
    """The sentence for rows of other widths than the first, "" where there are none."""
    differing = [(line, row) for line, row in rows if len(row) != width]
    if not differing:
        return ""
    line, row = differing[0]
    others = f" ({len(differing):,} lines differ)" if len(differing) > 1 else ""
    return (
        f"Line {line:,} has {plural(len(row), 'value')} where {like} has {width:,}{others}. "
        "Give every line the same number of values, a gap as nothing between separators."
    )


def without_summaries(cells: pa.Table, body: Body, header: list[list[str]]) -> tuple[pa.Table, Body]:
    """The rows without headers that come again and without sums, averages and the like; what was left out is noted."""
    repeated = np.zeros(cells.num_rows, dtype=bool)
    for row in header:
        repeated |= _equal_rows(cells, row)
    summaries = _summary_rows(cells)
    tail = _rows_below(cells)
    out = repeated | summaries | tail
    if not out.any() or out.all():
        return cells, body
    notes = []
    if repeated.any():
        first = body.place(int(np.argmax(repeated)))
        notes.append(f"{plural(int(repeated.sum()), 'repetition')} of the header left out (first: {first}).")
    if summaries.any():
        words = [
            " ".join(str(column[int(row)]) for column in cells.columns[:3]) for row in np.flatnonzero(summaries)[:3]
        ]
        places = body.place(int(np.argmax(summaries)))
        count = plural(int(summaries.sum()), "line")
        notes.append(
            f"{count} of sums, averages or the like left out: {', '.join(map(quote, words))} (first: {places})."
        )
    if (remarks := tail & ~summaries).any():
        words = ["".join(str(column[int(row)]).strip() for column in cells.columns) for row in np.flatnonzero(remarks)]
        said = f": {list_names([word for word in words if word])}" if any(words) else ""
        notes.append(f"{plural(int(remarks.sum()), 'row')} below the table, without a value, left out{said}.")
    kept = np.flatnonzero(~out)
    lines = tuple(int(re.sub(r"\D", "", body.place(int(row)))) for row in kept)
    return cells.take(pa.array(kept)), replace(body, notes=(*body.notes, *notes), lines=lines)


def _equal_rows(cells: pa.Table, header: list[str]) -> np.ndarray:
    """Which rows are the same as a row of the header."""
    same = np.ones(cells.num_rows, dtype=bool)
    for column, cell in zip(cells.columns, header, strict=False):
        same &= np.asarray(pc.equal(column, cell).combine_chunks())
        if not same.any():
            break
    return same if any(cell_kind(cell) == "word" for cell in header) else np.zeros(cells.num_rows, dtype=bool)


def _summary_rows(cells: pa.Table) -> np.ndarray:
    """Rows whose first cell is a word such as Sum, in a first column of dates or numbers; and ends of files."""
    first = cells.columns[0].combine_chunks()
    tail = max(0, len(first) - MAX_FOOTER_ROWS)
    none = np.zeros(cells.num_rows, dtype=bool)
    if not _mostly_digits(first):
        return none
    suspects = np.asarray(pc.match_substring_regex(first, r"^[^0-9]*[A-Za-z]{3}[^0-9]*((19|20)[0-9]{2}\W*)?$"))
    for row in np.flatnonzero(suspects):
        cell = str(first[int(row)])
        none[row] = bool(SUMMARY.match(cell)) or (row >= tail and bool(END.match(cell)))
    return none


def _mostly_digits(cells: pa.Array) -> bool:
    """Whether most cells that hold something hold digits, as dates in words do too."""
    sample = [cell for cell in cells[:200].to_pylist() if cell_kind(cell) != "gap"]
    return sum(any(sign.isdigit() for sign in cell) for cell in sample) >= MOSTLY * max(1, len(sample))


def _rows_below(cells: pa.Table) -> np.ndarray:
    """The last rows, of a word or nothing at all, below a first column of dates or numbers."""
    out = np.zeros(cells.num_rows, dtype=bool)
    if cells.num_columns < 2 or not _mostly_digits(cells.columns[0].combine_chunks()):
        return out
    for row in range(cells.num_rows - 1, max(0, cells.num_rows - 1 - MAX_FOOTER_ROWS), -1):
        first, *others = (str(column[row]).strip() for column in cells.columns)
        if any(others) or any(sign.isdigit() for sign in first) or (first and cell_kind(first) == "gap"):
            break
        out[row] = True
    return out


#: A share of a column's cells from which on it is one of values.
MOSTLY = 0.5
