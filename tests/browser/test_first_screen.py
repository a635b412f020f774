"""What a newcomer meets first: one sentence, few controls, the picture high up, and a rail that can be dragged."""

from __future__ import annotations

import pytest

#: What can be pressed, chosen or dragged above the picture, but for Streamlit's own menu and skip link.
CONTROLS = """() => {
  const kinds = 'button, a[href], select, input, textarea, [role=slider], [role=combobox]';
  const top = document.querySelector('.stMain .js-plotly-plot').getBoundingClientRect().top;
  const found = [];
  const walk = (root) => {
    for (const part of root.querySelectorAll('*')) {
      if (part.shadowRoot) walk(part.shadowRoot);
      const { bottom, width, height, left } = part.getBoundingClientRect();
      const isSeen = part.checkVisibility({ visibilityProperty: true }) && width > 2 && height > 2 && left >= 0;
      if (part.matches(kinds) && isSeen && bottom > 0 && bottom <= top + 1) found.push(part);
    }
  };
  walk(document);
  const own = found.filter((part) => !part.closest('[data-testid=stMainMenu], [data-testid=stToolbar]'));
  return own.map((part) => (part.ariaLabel || part.textContent).trim());
}"""
PICTURE_TOP = "() => document.querySelector('.stMain .js-plotly-plot').getBoundingClientRect().top"
#: Where the middles of elements are, from the top.
MIDDLES = (
    """(all) => all.map((each) => { const box = each.getBoundingClientRect(); return box.top + box.height / 2; })"""
)


def test_one_sentence_few_controls_and_the_picture_in_the_upper_quarter(open_view, subtests):
    screen = open_view("/", reduced_motion="reduce")
    with subtests.test("name and sentence"):
        assert screen.page.get_by_role("heading", level=1).inner_text() == "lstm-viz"
        assert "must remember the last capital" in screen.page.locator(".sentence").inner_text()
    with subtests.test("it rests where A is dropped"):
        assert screen.text("place") == "Step 17 / 24"
        assert screen.text("line").startswith("Forget: the A held since step 7 is dropped. 11 % of")
    with subtests.test("controls"):
        shown = [name for name in screen.page.evaluate(CONTROLS) if "Skip" not in name]
        assert len(shown) <= 9, shown
    with subtests.test("the picture"):
        assert screen.page.evaluate(PICTURE_TOP) <= 225
    with subtests.test("what to look for"):
        screen.page.locator(".notes button").nth(2).click()
        screen.wait_for_address("unit=4", "beat=")
        assert screen.page.locator(".notes button").nth(2).get_attribute("aria-pressed") == "true"
        chips = screen.page.locator(".notes button:visible")
        tops = chips.evaluate_all(MIDDLES)
        assert len(tops) > 3 and max(tops) - min(tops) < 4
        assert screen.page.locator(".notes button").first.inner_text() == "Tells A from other letters (unit 7)"
        more = screen.page.locator(".notes .more")
        assert int(more.inner_text().removesuffix(" more")) > 0
        more.click()
        assert not more.is_visible() and chips.count() > len(tops)


def test_the_link_keeps_that_memory_is_coloured_by_its_sign(open_view):
    screen = open_view("/?step=9&signs=1", reduced_motion="reduce")
    switch = screen.page.locator(".player [data-is=signs]")
    assert switch.is_checked()
    screen.press("c")
    screen.page.wait_for_function("() => !location.search.includes('signs')")
    assert not switch.is_checked()
    screen.press("c")
    screen.wait_for_address("signs=1")


def test_a_phone_has_it_in_the_upper_third(open_view):
    screen = open_view("/", device="phone", reduced_motion="reduce")
    assert screen.page.evaluate(PICTURE_TOP) <= 844 / 3


