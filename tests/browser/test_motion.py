"""Whether the picture slides from beat to beat: it does, and where motion is unwelcome it does not."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.browser.screens import Screen

#: Longer than any slide, and the length of a frame, in ms of the page's own time.
WATCHED, FRAME = 900, 20
#: How the lines, polygons and dots of each part of the cell's picture stand and look.
LOOKS = """() => {
  const looks = (path) => [path.getAttribute('d'), path.getAttribute('transform'), path.style.cssText].join(' ');
  const picture = document.querySelector('.st-key-cell .js-plotly-plot');
  const parts = [...picture.querySelectorAll('.scatterlayer .trace')];
  return parts.map((part) => [part.style.opacity, ...[...part.querySelectorAll('path')].map(looks)].join(' '));
}"""
#: How often each motion is pressed for, and what a slide is: a part that is another in each of several frames in a row.
PRESSED, SLIDE = 3, 3


@pytest.fixture
def screen(server, new_screen) -> Screen:
    """The first page, whose time stands still but for what a test lets go by."""
    screen = new_screen()
    screen.page.clock.install()
    screen.open(f"{server.address}/?step=1&unit=7&beat=use").quiet()
    screen.page.clock.pause_at(screen.page.evaluate("Date.now()") / 1000 + 5)
    return screen


def frames(screen: Screen, key: str, length: int = WATCHED) -> list[list[str]]:
    """Each part of the cell's picture, frame by frame, from before a key is pressed until all has come to rest."""
    screen.page.keyboard.press(key)
    seen = []
    for _ in range(length // FRAME):
        seen.append(screen.page.evaluate(LOOKS))
        screen.page.clock.run_for(FRAME)
    return seen


def longest_change(seen: list[list[str]]) -> int:
    """How many frames in a row some part was another than in the frame before."""
    longest = 0
    for part in zip(*seen, strict=True):
        run = 0
        for before, after in pairwise(part):
            run = run + 1 if before != after else 0
            longest = max(longest, run)
    return longest


def test_beats_and_playing_slide_only_where_motion_is_welcome(screen, subtests):
    for motion, slides in (("no-preference", True), ("reduce", False)):
        with subtests.test(motion):
            screen.page.emulate_media(reduced_motion=motion)
            for key in ("Home", ".", ".", ".", "."):
                frames(screen, key)
            assert screen.text("place").startswith("Step 1 ") and screen.text("line").startswith("Use")
            assert longest_change(frames(screen, "Shift", 300)) == 0, "the page is at rest"
            changes = [longest_change(frames(screen, "ArrowRight")) for _ in range(PRESSED)]
            assert screen.text("place").startswith("Step 2 ") and screen.text("line").startswith("Forget")
            played = frames(screen, " ", 2000)
            assert len(set(map(tuple, played))) >= 3, "it plays"
            changes.append(longest_change(played))
            as_is_welcome = min(changes) >= SLIDE if slides else changes == [1] * (PRESSED + 1)
            assert as_is_welcome, f"frames in a row in which something moved: {changes}"
            screen.page.keyboard.press(" ")
