"""Every page by its address, as a link opens it on an app that no one has used yet."""

from __future__ import annotations

import pytest

from lstm_viz.ui.pages import PAGES

ADDRESSES = {page.title: f"/{page.name}" for page in PAGES[1:]} | {PAGES[0].title: "/"}


@pytest.mark.parametrize("title", ADDRESSES)
def test_opens_by_its_address_on_a_fresh_server(title, fresh_server, new_screen):
    with fresh_server() as server:
        screen = new_screen().open(server.address + ADDRESSES[title])
        assert screen.page.title() == f"{title} · lstm-viz"
        assert screen.page.get_by_text("Page not found").count() == 0
        assert screen.page.get_by_role("link", name=title).count() == 1
        assert "Traceback" not in server.said()


def test_links_lead_from_page_to_page(open_view):
    screen = open_view("/")
    for page in (*PAGES[1:], PAGES[0]):
        screen.page.get_by_role("link", name=page.title).click()
        screen.page.wait_for_function("(title) => document.title === title", arg=f"{page.title} · lstm-viz")
        screen.ready()
