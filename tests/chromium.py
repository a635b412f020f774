"""The browser of the browser tests: one that is there, or one that gets installed.

`python -m tests.chromium` prints its path, or says which line to type.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
ADVICE = """The browser tests need Chromium, and none could be installed here. Type one of these, then try again:
  Debian:            sudo apt-get install chromium
  other Linux:       sudo {python} -m playwright install --with-deps chromium
  macOS, Windows:    {python} -m playwright install chromium"""


@cache
def chromium() -> str:
    """The path of a Chromium that starts, installed first where there is none; SystemExit where that fails."""
    for install in (_nothing, _from_debian, _from_playwright):
        install()
        for path in _found():
            if _starts(path):
                return path
    raise SystemExit(ADVICE.format(python=sys.executable))


def _found() -> Iterator[str]:
    """Every one that is there; `CHROMIUM` names one's own."""
    yield from filter(None, map(shutil.which, [os.environ.get("CHROMIUM", ""), *NAMES]))
    yield from filter(None, [shutil.which(_downloaded())])


def _downloaded() -> str:
    """Where Playwright keeps its own; asked in a process apart, since two of its drivers don't run in one."""
    question = (
        "from playwright.sync_api import sync_playwright\n"
        "with sync_playwright() as playwright: print(playwright.chromium.executable_path)"
    )
    answer = subprocess.run([sys.executable, "-c", question], capture_output=True, text=True, timeout=60)
    return answer.stdout.strip()


def _starts(path: str) -> bool:
    """Whether it shows a page: one without its libraries, or Ubuntu's stand-in, does not."""
    command = [path, "--headless", *FLAGS, "--dump-dom", "data:text/html,<p>it starts</p>"]
    try:
        shown = subprocess.run(command, capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return "it starts" in shown.stdout


def _nothing() -> None:
    """First look at what is there."""


def _from_debian() -> None:
    if platform.system() != "Linux" or platform.freedesktop_os_release().get("ID") != "debian" or os.geteuid():
        return
    print("There is no Chromium here: installing Debian's ...", flush=True)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for line in (["apt-get", "update", "-q"], ["apt-get", "install", "-qy", "chromium"]):
        subprocess.run(line, env=environment, check=False, stdout=subprocess.DEVNULL)


def _from_playwright() -> None:
    print("There is no Chromium here: Playwright downloads one ...", flush=True)
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)


if __name__ == "__main__":
    print(chromium())
