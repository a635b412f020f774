"""Every page by its address, as a link opens it on an app that no one has used yet."""

from __future__ import annotations

import pytest

from lstm_viz.ui.pages import PAGES

ADDRESSES = {page.name: f"/{page.name}" for page in PAGES[1:]} | {PAGES[0].name: "/"}
TITLES = {page.name: page.title for page in PAGES}


@pytest.mark.parametrize("name", ["memory_flow", "forget_gate", "sequences_of_data", "explore"])
def test_opens_by_its_address_on_a_fresh_server(name, fresh_server, new_screen):
    with fresh_server() as server:
        screen = new_screen().open(server.address + ADDRESSES[name])
        assert screen.page.title() == f"{TITLES[name]} · lstm-viz"
        assert screen.page.get_by_text("Page not found").count() == 0
        assert "Traceback" not in server.said()


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
