"""A lesson's charts: every rule gives in the browser what it gives here. V8 holds those of all lessons."""

from __future__ import annotations

import re

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
