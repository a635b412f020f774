"""Texts of series under headers: .ts and .tsf of time-series archives, and .arff of Weka.

`readers.READER_MODULES` names it, `readers.read` imports it by that name.
"""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pyarrow as pa

from lstm_viz.sequences.errors import SequenceError
from lstm_viz.sequences.formatting import format_values, make_unique, plural
from lstm_viz.sequences.limits import Limits
from lstm_viz.sequences.readers.column_names import clean_names, quote
from lstm_viz.sequences.readers.columns import column_of_text, gather
from lstm_viz.sequences.readers.delimited import table_of_text
from lstm_viz.sequences.readers.encodings import DecodedText, decode
from lstm_viz.sequences.reading_options import DEFAULTS, ReadingOptions
from lstm_viz.sequences.table import Table

#: The names of a header's lines that begin series or tables.
DATA_LINE = re.compile(r"(?im)^@data[ \t]*$")
ATTRIBUTE = re.compile(r"(?im)^@attribute[ \t]+('(?:[^'\\\n]|\\.)*'|\"[^\"\n]*\"|\S+)[ \t]+(.*)$")
#: A value in single quotes, or a quote without an end: found too, so that what follows is not looked at again.
QUOTED = re.compile(r"'((?:[^'\\]|\\.)*)('|\\?$)")


def read(data: bytes, name: str, limits: Limits, options: ReadingOptions = DEFAULTS) -> Table:
    """The series or the table of a text with @data. Raises SequenceError where it has none, or past the limits."""
    text = decode(data)
    split = DATA_LINE.search(text.characters)
    if split is None:
        raise SequenceError("The file has no line @data, below which its values would stand. Save it again.")
    header, body = text.characters[: split.start()], text.characters[split.end() :].strip("\n")
    lines = [line for line in body.split("\n") if line.strip() and line[0] not in "%#"]
    if not lines:
        raise SequenceError("There is nothing below the line @data. Save the file with its series.")
    if re.search(r"(?im)^@relation\b", header) and ATTRIBUTE.search(header) and not _is_tsf(header):
        return _weka(header, lines, text, limits, options)
    series = _forecasting(header, lines, limits) if ATTRIBUTE.search(header) else _classification(header, lines, limits)
    return replace(series, notes=(*text.notes, *series.notes))


def _is_tsf(header: str) -> bool:
    return re.search(r"(?im)^@(frequency|horizon|equallength|missing)\b", header) is not None


def _weka(header: str, lines: list[str], text: DecodedText, limits: Limits, options: ReadingOptions) -> Table:
    """A table of attributes; a ? is a gap."""
    attributes = [(found[1].strip("'\""), found[2]) for found in ATTRIBUTE.finditer(header)]
    names = [name for name, _ in attributes]
    if any("relational" in kind.lower() for _, kind in attributes):
        raise SequenceError("The file holds relational attributes, series within a cell. Export it as .ts or CSV.")
    if any(line.lstrip().startswith("{") for line in lines):
        raise SequenceError("The file's rows are sparse, {place value}. Export them in full (Weka: SparseToNonSparse).")
    limits.check_shape(len(lines), len(names))
    first = ",".join(f'"{name}"' for name in names)
    rows = "\n".join(QUOTED.sub(_in_double_quotes, line) for line in lines)
    table = table_of_text(replace(text, characters=f"{first}\n{rows}\n"), limits, options.but(header=True))
    kinds = [kind.strip().startswith("{") for _, kind in attributes]
    columns = {
        name: _as_words(values) if nominal and values.dtype.kind == "f" else values
        for (name, values), nominal in zip(table.columns.items(), kinds, strict=True)
    }
    questions = tuple(one for one in table.questions if one.option != "header")
    return replace(table, columns=columns, format="arff", questions=questions)


def _in_double_quotes(value: re.Match[str]) -> str:
    return f'"{value[1]}"' if value[2] == "'" else value[0]


