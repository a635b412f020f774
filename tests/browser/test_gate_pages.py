"""The pages of the gates and of the architecture: numbers are the trace's, and a click opens what it hits."""

from __future__ import annotations

import numpy as np
import pytest

from lstm_viz.figures.formats import plain, signed
from lstm_viz.figures.geometry import WIDE, Box
from lstm_viz.figures.words import visible
from lstm_viz.models import first_view
from lstm_viz.ui.bundled import bundled_chances, cards

#: Where a point of a chart, in the units of two of its axes, lies on the screen.
PLACE = """([key, x, y, xaxis, yaxis]) => {
  const chart = document.querySelector(`.st-key-${key} .js-plotly-plot`);
  const [across, up] = [chart._fullLayout[xaxis], chart._fullLayout[yaxis]];
  const box = chart.getBoundingClientRect();
  return [box.left + across._offset + across.l2p(x), box.top + up._offset + up.l2p(y)];
}"""


def click(screen, key: str, x: float, y: float, xaxis: str = "xaxis", yaxis: str = "yaxis") -> None:
    """Clicks a point of a chart, as a hand does: it moves there first."""
    place = screen.page.evaluate(PLACE, [key, x, y, xaxis, yaxis])
    screen.page.mouse.move(place[0] - 3, place[1])
    screen.page.mouse.move(*place)
    screen.page.wait_for_timeout(150)
    screen.page.mouse.click(*place)
    screen.settle()


def corner(box: Box) -> tuple[float, float]:
    """A point in a gate's box where nothing but its tint is drawn."""
    return box.left + 4, box.bottom + 4


@pytest.mark.parametrize(
    ("box", "name"),
    [(WIDE.forget_box, "forget factor"), (WIDE.learn_box, "ignore factor"), (WIDE.use_box, "use factor")],
)
def test_a_click_on_a_gate_opens_it(box, name, open_view):
    screen = open_view("/architecture?step=7&unit=7&paragraph=2")
    click(screen, "cell", *corner(box))
    screen.page.locator(".st-key-vectors.expanded-chart").wait_for()
    assert f"The {name} of unit 7" in screen.page.locator(".st-key-vectors .annotation-text").first.text_content()


def test_clicks_lead_from_numbers_to_weights_and_to_another_unit(open_view):
    screen = open_view("/architecture?step=7&unit=7&beat=learn&gate=1&depth=1&paragraph=2")
    screen.page.locator(".st-key-vectors.expanded-chart").wait_for()
    first = screen.page.evaluate("document.querySelector('.st-key-vectors .js-plotly-plot').data[0].x[0]")
    click(screen, "vectors", first / 2, 0)
    screen.page.locator(".st-key-matrix.expanded-chart").wait_for()
    click(screen, "matrix", 9, 2)
    screen.page.wait_for_function("location.search.includes('unit=3') && location.search.includes('depth=2')")
    spoken = screen.page.locator(".st-key-matrix [aria-label*='The weights']").first.get_attribute("aria-label")
    into = first_view()[0].layers[0].preactivations["input_gate"][6, 0, 2]
    assert f"unit 3 sums to {signed(float(into))}" in spoken


def test_the_learn_page_says_the_traces_numbers_step_after_step(open_view):
    screen = open_view("/learn_gate?step=7&unit=7&beat=learn&paragraph=2")
    layer = first_view()[0].layers[0]
    for step in (6, 7, 8):
        at = {name: float(getattr(layer, name)[step, 0, 6]) for name in ("candidate", "input_gate", "learned")}
        into = {gate: float(layer.preactivations[gate][step, 0, 6]) for gate in ("candidate", "input_gate")}
        held = screen.held("curves")["data"]
        assert held[2]["text"][-1] == f"{signed(into['candidate'])} → {signed(at['candidate'])}"
        assert held[5]["text"][-1] == f"{signed(into['input_gate'])} → {plain(at['input_gate'])}"
        assert held[8]["text"][-1].endswith(signed(at["learned"]))
        for key, gate in (("combining", "candidate"), ("shares", "input_gate")):
            assert sum(screen.held(key)["data"][0]["x"]) == pytest.approx(into[gate], abs=1e-3)
        screen.press("Shift+ArrowRight").page.wait_for_timeout(150)


def test_the_likeliest_answers_are_the_models_own(open_view):
    screen = open_view("/use_gate?model=Characters%20of%20a%20text&step=12&beat=use&paragraph=3")
    screen.press("Shift+ArrowRight").page.wait_for_timeout(200)
    found = bundled_chances("characters")[12, 0]
    labels = cards()["characters"].answering.labels
    best = np.argsort(-found, kind="stable")[:12]
    held = screen.held("chances")
    assert held["data"][0]["x"] == pytest.approx(found[best].tolist(), abs=2e-5)
    assert held["layout"]["yaxis.ticktext"] == [visible(labels[k]) for k in best]
