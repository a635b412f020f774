"""Opening a page: its title, the app's style, and torch loaded in the background."""

from __future__ import annotations

import gc
import threading
from functools import cache
from html import escape
from importlib.resources import files

import streamlit as st

from lstm_viz.ui.session import session

#: Seconds for the first picture, before the import of torch keeps a core busy for two seconds.
TORCH_DELAY = 4.0


def open_page(title: str, heading: str = "") -> None:
    """Names the page, and has torch loaded while the person looks. Every page begins so.

    `heading` is read out on a page whose picture leaves no room for one that is seen.
    """
    session.page_changed = session.page not in ("", title)
    session.page = title
    st.set_page_config(page_title=f"{title} · lstm-viz", layout="wide")
    if heading:
        st.html(f'<h1 class="unseen-heading">{escape(heading)} · lstm-viz</h1>')
    _preload_torch()


def app_style() -> None:
    """The app's style sheet; the router's, so that it holds while one page gives way to another."""
    st.html(f"<style>{style_sheet('lstm_viz.ui.navigation')}</style>")


@cache
def style_sheet(package: str, name: str = "style.css") -> str:
    """A style sheet of a package."""
    return files(package).joinpath(name).read_text(encoding="utf-8")


@st.cache_resource(show_spinner=False)
def _preload_torch() -> threading.Timer:
    """Imports torch in the background, once a server, after the first picture had time to be drawn."""
    timer = threading.Timer(TORCH_DELAY, _import_torch)
    timer.daemon = True
    timer.start()
    return timer


def _import_torch() -> None:
    import torch  # noqa: F401

    gc.collect()
    gc.freeze()
