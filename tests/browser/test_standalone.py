"""The picture that `Trace.show` gives: from a file, without server and network, it plays what the app plays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from lstm_viz import trace as trace_of
from lstm_viz.bundled import first_view
from lstm_viz.figures.cell.picture import cell_picture
from lstm_viz.figures.formats import plain, signed, summand
from lstm_viz.figures.labels import batch_texts
from lstm_viz.figures.memory.lanes import lanes
from lstm_viz.figures.memory.strips import strips
from lstm_viz.figures.moment import BEATS, Moment
from lstm_viz.figures.options import batch_of
from lstm_viz.figures.run_view import RunView
from lstm_viz.figures.viewport_builder import build_viewport
from tests.browser.offline_page import Alone

HOSTILE = "</script><script>window.ran = true</script><img src=x onerror='window.ran = true'>"
SHOWN_STEPS = "document.querySelector('.st-key-strips .js-plotly-plot')?.layout.xaxis.range"
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
#: Where the forget gate's box is, in pixels of its chart.
FORGET_GATE = """() => {
  const chart = document.querySelector('.st-key-cell .js-plotly-plot');
  const gate = chart.data.find((trace) => trace.meta?.part === 'forget' && trace.fill === 'toself');
  const { xaxis, yaxis, _size } = chart._fullLayout;
  const middle = (values) => (Math.min(...values) + Math.max(...values)) / 2;
  return [xaxis.l2p(middle(gate.x)) + _size.l, yaxis.l2p(middle(gate.y)) + _size.t];
}"""
CHARTS = {"cell": cell_picture, "lanes": lanes, "strips": strips}


@pytest.fixture(scope="module")
def run():
    trace, answers = first_view()
    return SimpleNamespace(trace=trace, answers=answers)


@pytest.fixture(scope="module")
def file(run, tmp_path_factory) -> Path:
    """The stored run's picture, with names that would break out of the page if they could."""
    path = tmp_path_factory.mktemp("pictures") / "run.html"
    run.trace.show(names=[HOSTILE] * 7, answers=run.answers, title=HOSTILE, step=2, unit=6, file=path)
    return path


@pytest.fixture
def alone(browser) -> Iterator[Callable[..., Alone]]:
    """Opens screens that end with the test; none complains, and none has asked a network for anything."""
    with ExitStack() as stack:
        screens: list[Alone] = []

        def opening(**look) -> Alone:
            screen = Alone(browser, **look).block()
            stack.callback(screen.close)
            screens.append(screen)
            return screen

        yield opening
        for screen in screens:
            assert screen.complaints == []
            assert screen.asked == []


@pytest.fixture(scope="module")
def opened(browser, file) -> Iterator[Alone]:
    """One screen for all tests that only look and press keys."""
    screen = Alone(browser).block()
    screen.open_file(file)
    yield screen
    screen.close()
    assert screen.complaints == [] == screen.asked


@pytest.fixture
def screen(opened) -> Alone:
    """The shared screen, back at the first sequence's third step."""
    return opened.press("Escape", "Escape", "[", "Home", "Shift+ArrowRight", "Shift+ArrowRight")


def line(layer, step, sequence, unit) -> str:
    """What the line says at the remember beat, from the trace's numbers."""
    kept, learned = (float(getattr(layer, name)[step, sequence, unit]) for name in ("kept", "learned"))
    return f"Remember: {signed(kept)} {summand(learned)}"


def test_it_steps_through_the_traces_numbers(screen, run):
    layer = run.trace.layers[0]
    screen.press("Home", "ArrowRight", "ArrowRight", "ArrowRight")
    assert screen.text("line").startswith(line(layer, 0, 0, 6))
    screen.press("Shift+ArrowRight", "]")
    assert screen.text("line").startswith(line(layer, 1, 1, 6))
    screen.press("End")
    assert screen.text("place") == "Step 24 / 24"
    state = float(layer.cell_state[23, 1, 6])
    assert f"Unit 7 now holds {signed(state)}." in screen.text("line")


def test_it_plays(screen):
    screen.press("Home", " ")
    beat = screen.page.locator(".player [data-is=beats] .now")
    beat.filter(has_not_text="Arrive").wait_for()
    screen.press(" ")
    assert screen.page.locator(".player [data-is=play]").get_attribute("aria-label") == "Play"
    assert beat.inner_text() != "Arrive"


def test_every_chart_holds_what_it_holds_in_the_app(screen, run):
    screen.press("Shift+ArrowRight", "]", ".", ".", ".", ".", "Shift+ArrowRight")
    batch = batch_of(run.trace, [HOSTILE] * 7)
    orders = [np.argsort(-np.ptp(run.trace.layers[0].cell_state.reshape(-1, 8), axis=0), kind="stable")]
    words = batch_texts(batch, run.answers)
    viewport = build_viewport(RunView(run.trace, words, batch.names, batch.sequence_names, orders))
    moment = Moment(step=4, beat=BEATS.index("use"), unit=6, sequence=1)
    for key, draw in CHARTS.items():
        screen.assert_follows(key, draw(viewport, Moment()), viewport, moment)


def test_no_name_runs(screen):
    screen.press("End")
    assert screen.page.evaluate("window.ran") is None
    assert screen.page.locator("h1").inner_text() == HOSTILE


