"""The drawer of Explore: Streamlit's sidebar, beside the picture and never over it, but on small screens, where it is
closed until somebody opens it.

Each part says in a tab what it is about. What a person has to answer stands on the page instead.
"""

from __future__ import annotations

from typing import NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lstm_viz.player.components import close_sidebar_if_narrow

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
    with st.sidebar:
        close_sidebar_if_narrow()
    _, *tabs = Drawer._fields
    return Drawer(st.sidebar.container(), *st.sidebar.tabs([name.capitalize() for name in tabs]))
