"""The app's shell: its first page's own name, screen sizes, and what is sent and fetched."""

from __future__ import annotations

import pytest
from playwright.sync_api import Response

from lstm_viz.ui.pages import PAGES
from tests.browser.screens import Screen

NAMES = [page.name for page in PAGES]


def test_the_first_page_answers_at_its_name_too_and_keeps_what_the_address_says(fresh_server, new_screen):
    with fresh_server() as server:
        screen = new_screen().open(f"{server.address}/{PAGES[0].name}?unit=3&step=5")
        assert screen.page.get_by_text("Page not found").count() == 0
        assert screen.page.title() == f"{PAGES[0].title} · lstm-viz"
        assert {"unit=3", "step=5"} <= set(screen.page.url.partition("?")[2].split("&"))
        assert screen.text("place").startswith("Step 5 ")


def assert_fits_in_both_themes(screen: Screen, name: str) -> None:
    """The page is no wider than the screen in the theme in which it was opened, and then in the other."""
    for theme in sorted(("light", "dark"), key=lambda theme: theme != screen.look["color_scheme"]):
        screen.page.emulate_media(color_scheme=theme)
        screen.settle().picture(f"{name}-{theme}")
        assert screen.sideways() <= 0


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("device", "theme"), [("projector", "dark"), ("phone", "light")])
def test_each_page_fits_the_screen(name, device, theme, open_view):
    assert_fits_in_both_themes(open_view(f"/{name}", theme=theme, device=device), f"{name}-{device}")


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_whole_fits_a_laptop_and_fetches_nothing_from_elsewhere(name, server, open_view):
    screen = open_view(f"/{name}")
    assert screen.page.get_by_text("Page not found").count() == 0
    alone = [page.title for page in PAGES if not page.group]
    assert screen.page.get_by_test_id("stTopNavLink").all_inner_texts() == alone
    assert screen.page.get_by_test_id("stTopNavSection").inner_text() == "Lessons"
    assert_fits_in_both_themes(screen, f"{name}-laptop")
    own = (server.address, "data:", "blob:")
    assert screen.fetched
    assert [url for url in screen.fetched if not url.startswith(own)] == []


def test_what_is_sent_is_compressed(server, new_screen):
    screen = new_screen()
    responses: list[Response] = []
    screen.page.on("response", lambda response: responses.append(response))
    screen.open(server.address)
    texts = [response for response in responses if response.url.endswith((".js", ".css"))]
    plain = [response.url for response in texts if response.header_value("content-encoding") != "gzip"]
    assert texts
    assert [url for url in plain if len(screen.context.request.get(url).body()) > 2000] == []
