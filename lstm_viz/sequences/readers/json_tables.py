"""JSON and JSON Lines: records, columns, rows or nested lists, to a table.

`readers.READER_MODULES` names it, `readers.read` imports it by that name.
"""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from lstm_viz.sequences.errors import SequenceError
from lstm_viz.sequences.formatting import make_unique, plural
from lstm_viz.sequences.limits import Limits
from lstm_viz.sequences.readers.column_names import clean_names, list_names, quote
from lstm_viz.sequences.readers.columns import cell_to_text, column_of_values, gather
from lstm_viz.sequences.readers.encodings import decode
from lstm_viz.sequences.readers.header import has_header
from lstm_viz.sequences.readers.json_parsing import parse_json
from lstm_viz.sequences.readers.json_shapes import (
    MAX_RECORD_DEPTH,
    count_skipped,
    flattened,
    is_dated,
    is_flat,
    is_pairs,
    json_type,
    largest_inside,
    lists_beside,
    only_list,
    pairs_key,
    refuse_error_reply,
    series_key,
    time_names,
)
from lstm_viz.sequences.reading_options import DEFAULTS, ReadingOptions
from lstm_viz.sequences.table import Table

#: Lists and records for each row that is allowed: each takes some 100 bytes of memory, however empty.
CONTAINERS_PER_ROW = 3


def read(data: bytes, name: str, limits: Limits, options: ReadingOptions = DEFAULTS) -> Table:
    """The table of a JSON file. Raises SequenceError where it is no JSON, or of no known shape."""
    text = decode(data)
    containers = data.count(b"[") + data.count(b"{")
    limits.check("lists and records", containers, CONTAINERS_PER_ROW * limits.rows, "Keep fewer rows.")
    value, nan_notes = parse_json(text.characters.encode(), limits)
    table = table_of_json(value, limits, options)
    return replace(table, notes=(*text.notes, *nan_notes, *table.notes))


EXPECTED = "Expected a list of records, a record of columns, or lists of numbers at most 3 deep"


def table_of_json(value: Any, limits: Limits, options: ReadingOptions = DEFAULTS) -> Table:
    """The table in a parsed JSON value.

    >>> list(table_of_json([{"flow": 1}, {"flow": 2}], Limits()).columns["flow"])
    [np.float64(1.0), np.float64(2.0)]
    """
    if isinstance(value, dict):
        return _table_of_object(value, limits, options)
    if not isinstance(value, list):
        raise SequenceError(f"{EXPECTED}, but the JSON is a single {json_type(value)}. Save the whole sequence.")
    kinds = {json_type(item) for item in value}
    if not value or kinds == {"null"}:
        raise SequenceError(f"{EXPECTED}, but the list holds no values. Save the sequence with its values.")
    if kinds == {"record"}:
        return _table_of_records(value, limits, options)
    if kinds == {"list"}:
        return _table_of_lists(value, limits, options)
    if kinds == {"record", "list"} and len(value) <= 3:
        return _table_of_largest(value, limits, options)
    if kinds & {"record", "list"}:
        raise SequenceError(f"{EXPECTED}, but one list mixes {', '.join(sorted(kinds))}. Keep one kind.")
    return _table_of_columns({"value": value}, limits, options)


def _table_of_object(value: dict[str, Any], limits: Limits, options: ReadingOptions = DEFAULTS) -> Table:
    kinds = {json_type(item) for item in value.values()}
    if not value:
        raise SequenceError(f"{EXPECTED}, but the record is empty. Save the sequence with its values.")
    refuse_error_reply(value)
    if {"id", "size", "dimension", "value"} <= set(value):
        return _table_of_json_stat(value, limits, options)
    rows = "data" if isinstance(value.get("data"), list) else "values"
    if isinstance(value.get("columns"), list) and isinstance(value.get(rows), list):
        return _table_of_split(value, rows, limits, options)
    if is_dated(value):
        return _table_of_dated(value, limits, options)
    if all(map(is_dated, value.values())):
        times = list(dict.fromkeys(time for item in value.values() for time in item))
        columns = {"time": time_names(times)} | {
            name: [item.get(time) for time in times] for name, item in value.items()
        }
        if is_flat(columns):
            return _table_of_columns(columns, limits, options)
    if kinds == {"list"}:
        return _table_of_lists_by_key(value, limits, options)
    if kinds == {"record"} and not largest_inside(value):
        return _table_of_labelled(value, limits, options)
    if not kinds & {"list", "record"}:
        return _table_of_records([value], limits, options)
    return _table_of_largest(value, limits, options)


