"""A text pasted into a box: numbers, a table, JSON, else characters.

`readers.READER_MODULES` names it, `readers.read` imports it by that name.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import orjson
import pyarrow as pa

from lstm_viz.sequences.limits import Limits
from lstm_viz.sequences.readers.columns import column_of_text
from lstm_viz.sequences.readers.dialect import cell_kind
from lstm_viz.sequences.readers.encodings import DecodedText, decode
from lstm_viz.sequences.readers.formats import detect_format
from lstm_viz.sequences.readers.numbers import marks_of_file
from lstm_viz.sequences.readers.plain_text import looks_tabular, table_or_characters
from lstm_viz.sequences.reading_options import DEFAULTS, ReadingOptions
from lstm_viz.sequences.table import Table

#: array([...]), np.array((...)), tensor([...]), {1, 2, 3}: numbers as a program prints or writes them.
WRAPPED = re.compile(
    r"^\s*(?:[A-Za-z_][\w.]*\s*=\s*)?(?:[A-Za-z_][\w.]*)?\s*[(\[{]+([0-9eE+\-.,;\s]*?)"
    r"[)\]}]+\s*(?:,\s*(?:dtype|device)=[^)]*)?[)\]};,]*\s*$"
)
#: A comma between digits that blanks or semicolons separate from others belongs to its number.
OWN_COMMAS = re.compile(r"[+-]?(\d+,\d+|\d{1,3}(,\d{3})+(\.\d*)?|\d{1,3}(\.\d{3})+,\d+)")
#: 1,234.5 and 1.234,5, which are one number wherever they stand.
GROUPED = re.compile(r"[+-]?(\d{1,3}(,\d{3})+\.\d+|\d{1,3}(\.\d{3})+,\d+)")
#: What joins the last number of a list in a sentence.
AND = re.compile(r"(?<=\d),?\s+(?:and|und|et|y|e|en|&)\s+(?=[-+\d.])")


def read(data: bytes, name: str, limits: Limits, options: ReadingOptions = DEFAULTS) -> Table:
    """The table of a pasted text. Raises SequenceError past the limits."""
    text = decode(data)
    if (plain := _without_brackets(text.characters)) != text.characters:
        return table_of_pasted(replace(text, characters=plain), name, limits, options)
    return table_of_pasted(text, name, limits, options)


#: What begins numbers as a program prints or writes them: [1, array([1, np.array(((1, x = [1
LITERAL = re.compile(r"\s*([A-Za-z_][\w.]*\s*=\s*)?([A-Za-z_][\w.]*)?\s*[(\[{]+\s*[-+.\d\"']")


def table_of_literal(text: DecodedText, limits: Limits, options: ReadingOptions) -> Table | None:
    """The table of a file that holds nothing but a list as a program prints or writes it; None for any other.

    >>> table_of_literal(DecodedText("[1.0, 2.0,\\n 3.5]\\n"), Limits(), DEFAULTS).columns["value"].tolist()
    [1.0, 2.0, 3.5]
    """
    written = text.characters
    if not LITERAL.match(written[:1000]):
        return None
    plain = _without_brackets(written)
    is_json = written.lstrip()[:1] in ("[", "{") and detect_format(written.encode(), "").format == "json"
    if plain == written and not (is_json or WRAPPED.match(written) or NESTED.match(written)):
        return None
    return table_of_pasted(replace(text, characters=plain), "", limits, options)


#: [1] and [13] before the numbers of a line, as R prints a vector.
R_INDEX = re.compile(r"^\s*\[\d+\]\s+", re.MULTILINE)
#: A line that is a row in brackets: (0.1, 3.5). A number alone in brackets may be one below zero.
BRACKETED = re.compile(r"^\s*[(\[]\s*([0-9eE+\-.]+[,;\s][0-9eE+\-.,;\s]*?)\s*[)\]],?\s*$", re.MULTILINE)


def _without_brackets(written: str) -> str:
    """The text without the places that R prints before lines, and without brackets around every line.

    >>> _without_brackets(" [1] 1.5 2.5\\n [3] 3.5"), _without_brackets("(1, 2)\\n(3, 4)")
    ('1.5 2.5 3.5', '1, 2\\n3, 4')
    """
    lines = [line for line in written.split("\n") if line.strip()]
    if all(map(R_INDEX.match, lines)):
        return " ".join(R_INDEX.sub("", written).split())
    if len(lines) > 1 and all(map(BRACKETED.match, lines)):
        return "\n".join(BRACKETED.sub(r"\1", line) for line in lines)
    return written


def _python_literal(written: str) -> Any:
    """The lists and records that Python prints, which are JSON but for quotes, brackets and a few words; else None."""
    if written.lstrip()[:1] not in ("{", "[", "(") or '"' in written or "\\" in written:
        return None
    plain = written.strip().replace("'", '"').replace("(", "[").replace(")", "]")
    words = {"None": "null", "nan": "null", "True": "true", "False": "false"}
    plain = re.sub(r'"[^"]*"|\b(?:None|nan|True|False)\b', lambda found: words.get(found[0], found[0]), plain)
    try:
        return orjson.loads(re.sub(r",(\s*[\]}])", r"\1", plain))
    except orjson.JSONDecodeError:
        return None


def table_of_pasted(text: DecodedText, name: str, limits: Limits, options: ReadingOptions) -> Table:
    """The table of a decoded text, of the first of these kinds that it is."""
    data = text.characters.encode()
    if text.characters.lstrip()[:1] in ("[", "{") and detect_format(data, "").format == "json":
        from lstm_viz.sequences.readers import json_tables

        return json_tables.read(data, name, limits, options)
    if (nested := _nested_lists(text.characters)) is not None:
        from lstm_viz.sequences.readers import json_tables

        return json_tables.table_of_json(nested, limits, options)
    if "'" in text.characters and isinstance(literal := _python_literal(text.characters), dict | list):
        from lstm_viz.sequences.readers import json_tables

        return json_tables.table_of_json(literal, limits, options)
    return table_of_loose_numbers(text, limits, options) or table_or_characters(text, limits, options)


#: Lists within lists, with what a program writes around them.
NESTED = re.compile(
    r"^\s*(?:[A-Za-z_][\w.]*\s*=\s*)?(?:[A-Za-z_][\w.]*)?\s*\(?\s*(\[\s*\[[0-9eE+\-.,\s\[\]naNifINF]*\])"
    r"\s*(?:,\s*(?:dtype|device)=[^)]*)?\)?[;,]?\s*$"
)


def _nested_lists(written: str) -> list[Any] | None:
    """The lists in what NumPy or another program prints, with or without commas; None for any other text."""
    found = NESTED.match(written)
    if found is None:
        return None
    plain = re.sub(r"(?<=[\dA-Za-z.\]])\s+(?=[-+\d.\[nNiI])", ", ", found[1])
    plain = re.sub(r"(\d)\.(?=[\s,\]eE])", r"\1.0", plain)
    plain = re.sub(r"(?<![\d])\.(?=\d)", "0.", plain)
    plain = re.sub(r"[+-]?\b(?:nan|inf)\b", "null", plain, flags=re.IGNORECASE)
    try:
        value = orjson.loads(re.sub(r",(\s*\])", r"\1", plain))
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, list) else None


def table_of_loose_numbers(text: DecodedText, limits: Limits, options: ReadingOptions) -> Table | None:
    """Numbers on one line, or wrapped over lines of unequal lengths, as one column in reading order; None for others.

    >>> table = table_of_loose_numbers(DecodedText("array([1., 2.5, 4])"), Limits(), DEFAULTS)
    >>> table.columns["value"].tolist()
    [1.0, 2.5, 4.0]
    >>> table_of_loose_numbers(DecodedText("1,5 2,5; 3,25"), Limits(), DEFAULTS).columns["value"].tolist()
    [1.5, 2.5, 3.25]
    """
    wrapped = WRAPPED.match(text.characters)
    written = AND.sub(" ", (wrapped[1] if wrapped else text.characters).strip().strip(",;"))
    words = _split_numbers(written)
    lines = written.count("\n") + 1
    if len(words) < 2 or not all(cell_kind(word) in ("number", "gap") for word in words[:1000]):
        return None
    if lines > 1 and not wrapped and looks_tabular(text.characters):
        return None
    limits.check_shape(len(words), 1)
    marks = marks_of_file(words[:1000], " ", options.decimal)
    column = column_of_text(pa.array(words), "value", lambda row: f"number {row + 1:,}", options, marks)
    if column.values.dtype.kind != "f":
        return None
    notes = ("The lines hold unequal counts of numbers, so all were read as one sequence, line after line.",)
    said = (*text.notes, *(notes if lines > 1 and not wrapped else ()), *column.notes)
    return Table({"value": column.values}, "", "text", said, questions=column.questions)


def _split_numbers(written: str) -> list[str]:
    """Numbers set apart by blanks or semicolons, within which a comma is a number's own; else by commas."""
    apart = [word for word in re.split(r"[\s;]+", written) if word]
    listed = [word.removesuffix(",") for word in apart]
    if len(apart) > 1 and any(map(GROUPED.fullmatch, listed)) and not any(word.count(",") > 4 for word in listed):
        return listed
    own = any(OWN_COMMAS.fullmatch(word) for word in apart)
    if len(apart) > 1 and own and not any(word.endswith(",") or word.count(",") > 1 for word in apart):
        return apart
    return re.split(r"[\s;]+|,(?!\d)\s*|(?<=\d),(?=[\d.+-])", re.sub(r",\s+", " ", written))