def _as_words(values: np.ndarray) -> np.ndarray:
    """The numbers of a nominal attribute as the words that they are: {1, 2} names two kinds."""
    words = format_values(values)
    return np.array([word or None for word in words], dtype=object)


def _classification(header: str, lines: list[str], limits: Limits) -> Table:
    """A line a sequence: its dimensions set apart by colons, its label last."""
    labelled = re.search(r"(?im)^@(class|target)label\s+true", header) is not None
    if re.search(r"(?im)^@timestamps\s+true", header) or lines[0].lstrip().startswith("("):
        raise SequenceError("The series have timestamps of their own, (time, value). Export them as CSV.")
    cells: list[list[list[str]]] = []
    lengths: list[int] = []
    labels: list[str] = []
    for place, line in enumerate(lines, start=1):
        parts = line.split(":")
        if labelled:
            labels.append(parts.pop().strip())
        dimensions = [part.split(",") for part in parts]
        sizes = {len(values) for values in dimensions}
        width = len(cells[0]) if cells else len(dimensions)
        if not dimensions:
            raise SequenceError(f"Series {place:,} has a label and no values. Give it values, or leave it out.")
        if len(sizes) != 1 or len(dimensions) != width:
            raise SequenceError(f"Series {place:,} has {_sizes(dimensions)}, where each is as long as the others.")
        cells.append(dimensions)
        lengths.append(sizes.pop())
    limits.check_shape(sum(lengths), len(cells[0]) + 2)
    names = [f"dimension_{place + 1}" for place in range(len(cells[0]))] if len(cells[0]) > 1 else ["value"]
    columns = {name: [cell for series in cells for cell in series[place]] for place, name in enumerate(names)}
    called = [f"{place}: {label}" for place, label in enumerate(labels, start=1)] if labelled else []
    return _series(columns, lengths, called or [str(place + 1) for place in range(len(cells))], "ts")


def _sizes(dimensions: list[list[str]]) -> str:
    shown = ", ".join(f"{len(values):,}" for values in dimensions[:4])
    return f"{plural(len(dimensions), 'dimension')} of {shown} values"


def _forecasting(header: str, lines: list[str], limits: Limits) -> Table:
    """A line a sequence: its attributes and, after the last colon, its values."""
    attributes = [found[1].strip("'\"") for found in ATTRIBUTE.finditer(header)]
    names, values, lengths = [], [], []
    for place, line in enumerate(lines, start=1):
        parts = line.split(":", len(attributes))
        if len(parts) != len(attributes) + 1:
            raise SequenceError(f"Series {place:,} has {len(parts) - 1} attributes where {len(attributes)} are named.")
        numbers = parts[-1].split(",")
        names.append(parts[0].strip() or str(place))
        values += numbers
        lengths.append(len(numbers))
    limits.check_shape(sum(lengths), 3)
    table = _series({"value": values}, lengths, names, "tsf")
    left = attributes[1:]
    more = (f"Left out: {', '.join(map(quote, left))}.",) if left else ()
    return replace(table, notes=(*table.notes, *more))


def _series(columns: dict[str, list[str]], lengths: list[int], names: list[str], kind: str) -> Table:
    clean = clean_names(columns)[0]
    found = gather(
        {
            name: column_of_text(pa.array(cells, pa.string()), name, lambda row: f"value {row + 1:,}")
            for name, cells in zip(clean, columns.values(), strict=True)
        }
    )
    steps = np.concatenate([np.arange(1.0, length + 1) for length in lengths])
    called = np.repeat(np.array(make_unique(names), dtype=object), lengths)
    said = f"{len(lengths):,} series of {min(lengths):,} to {max(lengths):,} steps were read."
    roles = {"sequence": "sequence", "time": "step"}
    values = {"sequence": called, "step": steps} | found.values
    return Table(values, "", kind, (said, *found.notes), roles, questions=found.questions)
