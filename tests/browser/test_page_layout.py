"""The app's pages as a whole: every page fits every screen, has its navigation, and fetches nothing from elsewhere."""

from __future__ import annotations

import pytest

from lstm_viz.ui.navigation.pages import PAGES
from tests.browser.screens import Screen

NAMES = [page.name for page in PAGES]
#: The navigation's links, once it is open; a phone has it in the sidebar, which closes itself.
LINK = "[data-testid=stSidebarNavLink][href$='/{name}']"
LOOKS = [(theme, device) for device in ("projector", "phone") for theme in ("light", "dark")]


def theme_of(page: int) -> str:
    """Pages take turns: every second one is looked at in the dark."""
    return ("light", "dark")[page % 2]


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_whole_fits_a_laptop_and_fetches_nothing_from_elsewhere(name, server, open_view):
    screen = open_view(f"/{name}", theme=theme_of(NAMES.index(name)))
    assert screen.page.get_by_text("Page not found").count() == 0
    alone = [page.title for page in PAGES if not page.group]
    assert screen.page.get_by_role("heading", level=1).count() == 1
    assert screen.page.get_by_test_id("stTopNavLink").all_inner_texts() == alone
    assert screen.page.get_by_test_id("stTopNavSection").inner_text() == "Lessons"
    screen.assert_fits(f"{name}-laptop", [theme_of(NAMES.index(name))])
    own = (server.address, "data:", "blob:")
    assert screen.fetched
    assert [url for url in screen.fetched if not url.startswith(own)] == []


def test_each_page_fits_a_phone(open_view, subtests):
    """By the navigation's links; the lessons' test of one key does the same on a projector."""
    screen = open_view(f"/{NAMES[0]}", theme=theme_of(1), device="phone")
    for place, page in enumerate(PAGES):
        with subtests.test(page.name):
            if place:
                go_to(screen, page.name, page.title)
            screen.assert_fits(f"{page.name}-phone", [theme_of(place + 1)])


def go_to(screen: Screen, name: str, title: str) -> None:
    """Opens the navigation of a phone and follows a link."""
    screen.page.get_by_test_id("stExpandSidebarButton").click()
    screen.page.locator(LINK.format(name=name)).click()
    screen.page.wait_for_function("(title) => document.title === title", arg=f"{title} · lstm-viz")
    screen.ready()


def test_the_first_page_fits_a_projector(open_view):
    open_view("/", theme="dark", device="projector").assert_fits(f"{NAMES[0]}-projector")


@pytest.mark.full
@pytest.mark.parametrize("name", NAMES)
def test_a_page_fits_a_laptop_in_the_other_theme_too(name, open_view):
    first = theme_of(NAMES.index(name))
    open_view(f"/{name}", theme=first).assert_fits(f"{name}-laptop", sorted(("light", "dark"), key=first.__ne__))


@pytest.mark.full
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("theme", "device"), LOOKS)
def test_each_page_fits_the_screen_by_its_address(name, theme, device, open_view):
    """In the theme in which it was opened, and then in the other."""
    themes = sorted(("light", "dark"), key=theme.__ne__)
    open_view(f"/{name}", theme=theme, device=device).assert_fits(f"{name}-{device}", themes)
