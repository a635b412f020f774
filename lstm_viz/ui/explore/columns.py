"""The choice of a table's columns and of its preparation, and a summary of what was read."""

from __future__ import annotations

import re
from collections.abc import Iterable

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lstm_viz.sequences.batch import SequenceBatch
from lstm_viz.sequences.choices import GAPS, Choices, is_text
from lstm_viz.sequences.errors import SequenceError
from lstm_viz.ui.explore.source import Source, prepared_batch

NO_COLUMN = "(none)"
#: Text within back-ticks; and the signs that mean something to Streamlit outside of them.
CODE_SPAN, SPECIAL = re.compile(r"(`[^`\n]+`)"), re.compile(r"[\\`\[\]*_<>$#~:]")
#: How far a window reaches while a model is fitted, where nobody chose.
DEFAULT_WINDOW = 50


def choose_columns(bar: DeltaGenerator, source: Source) -> tuple[SequenceBatch, Choices]:
    """The batch under the choices; where they make no sequence the error is shown, and the suggested ones are taken."""
    choices = source.suggested if source.table is None else _choose(bar, source)
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
    """What was read and done, as Markdown in which a user's words are escaped; without notes that are `asked`."""
    shown = [note for note in batch.notes if note not in set(asked)]
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


def _choose(bar: DeltaGenerator, source: Source) -> Choices:
    """The form, inside a popover; its fields belong to this source."""
    with bar.popover("Columns"):
        if source.table is not None and is_text(source.table):
            return _choose_rows(source, source.suggested)
        return _choose_rows(source, _choose_roles(source))


def _choose_roles(source: Source) -> Choices:
    suggested, columns = source.suggested, list(source.table.columns) if source.table else []
    features = st.multiselect("Features", columns, list(suggested.features or ()), key=f"features {source.identity}")
    time = _choose_column("Orders the steps", columns, suggested.time, f"time {source.identity}")
    sequence = _choose_column("Tells sequences apart", columns, suggested.sequence, f"sequence {source.identity}")
    gaps = st.selectbox(
        "Gaps",
        list(GAPS),
        list(GAPS).index(suggested.gaps),
        format_func=GAPS.__getitem__,
        key=f"gaps {source.identity}",
    )
    standardise = st.checkbox(
        "Standardise features",
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
    rows = st.number_input(
        "Rows side by side (N)",
        1,
        64,
        choices.rows,
        key=f"rows {source.identity}",
        help="Cuts one long sequence into N rows of equal length, the sequences of the batch.",
    )
    steps = st.number_input(
        "Window while fitting (M steps)",
        2,
        2000,
        choices.steps or DEFAULT_WINDOW,
        key=f"steps {source.identity}",
        help="While a model is fitted, state is carried from window to window and the gradient reaches back M steps.",
    )
    chosen = None if int(steps) == DEFAULT_WINDOW else int(steps)
    return choices.but(rows=int(rows), steps=chosen)
