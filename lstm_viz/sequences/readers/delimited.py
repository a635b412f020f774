"""CSV and its kin, by Arrow's CSV reader: every cell as text first, so that no value is lost to a guessed type.

`readers.READER_MODULES` names it, `readers.read` imports it by that name.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

import pyarrow as pa
import pyarrow.csv

from lstm_viz.files.sizes import MEGABYTE, size_in_words
from lstm_viz.sequences.errors import SequenceError
from lstm_viz.sequences.formatting import plural
from lstm_viz.sequences.limits import Limits
from lstm_viz.sequences.readers.column_names import clean_names, list_names, quote
from lstm_viz.sequences.readers.columns import Column, column_of_text, gather
from lstm_viz.sequences.readers.dialect import (
    SEPARATORS,
    WHITESPACE,
    Dialect,
    cell_kind,
    detect_dialect,
    lines_above,
    lines_of,
    sample_rows,
    split_header,
    with_plain_quotes,
    without_drawn_lines,
)
from lstm_viz.sequences.readers.encodings import DecodedText, decode
from lstm_viz.sequences.readers.fixed_width import spread_fixed_width
from lstm_viz.sequences.readers.header import detect_header
from lstm_viz.sequences.readers.missing_codes import declared_codes
from lstm_viz.sequences.readers.numbers import NumberMarks, marks_of_file
from lstm_viz.sequences.readers.rows_of_text import Body, count_blank_lines, is_blank_line, mend_rows, without_summaries
from lstm_viz.sequences.reading_options import DEFAULTS, Answer, Question, ReadingOptions
from lstm_viz.sequences.table import Table

#: Bytes that are split at a time, and so the longest line.
BLOCK_BYTES = 4 * MEGABYTE


def read(data: bytes, name: str, limits: Limits, options: ReadingOptions = DEFAULTS) -> Table:
    """The table of a delimited text. Raises SequenceError where rows and header don't fit."""
    from lstm_viz.sequences.readers.pasted_text import table_of_literal  # which imports this module

    text = decode(data)
    if table := table_of_literal(text, limits, options):
        return table
    expected = "\t" if name.lower().endswith((".tsv", ".tab")) else ","
    return table_of_text(text, limits, options, expected)


def table_of_text(text: DecodedText, limits: Limits, options: ReadingOptions = DEFAULTS, expected: str = "") -> Table:
    """The table in characters; where `expected` isn't what separates the values, a note says what does."""
    text, fixed_notes = spread_fixed_width(
        replace(text, characters=with_plain_quotes(without_drawn_lines(text.characters)))
    )
    layout, comma_question = _one_column_of_commas(text.characters, detect_dialect(text.characters), options, expected)
    rows = sample_rows(text.characters, layout)
    if not rows:
        raise SequenceError("The file holds no rows. Choose one with a header and rows of numbers.")
    limits.check_shape(1, max(len(rows[0]), layout.width if layout.fit > MIN_FIT else 0))
    rows[0], row_notes = _fill_header(rows[0], rows, layout)
    above = lines_above(text.characters, layout)
    head = detect_header(rows, len(rows[0]), options.header, above if layout.comments else ())
    names, name_notes = clean_names(head.names)
    body = body_below(text.characters, layout, len(names), head.rows)
    if not body.text.strip("\n"):
        raise SequenceError(f"The file has a header ({list_names(names)}) but no rows below it. Add rows of values.")
    if body.text.count('"') % 2:
        raise SequenceError("A quotation mark is opened and never closed. Close it, or take such marks out.")
    cells, body = split_cells(body, len(names), "the header" if head.rows else "the first row")
    limits.check_shape(cells.num_rows, len(names))
    cells, body = without_summaries(cells, body, rows[: head.rows])
    marks = marks_of_file(
        (cell.strip() for row in rows[head.rows :] for cell in row), layout.separator, options.decimal
    )
    found = gather(_columns(cells, names, body, options, marks))
    notes = (*text.notes, *fixed_notes, *_dialect_notes(layout, above, expected, len(names)), *head.notes, *row_notes)
    return Table(
        found.values,
        "",
        "tsv" if layout.separator == "\t" else "csv",
        (*notes, *body.notes, *name_notes, *found.notes),
        questions=(*comma_question, *([head.question] if head.question else []), *found.questions),
        missing=(*declared_codes("\n".join([*above, *(" ".join(row) for row in rows[1 : head.rows])])), *body.codes),
    )


#: A line that is one number with a decimal comma, or two numbers.
ONE_COMMA = re.compile(r"[+-]?\d+,\d+$")


def _one_column_of_commas(
    text: str, layout: Dialect, options: ReadingOptions, expected: str
) -> tuple[Dialect, tuple[Question, ...]]:
    """The dialect of lines such as 1,5, which are one number each, or two: by a header of one name, else a question."""
    if layout.separator != "," or layout.width != 2:
        return layout, ()
    one = replace(layout, separator="\t", width=1, above=layout.comments)
    lines = [row[0].strip() for row in sample_rows(text, one) if row]
    named = bool(lines) and cell_kind(lines[0]) == "word" and "," not in lines[0]
    if not all(ONE_COMMA.match(line) for line in lines[named:]) or len(lines) == named:
        return layout, ()
    if named:
        return one, ()
    shown = lines[0].split(",")
    number, pair = Answer(",", ".".join(shown)), Answer(".", f"two columns, {shown[0]} and {shown[1]}")
    as_number = options.decimal == "," or (options.decimal is None and not expected)
    taken, other = (number, pair) if as_number else (pair, number)
    example = f"“{lines[0]}” may be one number with a decimal comma, or two numbers."
    return one if as_number else layout, (Question("decimal", example, taken, (other,)),)


