"""Which columns are taken for what, when nobody has said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_viz.sequences import (
    Choices,
    SequenceError,
    Table,
    bundled_examples,
    prepare,
    read_sequence,
    suggest_choices,
)
from lstm_viz.sequences.examples import example_table

ROWS = 12
DAYS = np.arange(ROWS).astype("datetime64[D]").astype("datetime64[ns]")
COUNT = np.arange(1.0, ROWS + 1)
FLOW = np.sin(COUNT)
SITE = np.array(["upper"] * 6 + ["lower"] * 6, dtype=object)
MIXED = np.array(["sun", "rain", "fog"] * 4, dtype=object)
NAMES = np.array([f"name {place}" for place in range(ROWS)], dtype=object)
DAILY = np.repeat(DAYS[:6], 2)
OFTEN = np.array(["upper", "lower"] * 6, dtype=object)
HALVES = np.repeat([1990.0, 1991.0], 6)
WITHIN = np.array([1.0, 2, 3, 4, 5, 6] * 2)


@pytest.mark.parametrize(
    ("columns", "features", "time", "sequence"),
    [
        ({"day": DAYS, "flow": FLOW}, ("flow",), "day", None),
        ({"flow": FLOW, "day": DAYS, "until": DAYS}, ("flow",), "day", None),
        ({"year": COUNT, "flow": FLOW}, ("flow",), "year", None),
        ({"site": SITE, "flow": FLOW}, ("flow",), None, "site"),
        ({"site": SITE, "hour": WITHIN, "flow": FLOW}, ("flow",), "hour", "site"),
        ({"weather": MIXED, "flow": FLOW}, ("weather", "flow"), None, None),
        ({"name": NAMES, "flow": FLOW}, ("flow",), None, None),
        ({"flow": FLOW, "none": np.full(ROWS, np.nan)}, ("flow",), None, None),
        ({"t": COUNT / 10, "flow": FLOW}, ("flow",), "t", None),
        ({"depth": COUNT / 10, "flow": FLOW}, ("depth", "flow"), None, None),
        ({"value": COUNT}, ("value",), None, None),
        ({"id": COUNT, "flow": FLOW}, ("flow",), "id", None),
        ({"id": COUNT[::-1], "flow": FLOW}, ("flow",), None, None),
        ({"Unnamed: 0": COUNT * 3, "flow": FLOW}, ("flow",), None, None),
        ({"column_1": COUNT * 3, "flow": FLOW}, ("flow",), None, None),
        ({"column_1": COUNT * 3, "column_2": FLOW}, ("column_1", "column_2"), None, None),
        ({"id": COUNT[::-1]}, ("id",), None, None),
        ({"site": OFTEN, "day": DAILY, "flow": FLOW}, ("flow",), "day", "site"),
        ({"flow": FLOW, "day": DAILY, "site": OFTEN}, ("flow",), "day", "site"),
        ({"hour": DAILY.astype(float), "site": OFTEN, "flow": FLOW}, ("flow",), "hour", "site"),
        ({"subject": HALVES, "flow": FLOW}, ("flow",), None, "subject"),
        ({"person": HALVES, "trial": WITHIN, "flow": FLOW}, ("flow",), "trial", "person"),
        ({"dose": HALVES, "flow": FLOW}, ("dose", "flow"), None, None),
        ({"year": HALVES, "month": WITHIN, "flow": FLOW}, ("year", "month", "flow"), None, None),
        ({"day": DAYS, "weekend": HALVES, "flow": FLOW}, ("weekend", "flow"), "day", None),
        ({"day": DAILY, "hour": OFTEN == "upper", "flow": FLOW}, ("hour", "flow"), "day", None),
        ({"character": MIXED, "flow": FLOW}, ("character", "flow"), None, None),
    ],
)
def test_columns_are_taken_for_what_they_are(
    columns: dict[str, np.ndarray], features: tuple[str, ...], time: str | None, sequence: str | None
) -> None:
    numbers = {name: column.astype(float) if column.dtype == bool else column for name, column in columns.items()}
    assert suggest_choices(Table(numbers, "a.csv", "CSV")) == Choices(features, time, sequence)


@given(st.integers(2, 12), st.integers(8, 20), st.booleans(), st.integers(0, 10**6))
@settings(max_examples=40)
def test_what_pandas_melts_into_one_column_becomes_its_columns_again(
    sites: int, days: int, numbered: bool, seed: int
) -> None:
    random = np.random.default_rng(seed)
    index = pd.date_range("2024-01-01", periods=days, name="day")
    wide = pd.DataFrame(random.normal(size=(days, sites)), index, range(1, sites + 1)).rename_axis(columns="place")
    long = wide.melt(ignore_index=False, value_name="flow").reset_index().sample(frac=1, random_state=seed)
    columns = {name: long[name].to_numpy() for name in long}
    columns["place"] = columns["place"].astype(float) if numbered else columns["place"].astype(str).astype(object)
    table = Table(columns, "long.csv", "CSV")
    choices = suggest_choices(table)
    assert choices == Choices(("flow",), "day", "place")
    batch = prepare(table, choices)
    order = [int(name.removeprefix("place ")) for name in batch.sequence_names]
    np.testing.assert_allclose(batch.original[..., 0], wide[order].to_numpy(), rtol=1e-6, atol=1e-6)


def test_a_few_panels_that_are_not_whole_stay_panels() -> None:
    days = np.repeat(DAYS, 2)[:-3]
    site = np.array(["upper", "lower"] * ROWS, dtype=object)[:-3]
    assert suggest_choices(Table({"day": days, "site": site, "flow": np.ones(21)}, "a.csv", "CSV")).sequence == "site"
    twice = np.append(days, days[-1])
    again = Table({"day": twice, "sky": np.append(site, site[-1]), "flow": np.ones(22)}, "a.csv", "CSV")
    assert suggest_choices(again).sequence is None, "one day has a value twice"


def test_words_that_stand_at_few_times_are_no_sequences() -> None:
    days = np.repeat(np.arange(20).astype("datetime64[D]").astype("datetime64[ns]"), 2)
    kinds = np.array(list("abcdefgh" * 5), dtype=object)
    columns = {"day": days, "mood": kinds, "flow": np.ones(40)}
    assert suggest_choices(Table(columns, "a.csv", "CSV")) == Choices(("mood", "flow"), "day", None)


def test_numbers_too_far_apart_for_a_difference_count_nothing() -> None:
    blocks, ends = np.repeat([0.0, 1.0], 6), [9.77e306, -1.7e308, np.inf, -np.inf, 0.0, 1.0]
    for others in (np.full(ROWS, 1e300), np.array(ends * 2)):
        with np.errstate(all="raise"):
            assert suggest_choices(Table({"a": blocks, "b": others}, "a.csv", "CSV")).sequence is None


def test_features_that_nobody_chose_are_those_that_suit() -> None:
    table = Table({"day": DAYS, "name": NAMES, "weather": MIXED, "flow": FLOW}, "a.csv", "CSV")
    assert prepare(table, Choices()).names == ("weather: fog", "weather: rain", "weather: sun", "flow")
    assert prepare(table, Choices(sequence="weather")).names == ("flow",)
    letters = Table({"character": np.array(list("abba"), dtype=object)}, "a.txt", "text")
    assert prepare(letters, Choices()).names == ("a", "b")


def test_a_column_given_another_part_is_no_feature_unless_that_is_said() -> None:
    text = "year,rain,flow\n2001,1,5\n2002,2,7\n2003,4,4\n"
    assert read_sequence(text).names == ("rain", "flow")
    assert read_sequence(text, time="rain").names == ("year", "flow")
    assert read_sequence(text, time="rain", features=["rain"]).names == ("rain",)


def test_what_the_format_says_comes_first() -> None:
    columns = {"sequence": np.repeat([0.0, 1.0], 6), "step": WITHIN, "a": FLOW}
    roles = {"sequence": "sequence", "step": "x", "time": "step"}
    assert suggest_choices(Table(columns, "a.npy", "npy", (), roles)) == Choices(("a",), "step", "sequence")


@pytest.mark.parametrize("key", ["river", "soil", "weather", "co2", "sunspots", "python"])
def test_the_examples_choices_are_those_suggested(key: str) -> None:
    example = next(example for example in bundled_examples() if example.key == key)
    suggested = suggest_choices(example_table(key))
    assert (suggested.time, suggested.sequence) == (example.choices.time, example.choices.sequence)
    assert set(example.choices.features) <= set(suggested.features)


def test_fifty_thousand_names_in_blocks_are_suggested_in_no_time() -> None:
    names = np.array([f"site {place // 4}" for place in range(200_000)], dtype=object)
    choices = suggest_choices(Table({"site": names, "flow": np.ones(200_000)}, "a.csv", "CSV"))
    assert choices.sequence is None, "more sequences than a batch may have are not suggested"


def test_keywords_override_what_is_suggested() -> None:
    text = "day,rain,flow\n2024-01-01,1,5\n2024-01-02,2,7\n2024-01-03,4,4\n"
    assert read_sequence(text).names == ("rain", "flow")
    assert read_sequence(text, features="flow").names == ("flow",)
    assert read_sequence(text, features=["flow", "rain"]).names == ("flow", "rain")
    assert read_sequence(text, standardise=False, features="rain").values.ravel().tolist() == [1, 2, 4]


def test_a_path_its_bytes_and_its_text_give_the_same(tmp_path: Path) -> None:
    text = "day,flow\n2024-01-01,5\n2024-01-02,7\n2024-01-03,4\n"
    path = tmp_path / "river.csv"
    path.write_text(text)
    for source in (path, str(path), text.encode(), text):
        batch = read_sequence(source)
        np.testing.assert_allclose(batch.original.ravel(), [5, 7, 4], rtol=1e-6)
        assert batch.step_labels[:, 0].tolist() == ["2024-01-01", "2024-01-02", "2024-01-03"]
    assert read_sequence(path).source == "river.csv"
    assert read_sequence(text.encode(), "mine.csv").source == "mine.csv"


def test_a_file_that_is_not_there_is_no_text() -> None:
    with pytest.raises(SequenceError, match=r"There is no file at river\.csv"):
        read_sequence("river.csv")


def test_a_text_becomes_characters() -> None:
    batch = read_sequence("Abba, so.\nWhat?")
    assert "".join(batch.names[place] for place in batch.values[:, 0].argmax(axis=1)) == "Abba, so.\nWhat?"
    assert batch.step_labels[:, 0].tolist() == list("Abba,␣so.⏎What?")
