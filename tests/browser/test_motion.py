"""Whether the picture slides from beat to beat: it does, and where motion is unwelcome it does not."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.browser.screens import Screen

#: Longer than any slide, in ms.
WATCHED = 900
#: How the bars, lines and dots of a chart stand and look in each frame that the browser draws.
WATCH = """([key, length]) => {
  const started = performance.now();
  const picture = document.querySelector(`.st-key-${key} .js-plotly-plot`);
  const looks = (part) => [part.getAttribute('d'), part.getAttribute('transform'), part.style.cssText].join(' ');
  const look = () => [...picture.querySelectorAll('.barlayer path, .scatterlayer path')].map(looks);
  window.watched = new Promise((done) => {
    const frames = [];
    const next = () => {
      frames.push(look());
      if (performance.now() - started < length) requestAnimationFrame(next);
      else done(frames);
    };
    next();
  });
}"""


def frames(screen: Screen, key: str, length: int = WATCHED) -> list[list[str]]:
    """Each part of the cell's picture, frame by frame, from before a key is pressed until all has come to rest."""
    screen.page.evaluate(WATCH, ["cell", length])
    screen.page.keyboard.press(key)
    return screen.page.evaluate("() => window.watched")


def longest_change(seen: list[list[str]]) -> int:
    """How many frames in a row some part was another than in the frame before."""
    longest = 0
    for part in zip(*seen, strict=True):
        run = 0
        for before, after in pairwise(part):
            run = run + 1 if before != after else 0
            longest = max(longest, run)
    return longest


@pytest.mark.parametrize(("motion", "slides"), [("no-preference", True), ("reduce", False)])
def test_beats_and_playing_slide_only_where_motion_is_welcome(open_view, motion, slides):
    screen = open_view("/?step=1&unit=7&beat=use", reduced_motion=motion)
    assert any(longest_change(frames(screen, "Shift", 300)) == 0 for _ in range(10)), "the page comes to rest"
    changes = [longest_change(frames(screen, "ArrowRight")) for _ in range(3)]
    assert screen.text("place").startswith("Step 2") and screen.text("line").startswith("Forget")
    played = frames(screen, " ", 2000)
    assert len(set(map(tuple, played))) >= 3, "it plays"
    changes.append(longest_change(played))
    assert min(changes) >= 3 if slides else changes == [1] * 4, "without a slide, all is in its new place at once"
