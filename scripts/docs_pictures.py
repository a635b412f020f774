"""The documentation's pictures: pages of the running app, in light and in dark.

`python -m scripts.docs_pictures` writes them to docs/_pictures; `make docs` runs it. They are made anew each time, so
that no picture shows an app that is no more.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.browser.screens import DEVICES, Screen
from tests.browser.servers import running_app
from tests.chromium import FLAGS, chromium

FOLDER = Path(__file__).parents[1] / "docs" / "_pictures"
#: Pictures by their name: the address that is shown, and on what.
PICTURES = {
    "memory_flow": ("/?step=7&unit=7", "laptop"),
    "architecture": ("/architecture", "laptop"),
    "forget_gate": ("/forget_gate", "laptop"),
    "remember_gate": ("/remember_gate", "laptop"),
    "lecture": ("/forget_gate?teach=1&hide=text,question", "projector"),
    "explore": ("/explore", "laptop"),
    "phone": ("/?step=7&unit=7", "phone"),
}
#: Wide enough for a page's column, small enough to be read there.
LAPTOP = {"width": 1280, "height": 800}


def main() -> None:
    """Makes them all."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, running_app(Path(folder) / "log.txt") as app:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
            for theme in ("light", "dark"):
                for name, (address, device) in PICTURES.items():
                    take(browser, app.address + address, FOLDER / f"{name}-{theme}.png", theme, device)
            browser.close()
    print(f"{2 * len(PICTURES)} pictures in {FOLDER}")


def take(browser: Browser, address: str, path: Path, theme: str, device: str) -> None:
    """One picture. RuntimeError where the page complains."""
    look = DEVICES[device] | ({"viewport": LAPTOP} if device == "laptop" else {})
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
    sys.exit(main())
