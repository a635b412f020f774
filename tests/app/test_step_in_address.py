"""The step that a page's charts are drawn at first: the address's where it names one, else one with an event."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from tests.app.cached_pages import ROUTER, cached_page


def test_charts_are_drawn_at_the_address_s_step():
    eventful = cached_page("memory_flow").session_state["page_state"].moment.step
    for step in (3, 5):
        app = AppTest.from_string(ROUTER.format(name="memory_flow"), default_timeout=600)
        app.query_params["step"] = str(step)
        app.run()
        assert app.session_state["page_state"].moment.step == step - 1 != eventful
