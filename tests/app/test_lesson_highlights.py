"""Every chart and part that a lesson's text highlights is on its page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from lstm_viz.lessons.sections import SECTIONS
from lstm_viz.lessons.texts import paragraphs
from tests.app.cached_pages import cached_page
from tests.support.drawn_charts import figure_of


@pytest.mark.parametrize("name", [section.name for section in SECTIONS])
def test_everything_that_a_text_lights_is_on_the_page(name):
    app = cached_page(name)
    assert not app.exception
    figures = {key: figure_of(chart) for key, chart in app.session_state["page_state"].figures.items()}
    parts = {trace.meta.get("part") for figure in figures.values() for trace in figure.data if trace.meta}
    for paragraph in paragraphs(name):
        assert set(paragraph.light) <= parts | set(figures) | set(container_keys(app._tree)), paragraph.text


def container_keys(block: Any) -> Iterator[str]:
    """The keys of all containers of a page: what a reader does under the pictures stands in one of its own."""
    for child in getattr(block, "children", {}).values():
        if hasattr(child, "children") and child.proto is not None:
            yield getattr(child.proto, "id", "").rpartition("-")[2]
        yield from container_keys(child)
