"""What lessons end with, in a real browser: names, the shape inspector, statements, and a teacher's notes."""

from __future__ import annotations

import re

from lstm_viz.lessons.names import NAMES
from lstm_viz.lessons.statements import statements
from lstm_viz.ui.stage.bundled_runs import bundled_view

NOW = ".lesson-item.now"


def last_item(screen) -> int:
    return int(screen.page.locator(".lesson-text [data-is=place]").inner_text().split("/")[1])


def test_the_arrow_leads_to_the_names_and_a_link_opens_the_inspector_filled_in(open_view):
    screen = open_view("/architecture")
    page = screen.page
    screen.press(*["ArrowRight"] * (last_item(screen) - 2))
    assert page.locator(f"{NOW} tbody tr").count() == len(NAMES)
    screen.press("ArrowRight")
    page.keyboard.press("Tab")  # a key is a link's own where it was reached by Tab
    page.locator(NOW).get_by_role("link", name="shape inspector").press("Enter")
    sizes = page.locator(".st-key-shapes input[type=number]")
    sizes.first.wait_for(timeout=30_000)
    layer = bundled_view("recall").trace.layers[0]
    steps, batch, features = layer.event.shape
    assert [int(size.input_value()) for size in sizes.all()] == [features, layer.units, batch, steps, 1]


def test_a_statement_is_judged_by_a_key_and_settled_by_a_jump(open_view):
    view = bundled_view("recall")
    asked = statements(view.trace.layers[0], 0, view.labels)
    screen = open_view("/all_together")
    items = screen.page.locator(".lesson-text .lesson-item").all_inner_texts()
    paragraph = next(k for k, item in enumerate(items, 1) if asked[1].text in item)
    screen = open_view(f"/all_together?paragraph={paragraph}")
    page = screen.page
    page.keyboard.press(str(asked[1].right + 1))
    reveal = page.locator(f"{NOW} .reveal")
    reveal.filter(has_text="It is").wait_for()
    assert reveal.inner_text() == f"Yes. {asked[1].reveal}"
    screen.eventually(lambda: assert_at(screen, asked[1].shows))
    screen.press("ArrowRight")
    assert asked[2].text in page.locator(NOW).inner_text()


def assert_at(screen, moment) -> None:
    assert screen.step() == moment.step + 1
    assert int(screen.page.locator(".player [data-is=unit]").input_value()) == moment.unit


def test_notes_stand_beside_a_lesson_for_who_asks_and_go_along_with_the_arrows(open_view):
    screen = open_view("/use_gate?notes=1")
    notes = screen.page.locator(".teacher-notes")
    assert "minutes" in notes.inner_text() and "Answers, from this run" in notes.inner_text()
    screen.page.locator(".st-key-next-lesson a").click()
    screen.page.wait_for_url(re.compile(r"all_together.*notes=1"))
    screen.page.get_by_text("Before each beat").wait_for(timeout=30_000)
    sheet = screen.page.locator(".teacher-notes a").get_attribute("href")
    page = screen.page.context.new_page()
    page.goto(screen.page.url.partition("/all_together")[0] + sheet)
    assert page.locator(".sheet").count() == 60
    page.close()


def test_a_lesson_has_no_notes_unless_they_are_asked_for(open_view):
    assert open_view("/use_gate").page.locator(".teacher-notes").count() == 0
