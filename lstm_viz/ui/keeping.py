"""A run as one HTML page that plays without the app: the picture alone, or with a report under it."""

from __future__ import annotations

from functools import partial

import streamlit as st

from lstm_viz.sequences.batches import SequenceBatch
from lstm_viz.ui.own_models import Run

PAGES = {
    "Save picture": (False, "The animated picture."),
    "Save report": (True, "Each layer in numbers too, units to look at, every unit at every step. Prints well."),
}


def offer_pages(run: Run, batch: SequenceBatch, name: str) -> None:
    """Both pages, each made when it is clicked."""
    st.markdown("**Or as a page that plays by itself, without the app and without a network**")
    row = st.container(horizontal=True, vertical_alignment="center")
    for label, (reporting, said) in PAGES.items():
        made, file = partial(page_of, run, batch, reporting), f"{name}-{label.split()[1]}.html"
        row.download_button(label, made, file, "text/html", on_click="ignore", help=said)


def page_of(run: Run, batch: SequenceBatch, reporting: bool) -> bytes:
    """The page as it is written to a file."""
    asked = run.trace.report if reporting else run.trace.show
    return asked(batch=batch, answers=run.answers, title=batch.source or None).html.encode()
