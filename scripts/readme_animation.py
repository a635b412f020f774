"""The README's moving picture: two steps of the bundled recall model, filmed in the running app.

`python -m scripts.readme_animation` writes docs/memory-flow.webp. The browser's clock is Playwright's, so that
every frame shows a chosen moment of the animation, however fast the machine is.
"""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, FloatRect, Page

from scripts.docs_screenshots import app_in_browser
from tests.browser.screens import Screen

TARGET = Path(__file__).parents[1] / "docs" / "memory-flow.webp"
#: Where the film begins: the step at which an A is asked for; in the next one a C arrives and the A is dropped.
ADDRESS = "/?hide=strips,lanes,notes&step=16&unit=7"
#: The longest sentence over the picture fits in one line, so that nothing moves down; a column of a README is some 900
#: points wide, and half as many pixels again keep its words crisp.
SCREEN, DEVICE_SCALE = {"width": 1040, "height": 900}, 1.4
PRESSES = 12
#: Milliseconds of the animation at which a frame is taken after each press, and how long the last of them stays.
FRAME_TIMES, HOLD = (60, 130, 200, 280, 360, 460), 1100
LAST_HOLD = 2600
MAX_BYTES = 1_500_000


def main() -> None:
    """Films, and says how large the picture became."""
    with app_in_browser() as (app, browser):
        frames, durations = record_frames(browser, app + ADDRESS)
    first, *rest = frames
    first.save(
        TARGET, save_all=True, append_images=rest, duration=durations, loop=0, quality=82, method=4, allow_mixed=True
    )
    size = TARGET.stat().st_size
    print(f"{TARGET.name}: {len(frames)} frames, {first.width} × {first.height}, {size / 1e6:.2f} MB")
    if size > MAX_BYTES:
        raise SystemExit(f"That is more than the {MAX_BYTES / 1e6:.1f} MB that a README may weigh.")


def record_frames(browser: Browser, address: str) -> tuple[list[Image.Image], list[int]]:
    """Frames, and for how many milliseconds each is shown."""
    screen = Screen(browser, viewport=SCREEN, device_scale_factor=DEVICE_SCALE)
    page = screen.page
    page.clock.install()
    screen.open(address)
    page.clock.pause_at(page.evaluate("Date.now() + 1000"))
    part = clip_region(page)
    frames, durations = [take_frame(page, part)], [HOLD]
    for _ in range(PRESSES):
        page.keyboard.press("ArrowRight")
        reached = 0
        for moment in FRAME_TIMES:
            page.clock.run_for(moment - reached)
            durations.append(moment - reached)
            reached = moment
            frames.append(take_frame(page, part))
        durations[-1] = HOLD
    durations[-1] = LAST_HOLD
    screen.close()
    return frames, durations


def clip_region(page: Page) -> FloatRect:
    """The screenshot's clip region: from the player's bar to the bottom of the cell."""
    bar, cell = (page.locator(name).bounding_box() for name in (".player", ".st-key-cell"))
    assert bar and cell
    top = max(0, bar["y"] - 8)
    return {"x": 0, "y": top, "width": SCREEN["width"], "height": cell["y"] + cell["height"] - top + 4}


def take_frame(page: Page, part: FloatRect) -> Image.Image:
    """A screenshot of the region."""
    return Image.open(io.BytesIO(page.screenshot(animations="allow", clip=part))).convert("RGB")


if __name__ == "__main__":
    main()