def _table_of_json_stat(value: dict[str, Any], limits: Limits, options: ReadingOptions) -> Table:
    """A cube in JSON-stat, as statistical offices publish: a row a cell, a column a dimension of several categories."""
    sizes, ids = value["size"], value["id"]
    sound = isinstance(ids, list) and isinstance(sizes, list) and len(ids) == len(sizes)
    sound = sound and all(isinstance(size, int) and not isinstance(size, bool) and size > 0 for size in sizes)
    if not sound or not isinstance(value["dimension"], dict) or not isinstance(value["value"], dict | list):
        raise SequenceError("The JSON-stat cube's sizes don't fit its dimensions. Download it again.")
    count = math.prod(sizes)
    limits.check_shape(count, len(ids) + 1)
    cells = value["value"]
    values = cells if isinstance(cells, list) else [cells.get(str(place)) for place in range(count)]
    columns: dict[str, list[Any]] = {}
    after = count
    for name, size in zip(ids, sizes, strict=True):
        after //= size
        if size > 1:
            categories = _json_stat_categories(value["dimension"].get(str(name)), size)
            columns[str(name)] = [categories[place // after % size] for place in range(count)]
    return _table_of_columns(columns | {"value": values}, limits, options)


def _json_stat_categories(dimension: Any, size: int) -> list[str]:
    category = dimension.get("category") if isinstance(dimension, dict) else None
    index = category.get("index") if isinstance(category, dict) else None
    if isinstance(index, dict) and all(isinstance(place, int) for place in index.values()):
        index = sorted(index, key=index.__getitem__)
    found = [str(item) for item in index] if isinstance(index, list) else []
    return found if len(found) == size else [str(place) for place in range(1, size + 1)]


def _table_of_dated(value: dict[str, Any], limits: Limits, options: ReadingOptions) -> Table:
    """Keys that are dates are a column of time; their values numbers or records."""
    records = [item if isinstance(item, dict) else {"value": item} for item in value.values()]
    return _table_of_records(
        [{"time": time} | record for time, record in zip(time_names(list(value)), records, strict=True)],
        limits,
        options,
    )


def _table_of_lists_by_key(value: dict[str, Any], limits: Limits, options: ReadingOptions) -> Table:
    """Lists under names: columns where they are equally long; pairs of (time, value); else a sequence each."""
    if is_flat(value):
        lengths = {len(column) for column in value.values()}
        if len(lengths) > 1 and all(json_type(item) in ("number", "null") for row in value.values() for item in row):
            return _table_of_series(list(value), list(value.values()), limits, options)
        return _table_of_columns(value, limits, options)
    if all(is_pairs(series) for series in value.values()):
        return _table_of_pairs(value, limits, options)
    return _table_of_largest(value, limits, options)


def _table_of_pairs(value: dict[str, list[list[Any]]], limits: Limits, options: ReadingOptions) -> Table:
    """(time, value) pairs under names, side by side where their times agree, as CoinGecko and Prometheus give them."""
    first = next(iter(value.values()))
    times = [row[0] for row in first]
    agree = [name for name, rows in value.items() if [row[0] for row in rows] == times]
    left = [name for name in value if name not in agree]
    notes = (f"Left out, since their times differ: {list_names(left)}.",) if left else ()
    columns = {"time": times} | {name: [row[1] for row in value[name]] for name in agree}
    return _table_of_columns(columns, limits, options, notes)


def _table_of_series(
    names: list[str], series: list[list[Any]], limits: Limits, options: ReadingOptions, value: str = "value"
) -> Table:
    """Lists of numbers of any lengths, a sequence each; `value` is what the numbers are called."""
    lengths = [len(values) for values in series]
    limits.check_shape(sum(lengths), 3)
    called = "value" if value in ("sequence", "step") else value
    table = _table_of_columns({called: [item for values in series for item in values]}, limits, options)
    columns = {
        "sequence": np.repeat(np.array(names, dtype=object), lengths),
        "step": np.concatenate([np.arange(1.0, length + 1) for length in lengths]),
    }
    sizes = " to ".join(f"{size:,}" for size in sorted({min(lengths), max(lengths)}))
    counted = plural(max(lengths), "number").partition(" ")[2]
    said = f"{plural(len(series), 'list')} of {sizes} {counted}: each was read as a sequence."
    roles = {"sequence": "sequence", "time": "step"}
    return replace(table, columns=columns | dict(table.columns), notes=(said, *table.notes), roles=roles)


def _table_of_largest(value: Any, limits: Limits, options: ReadingOptions) -> Table:
    """The largest list inside records, with the lists of the same length beside it; what else there is left out."""
    found = only_list(value) or largest_inside(value)
    if found is None:
        raise SequenceError(f"{EXPECTED}, but the record holds no list. Save the sequence with its values.")
    parent = value
    for key in found.path[:-1]:
        parent = parent[int(key) if isinstance(parent, list) else key]
    last = found.path[-1]
    chosen = parent[int(last) if isinstance(parent, list) else last]
    if chosen is value:
        raise SequenceError(f"{EXPECTED}, but the record holds no list of values. Save the sequence with its values.")
    beside = lists_beside(parent, found.size)
    if len(beside) > 1 and is_flat(beside):
        table, read = _table_of_columns(beside, limits, options), list(beside)
    elif len(beside) > 1 and all(map(is_pairs, beside.values())):
        table, read = _table_of_pairs(beside, limits, options), list(beside)
    else:
        table, read = table_of_json(chosen, limits, options), [last]
    passed = [*(value if isinstance(value, dict) else ()), *(parent if isinstance(parent, dict) else ())]
    others = [key for key in dict.fromkeys(passed) if key not in (*read, *found.path)]
    skipped = count_skipped(value, found.path)
    others += [f"{skipped} more like it"] if skipped else []
    left = f"; left out: {list_names(others)}" if others else ""
    where = ".".join(found.path if len(read) == 1 else (*found.path[:-1], "…"))
    what = "list under the key" if len(read) == 1 else "lists under the keys"
    note = f"The {what} {quote(where)} {'was' if len(read) == 1 else 'were'} read{left}."
    return replace(table, notes=(note, *table.notes))


def _table_of_split(value: dict[str, Any], key: str, limits: Limits, options: ReadingOptions = DEFAULTS) -> Table:
    """Names under `columns`, rows under another key, as pandas (orient="split") and InfluxDB write them."""
    rows, names = value[key], [str(name) for name in value["columns"]]
    others = [other for other in value if other not in ("columns", key, "index")]
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


def _table_of_paired(records: Sequence[Mapping[str, Any]], key: str, limits: Limits, options: ReadingOptions) -> Table:
    """Records each of which holds (time, value) pairs, as Prometheus gives them: a sequence each."""
    names = [" ".join(map(str, _plain_values(record, key))) or str(place) for place, record in enumerate(records, 1)]
    pairs = [pair for record in records for pair in _pairs(record[key])]
    limits.check_shape(len(pairs), 3)
    columns = {"time": [pair[0] for pair in pairs], "value": [pair[1] for pair in pairs]}
    table = _table_of_columns(columns, limits, options)
    lengths = [len(record[key]) for record in records]
    sequence = np.repeat(np.array(make_unique(names), dtype=object), lengths)
    said = f"{plural(len(records), 'list')} of pairs under {quote(key)} were read as a sequence each."
    roles = {"sequence": "sequence", "time": "time"}
    return replace(table, columns={"sequence": sequence} | dict(table.columns), notes=(said, *table.notes), roles=roles)


def _pairs(value: Any) -> Iterable[Sequence[Any]]:
    return list(value.items()) if isinstance(value, dict) else value


def _plain_values(record: Mapping[str, Any], key: str) -> list[Any]:
    return [
        item
        for name, item in flattened(record, "", MAX_RECORD_DEPTH)
        if name != key and not isinstance(item, list | dict)
    ][:4]


def _table_of_listed(records: Sequence[Mapping[str, Any]], key: str, limits: Limits, options: ReadingOptions) -> Table:
    """Records each of which holds a sequence, as GluonTS writes them; what else they hold names it."""
    names = [
        next((str(record[name]) for name in ("item_id", "id", "name", "label") if name in record), str(place))
        for place, record in enumerate(records, start=1)
    ]
    table = _table_of_series(list(make_unique(names)), [list(record[key]) for record in records], limits, options, key)
    others = [name for name in records[0] if name not in (key, "item_id", "id", "name", "label")]
    left = (f"The lists under {quote(key)} are the sequences; left out: {list_names(others)}.",) if others else ()
    return replace(table, notes=(*left, *table.notes))


def _table_of_records(
    records: Sequence[Mapping[str, Any]], limits: Limits, options: ReadingOptions = DEFAULTS
) -> Table:
    if key := series_key(records):
        return _table_of_listed(records, key, limits, options)
    if key := pairs_key(records):
        return _table_of_paired(records, key, limits, options)
    columns: dict[str, list[Any]] = {}
    present: dict[str, int] = {}
    nested: dict[str, None] = {}
    for row, record in enumerate(records):
        for key, item in flattened(record, "", MAX_RECORD_DEPTH):
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
            name: column_of_values(_from_dotnet(items), name, lambda row: f"record {row + 1:,}", options)
            for name, items in zip(names, columns.values(), strict=True)
        }
    )
    return Table(found.values, "", "json", (*notes, *name_notes, *found.notes), questions=found.questions)


