"""What a person is told about their table, and what is refused with a sentence."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from lstm_viz.cli.sequence_argument import first_steps
from lstm_viz.sequences import Choices, SequenceError, Table, prepare
from lstm_viz.sequences.findings import Finding
from lstm_viz.sequences.limits import MAX_VALUES
from tests.sequences.small_tables import days, made, said

NAN = float("nan")
ROOT = Path(__file__).parents[2]


def test_values_beside_a_very_large_one_stay_what_the_file_has() -> None:
    """float32 values times a scale of 1e8 would tell little of them."""
    flow = np.array([1711749600.0, 4.0, 30.1, 30.2, -0.21])
    batch = made({"flow": flow}, "flow")
    assert batch.original.ravel().tolist() == flow.tolist()
    shorter = first_steps(batch, 3)
    assert shorter.original.ravel().tolist() == flow[:3].tolist()


def test_a_long_word_is_cut_where_it_names_something() -> None:
    words = np.array(["a" * 100_000, "b", "b"], dtype=object)
    batch = made({"w": words, "flow": np.arange(3.0)}, "w", "flow", sequence="w", time="w")
    assert batch.sequence_names[0] == batch.step_labels[0, 0] == "a" * 40
    assert batch.names[0] == "w: " + "a" * 40


def test_rows_without_a_number_are_one_sequence() -> None:
    batch = made({"s": [NAN, 1.0, NAN], "flow": np.arange(3.0)}, sequence="s")
    assert batch.sequence_names == ("no s", "s 1") and batch.lengths.tolist() == [2, 1]


def test_sequences_are_named_by_their_column() -> None:
    numbers = np.array([1234567.0, 1234568.0, NAN])
    assert made({"s": numbers, "flow": np.arange(3.0)}, sequence="s").sequence_names == (
        "s 1234567",
        "s 1234568",
        "no s",
    )
    dates = days("2024-01-01", "2024-02-01", "NaT")
    names = made({"s": dates, "flow": np.arange(3.0)}, sequence="s").sequence_names
    assert names == ("2024-01-01", "2024-02-01", "no s")


def test_a_constant_column_becomes_0_and_comes_back() -> None:
    batch = made({"flow": np.full(7, 0.1)})
    assert (np.abs(batch.values) < 1e-12).all() and said(batch, "same value everywhere", "`flow`")
    np.testing.assert_allclose(batch.original, 0.1, rtol=1e-12)


def test_columns_that_are_no_features_are_left_out_and_said() -> None:
    columns = {
        "flow": np.arange(30.0),
        "empty": np.full(30, NAN),
        "name": np.array([f"w{k}" for k in range(30)], dtype=object),
        "day": np.arange(30).astype("datetime64[D]").astype("datetime64[ns]"),
        "other": np.zeros(30),
    }
    batch = made(columns, "flow", "empty", "name", "day")
    assert batch.names == ("flow",)
    assert said(batch, "`empty`", "no values") and said(batch, "`name`", "30 different words")
    assert said(batch, "`day`", "dates") and said(batch, "Not used", "`other`")


def test_a_feature_chosen_twice_comes_once() -> None:
    assert made({"flow": np.arange(4.0)}, "flow", "flow").names == ("flow",)


def test_what_the_reader_said_is_said_again() -> None:
    table = Table({"flow": np.arange(3.0)}, "file.csv", "CSV", ("One row was odd.",))
    notes = prepare(table, Choices(("flow",))).notes
    assert notes == ("3 rows, 1 feature, 1 sequence. In the order of the file.", "One row was odd.")


@pytest.mark.parametrize("gaps", ["interpolate", "mean", "zero"])
def test_a_gap_among_words_is_none_of_their_kinds(gaps: str) -> None:
    words = np.array(["sun", None, "rain", None], dtype=object)
    batch = made({"weather": words}, "weather", gaps=gaps)
    assert batch.values[:, 0].tolist() == [[0, 1], [0, 0], [1, 0], [0, 0]]
    assert batch.filled is not None and batch.filled[:, 0, 0].tolist() == [False, True, False, True]
    assert batch.notes[1:] == (
        "`weather` holds words: they became 2 columns, 1 where the word stands, else 0.",
        "2 gaps in `weather`, taken for none of its kinds.",
    )
    assert [note.label for note in batch.notes if isinstance(note, Finding)] == [
        "weather became 2 columns",
        "2 gaps in weather",
    ]


def test_a_gap_among_words_is_the_word_before_or_its_row_goes() -> None:
    words = np.array(["sun", None, "rain", None], dtype=object)
    before = made({"weather": words}, "weather", gaps="previous")
    assert before.values[:, 0].tolist() == [[0, 1], [0, 1], [1, 0], [1, 0]]
    assert made({"weather": words}, "weather", gaps="drop").step_labels[:, 0].tolist() == ["1", "3"]


def test_huge_and_nearly_constant_columns_come_back() -> None:
    huge = np.array([1e308] + [-1e308] * 19)
    np.testing.assert_allclose(made({"flow": huge}).original.ravel(), huge, rtol=1e-6)
    tiny = made({"flow": [0.0, 5e-324]})
    assert np.isfinite(tiny.values).all() and (np.abs(tiny.original) <= 5e-324).all()
    steady = made({"flow": 1e6 + np.array([0, 1e-9, 0, 1e-9])})
    assert (np.abs(steady.values) < 1e-9).all(), "rounding in a file is not blown up to a whole deviation"
    np.testing.assert_allclose(steady.original.ravel(), 1e6)


def test_infinities_are_gaps() -> None:
    batch = made({"flow": [1.0, float("inf"), 3.0]})
    assert batch.original.ravel().round(5).tolist() == [1, 2, 3] and said(batch, "infinite", "`flow`")
    assert batch.filled is not None and batch.filled.ravel().tolist() == [False, True, False]


def test_dropped_rows_go_and_are_counted() -> None:
    columns = {"s": np.array(["a", "a", "b"], dtype=object), "flow": [1.0, NAN, NAN]}
    batch = made(columns, sequence="s", gaps="drop")
    assert batch.sequence_names == ("a",) and batch.filled is None
    assert said(batch, "2 gaps", "left out") and said(batch, "1 sequence", "left out")


@pytest.mark.parametrize(("far", "standardise"), [(9e307, True), (1.7e308, True), (1e39, False)])
def test_what_stands_in_dropped_rows_is_too_large_for_nothing(far: float, standardise: bool) -> None:
    columns = {"rain": [NAN, 1.0, 2.0], "flow": [far, 0.0, 1.0]}
    with np.errstate(all="raise"):
        batch = made(columns, "rain", "flow", gaps="drop", standardise=standardise)
    assert batch.original[:, 0].round(5).tolist() == [[1, 0], [2, 1]]


def test_one_long_sequence_becomes_rows_that_go_on() -> None:
    batch = made({"flow": np.arange(11.0)}, rows=3, standardise=False)
    assert batch.values[..., 0].T.tolist() == [[0, 1, 2], [3, 4, 5], [6, 7, 8]]
    assert batch.step_labels[0].tolist() == ["1", "4", "7"] and said(batch, "3 rows of 3 steps", "2 steps")
    several = made({"s": np.array(list("aab"), dtype=object), "flow": np.arange(3.0)}, sequence="s", rows=2)
    assert several.lengths.tolist() == [2, 1] and said(several, "not cut into rows")


def test_a_text_keeps_to_a_vocabulary() -> None:
    text = np.array(list("abba c\n"), dtype=object)
    free = made({"character": text}, "character")
    assert free.names == ("\n", " ", "a", "b", "c") and (free.values.sum(axis=2) == 1).all()
    assert free.step_labels[:, 0].tolist() == ["a", "b", "b", "a", "␣", "c", "⏎"]
    bound = made({"character": text}, "character", vocabulary=("b", "a"))
    assert bound.names == ("b", "a") and bound.values[:2, 0].tolist() == [[0, 1], [1, 0]]
    assert bound.values[4:].sum() == 0 and said(bound, "3 characters", "2 that the model knows")


@pytest.mark.parametrize(
    ("columns", "choices", "sentence"),
    [
        ({"flow": [NAN, NAN]}, {}, "None of the columns can be a feature"),
        ({"flow": np.array([None, None], dtype=object)}, {}, "None of the columns can be a feature"),
        ({"flow": np.zeros(0)}, {}, "file.csv has no rows"),
        ({"flow": [1.0, 2.0]}, {"features": ()}, "No column is chosen as a feature. Choose one or more of `flow`."),
        ({"flow": [1.0, 1e308]}, {"standardise": False}, "1e+308; a model's numbers go to 3.4e+38. Standardise"),
        ({"flow": [1.0, 1.7e308]}, {}, "1.7e+308; a model's numbers go to 1e+308. Mend"),
        ({"flow": [1.0, 2.0]}, {"features": "rain"}, "There is no column 'rain' in file.csv. It has `flow`"),
        ({"flow": [1.0, 2.0]}, {"time": "day"}, "There is no column 'day'"),
        ({"flow": [1.0, 2.0]}, {"sequence": "site"}, "There is no column 'site'"),
        ({"flow": [1.0, 2.0]}, {"rows": 3}, "2 steps can't be cut into 3 rows"),
        ({"flow": [1.0, 2.0]}, {"gaps": "guess"}, "`gaps` is guess; choose one of: interpolate, previous"),
        ({"flow": [1.0, 2.0]}, {"colour": 1}, "no choice called 'colour'"),
        ({"flow": [1.0, 2.0]}, {"gaps": ["mean"]}, "`gaps` is ['mean']; choose one of: interpolate"),
        ({"flow": [1.0, 2.0]}, {"features": 5}, "`features` is 5; choose names of columns."),
        ({"flow": [1.0, 2.0]}, {"features": [1]}, "`features` is (1,); choose names of columns."),
        ({"flow": [1.0, 2.0]}, {"time": ["flow"]}, "`time` is ['flow']; choose the name of a column."),
        ({"flow": [1.0, 2.0]}, {"sequence": 0}, "`sequence` is 0; choose the name of a column."),
        ({"flow": [1.0, 2.0]}, {"standardise": "no"}, "`standardise` is no; choose True or False."),
        ({"flow": [1.0, 2.0]}, {"rows": "2"}, "`rows` is 2; choose a whole number, 1 or more."),
        ({"flow": [1.0, 2.0]}, {"rows": NAN}, "`rows` is nan; choose a whole number"),
        ({"flow": [1.0, 2.0]}, {"rows": True}, "`rows` is True; choose a whole number"),
        ({"flow": [1.0, 2.0]}, {"rows": None}, "`rows` is None; choose a whole number"),
        ({"flow": [1.0, 2.0]}, {"steps": 0}, "`steps` is 0; choose a whole number"),
        ({"flow": [1.0, 2.0]}, {"steps": 1.5}, "`steps` is 1.5; choose a whole number"),
        (
            {"flow": [1.0, 2.0]},
            {"vocabulary": "aa"},
            "`vocabulary` is ('a', 'a'); choose characters, each of them once",
        ),
        ({"flow": [1.0, 2.0]}, {"vocabulary": 5}, "`vocabulary` is 5; choose characters"),
    ],
)
def test_what_makes_no_sequence_is_refused(columns: dict, choices: dict, sentence: str) -> None:
    with pytest.raises(SequenceError) as refusal:
        made(columns, **choices)
    assert sentence in str(refusal.value)


def test_a_text_of_too_many_kinds_is_refused_before_it_takes_the_memory() -> None:
    rows = 30_000
    text = np.array([chr(0x4E00 + place % 20_000) for place in range(rows)], dtype=object)
    assert rows * 20_000 > MAX_VALUES
    tracemalloc.start()
    with pytest.raises(SequenceError, match="make 600,000,000 numbers; 40,000,000 fit"):
        made({"character": text}, "character")
    assert tracemalloc.get_traced_memory()[1] < 50e6
    tracemalloc.stop()


def test_one_long_and_many_short_sequences_are_refused_before_they_take_the_memory() -> None:
    names = ["long"] * 20_000 + [f"s{place}" for place in range(5_000)]
    with pytest.raises(SequenceError, match="5,001 sequences as long as the longest, 20,000 steps"):
        made({"s": np.array(names, dtype=object), "flow": np.arange(25_000.0)}, sequence="s")


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        ("read_sequence([1, 2])", "A path, bytes or a text can be read; this is of the type list."),
        ("read_sequence(None)", "A path, bytes or a text can be read; this is of the type NoneType."),
        ("Choices(rows=1.5)", "`rows` is 1.5; choose a whole number, 1 or more."),
        ("Choices(features=['flow'])", "`features` is ['flow']; choose names of columns."),
        ("windows(load_example('sunspots'), 2.5, 3)", "Windows are cut by whole numbers, not by 2.5 rows and 3 steps."),
    ],
)
def test_the_wrong_type_is_refused_where_nobody_checks_types(call: str, sentence: str) -> None:
    """In a process of its own: here beartype would be quicker."""
    program = f"from lstm_viz.sequences import *\n{call}"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=False)
    assert told.stderr.splitlines()[-1].startswith(f"lstm_viz.sequences.errors.SequenceError: {sentence}")
