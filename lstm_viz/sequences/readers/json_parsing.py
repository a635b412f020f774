"""JSON text to a value: JSON and JSON Lines by orjson, with Python's NaN, and no key twice."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

import orjson

from lstm_viz.sequences.errors import SequenceError
from lstm_viz.sequences.formatting import plural
from lstm_viz.sequences.limits import Limits
from lstm_viz.sequences.readers.column_names import quote


def parse_json(raw: bytes, limits: Limits) -> tuple[Any, tuple[str, ...]]:
    """(the value of a JSON text, notes); of JSON Lines the list of their values. Raises SequenceError for no JSON.

    >>> parse_json(b'{"a": 1}\\n{"a": NaN}', Limits())
    ([{'a': 1}, {'a': None}], ("1 value NaN or Infinity, which JSON doesn't have, read as gaps.",))
    """
    value, documents, notes = _parse(raw, limits)
    _refuse_repeated_keys(documents)
    return value, notes


#: What Python's own json writes for numbers that JSON doesn't have, outside of texts. A text without an end is found
#: too, so that what follows is not looked at again.
NOT_JSON = re.compile(rb'"(?:[^"\\]|\\.)*"?|(-?\b(?:NaN|Infinity)\b)')


def _parse(raw: bytes, limits: Limits) -> tuple[Any, Iterable[bytes], tuple[str, ...]]:
    """(the value, the documents it came in: one, or one a line, notes)."""
    try:
        return orjson.loads(raw), [raw], ()
    except orjson.JSONDecodeError as error:
        if b"NaN" in raw or b"Infinity" in raw:
            plain, count = _without_nan(raw)
            if count:
                value, documents, notes = _parse(plain, limits)
                said = f"{plural(count, 'value')} NaN or Infinity, which JSON doesn't have, read as gaps."
                return value, documents, (*notes, said)
        lines = [(number, line) for number, line in enumerate(raw.split(b"\n"), start=1) if line.strip()]
        if len(lines) > 1 and _is_document(lines[0][1]):
            limits.check("rows", len(lines), limits.rows, "Keep fewer rows.")
            return [_parse_line(number, line) for number, line in lines], [line for _, line in lines], ()
        raise SequenceError(_syntax_error_message(error, error.lineno, error.colno)) from error


def _without_nan(raw: bytes) -> tuple[bytes, int]:
    count = 0

    def null(found: re.Match[bytes]) -> bytes:
        nonlocal count
        count += found[1] is not None
        return found[0] if found[1] is None else b"null"

    return NOT_JSON.sub(null, raw), count


def _is_document(line: bytes) -> bool:
    try:
        return isinstance(orjson.loads(line), dict | list)
    except orjson.JSONDecodeError:
        return False


def _parse_line(number: int, line: bytes) -> Any:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise SequenceError(_syntax_error_message(error, number, error.colno)) from error


def _syntax_error_message(error: orjson.JSONDecodeError, line: int, column: int) -> str:
    why = str(error.msg)
    if "depth" in why:
        return "The JSON is nested more than 1,000 levels deep. Expected records, or lists at most 3 deep."
    if "infinity" in why:
        return f"Line {line:,}, character {column:,}: a number too large for 64 bits. Write null for a gap."
    return f"The JSON is broken at line {line:,}, character {column:,}: {why}. Save it again as JSON."


def _refuse_repeated_keys(documents: Iterable[bytes]) -> None:
    """A key that comes twice hides a value: parsers keep the last in silence."""
    for document in documents:
        if b"{" in document:
            json.loads(document, object_pairs_hook=_check_unique_keys)


def _check_unique_keys(pairs: list[tuple[str, Any]]) -> None:
    keys: set[str] = set()
    for key, _ in pairs:
        if key in keys:
            raise SequenceError(f"The key {quote(key)} comes twice in one record. Keep one of them.")
        keys.add(key)
