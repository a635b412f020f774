"""Roles of a table's columns: which orders time and which tells sequences apart, as said, or found and asked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lstm_viz.sequences.errors import SequenceError
from lstm_viz.sequences.formatting import MAX_TEXT_LENGTH, format_values, list_columns
from lstm_viz.sequences.reading_options import Answer, Question, ReadingOptions
from lstm_viz.sequences.sequence_column import SequenceSuggestion, composed_identifier, suggest_sequences
from lstm_viz.sequences.table import Table
from lstm_viz.sequences.time_column import rival_time_column, suggest_time_column

#: Values of a column that are shown as an example.
SHOWN_VALUES = 3


def with_roles(table: Table, options: ReadingOptions) -> Table:
    """The table with its columns' roles, "" for none: those of the options, of the format, else those that suit.

    Where nothing proves that a column tells sequences apart, a question is added.
    """
    suggested = SequenceSuggestion(table.roles.get("sequence")) if table.roles else suggest_sequences(table)
    column = ", ".join(suggested.together) or suggested.column
    if column is not None and column not in table.columns:
        columns = {**table.columns, column: composed_identifier(table, suggested.together)}
        table = replace(table, columns=columns, composed={**table.composed, column: suggested.together})
    sequence = column if options.sequence is None else options.sequence or None
    _check_names(table, options)
    time = table.roles.get("time") or suggest_time_column(table, sequence)
    time = time if options.time is None else options.time or None
    questions = [] if suggested.doubtful is None else [_sequence_question(table, suggested.doubtful, sequence)]
    if time is not None and table.columns[time].dtype.kind == "M":
        rival = rival_time_column(table, time, sequence)
        questions += [] if rival is None else [_time_question(table, time, rival)]
    return replace(
        table,
        roles={**table.roles, "time": time or "", "sequence": sequence or ""},
        questions=(*table.questions, *questions),
    )


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
    kinds = list(dict.fromkeys(str(value) for value in column[:1000].tolist() if value is not None))
    shown = ", ".join(f"“{kind[:MAX_TEXT_LENGTH]}”" for kind in kinds[:SHOWN_VALUES])
    more = ", …" if len(kinds) > SHOWN_VALUES else ""
    one, several = Answer("", "one sequence"), Answer(name, f"a sequence for each `{name}`")
    taken, other = (several, one) if sequence == name else (one, several)
    return Question("sequence", f"`{name}` ({shown}{more}) may tell sequences apart.", taken, (other,))
