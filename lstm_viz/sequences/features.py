"""Feature columns of a table as numbers, with missing values filled as chosen."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from lstm_viz.sequences.choices import TEXT_COLUMN, Choices, Gaps, constant_within_sequences, is_text
from lstm_viz.sequences.errors import SequenceError
from lstm_viz.sequences.findings import Finding
from lstm_viz.sequences.formatting import (
    MAX_SENTENCES,
    MAX_TEXT_LENGTH,
    count_by_column,
    list_columns,
    make_unique,
    plural,
)
from lstm_viz.sequences.grouping import concatenate_rows
from lstm_viz.sequences.limits import FEWER_CELLS, MAX_CATEGORIES, check_batch_size
from lstm_viz.sequences.sequence_column import count_distinct
from lstm_viz.sequences.table import Table
from lstm_viz.sequences.time_column import are_clock_times


class Features(NamedTuple):
    """(rows, features) float64 with NaN for gaps; each feature's name, and the column it comes from.

    `one_hot` is True for features that are 1 where one kind of word stands, else 0.
    """

    values: np.ndarray
    names: tuple[str, ...]
    columns: tuple[str, ...]
    one_hot: np.ndarray


def build_features(table: Table, choices: Choices, notes: list[str]) -> Features:
    """The chosen columns; words become one feature a kind, a text one a character.

    What was left out goes to `notes`. Raises SequenceError where nothing is left.
    """
    if choices.features == ():
        raise SequenceError(no_feature_message(table))
    notes += _unused_column_notes(table, choices)
    parts = []
    for name in dict.fromkeys(choices.features or ()):
        if part := _encode_column(table, name, choices, notes):
            parts.append(part)
    if not parts:
        raise SequenceError(
            f"None of the columns can be a feature: numbers, or words of at most {MAX_CATEGORIES} kinds, "
            f"were expected in {list_columns(table.columns)}. Choose other columns, or another file."
        )
    notes += count_by_column(_infinite_counts(table, parts), "infinite value", "taken for gaps")
    names = make_unique(name for part in parts for name in part.names)
    check_batch_size(table.rows, 1, len(names), "Keep a shorter text." if is_text(table) else FEWER_CELLS)
    return Features(
        _fill_matrix(table, parts),
        names,
        tuple(name for part in parts for name in part.columns),
        np.array([part.words is not None for part in parts for _ in part.names]),
    )


def no_feature_message(table: Table) -> str:
    """Why no column suits as a feature, column by column, and what to do.

    >>> no_feature_message(Table({"price": np.array(["five", "six"], object)}, "a.csv", "csv"))
    'No column is chosen as a feature. `price` holds words such as “five”. Choose columns, or write numbers in one.'
    """
    if any(column.dtype.kind == "f" and np.isfinite(column).any() for column in table.columns.values()):
        return f"No column is chosen as a feature. Choose one or more of {list_columns(table.columns)}."
    reasons = [_describe_column(name, column) for name, column in list(table.columns.items())[:MAX_SENTENCES]]
    more = len(table.columns) - len(reasons)
    others = [part for part in table.parts if part != table.part]
    kind = "sheets" if table.format in ("xlsx", "ods") else "parts"
    elsewhere = f" The file has other {kind}: {list_columns(others)}." if others else ""
    said = " ".join(reasons) + (f" There are {more:,} more columns." if more > 0 else "")
    return f"No column is chosen as a feature. {said} Choose columns, or write numbers in one.{elsewhere}"


def _describe_column(name: str, column: np.ndarray) -> str:
    if column.dtype.kind == "M":
        return f"`{name}` holds dates."
    words = [word for word in column.tolist() if isinstance(word, str)]
    return f"`{name}` holds words such as “{str(words[0])[:MAX_TEXT_LENGTH]}”." if words else f"`{name}` has no values."


def _fill_matrix(table: Table, parts: list[_EncodedColumn]) -> np.ndarray:
    """(rows, features) in column-major order, since all that follows goes by features."""
    values = np.zeros((table.rows, sum(len(part.names) for part in parts)), order="F")
    start = 0
    for part in parts:
        end = start + len(part.names)
        _write_columns(values[:, start:end], table.columns[part.columns[0]], part)
        start = end
    return values


def check_columns(table: Table, choices: Choices) -> None:
    """Raise SequenceError where a chosen column does not exist, or there is no row."""
    for name in (*(choices.features or ()), *filter(None, (choices.time, choices.sequence))):
        if name not in table.columns:
            raise SequenceError(f"There is no column {name!r} in {table.source}. It has {list_columns(table.columns)}.")
    if table.rows == 0:
        raise SequenceError(f"{table.source} has no rows. Choose a file with a header and rows of numbers.")


def _unused_column_notes(table: Table, choices: Choices) -> list[str]:
    """Which columns are no feature, and why."""
    used = {*(choices.features or ()), choices.time, choices.sequence}
    used |= {*table.composed_of(choices.time), *table.composed_of(choices.sequence)}
    reasons: dict[str, list[str]] = {}
    constant = constant_within_sequences(table, choices.sequence, [name for name in table.columns if name not in used])
    for name, column in table.columns.items():
        if name not in used:
            reason = _reason(table, name, column) or ("the same within each sequence" if name in constant else "")
            reasons.setdefault(reason, []).append(name)
    if not reasons:
        return []
    said = [list_columns(names) + (f" ({reason})" if reason else "") for reason, names in reasons.items()]
    left_out = plural(sum(map(len, reasons.values())), "column")
    return [Finding(f"Not used as features: {'; '.join(said)}.", f"{left_out} left out")]


def _reason(table: Table, name: str, column: np.ndarray) -> str:
    """Why a column is no feature; "" where it could be one, and was not chosen."""
    if name in table.composed:
        return "composed of others"
    if column.dtype.kind == "M":
        return "dates"
    if column.dtype.kind == "f":
        if not np.isfinite(column).any():
            return "no values"
        return "the same number in every row" if bool((column == column[0]).all()) else ""
    if are_clock_times(column):
        return "clock times"
    kinds = count_distinct(column)
    first = next((word for word in column.tolist() if word is not None), "")
    if kinds > MAX_CATEGORIES:
        return f"words of more than {MAX_CATEGORIES} kinds, such as “{str(first)[:MAX_TEXT_LENGTH]}”"
    return "" if kinds > 1 else f"nothing but “{str(first)[:MAX_TEXT_LENGTH]}”"


class _EncodedColumn(NamedTuple):
    """One column's features, planned but not yet made; `words` are the kinds, None for numbers."""

    names: tuple[str, ...]
    columns: tuple[str, ...]
    words: tuple[str, ...] | None


