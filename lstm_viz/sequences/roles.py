"""Roles of a table's columns: which orders time and which tells sequences apart, as said, or found and asked."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from lstm_viz.sequences.column_words import (
    FIRST_UNNAMED,
    is_row_number_name,
    is_time_name,
    name_words,
    time_part,
    word_set,
)
from lstm_viz.sequences.errors import SequenceError
from lstm_viz.sequences.formatting import MAX_TEXT_LENGTH, format_values, list_columns, make_unique, plural
from lstm_viz.sequences.reading_options import Answer, Question, ReadingOptions
from lstm_viz.sequences.sequence_column import (
    SequenceSuggestion,
    composed_identifier,
    runs_of_time,
    suggest_sequences,
    time_without_runs,
)
from lstm_viz.sequences.table import Table
from lstm_viz.sequences.time_column import rival_time_column, suggest_time_column

#: Values of a column that are shown as an example.
SHOWN_VALUES = 3
#: What the column of runs is called; how many words tell whether a column may hold times, and years in them.
RUN_COLUMN, SAMPLE_WORDS, YEAR_IN_WORDS = "run", 200, r"(?<![0-9])(1[5-9]|20|21)[0-9]{2}(?![0-9])"
#: Seconds since 1970 that may be a start, 1980 to 2100; rows that stand below one, and by how much they are less.
INSTANTS, LEAST_BELOW_START, FAR_BELOW = (315_532_800, 4_102_444_800), 4, 1000
_TIME_WORDS = word_set("period season saison month year week quarter day interval")


def with_roles(table: Table, options: ReadingOptions) -> Table:
    """The table with its columns' roles, "" for none: those of the options, of the format, else those that suit.

    Where nothing proves that a column tells sequences apart, a question is added.
    """
    suggested = SequenceSuggestion(table.roles.get("sequence")) if table.roles else suggest_sequences(table)
    column = ", ".join(suggested.together) or suggested.column
    if column is not None and column not in table.columns:
        columns = {**table.columns, column: composed_identifier(table, suggested.together)}
        table = replace(table, columns=columns, composed={**table.composed, column: suggested.together})
    questions: list[Question] = []
    start = _notes_on_start(table)
    if column is None and not table.roles and suggested.doubtful is None and not start:
        table, column, questions = _with_runs(table, options)
    sequence = column if options.sequence is None else options.sequence or None
    _check_names(table, options)
    time = table.roles.get("time") or suggest_time_column(table, sequence)
    time = time if options.time is None else options.time or None
    if suggested.doubtful is not None:
        questions.append(_sequence_question(table, suggested.doubtful, sequence))
    if time is not None and table.columns[time].dtype.kind == "M":
        rival = rival_time_column(table, time, sequence)
        questions += [] if rival is None else [_time_question(table, time, rival)]
    if counter := _doubtful_counter(table, time if options.time is None else suggest_time_column(table, sequence)):
        questions.append(_counter_question(counter, time))
    notes = [*start, *_notes_on_times(table, time, sequence)]
    return replace(
        table,
        notes=(*table.notes, *notes),
        roles={**table.roles, "time": time or "", "sequence": sequence or ""},
        questions=(*table.questions, *questions),
    )


def _doubtful_counter(table: Table, time: str | None) -> str | None:
    """The numbers that order the rows only because they are one more in each, and may be measured as well."""
    if time is None or table.roles or table.columns[time].dtype.kind != "f" or time in table.composed:
        return None
    alone = all(name == time or column.dtype.kind != "f" for name, column in table.columns.items())
    return None if alone or time == FIRST_UNNAMED or is_row_number_name(time) else time


def _counter_question(name: str, time: str | None) -> Question:
    order, feature = Answer(name, "the order of the rows"), Answer("", "a feature")
    taken, other = (order, feature) if time == name else (feature, order)
    return Question(
        "time", f"`{name}` is one more in each row: it may number the rows, or be measured.", taken, (other,)
    )


def _notes_on_start(table: Table) -> list[str]:
    """A time and a rate above the values, as some recorders write them: said, since they are read as steps."""
    for name, column in table.columns.items():
        if column.dtype.kind != "f" or table.rows < LEAST_BELOW_START:
            continue
        first, rest = float(column[0]), float(np.fmax.reduce(np.abs(column[1:])))
        if INSTANTS[0] <= first <= INSTANTS[1] and rest < first / FAR_BELOW:
            when = str(np.datetime64(int(first), "s")).replace("T", " ")
            rate = f" and the second, {column[1]:g}, like a rate" if column[1] > 0 else ""
            return [
                f"`{name}`: the first number, {first:.15g}, looks like a start time ({when} UTC){rate}. Both are read "
                "as steps; leave these lines out of the file if they are none."
                if rate
                else f"`{name}`: the first number, {first:.15g}, looks like a start time ({when} UTC). It is read as a "
                "step; leave its line out of the file if it is none."
            ]
    return []


def _with_runs(table: Table, options: ReadingOptions) -> tuple[Table, str | None, list[Question]]:
    """The table with a column that names the runs of a time that starts anew, its name, and the question about it."""
    time = options.time or time_without_runs(table)
    if time is None or time not in table.columns or table.columns[time].dtype == object:
        return table, None, []
    runs = runs_of_time(table, time)
    if runs is None:
        return table, None, []
    name = make_unique([*table.columns, RUN_COLUMN])[-1]
    words = np.array([f"{RUN_COLUMN} {run + 1}" for run in runs.tolist()], dtype=object)
    table = replace(table, columns={**table.columns, name: words}, composed={**table.composed, name: ()})
    anew = int(np.argmax(runs == 1)) + 1
    example = f"`{time}` starts anew {plural(int(runs[-1]), 'time')}, first in row {anew}."
    several, one = Answer(name, f"{int(runs[-1]) + 1} sequences"), Answer("", "one sequence")
    taken, other = (one, several) if options.sequence == "" else (several, one)
    return table, name, [Question("sequence", example, taken, (other,))]


def _notes_on_times(table: Table, time: str | None, sequence: str | None) -> list[str]:
    """What may be a time as well, but orders nothing: said, since rows may be in the wrong order."""
    if time is None or table.columns[time].dtype.kind != "M":
        others = [name for name in table.columns if name not in (time, sequence)]
        others = [name for name in others if time is None or table.columns[name].dtype == object]
        name = next((name for name in others if _may_be_time(table, name)), None)
        if name is None or any(f"“{name}”: looks like" in note for note in table.notes):
            return []
        first = next((value for value in format_values(table.columns[name]).tolist() if value), "")
        return [
            f"Column “{name}”: not understood as times, such as “{first[:MAX_TEXT_LENGTH]}”, so it does not "
            "order the rows. Write year-month-day (2024-06-17), by which they can be put in order."
        ]
    column, notes = table.columns[time], []
    for name, other in table.columns.items():
        own = name != time and other.dtype.kind == "M" and column.dtype.kind == "M"
        if own and is_time_name(name_words(name)[-1] if name_words(name) else "") and not _is_part(table, name):
            differing = int(((other != column) & (other == other) & (column == column)).sum())
            if 2 * differing > table.rows and time not in table.composed:
                notes.append(
                    f"`{name}` holds other times than `{time}`; it may belong to some columns, but orders none."
                )
    return notes


def _is_part(table: Table, name: str) -> bool:
    return any(name in parts for parts in table.composed.values())


def _may_be_time(table: Table, name: str) -> bool:
    """Whether a column that was not read as times may hold some, by its name, or as words with digits, each once."""
    column = table.columns[name]
    if _is_part(table, name) or name in table.composed:
        return False
    if column.dtype.kind == "f":
        known = column[column == column]
        return is_time_name(name) and len(np.unique(known)) > 1
    if column.dtype != object:
        return False
    words = [word for word in column[:SAMPLE_WORDS].tolist() if word is not None]
    if len(words) < 3 or 2 * sum(any(map(str.isdigit, word)) for word in words) <= len(words):
        return False
    named = is_time_name(name) or time_part(name) is not None or bool(set(name_words(name)) & _TIME_WORDS)
    several = len(set(words)) > len(words) // 2
    dated = 2 * sum(re.search(YEAR_IN_WORDS, word) is not None for word in words) > len(words)
    return len(set(words)) > 1 and (named or (several and dated))


def _time_question(table: Table, time: str, rival: str) -> Question:
    """Which of two columns of dates orders the rows, with a row as an example."""
    first, other = (format_values(table.columns[name][:1])[0] or "no date" for name in (time, rival))
    example = f"Row 1 has `{time}` {first} and `{rival}` {other}; the rows have another order by each."
    return Question("time", example, Answer(time, f"in the order of `{time}`"), (Answer(rival, f"of `{rival}`"),))


def _check_names(table: Table, options: ReadingOptions) -> None:
    for name in filter(None, (options.time, options.sequence)):
        if name not in table.columns:
            raise SequenceError(f"There is no column {name!r}. There are {list_columns(table.columns)}.")


def _sequence_question(table: Table, name: str, sequence: str | None) -> Question:
    """Whether a column tells sequences apart, beside the reading that was taken."""
    column: np.ndarray = table.columns[name]
    kinds = list(dict.fromkeys(word for word in format_values(column[:1000]).tolist() if word))
    shown = ", ".join(f"“{kind[:MAX_TEXT_LENGTH]}”" for kind in kinds[:SHOWN_VALUES])
    more = ", …" if len(kinds) > SHOWN_VALUES else ""
    one, several = Answer("", "one sequence"), Answer(name, f"a sequence for each `{name}`")
    taken, other = (several, one) if sequence == name else (one, several)
    return Question("sequence", f"`{name}` ({shown}{more}) may tell sequences apart.", taken, (other,))
