"""The lessons' charts: every rule gives in the browser what it gives here, and gates open in place."""

from __future__ import annotations

import re

import pytest

from lstm_viz.analysis.summands import shares
from lstm_viz.figures.formats import plain, signed
from lstm_viz.figures.moments import BEATS, Moment
from lstm_viz.figures.reeling import reel_of, set_beside
from lstm_viz.models import first_view
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
    screen.press("Shift+ArrowRight", "Shift+ArrowLeft").page.wait_for_timeout(500)
    view, rows = PAGES[address]()
    charts = [chart for row in rows for chart in row]
    reel = reel_on_the_page(view, [need for chart in charts for need in chart.needs])
    moment = moment_of(address)
    for chart in charts:
        assert screen.differences(chart.key, chart.draw(reel, moment), reel, moment) == [], chart.key


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


def test_keys_and_clicks_open_a_gate_and_leave_it(open_view):
    screen = open_view("/architecture?step=7&unit=7&beat=forget&paragraph=2")
    seen = screen.page.locator(".st-key-cell, .st-key-vectors, .st-key-matrix").locator("visible=true")

    def shown() -> list[str]:
        return [re.search(r"st-key-(\w+)", box.get_attribute("class")).group(1) for box in seen.all()]

    assert shown() == ["cell"]
    screen.press("Enter")
    assert shown() == ["vectors"]
    trace, _ = first_view()
    found = shares(trace.layers[0], "forget_gate")
    title = screen.page.locator(".st-key-vectors .annotation-text").first.text_content()
    total, factor = found.total[6, 0, 6], trace.layers[0].forget_gate[6, 0, 6]
    assert f"sum {signed(float(total))}, and the sigmoid of it is {plain(float(factor))}" in title
    screen.press("Enter")
    assert shown() == ["matrix"]
    screen.page.wait_for_function("location.search.includes('depth=2')")
    screen.press("Escape", "Escape")
    assert shown() == ["cell"]
    screen.page.get_by_role("button", name="Its weights").click()
    assert shown() == ["matrix"]


def test_a_link_reopens_an_opened_gate(open_view):
    screen = open_view("/architecture?step=7&unit=7&beat=use&gate=3&depth=1&paragraph=5")
    screen.page.locator(".st-key-vectors.expanded-chart").wait_for()
    assert "use factor" in screen.page.locator(".st-key-vectors .annotation-text").first.text_content()


def test_a_held_factor_shows_the_runs_own_numbers(open_view):
    screen = open_view("/forget_gate?held_at=0&held_from=6&step=9&unit=7&paragraph=6")
    after = with_held(bundled_view("recall"), Held("forget_gate", 0.0, 5, None)).beside[0]
    label = screen.page.locator(".st-key-whatif [aria-label*='What if']").first.get_attribute("aria-label")
    assert f"becomes {signed(float(after.cell_state[8, 0, 6]))}" in label
    title = screen.page.locator(".st-key-whatif .annotation-text").first.text_content()
    assert "the forget factor of every unit were held at 0.00 from step 6 on" in title
