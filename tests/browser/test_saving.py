"""Every chart can be kept as a picture: sharp, with the numbers on the screen, under a name that says what it is."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from lstm_viz.bundled import first_view
from lstm_viz.figures.formats import plain


def saved(screen, chart: str, button: str, place: Path) -> Path:
    """The file that a chart's button gives."""
    holder = screen.page.locator(f".st-key-{chart} .stElementContainer:has(.js-plotly-plot)")
    holder.hover(position={"x": 300, "y": 10})
    with screen.page.expect_download() as download:
        holder.get_by_role("button", name=button).click()
    path = place / download.value.suggested_filename
    download.value.save_as(path)
    return path


def test_a_chart_is_kept_as_it_stands_on_the_screen(open_view, tmp_path):
    screen = open_view("/?step=9&unit=7", theme="dark")
    screen.press("Shift+ArrowRight", "]").wait_for_address("step=10", "sequence=2")
    screen.wait_for_background(["cell", "strips"], "#0E1117")
    drawn = saved(screen, "cell", "SVG", tmp_path)
    assert drawn.name == "lstm-viz-cell-sequence-2-step-10-unit-7.svg"
    text = drawn.read_text(encoding="utf-8")
    layer = first_view()[0].layers[0]
    for name in ("forget_gate", "cell_state", "hidden_state"):
        assert plain(float(getattr(layer, name)[9, 1, 6])) in text
    assert "rgb(14, 17, 23)" in text
    sharp = saved(screen, "strips", "PNG", tmp_path)
    width, height = struct.unpack(">II", sharp.read_bytes()[16:24])
    box = screen.page.locator(".st-key-strips .js-plotly-plot").bounding_box()
    assert (width, height) == (3 * round(box["width"]), 3 * round(box["height"]))


def test_a_finger_that_touches_a_chart_has_time_to_come_back(open_view, tmp_path):
    screen = open_view("/?step=3&unit=7", device="phone")
    holder = screen.page.locator(".st-key-strips .stElementContainer:has(.js-plotly-plot)")
    buttons = holder.locator(".save-picture")
    assert "near" not in buttons.get_attribute("class")
    corner = {"x": holder.bounding_box()["width"] - 20, "y": 10}
    holder.tap(position=corner)
    screen.page.locator(".st-key-strips .save-picture.near").wait_for()
    with screen.page.expect_download() as download:
        holder.tap(position=corner)
    assert download.value.suggested_filename == "lstm-viz-strips-sequence-1-step-3-unit-7.svg"


@pytest.mark.parametrize("address", ["/?step=3", "/forget_gate?step=3", "/explore?compare=a+factor+held"])
def test_the_buttons_cover_nothing(open_view, address):
    """They stand in the page's margin, or in a gutter that the chart leaves, and make the page no wider."""
    screen = open_view(address)
    charts = screen.page.locator(".stElementContainer:has(.js-plotly-plot):has(.save-picture)")
    assert charts.count() >= 3
    for chart in charts.all():
        chart.hover(position={"x": 100, "y": 10})
        chart.locator(".save-picture.near").wait_for()
        drawn, box = (chart.locator(part).bounding_box() for part in (".js-plotly-plot", ".save-picture"))
        others = [other.bounding_box() for other in screen.page.locator(".js-plotly-plot").all()]
        assert box["x"] >= drawn["x"] + drawn["width"]
        assert not [other for other in others if overlap(other, box)]
        assert box["x"] + box["width"] <= screen.page.viewport_size["width"]
    assert screen.horizontal_overflow() <= 0


def overlap(one: dict[str, float], other: dict[str, float]) -> bool:
    """Whether two boxes share a place."""
    return all(
        one[start] < other[start] + other[size] and other[start] < one[start] + one[size]
        for start, size in (("x", "width"), ("y", "height"))
    )
