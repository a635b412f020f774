"""The lessons as a reader meets them: one key from the first to the last, links, guesses, a lecture's address."""

from __future__ import annotations

import re
from typing import Any

import pytest

from lstm_viz.bundled import first_view, load_bundled
from lstm_viz.figures.formats import plain, signed
from lstm_viz.lessons.page_text import lesson_items
from lstm_viz.lessons.sections import SECTIONS, section
from lstm_viz.sequences.typed_text import encode_typed
from lstm_viz.ui.lessons.contents import forget_gate
from lstm_viz.ui.stage.bundled_runs import bundled_view
from tests.browser.screens import READY

NOW = ".lesson-text .lesson-item.now"
TURNED = """([title, text]) => {
  const now = [...document.querySelectorAll('*')].flatMap((part) => (part.shadowRoot ? [part.shadowRoot] : []))
    .concat([document]).map((root) => root.querySelector('.lesson-text .lesson-item.now')).find(Boolean);
  return document.title !== title || (now && now.textContent !== text);
}"""


def told(screen) -> tuple[str, str]:
    """The page's title, and the paragraph that is read."""
    return screen.page.title(), screen.page.locator(NOW).last.text_content()


def test_one_key_leads_from_the_first_lesson_to_the_last_and_on(open_view, subtests):
    """On a projector, where no page that it leads to is wider than the screen."""
    screen = open_view(f"/{SECTIONS[0].name}", theme="dark", device="projector")
    seen = [screen.page.title()]

    def fits() -> None:
        with subtests.test("fits the screen", page=seen[-1]):
            screen.assert_fits(f"{seen[-1]}-projector", [("light", "dark")[len(seen) % 2]])

    fits()
    for _ in range(110):
        before = list(told(screen))
        screen.page.keyboard.press("ArrowRight")
        screen.page.wait_for_function(TURNED, arg=before, timeout=30_000)
        if screen.page.title() != seen[-1]:
            seen.append(screen.page.title())
            screen.ready()
            fits()
            if seen[-1].startswith("Explore"):
                break
            screen.page.locator(NOW).last.wait_for()
    titles = [f"{section.title} · lstm-viz" for section in SECTIONS]
    assert seen == [*titles, "Explore · lstm-viz"]


def forget_question() -> dict[str, Any]:
    """The question of the forget gate's lesson, as the page of the first model has it."""
    content = forget_gate(bundled_view("recall"))
    view = content.lesson_view("forget_gate")
    items = lesson_items(section("forget_gate"), view, content.default_moment, None, None, content.words)
    return next(item for item in items if item["kind"] == "question")


def test_left_before_the_first_paragraph_opens_the_lesson_before(open_view):
    screen = open_view("/learn_gate?model=brackets&paragraph=1&step=3&unit=1")
    screen.press("ArrowLeft")
    screen.page.wait_for_function("() => document.title.startsWith('Architecture')")
    assert screen.ready().page.get_by_label("Trained model").input_value() == "Bracket depth"


