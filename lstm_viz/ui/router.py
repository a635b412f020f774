"""The script of every session: names the pages in their order, and runs the one that is asked for."""

import streamlit as st

from lstm_viz.ui.pages import PAGES

pages = [
    st.Page(page.path, title=page.title, url_path=page.name, default=place == 0) for place, page in enumerate(PAGES)
]
st.navigation(pages, position="top").run()
