"""The player: what it says and draws is the trace's, and stepping asks the server for nothing."""

from __future__ import annotations

from lstm_viz.bundled import first_view
from lstm_viz.figures.cell.picture import cell_picture
from lstm_viz.figures.formats import signed, summand
from lstm_viz.figures.memory.strips import strips
from lstm_viz.figures.moment import BEATS, Moment
from lstm_viz.figures.viewport_builder import build_viewport
from lstm_viz.lessons.placeholders import percent
from lstm_viz.lessons.sections import SECTIONS
from lstm_viz.ui.stage.bundled_runs import bundled_view
from tests.browser.screens import Screen

#: A drawing and a heat map; V8 holds the bindings of every page's charts (`tests/player`).
CHARTS = {"cell": cell_picture, "strips": strips}


def first_reel():
    """What the first page's player is given, made here anew."""
    return build_viewport(bundled_view("recall"))


def said(layer, step, sequence, unit) -> dict[str, str]:
    """A part of the line of some beats, from the trace's numbers."""
    at = {
        name: float(getattr(layer, name)[step, sequence, unit])
        for name in ("previous_cell_state", "forget_gate", "kept", "learned", "cell_state", "hidden_state")
    }
    of = f"{percent(at['forget_gate'])} of {signed(at['previous_cell_state'])} stays: {signed(at['kept'])}."
    return {
        "forget": of if at["previous_cell_state"] else "Forget: nothing is held yet",
        "remember": f"Remember: {signed(at['kept'])} {summand(at['learned'])}",
        "use": f"{signed(at['hidden_state'])}, the new short-term memory.",
        "move on": f"Unit {unit + 1} now holds {signed(at['cell_state'])}.",
    }


def choose(screen: Screen, moment: Moment) -> None:
    """Goes to a moment by the bar; a beat's button takes the keys away from the fields."""
    for what, place in (("sequence", moment.sequence), ("unit", moment.unit)):
        screen.choose(what, place)
    screen.scrub(moment.step + 1)
    screen.page.locator(f".player .chip.{BEATS[moment.beat].replace(' ', '-')}").click()


def test_the_line_says_the_traces_numbers(open_view, subtests):
    trace, _ = first_view()
    screen = open_view("/?step=17&sequence=6&unit=4&beat=arrive")
    for step, sequence, unit in [(16, 5, 3), (0, 0, 0), (6, 0, 6), (23, 7, 7)]:
        with subtests.test(step=step, sequence=sequence, unit=unit):
            choose(screen, Moment(step=step, sequence=sequence, unit=unit, beat=0))
            lines = {"arrive": screen.text("line")}
            for beat in BEATS[1:]:
                screen.press("ArrowRight")
                lines[beat] = screen.text("line")
            expected = said(trace.layers[0], step, sequence, unit)
            assert not {beat: lines[beat] for beat, text in expected.items() if text not in lines[beat]}


def test_every_rule_gives_in_the_browser_what_it_gives_here(open_view, subtests):
    last = len(BEATS) - 1
    moments = {
        "by the address": Moment(step=2, unit=1, beat=last),
        "by the bar": Moment(step=16, unit=6, sequence=5, beat=BEATS.index("learn")),
        "by the bar, at the end": Moment(step=23, unit=6, beat=BEATS.index("use")),
    }
    screen = open_view("/?step=3&unit=2")
    viewport = first_reel()
    for way, moment in moments.items():
        with subtests.test(way):
            if way != "by the address":
                choose(screen, moment)
            for key, draw in CHARTS.items():
                screen.assert_follows(key, draw(viewport, Moment()), viewport, moment)


def test_playing_stepping_and_choosing_ask_the_server_for_nothing(open_view):
    screen = open_view("/?step=2&unit=2&beat=arrive").quiet()
    before = len(screen.sent)
    seen = {screen.text("line")}
    for key in ("ArrowRight", "Shift+ArrowRight", "ArrowDown", "]", "End", "Home", "[", "ArrowUp", "ArrowLeft"):
        screen.press(key)
        seen.add(screen.text("line"))
    screen.press("Home", " ")
    screen.page.locator(".player [data-is=place]").filter(has_text="Step 2 ").wait_for()
    seen.add(screen.text("line"))
    screen.press(" ")
    screen.scrub(9)
    assert screen.text("place").startswith("Step 9 ")
    assert len(seen) >= 7
    assert len(screen.quiet().sent) == before


def test_a_copied_link_reopens_the_same_view(open_view):
    screen = open_view("/?model=Bracket+depth&step=4&unit=2").press("Shift+ArrowRight", "]", "ArrowDown", "ArrowRight")
    screen.wait_for_address("step=6", "sequence=2", "beat=arrive")
    other = open_view("/" + screen.page.url.split("/", 3)[3])
    assert other.text("line") == screen.text("line")
    assert other.text("place") == screen.text("place") == "Step 6 / 24"
    assert other.page.get_by_test_id("stSelectbox").locator("input").first.input_value() == "Bracket depth"


def test_the_course_s_cell_reads_what_was_kept(open_view):
    screen = open_view("/?step=3&beat=use")
    assert "tanh(W" not in "".join(screen.text("equation").split())
    screen.open_menu().page.get_by_text("Course", exact=True).first.click()
    screen.page.locator(".player [data-is=equation]").filter(has_text="kept").wait_for()
    assert "variant=Course" in screen.page.url
    assert "tanh(W" in "".join(screen.text("equation").split())


def test_without_the_drawing_library_the_page_says_so_and_still_steps(server, new_screen):
    screen = new_screen()
    screen.page.add_init_script("Object.defineProperty(window, 'Plotly', { get: () => undefined, set() {} })")
    screen.page.goto(f"{server.address}/?step=3&unit=7")
    screen.page.locator(".player [data-is=note]").filter(has_text="server draws").wait_for(timeout=30_000)
    edge = "() => document.querySelector('.st-key-strips .js-plotly-plot')?.layout.shapes[1].x0"
    screen.page.wait_for_function(f"() => ({edge})() === 2.5")
    screen.press("Shift+ArrowRight")
    screen.page.wait_for_function(f"() => ({edge})() === 3.5")


def test_right_after_the_last_beat_opens_the_first_lesson_and_the_line_says_so(open_view):
    screen = open_view("/?step=24&beat=use")
    assert "lesson" not in screen.text("line")
    screen.press("ArrowRight")
    screen.page.locator(".player [data-is=line]").filter(has_text="→ opens the first lesson").wait_for()
    screen.press("ArrowRight")
    screen.page.wait_for_function("(title) => document.title.startsWith(title)", arg=SECTIONS[0].title)
    screen.ready()


def test_no_frame_stands_round_the_page_after_a_click_and_a_key(open_view):
    screen = open_view("/?step=3")
    screen.page.mouse.click(3, 300)
    screen.press("ArrowUp")
    frame = "(which) => getComputedStyle(document.querySelector('.stMain'), which).boxShadow"
    assert {screen.page.evaluate(frame, which) for which in (None, "::before")} == {"none"}
