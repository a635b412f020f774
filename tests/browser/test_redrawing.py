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


def test_a_figure_drawn_over_a_recoloured_one_is_recoloured_too(open_view):
    screen = open_view("/?step=3")
    screen.page.evaluate(REMEMBER, CHARTS)
    screen.page.emulate_media(color_scheme="dark")
    screen.wait_for_ground(CHARTS, "#0E1117")
    screen.page.wait_for_timeout(1500)
    screen.page.evaluate(DRAW_OVER, CHARTS)
    screen.wait_for_ground(CHARTS, "#0E1117")


def test_an_opened_gate_is_seen_though_its_box_comes_late(open_view):
    screen = open_view("/architecture?step=7&unit=7&beat=use&gate=3&depth=1&paragraph=5")
    box = screen.page.locator(".st-key-vectors")
    box.evaluate("(box) => box.classList.remove('expanded-chart')")
    screen.page.locator(".st-key-vectors.expanded-chart").wait_for(timeout=20_000)
