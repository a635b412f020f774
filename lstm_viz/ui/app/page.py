"""Opening a page: what every page begins with."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import streamlit as st

from lstm_viz.ui.app.server import warm_up


def open_page(title: str) -> None:
    """Names the page, gives it the project's look, and has torch loaded while the person looks."""
    st.session_state["turned"] = st.session_state.get("page", title) != title
    st.session_state["page"] = title
    st.set_page_config(page_title=f"{title} · lstm-viz", layout="wide")
    st.html(f"<style>{_style()}</style>")
    warm_up()


def just_turned() -> bool:
    """Whether this is a page's first run after another page was left."""
    return bool(st.session_state.get("turned"))


@cache
def _style() -> str:
    return files("lstm_viz.ui.app").joinpath("style.css").read_text(encoding="utf-8")
