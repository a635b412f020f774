"""Which column tells sequences apart: an identifier, words in blocks, or what is needed for no time to come twice."""

from __future__ import annotations

from itertools import combinations
from typing import NamedTuple

import numpy as np

from lstm_viz.sequences.column_words import (
    FIRST_UNNAMED,
    is_clock_name,
    is_identifier_name,
    is_numbering_name,
    name_words,
    time_part,
    word_set,
)
from lstm_viz.sequences.formatting import format_values
from lstm_viz.sequences.limits import MAX_SEQUENCES, MAX_STEPS
from lstm_viz.sequences.table import Table
from lstm_viz.sequences.time_column import are_clock_times, increments_by_one, places_in_order

#: With fewer times than these, numbers may differ at each of them by chance.
MIN_TIMES = 8
#: Share of rows whose time comes once in their sequence, from which on a column tells sequences apart.
UNIQUE_SHARE = 0.98
#: Rows that a number's sequence has on average, if its name alone says that it is one.
MIN_ROWS = 3
#: Columns that are tried together.
MAX_TOGETHER = 4
#: Words of what comes again and again by itself, and how many kinds of such there are.
_CYCLES = word_set("weekday dow dayofweek wday wochentag season jahreszeit shift schicht phase half am pm")
_USUAL_CYCLES = frozenset((7, 12, 24))
#: Within a column's values the numbers change by less than this share of what they change from row to row.
SMOOTHER = 0.5


class SequenceSuggestion(NamedTuple):
    """The column that tells sequences apart, None for one sequence; and one that may, though nothing proves it.

    `together`: several columns that only together tell them apart.
    """

    column: str | None
    doubtful: str | None = None
    together: tuple[str, ...] = ()


def suggest_sequences(table: Table) -> SequenceSuggestion:
    """The column that tells sequences apart.

    In this order: a column that is named an identifier; words in blocks, unless time goes on from block to block;
    numbers in blocks, if another column counts anew in each; and a column without which times would come twice.

    >>> day = np.repeat(np.array(["2024-01-01", "2024-01-02"], "datetime64[ns]"), 2)
    >>> site = np.array(["upper", "lower", "upper", "lower"], dtype=object)
    >>> suggest_sequences(Table({"day": day, "site": site, "flow": np.arange(4.0)}, "r.csv", "CSV")).column
    'site'
    """
    times = _Times(table)
    columns = {name: column for name, column in table.columns.items() if _may_name(table, name, column)}
    named = {name: codes for name, column in columns.items() if (codes := _identifier_codes(name, column)) is not None}
    if name := _unique_identifier(named, times):
        phase = not is_numbering_name(name) and times.go_on_across(named[name])
        return SequenceSuggestion(name, name if phase else None)
    if together := _together(table, columns, times):
        return SequenceSuggestion(None, together=together)
    if name := next((name for name, codes in named.items() if _fits_batch_limits(codes)), None):
        return SequenceSuggestion(name)
    for name, column in columns.items():
        if _names_blocks(table, name, column, times):
            counted = column.dtype != object and _another_counts_anew(table, name, _same_as_before(column))
            certain = counted or (column.dtype == object and times.restart_per_block(column))
            return SequenceSuggestion(name, None if certain else name)
    if name := _panel(table, columns, times):
        return SequenceSuggestion(name)
    return SequenceSuggestion(None, _interleaved(table, columns, times))


def _may_name(table: Table, name: str, column: np.ndarray) -> bool:
    """Whether a column is words or whole numbers that are no time nor a part of one."""
    if any(name in parts for parts in table.composed.values()):
        return False
    if column.dtype == object:
        return not are_clock_times(column)
    return are_integers(column) and time_part(name) is None and not is_clock_name(name)


