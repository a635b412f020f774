"""A page in a browser, and what a person can see of it and do with it."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go
from playwright.sync_api import Browser, Error, FloatRect, Locator, Page, TimeoutError

from lstm_viz.figures.bindings.evaluate import at_layer, evaluate
from lstm_viz.figures.formats import signed
from lstm_viz.figures.moment import Moment
from lstm_viz.figures.viewport import Viewport
from lstm_viz.traces import LayerTrace
from tests.player.coverage import JsCoverage

#: A folder for pictures of what the tests see. They take a minute, and prove nothing by themselves.
PICTURES = os.environ.get("PICTURES", "")
#: What this process counts of the lines of JavaScript that run, where `JS_COVERAGE` names a folder for it.
COVERAGE = JsCoverage() if os.environ.get("JS_COVERAGE") else None
PHONE = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Mobile Safari/537.36"
)
#: What a context is made of: a laptop, a projector at 125 %, a phone.
DEVICES: dict[str, dict[str, Any]] = {
    "laptop": {"viewport": {"width": 1440, "height": 900}},
    "projector": {"viewport": {"width": 1024, "height": 576}, "device_scale_factor": 1.25},
    "phone": {
        "viewport": {"width": 390, "height": 844},
        "device_scale_factor": 2,
        "is_mobile": True,
        "has_touch": True,
        "user_agent": PHONE,
    },
}
#: Streamlit's own requests under a page's address, which it does not need.
HARMLESS = ("/_stcore/host-config", "/_stcore/health", "favicon")

READY = """() => {
  // The player's own charts: those that say in words what they show.
  const charts = [...document.querySelectorAll('.js-plotly-plot')].filter((chart) => chart.layout?.meta?.alt);
  const quiet = document.querySelector('.stApp')?.dataset.testScriptState === 'notRunning';
  return quiet && charts.length > 0 && charts.every((chart) => chart.layout?.meta?.attached);
}"""
#: What a chart holds for each binding of its traces and of its layout, by path, numbers as plain lists.
BOUND_VALUES = """(key) => {
  const chart = document.querySelector(`.st-key-${key} .js-plotly-plot`);
  const plain = (value) => {
    if (ArrayBuffer.isView(value)) return Array.from(value);
    if (Array.isArray(value)) return value.map(plain);
    return value === undefined ? null : value;
  };
  const at = (part, path) => plain(path.split('.').reduce((inner, name) => inner?.[name], part));
  const held = (part) => Object.fromEntries(Object.keys(part.meta?.follow ?? {}).map((path) => [path, at(part, path)]));
  return { data: chart.data.map(held), layout: held(chart.layout) };
}"""
#: Whether the paper of charts has a colour.
HAVE_BACKGROUND = """([keys, background]) => keys.every((key) =>
  document.querySelector(`.st-key-${key} .js-plotly-plot`).layout.paper_bgcolor === background)"""
#: Whether a chart knows what the mouse is over.
POINTED_AT = "(key) => document.querySelector(`.st-key-${key} .js-plotly-plot`)._hoverdata?.length > 0"
TWO_FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


#: Seconds that a check which has to come true is given, and milliseconds between two tries.
PATIENCE, BETWEEN_MS = 30, 50
#: Milliseconds without a message to the server after which a page is quiet; the player looks round every 300.
QUIET_MS = 700
#: How often one of Streamlit's lists is opened, and for how long its options are waited for before it is opened again.
LIST_TRIES, LIST_MS = 4, 4000
#: What a page can be told while it is open; the rest of its options is the context's for good.
CHANGEABLE = ("color_scheme", "reduced_motion")


def context_options(theme: str = "light", device: str = "laptop", **context: Any) -> dict[str, Any]:
    """What a browser's context is made of."""
    return {"color_scheme": theme, "reduced_motion": "no-preference", **DEVICES[device], **context}


def fixed_options(options: dict[str, Any]) -> dict[str, Any]:
    """The options that a context keeps."""
    return {name: value for name, value in options.items() if name not in CHANGEABLE}


