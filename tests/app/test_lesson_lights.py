"""What a lesson's text lights up stands on its page."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from lstm_viz.lessons.contents import SECTIONS
from lstm_viz.lessons.texts import paragraphs

LESSON = """
import streamlit as st
from lstm_viz.ui.pages import PAGES
st.navigation([st.Page(page.path, default=page.name == {name!r}) for page in PAGES]).run()
"""


@pytest.mark.parametrize("name", [section.name for section in SECTIONS])
def test_everything_that_a_text_lights_is_on_the_page(name):
    app = AppTest.from_string(LESSON.format(name=name), default_timeout=120).run()
    assert not app.exception
    figures = {key: figure for key, (figure, _) in app.session_state["drawn"].figures.items()}
    parts = {trace.meta.get("part") for figure in figures.values() for trace in figure.data if trace.meta}
    for paragraph in paragraphs(name):
        assert set(paragraph.light) <= parts | set(figures), paragraph.text
