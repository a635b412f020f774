"""What a rerun costs the server, and whether its memory grows over hundreds of them.

`python -m benchmarks.server [--reruns 300]` reruns each page from a real browser, by the key that Streamlit
gives to it, then draws the first page anew as often by changing its cell, and reads the server process's
CPU time and memory.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil
from playwright.sync_api import Page, TimeoutError, sync_playwright

from lstm_viz.ui.navigation.pages import PAGES
from tests.browser.screens import READY
from tests.browser.servers import running_app
from tests.chromium import FLAGS, chromium

WARM_UP = 20
#: Memory is read this often on the way.
PARTS = 5
#: Seconds until torch has been loaded in the background and a first fit is over.
SETTLING = 12
COUNT = """() => {
  const counting = window.finished !== undefined;
  window.finished = 0;
  if (counting) return;
  const count = (changes) => { window.finished += changes.filter((change) => change.oldValue === 'running').length; };
  const watched = { attributes: true, attributeFilter: ['data-test-script-state'], attributeOldValue: true };
  new MutationObserver(count).observe(document.querySelector('.stApp'), watched);
}"""


Act = Callable[[Page, int], None]


def main() -> None:
    """Prints CPU a rerun and memory before and after, for each page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reruns", type=int, default=300)
    reruns = parser.parse_args().reruns
    print(f"load before: {os.getloadavg()[0]:.2f} on {os.cpu_count()} cores; {reruns} reruns a page")
    path = chromium()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        with running_app(Path(folder) / "log.txt") as server:
            process = psutil.Process(server.process.pid)
            for page in PAGES:
                visitor = browser.new_page()
                visitor.goto(f"{server.address}/{page.name}")
                visitor.wait_for_function(READY, timeout=60_000)
                time.sleep(SETTLING)
                _report(page.title, visitor, process, reruns, _rerun)
                if page is PAGES[0]:
                    _report("drawn anew", visitor, process, reruns, _draw_anew)
                visitor.close()
        browser.close()


def _report(title: str, visitor: Page, process: psutil.Process, times: int, act: Act) -> None:
    visitor.evaluate(COUNT)
    _until(WARM_UP, visitor, act)
    start, memory = _seconds(process), [process.memory_info().rss]
    for part in range(PARTS):
        _until(WARM_UP + times * (part + 1) // PARTS, visitor, act)
        memory.append(process.memory_info().rss)
    way = ", ".join(f"{size / 1e6:.0f}" for size in memory)
    print(
        f"{title:14} {1000 * (_seconds(process) - start) / times:6.1f} ms of CPU each; memory on the way {way} MB",
        flush=True,
    )


def _until(goal: int, visitor: Page, act: Act) -> None:
    """Acts until so many runs are over; Streamlit passes over a wish that comes as a run ends."""
    while (done := visitor.evaluate("window.finished")) < goal:
        act(visitor, done)
        with suppress(TimeoutError):
            visitor.wait_for_function("done => window.finished > done", arg=done, timeout=1000)


def _rerun(visitor: Page, turn: int) -> None:
    visitor.keyboard.press("r")


def _draw_anew(visitor: Page, turn: int) -> None:
    """Changes to the other cell."""
    visitor.locator(".st-key-variant button[aria-checked=false]").click()


def _seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


if __name__ == "__main__":
    main()
