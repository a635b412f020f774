"""Tables: a file as named columns without roles yet, and their form as messages of the sandbox."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lstm_viz.sandbox.wire import Message, text, texts
from lstm_viz.sequences.reading_options import Question, decode_question, encode_question

#: How a column travels, by the first letter of its NumPy kind: numbers, times in ns, words by their place in a list.
_WIRE_DTYPES = {"f": "<f8", "M": "<i8", "O": "<i4"}


@dataclass(frozen=True, eq=False)
class Table:
    """Named columns of one length: float64 (NaN: a gap), datetime64[ns] (NaT) or str objects (None).

    An array of 3 axes arrives as a long table with the columns `sequence` and `step`;
    a text as one row a character, in the column `character`.
    """

    columns: Mapping[str, np.ndarray]
    source: str
    format: str
    notes: tuple[str, ...] = ()
    #: Columns whose meaning the format itself states: {"time": "step", "sequence": "sequence"}.
    roles: Mapping[str, str] = field(default_factory=dict)
    #: A workbook's sheets or an NPZ file's arrays, any of which could be read, and which was.
    parts: tuple[str, ...] = ()
    part: str = ""
    #: What the file leaves open, and how it was read.
    questions: tuple[Question, ...] = ()
    #: Numbers of which the file itself says that they stand for a missing value.
    missing: tuple[float, ...] = ()
    #: Columns that were composed of others, and of which: {"Date, Time": ("Date", "Time")}.
    composed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """How many rows each column has."""
        return len(next(iter(self.columns.values()), ()))

    def composed_of(self, name: str | None) -> tuple[str, ...]:
        """The columns that a column was composed of, () for any other."""
        return self.composed.get(name or "", ())


def encode_table(table: Table) -> Message:
    """A table as the sandbox sends it. Words travel once each, in the head; -1 stands for a gap.

    >>> encode_table(Table({"sky": np.array(["blue", None, "blue"], object)}, "", "CSV")).arrays
    (array([ 0, -1,  0], dtype=int32),)
    """
    kept = {name: getattr(table, name) for name in ("source", "format", "notes", "parts", "part", "rows", "missing")}
    columns, arrays = zip(*(_encode_column(name, values) for name, values in table.columns.items()), strict=True)
    questions = [encode_question(question) for question in table.questions]
    kept |= {"roles": dict(table.roles), "composed": dict(table.composed), "questions": questions}
    return Message(kept | {"columns": columns}, arrays)


def decode_table(message: Message) -> Table:
    """The table in a message, the other end of `encode_table`. Raises ValueError or its like where it lies."""
    head, columns = message.head, {}
    for column, array in zip(head["columns"], message.arrays, strict=True):
        if array.dtype != _WIRE_DTYPES[column["kind"]] or array.shape != (head["rows"],):
            raise ValueError("a column has another type or length than is said")
        columns[text(column["name"])] = _decode_column(column, array)
    roles = {text(role): text(name) for role, name in head["roles"].items()}
    notes, parts = texts(head["notes"]), texts(head["parts"])
    questions = tuple(map(decode_question, head["questions"]))
    source, format_name, part = text(head["source"]), text(head["format"]), text(head["part"])
    missing = tuple(float(number) for number in head["missing"])
    composed = {text(name): texts(parts) for name, parts in head["composed"].items()}
    return Table(columns, source, format_name, notes, roles, parts, part, questions, missing, composed)


def _encode_column(name: str, values: np.ndarray) -> tuple[dict[str, Any], np.ndarray]:
    kind = values.dtype.kind
    if kind == "f":
        return {"name": name, "kind": kind}, values.astype("<f8", copy=False)
    if kind == "M":
        return {"name": name, "kind": kind}, values.astype("datetime64[ns]").view("<i8")
    places: dict[str, int] = {}
    codes = [-1 if word is None else places.setdefault(word, len(places)) for word in values]
    return {"name": name, "kind": "O", "words": list(places)}, np.array(codes, "<i4")


def _decode_column(column: dict[str, Any], array: np.ndarray) -> np.ndarray:
    if column["kind"] == "f":
        return array.astype(np.float64)
    if column["kind"] == "M":
        return array.astype(np.int64).view("datetime64[ns]")
    return np.array([*texts(column["words"]), None], dtype=object)[array]
