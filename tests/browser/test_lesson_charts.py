"""The lessons' charts: every rule gives in the browser what it gives here."""

from __future__ import annotations

import re

import pytest

from lstm_viz.figures.moments import BEATS, Moment
from lstm_viz.figures.reeling import reel_of, set_beside
from lstm_viz.ui.architecture import architecture_charts, with_twin
from lstm_viz.ui.bundled import bundled_view
from lstm_viz.ui.gates import forget_charts, learn_charts, use_charts, with_chances
from lstm_viz.ui.what_if import WHAT_IF, Held, with_held

ASKED = "held=Ignore%20factor&held_unit=unit%203&held_at=0.25&held_from=5"
HELD = Held("input_gate", 0.25, 4, 2)


def learn():
    return bundled_view("recall"), learn_charts()


def use_of_the_course():
    view = with_chances(bundled_view("recall-course"))
    return view, use_charts(view)


def architecture():
    view = with_twin(bundled_view("recall"))
    return view, architecture_charts(view)


def forget():
    return with_held(bundled_view("recall"), HELD), [*forget_charts(), [WHAT_IF]]


PAGES = {
    "/learn_gate?step=7&unit=3&sequence=2&beat=learn&paragraph=2": learn,
    "/use_gate?variant=Course&step=9&unit=5&beat=use&paragraph=2": use_of_the_course,
    "/architecture?step=12&unit=2&sequence=4&beat=forget&gate=2&depth=2&paragraph=2": architecture,
    f"/forget_gate?{ASKED}&step=11&unit=3&beat=use&paragraph=6": forget,
}


def moment_of(address: str) -> Moment:
    asked = dict(re.findall(r"(\w+)=([\w-]+)", address))
    counted = {name: int(asked[name]) - 1 for name in ("step", "unit", "sequence") if name in asked}
    plain_ones = {name: int(asked[name]) for name in ("gate", "depth") if name in asked}
    beat = BEATS.index(asked["beat"]) if "beat" in asked else len(BEATS) - 1
    return Moment(beat=beat, **counted, **plain_ones)


@pytest.mark.parametrize("address", PAGES, ids=lambda address: address[1:12])
def test_every_rule_gives_in_the_browser_what_it_gives_here(address, open_view):
    screen = open_view(address)
    screen.press("Shift+ArrowRight", "Shift+ArrowLeft")
    view, rows = PAGES[address]()
    charts = [chart for row in rows for chart in row]
    reel = reel_on_the_page(view, [need for chart in charts for need in chart.needs])
    moment = moment_of(address)
    for chart in charts:
        screen.assert_follows(chart.key, chart.draw(reel, moment), reel, moment)


def reel_on_the_page(view, needs):
    """The reel as the stage makes it: a run that controls ask for comes by itself."""
    asked = "held" in view.captions
    reel = reel_of(
        view.trace,
        view.labels,
        events=view.events,
        feature_names=view.feature_names,
        sequence_names=view.sequence_names,
        answers=view.answers,
        beside=() if asked else view.beside,
        answers_beside=() if asked else view.answers_beside,
        captions=view.captions,
        extras=view.extras,
        needs=needs,
    )
    if not asked:
        return reel
    steps = slice(reel.start, reel.start + len(reel.labels))
    return set_beside(reel, view.beside[0], view.answers_beside[0](steps), view.captions)
