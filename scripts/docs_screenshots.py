"""The documentation's screenshots: pages of the running app in light and in dark, and one run that plays by itself.

`python -m scripts.docs_screenshots` writes them to docs/_pictures; `make docs` runs it. They are made anew
each time, so that no picture shows an app that is no more.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from lstm_viz.bundled import first_view
from lstm_viz.sequences import load_example
from tests.browser.screens import DEVICES, Screen
from tests.browser.servers import running_app
from tests.chromium import FLAGS, chromium

FOLDER = Path(__file__).parents[1] / "docs" / "_pictures"
#: Pictures by their name: the address that is shown, and on what.
SCREENSHOTS = {
    "memory_flow": ("/?step=7&unit=7", "laptop"),
    "architecture": ("/architecture", "laptop"),
    "forget_gate": ("/forget_gate?step=7&unit=7&beat=forget", "laptop"),
    "lecture": ("/forget_gate?teach=1&hide=text,question&step=7&unit=7&beat=forget", "projector"),
    "explore": ("/explore", "laptop"),
    "phone": ("/?step=7&unit=7", "phone"),
}
#: A small window with sharp pixels, since a page's column shows it at three quarters of its width.
LAPTOP = {"viewport": {"width": 1000, "height": 680}, "device_scale_factor": 1.5}


def main() -> None:
    """Makes them all."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    trace, answers = first_view()
    batch = load_example("recall")
    trace.show(step=6, unit=6, batch=batch, answers=answers, title="Delayed recall", file=FOLDER / "playing.html")
    with app_in_browser() as (app, browser):
        for theme in ("light", "dark"):
            for name, (address, device) in SCREENSHOTS.items():
                take_screenshot(browser, app + address, FOLDER / f"{name}-{theme}.png", theme, device)
    print(f"{2 * len(SCREENSHOTS)} pictures in {FOLDER}")


@contextmanager
def app_in_browser() -> Iterator[tuple[str, Browser]]:
    """The running app's address, and a browser to look at it; SystemExit with advice where there is no browser."""
    executable = chromium()
    with (
        tempfile.TemporaryDirectory() as folder,
        running_app(Path(folder) / "log.txt") as app,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield app.address, browser
        browser.close()


def take_screenshot(browser: Browser, address: str, path: Path, theme: str, device: str) -> None:
    """One picture. RuntimeError where the page complains."""
    look = DEVICES[device] | (LAPTOP if device == "laptop" else {})
    screen = Screen(browser, theme, device, **look, reduced_motion="reduce")
    # A newcomer's welcome is one step that plays by itself.
    screen.page.add_init_script("sessionStorage.setItem('lstm-viz welcomed', 'yes')")
    screen.open(address)
    screen.page.screenshot(path=path)
    complaints = screen.complaints
    screen.close()
    if complaints:
        raise RuntimeError(f"{address} in {theme}: {complaints[0]}")


if __name__ == "__main__":
    main()
