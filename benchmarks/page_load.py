"""How long a person waits: server start to first picture, page to page, and how much is sent.

`python -m benchmarks.page_load` starts the app anew for each round, with an empty browser cache. Before that it opens
the first page in fresh browsers, one after the other, of a server that has drawn it already.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from pathlib import Path

import psutil
from playwright.sync_api import Browser, Page, sync_playwright

from lstm_viz.ui.navigation.pages import PAGES
from tests.browser.screens import READY
from tests.browser.servers import running_app
from tests.chromium import FLAGS, chromium

REPEATS = 5
CHART_DRAWN = "() => document.querySelector('.js-plotly-plot .main-svg')"


def main() -> None:
    """Prints medians and extremes over all rounds."""
    print(f"load before: {os.getloadavg()[0]:.2f} on {os.cpu_count()} cores")
    path = chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        _print(_measure_warm_server(browser))
        rounds = [_measure_start(browser) for _ in range(REPEATS)]
        browser.close()
    _print(rounds)


def _print(rounds: list[dict[str, float]]) -> None:
    for name in rounds[0]:
        values = [measured[name] for measured in rounds]
        print(f"{name:48} {statistics.median(values):8.2f}   {min(values):.2f} to {max(values):.2f}")


def _measure_warm_server(browser: Browser) -> list[dict[str, float]]:
    """A fresh browser's wait for the first page of a server that somebody has opened before."""
    with tempfile.TemporaryDirectory() as folder, running_app(Path(folder) / "log.txt") as server:
        rounds = [_open_in_fresh_browser(browser, server.address) for _ in range(REPEATS + 1)]
    return rounds[1:]


def _open_in_fresh_browser(browser: Browser, address: str) -> dict[str, float]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    sent = _received_bytes(page)
    start = time.perf_counter()
    page.goto(address, wait_until="commit")
    page.wait_for_function(CHART_DRAWN, polling=20)
    drawn = time.perf_counter() - start
    page.wait_for_function(READY, polling=20)
    ready = time.perf_counter() - start
    context.close()
    return {
        "warm server, fresh browser: first chart, s": drawn,
        "warm server, fresh browser: player is ready, s": ready,
        "warm server, fresh browser: things received": len(sent),
    }


def _measure_start(browser: Browser) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        with running_app(Path(folder) / "log.txt") as server:
            listening = time.perf_counter() - start
            page = browser.new_page()
            sent = _received_bytes(page)
            page.goto(server.address)
            page.wait_for_function(CHART_DRAWN)
            drawn = time.perf_counter() - start
            page.wait_for_function(READY)
            ready = time.perf_counter() - start
            measured = {
                "server start to listening, s": listening,
                "server start to first chart, s": drawn,
                "server start to a player that is ready, s": ready,
                "first load over the wire, MB": sum(sent) / 1e6,
            }
            time.sleep(4)
            used = psutil.Process(server.process.pid).cpu_times()
            measured["server CPU so far, torch loaded too, s"] = used.user + used.system
            for title in [PAGES[-1].title] * 2 + [PAGES[0].title]:
                measured[f"to {title}{' again' if f'to {title}, s' in measured else ''}, s"] = _page_change_seconds(
                    page, title
                )
            page.close()
        return measured


def _page_change_seconds(page: Page, title: str) -> float:
    """Seconds from a click on a page's link to its picture; starts from the other page."""
    if page.title().startswith(title):
        _page_change_seconds(page, next(other.title for other in PAGES if not other.group and other.title != title))
    start = time.perf_counter()
    page.get_by_test_id("stTopNavLink").filter(has_text=title).click()
    page.wait_for_function("title => document.title.startsWith(title)", arg=title)
    page.wait_for_function(READY)
    return time.perf_counter() - start


def _received_bytes(page: Page) -> list[float]:
    """A list that fills with the sizes of what comes over the wire."""
    sizes: list[float] = []
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    devtools.on(
        "Network.webSocketFrameReceived", lambda event: sizes.append(len(event["response"]["payloadData"]) * 3 / 4)
    )
    return sizes


if __name__ == "__main__":
    main()
