"""The browser of the browser tests: one that is there, or one that gets installed.

`python -m tests.chromium` prints its path, or says which line to type.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

SHELLS = ("chromium-headless-shell", "chrome-headless-shell")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
ADVICE = """The browser tests need Chromium, and none could be installed here. Type one of these, then try again:
  Debian:            sudo apt-get install chromium-headless-shell
  other Linux:       sudo {python} -m playwright install --with-deps chromium
  macOS, Windows:    {python} -m playwright install chromium"""


@cache
def headless_shell() -> str:
    """The path of what tests run in: Chromium's headless shell, which needs less time for a page than a whole browser.

    Where there is none and Debian can't install it, a Chromium that is there does as well.
    """
    return (
        _first_that_starts(_shells())
        or _installed("chromium-headless-shell", _from_debian, _shells)
        or _first_that_starts(_browsers())
        or _installed("--only-shell", _from_playwright, _shells)
        or chromium()
    )


@cache
def chromium() -> str:
    """The path of a whole Chromium, as people use it, installed first where there is none; SystemExit where that fails.

    What measures how long a person waits runs in this one.
    """
    path = (
        _first_that_starts(_browsers())
        or _installed("chromium", _from_debian, _browsers)
        or _installed("chromium", _from_playwright, _browsers)
    )
    return path or _give_up()


def _give_up() -> str:
    raise SystemExit(ADVICE.format(python=sys.executable))


def _shells() -> Iterator[str]:
    """Every headless shell that is there; `CHROMIUM` names one's own browser."""
    yield from filter(None, map(shutil.which, [os.environ.get("CHROMIUM", ""), *SHELLS]))
    folders = [folder for folder in Path(_downloaded()).parents if folder.name.startswith("chromium-")]
    for folder in folders:
        yield from map(str, sorted(folder.parent.glob("chromium_headless_shell-*/*/*headless*shell*"), reverse=True))


def _browsers() -> Iterator[str]:
    """Every whole Chromium that is there; `CHROMIUM` names one's own."""
    yield from filter(None, map(shutil.which, [os.environ.get("CHROMIUM", ""), *BROWSERS]))
    yield from filter(None, [shutil.which(_downloaded())])


@cache
def _downloaded() -> str:
    """Where Playwright keeps its own; asked in a process apart, since two of its drivers don't run in one."""
    question = (
        "from playwright.sync_api import sync_playwright\n"
        "with sync_playwright() as playwright: print(playwright.chromium.executable_path)"
    )
    answer = subprocess.run([sys.executable, "-c", question], capture_output=True, text=True, timeout=60)
    return answer.stdout.strip()


def _first_that_starts(paths: Iterator[str]) -> str:
    """The first that shows a page, "" where none does: one without its libraries, or Ubuntu's stand-in, does not."""
    return next(filter(_starts, paths), "")


def _starts(path: str) -> bool:
    command = [path, "--headless", *FLAGS, "--dump-dom", "data:text/html,<p>it starts</p>"]
    try:
        shown = subprocess.run(command, capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return "it starts" in shown.stdout


def _installed(what: str, install: Callable[[str], None], found: Callable[[], Iterator[str]]) -> str:
    """The path of what was installed just now, "" where that failed."""
    install(what)
    return _first_that_starts(found())


def _from_debian(package: str) -> None:
    if platform.system() != "Linux" or platform.freedesktop_os_release().get("ID") != "debian" or os.geteuid():
        return
    print(f"Installing Debian's {package} ...", flush=True)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for line in (["apt-get", "update", "-q"], ["apt-get", "install", "-qy", package]):
        subprocess.run(line, env=environment, check=False, stdout=subprocess.DEVNULL)


def _from_playwright(option: str) -> None:
    print("There is no Chromium here: Playwright downloads one ...", flush=True)
    options = sorted({option, "chromium"})
    subprocess.run([sys.executable, "-m", "playwright", "install", *options], check=False)


if __name__ == "__main__":
    print(headless_shell())
