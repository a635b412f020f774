"""What playing costs the browser: frames a second, how soon a key is on the screen, and the bytes of a view.

`python -m benchmarks.player` opens the app in a headless Chromium; it wants two idle cores, and says how busy
they were.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import zlib
from pathlib import Path

import numpy as np
import torch
from playwright.sync_api import Browser, CDPSession, sync_playwright
from torch import nn

import lstm_viz
from tests.browser.screens import Screen
from tests.browser.servers import running_app
from tests.chromium import FLAGS, chromium

PLAYING_MS = 10_000
#: What is pressed, and how often: there are 24 steps, 8 units and 8 sequences.
KEYS = {"step": ("Shift+ArrowRight", 20), "beat": ("ArrowRight", 20), "unit": ("ArrowDown", 7), "sequence": ("]", 7)}
STEPS, UNITS, SEQUENCES = 24, 16, 8
#: Milliseconds from one frame to the next, while it plays.
FRAME_GAPS = """(length) => new Promise((done) => {
  const gaps = [];
  let last;
  const start = performance.now();
  const frame = (now) => {
    if (last !== undefined) gaps.push(now - last);
    last = now;
    if (performance.now() - start < length) requestAnimationFrame(frame);
    else done(gaps);
  };
  requestAnimationFrame(frame);
})"""
#: Milliseconds from a key to the second frame after it: the first one has then been shown.
KEY_LATENCY = """() => window.addEventListener('keydown', () => {
  const start = performance.now();
  window.shown = new Promise((done) =>
    requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - start))));
}, { capture: true })"""


def main() -> None:
    """Prints one line a measure, then the load while it was measured."""
    path = chromium()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        with running_app(Path(folder) / "log.txt") as server:
            busy = os.getloadavg()[0]
            _frame_rate(browser, server.address)
            _large_frame_rate(browser, Path(folder))
            _key_latencies(browser, server.address)
            _message_size(browser, server.address, Path(folder))
        browser.close()
    print(f"load before {busy:.2f}, after {os.getloadavg()[0]:.2f}, on {os.cpu_count()} cores")


def _frame_rate(browser: Browser, address: str) -> None:
    screen = _loaded_screen(browser, address)
    requests_before = len(screen.sent)
    _report_frames("standing still", screen.page.evaluate(FRAME_GAPS, PLAYING_MS / 2))
    screen.press("Home", " ")
    _report_frames("playing at 1×", screen.page.evaluate(FRAME_GAPS, PLAYING_MS))
    print(f"{'frames sent to the server meanwhile':36} {len(screen.sent) - requests_before}")
    screen.close()


def _large_frame_rate(browser: Browser, folder: Path) -> None:
    """A cell of 16 units in 8 sequences, on a page of its own: frames, and what one of them takes the main thread."""
    torch.manual_seed(0)
    trace = lstm_viz.trace(nn.LSTM(3, UNITS), 2 * torch.randn(STEPS, SEQUENCES, 3))
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(trace.show().save(folder / "large.html").as_uri())
    page.locator(".st-key-cell .main-svg").first.wait_for()
    page.wait_for_timeout(3000)
    page.keyboard.press("Home")
    page.keyboard.press(" ")
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    before = _main_thread_ms(session)
    gaps = page.evaluate(FRAME_GAPS, PLAYING_MS)
    spent = _main_thread_ms(session) - before
    _report_frames(f"{UNITS} units × {SEQUENCES} sequences at 1×", gaps)
    print(f"{'the main thread works for each frame':36} {spent / len(gaps):5.1f} ms")
    page.close()


def _main_thread_ms(session: CDPSession) -> float:
    metrics = {each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]}
    return 1000 * float(metrics["TaskDuration"])


def _report_frames(name: str, gaps: list[float]) -> None:
    late = float(np.percentile(gaps, 95))
    print(f"{name:36} {1000 / statistics.mean(gaps):5.1f} frames a second, p95 {late:.1f} ms, most {max(gaps):.0f} ms")


def _key_latencies(browser: Browser, address: str) -> None:
    for name, (key, times) in KEYS.items():
        screen = _loaded_screen(browser, f"{address}/?step=3&unit=1")
        screen.page.evaluate(KEY_LATENCY)
        taken = [_key_latency(screen, key) for _ in range(times)]
        print(f"{f'a {name} is on the screen after':36} {statistics.median(taken):5.1f} ms, most {max(taken):.0f} ms")
        screen.close()


def _key_latency(screen: Screen, key: str) -> float:
    """Milliseconds until a key is on the screen; ValueError where it changed nothing there."""
    before = _player_state(screen)
    screen.page.keyboard.press(key)
    taken: float = screen.page.evaluate("window.shown")
    if before == _player_state(screen):
        raise ValueError(f"{key} changed nothing at {before}.")
    screen.page.wait_for_timeout(150)
    return taken


def _player_state(screen: Screen) -> list[str]:
    chosen = [screen.page.locator(f".player [data-is={part}]").input_value() for part in ("unit", "sequence")]
    return [screen.text("place"), screen.text("line"), *chosen]


def _message_size(browser: Browser, address: str, folder: Path) -> None:
    """A run of one's own as it comes for the first time: what follows the last word of its fit's progress.

    A second time would cost less: Streamlit then only names messages that the browser still holds.
    """
    screen = Screen(browser)
    frames: list[bytes] = []
    screen.page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: frames.append(bytes(frame))))
    screen.open(f"{address}/explore?source=File")
    _fit_model(screen, _random_table(folder))
    last = max(index for index, frame in enumerate(frames) if b"Fitting" in frame)
    plain, packed = (sum(map(len, sizes)) / 1000 for sizes in (frames[last:], map(zlib.compress, frames[last:])))
    print(f"{f'a view of {STEPS} × {UNITS} × {SEQUENCES}':36} {packed:5.0f} kB sent, {plain:.0f} kB before compression")
    screen.close()


def _random_table(folder: Path) -> Path:
    numbers = np.random.default_rng(0).normal(size=(SEQUENCES * STEPS, 3))
    rows = [f"s{row // STEPS},{a:.3f},{b:.3f},{c:.3f}" for row, (a, b, c) in enumerate(numbers)]
    path = folder / "numbers.csv"
    path.write_text("\n".join(["name,a,b,c", *rows]), encoding="utf-8")
    return path


def _fit_model(screen: Screen, table: Path) -> None:
    """A model of the wanted size, which is chosen before anything is fitted."""
    screen.page.locator("input[type=file]").set_input_files(table)
    fit = screen.page.get_by_role("button", name="Fit a small LSTM")
    fit.wait_for()
    screen.page.get_by_role("tab", name="Model").click()
    screen.page.locator(".st-key-units input").click()
    screen.page.get_by_role("option", name=str(UNITS), exact=True).click()
    screen.page.keyboard.press("Escape")
    screen.ready()
    fit.click()
    _wait_for_fit(screen)


def _wait_for_fit(screen: Screen) -> None:
    cancel = screen.page.get_by_role("button", name="Cancel", exact=True)
    cancel.wait_for(timeout=30_000)
    cancel.wait_for(state="detached", timeout=60_000)
    screen.ready()


def _loaded_screen(browser: Browser, address: str) -> Screen:
    """The first page, some seconds after it has come: torch is loaded in the background by then."""
    screen = Screen(browser).open(address)
    screen.page.wait_for_timeout(8000)
    return screen


if __name__ == "__main__":
    main()
