"""The gates of a training, checkpoint by checkpoint: scrubbed in the browser, without a message from the server."""

from __future__ import annotations

from playwright.sync_api import expect

from lstm_viz.figures.moment import Moment
from lstm_viz.figures.viewport_builder import build_viewport
from lstm_viz.ui.lessons.recall_training import recall_training_charts, with_recall_checkpoints
from lstm_viz.ui.stage.bundled_runs import bundled_view

ADDRESS = "/all_together?step=17&unit=3&sequence=2"


def assert_shows(screen, checkpoint: int, training: int) -> None:
    """Every chart of the training holds what Python gives for this checkpoint."""
    view = with_recall_checkpoints(bundled_view("recall"))
    charts = [chart for row in recall_training_charts(view) for chart in row]
    viewport = build_viewport(view, needs=[need for chart in charts for need in chart.needs])
    moment = Moment(step=16, unit=2, sequence=1, checkpoint=checkpoint, training=training)
    for chart in charts:
        screen.assert_follows(chart.key, chart.draw(viewport, moment), viewport, moment)


def test_the_slider_the_switch_and_the_keys_move_every_chart_and_ask_nothing_of_the_server(open_view):
    screen = open_view(ADDRESS)
    slider = screen.page.get_by_role("slider", name="Updates")
    assert_shows(screen, 0, 0)
    screen.quiet()
    received, sent = len(screen.received), len(screen.sent)
    slider.fill("3")
    assert_shows(screen, 3, 0)
    expect(slider).to_have_attribute("aria-valuetext", "after 300 updates")
    screen.page.get_by_role("radio", name="forget bias +1").check(force=True)
    assert_shows(screen, 3, 1)
    screen.press("<")
    assert_shows(screen, 2, 1)
    screen.press(">", ">")
    assert_shows(screen, 4, 1)
    screen.wait_for_address("checkpoint=5", "training=2")
    assert (len(screen.received), len(screen.sent)) == (received, sent)


def test_an_address_opens_at_its_checkpoint_and_the_usual_one_is_left_out(open_view):
    screen = open_view(f"{ADDRESS}&checkpoint=3&training=2")
    assert_shows(screen, 2, 1)
    screen.page.get_by_role("slider", name="Updates").fill("0")
    screen.page.get_by_role("radio", name="forget bias 0").check(force=True)
    assert_shows(screen, 0, 0)
    screen.eventually(lambda: _assert_leaves_out(screen.page.url))


def _assert_leaves_out(address: str) -> None:
    assert "checkpoint=" not in address and "training=" not in address
