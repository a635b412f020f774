"""The app in a real Chromium. Every screen is asked at its end whether anything went wrong in it.

Two processes may share the tests (`pytest -n 2 --dist loadgroup tests/browser`), each with a server and a browser of
its own. `LSTM_VIZ_TESTS=full` opens every page by its address on every device in both themes.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.screens import COVERAGE, Screen
from tests.browser.servers import Server, running_app
from tests.browser.tabs import Opening, TabPool
from tests.chromium import FLAGS, headless_shell

#: What a page may fetch from: the app on this machine, and itself.
OWN = ("http://127.0.0.1:", "data:", "blob:", "about:")


#: Whether all is run there is, not only what a change is likely to reach.
FULL = os.environ.get("LSTM_VIZ_TESTS") == "full"
#: Files whose tests share something that is dear to make, so that one process runs all of them.
TOGETHER = ("test_standalone", "test_shape_inspector")
#: What takes longest comes first, so that no process is left with it at the end.
LONGEST = ("test_one_key_leads_from_the_first_lesson_to_the_last_and_on", "test_each_page_fits_a_phone")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test of this folder is one of the browser's; those of `full` are left out where that isn't asked for."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if item.path.stem in TOGETHER:
                item.add_marker(pytest.mark.xdist_group(item.path.stem))
            if item.get_closest_marker("full") and not FULL:
                item.add_marker(pytest.mark.skip(reason="LSTM_VIZ_TESTS=full runs it"))
    items.sort(key=lambda item: item.name.partition("[")[0] not in LONGEST)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=headless_shell(), args=FLAGS)
        yield browser
        browser.close()
    if COVERAGE:
        COVERAGE.write(Path(os.environ["JS_COVERAGE"]) / f"{os.getpid()}.json")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The app that most tests share; its log holds no traceback when all of them are done."""
    with running_app(tmp_path_factory.mktemp("server") / "log.txt") as server:
        yield server
    assert "Traceback" not in server.said(), server.said()


@pytest.fixture
def fresh_server(tmp_path: Path) -> Callable[[], AbstractContextManager[Server]]:
    """Starts an app that no one has opened yet."""
    return partial(running_app, tmp_path / "log.txt")


@pytest.fixture
def new_screen(browser: Browser) -> Iterator[Opening]:
    """Opens screens that nothing was seen on before, not even a cache, and that end with the test."""
    with ExitStack() as stack:
        screens: list[Screen] = []

        def opening(theme: str = "light", device: str = "laptop", **context: Any) -> Screen:
            screen = Screen(browser, theme, device, **context)
            stack.callback(screen.close)
            screens.append(screen)
            return screen

        yield opening
        assert_nothing_went_wrong(screens)


@pytest.fixture(scope="session")
def tabs(browser: Browser) -> Iterator[TabPool]:
    tabs = TabPool(browser)
    yield tabs
    tabs.close()


@pytest.fixture
def open_view(server: Server, tabs: TabPool) -> Iterator[Opening]:
    """Opens an address of the shared app, such as "/?step=3", and waits for the player and its charts."""
    with tabs.borrow() as (lend, screens):

        def opening(address: str = "/", **options: Any) -> Screen:
            return lend(**options).open(server.address + address)

        yield opening
        assert_nothing_went_wrong(screens)


def assert_nothing_went_wrong(screens: list[Screen]) -> None:
    """No complaint of the browser, no traceback, and nothing fetched from elsewhere."""
    for screen in screens:
        assert "Traceback" not in screen.page.locator("body").inner_text()
        assert screen.page.get_by_test_id("stException").count() == 0
        assert screen.complaints == []
        assert [url for url in screen.fetched if not url.startswith(OWN)] == []
