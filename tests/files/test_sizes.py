"""Sizes in words: true to the digits that they show, and growing as the numbers do."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_viz.files.sizes import size_in_words

WORTH = {"byte": 1, "bytes": 1, "kB": 2**10, "MB": 2**20, "GB": 2**30, "TB": 2**40}


def value(words: str) -> float:
    number, unit = words.split(" ")
    return float(number.replace(",", "")) * WORTH[unit]


@given(st.integers(0, 2**50))
def test_it_is_the_number_but_for_what_two_digits_leave_out(count):
    words = size_in_words(count)
    assert re.fullmatch(r"[\d,]+(\.[1-9])? (bytes?|[kMGT]B)", words)
    assert value(words) == pytest.approx(count, rel=0.05)


@given(st.integers(0, 2**45), st.integers(0, 2**45))
def test_what_is_more_is_never_said_as_less(one, other):
    few, many = sorted((one, other))
    assert value(size_in_words(few)) <= value(size_in_words(many))


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0 bytes"), (1, "1 byte"), (1023, "1,023 bytes"), (2**20 - 1, "1 MB")]
)
def test_the_edges(count, words):
    assert size_in_words(count) == words
