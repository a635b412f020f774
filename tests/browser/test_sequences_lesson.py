"""The lesson on sequences in a real browser: one player moves all of it, and the numbers are the model's."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from lstm_viz.bundled import load_bundled
from lstm_viz.bundled.character_samples import OPENING, load_samples
from lstm_viz.bundled.characters import generate
from lstm_viz.lessons.generated_text import bracket_question
from lstm_viz.sequences import load_example

ADDRESS = "/sequences_of_data?rows=8&window=24&step=24&unit=36"
TITLE = "() => document.querySelector('.st-key-seams .js-plotly-plot').layout.annotations[0].text"
LOOKS = [("light", "projector"), ("light", "phone"), pytest.param("dark", "laptop", marks=pytest.mark.full)]


def place(held: dict, width: float) -> list[float]:
    """Where the outline of this width stands."""
    return [
        shape["x0"]
        for shape in held["layout"]["shapes"]
        if shape["type"] == "rect" and shape["x1"] - shape["x0"] == width
    ]


def assert_can_be_looked_at(screen) -> None:
    """The page is no wider than the screen, and no chart wider than its place."""
    assert screen.horizontal_overflow() <= 0
    charts = screen.page.locator(".js-plotly-plot")
    assert charts.count() == 8
    for chart in charts.all():
        assert screen.page.evaluate("(chart) => chart.scrollWidth <= chart.clientWidth + 1", chart.element_handle())


def test_a_step_and_another_unit_move_every_picture(open_view, subtests):
    screen = open_view(ADDRESS)
    with subtests.test("it can be looked at on a laptop"):
        assert_can_be_looked_at(screen)
        screen.picture("sequences-of-data-light-laptop")
    said = generate(load_bundled("characters"), "T", 8).text[1:]
    sent = len(screen.quiet().sent)
    for step in range(24, 28):
        with subtests.test("the pictures", step=step):

            def at_this_step(step=step) -> None:
                held = screen.bound_values("batching")
                assert (place(held, 24), place(held, 1)) == ([24.5 if step > 24 else 0.5], [step - 0.5])
                answers = screen.bound_values("four-shapes")["data"][-1]["text"]
                assert "".join(answers[1:9]).strip() == said[: (step - 1) % 8 + 1]
                readers = screen.bound_values("whole-text")["data"][-1]["x"]
                assert np.allclose(np.diff(readers), 1488) and readers[0] == step - 0.5
                assert place(screen.bound_values("seams"), 1) == [step - 0.5] * 2

            screen.eventually(at_this_step)
            screen.press("Shift+ArrowRight")
    with subtests.test("the server is asked for nothing"):
        assert len(screen.quiet().sent) == sent
    with subtests.test("another unit is drawn from both runs"):
        screen.press("ArrowDown")
        screen.eventually(lambda: assert_is_drawn_from_both_runs(screen))


def assert_is_drawn_from_both_runs(screen) -> None:
    held = screen.bound_values("seams")
    unit = int(screen.page.evaluate(TITLE).split("unit ")[1].split("<")[0]) - 1
    assert unit == int(screen.page.locator(".player [data-is=unit]").input_value()) != 35
    module, x = load_bundled("characters").module, torch.from_numpy(load_example("python").values[:72].copy())
    with torch.no_grad():
        carried = module(x)[0][:, 0, unit]
        reset = torch.cat([module(part)[0][:, 0, unit] for part in x.split(24)])
    np.testing.assert_allclose(held["data"][0]["y"], carried, atol=1e-5)
    np.testing.assert_allclose(held["data"][2]["y"], reset, atol=1e-5)


@pytest.mark.parametrize(("theme", "device"), LOOKS)
def test_it_can_be_looked_at_on_every_screen(open_view, theme, device):
    screen = open_view(ADDRESS, theme=theme, device=device)
    assert_can_be_looked_at(screen)
    screen.picture(f"sequences-of-data-{theme}-{device}")


def test_each_paragraph_brings_its_picture_into_sight(open_view):
    screen = open_view("/sequences_of_data")
    # Before what is said of seams comes the question.
    named = ("four-shapes", "batching", "targets", None, "seams", "seams", "padding", "reach", "places", "whole-text")
    for place, chart in enumerate((*named, "writing")):

        def is_in_sight(place=place, chart=chart) -> None:
            assert "now" in screen.page.locator(".lesson-text .lesson-item").nth(place).get_attribute("class").split()
            if chart is None:
                return
            framed = screen.page.locator(".highlighted-chart")
            assert framed.count() == 1 and f"st-key-{chart}" in framed.get_attribute("class").split()
            box = framed.bounding_box()
            seen = min(box["y"] + box["height"], 900) - max(box["y"], 0)
            assert seen + 1 >= min(box["height"], 600)

        screen.eventually(is_in_sight)
        screen.press("ArrowRight")


def test_the_samples_are_chosen_and_pointed_at_in_the_browser(open_view):
    screen = open_view("/sequences_of_data?paragraph=11")
    box, stored = screen.page.locator(".generated"), load_samples()
    text, line = box.locator(".text"), box.locator(".line span")

    def shows(sample) -> None:
        assert text.inner_text().replace("⏎", "").strip() == (OPENING + sample.text).strip()

    screen.eventually(lambda: shows(stored[-1].samples[0]))
    sent = len(screen.quiet().sent)
    asked = bracket_question(stored)
    box.get_by_role("button", name=asked.options[0]).click()
    assert asked.reveal in box.locator(".reveal").inner_text()
    shows(stored[-1].samples[2])
    box.get_by_role("button", name="1,000", exact=True).click()
    box.get_by_role("button", name="0.3").click()
    sample = stored[2].samples[1]
    shows(sample)
    text.locator("span").nth(len(OPENING) + 20).hover()
    assert line.inner_text().startswith(f"Character 21: “{sample.text[20].replace(' ', '␣')}” was drawn with a chance")
    felt = text.locator(".felt")
    assert felt.count() == sum(share > 0 for share in sample.felt[20])
    assert felt.last.evaluate("(span) => Number(span.style.getPropertyValue('--felt'))") > 0
    with_focus = box.get_by_role("button", name="The next character")
    with_focus.focus()
    screen.press("Enter")
    assert line.inner_text().startswith("Character 22: ")
    assert len(screen.quiet().sent) == sent


def test_help_that_the_focus_opened_lets_a_press_through(open_view):
    """It lies over the player's bar, and stays for as long as the focus does."""
    screen = open_view("/sequences_of_data?step=3").open_menu()
    screen.page.get_by_test_id("stNumberInputField").nth(1).focus()
    screen.press("Tab")
    help_text = screen.page.get_by_role("tooltip")
    help_text.get_by_text("the model writes by itself").wait_for()
    screen.page.locator(".player [data-is=unit]").click()
    help_text.wait_for(state="detached")
