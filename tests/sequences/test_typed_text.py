"""Sequences typed sign by sign."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lstm_viz.sequences.tasks import BRACKET_SYMBOLS, RECALL_SYMBOLS
from lstm_viz.sequences.typed_text import MAX_CHARACTERS, encode_typed, reads_characters


@given(st.text(max_size=90), st.sampled_from([RECALL_SYMBOLS, BRACKET_SYMBOLS]))
def test_what_is_known_is_read_and_what_is_not_is_said(text, signs):
    found = encode_typed(text, signs)
    shown = [] if found.batch is None else found.batch.step_labels[:, 0].tolist()
    assert set(shown) <= set(signs) and not set(found.unknown) & set(signs)
    assert len(shown) <= MAX_CHARACTERS and (not found.truncated or len(shown) == MAX_CHARACTERS)
    if found.batch is not None:
        assert found.batch.values.shape == (len(shown), 1, len(signs))
        assert [signs[k] for k in found.batch.values[:, 0].argmax(axis=-1)] == shown
        assert (found.batch.values.sum(axis=-1) == 1).all()
    if not found.truncated and not found.unknown:
        assert len(shown) == len(text)


def test_easier_signs_and_the_other_case_stand_for_those_that_are_known():
    assert encode_typed("a.. -?D", RECALL_SYMBOLS).batch.step_labels[:, 0].tolist() == [
        "A",
        "·",
        "·",
        "·",
        "·",
        "?",
        "d",
    ]
    assert encode_typed("X", BRACKET_SYMBOLS).batch.step_labels[0, 0] == "x"


def test_more_than_fits_is_cut():
    assert (
        encode_typed("A" * 70, RECALL_SYMBOLS).truncated
        and len(encode_typed("A" * 70, RECALL_SYMBOLS).batch.step_labels) == MAX_CHARACTERS
    )


def test_models_that_read_numbers_read_no_signs():
    assert not reads_characters(("value", "marker")) and reads_characters(RECALL_SYMBOLS)
