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
#: How often memory is read during the reruns.
MEMORY_READINGS = 5
#: Seconds until torch has been loaded in the background and a first fit is over.
SETTLING_SECONDS = 12
COUNT_RERUNS = """() => {
  const counting = window.finished !== undefined;
  window.finished = 0;
  if (counting) return;
  const count = (changes) => { window.finished += changes.filter((change) => change.oldValue === 'running').length; };
  const watched = { attributes: true, attributeFilter: ['data-test-script-state'], attributeOldValue: true };
  new MutationObserver(count).observe(document.querySelector('.stApp'), watched);
}"""


Action = Callable[[Page, int], None]


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
                time.sleep(SETTLING_SECONDS)
                _report(page.title, visitor, process, reruns, _rerun)
                if page is PAGES[0]:
                    _report("drawn anew", visitor, process, reruns, _change_cell)
                visitor.close()
        browser.close()


def _report(title: str, visitor: Page, process: psutil.Process, times: int, act: Action) -> None:
    visitor.evaluate(COUNT_RERUNS)
    _repeat_until(WARM_UP, visitor, act)
    start, memory = _processor_seconds(process), [process.memory_info().rss]
    for part in range(MEMORY_READINGS):
        _repeat_until(WARM_UP + times * (part + 1) // MEMORY_READINGS, visitor, act)
        memory.append(process.memory_info().rss)
    spent = 1000 * (_processor_seconds(process) - start) / times
    sizes = ", ".join(f"{size / 1e6:.0f}" for size in memory)
    print(f"{title:14} {spent:6.1f} ms of CPU each; memory on the way {sizes} MB", flush=True)


def _repeat_until(goal: int, visitor: Page, act: Action) -> None:
    """Repeat an action until so many reruns have ended; Streamlit drops a request that comes as a run ends."""
    while (done := visitor.evaluate("window.finished")) < goal:
        act(visitor, done)
        with suppress(TimeoutError):
            visitor.wait_for_function("done => window.finished > done", arg=done, timeout=1000)


def _rerun(visitor: Page, turn: int) -> None:
    visitor.keyboard.press("r")


def _change_cell(visitor: Page, turn: int) -> None:
    """Choose the other cell."""
    visitor.locator(".st-key-variant button[aria-checked=false]").click()


def _processor_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


if __name__ == "__main__":
    main()
