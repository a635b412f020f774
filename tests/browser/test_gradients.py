"""The gradient strips of Explore follow the player and their own controls."""

from __future__ import annotations

from typing import Any

import numpy as np

WAIT = "(words) => document.querySelector('[aria-label^=\"The gradient of\"]')?.ariaLabel.includes(words)"


def strips(screen: Any) -> list[np.ndarray]:
    """What the two panels hold."""
    return [np.array(part["z"], float) for part in screen.bound_values("felt")["data"]]


def test_the_players_step_can_be_taken(open_view):
    screen = open_view("/explore?step=12&unit=8")
    assert strips(screen)[1][:, 31].any()
    screen.page.get_by_role("button", name="At this step").click()
    screen.page.wait_for_function(WAIT, arg="size of the output at step 12")
    assert strips(screen)[1][:, 11].any() and not strips(screen)[1][:, 12:].any()
    screen.page.wait_for_function("() => location.search.includes('felt_step=12')")
    screen.press("Shift+ArrowRight")
    assert screen.text("place").startswith("Step 13 ")
