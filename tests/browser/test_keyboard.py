"""The player's keys after anything was touched: on every page, whatever had the mouse, a key does what it says."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Locator

from lstm_viz.ui.navigation.pages import PAGES
from tests.browser.conftest import FULL
from tests.browser.screens import Screen

#: Where a page looks, as it shows it; `focus` tells apart what has the focus.
STATE = """() => {
  const roots = [...document.querySelectorAll('*')].flatMap((part) => (part.shadowRoot ? [part.shadowRoot] : []));
  const within = (name) => roots.map((root) => root.querySelector(name)).find(Boolean);
  const player = within('.player');
  const find = (name) => player.querySelector(`[data-is=${name}]`);
  const [step, length] = find('place').textContent.replaceAll(',', '').match(/\\d+/g).map(Number);
  const select = (name) => [find(name).selectedIndex, find(name).options.length];
  const items = within('.lesson-text') ? [...within('.lesson-text').querySelectorAll('.lesson-item')] : [];
  let focus = document.activeElement;
  while (focus?.shadowRoot?.activeElement) focus = focus.shadowRoot.activeElement;
  window.known ??= [];
  if (!window.known.includes(focus)) window.known.push(focus);
  return {
    step, length, unit: find('unit').value, sequence: select('sequence'),
    beat: Number(find('rail').dataset.beat),
    // The units stand in the list in the order of their rows; at the last row ↓ stays.
    below: (find('unit').options[find('unit').selectedIndex + 1] ?? find('unit').selectedOptions[0]).value,
    playing: find('play').getAttribute('aria-label') === 'Pause',
    paragraph: items.findIndex((item) => item.classList.contains('now')), paragraphs: items.length,
    focus: window.known.indexOf(focus),
  };
}"""
State = dict[str, Any]
LAST_BEAT = 5


def on(now: State, by: int) -> State:
    """Some beats on or back, over the step's edge."""
    place = (now["step"] - 1) * (LAST_BEAT + 1) + now["beat"] + by
    if not 0 <= place < now["length"] * (LAST_BEAT + 1):
        return {}
    return {"step": place // (LAST_BEAT + 1) + 1, "beat": place % (LAST_BEAT + 1)}


def turned(now: State, by: int) -> State:
    """→ and ← go by paragraph where there is a text, else by beat."""
    return on(now, by) if now["paragraph"] < 0 else {"paragraph": now["paragraph"] + by}


#: What each key makes of where the page looks.
KEYS: dict[str, Callable[[State], State]] = {
    "Shift+ArrowRight": lambda now: {"step": min(now["step"] + 1, now["length"])},
    "ArrowRight": lambda now: turned(now, 1),
    " ": lambda now: {"playing": not now["playing"]},
    "ArrowLeft": lambda now: turned(now, -1),
    "Home": lambda now: {"step": 1, "beat": 0},
    ".": lambda now: on(now, 1),
    "ArrowDown": lambda now: {"unit": now["below"]},
    "]": lambda now: {"sequence": [min(now["sequence"][0] + 1, max(now["sequence"][1] - 1, 0)), now["sequence"][1]]},
    "[": lambda now: {"sequence": [max(now["sequence"][0] - 1, 0), now["sequence"][1]]},
    "End": lambda now: {"step": now["length"], "beat": LAST_BEAT},
    ",": lambda now: on(now, -1),
    "Shift+ArrowLeft": lambda now: {"step": max(now["step"] - 1, 1)},
}

#: How each kind of control is touched, by what finds it.
CLICKED = {
    "a button of the bar": ".player button:not([data-is=play]):not(.chip)",
    "a beat": ".player .beats .chip",
    "a level": ".player .levels .chip",
    "a box to tick": ".player input[type=checkbox]",
    "a paragraph": ".lesson-item.text",
    "a quiz's option": ".lesson-item .options button",
    "a choice of several": "[data-testid=stMain] [data-testid=stButtonGroup] button",
    "a button of the page": "[data-testid=stMain] [data-testid=stButton] button",
    "a number's + and −": "[data-testid=stMain] [data-testid=stNumberInputStepUp]",
}
#: Kinds that every page has from the same player and text: past the first page, one in three of them on each page.
SHARED = (
    *("empty space", "a button of the bar", "a beat", "a level", "a box to tick"),
    *("a paragraph", "a quiz's option", "a list of the bar", "the rail"),
)
SELECT, RAIL, SLIDER = ".player select", ".player [data-is=rail]", "[data-testid=stSlider] [role=slider]"
SELECTBOX, POPOVER = (
    "[data-testid=stMain] [data-testid=stSelectbox]",
    "[data-testid=stMain] [data-testid=stPopover] button",
)
NUMBER = "[data-testid=stMain] [data-testid=stNumberInput] input"


def is_touched(kind: str, place: int) -> bool:
    """Whether this kind of control is touched on the page at this place."""
    return FULL or place == 0 or kind not in SHARED or (SHARED.index(kind) + place) % 3 == 0


def first_seen(screen: Screen, selector: str) -> Locator | None:
    """The first that is there to be touched."""
    found = screen.page.locator(selector).locator("visible=true")
    return found.first if found.count() and found.first.is_enabled() else None


def touches(screen: Screen) -> dict[str, Callable[[], None]]:
    """All kinds of controls that this page has, each with what touches one of them."""
    page = screen.page
    found: dict[str, Callable[[], None]] = {"empty space": lambda: page.mouse.click(3, 300)}
    for name, selector in CLICKED.items():
        if target := first_seen(screen, selector):
            found[name] = target.click

    def drag(target: Locator) -> None:
        x, y = screen.middle_of(target)
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + 9, y)
        page.mouse.up()

    def choose_native(target: Locator) -> None:
        screen.come_to_rest(target)
        target.click()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")

    def choose(target: Locator) -> None:
        screen.choose_option(target.locator("input"))

    def open_and_close(target: Locator) -> None:
        screen.come_to_rest(target)
        target.click()
        page.locator("[data-testid=stPopoverBody]").wait_for()
        target.click()

    def fill(target: Locator) -> None:
        target.click()
        page.keyboard.press("Enter")

    for name, selector, touch in (
        ("a list of the bar", SELECT, choose_native),
        ("the rail", RAIL, drag),
        ("a slider", SLIDER, drag),
        ("a list", SELECTBOX, choose),
        ("a menu", POPOVER, open_and_close),
        ("a number", NUMBER, fill),
    ):
        if target := first_seen(screen, selector):
            found[name] = lambda target=target, touch=touch: touch(target)
    found["a chart"] = lambda: page.locator(".js-plotly-plot").locator("visible=true").first.click()
    return found