def _encode_column(table: Table, name: str, choices: Choices, notes: list[str]) -> _EncodedColumn | None:
    column = table.columns[name]
    if column.dtype.kind == "M":
        notes.append(_left_out(name, "holds dates, which are no feature,"))
    elif column.dtype.kind == "f" and not np.isfinite(column).any():
        notes.append(_left_out(name, "has no values"))
    elif column.dtype.kind == "f":
        return _EncodedColumn((name,), (name,), None)
    elif is_text(table):
        return _one_hot_characters(column, choices.vocabulary, notes)
    else:
        return _one_hot_categories(column, name, notes)
    return None


def _infinite_counts(table: Table, parts: list[_EncodedColumn]) -> dict[str, int]:
    """How many infinite values each column of numbers has that has some."""
    names = [part.columns[0] for part in parts if part.words is None]
    counts = {name: int(np.isinf(table.columns[name]).sum()) for name in names}
    return {name: count for name, count in counts.items() if count}


def _left_out(name: str, why: str) -> Finding:
    return Finding(f"`{name}` {why} and was left out.", f"{name} left out")


def _one_hot_characters(column: np.ndarray, vocabulary: tuple[str, ...] | None, notes: list[str]) -> _EncodedColumn:
    kinds = vocabulary or tuple(sorted(set(column.tolist())))
    known = set(kinds)
    unknown = sum(character not in known for character in column.tolist())
    if unknown:
        are = "is" if unknown == 1 else "are"
        known_to = f"the {len(kinds)} that the model knows"
        notes.append(f"{plural(unknown, 'character')} {are} not among {known_to}; it sees nothing there.")
    return _EncodedColumn(kinds, (TEXT_COLUMN,) * len(kinds), kinds)


