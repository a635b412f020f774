"""The shape inspector in a real browser: nothing lies over anything else, and colours follow the theme."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import combinations

import pytest

from lstm_viz.figures.palette import DARK, LIGHT
from tests.browser.screens import Screen
from tests.browser.servers import running_app

SCRIPT = """
import streamlit as st
from lstm_viz.ui.navigation.open_page import open_page
from lstm_viz.ui.lessons.shape_inspector import shape_inspector

open_page("Shapes")
side, main = st.columns([0.27, 0.73])
with main:
    shape_inspector()
"""
DRAWN = """() => document.querySelector('.stApp')?.dataset.testScriptState === 'notRunning'
  && document.querySelectorAll('.js-plotly-plot .annotation-text').length > 20"""
#: Each text of each chart, as [chart, text, left, top, right, bottom], beside the chart's own box.
TEXTS = """() => [...document.querySelectorAll('.js-plotly-plot')].map((chart) => {
  const box = (part) => { const r = part.getBoundingClientRect(); return [r.left, r.top, r.right, r.bottom]; };
  const texts = [...chart.querySelectorAll('.annotation-text')].filter((text) => text.textContent.trim());
  return { box: box(chart), texts: texts.map((text) => [text.textContent, ...box(text)]) };
})"""
#: What a person does one after the other: sizes typed in, and switches pressed.
CHANGES = [
    {},
    {"Layers": 3, "press": ["bidirectional", "batch_first"]},
    {"Hidden size": 2048, "Batch": 4096, "Steps": 10_000},
    {"Input size": 4096, "Hidden size": 1, "Layers": 8, "press": ["bidirectional"]},
    {"Input size": 20, "Hidden size": 20, "Batch": 1, "Steps": 1, "press": ["Course"]},
    {"Input size": 1, "Hidden size": 1, "Layers": 1},
]


@pytest.fixture(scope="module")
def inspector(tmp_path_factory):
    folder = tmp_path_factory.mktemp("inspector")
    (folder / "script.py").write_text(SCRIPT, encoding="utf-8")
    with running_app(folder / "log.txt", script=folder / "script.py") as server:
        yield server
    assert "Traceback" not in server.said(), server.said()


@pytest.fixture
def shown(inspector, tabs):
    """Opens the inspector and waits until it is drawn."""
    with tabs.borrow() as (lend, _):

        def opening(device: str) -> Screen:
            screen = lend(device=device)
            screen.page.goto(inspector.address)
            screen.page.wait_for_function(DRAWN, timeout=60_000)
            return screen

        yield opening


def rerun(screen: Screen, do: Callable[[], object]) -> None:
    """Does what makes the server run the page anew, and waits until that is drawn."""
    received = len(screen.received)
    do()
    screen.eventually(lambda: assert_more(screen.received, received))
    screen.settle().page.wait_for_function(DRAWN, timeout=60_000)


def assert_more(messages: list[int], than: int) -> None:
    assert len(messages) > than, "the server answers"


def change(screen: Screen, sizes: dict) -> None:
    """Does what a person would, and waits until it is drawn."""
    for label, size in sizes.items():
        if label != "press":
            field = screen.page.get_by_label(label, exact=True)
            field.fill(str(size))
            rerun(screen, partial(field.press, "Enter"))
    for label in sizes.get("press", []):
        rerun(screen, screen.page.get_by_text(label, exact=True).click)
    screen.quiet().settle()


def overlap(one: list, other: list) -> bool:
    """Whether two texts lie over each other by more than a pixel and a half."""
    _, left, top, right, bottom = one
    across = min(right, other[3]) - max(left, other[1])
    return across > 1.5 and min(bottom, other[4]) - max(top, other[2]) > 1.5


def assert_every_text_is_seen_whole(screen) -> None:
    assert screen.horizontal_overflow() <= 0
    for chart in screen.page.evaluate(TEXTS):
        left, top, right, bottom = chart["box"]
        for text, *box in chart["texts"]:
            assert left - 1 <= box[0] and top - 1 <= box[1] and box[2] <= right + 1 and box[3] <= bottom + 1, text
        assert [pair for pair in combinations(chart["texts"], 2) if overlap(*pair)] == []


def assert_colours_follow_the_theme(screen: Screen, device: str) -> None:
    ground = "() => document.querySelector('.js-plotly-plot')?.layout?.paper_bgcolor === '{}'"
    for theme, palette in (("light", LIGHT), ("dark", DARK)):
        screen.page.emulate_media(color_scheme=theme)
        screen.page.wait_for_function(ground.format(palette.background), timeout=20_000)
        screen.picture(f"shapes-{device}-{theme}")
    assert_every_text_is_seen_whole(screen)


@pytest.mark.parametrize("device", ["laptop", "projector", "phone"])
def test_colours_follow_the_theme_and_every_text_is_seen_whole_whatever_the_sizes(shown, device, subtests):
    screen = shown(device)
    if device != "projector":
        with subtests.test("colours"):
            assert_colours_follow_the_theme(screen, device)
    if device != "laptop":
        for sizes in CHANGES:
            with subtests.test("sizes", **{name.lower().replace(" ", "_"): str(size) for name, size in sizes.items()}):
                change(screen, sizes)
                assert_every_text_is_seen_whole(screen)
