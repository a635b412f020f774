"""The shape inspector: sizes to change, every tensor's shape, the count of parameters, the usual mistakes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from lstm_viz.figures.shapes import Group, box_picture, plate_picture
from lstm_viz.lessons.shapes import Spec, passed, weights
from lstm_viz.playback.screen import screen
from lstm_viz.ui.shape_mistakes import mistakes
from lstm_viz.ui.shape_pictures import blocks, show
from lstm_viz.ui.shape_tables import count, tables

READING = "Steps or layers run to the right, sequences go back, features and units stand up."
#: What a person may change: its label, its name in `Spec`, its largest value.
SIZES = (
    ("Input size", "input_size", 4096),
    ("Hidden size", "hidden_size", 4096),
    ("Batch", "batch", 4096),
    ("Steps", "steps", 10_000),
    ("Layers", "layers", 8),
)
START = Spec()


@st.fragment
def shape_inspector(start: Spec = START) -> None:
    """The whole inspector; `start` holds its sizes until a person changes them."""
    spec = _chosen(start)
    seen = screen("shapes screen")
    true = show(_passed(spec), box_picture, seen, "boxes")
    true = show(_weights(spec), plate_picture, seen, "plates") and true
    st.caption(f"{READING} {'Edges are to scale.' if true else 'Long edges are drawn shorter than to scale.'}")
    tables(spec)
    count(spec)
    mistakes(spec, seen)


def _chosen(start: Spec) -> Spec:
    """The sizes that a person chose, kept from page to page."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="shapes sizes"):
        sizes: dict[str, Any] = {name: _number(label, name, most, getattr(start, name)) for label, name, most in SIZES}
        cell = st.segmented_control(
            "Cell",
            ("Standard", "Course"),
            default=start.cell.title(),
            required=True,
            key="shapes cell",
            persist_state="session",
            width="content",
            label_visibility="collapsed",
        )
        course = cell == "Course"
        batch_first = st.toggle("batch_first", start.batch_first, key="shapes batch_first", persist_state="session")
        both = st.toggle(
            "bidirectional", start.bidirectional, key="shapes bidirectional", persist_state="session", disabled=course
        )
    spec = Spec(**sizes, batch_first=batch_first, bidirectional=both and not course)
    return replace(spec, cell="course") if course else spec


def _number(label: str, name: str, most: int, start: int) -> int:
    """A size from 1 up; an emptied field counts as what it was at first."""
    chosen = st.number_input(label, 1, most, start, key=f"shapes {name}", persist_state="session", width=96)
    return start if chosen is None else int(chosen)


def _passed(spec: Spec) -> list[Group]:
    rows = passed(spec)
    return [Group("handed over", blocks(rows[:3])), Group("comes back", blocks(rows[3:]))]


def _weights(spec: Spec) -> list[Group]:
    """The first layer's forward direction; of the others what is different, if anything is."""
    one = weights(spec, 0)
    title = "layer 1, forward; backward alike" if spec.bidirectional else "layer 1"
    groups = [Group(title, blocks(one[: len(one) // spec.directions]))]
    if spec.layers > 1:
        others = "layer 2" if spec.layers == 2 else f"layers 2 to {spec.layers}"
        groups.append(Group(f"{others}: the rest alike", blocks(weights(spec, 1)[:1])))
    return groups
