"""Tables of many columns, and names that would be the same: said in a few words, and told apart."""

from __future__ import annotations

import re

import numpy as np
import pytest

from lstm_viz.sequences import Choices, SequenceError, Table, prepare, suggest_choices
from lstm_viz.sequences.choices import GAPS
from lstm_viz.sequences.formatting import make_unique
from tests.support.call_counts import count_calls

NAN, INF = np.nan, np.inf
LONG = "a" * 60


def table_of(columns: int, **others: np.ndarray) -> Table:
    """Seven rows; every column has two gaps and one infinite value, and no value in the second site."""
    values = np.array([1.0, NAN, INF, 2.0, 5.0, 7.0, NAN])
    return Table({**others, **{f"sensor {place}": values * (place + 1) for place in range(columns)}}, "wide.csv", "CSV")


@pytest.mark.parametrize("gaps", GAPS)
@pytest.mark.parametrize("columns", [6, 500])
def test_many_columns_with_gaps_are_said_in_one_sentence(columns: int, gaps: str) -> None:
    table = table_of(columns)
    batch = prepare(table, suggest_choices(table).but(gaps=gaps))
    assert len(batch.notes) == 3 and sum(map(len, batch.notes)) < 500
    assert batch.notes[1].startswith(f"{columns:,} infinite values in {columns} columns, taken for gaps: `sensor 0`")
    assert batch.notes[2].startswith(f"{3 * columns:,} gaps in {columns} columns, ")


def test_few_columns_with_gaps_have_a_sentence_each() -> None:
    table = table_of(5)
    said = [note for note in prepare(table, suggest_choices(table)).notes if re.match("3 gaps in `sensor .`,", note)]
    assert len(said) == 5


@pytest.mark.parametrize(("columns", "sentences"), [(5, 5), (6, 1)])
def test_columns_without_a_value_in_a_sequence_are_said(columns: int, sentences: int) -> None:
    site = np.array(["a", "b", "b", "c", "c", "c", "c"], dtype=object)
    table = table_of(columns, site=site)
    batch = prepare(table, Choices(tuple(f"sensor {place}" for place in range(columns)), sequence="site"))
    said = [note for note in batch.notes if "no values at all" in note]
    assert len(said) == sentences and all("stand" in note for note in said)
    np.testing.assert_allclose(batch.original[0, 1, :2], [3.75, 7.5])


def test_sequences_whose_names_begin_alike_are_told_apart() -> None:
    site = np.array([LONG + "1", LONG + "2", LONG + "3"], dtype=object)
    batch = prepare(Table({"site": site, "flow": np.arange(3.0)}, "a.csv", "CSV"), Choices(("flow",), sequence="site"))
    assert batch.sequence_names == ("a" * 40, "a" * 40 + " (2)", "a" * 40 + " (3)")


def test_features_of_one_name_are_told_apart() -> None:
    words = np.array(["sun", "rain"] * 2, dtype=object)
    columns = {"sky": words, "sky: sun": np.arange(4.0), "w": np.array([LONG + "1", LONG + "2"] * 2, dtype=object)}
    names = prepare(Table(columns, "a.csv", "CSV"), Choices(tuple(columns))).names
    assert names == ("sky: rain", "sky: sun", "sky: sun (2)", "w: " + "a" * 40, "w: " + "a" * 40 + " (2)")


def test_a_numbered_name_may_be_taken_already() -> None:
    assert make_unique(["a", "a (2)", "a", "a"]) == ("a", "a (2)", "a (3)", "a (4)")


def test_a_hundred_thousand_equal_names_take_two_calls_each() -> None:
    names = ["a"] * 100_000
    assert len(set(make_unique(names))) == 100_000
    assert count_calls(lambda: make_unique(names)) <= 200_000


def test_a_text_too_long_is_told_to_be_shorter() -> None:
    text = np.array([chr(0x4E00 + place % 3000) for place in range(20_000)], dtype=object)
    table = Table({"character": text}, "text.txt", "text")
    with pytest.raises(SequenceError, match=r"40,000,000 fit\. Keep a shorter text\.$"):
        prepare(table, suggest_choices(table))
