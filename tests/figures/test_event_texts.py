"""What stands at a step's event: its values, and which of them no one measured."""

from __future__ import annotations

import numpy as np
import pytest

from lstm_viz.figures.labels import event_texts
from lstm_viz.sequences import Table, prepare, suggest_choices

DAYS = np.arange(6).astype("datetime64[D]").astype("datetime64[ns]")
LEVEL = np.array([1.0, np.nan, 3.0, 4.0, np.nan, np.nan])
RAIN = np.array([0.0, 1.0, np.nan, 0.5, 0.0, 0.0])


@pytest.mark.parametrize("steps", [slice(0, 6), slice(2, 5)])
@pytest.mark.parametrize("gaps", ["interpolate", "previous", "mean", "zero"])
def test_a_value_that_was_put_into_a_gap_says_so(gaps: str, steps: slice):
    table = Table({"day": DAYS, "level": LEVEL, "rain": RAIN}, "a.csv", "CSV")
    texts = event_texts(prepare(table, suggest_choices(table).but(gaps=gaps)), steps)
    rows = [text.split("<br>")[1:] for text in texts[:, 0]]
    said = [[row.endswith("(filled)") for row in values] for values in rows]
    assert said == np.isnan(np.column_stack([LEVEL, RAIN]))[steps].tolist()


def test_where_there_was_no_gap_nothing_is_said():
    table = Table({"day": DAYS, "rain": np.arange(6.0)}, "a.csv", "CSV")
    texts = event_texts(prepare(table, suggest_choices(table)), slice(0, 6))
    assert not any("filled" in text for text in texts.ravel())


def test_a_long_name_leaves_room_for_its_value():
    name = "the temperature of the water at the mill"
    table = Table({"day": DAYS, name: np.arange(6.0)}, "a.csv", "CSV")
    text = event_texts(prepare(table, suggest_choices(table)), slice(2, 3))[0, 0]
    assert text.endswith("<br>the temperat… 2.00")
