"""Recognising shapes of parsed JSON: keys that are times, flat columns, pairs, sequences, lists inside of records."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from lstm_viz.sequences.errors import SequenceError
from lstm_viz.sequences.readers.column_names import quote


def json_type(value: Any) -> str:
    """What a JSON value is, in a word: record, list, word, number, truth or null."""
    names = {dict: "record", list: "list", str: "word", bool: "truth", type(None): "null"}
    return names.get(type(value), "number")


def is_flat(columns: Mapping[str, list[Any]]) -> bool:
    """Whether columns hold plain values alone, no lists or records."""
    return all(json_type(item) not in ("list", "record") for column in columns.values() for item in column)


def is_pairs(series: Any) -> bool:
    """Whether a value is a list of pairs of plain values."""
    return bool(series) and all(isinstance(row, list) and len(row) == 2 and is_flat({"": row}) for row in series)


#: Keys that are dates or times, as Alpha Vantage and others use them.
DATE_KEY = re.compile(r"(\d{4}-\d{2}(-\d{2})?([T ]\d{2}:\d{2}.*)?|(19|20)\d{6}(\d{2,6})?|1\d{9}|1\d{12})$")
#: Milliseconds since 1970 on a whole second, as pandas writes its index of times.
MILLISECONDS_KEY = re.compile(r"(0|-?[1-9]\d{4,9}000)$")


def is_dated(value: Any) -> bool:
    """Whether a value is a record whose keys are times."""
    return isinstance(value, dict) and len(value) > 1 and (_are_dates(value) or _are_milliseconds(value))


def _are_dates(keys: Iterable[str]) -> bool:
    return all(map(DATE_KEY.match, keys))


def _are_milliseconds(keys: Iterable[str]) -> bool:
    """Whether keys are milliseconds since 1970, also of times before 2001, all of them whole seconds."""
    return all(map(MILLISECONDS_KEY.match, keys)) and any(len(key) > 10 for key in keys)


def time_names(keys: list[str]) -> list[str]:
    """Keys that are times as a column of dates is written; those that the column's reader knows stay as they are."""
    if _are_dates(keys):
        return keys
    start = datetime.datetime(1970, 1, 1)
    return [(start + datetime.timedelta(milliseconds=int(key))).isoformat() for key in keys]


class Inside(NamedTuple):
    """A list inside of records: how many items it has, and the keys on the way to it."""

    size: int
    path: tuple[str, ...]


def largest_inside(value: Any, depth: int = 6) -> Inside | None:
    """The largest list, or record of dates, inside records and lists of few."""
    if depth == 0 or not isinstance(value, dict | list):
        return None
    inner = value.items() if isinstance(value, dict) else ((str(place), item) for place, item in enumerate(value[:50]))
    found: list[Inside] = []
    for key, item in inner:
        columns = isinstance(item, dict) and bool(item) and all(map(is_dated, item.values()))
        dated = is_dated(item) or columns
        split = isinstance(item, dict) and isinstance(item.get("columns"), list) and len(item) > 1
        series = _series_of_records(item)
        if dated or split or (isinstance(item, list) and item):
            size = sum(len(record[series]) for record in item) if series else len(item)
            size = max(map(len, item.values())) if columns else size
            found.append(Inside(size if not split else len(item.get("values", item.get("data", ()))), (key,)))
        if not dated and not split and not series and (deeper := largest_inside(item, depth - 1)):
            found.append(Inside(deeper.size, (key, *deeper.path)))
    return max(found, key=lambda one: one.size, default=None)


def _series_of_records(item: Any) -> str:
    """The key of the sequences in a list of records; "" for any other value."""
    if not isinstance(item, list) or not item or not all(isinstance(record, dict) for record in item):
        return ""
    if "columns" in item[0]:
        return ""
    return series_key(item) or pairs_key(item)


