"""The pages of the gates and of the architecture: numbers are the trace's, keys and clicks open what they hit."""

from __future__ import annotations

import re

import numpy as np
import pytest

from lstm_viz.analysis.contributions import shares
from lstm_viz.bundled import first_view
from lstm_viz.figures.cell.geometry import WIDE, Box
from lstm_viz.figures.formats import plain, signed
from lstm_viz.figures.labels import visible
from lstm_viz.ui.stage.bundled_runs import bundled_probabilities, cards

#: Where a point of a chart, in the units of two of its axes, lies on the screen.
PLACE = """([key, x, y, xaxis, yaxis]) => {
  const chart = document.querySelector(`.st-key-${key} .js-plotly-plot`);
  const [across, up] = [chart._fullLayout[xaxis], chart._fullLayout[yaxis]];
  const box = chart.getBoundingClientRect();
  return [box.left + across._offset + across.l2p(x), box.top + up._offset + up.l2p(y)];
}"""
#: Whether the cell's picture dims the event while something else is pointed at.
FADED = """() => {
  const chart = document.querySelector('.st-key-cell .js-plotly-plot');
  const groups = chart.data.flatMap((trace, k) => (trace.type === 'scatter' && trace.meta?.part === 'event'
    ? [chart.querySelector(`.scatterlayer .trace${chart._fullData[k].uid}`)] : []));
  return groups.length > 0 && groups.every((group) => Number(group.style.opacity) < 0.5);
}"""


def click(screen, key: str, x: float, y: float, xaxis: str = "xaxis", yaxis: str = "yaxis") -> None:
    """Clicks a point of a chart, as a hand does: once the page has scrolled there, it moves there first."""
    place, before = screen.page.evaluate(PLACE, [key, x, y, xaxis, yaxis]), None
    while place != before:
        screen.settle()
        place, before = screen.page.evaluate(PLACE, [key, x, y, xaxis, yaxis]), place
    assert place[1] < screen.page.viewport_size["height"], "what was opened is out of sight"
    screen.page.mouse.move(place[0] - 3, place[1])
    screen.page.mouse.move(*place)
    screen.wait_until_pointed_at(key)
    screen.page.mouse.click(*place)
    screen.settle()


def corner(box: Box) -> tuple[float, float]:
    """A point in a gate's box where nothing but its tint is drawn."""
    return box.left + 4, box.bottom + 4


def title(screen) -> str:
    """What stands over the numbers that go into a gate."""
    return screen.page.locator(".st-key-vectors .annotation-text").first.text_content()


def opened(screen) -> list[str]:
    """Which of the picture, and of its numbers and weights below it, are seen."""
    seen = screen.page.locator(".st-key-cell, .st-key-vectors, .st-key-matrix").locator("visible=true")
    return [re.search(r"st-key-(\w+)", box.get_attribute("class")).group(1) for box in seen.all()]


def assert_lights_its_part(screen, part: str) -> None:
    """A formula's term that is pointed at leaves its part of the picture bright, and dims the rest."""
    screen.page.locator(f".player .term[data-part={part}]").last.hover()
    screen.page.wait_for_function(FADED)
    assert screen.page.locator(".st-key-cell .barlayer .bars").count() > 0


def test_keys_and_clicks_open_a_gate_and_leave_it(open_view, subtests):
    screen = open_view("/architecture?step=7&unit=7&beat=forget&paragraph=2")
    layer = first_view()[0].layers[0]
    with subtests.test("keys"):
        assert opened(screen) == ["cell"]
        screen.press("Enter")
        assert opened(screen) == ["cell", "vectors"]
        found = shares(layer, "forget_gate")
        total, factor = found.total[6, 0, 6], layer.forget_gate[6, 0, 6]
        assert f"sum {signed(float(total))}, and the sigmoid of it is {plain(float(factor))}" in title(screen)
        screen.press("Enter")
        assert opened(screen) == ["cell", "matrix"]
        screen.wait_for_address("depth=2")
        screen.press("Escape", "Escape")
        assert opened(screen) == ["cell"]
    with subtests.test("buttons"):
        screen.page.get_by_role("button", name="Its weights", exact=True).click()
        assert opened(screen) == ["cell", "matrix"]
        screen.press("Escape", "Escape")
    screen.press(*["."] * 4)
    for box, name in (
        (WIDE.forget_box, "forget factor"),
        (WIDE.use_box, "use factor"),
        (WIDE.learn_box, "ignore factor"),
    ):
        with subtests.test(name):
            click(screen, "cell", *corner(box))
            screen.page.locator(".st-key-vectors.expanded-chart").wait_for()
            assert f"The {name} of unit 7" in title(screen)
            screen.press("Escape")
            assert opened(screen) == ["cell"]