class _Times:
    """The times of a table's rows as places in their order, -1 for a gap; none where no column is a time."""

    def __init__(self, table: Table) -> None:
        column = _time_values(table)
        self.known = column is not None
        self.even = column is not None and _is_even(column)
        self.places = np.zeros(table.rows, int)
        if column is not None:
            present = column == column
            self.places = np.full(table.rows, -1)
            self.places[present] = places_in_order(column[present])[0]
            self.known = bool(present.any())
        self.count = int(self.places.max(initial=-1)) + 1

    def unique_share(self, codes: np.ndarray) -> float:
        """The share of rows whose time comes once among those with the same code."""
        with_time = self.places >= 0
        if not self.known or not with_time.any():
            return 0.0
        pairs = codes[with_time] * self.count + self.places[with_time]
        return places_in_order(pairs)[1] / len(pairs)

    def go_on(self) -> bool:
        """Whether time rises, or falls, from the file's first row to its last."""
        places = self.places[self.places >= 0]
        return self.known and bool((places[1:] >= places[:-1]).all() or (places[1:] <= places[:-1]).all())

    def go_on_across(self, codes: np.ndarray) -> bool:
        """Whether equal values stand together while time rises or falls all along, as in phases of one thing."""
        return self.go_on() and self.count == len(codes) and _is_contiguous(codes, int(codes.max(initial=0)) + 1)

    def start_anew_in_each(self, same: np.ndarray) -> bool:
        """Whether time goes back exactly where a value is not the same as before, and rises or falls all along else."""
        steps = np.diff(self.places)
        if not self.known or (self.places < 0).any() or same.all() or not same.any():
            return False
        rising = (steps[same] > 0).all() and (steps[~same] < 0).all()
        return bool(rising or ((steps[same] < 0).all() and (steps[~same] > 0).all()))

    def restart_per_block(self, column: np.ndarray) -> bool:
        """Whether time goes back where a new block of equal values begins."""
        steps = np.diff(self.places)
        changes = np.asarray(column[1:] != column[:-1], dtype=bool)
        return self.known and bool(changes.any()) and bool((steps[changes] <= 0).all() or (steps[changes] >= 0).all())


def _is_even(column: np.ndarray) -> bool:
    """Whether all steps from row to row are as long as the first, as those of one thing are."""
    steps = np.diff(column if column.dtype.kind == "M" else column / 4)  # 1e308 - (-1e308) is too large
    return bool((steps == steps[0]).all()) if len(steps) else False


def _time_values(table: Table) -> np.ndarray | None:
    """The dates with the most different values, else the first numbers that are named a clock."""
    parts = {part for composed in table.composed.values() for part in composed}
    dates = {name: column for name, column in table.columns.items() if column.dtype.kind == "M" and name not in parts}
    if dates:
        return max(dates.values(), key=lambda column: places_in_order(column[column == column])[1])
    return next(
        (
            column
            for name, column in table.columns.items()
            if column.dtype.kind == "f" and name not in parts and is_clock_name(name)
        ),
        None,
    )


def _unique_identifier(named: dict[str, np.ndarray], times: _Times) -> str | None:
    """The first column named an identifier within whose values no time comes twice."""
    alone = (name for name, codes in named.items() if times.unique_share(codes) >= UNIQUE_SHARE)
    return next((name for name in alone if _fits_batch_limits(named[name])), None)


def _together(table: Table, columns: dict[str, np.ndarray], times: _Times) -> tuple[str, ...]:
    """Two or three columns named identifiers within whose joint values no time comes twice."""
    names = [name for name, column in columns.items() if is_identifier_name(name, words_only=True)]
    codes = {name: value_codes(columns[name])[0] for name in names[:MAX_TOGETHER]} if times.known else {}
    for several in (chosen for count in (2, 3) for chosen in combinations(codes, count)):
        joint = np.unique(np.stack([codes[name] for name in several]), axis=1, return_inverse=True)[1].ravel()
        kinds = int(joint.max()) + 1
        if 2 * kinds <= table.rows and times.unique_share(joint) >= UNIQUE_SHARE:
            return several if _fits_batch_limits(joint) else ()
    return ()


def composed_identifier(table: Table, names: tuple[str, ...]) -> np.ndarray:
    """One column of words for several that only together tell sequences apart.

    >>> table = Table({"store": np.array([1.0, 2.0]), "item": np.array(["a", "a"], object)}, "", "CSV")
    >>> composed_identifier(table, ("store", "item")).tolist()
    ['store 1, a', 'store 2, a']
    """
    words = []
    for name in names:
        texts = format_values(table.columns[name]).tolist()
        words.append([f"{name} {text}" if table.columns[name].dtype.kind == "f" else text for text in texts])
    return np.array([", ".join(parts) for parts in zip(*words, strict=True)], dtype=object)


