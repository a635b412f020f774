"""What axe-core finds on each page: nothing of our own making. What is Streamlit's own is named here."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from lstm_viz.ui.navigation.pages import PAGES

#: Rules that Streamlit's own elements break, each with a part of the tag of the elements that do.
STREAMLITS_OWN = {
    "list": "st-emotion-cache",  # the navigation's own lists, on a phone
    "listitem": "st-emotion-cache",
    "presentation-role-conflict": "stFileUploaderDropzone",  # Explore's drop zone
}
DEVICES = [("laptop", "light"), ("laptop", "dark"), ("phone", "light")]


def own_violations(response: dict[str, Any]) -> list[str]:
    """Rule and element of each violation that is not one of Streamlit's own."""
    return [
        f"{found['id']}: {node['target']} {node['html'][:160]} {node.get('failureSummary', '')[:160]}"
        for found in response["violations"]
        for node in found["nodes"]
        if STREAMLITS_OWN.get(found["id"], "none") not in node["html"].partition(">")[0]
    ]


@pytest.mark.parametrize(("device", "theme"), DEVICES)
def test_no_page_keeps_anyone_out(server, open_view, subtests, device, theme):
    screen = open_view("/", device=device, theme=theme)
    for page in PAGES:
        if page is not PAGES[0]:
            screen.open(f"{server.address}/{page.name}")
        with subtests.test(page=page.name):
            assert own_violations(Axe().run(screen.page).response) == []


def test_the_menu_and_the_numbers_of_a_gate_keep_no_one_out(open_view):
    screen = open_view("/architecture?step=7&beat=learn&gate=1&depth=1").open_menu()
    assert own_violations(Axe().run(screen.page).response) == []
