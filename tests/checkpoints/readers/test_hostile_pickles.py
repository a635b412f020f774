"""Hostile pickles and archives: each ends in one sentence or is read, with few steps and little memory."""

from __future__ import annotations

import resource
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_viz.checkpoints import CheckpointError, open_checkpoint
from lstm_viz.checkpoints.limits import CheckpointLimits
from lstm_viz.checkpoints.readers import read
from tests.checkpoints.readers.hostile_pickles import (
    ARCHIVES,
    BOMBS,
    GOOD,
    HEAVY,
    LEGACY,
    LIES,
    MANY_STEPS,
    PLAIN,
    STEPS,
    archive,
    long_bombs,
    repeated,
)
from tests.support.call_counts import count_calls
from tests.support.refusals import assert_tells_no_place

LIMITS = CheckpointLimits(pickle_steps=STEPS, unpacked_bytes=2**27, tensors=2_000)
MANY = replace(LIMITS, pickle_steps=MANY_STEPS, tensors=20_000)
LONG = long_bombs(MANY_STEPS)
CASES = {
    **{f"{name} ({way})": (data if data[:2] == b"PK" else wrap(data)) for name, data in BOMBS.items()
       for way, wrap in (("archive", archive), ("plain", bytes))},
    **LIES,
    **ARCHIVES,
}  # fmt: skip


def refuse(data: bytes) -> str:
    """The sentence that refuses a file, with few steps and little memory."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(CheckpointError) as refusal:
        count_calls(lambda: read(data, "model.pt", LIMITS), limit=300_000)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak < 400_000  # kilobytes
    return str(refusal.value)


@pytest.mark.parametrize("case", CASES)
def test_a_hostile_file_ends_in_one_sentence(case):
    said = refuse(CASES[case])
    assert_tells_no_place(said)
    assert 20 < len(said) < 500
    assert said.endswith(".")


@pytest.mark.parametrize("case", HEAVY)
def test_a_heavy_file_ends_in_one_sentence(case):
    said = refuse(HEAVY[case]())
    assert 20 < len(said) < 500
    assert said.endswith(".")


def test_numbers_that_are_named_again_and_again_are_read_a_few_times():
    found = []
    count_calls(lambda: found.append(read(repeated(), "model.pt", MANY)), limit=3_000_000)
    assert [lstm.name for lstm in found[0].lstms] == ["lstm"]
    assert len(found[0].adjacent_layers) < 20
    assert "names the same numbers again and again" in found[0].notes[0]
    assert len(found[0].notes) == 5


@pytest.mark.parametrize(
    "case", ["two to the power of 60 keys (plain)", "strides of zero", "calls of calls (archive)", "no end (plain)"]
)
def test_the_reading_process_says_the_same(case):
    with pytest.raises(CheckpointError) as inside:
        read(CASES[case], "model.pt", LIMITS)
    with pytest.raises(CheckpointError) as outside:
        open_checkpoint(CASES[case], "model.pt", limits=LIMITS)
    assert str(outside.value) == str(inside.value)


@pytest.mark.parametrize("case", LONG)
@pytest.mark.parametrize("wrap", [bytes, archive])
def test_the_reading_process_refuses_a_long_pickle(case, wrap):
    with pytest.raises(CheckpointError) as refusal:
        open_checkpoint(wrap(LONG[case]), "model.pt", limits=MANY)
    assert str(refusal.value).startswith(("The file's pickle has more than 200,000 steps", "There are no tensors in"))


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([GOOD, LEGACY, PLAIN]), st.integers(0, 10**6), st.integers(0, 7))
def test_a_flipped_bit_is_refused_or_harmless(data, place, bit):
    broken = bytearray(data)
    broken[place % len(broken)] ^= 1 << bit
    harmless(bytes(broken))


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([GOOD, LEGACY, PLAIN]), st.data())
def test_bytes_put_in_or_taken_out_are_refused_or_harmless(data, drawn):
    place = drawn.draw(st.integers(0, len(data)))
    harmless(data[:place] + drawn.draw(st.binary(max_size=9)) + data[place + drawn.draw(st.integers(0, 9)) :])


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_as_a_pickle_are_refused_or_harmless(data):
    harmless(b"\x80\x04" + data)
    harmless(archive(b"\x80\x02" + data))


def harmless(data: bytes) -> None:
    try:
        contents = read(data, "model.pt", LIMITS)
    except CheckpointError as refusal:
        assert_tells_no_place(str(refusal))
        return
    for lstm in contents.lstms:
        assert lstm.lstm_shape.hidden_size
        assert all(np.isfinite(part).all() for part in lstm.parameters.values())
