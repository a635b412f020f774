"""Choosing a sequence: a bundled example, a file of one's own, a text typed or pasted."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lstm_viz.sequences.examples import bundled_examples
from lstm_viz.sequences.limits import Limits
from lstm_viz.sequences.read import display_name, read_pasted, read_table
from lstm_viz.ui.explore.upload import Parts, Source, first_example, source_of_example, take_in

#: A run that was saved brings its sequence along.
SAVED = "Saved run"
KINDS = ("Example", "File", "Text", SAVED)
FORMATS = ["csv", "tsv", "txt", "parquet", "xlsx", "json", "jsonl", "npy", "npz"]


def choose_kind(bar: DeltaGenerator, more: Sequence[str] = ()) -> str:
    """Where the sequence comes from, one of KINDS, or one of what a page offers beside them."""
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

    What can't be read is said, and what was there before stays.
    """
    if kind == "Example":
        return _example(bar)
    _file(bar) if kind == "File" else _text()
    if refused := st.session_state.get("refused"):
        st.error(refused)
    return st.session_state.get("own") or source_of_example(first_example())


def _example(bar: DeltaGenerator) -> Source:
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


def _file(bar: DeltaGenerator) -> None:
    file = st.file_uploader(
        "Your file: a table (CSV, TSV, Parquet, Excel, JSON), an array (NPY, NPZ) or a text",
        type=FORMATS,
        key="file",
    )
    if file is None:
        return
    key = f"part {file.file_id}"
    part = st.session_state.get(key, "")
    with st.spinner(f"Reading {display_name(file.name)} …"):
        take_in(file.file_id, lambda: read_table(file.getvalue(), file.name, part=part), part)
    if parts := st.session_state.get("parts"):
        _choose_part(bar, parts, key)


def _choose_part(bar: DeltaGenerator, parts: Parts, key: str) -> None:
    """A choice among a workbook's sheets or an archive's arrays."""
    first = parts.names.index(parts.read)
    bar.selectbox(parts.kind, parts.names, first, key=key, label_visibility="collapsed", width=215)


def _text() -> None:
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
        take_in(f"text {digest}", lambda: read_pasted(text))
