"""Numbers under the pointer: the page's own minus sign and digits, in every chart that says some."""

from __future__ import annotations

import re

import pytest

from tests.browser.screens import Screen

SAID = "() => [...document.querySelectorAll('.hoverlayer text')].map((part) => part.textContent).join(' ')"
#: Where the mouse rests on each panel of a chart, as shares of its width and height.
PLACES = [(0.13, 0.3), (0.21, 0.7), (0.62, 0.4), (0.86, 0.7)]


def hovered(screen: Screen, key: str) -> list[str]:
    """What a chart says under the mouse."""
    said = []
    screen.page.locator(f".st-key-{key}").evaluate("(chart) => chart.scrollIntoView({ block: 'center' })")
    panels = screen.quiet().page.locator(f".st-key-{key} .nsewdrag")
    for box in filter(None, [panel.bounding_box() for panel in panels.all()]):
        for across, down in PLACES:
            screen.page.mouse.move(box["x"] + across * box["width"], box["y"] + down * box["height"], steps=2)
            screen.page.wait_for_timeout(120)
            said.append(screen.page.evaluate(SAID))
    return [text for text in said if text]


PAGES = {
    "lanes and strips": ("/?step=9&unit=7", ["lanes", "strips"], True),
    "the ledger": ("/remember_gate?step=15", ["ledger"], True),
    "a held factor": ("/forget_gate?step=17&held_from=3&paragraph=6", ["whatif"], True),
    "weights": ("/architecture?step=7&unit=7&beat=learn&gate=1&depth=2&paragraph=2", ["matrix"], False),
    "curves and shares": ("/learn_gate?step=7&unit=7", ["curves", "shares"], False),
}


@pytest.mark.parametrize(("address", "keys", "has_minus"), PAGES.values(), ids=PAGES)
def test_numbers_under_the_pointer_are_written_as_on_the_page(open_view, address, keys, has_minus):
    screen = open_view(address).quiet()
    said = [text for key in keys for text in hovered(screen, key)]
    assert said
    assert [text for text in said if re.search(r"-\s?[\d.]|NaN|undefined|%\{", text)] == []
    assert {len(digits) for text in said for digits in re.findall(r"\d\.(\d+)", text)} <= {2, 3}
    assert [text for text in said if re.search(r"step \D", text)] == []
    assert not has_minus or any("−" in text for text in said), said


LABELS = "(shown) => getComputedStyle(document.querySelector('.st-key-cell .hoverlayer')).display === shown"


def test_no_numbers_of_an_earlier_moment_are_shown_while_it_plays(open_view):
    screen = open_view("/?step=9&unit=7&beat=arrive")
    x, y = screen.middle_of(screen.page.locator(".st-key-cell .js-plotly-plot"))
    screen.page.mouse.move(x, y)
    screen.press(" ").page.wait_for_function(LABELS, arg="none")
    screen.press(" ").page.wait_for_function(LABELS, arg="inline")