def test_a_guess_is_answered_by_a_key_and_a_paragraph_that_is_clicked_brings_the_picture_there(open_view, subtests):
    screen = open_view("/forget_gate")
    layer = first_view()[0].layers[0]
    with subtests.test("one of an earlier lesson"):
        again = screen.page.locator(".lesson-text .again")
        assert again.locator("summary").inner_text() == "Once more: Learn gate"
        again.locator("summary").click()
        again.locator("button").first.click()
        assert again.locator(".right").count() == 1 and again.locator(".reveal").inner_text()
        again.locator("summary").click()
    with subtests.test("a guess"):
        screen.press("ArrowRight", "ArrowRight")
        asked = forget_question()
        reveal = screen.page.locator(f"{NOW} .reveal")
        assert re.sub("<.*?>", "", asked["html"]).strip() in screen.page.locator(NOW).text_content()
        with subtests.test("the picture stays before the answer"):
            place, line = screen.text("place"), screen.text("line")
            screen.press(".", ".", "Shift+ArrowRight", "End")
            assert (screen.text("place"), screen.text("line")) == (place, line) and "arrives" in line
        screen.press(str(asked["right"] + 1))
        assert reveal.inner_text() == f"Yes. {asked['reveal']}"
        wrong = (asked["right"] + 1) % len(asked["options"])
        screen.press(str(wrong + 1))
        assert reveal.inner_text() == f"Not quite. {asked['why'][wrong]} {asked['reveal']}"
        with subtests.test("and is free once it is given"):
            screen.press("Shift+ArrowRight")
            assert screen.text("place") != place
    with subtests.test("a paragraph"):
        screen.scrub(2)
        screen.page.locator(".player .chip.use").click()
        screen.wait_for_address("step=2", "beat=use")
        screen.page.locator(".lesson-text .lesson-item").nth(3).click()
        screen.wait_for_address("beat=forget")
        step, unit = (int(re.search(rf"{name}=(\d+)", screen.page.url).group(1)) - 1 for name in ("step", "unit"))
        kept = float(layer.kept[step, 0, unit])
        assert screen.text("line").startswith("Forget:") and signed(kept) in screen.text("line")
        assert plain(kept) in screen.text("equation")


def test_keys_drive_the_player_from_a_paragraph_in_focus_which_keeps_its_own(open_view, subtests):
    screen = open_view("/forget_gate")
    paragraphs = screen.page.locator(".lesson-text .lesson-item")
    paragraphs.nth(3).click()
    for key, place, line in (
        ("Home", "Step 1 ", "Step 1:"),
        ("Shift+ArrowRight", "Step 2 ", "Step 2:"),
        (".", "Step 2 ", "Forget:"),
        ("End", "Step 24 ", "Step 24:"),
        (",", "Step 24 ", "Use:"),
    ):
        with subtests.test(key):
            screen.press(key)
            assert screen.text("place").startswith(place) and screen.text("line").startswith(line)
    for key, paragraph in (("Enter", 1), (" ", 4)):
        with subtests.test("opens the paragraph that Tab came to", key=key):
            paragraphs.nth(paragraph - 1).focus()
            screen.press("Tab", key)
            assert "now" in paragraphs.nth(paragraph).get_attribute("class").split()
            assert screen.page.locator(".player [data-is=play]").get_attribute("aria-label") == "Play"
    with subtests.test("→ reads on"):
        screen.press("ArrowRight")
        assert "now" in paragraphs.nth(5).get_attribute("class").split()
    with subtests.test("a button in focus keeps Space, and no other key"):
        place = screen.text("place")
        screen.page.locator(".lesson-text [data-is=on]").focus()
        screen.press(" ")
        assert "now" in paragraphs.nth(6).get_attribute("class").split()
        screen.press("Home")
        assert screen.text("place") != place and screen.text("place").startswith("Step 1 ")


def test_a_lecture_is_larger_has_less_and_stays_one(open_view):
    screen = open_view("/use_gate?teach=1")
    player = screen.page.locator(".player")
    assert not player.locator("[data-is=speed]").is_visible()
    assert screen.page.get_by_label("Trained model").count() == 0
    assert screen.page.locator(".lesson-text.large").count() == 1
    screen.page.locator(".st-key-next-lesson a").click()
    screen.page.wait_for_function("() => document.title.startsWith('All together')")
    screen.ready()
    assert "teach=1" in screen.page.url and screen.page.locator(".lesson-text.large").count() == 1
    # What gives charts another colour is also what puts up the buttons that save them.
    screen.page.emulate_media(color_scheme="dark")
    screen.wait_for_background(["cell"], "#0E1117")
    assert screen.page.locator(".save-picture").count() == 0


def test_single_parts_can_be_hidden(open_view):
    screen = open_view("/all_together?hide=strips,speed,question")
    assert screen.page.locator(".st-key-strips").count() == 0
    assert screen.page.locator(".st-key-lanes").count() == 1
    assert not screen.page.locator(".player [data-is=speed]").is_visible()
    assert screen.page.locator(".lesson-text .lesson-item.question").count() == 0


