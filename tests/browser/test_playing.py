"""The player: what it says and draws is the trace's, and stepping asks the server for nothing."""

from __future__ import annotations

import re

import pytest

from lstm_viz.figures.cell_picture import cell_picture
from lstm_viz.figures.events import event_texts
from lstm_viz.figures.formats import plain, signed, summand
from lstm_viz.figures.lanes import lanes
from lstm_viz.figures.moments import BEATS, Moment
from lstm_viz.figures.reeling import reel_of
from lstm_viz.figures.strips import strips
from lstm_viz.models import first_view
from lstm_viz.sequences import load_example

CHARTS = {"cell": cell_picture, "lanes": lanes, "strips": strips}


def first_reel():
    """What the first page's player is given, made here anew."""
    trace, answers = first_view()
    batch = load_example("recall")
    return reel_of(
        trace,
        batch.step_labels,
        events=lambda steps: event_texts(batch, steps),
        feature_names=batch.names,
        sequence_names=batch.sequence_names,
        answers=lambda steps: answers[steps],
    )


def said(layer, step, sequence, unit) -> dict[str, str]:
    """The line of some beats, from the trace's numbers."""
    at = {
        name: float(getattr(layer, name)[step, sequence, unit])
        for name in ("previous_cell_state", "forget_gate", "kept", "learned", "cell_state", "hidden_state")
    }
    return {
        "forget": f"Forget: {signed(at['previous_cell_state'])} × {plain(at['forget_gate'])}",
        "remember": f"Remember: {signed(at['kept'])} {summand(at['learned'])}",
        "move on": f"LTM {signed(at['cell_state'])} and STM {signed(at['hidden_state'])} go on",
    }


@pytest.mark.parametrize(("step", "sequence", "unit"), [(0, 0, 0), (6, 0, 6), (16, 5, 3), (23, 7, 7)])
def test_the_line_says_the_traces_numbers(step, sequence, unit, open_view):
    trace, _ = first_view()
    screen = open_view(f"/?step={step + 1}&sequence={sequence + 1}&unit={unit + 1}&beat=arrive")
    lines = {"arrive": screen.text("line")}
    for beat in BEATS[1:]:
        screen.press("ArrowRight")
        lines[beat] = screen.text("line")
    expected = said(trace.layers[0], step, sequence, unit)
    assert {beat: lines[beat][: len(text)] for beat, text in expected.items()} == expected


@pytest.mark.parametrize("address", ["/?step=3&unit=2", "/?step=17&unit=7&sequence=6&beat=learn", "/?step=24&beat=use"])
def test_every_rule_gives_in_the_browser_what_it_gives_here(address, open_view):
    asked = dict(re.findall(r"(\w+)=([\w-]+)", address))
    numbers = {name: int(asked[name]) - 1 for name in ("step", "unit", "sequence") if name in asked}
    beat = BEATS.index(asked["beat"]) if "beat" in asked else len(BEATS) - 1
    moment = Moment(beat=beat, **{"unit": 6} | numbers)
    screen = open_view("/?step=1&unit=1&beat=arrive").press("Home")
    screen.page.goto(screen.page.url.split("?")[0] + address[1:])
    screen.ready().page.wait_for_timeout(400)
    reel = first_reel()
    for key, draw in CHARTS.items():
        assert screen.differences(key, draw(reel, Moment()), reel, moment) == []


def test_playing_stepping_and_choosing_ask_the_server_for_nothing(open_view):
    screen = open_view("/?step=2&unit=2&beat=arrive")
    screen.page.wait_for_timeout(700)
    before = len(screen.sent)
    seen = {screen.text("line")}
    for key in ("ArrowRight", "Shift+ArrowRight", "ArrowDown", "]", "End", "Home", "[", "ArrowUp", "ArrowLeft"):
        screen.press(key)
        seen.add(screen.text("line"))
    screen.press("Home", " ")
    screen.page.wait_for_timeout(2500)
    seen.add(screen.text("line"))
    screen.press(" ")
    screen.page.locator(".player [data-is=scrub]").fill("9")
    assert screen.text("place").startswith("Step 9 ")
    assert len(seen) >= 7
    assert len(screen.sent) == before


def test_a_copied_link_reopens_the_same_view(open_view):
    screen = open_view("/?model=Bracket+depth&step=4&unit=2").press("Shift+ArrowRight", "]", "ArrowDown", "ArrowRight")
    screen.page.wait_for_timeout(500)
    other = open_view("/" + screen.page.url.split("/", 3)[3])
    assert other.text("line") == screen.text("line")
    assert other.text("place") == screen.text("place") == "Step 6 / 24"
    assert other.page.get_by_test_id("stSelectbox").locator("input").first.input_value() == "Bracket depth"


def test_the_course_s_cell_reads_what_was_kept(open_view):
    screen = open_view("/?step=3&beat=use")
    assert "tanh(W" not in "".join(screen.text("equation").split())
    screen.page.get_by_text("Course", exact=True).first.click()
    screen.page.locator(".player [data-is=equation]").filter(has_text="kept").wait_for()
    assert "variant=Course" in screen.page.url
    assert "tanh(W" in "".join(screen.text("equation").split())


def test_charts_follow_the_theme_without_a_rerun(open_view):
    screen = open_view("/?step=3")
    assert {screen.ground(key) for key in CHARTS} == {"#FFFFFF"}
    screen.page.emulate_media(color_scheme="dark")
    screen.wait_for_ground(CHARTS, "#0E1117")


def test_a_term_lights_its_part(open_view):
    screen = open_view("/?step=7&unit=7")
    bright = screen.held("cell")["data"]
    screen.page.locator(".player .term[data-part=forget_gate]").first.hover()
    screen.page.wait_for_timeout(300)
    assert screen.held("cell")["data"] != bright


def test_without_the_drawing_library_the_page_says_so_and_still_steps(server, new_screen):
    screen = new_screen()
    screen.page.add_init_script("Object.defineProperty(window, 'Plotly', { get: () => undefined, set() {} })")
    screen.page.goto(f"{server.address}/?step=3&unit=7")
    screen.page.locator(".player [data-is=note]").filter(has_text="server draws").wait_for(timeout=30_000)
    edge = "() => document.querySelector('.st-key-strips .js-plotly-plot')?.layout.shapes[1].x0"
    screen.page.wait_for_function(f"() => ({edge})() === 2.5")
    screen.press("Shift+ArrowRight")
    screen.page.wait_for_function(f"() => ({edge})() === 3.5")