#: From this share of rows of one width on, the first row doesn't say how wide the table is.
MIN_FIT = 0.5


def _fill_header(first: list[str], rows: list[list[str]], layout: Dialect) -> tuple[list[str], tuple[str, ...]]:
    """A header of one name fewer than the rows below have values, as R writes it, or without their last separator."""
    if len(rows) > 1 and (names := split_header(first, layout.width)):
        return names, ("The header's names are separated by another sign than the values below.",)
    if len(rows) < 2 or abs(len(first) - layout.width) != 1 or layout.width < 2:
        return first, ()
    below = [row for row in rows[1:] if len(row) == layout.width]
    if len(below) < MIN_FIT * (len(rows) - 1):
        return first, ()
    if len(first) > layout.width:
        if len(below) < len(rows) - 1:
            return first, ()
        last = first[-1].strip()
        said = f"The header's last name, {quote(last)}, has no values below it." if last else ""
        return first[:-1], (said,) if said else ()
    if all(not row[-1].strip() for row in below):
        return first, ()  # the rows are cut to the header's width
    return ["row", *first], ("The header has one name fewer than the rows have values; the first column is the row.",)


def _columns(
    cells: pa.Table, names: list[str], body: Body, options: ReadingOptions, marks: NumberMarks
) -> dict[str, Column]:
    return {
        name: column_of_text(chunks.combine_chunks(), name, body.place, options, marks)
        for name, chunks in zip(names, cells.columns, strict=True)
    }


def _dialect_notes(layout: Dialect, above: list[str], expected: str, width: int) -> list[str]:
    notes = []
    if layout.comments:
        notes.append(f"{plural(layout.comments, 'line')} of comments (beginning with #) above the table left out.")
    if layout.above > layout.comments and (left := above[-(layout.above - layout.comments) :]):
        notes.append(f"Above the table and left out: {list_names(left)}.")
    if expected and width > 1 and layout.separator != expected:
        found = SEPARATORS.get(layout.separator, "blanks" if layout.separator == WHITESPACE else layout.separator)
        notes.append(f"The values are separated by {found}, not by {SEPARATORS[expected]}.")
    return notes


def split_cells(body: Body, width: int, like: str) -> tuple[pa.Table, Body]:
    """(every cell as text, the body that was split). Raises SequenceError where rows differ in width beyond mending."""
    try:
        return _split_by_arrow(body, width), body
    except pa.ArrowInvalid as error:
        mended = mend_rows(body, width, like)
        if isinstance(mended, str):
            raise SequenceError(mended or _parse_error_message(str(error))) from error
    try:
        return _split_by_arrow(mended, width), mended
    except pa.ArrowInvalid as error:
        raise SequenceError(_parse_error_message(str(error))) from error


def _split_by_arrow(body: Body, width: int) -> pa.Table:
    names = [f"f{place}" for place in range(width)]
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


def _handle_invalid_row(row: pyarrow.csv.InvalidRow) -> str:
    """What Arrow is to do with a row of another width: it passes over empty lines itself, not over blanks."""
    return "skip" if is_blank_line(row.text) else "error"


def _parse_error_message(detail: str) -> str:
    if "straddling" in detail:
        return f"A line is longer than {size_in_words(BLOCK_BYTES)}. Put each row on a line of its own."
    plain = re.sub(r"\s+", " ", detail)[:150]
    return f"The lines can't be split into values: {plain}. Save the file again as CSV."


def body_below(text: str, layout: Dialect, width: int, header_rows: int) -> Body:
    """The rows below header and what stands above it. Values set apart by blanks come out set apart by tabs."""
    rest, first_line = _skip_to_body(text, layout, header_rows)
    separator, notes = layout.separator, []
    if separator == WHITESPACE:
        rest, separator = re.sub(r"[ \t]+", "\t", re.sub(r"(?m)^[ \t]+|[ \t]+$", "", rest)), "\t"
    elif '"' not in rest and " \n" in rest:
        rest = re.sub(r"(?m)^ +$", "", rest)  # within quotes, blanks are a cell's own
    elif re.match(rf'[^\n]*{re.escape(separator)} +"', rest):
        rest = re.sub(rf'({re.escape(separator)}) +"', r'\1"', rest)  # "a", "b": the blank is no part of a cell
    rest = rest.rstrip(" \n") + "\n"
    if width > 1 and (blank := count_blank_lines(rest, separator)):
        notes.append(f"{plural(blank, 'blank line')} between the rows left out.")
    return Body(rest, separator, first_line, width == 1, tuple(notes))


def _skip_to_body(text: str, layout: Dialect, header_rows: int) -> tuple[str, int]:
    """(text after the header and what stands above it, the line it begins on)."""
    lines = islice(lines_of(text), layout.above, None)
    skipped = layout.above + (_count_header_lines(lines, layout, header_rows) if header_rows else 0)
    return text[_offset_of_line(text, skipped) :], skipped + 1


def _count_header_lines(lines: Iterator[str], layout: Dialect, rows: int) -> int:
    """How many lines the header's rows take, blank ones above them and line ends within quotes counted."""
    if layout.separator == WHITESPACE:
        return 1 + [place for place, line in zip(range(1000), lines, strict=False) if line.strip()][rows - 1]
    reader = csv.reader(lines, delimiter=layout.separator, skipinitialspace=True)
    for _ in range(rows):
        next(row for row in reader if len(row) > 1 or any(cell.strip() for cell in row))
    return reader.line_num


def _offset_of_line(text: str, lines: int) -> int:
    start = 0
    for _ in range(lines):
        start = text.find("\n", start) + 1 or len(text)
    return start
