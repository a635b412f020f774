"""Large tables in a person's time: the work counted, which grows with rows and sequences and no faster."""

from __future__ import annotations

import numpy as np
import pytest

from lstm_viz.sequences import Choices, Table, prepare, suggest_choices
from lstm_viz.sequences.choices import GAPS
from tests.support.call_counts import count_calls

COLUMNS = 20


def measurements(rows: int, sequences: int) -> Table:
    """Twenty columns with a gap in every twentieth cell, in no order of time."""
    random = np.random.default_rng(0)
    columns: dict[str, np.ndarray] = {"minute": random.permutation(rows).astype(float)}
    columns["site"] = np.array([f"site {row % sequences}" for row in range(rows)], dtype=object)
    for place in range(COLUMNS):
        values = random.normal(size=rows)
        values[random.random(rows) < 0.05] = np.nan
        columns[f"value {place}"] = values
    return Table(columns, "large.csv", "CSV")


def calls_to_prepare(rows: int, sequences: int, gaps: str) -> int:
    table = measurements(rows, sequences)
    features = tuple(name for name in table.columns if name.startswith("value"))
    choices = Choices(features, "minute", "site").but(gaps=gaps)
    return count_calls(lambda: prepare(table, choices))


@pytest.mark.parametrize("gaps", GAPS)
def test_numbers_are_worked_on_by_columns_and_not_one_by_one(gaps: str) -> None:
    """A call for each number would be twenty a row; one for each sequence of a column, twenty more a sequence."""
    few, many, parted = (calls_to_prepare(*size, gaps) for size in ((1000, 1), (4000, 1), (4000, 200)))
    assert (many - few) / 3000 <= 3
    assert (parted - many) / 199 <= 60


def test_each_character_of_a_text_costs_the_same() -> None:
    def calls(count: int) -> int:
        characters = np.random.default_rng(0).choice(list("abcdefghijklmnopqrstuvwxyz ,.\n"), count)
        table = Table({"character": characters.astype(object)}, "text.txt", "text")
        return count_calls(lambda: prepare(table, suggest_choices(table)))

    few, more, many = calls(1000), calls(2000), calls(4000)
    assert many - more <= 2 * (more - few) + 100 and (many - few) / 3000 <= 6