def _identifier_codes(name: str, column: np.ndarray) -> np.ndarray | None:
    """Each row's value by number, where the name says that values are identifiers and most come several times."""
    words = column.dtype == object
    if not is_identifier_name(name, words_only=words):
        return None
    codes, kinds = value_codes(column)
    if kinds < 2 or 2 * kinds > len(column):
        return None
    if (
        not words
        and not is_numbering_name(name)
        and MIN_ROWS * kinds > len(column)
        and not _is_contiguous(codes, kinds)
    ):
        return None
    return codes


def value_codes(column: np.ndarray) -> tuple[np.ndarray, int]:
    """Each row's value as a number from 0, and how many there are; gaps are one value."""
    if column.dtype != object:
        kinds, codes = np.unique(column, return_inverse=True)
        return codes, len(kinds)
    places: dict[object, int] = {}
    return np.array([places.setdefault(value, len(places)) for value in column.tolist()]), len(places)


def count_distinct(column: np.ndarray) -> int:
    """How many different values a column has, gaps not counted."""
    return len({value for value in column.tolist() if value is not None})


def _is_contiguous(codes: np.ndarray, kinds: int) -> bool:
    """Whether equal values stand together, as a sequence's rows do."""
    return int(np.count_nonzero(codes[1:] != codes[:-1])) == kinds - 1


def _fits_batch_limits(codes: np.ndarray) -> bool:
    """Whether the batch would be neither too many sequences nor too much padding."""
    lengths = np.bincount(codes)
    return len(lengths) <= MAX_SEQUENCES and len(lengths) * int(lengths.max(initial=0)) <= MAX_STEPS


def _names_blocks(table: Table, name: str, column: np.ndarray, times: _Times) -> bool:
    """Whether a column names blocks of rows: words, or numbers beside which another column counts anew in each."""
    if len(column) < 2 or not _changes_seldom(column):
        return False
    same = _same_as_before(column)
    anew = _another_counts_anew(table, name, same) or times.start_anew_in_each(same)
    if column.dtype != object and not anew:
        return False
    codes, kinds = value_codes(column)
    most = len(column) // 2 if anew else max(2, len(column) // 4)
    blocks = 1 < count_distinct(column) <= min(most, len(column) - 1) and _is_contiguous(codes, kinds)
    return blocks and _fits_batch_limits(codes) and (anew or not times.go_on())


def _same_as_before(column: np.ndarray) -> np.ndarray:
    return np.asarray(column[1:] == column[:-1], dtype=bool)


def _changes_seldom(column: np.ndarray) -> bool:
    """Whether at most half of the first rows differ from those before, as in blocks; a first look."""
    head = column[:1000]
    return 2 * int(np.sum(head[1:] != head[:-1])) <= len(head)


def _another_counts_anew(table: Table, name: str, same: np.ndarray) -> bool:
    if same.all():
        return False
    others = [other for key, other in table.columns.items() if key != name and other.dtype.kind == "f"]
    return any(_restarts_per_block(other, same) for other in others)


def _restarts_per_block(column: np.ndarray, same: np.ndarray) -> bool:
    rises = increments_by_one(column)
    return bool(same.any() and rises[same].all() and not rises[~same].any())


