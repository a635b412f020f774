"""TabPool of the browser that one test after the other is lent: the second page in a tab opens in half the time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Error

from tests.browser.screens import Screen, context_options, fixed_options

Opening = Callable[..., Screen]


class TabPool:
    """The tabs of one browser, one or two a device: a theme is changed in an open tab.

    A test finds its tab as new, but for what the browser keeps of what it fetched.
    """

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._free: list[Screen] = []

    @contextmanager
    def borrow(self) -> Iterator[tuple[Opening, list[Screen]]]:
        """What lends a tab, and those that it has lent; they are emptied, and free again, when the block ends."""
        borrowed: list[Screen] = []

        def lend(**options: Any) -> Screen:
            borrowed.append(self._free_one(options) or Screen(self._browser, **options))
            return borrowed[-1]

        try:
            yield lend, borrowed
        finally:
            for screen in borrowed:
                self._return(screen)

    def _free_one(self, options: dict[str, Any]) -> Screen | None:
        wanted = context_options(**options)
        for screen in self._free:
            if fixed_options(screen.options) == fixed_options(wanted):
                self._free.remove(screen)
                return screen.set_media(wanted)
        return None

    def _return(self, screen: Screen) -> None:
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
