"""Who leaves in the midst of a fit leaves no work behind: it is cancelled, and its worker process ends."""

from __future__ import annotations

from collections.abc import Callable

import psutil
import pytest
from playwright.sync_api import Page

from tests.browser.servers import Server, running_app

#: Long enough that a fit of it does not end before the test has looked.
TEXT = "the quick brown fox jumps over the lazy dog. " * 60
#: Seconds, fewer than a fit takes, and far fewer than those after which an idle worker ends.
SOON = 6.0


def workers(server: Server) -> list[psutil.Process]:
    """The processes that do the server's heavy work."""
    children = psutil.Process(server.process.pid).children(recursive=True)
    return [child for child in children if any("jobs.worker" in word for word in child.cmdline())]


def close(page: Page) -> None:
    page.close()


def turn_the_page(page: Page) -> None:
    page.get_by_role("link", name="Memory flow").first.click()
    page.locator(".player").wait_for(timeout=30_000)


@pytest.mark.parametrize("leave", [close, turn_the_page])
def test_leaving_cancels_the_fit_and_frees_its_worker(tmp_path, browser, leave: Callable[[Page], None]):
    with running_app(tmp_path / "log.txt") as server, browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{server.address}/explore?source=Text")
        page.locator("textarea").first.fill(TEXT, timeout=60_000)
        page.keyboard.press("Control+Enter")
        page.get_by_role("button", name="Fit a small LSTM").click(timeout=60_000)
        page.get_by_text("units:").first.wait_for(timeout=60_000)
        (worker,) = workers(server)
        leave(page)
        _, alive = psutil.wait_procs([worker], timeout=SOON)
        assert not alive, "the fit goes on"
        assert "Traceback" not in server.said()