def test_clicks_lead_from_numbers_to_weights_and_to_another_unit(open_view):
    screen = open_view("/architecture?step=7&unit=7&beat=learn&gate=1&depth=1&paragraph=2")
    screen.page.locator(".st-key-vectors.expanded-chart").wait_for()
    first = screen.page.evaluate("document.querySelector('.st-key-vectors .js-plotly-plot').data[0].x[0]")
    click(screen, "vectors", first / 2, 0)
    screen.page.locator(".st-key-matrix.expanded-chart").wait_for()
    click(screen, "matrix", 9, 2)
    screen.wait_for_address("unit=3", "depth=2")
    spoken = screen.page.locator(".st-key-matrix [aria-label*='The weights']").first.get_attribute("aria-label")
    into = first_view()[0].layers[0].preactivations["input_gate"][6, 0, 2]
    assert f"unit 3 sums to {signed(float(into))}" in spoken


def test_a_link_reopens_an_opened_gate_and_its_box_may_come_late(open_view, subtests):
    screen = open_view("/architecture?step=7&unit=7&beat=use&gate=3&depth=1&paragraph=5")
    box = screen.page.locator(".st-key-vectors")
    seen = screen.page.locator(".st-key-vectors.expanded-chart")
    with subtests.test("a link"):
        seen.wait_for()
        assert "use factor" in title(screen)
    with subtests.test("Streamlit puts up a box anew"):
        box.evaluate("(box) => box.classList.remove('expanded-chart')")
        seen.wait_for()


def test_the_learn_page_says_the_traces_numbers_step_after_step_and_its_formulas_light_the_picture(open_view, subtests):
    screen = open_view("/learn_gate?step=7&unit=7&beat=learn&paragraph=2")
    layer = first_view()[0].layers[0]
    for step in (6, 7, 8):
        with subtests.test(step=step + 1):
            at = {name: float(getattr(layer, name)[step, 0, 6]) for name in ("candidate", "input_gate", "learned")}
            into = {gate: float(layer.preactivations[gate][step, 0, 6]) for gate in ("candidate", "input_gate")}

            def says_so(at=at, into=into) -> None:
                held = screen.bound_values("curves")["data"]
                assert held[2]["text"][-1] == f"{signed(into['candidate'])} → {signed(at['candidate'])}"
                assert held[5]["text"][-1] == f"{signed(into['input_gate'])} → {plain(at['input_gate'])}"
                assert held[8]["text"][-1].endswith(signed(at["learned"]))
                for key, gate in (("combining", "candidate"), ("shares", "input_gate")):
                    assert sum(screen.bound_values(key)["data"][0]["x"]) == pytest.approx(into[gate], abs=1e-3)

            screen.eventually(says_so).press("Shift+ArrowRight")
    with subtests.test("formulas"):
        screen.press(".", ".", ".")
        assert_lights_its_part(screen, "input_gate")


def test_the_likeliest_answers_are_the_models_own_and_formulas_light_the_picture(open_view, subtests):
    screen = open_view("/use_gate?model=Characters%20of%20a%20text&step=12&beat=use&paragraph=3")
    with subtests.test("answers"):
        screen.press("Shift+ArrowRight")
        found = bundled_probabilities("characters")[12, 0]
        labels = cards()["characters"].answer_format.labels
        best = np.argsort(-found, kind="stable")[:12]

        def are_the_models() -> None:
            held = screen.bound_values("chances")
            assert held["data"][0]["x"] == pytest.approx(found[best].tolist(), abs=2e-5)
            assert held["layout"]["yaxis.ticktext"] == [visible(labels[k]) for k in best]

        screen.eventually(are_the_models)
    with subtests.test("formulas"):
        screen.press(".")
        assert_lights_its_part(screen, "output_gate")
