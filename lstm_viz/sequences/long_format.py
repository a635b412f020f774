"""Long format: a table with one value a row, and a column that names what was measured, turned into a column each."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from lstm_viz.sequences.column_words import (
    is_clock_name,
    is_identifier_name,
    is_numbering_name,
    name_words,
    time_part,
    word_set,
)
from lstm_viz.sequences.formatting import MAX_TEXT_LENGTH, list_columns, make_unique, plural
from lstm_viz.sequences.reading_options import Answer, Question, ReadingOptions
from lstm_viz.sequences.sequence_column import are_integers, value_codes
from lstm_viz.sequences.table import Table
from lstm_viz.sequences.time_column import are_clock_times

#: Names of a column that says what was measured.
_QUANTITIES = word_set(
    "parameter param variable var metric field measurement measure characteristic indicator element quantity property "
    "attribute signal feature observable analyte pollutant datatype itemid "
    "kenngröße messgröße größe parametre variabele"
)
#: Names of a column that may say what was measured or by which of several alike.
_QUANTITIES_OR_OWNERS = word_set("sensor channel tag name type item kind")
#: Names of the column of values.
_VALUES = word_set("value values valuenum val wert messwert valeur valor valore reading result amount concentration")
#: Kinds that become a column each, at most; and the share of their cells that have to have a value.
MAX_QUANTITIES, MIN_FILLED = 200, 0.5
#: A kind is common that has a value at one in so many times, at least.
MIN_COMMON = 10
#: Kinds that a time has on average, at least: with fewer each kind has times of its own.
MIN_SHARED = 1.5
#: Share of rows that have to be the only one of their time and kind.
UNIQUE_SHARE = 0.98
#: Kinds are different quantities where their middles lie so many of their spreads apart.
FAR_APART = 3.0


class _LongFormat(NamedTuple):
    """The column that names quantities, that of their values, those that name a row; and whether that is in doubt."""

    quantity: str
    value: str
    keys: tuple[str, ...]
    doubtful: bool


def pivoted(table: Table, options: ReadingOptions) -> Table:
    """The table with a column for each quantity where it is in long format; else as it is.

    >>> table = Table({"t": np.array([0.0, 0.0, 1.0, 1.0]), "parameter": np.array(["a", "b"] * 2, object),
    ...     "value": np.array([1.0, 30.0, 2.0, 40.0])}, "a.csv", "CSV")
    >>> {name: column.tolist() for name, column in pivoted(table, ReadingOptions()).columns.items()}
    {'t': [0.0, 1.0], 'a': [1.0, 2.0], 'b': [30.0, 40.0]}
    """
    found = None if table.roles else _long_format(table)
    if found is None:
        return table
    proposed = not found.doubtful or _are_far_apart(table, found)
    wanted = proposed if options.pivot is None else options.pivot
    questions = (_question(table, found, wanted),) if found.doubtful or options.pivot is not None else ()
    if wanted:
        return replace(_pivot(table, found), questions=(*table.questions, *questions))
    return replace(table, questions=(*table.questions, *questions))


def _long_format(table: Table) -> _LongFormat | None:
    value = _value_column(table)
    if value is None:
        return None
    times = [name for name, column in table.columns.items() if _is_time(table, name, column)]
    if not times:
        return None
    for name, column in table.columns.items():
        words = set(name_words(name))
        coded = are_integers(column) and bool(words & _QUANTITIES) and (is_numbering_name(name) or "itemid" in words)
        if not (column.dtype == object or coded) or not words & (_QUANTITIES | _QUANTITIES_OR_OWNERS):
            continue
        owners = [
            other
            for other in table.columns
            if other not in (name, value, *times) and is_identifier_name(other, table.columns[other].dtype == object)
        ]
        found = _LongFormat(name, value, (*times, *owners), coded or not words & _QUANTITIES)
        if _is_long(table, found):
            return found
    return None


def _value_column(table: Table) -> str | None:
    """The one column of values: that which is called so, else the only numbers."""
    numbers = [
        name
        for name, column in table.columns.items()
        if column.dtype.kind == "f"
        and not (is_clock_name(name) or is_numbering_name(name) or time_part(name) or is_identifier_name(name))
    ]
    called = [name for name in numbers if _VALUES & set(name_words(name))]
    return called[0] if len(called) == 1 else numbers[0] if len(numbers) == 1 else None


def _is_time(table: Table, name: str, column: np.ndarray) -> bool:
    if any(name in parts for parts in table.composed.values()):
        return False
    if any(key in table.columns and table.columns[key].dtype.kind == "M" for key in table.composed):
        return name in table.composed
    if column.dtype == object:
        return is_clock_name(name) and are_clock_times(column)
    return column.dtype.kind == "M" or is_clock_name(name)


def _row_codes(table: Table, keys: tuple[str, ...]) -> np.ndarray:
    """Which rows have the same keys, as numbers."""
    codes = np.stack([_codes(table.columns[name]) for name in keys])
    return np.unique(codes, axis=1, return_inverse=True)[1].ravel()


def _codes(column: np.ndarray) -> np.ndarray:
    return value_codes(column)[0] if column.dtype == object else np.unique(column, return_inverse=True)[1]


def _is_long(table: Table, found: _LongFormat) -> bool:
    """Whether each quantity has a value at most times, and one alone."""
    column = table.columns[found.quantity]
    if any(word is None for word in column.tolist()):
        return False
    codes, kinds = value_codes(column)
    if not 1 < kinds <= min(MAX_QUANTITIES, table.rows // 2):
        return False
    rows = _row_codes(table, found.keys)
    count = int(rows.max()) + 1
    pairs = len(np.unique(rows * kinds + codes))
    common = int((MIN_COMMON * np.bincount(codes) >= count).sum())  # without what is said once, such as somebody's age
    shared = max(MIN_FILLED * common, MIN_SHARED) if found.doubtful else MIN_SHARED
    return pairs >= UNIQUE_SHARE * table.rows and pairs >= shared * count


def _are_far_apart(table: Table, found: _LongFormat) -> bool:
    """Whether some kinds' values lie so far apart that they are no measurements of one quantity."""
    values, codes = table.columns[found.value], value_codes(table.columns[found.quantity])[0]
    middles, spreads = [], []
    for kind in range(int(codes.max()) + 1):
        own = values[(codes == kind) & np.isfinite(values)] / 4  # 1e308 - (-1e308) is too large
        if len(own):
            middles.append(float(np.median(own)))
            spreads.append(float(np.percentile(own, 90) - np.percentile(own, 10)))
    return bool(middles) and max(middles) - min(middles) > FAR_APART * max(*spreads, 1e-300)


