"""The exercises under the pictures: by keyboard and in the browser alone; the address keeps a cell of one's own."""

from __future__ import annotations

import re

from lstm_viz.bundled.held_gates import held_gate_outcomes
from lstm_viz.lessons.gate_counts import gate_count_exercise
from lstm_viz.lessons.own_cell import first_table, write_table


def part(screen, key: str, name: str):
    return screen.page.locator(f".st-key-{key} [data-is={name}]")


def texts(screen) -> str:
    return screen.page.locator(".lesson-text .lesson-item.now").inner_text()


def read_on_to(screen, words: str) -> None:
    """Presses → until the paragraph has these words."""
    for _ in range(14):
        if words in texts(screen):
            return
        screen.press("ArrowRight")
        screen.settle()
    raise AssertionError(f"no paragraph says {words!r}")


def test_a_gate_is_guessed_broken_and_counted_by_keys_alone(open_view):
    """The guess opens what it asked about; every other value is an arrow key away, without the server."""
    screen = open_view("/forget_gate")
    exercise = gate_count_exercise("forget_gate", held_gate_outcomes("recall"))
    read_on_to(screen, "How many are right then?")
    score = part(screen, "gate-count", "score")
    assert score.inner_text() == "11 of 11 questions right"
    options = screen.page.locator(".lesson-item.now .options button").all_inner_texts()
    right = next(k for k, option in enumerate(options) if option.endswith("5 of 11"))
    screen.quiet()
    screen.received.clear()
    screen.press(str(right + 1))
    score.filter(has_text="5 of 11 questions right").wait_for()
    assert texts(screen).count("Yes. 5 of 11.") == 1
    screen.press("ArrowRight")
    screen.settle()
    assert "highlighted-chart" in screen.page.locator(".st-key-gate-count").get_attribute("class")
    screen.page.locator(".st-key-gate-count input:checked").focus()
    screen.page.keyboard.press("Tab")
    screen.page.keyboard.press("Shift+Tab")
    for place in (6, 7, 8, 9, 10):
        screen.page.keyboard.press("ArrowRight")
        score.filter(has_text=re.compile(f"^{re.escape(exercise.data['outcomes'][place]['score'])}$")).wait_for()
    assert not screen.received
    # A question brings the picture to its step.
    screen.page.locator(".st-key-gate-count .questions button").nth(1).focus()
    screen.page.keyboard.press("Enter")
    screen.page.locator(".player [data-is=place]").filter(has_text="Step 16 ").wait_for()


def test_a_cell_is_set_by_keys_and_the_address_keeps_it(open_view):
    """Unit 1 drops A at B and C, the others write their own letter: all eleven are right, also from the link."""
    screen = open_view("/all_together")
    score = part(screen, "own-cell", "score")
    score.filter(has_text=" of 11").wait_for()
    before = int(score.inner_text().split()[0])
    assert before < 11
    grid = screen.page.locator(".st-key-own-cell [data-is=grids] button")
    screen.quiet()
    screen.received.clear()

    def press(unit: int, event: int, column: int, times: int) -> None:
        grid.nth(unit * 15 + event * 3 + column).focus()
        screen.page.keyboard.press("Tab")
        screen.page.keyboard.press("Shift+Tab")
        for _ in range(times):
            screen.page.keyboard.press("Enter")

    for unit in range(3):
        for event in range(3):
            press(unit, event, 0, 1)  # keep becomes drop
        if unit:
            press(unit, unit, 1, 1)  # 0 becomes +
    assert score.inner_text() == "11 of 11"
    assert not screen.received
    screen.page.wait_for_function("() => new URLSearchParams(location.search).has('cell')")
    link = "/" + screen.page.url.split("/", 3)[3]
    again = open_view(link)
    part(again, "own-cell", "score").filter(has_text="11 of 11").wait_for()
    compare = again.page.locator(".st-key-own-cell [data-is=compare]")
    compare.focus()
    again.page.keyboard.press("Enter")
    assert part(again, "own-cell", "trained-grids").locator("table").count() == 3
    part(again, "own-cell", "reset").click()
    again.page.wait_for_function("() => !new URLSearchParams(location.search).has('cell')")
    assert int(part(again, "own-cell", "score").inner_text().split()[0]) == before


def test_a_slider_sets_a_gate_finely(open_view):
    screen = open_view("/all_together")
    screen.page.locator(".st-key-own-cell [data-is=grids] button").first.click()
    slider = screen.page.locator(".st-key-own-cell [data-is=sliders] input").first
    slider.fill("0.3")
    assert screen.page.locator(".st-key-own-cell [data-is=grids] button").first.inner_text() == "0.3"
    table = first_table()
    table[0, 0, 0] = 0.3
    screen.page.wait_for_function("(text) => location.search.includes(text)", arg=write_table(table))


def test_a_model_for_another_task_has_no_cell_of_ones_own(open_view):
    screen = open_view("/all_together?model=Bracket+depth")
    screen.settle()
    assert screen.page.locator(".st-key-own-cell").count() == 0
