"""How a table is read, as a sentence whose parts can be changed where they stand; and a summary of what was read."""

from __future__ import annotations

import re
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

NO_COLUMN, ROWS_LABEL = "(none)", "Cut into rows (N)"
#: Rows of a table that are shown.
FIRST_ROWS = 5
#: Text within back-ticks; and the signs that mean something to Streamlit outside of them.
CODE_SPAN, SPECIAL = re.compile(r"(`[^`\n]+`)"), re.compile(r"[\\`\[\]*_<>$#~:]")
#: How far a window reaches while a model is fitted, where nobody chose.
DEFAULT_WINDOW = 50


def choose_columns(tab: DeltaGenerator, source: Source) -> tuple[SequenceBatch, Choices]:
    """The batch under the choices; where they make no sequence the error is shown, and the suggested ones are taken."""
    choices = source.suggested if source.table is None else _choose(tab, source)
    try:
        batch = prepared_batch(source, choices)
    except SequenceError as refusal:
        st.error(escape_streamlit_markdown(str(refusal)))
        choices = source.suggested
        batch = prepared_batch(source, choices)
    return batch, choices


def as_list(sentences: Iterable[str]) -> str:
    """Sentences as a list in Streamlit's Markdown, to stand after a caption; nothing for none.

    >>> as_list(["It starts from zero."])
    '\\n- It starts from zero.'
    """
    return "".join(f"\n- {escape_streamlit_markdown(' '.join(sentence.split()))}" for sentence in sentences)


def reading_summary(batch: SequenceBatch, asked: Iterable[str] = ()) -> str:
    """What was read and done, as Markdown in which a user's words are escaped; without findings and what is `asked`."""
    shown = [note for note in batch.notes if note not in set(asked) and not isinstance(note, Finding)]
    notes = " ".join(escape_streamlit_markdown(note) for note in shown)
    return f"**{escape_streamlit_markdown(batch.source)}** — {notes}"


def escape_streamlit_markdown(text: str) -> str:
    """Escape a user's words for Streamlit's Markdown, which knows `$` and `:` too; only back-ticks keep their meaning.

    Within back-ticks everything stands as it is, a backslash too. `lessons/texts.py` escapes for plain CommonMark.

    >>> escape_streamlit_markdown("`visit_date` *costs* $5")
    '`visit_date` \\\\*costs\\\\* \\\\$5'
    """
    parts = CODE_SPAN.split(text)
    return "".join(part if CODE_SPAN.fullmatch(part) else SPECIAL.sub(r"\\\g<0>", part) for part in parts)


def _choose(tab: DeltaGenerator, source: Source) -> Choices:
    """The sentence of how the table is read, with its first rows; its parts belong to this source."""
    table = source.table
    assert table is not None
    with tab:
        st.markdown(f"**{escape_streamlit_markdown(table.source)}** has {plural(table.rows, 'row')}.")
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
    chosen = st.selectbox(label, options, options.index(suggested or NO_COLUMN), key=key)
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
