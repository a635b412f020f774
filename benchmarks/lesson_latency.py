"""How long a reader of the lessons waits: from page to page, for a paragraph, for a what-if, for a typed sign.

`python -m benchmarks.lesson_latency` opens the app once and reads through all lessons twice; the first time
each page's code and models are still on their way, the second time they are there.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from lstm_viz.lessons.sections import SECTIONS
from tests.browser.screens import READY
from tests.browser.servers import running_app
from tests.chromium import FLAGS, chromium

REPEATS = 9
WARM_UP = 8
#: Seconds between two tries, so that one does not run into the other.
PAUSE = 0.7
LESSON_DRAWN = "(title) => document.title.startsWith(title) && document.querySelector('.js-plotly-plot .main-svg')"
WHATIF_LINE = """() => {
  const chart = document.querySelector('.st-key-whatif .js-plotly-plot');
  return chart?.layout?.meta?.attached ? JSON.stringify(Array.from(chart.data[2].y)) : '';
}"""


def main() -> None:
    """Prints seconds for each page and medians for the rest."""
    print(f"load before: {os.getloadavg()[0]:.2f} on {os.cpu_count()} cores")
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        with running_app(Path(folder) / "log.txt") as server:
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.goto(f"{server.address}/{SECTIONS[0].name}")
            page.wait_for_function(READY)
            time.sleep(WARM_UP)
            rounds = [_lesson_changes(page, server.address) for _ in range(2)]
            for number, name in enumerate(rounds[0]):
                print(f"{number + 1} {name:22} first {rounds[0][name]:5.2f} s   again {rounds[1][name]:5.2f} s")
            _report("what-if on the screen, ms", _what_if_latencies(page, server.address))
            _report("a typed sign in the picture, ms", _typing_latencies(page, server.address))
        browser.close()
    print(f"load after: {os.getloadavg()[0]:.2f}")


def _report(name: str, seconds: list[float]) -> None:
    values = sorted(1000 * second for second in seconds)
    print(f"{name:34} median {statistics.median(values):4.0f}   {values[0]:.0f} to {values[-1]:.0f}")


def _lesson_changes(page: Page, address: str) -> dict[str, float]:
    """Seconds from the press on the link to the next lesson until its picture is drawn and follows the player."""
    page.goto(f"{address}/{SECTIONS[0].name}")
    page.wait_for_function(READY)
    latencies = {}
    for section in SECTIONS[1:]:
        time.sleep(PAUSE)
        start = time.perf_counter()
        page.locator(".st-key-next-lesson a").click()
        page.wait_for_function(LESSON_DRAWN, arg=section.title, polling=20)
        page.wait_for_function(READY, polling=20)
        latencies[section.title] = time.perf_counter() - start
    return latencies


def _what_if_latencies(page: Page, address: str) -> list[float]:
    """Seconds from a key on the slider until the line of the held run has moved."""
    page.goto(f"{address}/forget_gate?paragraph=6&step=9&unit=7&beat=use")
    page.wait_for_function(READY)
    time.sleep(WARM_UP)
    slider = page.locator(".st-key-held_at input").first
    page.keyboard.press("Tab")  # a key is a slider's own where it was reached by Tab
    slider.focus()
    latencies = []
    for _ in range(REPEATS):
        before, start = page.evaluate(WHATIF_LINE), time.perf_counter()
        page.keyboard.press("ArrowLeft")
        page.wait_for_function(f"(before) => ![before, ''].includes(({WHATIF_LINE})())", arg=before, polling=10)
        latencies.append(time.perf_counter() - start)
        time.sleep(PAUSE)
    return latencies


def _typing_latencies(page: Page, address: str) -> list[float]:
    """Seconds from a key in the text field until the player stands at the new last step."""
    page.goto(f"{address}/basics")
    page.wait_for_function(READY)
    page.locator(".st-key-typed input").focus()
    latencies = []
    for count in range(1, REPEATS + 1):
        start = time.perf_counter()
        page.keyboard.press("A")
        page.locator(".player [data-is=place]").filter(has_text=f"Step {count} / {count}").wait_for()
        latencies.append(time.perf_counter() - start)
        time.sleep(PAUSE)
    return latencies


if __name__ == "__main__":
    main()
