"""The questions that a file leaves open, each with an example, the reading that was taken, and the others to click."""

from __future__ import annotations

from typing import Any

import streamlit as st

from lstm_viz.sequences.reading_options import Question, ReadingOptions, options_from_text
from lstm_viz.ui.explore.columns import escape_streamlit_markdown
from lstm_viz.ui.session import session

#: The answers in the address, so that a copied link reads the file in the same way.
LINK_KEY = "read"


def reading_options(identity: str) -> ReadingOptions:
    """The person's answers for a file; those in the address for the first file of a session.

    Another file begins without answers.
    """
    known, options = session.reading_options
    if known != identity:
        linked = options_from_text(st.query_params.get(LINK_KEY, "")) if not known else ReadingOptions()
        session.reading_options = (identity, linked)
        if known:
            _write_link(linked)
        return linked
    return options


def ask_questions(identity: str) -> None:
    """Show every question of the file that was read last; an answer reads it again."""
    about, questions = session.questions
    if about != identity or not questions:
        return
    options = session.reading_options[1]
    with st.container(border=True, key="questions"):
        open_ones = [question for question in questions if not question.answered_by(options)]
        st.markdown("**Please check how the file was read.**" if open_ones else "How the file was read, as you chose:")
        for question in questions:
            _ask(identity, question)


def _ask(identity: str, question: Question) -> None:
    answers = [question.taken, *question.others]
    key = f"answer {question.option} {identity} {question.taken.label}"
    row = st.container(horizontal=True, vertical_alignment="center", key=f"question {question.option}")
    row.markdown(escape_streamlit_markdown(question.example), width="stretch")
    row.segmented_control(
        question.example,
        range(len(answers)),
        default=0,
        required=True,
        format_func=lambda place: answers[place].label,
        key=key,
        label_visibility="collapsed",
        width="content",
        on_change=lambda: _answer(identity, question.option, answers[st.session_state[key]].value),
    )


def _answer(identity: str, option: str, value: Any) -> None:
    options = session.reading_options[1].but(**{option: value})
    session.reading_options = (identity, options)
    _write_link(options)


def _write_link(options: ReadingOptions) -> None:
    if line := options.as_text():
        st.query_params[LINK_KEY] = line
    elif LINK_KEY in st.query_params:
        del st.query_params[LINK_KEY]
