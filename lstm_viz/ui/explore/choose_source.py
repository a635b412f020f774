"""The choice of a sequence: a bundled example, a file that was dropped, or a typed or pasted text."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lstm_viz.sequences.examples import bundled_examples
from lstm_viz.sequences.read import read_pasted, read_table
from lstm_viz.ui.explore.drop_zone import EXAMPLE, FILES, DroppedFile, chosen_file, drop_zone, take_back
from lstm_viz.ui.explore.questions import ask_questions, reading_options
from lstm_viz.ui.explore.source import FileParts, Source, first_example, read_upload, source_of_example
from lstm_viz.ui.explore.startup_files import startup_run
from lstm_viz.ui.plain_text import markdown, plain_text
from lstm_viz.ui.session import Session, session

#: The run that the app was started with.
SAVED = "Saved run"
TEXT = "Text"


def choose_kind(bar: DeltaGenerator, zone: DeltaGenerator, more: Sequence[str] = ()) -> str:
    """The kind of source of the sequence, beside the drop zone: an example, a file, a text, or one of `more`."""
    kinds = [EXAMPLE, FILES, TEXT, *([SAVED] if startup_run() else []), *more]
    if st.query_params.get(Session.source.key) == SAVED and SAVED not in kinds:
        st.query_params[Session.source.key] = FILES  # a link from before runs were dropped like any file
    drop_zone(zone)
    kind = bar.segmented_control(
        "Sequence",
        kinds,
        default=EXAMPLE,
        format_func=plain_text,
        required=True,
        key=Session.source.key,
        bind="query-params",
        label_visibility="collapsed",
        width="content",
    )
    return str(kind)


def choose_source(bar: DeltaGenerator, kind: str) -> Source:
    """The sequence to look at, of a kind, chosen in `bar` and, where room is needed, under it.

    Where it can't be read the error is shown, and the sequence before stays.
    """
    if kind == EXAMPLE:
        return _choose_example(bar)
    if kind == TEXT:
        _enter_text()
    elif file := chosen_file():
        _read_file(bar, file)
    if session.read_error:
        _say_read_error(kind)
    source = session.own_source or source_of_example(first_example())
    ask_questions(session.read_source[0])
    return source


def _say_read_error(kind: str) -> None:
    """Why the file or text can't be read, and the way back to the one before."""
    file = chosen_file() if kind == FILES else None
    with st.container(border=True, key="ask-other-file"):
        name = file.name if file else "This text"
        st.error(markdown("**{name}** can't be read. {refusal}", name=name, refusal=session.read_error))
        if file and session.file_before in session.dropped:
            st.button(plain_text(f"Back to {session.file_before}"), on_click=take_back)


def _choose_example(bar: DeltaGenerator) -> Source:
    first = first_example()
    known = {first.key: first} | {example.key: example for example in bundled_examples()}
    key = bar.selectbox(
        "Example",
        list(known),
        format_func=lambda name: known[name].title,
        key="example",
        bind="query-params",
        label_visibility="collapsed",
        width=215,
    )
    return source_of_example(known[key])


def _read_file(bar: DeltaGenerator, file: DroppedFile) -> None:
    part = session.part(file.identity)
    with st.spinner(plain_text(f"Reading {file.name} …")):
        options = reading_options(file.identity)
        read_upload(
            file.identity,
            lambda: read_table(file.read(), file.name, part=part, **options.given()),
            part,
            options,
        )
    if session.file_parts:
        _choose_part(bar, session.file_parts, session.part_key(file.identity))


def _choose_part(bar: DeltaGenerator, parts: FileParts, key: str) -> None:
    """A choice among a workbook's sheets or an archive's arrays."""
    first = parts.names.index(parts.read)
    bar.selectbox(plain_text(parts.kind), parts.names, first, key=key, label_visibility="collapsed", width=215)


def _enter_text() -> None:
    text = st.text_area(
        "Numbers, a table, or any text; one character a step",
        key="text",
        persist_state="session",
        height=110,
        placeholder="3.1 4.1 5.9 2.6 5.3 …",
    )
    if text:
        digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
        identity = f"text {digest}"
        options = reading_options(identity)
        read_upload(identity, lambda: read_pasted(text, **options.given()), options=options)
