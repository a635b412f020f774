"""A teacher and a pupil, each in a browser of their own."""

from __future__ import annotations

import re
from collections.abc import Callable

from axe_playwright_python.sync_playwright import Axe

from tests.browser.screens import Screen
from tests.browser.servers import Server
from tests.browser.tabs import Opening
from tests.browser.test_accessibility import own_violations

PLACE = """() => {
  const query = new URLSearchParams(location.search);
  const names = ['step', 'unit', 'sequence', 'beat', 'paragraph'];
  return [location.pathname, ...names.map((name) => query.get(name))];
}"""


def part(screen: Screen, name: str):
    """A part of the class's strip, of its dialogs or of its question."""
    return screen.page.locator(f".st-key-class-box [data-is={name}]")


def same_place(teacher: Screen, pupil: Screen) -> Callable[[], None]:
    def check() -> None:
        assert teacher.page.evaluate(PLACE) == pupil.page.evaluate(PLACE)

    return check


def test_a_pupil_follows_wanders_comes_back_and_votes(new_screen: Opening, server: Server):
    teacher = new_screen(reduced_motion="reduce").open(f"{server.address}/forget_gate?paragraph=1")
    teacher.open_menu().page.locator(".player [data-is=teach]").click()
    part(teacher, "start").click()
    code = part(teacher, "large-code").filter(has_text=re.compile(r"^\w{5}$")).inner_text()
    part(teacher, "hide").click()

    pupil = new_screen(device="phone", reduced_motion="reduce").open(f"{server.address}/class/{code.lower()}")
    part(pupil, "status").filter(has_text="following").wait_for()
    assert "class=" not in pupil.page.url
    pupil.quiet()
    before = len(pupil.sent)
    teacher.press("ArrowRight")
    pupil.wait_for_address("beat=forget", "paragraph=2")
    teacher.press(".", "Shift+ArrowRight", "ArrowDown")
    pupil.wait_for_address("beat=learn", "step=8", "unit=8", "paragraph=2")
    assert len(pupil.sent) == before, "following asked the server for nothing"
    assert part(teacher, "status").inner_text() == "1 follows"

    # Wandering, and the way back.
    pupil.page.locator(".player [data-is=step-on], .player [data-is=on]").first.tap()
    part(pupil, "back").wait_for()
    part(teacher, "status").filter(has_text="0 of 1 follow").wait_for()
    alone = pupil.settle().page.evaluate(PLACE)
    teacher.press("Shift+ArrowRight").wait_for_address("step=9")
    assert pupil.page.evaluate(PLACE)[1] == alone[1]
    part(pupil, "back").tap()
    pupil.eventually(same_place(teacher, pupil))

    # The question of the next paragraph.
    teacher.press("ArrowRight")
    part(teacher, "ask").click()
    pupil.page.locator(".st-key-class-box .option").nth(1).tap()
    assert own_violations(Axe().run(pupil.page).response) == []
    counted = teacher.page.locator(".st-key-class-box [data-is=panel] .option").nth(1)
    counted.filter(has_text="1 · 100 %").wait_for()
    teacher.press("1")  # in the text it would answer, for all to see
    assert teacher.page.locator(".now .reveal").inner_text() == ""
    teacher.page.get_by_role("button", name="Close the vote").click()
    pupil.page.locator(".st-key-class-box .option").nth(1).filter(has_text="yours · 1 · 100 %").wait_for()
    teacher.page.get_by_role("button", name="Reveal the answer").click()
    pupil.page.locator(".st-key-class-box .option", has_text="✓ right").wait_for()
    pupil.eventually(same_place(teacher, pupil))
    assert pupil.page.locator(".now .reveal").inner_text().startswith(("Yes.", "Not quite."))

    teacher.page.get_by_role("button", name="Done").click()
    part(pupil, "question").wait_for(state="hidden")

    # Another page, then the end.
    teacher.page.locator(".st-key-next-lesson a").click()
    pupil.page.wait_for_url("**/remember_gate*")
    pupil.eventually(same_place(teacher, pupil))
    part(teacher, "leave").click()
    with teacher.page.expect_download() as saved:
        part(teacher, "counts").click()
    assert saved.value.suggested_filename == f"class-{code}.csv"
    part(teacher, "end").click()
    part(pupil, "status").filter(has_text="The class is over.").wait_for()
    assert not part(teacher, "strip").is_visible()


def test_a_code_that_is_none_is_asked_for_again(new_screen: Opening, server: Server):
    screen = new_screen(device="phone")
    screen.page.goto(f"{server.address}/class")
    screen.page.get_by_label("Type in the code").fill("bbbbb")
    screen.page.get_by_role("button", name="Join").tap()
    assert "no class with this code" in screen.page.get_by_role("alert").inner_text()
    screen.complaints.clear()  # the browser's own word on the status
