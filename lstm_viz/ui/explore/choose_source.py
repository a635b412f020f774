"""The choice of a sequence: a bundled example, an uploaded file, or a typed or pasted text."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lstm_viz.sequences.examples import bundled_examples
from lstm_viz.sequences.limits import Limits
from lstm_viz.sequences.read import display_name, read_pasted, read_table
from lstm_viz.sequences.readers.formats import EXTENSIONS
from lstm_viz.ui.explore.columns import escape_streamlit_markdown
from lstm_viz.ui.explore.questions import ask_questions, reading_menu, reading_options
from lstm_viz.ui.explore.source import FileParts, Source, first_example, read_upload, source_of_example
from lstm_viz.ui.session import session

#: A run that was saved brings its sequence along.
SAVED = "Saved run"
KINDS = ("Example", "File", "Text", SAVED)


def choose_kind(bar: DeltaGenerator, more: Sequence[str] = ()) -> str:
    """The kind of source of the sequence: one of KINDS, or one of `more`."""
    kind = bar.segmented_control(
        "Sequence",
        [*KINDS, *more],
        default="Example",
        required=True,
        key="source",
        bind="query-params",
        label_visibility="collapsed",
        width="content",
    )
    return str(kind)


def choose_source(bar: DeltaGenerator, kind: str) -> Source:
    """The sequence to look at, of one of KINDS, chosen in `bar` and, where room is needed, under it.

    Where it can't be read the error is shown, and the sequence before stays.
    """
    if kind == "Example":
        return _choose_example(bar)
    # At its place from the first run on, so that what stands beside it never changes places.
    menu = bar.container(key="reading-menu", width="content")
    _upload_file(bar, menu) if kind == "File" else _enter_text(menu)
    source = session.own_source or source_of_example(first_example())
    if session.read_error:
        refusal = escape_streamlit_markdown(session.read_error)
        st.error(f"{refusal}  \n**Still showing: {escape_streamlit_markdown(source.title)}**")
    ask_questions(session.read_source[0])
    return source


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


def _upload_file(bar: DeltaGenerator, menu: DeltaGenerator) -> None:
    file = st.file_uploader(
        "Your file: a table, arrays, a recording or a text (CSV, Excel, JSON, NPY, MATLAB, netCDF, WAV, EDF, ZIP …)",
        type=[f".{extension}" for extension in EXTENSIONS],  # without a dot, "text" would mean any text
        key="file",
        help=f"Its name may end in {', '.join(EXTENSIONS)}.",
    )
    if file is None:
        return
    part = session.part(file.file_id)
    with st.spinner(f"Reading {escape_streamlit_markdown(display_name(file.name))} …"):
        options = reading_options(file.file_id)
        read_upload(
            file.file_id,
            lambda: read_table(file.getvalue(), file.name, part=part, **options.given()),
            part,
            options,
        )
    if session.file_parts:
        _choose_part(bar, session.file_parts, session.part_key(file.file_id))
    reading_menu(menu, file.file_id)


def _choose_part(bar: DeltaGenerator, parts: FileParts, key: str) -> None:
    """A choice among a workbook's sheets or an archive's arrays."""
    first = parts.names.index(parts.read)
    bar.selectbox(parts.kind, parts.names, first, key=key, label_visibility="collapsed", width=215)


def _enter_text(menu: DeltaGenerator) -> None:
    text = st.text_area(
        "Numbers, a table, or any text; one character a step",
        key="text",
        persist_state="session",
        max_chars=Limits().text_characters,
        height=110,
        placeholder="3.1 4.1 5.9 2.6 5.3 …",
    )
    if text:
        digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
        identity = f"text {digest}"
        options = reading_options(identity)
        read_upload(identity, lambda: read_pasted(text, **options.given()), options=options)
        reading_menu(menu, identity)
