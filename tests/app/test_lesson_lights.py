"""What a lesson's text lights up stands on its page."""

from __future__ import annotations

import pytest

from lstm_viz.lessons.sections import SECTIONS
from lstm_viz.lessons.texts import paragraphs
from tests.app.opened import opened


@pytest.mark.parametrize("name", [section.name for section in SECTIONS])
def test_everything_that_a_text_lights_is_on_the_page(name):
    app = opened(name)
    assert not app.exception
    figures = {key: figure for key, (figure, _) in app.session_state["drawn"].figures.items()}
    parts = {trace.meta.get("part") for figure in figures.values() for trace in figure.data if trace.meta}
    for paragraph in paragraphs(name):
        assert set(paragraph.light) <= parts | set(figures), paragraph.text