def only_list(value: Any) -> Inside | None:
    """The one list of a record whose other keys describe it."""
    lists = {key: item for key, item in value.items() if isinstance(item, list)} if isinstance(value, dict) else {}
    if len(lists) != 1:
        return None
    ((key, item),) = lists.items()
    return Inside(len(item), (key,)) if len(item) > 1 and not any(isinstance(one, str) for one in item) else None


def lists_beside(parent: Any, size: int) -> dict[str, list[Any]]:
    """The lists of one length in a record, by their keys."""
    if not isinstance(parent, dict):
        return {}
    return {key: item for key, item in parent.items() if isinstance(item, list) and len(item) == size}


def count_skipped(value: Any, path: tuple[str, ...]) -> int:
    """How many other records or lists stand beside those that the path goes through."""
    skipped = 0
    for key in path:
        if isinstance(value, list):
            skipped += sum(type(item) is type(value[int(key)]) for item in value) - 1
        value = value[int(key) if isinstance(value, list) else key]
    return skipped


#: What a sequence in a record is called.
SERIES_NAMES = frozenset(
    {"target", "series", "values", "value", "data", "sequence", "signal", "samples", "ts", "x", "y"}
)


def series_key(records: Sequence[Mapping[str, Any]]) -> str:
    """The key under which every record holds a list of numbers of some length, "" where there is none or several."""
    keys = [
        key
        for key, item in records[0].items()
        if isinstance(item, list) and len(item) > 1 and all(isinstance(record.get(key), list) for record in records)
    ]
    plain = [
        key for key in keys if all(json_type(item) in ("number", "null") for record in records for item in record[key])
    ]
    varying = [key for key in records[0] if _varies(records, key)]
    if len(varying) > 1 and not {key.lower() for key in plain} & SERIES_NAMES:
        return ""  # each record is a step with values of its own, and a list beside them
    return max(plain, key=lambda key: sum(len(record[key]) for record in records), default="")


def _varies(records: Sequence[Mapping[str, Any]], key: str) -> bool:
    """Whether the numbers under a key are different in every record, or nearly."""
    numbers = [record.get(key) for record in records if isinstance(record.get(key), float)]
    return len(numbers) == len(records) > 2 and len(set(numbers)) > len(records) // 2


def pairs_key(records: Sequence[Mapping[str, Any]]) -> str:
    """The key under which every record holds (time, value) pairs, "" where there is none."""
    return next((key for key in records[0] if all(_is_list_of_pairs(record.get(key)) for record in records)), "")


def _is_list_of_pairs(value: Any) -> bool:
    if is_dated(value):
        return is_flat({"": list(value.values())})
    return isinstance(value, list) and len(value) > 1 and is_pairs(value)


#: How deep records within records become columns of their own.
MAX_RECORD_DEPTH = 6


def flattened(record: Mapping[str, Any], stem: str, depth: int) -> list[tuple[str, Any]]:
    """The keys and values of a record, those of records within it under joined keys: a.b."""
    items: list[tuple[str, Any]] = []
    for key, item in record.items():
        if isinstance(item, dict) and item and depth > 1:
            items += flattened(item, f"{stem}{key}.", depth - 1)
        else:
            items.append((stem + key, item))
    return items


#: Keys of a reply that says why there are no data.
ERROR_KEYS = frozenset({"error", "errors", "errormessage", "message", "detail", "fault", "exception", "reason", "msg"})


def refuse_error_reply(value: dict[str, Any]) -> None:
    """Raise SequenceError for a service's reply that reports an error and holds no list."""
    names = {re.sub("[^a-z]", "", key.lower()): key for key in value}
    found = next((names[name] for name in names if name in ERROR_KEYS), None)
    if found is None or ((inside := largest_inside(value)) and inside.size > 1):
        return
    told = [str(item) for _, item in flattened({"": value[found]}, "", MAX_RECORD_DEPTH) if isinstance(item, str)]
    shown = f": {quote(told[0])}" if told else ""
    raise SequenceError(
        f"The JSON is a reply that reports an error{shown}, and holds no data. Ask again, and save the answer."
    )
