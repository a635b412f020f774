"""Every lesson's text: short enough to be read aloud, and pointing only at what is there."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import lstm_viz
from lstm_viz.lessons.moments import ALWAYS, AT_TIMES, lesson_steps
from lstm_viz.lessons.sections import SECTIONS
from lstm_viz.lessons.texts import Paragraph, paragraphs, parse_paragraphs

NAMES = [section.name for section in SECTIONS]
#: Most words of a lesson's text; of those whose charts have no gates more, and of any paragraph.
MOST, MOST_OF, MOST_OF_A_PARAGRAPH = 250, {"rnn_vs_lstm": 560, "sequences_of_data": 480}, 75


@pytest.mark.parametrize("name", NAMES)
def test_a_text_can_be_read_aloud(name):
    """As it is read of a standard cell where every other claim holds."""
    read = [" ".join(paragraph.shown(lambda claim: claim != "course")).split() for paragraph in paragraphs(name)]
    assert 120 <= sum(map(len, read)) <= MOST_OF.get(name, MOST)
    assert max(map(len, read)) <= MOST_OF_A_PARAGRAPH


@pytest.mark.parametrize("name", NAMES)
def test_every_step_that_is_pointed_at_exists(name):
    """The last of the steps that a paragraph names is one that every run has."""
    run = lstm_viz.trace(torch.nn.LSTM(2, 3), np.zeros((9, 1, 2), "f"))
    assert set(ALWAYS) <= set(lesson_steps(run.layers[0], 0, 0))
    for paragraph in paragraphs(name):
        *first, last = (paragraph.step or "first").split()
        assert last.isdigit() or last in ALWAYS, paragraph.text
        assert set(first) <= {*ALWAYS, *AT_TIMES}, paragraph.text


def test_the_first_passage_whose_claims_hold_is_shown():
    text = '[A]{claim=one} [B]{else claim="two, not one"} [C]{else} [D]{claim="not two"} E'
    for true, shown in ({"one"}, "ADE"), ({"two"}, "BE"), (set(), "CDE"), ({"one", "two"}, "AE"):
        assert "".join(Paragraph(text).shown(lambda name, true=true: name in true)) == shown


def test_a_paragraph_whose_claim_fails_is_left_out_and_so_is_one_of_which_nothing_is_left():
    whole, part = parse_paragraphs("{claim=one}\nIt is so.\n\n[It is so.]{claim=one}")
    for paragraph in (whole, part):
        assert paragraph.html({}, lambda name: True) == "<p>It is so.</p>\n"
        assert paragraph.html({}, lambda name: False) == ""


def test_a_bracket_that_is_no_passage_stays_and_a_mistaken_claim_is_told():
    assert Paragraph("[[STM′, E] is a list.]{claim=one} Press [ or ].").html({}) == (
        "<p>[STM′, E] is a list. Press [ or ].</p>\n"
    )
    with pytest.raises(ValueError, match="After a bracket stands"):
        parse_paragraphs("[It is so.]{if=one}")