class Screen:
    """One page of the app, open in a browser."""

    def __init__(self, browser: Browser, theme: str = "light", device: str = "laptop", **context: Any) -> None:
        self.options = context_options(theme, device, **context)
        self.context = browser.new_context(**self.options)
        self.page: Page = self.context.new_page()
        # Counting makes a page half as slow again, and other devices and themes run the same lines but for a few.
        counted = COVERAGE is not None and (theme, device) == ("light", "laptop")
        self._counting = COVERAGE.start(self.page) if COVERAGE and counted else None
        #: Websocket frames that the page sent, by their size in bytes, and received.
        self.sent: list[int] = []
        self.received: list[int] = []
        #: What went wrong, as the browser's console says it.
        self.complaints: list[str] = []
        #: Addresses of all that it fetched.
        self.fetched: list[str] = []
        self._listen()

    def _listen(self) -> None:
        self.page.on("websocket", self._count)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._hear)
        self.page.on("request", lambda request: self.fetched.append(request.url))

    def _count(self, socket: Any) -> None:
        socket.on("framesent", lambda frame: self.sent.append(len(frame)))
        socket.on("framereceived", lambda frame: self.received.append(len(frame)))

    def _hear(self, message: Any) -> None:
        if message.type == "error" and not any(part in message.location["url"] for part in HARMLESS):
            self.complaints.append(f"{message.text} ({message.location['url']})")

    def open(self, address: str) -> Screen:
        """Goes to an address and waits until the player holds every chart."""
        self.take_coverage()
        self.page.goto(address)
        return self.ready()

    def ready(self) -> Screen:
        """Waits until the server is done and the player holds every chart."""
        self.page.locator(".player [data-is=place]").filter(has_text="Step").last.wait_for(timeout=60_000)
        self.page.wait_for_function(READY, timeout=60_000)
        return self.settle()

    def set_media(self, options: dict[str, Any]) -> Screen:
        """Takes on other media options, for which the context is the same."""
        self.options = options
        self.page.emulate_media(**{name: options[name] for name in CHANGEABLE})
        return self

    def eventually(self, check: Callable[[], None], within: float = PATIENCE) -> Screen:
        """Repeats a check until it passes; what it said last is the failure where it never does."""
        end = time.monotonic() + within
        while True:
            try:
                check()
            except (AssertionError, LookupError, TypeError, ValueError):  # what is half drawn lacks what is asked of it
                if time.monotonic() > end:
                    raise
            else:
                return self
            self.page.wait_for_timeout(BETWEEN_MS)

    def wait_for_address(self, *parts: str) -> Screen:
        """Waits until the address holds these parts; the player writes it last of all that a key brings about."""
        for part in parts:
            self.page.wait_for_function("(part) => location.search.includes(part)", arg=part)
        return self

    def quiet(self) -> Screen:
        """Waits until the page has told the server all that it wanted to."""
        sent = -1
        while sent != len(self.sent):
            sent = len(self.sent)
            self.page.wait_for_timeout(QUIET_MS)
        return self

    def settle(self) -> Screen:
        """Lets what was asked for reach the screen."""
        self.page.evaluate(TWO_FRAMES)
        return self

    def press(self, *keys: str) -> Screen:
        """Presses keys one after the other."""
        for key in keys:
            self.page.keyboard.press(key)
        return self.settle()

    def choose(self, what: str, index: int) -> None:
        """Chooses a unit, sequence or layer in the bar, counted from 0; a name alone may be another one's number."""
        self.open_menu()
        field = self.page.locator(f".player [data-is={what}]")
        values = field.evaluate("(field) => [...field.options].map((option) => option.value)")
        field.select_option(index=values.index(str(index)))

    def come_to_rest(self, target: Locator) -> FloatRect:
        """Scrolls to a control and waits until it stays where it is; its box.

        Browsers tell of a scroll a frame later than they do it, and Streamlit shuts an open list when it hears of one.
        """
        target.scroll_into_view_if_needed()
        box, before = target.bounding_box(), None
        while box is None or box != before:
            self.settle()
            box, before = target.bounding_box(), box
        return box

    def middle_of(self, target: Locator) -> tuple[float, float]:
        """Where a mouse goes to touch a control that has come to rest."""
        box = self.come_to_rest(target)
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def choose_option(self, field: Locator, name: str | None = None) -> Screen:
        """Opens one of Streamlit's lists by its field and takes an option by its name, or the last.

        Where the page grows or scrolls just then, Streamlit shuts the list, and it is opened again, as a person would.
        """
        options = self.page.locator("[role=option]")
        option = options.last if name is None else self.page.get_by_role("option", name=name, exact=True)
        for tries_left in reversed(range(LIST_TRIES)):
            self.come_to_rest(field)
            field.click()
            try:
                option.click(timeout=LIST_MS if tries_left else None)
                break
            except TimeoutError:
                if not tries_left or options.count():
                    raise
        return self

    def open_menu(self) -> Screen:
        """Opens the bar's menu, in which unit, sequence, speed and the model stand."""
        menu = self.page.locator(".player [data-is=more]")
        if menu.get_attribute("aria-expanded") == "false":
            menu.click()
        return self

    def scrub(self, step: int) -> Screen:
        """Goes to a step, counted from 1, by the rail's own keys."""
        rail = self.page.locator(".player [data-is=rail]")
        now, last = (int(number) for number in re.findall(r"\d+", self.text("place").replace(",", "")))
        rail.focus()
        self.page.keyboard.press("Tab")
        self.page.keyboard.press("Shift+Tab")
        from_end = last - step < abs(step - now)
        if from_end or step - 1 < abs(step - now):
            self.page.keyboard.press("End" if from_end else "Home")
            now = last if from_end else 1
        for _ in range(abs(step - now)):
            self.page.keyboard.press("PageUp" if step > now else "PageDown")
        return self.settle()

    def step(self) -> int:
        """The step that the player shows, counted from 1."""
        return int(self.text("place").split()[1].replace(",", ""))

    def text(self, part: str) -> str:
        """What stands in a part of the player: place, line, equation ..."""
        return self.page.locator(f".player [data-is={part}]").inner_text().replace("\xa0", " ")

    def bound_values(self, chart: str) -> dict[str, Any]:
        """What a chart holds where bindings say what it holds."""
        return self.page.evaluate(BOUND_VALUES, chart)

    def differences(self, chart: str, figure: go.Figure, viewport: Viewport, moment: Moment) -> list[tuple[str, Any]]:
        """Bindings of a figure that gave something else in the browser than they give here, by path."""
        held = self.bound_values(chart)
        found = []
        for part, values in zip((*figure.data, figure.layout), (*held["data"], held["layout"]), strict=True):
            meta = part.meta or {}
            seen = at_layer(meta.get("of"), viewport, moment)
            for path, binding in meta.get("follow", {}).items():
                if path in values and "[" not in path and not same(values[path], evaluate(binding, viewport, seen)):
                    found.append((path, binding))
        return found

    def assert_follows(self, chart: str, figure: go.Figure, viewport: Viewport, moment: Moment) -> None:
        """A chart comes to hold what the bindings of a figure give here."""

        def follows() -> None:
            assert self.differences(chart, figure, viewport, moment) == [], chart

        self.eventually(follows)

    def wait_until_pointed_at(self, chart: str) -> None:
        """Waits until a chart knows what the mouse is over."""
        self.page.wait_for_function(POINTED_AT, arg=chart)

    def background(self, chart: str) -> str:
        """The colour of a chart's paper."""
        return self.page.evaluate(
            "(key) => document.querySelector(`.st-key-${key} .js-plotly-plot`).layout.paper_bgcolor", chart
        )

    def wait_for_background(self, charts: Iterable[str], colour: str) -> None:
        """Waits until the paper of all these charts has this colour."""
        self.page.wait_for_function(HAVE_BACKGROUND, arg=[list(charts), colour], timeout=20_000)

    def horizontal_overflow(self) -> int:
        """Pixels by which the page is wider than the screen."""
        return self.page.evaluate(
            """() => Math.max(document.documentElement.scrollWidth, document.querySelector('.stMain').scrollWidth)
                     - document.documentElement.clientWidth"""
        )

    def assert_fits(self, name: str, themes: Iterable[str] = ("light", "dark")) -> None:
        """The page is no wider than the screen, in each theme."""
        for theme in themes:
            self.page.emulate_media(color_scheme=theme)
            self.settle().picture(f"{name}-{theme}")
            assert self.horizontal_overflow() <= 0, theme

    def picture(self, name: str) -> None:
        """The first screen and the whole page as pictures, to be looked at, where `PICTURES` names a folder."""
        if not PICTURES:
            return
        path = Path(PICTURES) / f"{name}.png"
        size = self.page.viewport_size or {"width": 1440, "height": 900}
        tall = self.page.evaluate("document.querySelector('.stMain').scrollHeight")
        self.page.screenshot(path=path.with_stem(f"{name}-first-screen"))
        self.page.set_viewport_size({"width": size["width"], "height": min(3000, max(tall, size["height"]))})
        self.page.wait_for_timeout(400)
        self.page.screenshot(path=path)
        self.page.set_viewport_size(size)

    def take_coverage(self) -> None:
        """Counts which lines of JavaScript the page has run, before it is left; a page that is gone has none."""
        if COVERAGE and self._counting:
            with suppress(Error):
                COVERAGE.take(self._counting)

    def empty(self) -> None:
        """Leaves the page, and makes the tab what it was before."""
        self.take_coverage()
        if self.page.url.startswith("http"):
            self.page.evaluate("() => (localStorage.clear(), sessionStorage.clear())")
        self.page.goto("about:blank")
        self.context.clear_cookies()
        self.page.set_viewport_size(self.options["viewport"])
        self.page.mouse.move(0, 0)
        for heard in (self.sent, self.received, self.complaints, self.fetched):
            heard.clear()

    def close(self) -> None:
        """Ends the browser's context."""
        self.take_coverage()
        self.context.close()


def assert_says_forget_factor(screen: Screen, layer: LayerTrace) -> None:
    """The line at the forget beat says how much of the layer's memory stays at this step and unit."""
    step, unit = screen.step() - 1, int(screen.page.locator(".player [data-is=unit]").input_value())
    before, factor = (float(getattr(layer, name)[step, 0, unit]) for name in ("previous_cell_state", "forget_gate"))
    line = screen.text("line")
    if before == 0:
        assert line.startswith("Forget: nothing is held yet")
        return
    found = re.search(r"(\d+) % of (\S+) stays", line)
    assert line.startswith("Forget: ") and found, line
    assert abs(int(found[1]) - 100 * factor) <= 1 and found[2] == signed(before), line


def same(held, given) -> bool:
    """Whether a chart holds what a binding gives: numbers to five digits, all else exactly."""
    if isinstance(given, (list, tuple)):
        return len(held) == len(given) and all(same(a, b) for a, b in zip(held, given, strict=True))
    if isinstance(given, dict):
        return all(same(held.get(name), value) for name, value in given.items())
    if isinstance(given, (int, float)) and not isinstance(given, bool):
        return held is not None and bool(np.isclose(held, given, atol=2e-5))
    return held == given