def _one_hot_categories(column: np.ndarray, name: str, notes: list[str]) -> _EncodedColumn | None:
    kinds = tuple(sorted({word for word in column.tolist() if word is not None}))
    if not kinds:
        notes.append(_left_out(name, "has no values"))
        return None
    if len(kinds) > MAX_CATEGORIES:
        notes.append(_left_out(name, f"holds {len(kinds):,} different words, more than {MAX_CATEGORIES},"))
        return None
    became = plural(len(kinds), "column")
    notes.append(
        Finding(
            f"`{name}` holds words: they became {became}, 1 where the word stands, else 0.", f"{name} became {became}"
        )
    )
    return _EncodedColumn(tuple(f"{name}: {kind[:MAX_TEXT_LENGTH]}" for kind in kinds), (name,) * len(kinds), kinds)


def _write_columns(values: np.ndarray, column: np.ndarray, part: _EncodedColumn) -> None:
    """Write a part's (rows, features) over zeros, NaN where there is a gap."""
    if part.words is None:
        values[:, 0] = np.where(np.isinf(column), np.nan, column)
        return
    places = {word: place for place, word in enumerate(part.words)}
    codes = np.array([places.get(word, -1) for word in column.tolist()])
    values[np.flatnonzero(codes >= 0), codes[codes >= 0]] = 1.0
    values[[word is None for word in column.tolist()]] = np.nan


_METHOD_TEXTS: dict[Gaps, str] = {
    "interpolate": "filled by interpolation",
    "previous": "filled with the value before",
    "mean": "filled with the column's mean",
    "zero": "filled with 0",
    "drop": "whose rows were left out",
}


def fill_gaps(
    features: Features, groups: list[np.ndarray], how: Gaps, notes: list[str]
) -> Bool[np.ndarray, "rows features"]:
    """Fill the gaps in `features.values` sequence by sequence; where they were. What was done goes to `notes`.

    Words can't be interpolated: none of their kinds is marked in a gap, or the one before.
    With "drop" gaps stay, for their rows to be taken out.
    """
    values, gaps = features.values, np.isnan(features.values)
    rows, which = concatenate_rows(groups)
    for place in np.flatnonzero(gaps.any(axis=0)):
        values[rows, place] = fill_column(values[rows, place], which, _method_for(how, bool(features.one_hot[place])))
    notes += _gap_notes(features, gaps[rows], which, how)
    return gaps


def _method_for(how: Gaps, kind: bool) -> Gaps:
    return "zero" if kind and how in ("interpolate", "mean") else how


def _gap_notes(features: Features, gaps: np.ndarray, which: np.ndarray, how: Gaps) -> list[str]:
    """What was done with the gaps of each column; `which` names the sequence of each of their rows."""
    ways: dict[str, dict[str, int]] = {}
    empty: dict[str, int] = {}
    for place in np.flatnonzero(gaps.any(axis=0)):
        column, kind = features.columns[place], bool(features.one_hot[place])
        way = _method_for(how, kind)
        ways[column] = _filled_ways(gaps[:, place], which, way, kind)
        if way in ("interpolate", "previous"):
            empty[column] = int((np.bincount(which, weights=~gaps[:, place]) == 0).sum())
    return [*_filled_notes(ways), *_empty_sequence_notes({column: count for column, count in empty.items() if count})]


def _filled_notes(ways: dict[str, dict[str, int]]) -> list[Finding]:
    """How the gaps of each column were filled, by ways and how often: a sentence a column, or one for many of them."""
    if len(ways) <= MAX_SENTENCES:
        return [
            Finding(sentence, f"{plural(sum(counts.values()), 'gap')} in {column}")
            for column, counts in ways.items()
            for sentence in count_by_column({column: sum(counts.values())}, "gap", _list_ways(counts))
        ]
    totals: dict[str, int] = {}
    for counts in ways.values():
        for way, count in counts.items():
            totals[way] = totals.get(way, 0) + count
    sentences = count_by_column(
        {column: sum(counts.values()) for column, counts in ways.items()}, "gap", _list_ways(totals)
    )
    return [Finding(sentence, plural(sum(totals.values()), "gap")) for sentence in sentences]


def _list_ways(counts: dict[str, int]) -> str:
    """Ways to fill, with how often each where there are several.

    >>> _list_ways({"filled with 0": 2}), _list_ways({"filled by interpolation": 2, "put last": 1})
    ('filled with 0', '2 filled by interpolation, 1 put last')
    """
    if len(counts) == 1:
        return next(iter(counts))
    return ", ".join(f"{count:,} {way}" for way, count in counts.items())


