"""A lesson's charts: each rule gives in the browser what it gives here, and a slider draws there. V8 holds the rest."""

from __future__ import annotations

import re

import pytest

from lstm_viz.figures.moment import BEATS, Moment
from lstm_viz.figures.viewport_builder import build_viewport
from lstm_viz.ui.lessons.architecture import architecture_charts, with_other_variant
from lstm_viz.ui.stage.bundled_runs import bundled_view

ADDRESS = "/architecture?step=12&unit=2&sequence=4&beat=forget&gate=2&depth=2&paragraph=2"


def moment_of(address: str) -> Moment:
    asked = dict(re.findall(r"(\w+)=([\w-]+)", address))
    counted = {name: int(asked[name]) - 1 for name in ("step", "unit", "sequence") if name in asked}
    plain_ones = {name: int(asked[name]) for name in ("gate", "depth") if name in asked}
    beat = BEATS.index(asked["beat"]) if "beat" in asked else len(BEATS) - 1
    return Moment(beat=beat, **counted, **plain_ones)


def test_every_rule_gives_in_the_browser_what_it_gives_here(open_view):
    screen = open_view(ADDRESS)
    screen.press("Shift+ArrowRight", "Shift+ArrowLeft")
    view = with_other_variant(bundled_view("recall"))
    charts = [chart for row in architecture_charts(view) for chart in row]
    viewport = build_viewport(view, needs=[need for chart in charts for need in chart.needs])
    moment = moment_of(ADDRESS)
    for chart in charts:
        screen.assert_follows(chart.key, chart.draw(viewport, moment), viewport, moment)


def drawn_powers(screen) -> list[float]:
    """What the reader's own curve leaves after 0, 1, 2 ... steps."""
    return screen.page.evaluate("document.querySelector('.st-key-factor .js-plotly-plot').data[0].y")


def test_a_factor_is_dragged_without_the_server_and_stays_where_another_wait_is_chosen(open_view):
    screen = open_view("/rnn_vs_lstm?delay=20")
    slider = screen.page.locator(".st-key-factor .chart-slider input")
    slider.scroll_into_view_if_needed()
    assert drawn_powers(screen)[20] == pytest.approx(0.9**20)
    sent = len(screen.sent)
    slider.fill("0.966")
    assert drawn_powers(screen)[20] == pytest.approx(0.966**20)
    assert "half is left" in screen.page.locator(".st-key-factor .chart-slider output").inner_text()
    assert len(screen.sent) == sent
    # Who has dragged it and presses → reads on.
    box = slider.bounding_box()
    screen.page.mouse.click(box["x"] + box["width"] * 0.5, box["y"] + box["height"] / 2)
    chosen = drawn_powers(screen)[20]
    assert chosen != pytest.approx(0.966**20)
    place = screen.page.locator(".lesson-text [data-is=place]")
    before = place.inner_text()
    screen.press("ArrowRight")
    assert place.inner_text() != before and drawn_powers(screen)[20] == pytest.approx(chosen)
    screen.page.keyboard.press("Tab")
    screen.page.get_by_role("slider", name="Wait").focus()
    screen.page.keyboard.press("ArrowRight")
    screen.page.locator(".player [data-is=place]").filter(has_text="/ 23").wait_for()
    screen.page.wait_for_function(
        """(chosen) => {
          const chart = document.querySelector('.st-key-factor .js-plotly-plot');
          return chart?.data && Math.abs(chart.data[0].y[20] - chosen) < 1e-9;
        }""",
        arg=chosen,
    )