def test_what_is_typed_is_answered(open_view):
    screen = open_view("/basics")
    screen.page.locator(".st-key-typed input").fill("B..d?")
    screen.page.locator(".player [data-is=place]").filter(has_text="Step 5 / 5").wait_for()
    model = load_bundled("recall")
    import lstm_viz

    batch = encode_typed("B..d?", model.card.features).batch
    answer = model.answers(lstm_viz.trace(model.module, batch.values).output)[-1, 0]
    screen.page.wait_for_function(READY)
    drawn = screen.page.locator(".st-key-memories .textpoint").all_text_contents()
    assert any(answer in text for text in drawn), drawn


def test_a_phone_shows_the_paragraph_that_is_read(open_view):
    screen = open_view("/learn_gate", device="phone")
    seen = screen.page.locator(".lesson-text .lesson-item").locator("visible=true")
    assert seen.count() == 1
    first = seen.first.text_content()
    screen.page.locator(".lesson-text [data-is=on]").click()
    assert seen.count() == 1 and seen.first.text_content() != first


#: The frame round a chart that the text speaks of, how far the page is scrolled, and how bright the cell's parts are.
SPOTLIGHT = """() => ({
  framed: [...document.querySelectorAll('.highlighted-chart')].map((box) => /st-key-([\\w-]+)/.exec(box.className)[1]),
  scrolled: document.querySelector('.stMain').scrollTop,
  dimmed: [...document.querySelectorAll('.st-key-cell .scatterlayer .trace')]
    .filter((part) => Number(part.style.opacity) === 0.4).length,
})"""


def test_the_answer_to_a_guess_is_seen(open_view):
    """Its explanation comes into the box that the text scrolls in, and the page stays at its top."""
    screen = open_view("/forget_gate", device="projector")
    screen.press("ArrowRight", "ArrowRight")
    screen.page.locator(".lesson-text .options button").first.click()

    def is_seen() -> None:
        revealed, box = (
            screen.page.locator(f".lesson-text {part}").bounding_box() for part in (".now .reveal", ".lesson-items")
        )
        assert box["y"] <= revealed["y"] and revealed["y"] + revealed["height"] <= box["y"] + box["height"] + 1
        assert screen.page.evaluate(SPOTLIGHT)["scrolled"] == 0

    screen.eventually(is_seen)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_link_to_a_paragraph_opens_all_that_the_paragraph_shows(open_view, theme):
    screen = open_view("/forget_gate?paragraph=7", theme=theme)

    def is_at_the_what_if() -> None:
        seen = screen.page.evaluate(SPOTLIGHT)
        assert seen["framed"] == ["whatif"] and seen["scrolled"] > 100
        assert screen.page.locator(".lesson-item.now").text_content().strip().startswith("Now hold the gate")

    screen.eventually(is_at_the_what_if)
    # A paragraph without a chart of its own brings the page back to its top.
    screen.press(*["ArrowLeft"] * 6)
    screen.eventually(lambda: assert_is_at_the_first(screen))


def assert_is_at_the_first(screen) -> None:
    seen = screen.page.evaluate(SPOTLIGHT)
    assert (seen["framed"], seen["scrolled"]) == ([], 0) and seen["dimmed"] > 0


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_first_paragraph_s_spotlight_stays_once_all_is_there(open_view, theme):
    screen = open_view("/forget_gate", theme=theme).quiet()
    assert_is_at_the_first(screen)


def test_a_link_to_a_paragraph_and_a_moment_opens_both(open_view):
    screen = open_view("/forget_gate?paragraph=2&step=3&beat=use").quiet()
    assert screen.text("place").startswith("Step 3 ") and screen.text("line").startswith("Use:")
    assert "now" in screen.page.locator(".lesson-text .lesson-item").nth(1).get_attribute("class").split()
