"""The drawer of Explore: Streamlit's sidebar, beside the picture and never over it, but on phones, where it is closed.

Each part says in a tab what it is about. What a person has to answer stands on the page instead.
"""

from __future__ import annotations

from typing import NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

#: Pixels of its width, which a person can drag.
WIDTH = 350


class Drawer(NamedTuple):
    """The drawer: a place above its tabs, and these, from left to right."""

    top: DeltaGenerator
    units: DeltaGenerator
    data: DeltaGenerator
    model: DeltaGenerator
    compare: DeltaGenerator
    save: DeltaGenerator


def open_drawer() -> Drawer:
    """The drawer with empty tabs."""
    st.set_page_config(initial_sidebar_state=WIDTH)
    _, *tabs = Drawer._fields
    return Drawer(st.sidebar.container(), *st.sidebar.tabs([name.capitalize() for name in tabs]))
