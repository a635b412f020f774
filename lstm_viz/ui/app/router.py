"""The script of every session: names the pages in their order, runs the one that is asked for, and draws its stage."""

import streamlit as st

from lstm_viz.player.components import show_class
from lstm_viz.ui.app.classroom import PAGE_ADDRESSES, WIDGET_KEYS
from lstm_viz.ui.navigation.address import base_path
from lstm_viz.ui.navigation.open_page import app_style
from lstm_viz.ui.navigation.pages import PAGES
from lstm_viz.ui.session import session
from lstm_viz.ui.stage.frame import run_page

first, *others = PAGES
# Streamlit answers for its first page at "/" alone, and says "Page not found" at the page's own name.
start = st.Page(first.path, title=first.title, url_path="start", default=True)


def to_start() -> None:
    """Leads from the first page's own name to where it stands, with all that the address says."""
    st.switch_page(start, query_params=st.query_params.to_dict())


#: Addresses of the pages that draw all that they show themselves.
STAGELESS = {page.name for page in PAGES if not page.has_stage}

groups: dict[str, list] = {"": [start]}
for page in others:
    groups.setdefault(page.group, []).append(st.Page(page.path, title=page.label or page.title, url_path=page.name))
groups[""].append(st.Page(to_start, title=first.title, url_path=first.name, visibility="hidden"))
asked = st.navigation(groups, position="top")
app_style()
in_class = st.container(key="class-box")
try:
    run_page(asked.run, has_stage=asked.url_path not in STAGELESS)
finally:  # once the page has said which model it shows, also where it stopped
    with in_class:
        show_class(base_path(), PAGE_ADDRESSES, WIDGET_KEYS, session.last_model, session.last_variant)
