"""JSON and JSON Lines by orjson: records, columns, rows or nested lists, to a table.

`readers.READER_MODULES` names it, `readers.read` imports it by that name.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import orjson

from lstm_viz.sequences.errors import SequenceError
from lstm_viz.sequences.formatting import plural
from lstm_viz.sequences.limits import Limits
from lstm_viz.sequences.readers.column_names import clean_names, list_names, quote
from lstm_viz.sequences.readers.columns import cell_to_text, column_of_values, gather
from lstm_viz.sequences.readers.encodings import decode
from lstm_viz.sequences.readers.header import has_header
from lstm_viz.sequences.reading_options import DEFAULTS, ReadingOptions
from lstm_viz.sequences.table import Table

#: Lists and records for each row that is allowed: each takes some 100 bytes of memory, however empty.
CONTAINERS_PER_ROW = 3


def read(data: bytes, name: str, limits: Limits, options: ReadingOptions = DEFAULTS) -> Table:
    """The table of a JSON file. Raises SequenceError where it is no JSON, or of no known shape."""
    text = decode(data)
    containers = data.count(b"[") + data.count(b"{")
    limits.check("lists and records", containers, CONTAINERS_PER_ROW * limits.rows, "Keep fewer rows.")
    value, documents = _parse(text.characters.encode(), limits)
    _refuse_repeated_keys(documents)
    table = table_of_json(value, limits, options)
    return Table(table.columns, "", "json", (*text.notes, *table.notes), table.roles)


def _parse(raw: bytes, limits: Limits) -> tuple[Any, Iterable[bytes]]:
    """(the value, the documents it came in): one, or one a line."""
    try:
        return orjson.loads(raw), [raw]
    except orjson.JSONDecodeError as error:
        lines = [(number, line) for number, line in enumerate(raw.split(b"\n"), start=1) if line.strip()]
        if len(lines) > 1 and _is_document(lines[0][1]):
            limits.check("rows", len(lines), limits.rows, "Keep fewer rows.")
            return [_parse_line(number, line) for number, line in lines], [line for _, line in lines]
        raise SequenceError(_syntax_error_message(error, error.lineno, error.colno)) from error


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
    if any(error.doc[error.pos :].lstrip("-").startswith(word) for word in ("NaN", "Inf")):
        return f"Line {line:,}, character {column:,}: NaN and Infinity are no JSON. Write null for a gap."
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


EXPECTED = "Expected a list of records, a record of columns, or lists of numbers at most 3 deep"

#: How deep records within records become columns of their own.
MAX_RECORD_DEPTH = 3


def table_of_json(value: Any, limits: Limits, options: ReadingOptions = DEFAULTS) -> Table:
    """The table in a parsed JSON value.

    >>> list(table_of_json([{"flow": 1}, {"flow": 2}], Limits()).columns["flow"])
    [np.float64(1.0), np.float64(2.0)]
    """
    if isinstance(value, dict):
        return _table_of_object(value, limits, options)
    if not isinstance(value, list):
        raise SequenceError(f"{EXPECTED}, but the JSON is a single {_json_type(value)}. Save the whole sequence.")
    kinds = {_json_type(item) for item in value}
    if not value or kinds == {"null"}:
        raise SequenceError(f"{EXPECTED}, but the list holds no values. Save the sequence with its values.")
    if kinds == {"record"}:
        return _table_of_records(value, limits, options)
    if kinds == {"list"}:
        return _table_of_lists(value, limits, options)
    if kinds & {"record", "list"}:
        raise SequenceError(f"{EXPECTED}, but one list mixes {', '.join(sorted(kinds))}. Keep one kind.")
    return _table_of_columns({"value": value}, limits, options)


def _json_type(value: Any) -> str:
    names = {dict: "record", list: "list", str: "word", bool: "truth", type(None): "null"}
    return names.get(type(value), "number")


def _table_of_object(value: dict[str, Any], limits: Limits, options: ReadingOptions = DEFAULTS) -> Table:
    kinds = {_json_type(item) for item in value.values()}
    if not value:
        raise SequenceError(f"{EXPECTED}, but the record is empty. Save the sequence with its values.")
    if isinstance(value.get("columns"), list) and isinstance(value.get("data"), list):
        return _table_of_split(value, limits, options)
    if kinds == {"list"}:
        return (
            _table_of_columns(value, limits, options)
            if _is_flat(value)
            else _table_of_only_list(value, limits, options)
        )
    if kinds == {"record"}:
        return _table_of_labelled(value, limits, options)
    if not kinds & {"list", "record"}:
        return _table_of_records([value], limits, options)
    return _table_of_only_list(value, limits, options)


def _is_flat(columns: Mapping[str, list[Any]]) -> bool:
    return all(_json_type(item) not in ("list", "record") for column in columns.values() for item in column)


def _table_of_only_list(value: dict[str, Any], limits: Limits, options: ReadingOptions = DEFAULTS) -> Table:
    """The one list of a record whose other keys describe it."""
    lists = [key for key, item in value.items() if isinstance(item, list)]
    if len(lists) != 1:
        raise SequenceError(
            f"{EXPECTED}, but the record holds {plural(len(lists), 'list')} among other things. Save one."
        )
    others = [key for key in value if key != lists[0]]
    table = table_of_json(value[lists[0]], limits, options)
    left = f"; left out: {list_names(others)}" if others else ""
    note = f"The list under the key {quote(lists[0])} was read{left}."
    return replace(table, notes=(note, *table.notes))


def _table_of_split(value: dict[str, Any], limits: Limits, options: ReadingOptions = DEFAULTS) -> Table:
    """Names under `columns`, rows under `data`, as pandas writes with orient="split"."""
    rows, names = value["data"], [str(name) for name in value["columns"]]
    others = [key for key in value if key not in ("columns", "data", "index")]
    _check_rows(rows, len(names), limits)
    notes = (f"Keys left out: {list_names(others)}.",) if others else ()
    index = value.get("index")
    columns = dict(zip(clean_names(names)[0], map(list, zip(*rows, strict=True)), strict=True))
    if isinstance(index, list) and len(index) == len(rows) and index != list(range(len(rows))):
        columns = {"index": index} | columns
    return _table_of_columns(columns, limits, options, notes)


def _table_of_labelled(value: dict[str, Any], limits: Limits, options: ReadingOptions = DEFAULTS) -> Table:
    """Records under labels: rows as columns by number (pandas' own way), else a record a label."""
    labels = list(dict.fromkeys(label for record in value.values() for label in record))
    if all(label.isdecimal() for label in labels):
        limits.check_shape(len(labels), len(value))
        columns = {key: [record.get(label) for label in labels] for key, record in value.items()}
        return _table_of_columns(columns, limits, options)
    table = _table_of_records(list(value.values()), limits)
    labels_first = {"label": np.array(list(value), dtype=object)} | dict(table.columns)
    return replace(table, columns=labels_first)


def _table_of_records(
    records: Sequence[Mapping[str, Any]], limits: Limits, options: ReadingOptions = DEFAULTS
) -> Table:
    columns: dict[str, list[Any]] = {}
    present: dict[str, int] = {}
    nested: dict[str, None] = {}
    for row, record in enumerate(records):
        for key, item in _flattened(record, "", MAX_RECORD_DEPTH):
            if isinstance(item, list | dict):
                nested[key] = None
                continue
            if key not in columns:
                limits.check_shape(len(records), len(columns) + 1)
                columns[key] = [None] * len(records)
            columns[key][row] = item
            present[key] = present.get(key, 0) + 1
    notes = _missing_notes(present, len(records))
    if nested:
        notes.append(f"{plural(len(nested), 'key')} of lists or deep records left out: {list_names(list(nested))}.")
    if not columns:
        raise SequenceError(f"{EXPECTED}, but the records hold no plain values. Save numbers under their keys.")
    return _table_of_columns(columns, limits, options, tuple(notes))


def _flattened(record: Mapping[str, Any], stem: str, depth: int) -> list[tuple[str, Any]]:
    items: list[tuple[str, Any]] = []
    for key, item in record.items():
        if isinstance(item, dict) and item and depth > 1:
            items += _flattened(item, f"{stem}{key}.", depth - 1)
        else:
            items.append((stem + key, item))
    return items


def _missing_notes(present: Mapping[str, int], records: int) -> list[str]:
    missing = [key for key, count in present.items() if count < records]
    if not missing:
        return []
    return [f"{plural(len(missing), 'key')} not in every record, a gap where missing: {list_names(missing)}."]


def _table_of_columns(
    columns: Mapping[str, list[Any]], limits: Limits, options: ReadingOptions, notes: tuple[str, ...] = ()
) -> Table:
    lengths = {len(values) for values in columns.values()}
    if len(lengths) > 1:
        shown = ", ".join(f"{quote(name)} {len(values):,}" for name, values in list(columns.items())[:4])
        raise SequenceError(f"The columns have unequal lengths: {shown}. Give all the same, with null for a gap.")
    limits.check_shape(lengths.pop(), len(columns))
    names, name_notes = clean_names(columns)
    found = gather(
        {
            name: column_of_values(items, name, lambda row: f"record {row + 1:,}", options)
            for name, items in zip(names, columns.values(), strict=True)
        }
    )
    return Table(found.values, "", "json", (*notes, *name_notes, *found.notes), questions=found.questions)


def _table_of_lists(rows: list[list[Any]], limits: Limits, options: ReadingOptions = DEFAULTS) -> Table:
    kinds = {_json_type(item) for row in rows for item in row}
    if kinds == {"list"}:
        return _table_of_sequences(rows, limits, options)
    if kinds & {"list", "record"}:
        raise SequenceError(f"{EXPECTED}, but rows mix {', '.join(sorted(kinds))}. Keep one kind.")
    header = has_header([[cell_to_text(item) or "" for item in row] for row in rows[:2]])
    _check_rows(rows, len(rows[0]), limits)
    names = [str(item) for item in rows[0]] if header else [f"column_{place + 1}" for place in range(len(rows[0]))]
    if len(rows) == header:
        raise SequenceError("The JSON has a row of names but no rows of values. Add them.")
    clean, notes = clean_names(names)
    return _table_of_columns(
        dict(zip(clean, map(list, zip(*rows[header:], strict=True)), strict=True)), limits, options, tuple(notes)
    )


def _check_rows(rows: list[Any], width: int, limits: Limits) -> None:
    """Raise SequenceError where rows aren't lists of `width` values."""
    limits.check_shape(len(rows), width)
    if not rows or not width:
        raise SequenceError(f"{EXPECTED}, but there are no rows of values. Save the sequence with its values.")
    for place, row in enumerate(rows, start=1):
        if not isinstance(row, list) or len(row) != width:
            came = plural(len(row), "value") if isinstance(row, list) else f"a {_json_type(row)}"
            raise SequenceError(
                f"Row {place:,} has {came} where {width:,} are expected. Give every row the same number."
            )


def _table_of_sequences(sequences: list[list[list[Any]]], limits: Limits, options: ReadingOptions = DEFAULTS) -> Table:
    """Sequences × steps × features; sequences may differ in length."""
    rows = [row for sequence in sequences for row in sequence]
    _check_rows(rows, len(rows[0]), limits)
    if any(_json_type(item) in ("list", "record") for row in rows for item in row):
        raise SequenceError(f"{EXPECTED}, but these are nested deeper. Save sequences × steps × features.")
    lengths = [len(sequence) for sequence in sequences]
    names = [f"feature_{place + 1}" for place in range(len(rows[0]))]
    features = _table_of_columns(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)), limits, options)
    columns = {
        "sequence": np.repeat(np.arange(1.0, len(lengths) + 1), lengths),
        "step": np.concatenate([np.arange(1.0, length + 1) for length in lengths]),
    }
    said = [f"The lists were read as {plural(len(lengths), 'sequence')} × steps × {plural(len(names), 'feature')}."]
    if 0 in lengths:
        said.append(f"{plural(lengths.count(0), 'empty sequence')} left out.")
    roles = {"sequence": "sequence", "time": "step"}
    return replace(features, columns=columns | dict(features.columns), notes=(*said, *features.notes), roles=roles)
