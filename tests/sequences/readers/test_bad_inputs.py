"""Every bad input comes out as a table with notes or as one sentence, whatever the time, at no cost to this process."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from lstm_viz.sequences import SequenceError, read_table
from tests.sequences.readers.bad_inputs import CASES, Case
from tests.sequences.readers.hostile_files import npy_of_objects

MEGABYTE = 2**20


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_bad_input_is_read_with_notes_or_refused_with_a_sentence(case: Case) -> None:
    data = case.data()
    before = psutil.Process().memory_info().rss
    said = _outcome(data, case)
    assert "seconds" not in said, "what ends it is no limit of time"
    assert psutil.Process().memory_info().rss - before < 100 * MEGABYTE
    for word in case.words:
        assert word in said


def _outcome(data: bytes, case: Case) -> str:
    """The sentence, or the notes of a table of the expected shape."""
    if case.shape is not None:
        table = read_table(data, case.name)
        assert (table.rows, len(table.columns)) == case.shape
        said = [*table.notes, *(question.sentence() for question in table.questions)]
        assert bool(said) == bool(case.words)
        return " ".join(said)
    with pytest.raises(SequenceError) as refusal:
        read_table(data, case.name)
    _assert_one_clear_sentence(str(refusal.value))
    return str(refusal.value)


def _assert_one_clear_sentence(said: str) -> None:
    assert said[0].isupper() and said.endswith(".") and len(said) < 450 and "\n" not in said
    assert "Traceback" not in said and "Error" not in said and "lstm_viz" not in said


def test_there_are_at_least_forty_bad_inputs_and_no_two_of_one_name() -> None:
    assert len({case.id for case in CASES}) == len(CASES) >= 40


def test_objects_in_an_array_are_never_unpickled(tmp_path: Path) -> None:
    proof = tmp_path / "unpickled"
    with pytest.raises(SequenceError, match="objects, which are never unpickled"):
        read_table(npy_of_objects(str(proof)), "a.npy")
    assert not proof.exists()
