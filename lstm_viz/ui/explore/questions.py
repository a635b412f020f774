"""The questions that a file leaves open, each with an example, the reading that was taken, and the others to click."""

from __future__ import annotations

from typing import Any

import streamlit as st

from lstm_viz.sequences.errors import SequenceError
from lstm_viz.sequences.reading_options import Question, ReadingOptions, options_from_text
from lstm_viz.ui.plain_text import markdown, plain_text
from lstm_viz.ui.session import session

#: The answers in the address, so that a copied link reads the file in the same way.
LINK_KEY = "read"
CHECK = markdown(":material/help: **Please check how the file was read:** ")
BY_THE_FILE, NO_CODES = "as the file tells", "none"
#: The options with few answers: what each is called, and its answers.
MENU: dict[str, tuple[str, dict[str, Any]]] = {
    "decimal": ("Decimal mark", {"point, 1,234.5": ".", "comma, 1.234,5": ",", "both": "both"}),
    "day_first": ("3/4/2024 is", {"3 April": True, "4 March": False}),
    "header": ("The first row holds", {"names": True, "values": False}),
    "row_is": (
        "A row, or an array's first axis, is",
        {"a step": "step", "a sequence": "sequence", "a feature": "feature", "a part of the sequence": "part"},
    ),
}

#: The options that are numbers: what each is called, and an example.
NUMBERS = {
    "missing": ("Numbers that stand for a missing value", "-999, -99.9"),
    "padding": ("Numbers that fill up shorter sequences of an array", "0, -1"),
}


def reading_options(identity: str) -> ReadingOptions:
    """The person's answers for a file; those in the address for the first file of a session.

    Another file begins without answers.
    """
    known, options = session.reading_options
    if known != identity:
        options = ReadingOptions() if known else options_from_text(st.query_params.get(LINK_KEY, ""))
        session.reading_options = (identity, options)
    _write_link(options)
    return options


def reading_menu(identity: str) -> None:
    """Every reading option of the file, also those that it left nothing open of; above them what was answered."""
    about, questions = session.questions
    options = session.reading_options[1]
    for question in questions if about == identity else ():
        if question.answered_by(options):
            _ask(identity, question, settled=True)
    for option, (label, answers) in MENU.items():
        places = {BY_THE_FILE: None} | answers
        words, given = list(places), getattr(options, option)
        before = next(word for word, value in places.items() if value == given)
        key = f"reading {option} {identity} {options.as_text()}"
        chosen = st.selectbox(plain_text(label), words, words.index(before), key=key)
        if chosen != before:
            _answer(identity, option, places[str(chosen)])
    for option, (label, example) in NUMBERS.items():
        _choose_numbers(identity, options, option, label, example)


def _choose_numbers(identity: str, options: ReadingOptions, option: str, label: str, example: str) -> None:
    given = getattr(options, option)
    before = "" if given is None else ", ".join(f"{number:.15g}" for number in given) or NO_CODES
    written = st.text_input(
        plain_text(label),
        before,
        key=f"reading {option} {identity} {options.as_text()}",
        placeholder=BY_THE_FILE,
        help=plain_text(f"As in {example}; “{NO_CODES}” keeps all as numbers."),
    )
    if written == before:
        return
    words = [word.strip() for word in written.split(",") if word.strip()]
    try:
        _answer(identity, option, None if not words else [] if words == [NO_CODES] else words)
    except SequenceError as refusal:
        st.error(plain_text(refusal))


def ask_questions(identity: str) -> None:
    """Show every question of the file that was read last and is not answered; an answer reads it again."""
    about, questions = session.questions
    options = session.reading_options[1]
    left_open = [question for question in questions if not question.answered_by(options)] if about == identity else []
    if not left_open:
        return
    with st.container(border=True, key="questions"):
        for question in left_open:
            _ask(identity, question, settled=False)


def _ask(identity: str, question: Question, *, settled: bool) -> None:
    answers = [question.taken, *question.others]
    key = f"answer {question.option} {identity} {question.taken.label}"
    row = st.container(horizontal=True, vertical_alignment="center", key=f"question {question.option}")
    said = _settled(question) if settled else question.example
    row.markdown(markdown("{check}{said}", check="" if settled else CHECK, said=said), width="stretch")
    # A radio's words wrap: on a phone every answer is read whole.
    chosen = row.radio(
        plain_text(question.example),
        range(len(answers)),
        format_func=lambda place: plain_text(answers[place].label),
        horizontal=True,
        key=key,
        label_visibility="collapsed",
        width="content",
    )
    if chosen:
        _answer(identity, question.option, answers[chosen].value)


def _settled(question: Question) -> str:
    """What was asked, once it is answered: no longer that it may be something else."""
    asked, doubt, _ = question.example.partition(" may be ")
    return f"{asked} is read as: {question.taken.label}." if doubt else question.note()


def _answer(identity: str, option: str, value: Any) -> None:
    """Keep an answer, and run the page again, which reads the file in that way."""
    options = session.reading_options[1].but(**{option: value})
    session.reading_options = (identity, options)
    st.rerun()


def _write_link(options: ReadingOptions) -> None:
    """Keep the answers in the address; at the beginning of a run, since one that is left drops what it wrote."""
    line = options.as_text()
    if line and st.query_params.get(LINK_KEY) != line:
        st.query_params[LINK_KEY] = line
    elif not line and LINK_KEY in st.query_params:
        del st.query_params[LINK_KEY]
