"""Tabs of the browser that one test after the other is lent: the second page in a tab opens in half the time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Error

from tests.browser.screens import Screen, lasting, look_of

Opening = Callable[..., Screen]


class Tabs:
    """The tabs of one browser, one or two a device: a theme is changed in an open tab.

    A test finds its tab as new, but for what the browser keeps of what it fetched.
    """

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._free: list[Screen] = []

    @contextmanager
    def lent(self) -> Iterator[tuple[Opening, list[Screen]]]:
        """What lends a tab, and those that it has lent; they are emptied, and free again, when the block ends."""
        lent: list[Screen] = []

        def lend(**look: Any) -> Screen:
            lent.append(self._free_one(look) or Screen(self._browser, **look))
            return lent[-1]

        try:
            yield lend, lent
        finally:
            for screen in lent:
                self._take_back(screen)

    def _free_one(self, look: dict[str, Any]) -> Screen | None:
        wanted = look_of(**look)
        for screen in self._free:
            if lasting(screen.look) == lasting(wanted):
                self._free.remove(screen)
                return screen.wear(wanted)
        return None

    def _take_back(self, screen: Screen) -> None:
        try:
            screen.empty()
        except Error:
            screen.close()
        else:
            self._free.append(screen)

    def close(self) -> None:
        """Closes all that are free."""
        for screen in self._free:
            screen.close()
