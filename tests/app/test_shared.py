"""What is drawn of bundled runs is made once for all sessions, and nothing of a person's own is ever among it."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from lstm_viz.figures.moment import Moment
from lstm_viz.ui.app.websocket_compression import compressed_messages, is_shared
from lstm_viz.ui.stage.bundled_runs import bundled_view
from lstm_viz.ui.stage.shared import BundledIdentity, SharedCache, SharedKey, shared
from tests.app.cached_pages import ROUTER


def opened(name: str, **address: str) -> AppTest:
    """A session of its own on a page."""
    app = AppTest.from_string(ROUTER.format(name=name), default_timeout=600)
    for key, value in address.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception
    return app


@pytest.mark.parametrize("name", ["memory_flow", "forget_gate", "remember_gate", "rnn_vs_lstm", "explore"])
def test_a_second_session_is_handed_what_was_made_for_the_first(name: str) -> None:
    first = opened(name).session_state["page_state"]
    made = shared.made
    second = opened(name).session_state["page_state"]
    assert shared.made == made
    assert second.message is first.message and second.viewport is first.viewport
    assert all(second.figures[key] is chart for key, chart in first.figures.items()) and second.figures
    assert shared.holds(first.message) and all(shared.holds(chart.spec) for chart in first.figures.values())


def test_a_link_to_another_moment_gives_that_moment_and_the_same_figures_to_whoever_follows_it() -> None:
    asked = [opened("forget_gate", step="5", unit="2").session_state["page_state"] for _ in range(2)]
    assert asked[0].moment.step == 4 and asked[0].moment.unit == 1
    assert asked[0].message is asked[1].message
    assert opened("forget_gate", step="6", unit="2").session_state["page_state"].moment.step == 5


def test_what_a_person_typed_is_never_among_it() -> None:
    before, own = set(shared.keys()), "ABBA··D?"
    state = opened("basics", typed=own).session_state["page_state"]
    assert own in state.cache_key.view
    assert not shared.holds(state.message)
    assert not any(shared.holds(chart.spec) for chart in state.figures.values())
    added = set(shared.keys()) - before
    assert own not in repr(shared.keys()) and not any("typed" in key.identity.made_by for key in added)


def test_a_view_with_other_numbers_is_not_a_bundled_one() -> None:
    view = bundled_view("recall")
    assert view.identity == BundledIdentity("bundled view", ("recall", "model", ""))
    assert replace(view).identity is None
    assert replace(view, compared=[]).identity is None
    shown = view.presented(start=Moment(step=2), hide=("line",))
    assert shown.identity == view.identity and shown.start == Moment(step=2) and shown.hide == ("line",)
    assert replace(view).presented(welcome=True).identity is None


def key_of(number: int) -> SharedKey:
    return SharedKey("number", BundledIdentity("test", (number,)), ())


def test_what_is_asked_for_least_goes_first_and_what_is_sent_of_it_with_it() -> None:
    cache = SharedCache(max_bytes=25)
    for number in range(3):
        cache.get(key_of(number), lambda number=number: str(number) * 10, lambda made: made)
        cache.get(key_of(0), lambda: "never made again", lambda made: made)
    assert cache.keys() == [key_of(2), key_of(0)] and cache.kept_bytes == 20 and cache.made == 3
    assert cache.holds("0" * 10) and not cache.holds("1" * 10)


def test_many_who_ask_at_once_have_it_made_once() -> None:
    cache, found = SharedCache(), []

    def make() -> object:
        time.sleep(0.05)
        return object()

    threads = [threading.Thread(target=lambda: found.append(cache.get(key_of(1), make))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert cache.made == 1 and len(set(map(id, found))) == 1 and len(found) == 8


def test_one_that_could_not_be_made_is_made_by_who_asks_next() -> None:
    cache = SharedCache()
    with pytest.raises(ZeroDivisionError):
        cache.get(key_of(1), lambda: 1 / 0)
    assert cache.get(key_of(1), lambda: 2) == 2


def test_only_messages_with_a_shared_content_are_kept_compressed() -> None:
    app = opened("forget_gate")
    messages = [chart.proto for chart in app.get("plotly_chart")]
    assert messages
    for proto in messages:
        sent = _message(proto)
        assert is_shared(sent)
        compressed_messages.get(sent)
        assert sent in compressed_messages.messages()
        proto.spec = proto.spec.replace('"data"', '"own"', 1)
        other = _message(proto)
        assert not is_shared(other)
        compressed_messages.get(other)
        assert other not in compressed_messages.messages()


def _message(chart: object) -> bytes:
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

    message = ForwardMsg()
    message.delta.new_element.plotly_chart.CopyFrom(chart)  # type: ignore[arg-type]
    return message.SerializeToString()