def test_a_click_on_a_gate_opens_its_numbers_and_its_weights(screen, run):
    box = screen.page.locator(".st-key-cell .js-plotly-plot").bounding_box()
    at = screen.page.evaluate(FORGET_GATE)
    screen.page.mouse.click(box["x"] + at[0], box["y"] + at[1])
    screen.settle()
    assert screen.page.locator(".player [data-depth='1']").get_attribute("aria-pressed") == "true"
    said = screen.page.locator(".st-key-vectors [role=img]").get_attribute("aria-label")
    total = run.trace.layers[0].preactivations["forget_gate"][2, 0, 6]
    assert f"Together {signed(float(total))}" in said
    screen.press("Enter")
    assert "expanded-chart" in screen.page.locator(".st-key-matrix").get_attribute("class")
    screen.press("Escape", "Escape")
    assert "expanded-chart" in screen.page.locator(".st-key-cell").get_attribute("class")


def test_it_is_dark_where_the_system_is_and_light_on_paper(alone, file):
    screen = alone(theme="dark")
    screen.open_file(file)
    screen.wait_for_background(CHARTS, "#0E1117")
    screen.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert {screen.background(key) for key in CHARTS} == {"#FFFFFF"}
    screen.page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert {screen.background(key) for key in CHARTS} == {"#0E1117"}


def test_a_phone_that_is_turned_has_its_charts_drawn_anew(alone, file):
    screen = alone(device="phone")
    frame = screen.open_file(file)
    assert frame.evaluate(SHOWN_STEPS) == [0.5, 16.5]
    assert frame.evaluate(TOO_WIDE) == 0
    screen.press("Shift+ArrowRight")
    screen.page.set_viewport_size({"width": 844, "height": 390})
    frame.wait_for_function(f"() => ({SHOWN_STEPS})?.[1] === 24.5")
    assert frame.evaluate(TOO_WIDE) == 0
    assert screen.text("place") == "Step 4 / 24"


def test_it_plays_in_a_notebooks_cell(alone, run, tmp_path):
    path = tmp_path / "notebook.html"
    cell = run.trace.show(step=2, unit=6)._repr_html_()
    path.write_text(f"<!doctype html><meta charset=utf-8><p>Out[1]:</p>{cell}", encoding="utf-8")
    screen = alone()
    frame = screen.open_file(path, "iframe")
    frame.locator(".player [data-is=on]").click()
    assert frame.locator(".player [data-is=place]").inner_text() == "Step 4 / 24"
    frame.locator("main").press("End")
    assert frame.locator(".player [data-is=place]").inner_text() == "Step 24 / 24"
    assert screen.page.locator("iframe").bounding_box()["height"] > 800


def test_a_long_wide_run_says_what_it_holds_and_stays_within_it(alone, tmp_path):
    torch.manual_seed(0)
    run = trace_of(torch.nn.LSTM(4, 96), torch.randn(3000, 1, 4))
    path = tmp_path / "long.html"
    picture = run.show(step=1500, unit=90, megabytes=1.2, file=path)
    assert len(picture.html) < 6_000_000
    screen = alone()
    frame = screen.open_file(path)
    said = frame.locator("#part").inner_text()
    assert "of 96 units" in said and "of 3,000" in said
    assert screen.text("place") == "Step 1,501 / 3,000"
    state = plain(float(run.layers[0].cell_state[1500, 0, 90]))
    assert state in screen.text("equation")
    screen.press("End")
    place = screen.step()
    assert f"to {place:,} of" in said
    screen.press("Home")
    first = screen.step()
    assert f"steps {first:,} to" in said


def test_a_report_leads_from_a_step_it_names_to_that_step(alone, run, tmp_path):
    screen = alone(theme="dark", device="phone")
    path = tmp_path / "report.html"
    run.trace.report(path, title="Recall")
    frame = screen.open_file(path)
    frame.wait_for_function("() => document.querySelectorAll('[data-figure] .main-svg').length >= 3")
    grounds = "[...document.querySelectorAll('[data-figure]')].map((chart) => chart.layout.paper_bgcolor)"
    assert set(frame.evaluate(grounds)) == {"#0E1117"}
    assert frame.evaluate(TOO_WIDE) == 0
    link = frame.locator("table button").nth(4)
    said = link.inner_text()
    link.click()
    assert screen.text("place") == f"{said.replace('step', 'Step')} / 24"
    assert screen.text("line").startswith("Forget: ")
    frame.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert set(frame.evaluate(grounds)) == {"#FFFFFF"}
    assert min(frame.evaluate(grounds.replace("layout.paper_bgcolor", "clientWidth"))) > 1000


def test_its_charts_can_be_kept_without_a_network(screen, tmp_path):
    screen.page.locator(".st-key-lanes").hover(position={"x": 300, "y": 8})
    with screen.page.expect_download() as download:
        screen.page.locator(".st-key-lanes").get_by_role("button", name="SVG").click()
    assert download.value.suggested_filename == "lstm-viz-lanes-sequence-1-step-3-unit-7.svg"
    download.value.save_as(tmp_path / "lanes.svg")
    assert "Long-term memory of unit 7" in (tmp_path / "lanes.svg").read_text(encoding="utf-8")


def test_a_plain_rnn_s_step_has_one_beat(alone, tmp_path):
    torch.manual_seed(0)
    run = trace_of(torch.nn.RNN(2, 3), torch.randn(6, 2, 2))
    path = tmp_path / "rnn.html"
    run.show(unit=1, file=path)
    screen = alone()
    screen.open_file(path)
    screen.press("Home", "ArrowRight", "ArrowRight", "]")
    before, after = (float(run.layers[0].hidden_state[step, 1, 1]) for step in (1, 2))
    assert screen.text("place") == "Step 3 / 6"
    assert screen.text("line").endswith(f"Short-term memory of unit 2 goes from {signed(before)} to {signed(after)}.")
