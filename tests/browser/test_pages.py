"""Every page by its address, as a link opens it on an app that no one has used yet, and by the navigation."""

from __future__ import annotations

import pytest
from playwright.sync_api import Response

from lstm_viz.ui.navigation.pages import PAGES
from tests.browser.screens import Screen

FIRST = PAGES[0]
TITLES = {page.name: page.title for page in PAGES}
#: One page of each kind. Explore's own is opened so by the tests of a saved and of a stored run.
ON_A_FRESH_SERVER = ["/", "/forget_gate", "/sequences_of_data"]


def assert_is_the_page(screen: Screen, name: str) -> None:
    """It is this page, and not one that Streamlit shows where it finds none."""
    assert screen.page.title() == f"{TITLES[name]} · lstm-viz"
    assert screen.page.get_by_text("Page not found").count() == 0


@pytest.mark.parametrize("address", ON_A_FRESH_SERVER)
def test_opens_by_its_address_on_a_fresh_server(address, fresh_server, new_screen):
    with fresh_server() as server:
        screen = new_screen().open(server.address + address)
        assert_is_the_page(screen, address.removeprefix("/") or FIRST.name)
        assert "Traceback" not in server.said()


def test_the_first_page_answers_at_its_name_too_and_what_is_sent_is_compressed(fresh_server, new_screen, subtests):
    with fresh_server() as server:
        screen = new_screen()
        responses: list[Response] = []
        screen.page.on("response", lambda response: responses.append(response))
        screen.open(f"{server.address}/{FIRST.name}?unit=3&step=5")
        with subtests.test("it keeps what the address says"):
            assert_is_the_page(screen, FIRST.name)
            assert {"unit=3", "step=5"} <= set(screen.page.url.partition("?")[2].split("&"))
            assert screen.text("place").startswith("Step 5 ")
        with subtests.test("compressed"):
            texts = [response for response in responses if response.url.endswith((".js", ".css"))]
            plain = [response.url for response in texts if response.header_value("content-encoding") != "gzip"]
            assert texts
            assert [url for url in plain if len(screen.context.request.get(url).body()) > 2000] == []


def test_the_navigation_leads_from_page_to_page(open_view):
    screen = open_view("/")
    for page in (PAGES[-1], *PAGES[1:-1:4], PAGES[0]):
        if page.group:
            screen.page.get_by_text(page.group, exact=True).first.click()
            screen.page.locator(f'a[href$="/{page.name}"]').first.click()
        else:
            screen.page.get_by_role("link", name=page.title, exact=True).first.click()
        screen.page.wait_for_function("(title) => document.title === title", arg=f"{page.title} · lstm-viz")
        screen.ready()
