"""Turning from lesson to lesson, filmed: there is a picture in every frame, and the cell stays the very same one."""

from __future__ import annotations

from itertools import pairwise

from lstm_viz.lessons.sections import SECTIONS
from tests.browser.screens import Screen

#: In every frame: how opaque the picture is that one sees most of, what it is, and the lesson's title.
FILM = """() => {
  const deep = (name) => [...document.querySelectorAll('*')]
    .map((part) => part.shadowRoot?.querySelector(name)).find(Boolean);
  const opacity = (part) => {
    let seen = 1;
    for (let outer = part; outer; outer = outer.parentElement) {
      const style = getComputedStyle(outer);
      if (style.visibility === 'hidden' || style.display === 'none') return 0;
      seen *= Number(style.opacity);
    }
    return seen;
  };
  const shown = (chart) => {
    const { top, height, width } = chart.getBoundingClientRect();
    return height > 200 && width > 200 && top < innerHeight && chart.querySelector('svg') ? opacity(chart) : 0;
  };
  window.film = [];
  const shoot = () => {
    const charts = [...document.querySelectorAll('.js-plotly-plot, .stand-in')];
    const cell = document.querySelector('.st-key-cell .js-plotly-plot');
    if (cell) cell.filmed ??= Math.random();
    film.push([Math.max(0, ...charts.map(shown)), cell?.filmed, deep('.lesson-text h1')?.textContent]);
    window.filming = requestAnimationFrame(shoot);
  };
  shoot();
}"""
WITH_CELL = ("Architecture", "Learn gate", "Forget gate", "Remember gate", "Use gate", "All together")


def turn(screen: Screen, title: str) -> list[list]:
    """The frames from the press of the link to the next lesson until that is all there."""
    screen.page.evaluate(FILM)
    screen.page.locator(".st-key-next-lesson a").click()
    screen.page.wait_for_function("(title) => document.title.startsWith(title)", arg=title, timeout=60_000)
    screen.ready().page.wait_for_timeout(300)
    return screen.page.evaluate("() => (cancelAnimationFrame(filming), film)")


def test_no_frame_without_a_picture_and_one_cell_through_all_lessons_that_have_it(open_view, subtests):
    titles = [section.title for section in SECTIONS]
    screen = open_view(f"/{SECTIONS[0].name}")
    for before, title in pairwise(titles):
        film = turn(screen, title)
        with subtests.test("a picture in every frame", to=title):
            assert [frame for frame in film if frame[0] < 0.9] == []
            assert film[-1][2] == title
        if {before, title} <= set(WITH_CELL):
            with subtests.test("the very same cell", to=title):
                assert len({cell for _, cell, _ in film}) == 1


#: Presses the link to the next lesson, and says how many signs stand before the browser does anything else.
PRESSED = """() => {
  document.querySelector('.st-key-next-lesson a').click();
  return document.querySelectorAll('.page-on-its-way').length;
}"""


def test_a_page_is_said_to_be_on_its_way_until_it_is_there(open_view):
    screen = open_view("/forget_gate")
    assert screen.page.evaluate(PRESSED) == 1
    screen.page.wait_for_function("() => document.title.startsWith('Remember gate')")
    screen.ready().page.locator(".page-on-its-way").wait_for(state="detached")


def test_an_arrow_pressed_twice_at_a_lessons_end_passes_over_no_lesson(open_view):
    screen = open_view("/basics")
    count = screen.page.locator(".lesson-text .lesson-item").count()
    screen.press(*["ArrowRight"] * (count - 1))
    for _ in range(4):
        screen.page.keyboard.press("ArrowRight")
        screen.page.wait_for_timeout(60)
    screen.page.wait_for_function("() => document.title.startsWith('RNN vs LSTM')", timeout=30_000)
    screen.ready().page.wait_for_timeout(500)
    assert "/rnn_vs_lstm" in screen.page.url
