"""What a file leaves open: asked with an example, settled by an argument, and kept in links."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_viz.sandbox.wire import decode, encode
from lstm_viz.sequences import ReadingOptions, ReadingWarning, SequenceError, read_pasted, read_sequence, read_table
from lstm_viz.sequences.reading_options import Answer, Question, options_from_text, python_argument
from lstm_viz.sequences.table import Table, decode_table, encode_table

GERMAN = "Datum;Stück\n01.01.2024;980\n02.01.2024;990\n03.01.2024;1.020\n"
CODED = b"flow\n1\n2\n-999\n3\n"


def test_what_may_be_read_in_two_ways_is_warned_of_once_with_the_argument_that_settles_it() -> None:
    with pytest.warns(ReadingWarning) as said:
        batch = read_sequence(GERMAN.encode(), "a.csv")
    assert [str(one.message) for one in said] == [
        '“1.020” in column “Stück” may be 1.020 or 1020. Read as: 1020; say decimal="." for: 1.020.'
    ]
    np.testing.assert_allclose(batch.original.ravel(), [980, 990, 1020], rtol=1e-6)
    assert any("Read as: 1020." in note for note in batch.notes)


@pytest.mark.parametrize(("decimal", "last"), [(".", 1.02), (",", 1020.0)])
def test_an_argument_settles_it_in_silence(decimal: str, last: float) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        batch = read_sequence(GERMAN.encode(), "a.csv", decimal=decimal, standardise=False)
    assert batch.original.ravel()[-1] == pytest.approx(last, rel=1e-6)


def test_a_code_is_a_gap_unless_somebody_says_that_it_is_a_number() -> None:
    with pytest.warns(ReadingWarning, match=r"-999 comes 1 time .* say missing=\(\) for: numbers"):
        assert read_sequence(CODED, "a.csv").filled.ravel().tolist() == [False, False, True, False]
    assert read_table(CODED, "a.csv", missing=()).columns["flow"].tolist() == [1, 2, -999, 3]
    np.testing.assert_array_equal(read_table(CODED, "a.csv", missing=2).columns["flow"], [1, np.nan, -999, 3])


def test_pasted_text_and_paths_take_the_same_options(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(CODED)
    assert read_table(path, missing=()).columns["flow"].tolist() == [1, 2, -999, 3]
    assert read_pasted("1 -999 2 3", missing=()).columns["value"].tolist() == [1, -999, 2, 3]


@pytest.mark.parametrize(
    ("option", "value"),
    [("decimal", ";"), ("missing", "low"), ("missing", [float("inf")]), ("day_first", 1), ("header", "yes")],
)
def test_a_value_that_an_option_cant_have_is_refused(option: str, value: object) -> None:
    with pytest.raises(SequenceError, match=f"`{option}` is .*, choose "):
        read_table(CODED, "a.csv", **{option: value})


OPTIONS = st.builds(
    ReadingOptions,
    decimal=st.sampled_from([None, ".", ","]),
    missing=st.none() | st.lists(st.integers(-(10**6), 10**6).map(lambda n: n / 10), max_size=4),
    day_first=st.sampled_from([None, True, False]),
    header=st.sampled_from([None, True, False]),
    row_is=st.sampled_from([None, "step", "sequence", "feature"]),
    padding=st.none() | st.lists(st.integers(-9, 9).map(float), max_size=2),
)


@given(OPTIONS)
def test_options_survive_a_link_and_a_message(options: ReadingOptions) -> None:
    assert options_from_text(options.as_text()) == options
    assert ReadingOptions(**json.loads(json.dumps(options.given()))) == options


@given(OPTIONS)
def test_what_python_is_told_is_python(options: ReadingOptions) -> None:
    written = ", ".join(python_argument(name, value) for name, value in options.given().items())
    assert eval(f"ReadingOptions({written})", {"ReadingOptions": ReadingOptions}) == options


@given(st.text(max_size=60))
def test_any_link_makes_options(line: str) -> None:
    options_from_text(line)


def test_questions_travel_from_the_process_that_reads() -> None:
    question = Question("missing", "-999 comes twice.", Answer((-999.0,), "missing"), (Answer((), "numbers"),))
    table = Table({"a": np.zeros(2)}, "a.csv", "csv", questions=(question,), missing=(-1.0,))
    sent = bytearray(b"".join(bytes(part) for part in encode(encode_table(table))))
    got = decode_table(decode(sent))
    assert (got.questions, got.missing) == (table.questions, table.missing)


@pytest.mark.parametrize(
    "lie",
    [
        {"option": "colour", "example": "x", "answers": [["red", "red"]]},
        {"option": "decimal", "example": 5, "answers": [[".", "1"]]},
        {"option": "decimal", "example": "x", "answers": []},
        {"option": "decimal", "example": "x", "answers": [["<b>", "1"]]},
        {"option": "row_is", "example": "x", "answers": [["step", 5]]},
    ],
)
def test_a_question_that_lies_is_refused(lie: dict[str, object]) -> None:
    from lstm_viz.sandbox.wire import DECODE_ERRORS
    from lstm_viz.sequences.reading_options import decode_question

    with pytest.raises(DECODE_ERRORS):
        decode_question(lie)