def _filled_ways(gaps: np.ndarray, which: np.ndarray, way: Gaps, kind: bool) -> dict[str, int]:
    """How many of a column's gaps were filled in which way: between two values, before the first, after the last."""
    if kind and way == "zero":
        return {"taken for none of its kinds": int(gaps.sum())}
    if way not in ("interpolate", "previous"):
        return {_METHOD_TEXTS[way]: int(gaps.sum())}
    before, after = _nearest_known(gaps, which, np.flatnonzero(gaps))
    leading = (before < 0) & (after >= 0)
    trailing = (after < 0) & (before >= 0) & (way == "interpolate")
    whole = int((before < 0).sum() - leading.sum())
    ways = {
        _METHOD_TEXTS[way]: len(before) - int(leading.sum()) - int(trailing.sum()) - whole,
        "before the first value and filled with it": int(leading.sum()),
        "after the last value and filled with it": int(trailing.sum()),
        "in sequences without a value and filled with the column's mean": whole,
    }
    return {done: count for done, count in ways.items() if count}


def _empty_sequence_notes(counts: dict[str, int]) -> list[str]:
    """Sentences about columns that have nothing but gaps in some sequences, by how many."""
    if len(counts) > MAX_SENTENCES:
        several = plural(len(counts), "column")
        return [f"{several} have no values at all in some sequences; their means stand there: {list_columns(counts)}."]
    return [
        f"`{column}` has no values at all in {plural(count, 'sequence')}; its mean stands there."
        for column, count in counts.items()
    ]


def nan_mean(values: Float[np.ndarray, " rows"]) -> float:
    """The mean of what is known, also where the sum is too large for a number.

    >>> nan_mean(np.array([1e308, 1e308, np.nan])) == 1e308
    True
    """
    largest = float(np.nanmax(np.abs(values))) or 1.0
    return float(np.nanmean(values / largest)) * largest


def fill_column(
    column: Float[np.ndarray, " rows"], which: Int[np.ndarray, " rows"], how: Gaps
) -> Float[np.ndarray, " rows"]:
    """A column without gaps; its sequences stand one after another, `which` names that of each row.

    Before a sequence's first value and after its last, the nearest one stands; a sequence of
    nothing but gaps gets the column's mean. "drop" leaves gaps as they are: their rows go.

    >>> nan, one = np.nan, np.zeros(4, dtype=int)
    >>> fill_column(np.array([nan, 1.0, nan, 3.0]), one, "interpolate").tolist()
    [1.0, 1.0, 2.0, 3.0]
    >>> fill_column(np.array([1.0, nan, nan, 3.0]), np.array([0, 0, 1, 1]), "previous").tolist()
    [1.0, 1.0, 3.0, 3.0]
    """
    gaps = np.isnan(column)
    if how == "drop" or not gaps.any():
        return column
    if how in ("mean", "zero"):
        return np.where(gaps, 0.0 if how == "zero" else nan_mean(column), column)
    places = np.flatnonzero(gaps)
    before, after = _nearest_known(gaps, which, places)
    if how == "previous":
        after = np.where(before >= 0, before, after)
    before, after = np.where(before >= 0, before, after), np.where(after >= 0, after, before)
    between = _interpolate(column, before, places, after)
    whole = column.copy()
    whole[places] = np.where(before >= 0, between, nan_mean(column))
    return whole


def _nearest_known(gaps: np.ndarray, which: np.ndarray, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The nearest known rows before and after some places in the same sequence, -1 where there is none."""
    rows = np.arange(len(gaps))
    before = np.maximum.accumulate(np.where(gaps, -1, rows))[places]
    after = np.minimum.accumulate(np.where(gaps, len(gaps), rows)[::-1])[::-1][places]
    after[after == len(gaps)] = -1
    own = which[places]
    return np.where(which[before] == own, before, -1), np.where(which[after] == own, after, -1)


def _interpolate(column: np.ndarray, before: np.ndarray, places: np.ndarray, after: np.ndarray) -> np.ndarray:
    """What stands at `places` on straight lines between known rows, which may be one and the same."""
    share = (places - before) / np.maximum(after - before, 1)
    low, high = column[before] / 4, column[after] / 4  # 1e308 - (-1e308) is too large
    return np.where(before == after, column[before], (low + (high - low) * share) * 4)