#: An instant as .NET writes it in JSON: milliseconds since 1970.
DOTNET_DATE = re.compile(r"/Date\((-?\d{1,14})([+-]\d{4})?\)/$")


def _from_dotnet(values: list[Any]) -> list[Any]:
    """Instants in place of what .NET writes for them, where all values are such; else the values."""
    if not values or not isinstance(values[0], str) or not DOTNET_DATE.match(values[0]):
        return values
    found = [DOTNET_DATE.match(value) if isinstance(value, str) else None for value in values]
    if any(match is None and value is not None for match, value in zip(found, values, strict=True)):
        return values
    start = datetime.datetime(1970, 1, 1)
    return [start + datetime.timedelta(milliseconds=int(match[1])) if match else None for match in found]


def _table_of_lists(rows: list[list[Any]], limits: Limits, options: ReadingOptions = DEFAULTS) -> Table:
    kinds = {json_type(item) for row in rows for item in row}
    if kinds == {"list"}:
        return _table_of_sequences(rows, limits, options)
    if kinds & {"list", "record"}:
        raise SequenceError(f"{EXPECTED}, but rows mix {', '.join(sorted(kinds))}. Keep one kind.")
    lengths = {len(row) for row in rows}
    if len(lengths) > 1 and kinds <= {"number", "null"} and min(lengths) > 0 and max(lengths) > 2:
        return _table_of_series([str(place) for place in range(1, len(rows) + 1)], rows, limits, options)
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
            came = plural(len(row), "value") if isinstance(row, list) else f"a {json_type(row)}"
            raise SequenceError(
                f"Row {place:,} has {came} where {width:,} are expected. Give every row the same number."
            )


def _table_of_sequences(sequences: list[list[list[Any]]], limits: Limits, options: ReadingOptions = DEFAULTS) -> Table:
    """Sequences × steps × features; sequences may differ in length."""
    rows = [row for sequence in sequences for row in sequence]
    _check_rows(rows, len(rows[0]), limits)
    if any(json_type(item) in ("list", "record") for row in rows for item in row):
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
