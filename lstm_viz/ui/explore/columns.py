"""How a table is read, as a sentence whose parts can be changed where they stand; and a summary of what was read."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lstm_viz.sequences.batch import SequenceBatch
from lstm_viz.sequences.choices import GAPS, Choices, is_text
from lstm_viz.sequences.errors import SequenceError
from lstm_viz.sequences.findings import Finding
from lstm_viz.sequences.formatting import format_values, plural
from lstm_viz.sequences.table import Table
from lstm_viz.ui.explore.source import Source, prepared_batch
from lstm_viz.ui.plain_text import Markdown, markdown, plain_text

NO_COLUMN, ROWS_LABEL = "(none)", "Cut into rows (N)"
#: Rows of a table that are shown.
FIRST_ROWS = 5
#: How far a window reaches while a model is fitted, where nobody chose.
DEFAULT_WINDOW = 50


def choose_columns(tab: DeltaGenerator, source: Source) -> tuple[SequenceBatch, Choices]:
    """The batch under the choices; where they make no sequence the error is shown, and the suggested ones are taken."""
    choices = source.suggested if source.table is None else _choose(tab, source)
    try:
        batch = prepared_batch(source, choices)
    except SequenceError as refusal:
        st.error(plain_text(refusal))
        choices = source.suggested
        batch = prepared_batch(source, choices)
    return batch, choices


def reading_summary(batch: SequenceBatch, asked: Iterable[str] = ()) -> Markdown:
    """What was read and done, without findings and what is `asked`."""
    shown = [note for note in batch.notes if note not in set(asked) and not isinstance(note, Finding)]
    return markdown("**{source}** — {notes}", source=batch.source, notes=" ".join(shown))


def _choose(tab: DeltaGenerator, source: Source) -> Choices:
    """The sentence of how the table is read, with its first rows; its parts belong to this source."""
    table = source.table
    assert table is not None
    with tab:
        st.markdown(markdown("**{source}** has {rows}.", source=table.source, rows=plural(table.rows, "row")))
        choices = source.suggested if is_text(table) else _choose_roles(source, table)
        choices = _choose_rows(source, choices)
        st.caption("Its first rows")
        shown = {name: format_values(column[:FIRST_ROWS]) for name, column in table.columns.items()}
        st.dataframe(shown, hide_index=True, alt=f"The first rows of {table.source}")
    return choices


def _choose_roles(source: Source, table: Table) -> Choices:
    suggested, columns = source.suggested, list(table.columns)
    time = _choose_column("The order of its steps is that of", columns, suggested.time, f"time {source.identity}")
    sequence = _choose_column(
        "Its sequences are told apart by", columns, suggested.sequence, f"sequence {source.identity}"
    )
    features = st.multiselect(
        "The model is given", columns, list(suggested.features or ()), key=f"features {source.identity}"
    )
    gaps = st.selectbox(
        "Where a value is missing,",
        list(GAPS),
        list(GAPS).index(suggested.gaps),
        format_func=GAPS.__getitem__,
        key=f"gaps {source.identity}",
    )
    standardise = st.checkbox(
        "standardise what the model is given",
        suggested.standardise,
        key=f"standardise {source.identity}",
        help="The model is given (value - mean) / standard deviation; the page keeps showing the file's own units.",
    )
    kept = tuple(name for name in features if name not in (time, sequence))
    return suggested.but(features=kept, time=time, sequence=sequence, gaps=gaps, standardise=standardise)


def _choose_column(label: str, columns: list[str], suggested: str | None, key: str) -> str | None:
    options = [NO_COLUMN, *columns]
    chosen = st.selectbox(plain_text(label), options, options.index(suggested or NO_COLUMN), key=key)
    return None if chosen == NO_COLUMN else chosen


def _choose_rows(source: Source, choices: Choices) -> Choices:
    left, right = st.columns(2, vertical_alignment="bottom")
    rows = left.number_input(
        ROWS_LABEL,
        1,
        64,
        choices.rows,
        key=f"rows {source.identity}",
        help="Cuts one long sequence into N rows of equal length, the sequences of the batch.",
    )
    steps = right.number_input(
        "A fit looks back (M steps)",
        2,
        2000,
        choices.steps or DEFAULT_WINDOW,
        key=f"steps {source.identity}",
        help="While a model is fitted, state is carried from window to window and the gradient reaches back M steps.",
    )
    chosen = None if int(steps) == DEFAULT_WINDOW else int(steps)
    return choices.but(rows=int(rows), steps=chosen)
