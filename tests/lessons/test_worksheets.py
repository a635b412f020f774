"""A worksheet's key is the run's numbers as they are printed, and the printed sums give them by hand."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_viz.bundled import bundled_models
from lstm_viz.figures.formats import MINUS, plain, signed
from lstm_viz.lessons.sections import SECTIONS, Section
from lstm_viz.lessons.worksheets import TASKS, Sheet, worksheet, worksheets_html
from lstm_viz.sequences.batch import SequenceBatch
from lstm_viz.sequences.sliding_windows import windows
from lstm_viz.ui.stage.bundled_runs import bundled_view

MODELS = [card.key for card in bundled_models() if card.variant != "rnn"]
OF_A_RUN = [section for section in SECTIONS if section.name in TASKS]
LAST = SECTIONS[-1]


def number(text: str) -> Decimal:
    return Decimal(text.replace(MINUS, "-"))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(OF_A_RUN), st.sampled_from(MODELS), st.integers(1, 9999))
def test_every_blank_is_the_traces_number_and_comes_out_by_hand(lesson: Section, model: str, seed: int):
    view = bundled_view(model)
    sheet = worksheet(lesson, view, seed)
    assert len(sheet.rows) == TASKS[lesson.name][2]
    for blank in sheet.blanks:
        layer, at = view.trace.layers[0], blank.at
        real = float(getattr(layer, blank.result.result)[at.step, at.sequence, at.unit])
        assert blank.answer in (signed(real), plain(real))
        left, right = number(blank.left), number(blank.right)
        by_hand = left * right if blank.by == "×" else left + right
        assert by_hand.quantize(Decimal("0.01"), ROUND_HALF_UP) == number(blank.answer)
        assert at.step < layer.lengths[at.sequence]


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 9999))
def test_what_is_cut_is_what_the_lessons_own_cutting_gives(seed: int):
    for row in worksheet(LAST, bundled_view("recall"), seed).rows:
        length, rows, steps = (int(found) for found in re.findall(r"\d+", row.where))
        count = np.arange(float(length))[:, None, None]
        zero = np.zeros(1)
        labels = np.arange(1, length + 1).astype(str)[:, None]
        cut = windows(SequenceBatch(count, ("n",), np.array([length]), ("one",), zero, zero + 1, labels), rows, steps)
        answers = {blank.left: int(blank.answer) for blank in row.blanks}
        assert answers["characters in a window, in all rows"] == cut.parts[0].values.size
        assert answers["whole windows"] == len(cut.parts)
        assert answers["characters that are dropped"] == cut.dropped
        (asked,) = (left for left in answers if left.startswith("row "))
        which = int(re.findall(r"\d+", asked)[0]) - 1
        assert str(answers[asked]) == cut.parts[0].step_labels[0, which]
        assert answers["most steps that a gradient reaches back"] == steps


@pytest.mark.parametrize("lesson", SECTIONS, ids=lambda section: section.name)
def test_a_seed_draws_one_sheet_and_seats_differ(lesson: Section):
    view = bundled_view("recall")
    sheets = [worksheet(lesson, view, seed) for seed in range(1, 31)]
    assert sheets[4] == worksheet(lesson, view, 5)
    assert len({sheet.rows for sheet in sheets}) == 30


def test_the_key_stands_on_sheets_of_its_own():
    view = bundled_view("recall")
    sheets: list[Sheet] = [worksheet(OF_A_RUN[3], view, seed) for seed in (1, 2)]
    without, with_key = (worksheets_html(sheets, "Recall", with_key=key) for key in (False, True))
    assert with_key.count("<section class='sheet") == 4 and without.count("<section class='sheet") == 2
    pages = with_key.split("<section class='sheet")[1:]
    for page, sheet in zip(pages, [*sheets, *sheets], strict=True):
        is_key = page.startswith(" key")
        answers = [f"<b class='blank'>{blank.answer}</b>" for blank in sheet.blanks]
        assert all((answer in page) == is_key for answer in answers)
        assert ("☒" in page) == (sheet.asked.reveal.replace("'", "&#x27;") in page) == is_key
    assert "<script" not in with_key and "☒" not in without


def test_no_line_gives_a_blank_above_it_away():
    for lesson in OF_A_RUN:
        for row in worksheet(lesson, bundled_view("recall"), 3).rows:
            results: set[str] = set()
            for blank in row.blanks:
                assert results & {blank.result.left, blank.result.right} == blank.carried
                results.add(blank.result.result)
    sheet = worksheet(next(each for each in OF_A_RUN if each.name == "architecture"), bundled_view("recall"), 3)
    page, key = (worksheets_html([sheet], "Recall", with_key=key).split("</section>")[key] for key in (False, True))
    assert page.count("class='carried'") == 4 and "class='carried'" not in key


def test_words_of_a_run_stay_words():
    from dataclasses import replace

    from lstm_viz.figures.run_view import StepTexts

    view = bundled_view("recall")
    labels = np.full(view.shape, "<img src=x>")
    hostile = replace(view, texts=replace(view.texts, labels=labels)) if isinstance(view.texts, StepTexts) else view
    page = worksheets_html([worksheet(OF_A_RUN[0], hostile, 1)], "<b>", with_key=True)
    assert "<img" not in page and "&lt;img src=x&gt;" in page and "&lt;b&gt;" in page