@pytest.mark.parametrize("place", range(len(PAGES)), ids=[page.name for page in PAGES])
def test_a_key_drives_the_picture_whatever_was_touched(open_view, subtests, place):
    """One key after each kind of control, another one on the next page; and Tab, which goes on from there.

    `LSTM_VIZ_TESTS=full` touches every kind on every page.
    """
    screen = open_view(f"/{PAGES[place].name}?step=3" if place else "/?step=3")
    screen.open_menu()
    keys = list(KEYS)
    for count, (kind, touch) in enumerate(touches(screen).items(), place):
        if not is_touched(kind, place):
            continue
        key = keys[count % len(keys)]
        with subtests.test(touched=kind, key=key):
            touch()
            screen.ready()
            before = screen.page.evaluate(STATE)
            expected = KEYS[key](before)
            if expected.get("paragraph", 0) not in (-1, before["paragraphs"]):  # where another lesson begins
                screen.press(key)
                screen.eventually(partial(assert_is_at, screen, expected, before), within=5)
            if key == " ":
                screen.press(key)
        with subtests.test("Tab goes on", touched=kind):
            seen = [screen.press("Tab").page.evaluate(STATE)["focus"] for _ in range(3)]
            assert len(set(seen)) == 3, seen


def assert_is_at(screen: Screen, expected: State, before: State) -> None:
    after = screen.page.evaluate(STATE)
    assert {part: after[part] for part in expected} == expected, (before, after)
