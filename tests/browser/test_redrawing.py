"""Streamlit may draw its own figure over the player's, or put a box up, at any time: what the player did comes back."""

from __future__ import annotations

CHARTS = ("cell", "lanes", "strips")
#: Draws over each chart what stood there before, as Streamlit does when the theme changes after the player has.
DRAW_OVER = """async (keys) => {
  for (const key of keys) {
    const chart = document.querySelector(`.st-key-${key} .js-plotly-plot`);
    await window.Plotly.react(chart, window.own[key].data, window.own[key].layout);
  }
}"""
REMEMBER = """(keys) => {
  const copy = ({ data, layout }) => JSON.parse(JSON.stringify({ data, layout }));
  const chart = (key) => document.querySelector(`.st-key-${key} .js-plotly-plot`);
  window.own = Object.fromEntries(keys.map((key) => [key, copy(chart(key))]));
}"""


def test_a_term_lights_its_part_and_charts_follow_the_theme_without_a_rerun(open_view, subtests):
    screen = open_view("/?step=7&unit=7")
    with subtests.test("a term that is pointed at"):
        bright = screen.bound_values("cell")["data"]
        screen.page.locator(".player .term[data-part=forget_gate]").first.hover()

        def is_lit() -> None:
            assert screen.bound_values("cell")["data"] != bright

        screen.eventually(is_lit)
    with subtests.test("another theme"):
        assert {screen.background(key) for key in CHARTS} == {"#FFFFFF"}
        screen.page.evaluate(REMEMBER, CHARTS)
        screen.page.emulate_media(color_scheme="dark")
        screen.wait_for_background(CHARTS, "#0E1117")
    with subtests.test("Streamlit draws its own figure over a recoloured one"):
        screen.quiet().page.evaluate(DRAW_OVER, CHARTS)
        screen.wait_for_background(CHARTS, "#0E1117")
