"""A teacher's notes: every lesson has them, their answers are the run's, and no class follows to them."""

from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_viz.classroom.page_state import PageStates
from lstm_viz.classroom.refusal import Refusal
from lstm_viz.lessons.sections import SECTIONS
from lstm_viz.lessons.teacher_notes import NOTES, notes_html
from lstm_viz.ui.app.classroom import PAGE_ADDRESSES, WIDGET_KEYS
from tests.lessons.test_statements import items_of


def test_every_lesson_has_notes_and_all_fit_in_two_hours():
    assert list(NOTES) == [section.name for section in SECTIONS]
    assert all(notes.asks and notes.misconception for notes in NOTES.values())
    assert sum(notes.minutes for notes in NOTES.values()) <= 120


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(["recall", "recall-course", "brackets", "forecast"]), st.integers(0, 7))
def test_answers_come_from_the_run(model: str, unit: int):
    for lesson in (section.name for section in SECTIONS):
        if lesson in ("rnn_vs_lstm", "sequences_of_data"):
            continue
        items = items_of(lesson, model, unit)
        notes = unescape(notes_html(lesson, items))
        for item in items:
            if item.get("options"):
                assert f"<b>{item['options'][item['right']]}</b>" in notes and item["reveal"] in notes


def test_what_is_said_of_no_run_holds_no_number_of_one():
    """Rounded numbers come from a run; the two that don't are powers that anybody can reckon."""
    for notes in NOTES.values():
        text = " ".join([notes.misconception, *(part for ask in notes.asks for part in ask)])
        assert {float(found) for found in re.findall(r"\d+\.\d+", text)} <= {0.5, 0.9, 0.35}
    assert pytest.approx(1e-6, rel=0.05) == 0.5**20 and pytest.approx(0.35, abs=0.005) == 0.9**10


def test_no_state_of_a_class_asks_for_them():
    states = PageStates(PAGE_ADDRESSES, WIDGET_KEYS)
    with pytest.raises(Refusal):
        states.checked("forget_gate?step=3&notes=1")
    assert "notes" not in states.address(states.checked("forget_gate?step=3"), "K7PQ3")
