"""What is drawn before a class comes is what its sessions then ask for."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from lstm_viz.bundled.delays import DELAYS
from lstm_viz.sequences.examples import bundled_examples
from lstm_viz.ui.app.warm_up import visits
from lstm_viz.ui.stage.shared import shared
from tests.app.cached_pages import ROUTER


def opened(name: str, **address: str) -> AppTest:
    """A session of its own on a page."""
    app = AppTest.from_string(ROUTER.format(name=name), default_timeout=600)
    for key, value in address.items():
        app.query_params[key] = value
    return app.run()


@pytest.mark.parametrize("page", ["basics", "forget_gate", "explore"])
def test_whoever_looks_at_a_step_already_is_handed_what_was_made_for_a_newcomer(page: str) -> None:
    opened(page)
    made = shared.made
    reader = opened("memory_flow", step="5", unit="2")
    before = shared.made
    app = AppTest.from_string(ROUTER.format(name=page), default_timeout=600)
    app.session_state["page_state"] = reader.session_state["page_state"]
    app.query_params["step"], app.query_params["unit"] = "5", "2"
    app.run()
    assert not app.exception and made <= before == shared.made


def test_each_example_and_each_wait_is_opened_by_a_visit_of_its_own() -> None:
    """An open page keeps its example and its wait, whatever the address says afterwards."""
    stops = [visit.stops for visit in visits()]
    alone = {(stop.page, *dict(stop.address).items()) for (stop,) in (each for each in stops if len(each) == 1)}
    assert {("explore", ("example", example.key)) for example in bundled_examples()} <= alone
    assert {("rnn_vs_lstm", ("delay", delay)) for delay in range(1, DELAYS[-1] + 1)} <= alone
    for tour in stops:
        assert len({stop.page for stop in tour}) == len(tour)