def _panel(table: Table, columns: dict[str, np.ndarray], times: _Times) -> str | None:
    """A column whose every value has each time at most once, and most times, where times come repeatedly."""
    if not times.known or len(table.columns) < 3 or times.count == table.rows or (times.places < 0).any():
        return None
    for name, column in columns.items():
        if column.dtype == object or times.count >= MIN_TIMES:
            codes, kinds = value_codes(column)
            most = min(table.rows // 2, 2 * table.rows // times.count, MAX_SEQUENCES)
            if 1 < kinds <= most and times.unique_share(codes) == 1.0:
                return name
    return None


def _interleaved(table: Table, columns: dict[str, np.ndarray], times: _Times) -> str | None:
    """A column within whose values the numbers change much less than from row to row, as if each were a sequence."""
    numbers = [other for name, other in table.columns.items() if other.dtype.kind == "f" and not is_clock_name(name)]
    for name, column in columns.items():
        if table.rows < MIN_TIMES or set(name_words(name)) & _CYCLES:
            continue
        codes, kinds = value_codes(column)
        if 1 < kinds <= table.rows // 4 and times.known and not times.even and _take_turns(codes, kinds):
            return name
        counted = column.dtype != object and float(column.min()) in (0, 1)  # as things are, and no measurement
        several = column.dtype == object or (counted and times.known and _take_turns(codes, kinds))
        if several and 1 < kinds <= table.rows // 4 and any(_is_smoother(other, codes) for other in numbers):
            return name
    return None


def _take_turns(codes: np.ndarray, kinds: int) -> bool:
    """Whether the values follow each other in the same order all along, as several things read in turn do."""
    return (
        kinds not in _USUAL_CYCLES
        and len(np.unique(codes[:kinds])) == kinds
        and bool((codes[kinds:] == codes[:-kinds]).all())
    )


def _is_smoother(values: np.ndarray, codes: np.ndarray) -> bool:
    within = values[np.argsort(codes, kind="stable")]
    return _roughness(within) < SMOOTHER * _roughness(values)


def runs_of_time(table: Table, name: str) -> np.ndarray | None:
    """Which run each row belongs to, where a column of times starts anew again and again; None where it does not.

    >>> runs_of_time(Table({"t": np.array([0.0, 1, 2, 0, 1, 2])}, "", "CSV"), "t").tolist()
    [0, 0, 0, 1, 1, 1]
    """
    column = table.columns[name]
    if table.rows < 2 * MIN_ROWS or (column != column).any():
        return None
    for steps in (np.sign(_differences(column)), -np.sign(_differences(column))):
        starts = steps < 0
        count = int(starts.sum()) + 1
        if count == 1 or MIN_ROWS * count > table.rows or (steps[~starts] == 0).any():
            continue
        runs = np.concatenate([[0], np.cumsum(starts)])
        firsts = column[np.concatenate([[True], starts])]
        places, kinds = places_in_order(column)
        shared = np.bincount(places, minlength=kinds)[places] > 1
        if (firsts == firsts[0]).all() or 2 * int(shared.sum()) > table.rows:
            return runs
    return None


def _differences(column: np.ndarray) -> np.ndarray:
    """Whether values rise (1) or fall (-1) from row to row; differences could be too large for a number."""
    return (column[1:] > column[:-1]).astype(int) - (column[1:] < column[:-1]).astype(int)


def time_without_runs(table: Table) -> str | None:
    """A column that may be times which start anew: dates, numbers named a clock, or the first without a name."""
    parts = {part for composed in table.composed.values() for part in composed}
    own = {name: column for name, column in table.columns.items() if name not in parts}
    dates = [name for name, column in own.items() if column.dtype.kind == "M"]
    numbers = [name for name, column in own.items() if column.dtype.kind == "f"]
    clocks = [name for name in numbers if is_clock_name(name) and (time_part(name) is None or len(name) == 1)]
    return next(iter([*dates, *clocks, *(name for name in numbers[:1] if name == FIRST_UNNAMED)]), None)


def _roughness(values: np.ndarray) -> float:
    """The mean step from row to row, in shares of the largest number; infinite numbers and gaps not counted."""
    finite = np.isfinite(values)
    largest = float(np.abs(values[finite]).max(initial=0.0)) or 1.0  # a sum of 1e308 would be too large
    steps = np.abs(np.diff(np.where(finite, values, np.nan) / largest))
    steps = steps[~np.isnan(steps)]
    return float(steps.mean()) if len(steps) else 0.0


def are_integers(column: np.ndarray) -> bool:
    """Whether a column is whole numbers without a gap."""
    return column.dtype.kind == "f" and bool(np.isfinite(column).all() and (column == np.round(column)).all())
