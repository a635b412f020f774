"""How soon another stretch of a long run is on the screen: from the key that asks for it to the second frame after.

Run with `python -m benchmarks.zoom_latency RUN [--times 12]`, where RUN is a folder that `lstm_viz.trace_to` wrote, as
`python -m benchmarks.long_runs --folder FOLDER` leaves one. A headless Chromium asks the app for places at random, at
every width. The goal is 300 ms; it wants two idle cores, and says how busy they were.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

import lstm_viz
from lstm_viz.ui.explore.stored_run import STORED_RUNS
from lstm_viz.ui.stage.zoom import WIDTHS
from tests.browser.servers import running_app
from tests.chromium import FLAGS, chromium

CHART = ".st-key-zoomed .js-plotly-plot"
#: Milliseconds from the key to the second frame after the strips have this range: the first one has then been shown.
ZOOM_LATENCY = """(range) => window.addEventListener('keydown', () => {
  const start = performance.now();
  window.shown = new Promise((done) => {
    const look = () => {
      const axis = document.querySelector('.st-key-zoomed .js-plotly-plot')?._fullLayout?.xaxis;
      if (String(axis?.range) !== String(range)) setTimeout(look, 2);
      else requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - start)));
    };
    look();
  });
}, { capture: true, once: true })"""


def main() -> None:
    """Prints one line a width, then the load while it was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--times", type=int, default=12, help="zooms at each width")
    options = parser.parse_args()
    os.environ[STORED_RUNS] = str(options.run.resolve())
    steps, busy = lstm_viz.open_trace(options.run).steps, os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        with running_app(Path(folder) / "log.txt") as server:
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.goto(f"{server.address}/explore?source=Long")
            page.wait_for_selector(CHART, timeout=60_000)
            for width in (width for width in WIDTHS if width < steps):
                _report(width, _zoom_latencies(page, width, steps, options.times))
        browser.close()
    print(f"load before {busy:.2f}, after {os.getloadavg()[0]:.2f}, on {os.cpu_count()} cores")


def _zoom_latencies(page: Page, width: int, steps: int, times: int) -> list[float]:
    """Milliseconds of zooms on so many steps, from random places on."""
    page.wait_for_timeout(2_000)
    page.locator(".st-key-zoom input").click()
    page.locator(".st-key-zoom input").fill(f"{width:,}")
    page.get_by_role("option", name=f"{width:,}", exact=True).click()
    page.wait_for_timeout(2_000)
    starts = random.Random(0).sample(range(2, steps - width), times)
    return [_zoom_latency(page, start, width) for start in starts]


def _zoom_latency(page: Page, start: int, width: int) -> float:
    page.locator(".st-key-zoom_from input").fill(str(start))
    page.evaluate(ZOOM_LATENCY, [start, start + width])
    page.keyboard.press("Enter")
    took = float(page.evaluate("() => window.shown"))
    page.wait_for_timeout(200)
    return took


def _report(width: int, times: list[float]) -> None:
    p95 = statistics.quantiles(times, n=20)[-1]
    print(f"{width:>10,} steps: median {statistics.median(times):4.0f} ms, p95 {p95:4.0f}, most {max(times):4.0f}")


if __name__ == "__main__":
    main()
