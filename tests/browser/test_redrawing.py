"""Streamlit may draw its own figure over the player's at any time: the player's colours come back."""

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


def test_a_figure_drawn_over_a_recoloured_one_is_recoloured_too(open_view):
    screen = open_view("/?step=3")
    screen.page.evaluate(REMEMBER, CHARTS)
    screen.page.emulate_media(color_scheme="dark")
    screen.wait_for_ground(CHARTS, "#0E1117")
    screen.page.wait_for_timeout(1500)
    screen.page.evaluate(DRAW_OVER, CHARTS)
    screen.wait_for_ground(CHARTS, "#0E1117")
