"""JSON and JSON lines, by orjson: records, columns, rows or nested lists."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import orjson

from lstm_viz.sequences.errors import SequenceError
from lstm_viz.sequences.limits import Limits
from lstm_viz.sequences.readers.encodings import decode
from lstm_viz.sequences.readers.names import quoted
from lstm_viz.sequences.readers.nested import table_of_json
from lstm_viz.sequences.tables import Table

#: Lists and records for each row that is allowed: each takes some 100 bytes of memory, however empty.
CONTAINERS_PER_ROW = 3


def read(data: bytes, name: str, limits: Limits) -> Table:
    """The table of a JSON file. Raises SequenceError where it is no JSON, or of no known shape."""
    text = decode(data)
    containers = data.count(b"[") + data.count(b"{")
    limits.check("lists and records", containers, CONTAINERS_PER_ROW * limits.rows, "Keep fewer rows.")
    value, documents = _parsed(text.characters.encode(), limits)
    _refuse_repeated_keys(documents)
    table = table_of_json(value, limits)
    return Table(table.columns, "", "json", (*text.notes, *table.notes), table.roles)


def _parsed(raw: bytes, limits: Limits) -> tuple[Any, Iterable[bytes]]:
    """(the value, the documents it came in): one, or one a line."""
    try:
        return orjson.loads(raw), [raw]
    except orjson.JSONDecodeError as error:
        lines = [(number, line) for number, line in enumerate(raw.split(b"\n"), start=1) if line.strip()]
        if len(lines) > 1 and _is_document(lines[0][1]):
            limits.check("rows", len(lines), limits.rows, "Keep fewer rows.")
            return [_line(number, line) for number, line in lines], [line for _, line in lines]
        raise SequenceError(_broken(error, error.lineno, error.colno)) from error


def _is_document(line: bytes) -> bool:
    try:
        return isinstance(orjson.loads(line), dict | list)
    except orjson.JSONDecodeError:
        return False


def _line(number: int, line: bytes) -> Any:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise SequenceError(_broken(error, number, error.colno)) from error


def _broken(error: orjson.JSONDecodeError, line: int, column: int) -> str:
    why = str(error.msg)
    if "depth" in why:
        return "The JSON is nested more than 1,000 levels deep. Expected records, or lists at most 3 deep."
    if any(error.doc[error.pos :].lstrip("-").startswith(word) for word in ("NaN", "Inf")):
        return f"Line {line:,}, character {column:,}: NaN and Infinity are no JSON. Write null for a gap."
    if "infinity" in why:
        return f"Line {line:,}, character {column:,}: a number too large for 64 bits. Write null for a gap."
    return f"The JSON is broken at line {line:,}, character {column:,}: {why}. Save it again as JSON."


def _refuse_repeated_keys(documents: Iterable[bytes]) -> None:
    """A key that comes twice hides a value: parsers keep the last in silence."""
    for document in documents:
        if b"{" in document:
            json.loads(document, object_pairs_hook=_unique)


def _unique(pairs: list[tuple[str, Any]]) -> None:
    keys: set[str] = set()
    for key, _ in pairs:
        if key in keys:
            raise SequenceError(f"The key {quoted(key)} comes twice in one record. Keep one of them.")
        keys.add(key)
