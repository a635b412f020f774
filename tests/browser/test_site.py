"""A site, opened from files in a browser without a network: every page plays, and → leads from page to page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lstm_viz.bundled import first_view
from lstm_viz.bundled.character_samples import load_samples
from lstm_viz.figures.formats import signed
from lstm_viz.standalone.site import Site, write_site
from lstm_viz.ui.lessons.site_pages import build_site
from tests.browser.offline_page import Alone

pytestmark = pytest.mark.xdist_group("test_site")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """All pages, each with the first two of its runs."""
    built = build_site({"run.nc": first_view()[0]})
    place = tmp_path_factory.mktemp("sites") / "lessons"
    write_site(Site([replace(page, choices=page.choices[:2]) for page in built.pages], built.footer), place)
    return place


@pytest.fixture(scope="module")
def opened(browser) -> Iterator[Alone]:
    """One screen for all tests; it complained of nothing, and asked no network for anything."""
    screen = Alone(browser).block()
    yield screen
    screen.close()
    assert screen.complaints == [] == screen.asked


def lesson_place(opened: Alone) -> str:
    return opened.page.locator(".lesson-text [data-is=place]").inner_text()


def test_every_page_opens_from_its_file(opened, folder):
    pages = sorted(folder.glob("*.html"))
    assert len(pages) == 11
    for page in pages:
        opened.open_file(page)
        assert opened.page.locator(".highlighted-chart, #charts .js-plotly-plot").count() > 0, page.name


def test_the_right_arrow_leads_from_the_first_page_through_a_lesson(opened, folder):
    opened.open_file(folder / "index.html")
    opened.press("End")
    opened.page.keyboard.press("ArrowRight")
    opened.page.wait_for_url("**/basics.html*")
    opened.page.locator(".lesson-text").wait_for()
    opened.page.locator(".lesson-text [data-is=place]").filter(has_text="1 /").wait_for()
    items = int(lesson_place(opened).split("/")[1])
    for _ in range(items - 1):
        opened.press("ArrowRight")
    opened.page.keyboard.press("ArrowRight")
    opened.page.wait_for_url("**/rnn_vs_lstm.html*")


def test_a_lessons_numbers_are_the_traces(opened, folder):
    opened.open_file(folder / "forget_gate.html")
    layer = first_view()[0].layers[0]
    opened.press("End")
    unit = int(opened.page.locator(".player [data-is=unit]").input_value())
    assert f"Unit {unit + 1} now holds {signed(float(layer.cell_state[23, 0, unit]))}." in opened.text("line")


def test_another_run_is_chosen_and_kept_in_the_address(opened, folder):
    opened.open_file(folder / "rnn_vs_lstm.html")
    assert opened.text("place").endswith("/ 22")
    opened.page.locator("#run").select_option(index=1)
    opened.page.locator(".player [data-is=place]").filter(has_text="/ 3").wait_for()
    opened.page.reload()
    opened.page.locator(".player [data-is=place]").filter(has_text="/ 3").wait_for()


def test_a_gate_is_held_by_a_choice(opened, folder):
    opened.open_file(folder / "forget_gate.html")
    alt = opened.page.locator(".st-key-whatif [aria-label]").first
    before = alt.get_attribute("aria-label")
    opened.page.locator("#comparison").select_option(index=3)
    opened.page.wait_for_function(
        "(before) => document.querySelector('.st-key-whatif [aria-label]').getAttribute('aria-label') !== before",
        arg=before,
    )


def test_exercises_play_without_a_server(opened, folder):
    opened.open_file(folder / "all_together.html")
    score = opened.page.locator(".st-key-own-cell [data-is=score]")
    score.filter(has_text="1 of 11").wait_for()
    grid = opened.page.locator(".st-key-own-cell [data-is=grids] button")
    for unit in (1, 2):
        grid.nth(15 * unit + 3 * unit + 1).click()  # it writes at its own letter
    score.filter(has_text="10 of 11").wait_for()
    opened.open_file(folder / "forget_gate.html")
    opened.page.locator(".st-key-gate-count label", has_text="0.5").click()
    opened.page.locator(".st-key-gate-count [data-is=score]").filter(has_text="5 of 11 questions right").wait_for()


def test_samples_of_text_play_without_a_server(opened, folder):
    opened.open_file(folder / "sequences_of_data.html")
    box, last = opened.page.locator(".generated"), load_samples()[-1]
    box.get_by_role("button", name="what it writes itself").click()
    assert last.samples[2].text[:20] in box.locator(".text").inner_text()


def test_a_lecture_is_larger_and_ends_by_escape(opened, folder):
    opened.open_file(folder / "learn_gate.html")
    opened.page.locator(".player [data-is=more]").click()
    opened.page.locator(".player [data-is=present]").click()
    opened.page.locator(".player.large").wait_for()
    assert "teach=1" in opened.page.url
    opened.press("Escape")
    opened.page.locator(".player:not(.large)").wait_for()


def test_the_theme_is_chosen_and_kept(opened, folder):
    opened.open_file(folder / "learn_gate.html")
    paper = "document.querySelector('.st-key-cell .js-plotly-plot').layout.paper_bgcolor"
    light = opened.page.evaluate(paper)
    opened.page.locator("#theme").click()
    opened.page.wait_for_function(f"(light) => {paper} !== light", arg=light)
    dark = opened.page.evaluate(paper)
    opened.open_file(folder / "use_gate.html")
    assert opened.page.evaluate(paper) == dark
    opened.page.locator("#theme").click()
