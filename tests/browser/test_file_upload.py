"""Explore with an uploaded file: read, understood, fitted, looked at, saved, refused."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import expect

import lstm_viz
from tests.browser.screens import assert_says_forget_factor

ROWS = 240


@pytest.fixture
def table(tmp_path) -> Path:
    """A CSV with dates, two features, words and two gaps."""
    days = np.datetime64("2024-01-01") + np.arange(ROWS)
    wave = np.sin(np.arange(ROWS) / 5) * 10
    lines = ["day,level_m,rain,note"]
    for place, day in enumerate(days):
        level = "" if place in (20, 21) else f"{wave[place]:.3f}"
        lines.append(f"{day},{level},{place % 7},entry {place}")
    path = tmp_path / "my river.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def drop(screen, path: Path) -> None:
    screen.page.locator("input[type=file]").set_input_files(path)


def fitted(screen, offer: str = "Fit a small LSTM") -> None:
    """Takes the offer of a fit, and waits until the fit has come and gone."""
    screen.page.get_by_role("button", name=offer).click(timeout=30_000)
    cancel = screen.page.get_by_role("button", name="Cancel", exact=True)
    cancel.wait_for(timeout=30_000)
    cancel.wait_for(state="detached", timeout=60_000)
    screen.ready()


#: Keeps the name under which a picture would be printed: a headless browser has no print window.
WITHOUT_PRINT_WINDOW = """document.addEventListener('load', ({ target }) => {
  if (target.className === 'print-picture')
    target.contentWindow.print = () => { window.printed = target.contentDocument.title; };
}, true)"""


def printed_page(screen) -> tuple[float, float, int]:
    """Width and height in points of what the print frame becomes as a PDF, and its pages."""
    frame = screen.page.locator("iframe.print-picture")
    markup = frame.evaluate("(frame) => frame.contentDocument.documentElement.outerHTML")
    page = screen.page.context.new_page()
    page.set_content(markup)
    drawn = page.pdf(prefer_css_page_size=True, print_background=True)
    page.close()
    boxes = re.findall(rb"/MediaBox ?\[0 0 ([\d.]+) ([\d.]+)\]", drawn)
    return float(boxes[0][0]), float(boxes[0][1]), len(boxes)


def test_a_file_is_understood_fitted_played_and_saved_and_stays_where_another_cant_be_read(
    table, open_view, tmp_path, subtests
):
    screen = open_view("/explore?source=File")
    drop(screen, table)
    fitted(screen)
    with subtests.test("understood"):
        understood = screen.page.locator(".st-key-explore-said").inner_text()
        assert "my river.csv" in understood
        assert f"{ROWS} rows, 2 features, 1 sequence." in understood
        assert "2 gaps in level_m" in understood and "\\" not in understood
    with screen.page.expect_download() as download:
        screen.page.get_by_role("tab", name="Save").click()
        screen.page.get_by_role("button", name="Run (netCDF, .nc)").click()
    assert download.value.suggested_filename == "my-river-fitted-8-units.nc"
    download.value.save_as(tmp_path / "run.nc")
    layer = lstm_viz.load_trace(tmp_path / "run.nc").layers[0]
    with subtests.test("saved"):
        assert layer.forget_gate.shape == (ROWS, 1, 8)
        with screen.page.expect_download() as download:
            screen.page.get_by_role("button", name="Make the CSV file").click()
        download.value.save_as(tmp_path / "part.csv")
        part = pd.read_csv(tmp_path / "part.csv")
        assert (part["forget_gate[5]"].to_numpy(np.float32) == layer.forget_gate[:, 0, 5]).all()
    with subtests.test("a figure is printed alone on a page of its size"):
        screen.page.evaluate(WITHOUT_PRINT_WINDOW)
        screen.page.get_by_test_id("stSidebar").get_by_role("button", name="PDF").click()
        screen.page.wait_for_function("() => window.printed")
        name = screen.page.evaluate("() => window.printed")
        assert re.fullmatch(r"my-river-fitted-8-units-cell-sequence-1-step-\d+-unit-\d+", name)
        chart = screen.page.locator(".st-key-cell .js-plotly-plot").bounding_box()
        width, height, pages = printed_page(screen)
        assert pages == 1
        assert (width, height) == pytest.approx((chart["width"] * 0.75, chart["height"] * 0.75), abs=1)
    screen.page.keyboard.press("Escape")
    with subtests.test("played"):
        for keys in (["Home"], ["Shift+ArrowRight", "Shift+ArrowRight"], ["ArrowDown"]):
            screen.press(*keys)
            screen.page.locator(".player .chip.forget").click()
            assert_says_forget_factor(screen, layer)
    with subtests.test("a value put into a gap says so in the picture"):
        screen.press("Home", *["Shift+ArrowRight"] * 20)
        picture = screen.page.locator(".st-key-cell .js-plotly-plot")
        picture.get_by_text("(filled)").wait_for()
        assert picture.get_by_text("(filled)").count() == 1, "the level, not the rain"
        screen.press("Shift+ArrowRight", "Shift+ArrowRight")
        picture.get_by_text("(filled)").wait_for(state="detached")
    with subtests.test("what can't be read is said, and the picture stays"):
        assert screen.text("place").endswith(f"/ {ROWS}")
        line = screen.text("line")
        player = screen.page.locator(".player")
        player.evaluate("(player) => player.classList.add('kept')")
        numbers = tmp_path / "numbers.csv"
        numbers.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8)
        drop(screen, numbers)
        refusal = screen.page.get_by_test_id("stAlert")
        refusal.wait_for()
        assert "this is a picture" in refusal.inner_text()
        screen.ready()
        assert "kept" in player.get_attribute("class"), "the player was put up anew"
        assert screen.text("line") == line
        assert screen.page.get_by_text("my river.csv").count() >= 1


def test_a_fit_can_be_cancelled_and_taken_up_again(open_view):
    screen = open_view("/explore?source=Text")
    screen.page.locator("textarea").first.fill("the quick brown fox jumps over the lazy dog. " * 60)
    screen.page.keyboard.press("Control+Enter")
    screen.page.get_by_role("button", name="Fit a small LSTM").click(timeout=30_000)
    cancel = screen.page.get_by_role("button", name="Cancel", exact=True)
    cancel.wait_for(timeout=30_000)
    cancel.click()
    again = screen.page.get_by_role("button", name="Fit again")
    again.wait_for(timeout=60_000)
    screen.page.get_by_text("Still showing: River Fulda").wait_for()
    assert screen.text("place").endswith("/ 3,653")
    fitted(screen, "Fit again")
    assert screen.text("place").endswith("/ 2,700")
    assert_goes_through_its_checkpoints(screen)


def assert_goes_through_its_checkpoints(screen) -> None:
    """The slider and a click on the map of a fit's units go to a checkpoint, and ask nothing of the server."""
    slider = screen.page.get_by_role("slider", name="Updates")
    last = int(slider.get_attribute("max"))
    screen.quiet()
    sent, before = len(screen.sent), screen.bound_values("checkpoint-strips")
    slider.fill(str(last))
    screen.eventually(lambda: _assert_differs(screen.bound_values("checkpoint-strips"), before))
    columns = screen.page.locator(".st-key-checkpoint-maps .nsewdrag").first
    columns.scroll_into_view_if_needed()
    box = screen.come_to_rest(columns)
    screen.page.mouse.click(box["x"] + 2, box["y"] + box["height"] / 2)
    expect(slider).to_have_value("0")
    assert len(screen.sent) == sent


