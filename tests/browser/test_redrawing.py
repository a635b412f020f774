"""Streamlit may draw its own figure over the player's, or put a box up, at any time: what the player did comes back."""

from __future__ import annotations

import re

import pytest

CHARTS = ("cell", "lanes", "strips")
#: Draws over each chart what stood there before, as Streamlit does when the theme changes after the player has.
DRAW_OVER = """async (keys) => {
  for (const key of keys) {
    const chart = document.querySelector(`.st-key-${key} .js-plotly-plot`);
    await window.Plotly.react(chart, window.own[key].data, window.own[key].layout);
  }
}"""
#: How opaque each part of the cell is painted.
BRIGHTNESS = "() => [...document.querySelectorAll('.st-key-cell .trace')].map((part) => part.style.opacity)"
REMEMBER = """(keys) => {
  const copy = ({ data, layout }) => JSON.parse(JSON.stringify({ data, layout }));
  const chart = (key) => document.querySelector(`.st-key-${key} .js-plotly-plot`);
  window.own = Object.fromEntries(keys.map((key) => [key, copy(chart(key))]));
}"""


def test_a_term_lights_its_part_and_charts_follow_the_theme_without_a_rerun(open_view, subtests):
    screen = open_view("/?step=7&unit=7")
    with subtests.test("a term that is pointed at"):
        bright = screen.page.evaluate(BRIGHTNESS)
        screen.page.locator(".player .term[data-part=forget_gate]").first.hover()

        def is_lit() -> None:
            assert screen.page.evaluate(BRIGHTNESS) != bright

        screen.eventually(is_lit)
    with subtests.test("another theme"):
        assert {screen.background(key) for key in CHARTS} == {"#FFFFFF"}
        screen.page.evaluate(REMEMBER, CHARTS)
        screen.page.emulate_media(color_scheme="dark")
        screen.wait_for_background(CHARTS, "#0E1117")
    with subtests.test("Streamlit draws its own figure over a recoloured one"):
        screen.quiet().page.evaluate(DRAW_OVER, CHARTS)
        screen.wait_for_background(CHARTS, "#0E1117")


#: Draws what the server sent over a chart on the layout that it has now, as Streamlit does on a change of size; gives
#: the texts that are seen two frames later.
DRAW_AGAIN = """async (key) => {
  const chart = document.querySelector(`.st-key-${key} .js-plotly-plot`);
  await window.Plotly.react(chart, window.own[key].data, chart.layout);
  for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
  return [...chart.querySelectorAll('.textpoint text')].map((text) => text.textContent);
}"""
#: The same texts now.
SEEN = """(key) => [...document.querySelectorAll(`.st-key-${key} .textpoint text`)].map((text) => text.textContent)"""


@pytest.mark.parametrize(("device", "theme"), [("phone", "light"), ("laptop", "dark")])
def test_a_figure_of_the_server_that_is_drawn_over_ours_is_brought_to_the_moment_at_once(open_view, device, theme):
    keys = ("cell", "lanes", "strips")
    screen = open_view("/?step=17&unit=7&beat=forget", device=device)
    screen.quiet().page.evaluate(REMEMBER, keys)
    screen.page.emulate_media(color_scheme=theme)
    screen.press("Shift+ArrowLeft", "Shift+ArrowLeft").wait_for_address("step=15").quiet()
    held, seen = [screen.bound_values(key) for key in keys], screen.page.evaluate(SEEN, "cell")
    for key in keys:
        drawn = screen.page.evaluate(DRAW_AGAIN, key)
        assert key != "cell" or drawn == seen

    def is_as_before() -> None:
        assert [screen.bound_values(key) for key in keys] == held
        assert screen.page.evaluate(SEEN, "cell") == seen

    screen.eventually(is_as_before)


ADDRESSES = {
    "a step": ("/forget_gate?step=17&beat=forget", "Step 17", "11 %"),
    "a beat": ("/forget_gate?beat=use", "Step 7", "use"),
    "another paragraph's step": ("/forget_gate?step=17&beat=forget&unit=7&paragraph=1", "Step 17", "11 %"),
}


@pytest.mark.parametrize("device", ["phone", "laptop"])
@pytest.mark.parametrize("address", ADDRESSES.values(), ids=ADDRESSES)
def test_the_address_s_moment_wins_over_the_first_paragraph_on_the_whole_page(open_view, address, device):
    path, step, said = address
    screen = open_view(path, device=device).quiet()
    assert screen.text("place").startswith(step)
    assert said in screen.text("line").lower()
    seen = " ".join(screen.page.evaluate(SEEN, "cell"))
    number = re.search(r"−?[+]?\d\.\d\d", screen.text("line"))
    assert number is None or number[0] in seen
