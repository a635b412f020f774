"""A cache of opened pages, for tests that only look at them: opening one is most of what such a test takes."""

from __future__ import annotations

from functools import cache

from streamlit.testing.v1 import AppTest

#: The pages as the router names them, with one of them first: `st.page_link` knows only pages that are named.
ROUTER = """
import streamlit as st
from lstm_viz.ui.navigation.pages import PAGES
from lstm_viz.ui.stage.frame import run_page
page = st.navigation([st.Page(page.path, default=page.name == {name!r}) for page in PAGES])
run_page(page.run)
"""


@cache
def cached_page(name: str) -> AppTest:
    """The page as it is before any click; whoever clicks opens one of its own."""
    return AppTest.from_string(ROUTER.format(name=name), default_timeout=600).run()