def _assert_differs(found: object, before: object) -> None:
    assert found != before


def test_a_long_run_is_looked_at_piece_by_piece(open_view):
    screen = open_view("/explore?example=River+Fulda&step=100")
    screen.press("End").page.locator(".player [data-is=place]").filter(has_text="Step 3,653").wait_for()
    screen.page.locator(".player [data-is=line]").filter(has_text="the last step of the sequence").wait_for(
        timeout=15_000
    )
    overview = screen.page.locator(".st-key-overview .js-plotly-plot")
    screen.page.mouse.click(*screen.middle_of(overview))
    screen.page.wait_for_function("() => /step=1[789]\\d\\d/.test(location.search)")
    assert screen.page.evaluate("document.querySelector('.st-key-strips .js-plotly-plot').layout.xaxis.range[0]") > 1700


def test_words_of_a_file_stay_words(open_view, tmp_path):
    path = tmp_path / "tags.csv"
    names = "<b>day</b>,<img src=x onerror=alert(1)>,[x](javascript:alert(1))"
    rows = [f"<i>s{place // 30}</i>,{place % 7},{place * 3 % 5}" for place in range(90)]
    path.write_text("\n".join([names, *rows]), encoding="utf-8")
    screen = open_view("/explore?source=File")
    dialogs: list[str] = []

    def dismiss(dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    screen.page.on("dialog", dismiss)
    drop(screen, path)
    fitted(screen)
    screen.open_menu().page.locator(".player [data-is=sequence]").filter(has_text="<i>s0</i>").wait_for()
    screen.page.remove_listener("dialog", dismiss)
    assert dialogs == []
    assert screen.page.locator("img[src=x]").count() == 0


def test_a_sheet_of_a_workbook_can_be_chosen(open_view, tmp_path):
    frames = {
        "Read me": pd.DataFrame({"Made by": ["us"]}),
        "Daily": pd.DataFrame({"level": np.sin(np.arange(60) / 4)}),
        "Hourly": pd.DataFrame({"gauge": np.cos(np.arange(90) / 4)}),
    }
    with pd.ExcelWriter(tmp_path / "gauges.xlsx") as writer:
        for name, frame in frames.items():
            frame.to_excel(writer, sheet_name=name, index=False)
    screen = open_view("/explore?source=File")
    drop(screen, tmp_path / "gauges.xlsx")
    for sheet, rows in (("Daily", 60), ("Hourly", 90)):  # the first sheet, of words alone, is passed over
        if sheet != "Daily":
            screen.choose_option(screen.page.get_by_role("combobox", name="Sheet"), sheet)
        fitted(screen)
        understood = screen.page.locator(".st-key-explore-said").inner_text()
        assert f"{rows} rows, 1 feature, 1 sequence." in understood and f"The sheet “{sheet}” was read" in understood
        assert screen.text("place").endswith(f"/ {rows}")
        assert screen.page.get_by_test_id("stAlert").count() == 0
