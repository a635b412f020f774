"""Large tables in a person's time, told by known work: a machine may be slow, or slow for a while."""

from __future__ import annotations

import numpy as np
import pytest
from paces import times_as_long

from lstm_viz.sequences import Choices, Table, prepare, suggest_choices
from lstm_viz.sequences.choices import GAPS

ROWS, COLUMNS = 200_000, 20


def measurements(sequences: int) -> Table:
    """Twenty columns with a gap in every twentieth cell, in no order of time."""
    random = np.random.default_rng(0)
    columns: dict[str, np.ndarray] = {"minute": random.permutation(ROWS).astype(float)}
    columns["site"] = np.array([f"site {row % sequences}" for row in range(ROWS)], dtype=object)
    for place in range(COLUMNS):
        values = random.normal(size=ROWS)
        values[random.random(ROWS) < 0.05] = np.nan
        columns[f"value {place}"] = values
    return Table(columns, "large.csv", "CSV")


@pytest.mark.parametrize("sequences", [1, 10_000])
@pytest.mark.parametrize("gaps", GAPS)
def test_four_million_numbers_take_no_longer_than_sorting_eight_million(sequences: int, gaps: str) -> None:
    table = measurements(sequences)
    features = tuple(name for name in table.columns if name.startswith("value"))
    choices = Choices(features, "minute", "site").but(gaps=gaps)
    assert times_as_long(lambda: prepare(table, choices)) < 8


def test_a_hundred_thousand_characters_take_no_longer_than_sorting_three_million_numbers() -> None:
    characters = np.random.default_rng(0).choice(list("abcdefghijklmnopqrstuvwxyz ,.\n"), 100_000)
    table = Table({"character": characters.astype(object)}, "text.txt", "text")
    assert times_as_long(lambda: prepare(table, suggest_choices(table))) < 3