@pytest.mark.parametrize("device", ["laptop", "phone"])
def test_the_rail_is_dragged_through_steps_and_pressed_at_a_beat(open_view, subtests, device):
    screen = open_view("/?step=9&beat=arrive", device=device, reduced_motion="reduce")
    mouse = screen.page.mouse
    box = screen.page.locator(".player [data-is=rail]").bounding_box()
    middle = box["y"] + box["height"] / 2
    with subtests.test("a beat"):
        screen.page.locator(".player .chip.use").click()
        screen.wait_for_address("step=9", "beat=use")
    with subtests.test("the ends"):
        mouse.move(box["x"] + 40, middle)
        mouse.down()
        mouse.move(box["x"] + 1, middle)
        assert screen.text("place").startswith("Step 1 ")
        mouse.move(box["x"] + box["width"] - 1, middle)
        mouse.up()
        assert screen.text("place").startswith("Step 24 ")
    with subtests.test("as a slider"):
        screen.scrub(5)
        assert screen.text("place").startswith("Step 5 ")
        rail = screen.page.locator(".player [data-is=rail]")
        screen.press("ArrowRight")
        assert rail.get_attribute("aria-valuetext").startswith("Step 5 of 24") or rail.get_attribute(
            "aria-valuetext"
        ).startswith("Step 6 of 24")


def test_a_lecture_is_begun_by_a_button_shared_and_ended_by_a_key(open_view, subtests):
    screen = open_view("/forget_gate?paragraph=4").open_menu()
    wide = "() => document.querySelector('.st-key-cell .main-svg').getBoundingClientRect().height"
    before = screen.page.evaluate(wide)
    with subtests.test("a code of the address"):
        screen.page.locator(".player [data-is=code]").click()
        screen.page.locator("[role=dialog] img").wait_for()
        screen.page.locator("[role=dialog]").get_by_text("paragraph=4").wait_for()
        screen.page.keyboard.press("Escape")
        screen.page.locator("[role=dialog]").wait_for(state="detached")
    with subtests.test("larger"):
        screen.page.locator(".player [data-is=present]").click()
        screen.page.locator(".lesson-text.large").wait_for()
        screen.eventually(lambda: larger(screen.page.evaluate(wide), before))
        assert "teach=1" in screen.page.url and screen.horizontal_overflow() <= 0
    with subtests.test("a dot at the mouse"):
        screen.page.locator(".player [data-is=pointer]").click()
        screen.page.mouse.move(500, 400)
        assert screen.page.locator(".lecture-pointer").bounding_box()["x"] == 483
    with subtests.test("ended"):
        screen.press("Escape")
        screen.page.locator(".lesson-text:not(.large)").wait_for()
        assert "teach=1" not in screen.page.url and screen.page.locator(".lecture-pointer").count() == 0


def larger(height: float, before: float) -> None:
    assert height > 1.2 * before


def test_a_lesson_folds_what_is_to_come_veils_an_answer_and_remembers_what_was_read(open_view, subtests):
    screen = open_view("/forget_gate")
    items = screen.page.locator(".lesson-text .lesson-item")
    with subtests.test("folded until reached"):
        assert items.nth(1).bounding_box()["height"] < 32
        screen.press("ArrowRight")
        assert items.nth(1).bounding_box()["height"] > 50
    question = screen.page.locator(".lesson-item.question").first
    with subtests.test("veiled until guessed"):
        question.click(position={"x": 5, "y": 5})
        assert screen.page.locator(".lesson-item.veiled").count() == items.count() - 3
        curves = "() => getComputedStyle(document.querySelector('.st-key-curves')).filter"
        assert "blur" in screen.page.evaluate(curves)
        screen.press("1")
        assert screen.page.evaluate(curves) == "none" and screen.page.locator(".lesson-item.veiled").count() == 0
    with subtests.test("read to its end"):
        screen.press(*["ArrowRight"] * (items.count() - 3))
        assert screen.page.locator(".progress .read").count() == 1
        screen.open(screen.page.url.partition("?")[0])
        assert screen.page.locator(".lesson-item.later").count() == 0
        assert screen.page.locator(".progress").get_attribute("aria-label") == "1 of 9 lessons read"
