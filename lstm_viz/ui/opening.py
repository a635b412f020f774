"""Opening a page: what every page begins with."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import streamlit as st

from lstm_viz.ui.server import warm_up


def open_page(title: str) -> None:
    """Names the page, gives it the project's look, and has torch loaded while the person looks."""
    st.set_page_config(page_title=f"{title} · lstm-viz", layout="wide")
    st.html(f"<style>{_style()}</style>")
    warm_up()


@cache
def _style() -> str:
    return files("lstm_viz.ui").joinpath("style.css").read_text(encoding="utf-8")