def _pivot(table: Table, found: _LongFormat) -> Table:
    """One row for each set of keys, in the file's order; gaps where a quantity has no value."""
    rows, column = _row_codes(table, found.keys), table.columns[found.quantity]
    codes, kinds = value_codes(column)
    firsts = np.unique(rows, return_index=True)[1]
    order = np.argsort(firsts, kind="stable")
    place = np.empty(len(firsts), int)
    place[order] = np.arange(len(firsts))
    values = np.full((len(firsts), kinds), np.nan)
    values[place[rows][::-1], codes[::-1]] = table.columns[found.value][::-1]  # of two, the first one stays
    names = list(dict.fromkeys(_kind_names(column)))
    kept = [name for name in table.columns if name in found.keys]
    unique = make_unique([*kept, *map(str, names)])
    columns = {name: table.columns[name][firsts[order]] for name in kept}
    columns |= {name: values[:, kind] for kind, name in enumerate(unique[len(kept) :])}
    composed = {name: parts for name, parts in table.composed.items() if name in columns}
    notes = (*table.notes, *_notes(table, found, columns, rows))
    return replace(table, columns=columns, composed=composed, notes=notes)


def _kind_names(column: np.ndarray) -> list[str]:
    """Words as they are, and codes as whole numbers."""
    return [f"{value:.0f}" if isinstance(value, float) else str(value) for value in column.tolist()]


def _notes(table: Table, found: _LongFormat, columns: dict[str, np.ndarray], rows: np.ndarray) -> list[str]:
    kinds = len(columns) - len(found.keys)
    notes = [f"Each of the {kinds} kinds in `{found.quantity}` became a column of its `{found.value}`."]
    left = [name for name in table.columns if name not in (*found.keys, found.quantity, found.value)]
    left = [name for name in left if not any(name in parts for parts in table.composed.values())]
    if left:
        notes.append(f"Left out, since they belong to single values: {list_columns(left)}.")
    codes = value_codes(table.columns[found.quantity])[0]
    twice = table.rows - len(np.unique(rows * kinds + codes))
    if twice:
        notes.append(f"{plural(twice, 'value')} of a kind and time that had one already left out.")
    return notes


def _question(table: Table, found: _LongFormat, taken: bool) -> Question:
    kinds = list(dict.fromkeys(_kind_names(table.columns[found.quantity][:1000])))
    shown = ", ".join(f"“{kind[:MAX_TEXT_LENGTH]}”" for kind in kinds[:3]) + (", …" if len(kinds) > 3 else "")
    each = Answer(True, f"a feature for each `{found.quantity}`")
    alike = Answer(False, f"a sequence for each `{found.quantity}`")
    answers = (each, alike) if taken else (alike, each)
    example = f"`{found.quantity}` ({shown}) stands beside one `{found.value}`."
    return Question("pivot", example, answers[0], answers[1:])
