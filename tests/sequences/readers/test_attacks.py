"""Hostile files made by hand, at least fifteen a format: each is refused in one true sentence, or read right."""

from __future__ import annotations

import re

import numpy as np
import pytest

from lstm_viz.sequences import SequenceError, Table, read_table
from lstm_viz.sequences.readers import damaged_file_message, read
from lstm_viz.sequences.reading_options import DEFAULTS
from tests.sequences.readers.attacks import FORMATS, Attack
from tests.sequences.readers.hostile_files import TIGHT
from tests.support.refusals import assert_tells_no_place

#: Read in the sandbox's child here too: HDF5's library may crash, and these ask for memory that only the child refuses.
IN_CHILD = {"a packed column that says 2**60 bytes"}
CASES = [pytest.param(kind, case, id=f"{kind}: {case}") for kind, attacks in FORMATS.items() for case in attacks]


def test_there_are_fifteen_of_each_format() -> None:
    assert min(map(len, FORMATS.values())) >= 15


@pytest.mark.parametrize(("kind", "case"), CASES)
def test_a_hostile_file_is_refused_in_a_sentence_or_read_right(kind: str, case: str) -> None:
    attack = FORMATS[kind][case]
    if attack.read is None:
        with pytest.raises(SequenceError, match=attack.said) as refusal:
            read_here_or_in_child(kind, case, attack)
        said = str(refusal.value)
        assert said[0].isupper() and said.endswith(".") and said.isprintable() and len(said) < 450
        assert_tells_no_place(said)
        assert "seconds" not in said, "what ends it is no limit of time"
        return
    table = read_here_or_in_child(kind, case, attack)
    if isinstance(attack.read, str):
        assert re.search(attack.read, " ".join(table.notes)) or attack.read == "."
        return
    for name, values in attack.read.items():
        assert np.array_equal(table.columns[name], values, equal_nan=True), name


def read_here_or_in_child(kind: str, case: str, attack: Attack) -> Table:
    """What the child reads, in this process where nothing of the file can end it."""
    data = attack.make()
    if kind == "hdf5" or case in IN_CHILD:
        return read_table(data, attack.name, limits=TIGHT)
    try:
        return read(data, attack.name, TIGHT, False, "", DEFAULTS)
    except SequenceError:
        raise
    except Exception as error:
        raise SequenceError(damaged_file_message(error)) from error
