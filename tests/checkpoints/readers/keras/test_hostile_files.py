"""Keras files from strangers: each ends in one clear sentence, nothing else is read, nothing large is asked for."""

from __future__ import annotations

import resource
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_viz.checkpoints import CheckpointError, open_checkpoint
from lstm_viz.checkpoints.readers import read
from tests.checkpoints.readers.keras.hostile_cases import (
    CASES,
    GOOD,
    GOOD_HDF5,
    GOOD_OLDER,
    NAMES,
    elsewhere,
    linked,
)
from tests.checkpoints.readers.keras.hostile_files import CELL, archive, layer, sequential
from tests.checkpoints.readers.keras.reading_process import LIMITS, ReadingProcess, outcome_of
from tests.support.call_counts import count_calls

WHOLE = (GOOD, GOOD_OLDER, GOOD_HDF5)
SECRET = "root:x:0:0"


@pytest.mark.parametrize("case", CASES, ids=" ".join)
def test_a_hostile_file_ends_in_one_sentence(case):
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(CheckpointError) as refusal:
        count_calls(lambda: read(CASES[case], NAMES[case[0]], LIMITS), limit=3_000_000)
    said = str(refusal.value)
    assert 20 < len(said) < 500
    assert SECRET not in said
    assert said.endswith(".")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak < 200_000  # kilobytes


OUTSIDE = [
    ("hdf5", "a link to the system's file"),
    ("hdf5", "numbers in the system's file"),
    ("zip", "a bomb of zeros"),
    ("hdf5", "a matching shape of 4 TB"),
    ("hdf5", "a group in itself eight times"),
]


@pytest.mark.parametrize("case", OUTSIDE, ids=" ".join)
def test_the_reading_process_says_the_same(case):
    with pytest.raises(CheckpointError) as inside:
        read(CASES[case], NAMES[case[0]], LIMITS)
    with pytest.raises(CheckpointError) as outside:
        open_checkpoint(CASES[case], NAMES[case[0]], limits=LIMITS)
    assert str(outside.value) == str(inside.value)


@pytest.mark.parametrize("whole", [GOOD, GOOD_HDF5, GOOD_OLDER], ids=["zip", "hdf5", "older"])
def test_the_files_are_sound_before_anything_is_changed(whole):
    assert [lstm.name for lstm in read(whole, "model.keras", LIMITS).lstms] == ["lstm"]


def test_no_member_is_written_to_a_path(tmp_path, monkeypatch):
    inside, marker = tmp_path / "inside", tmp_path / "marker"
    inside.mkdir()
    monkeypatch.chdir(inside)
    data = archive(
        None, None, ("../marker", b"written"), (str(marker), b"written"), ("assets/../../marker", b"written")
    )
    assert [lstm.name for lstm in read(data, "model.keras", LIMITS).lstms] == ["lstm"]
    open_checkpoint(data, "model.keras")
    assert not marker.exists()
    assert list(Path.cwd().iterdir()) == []


@pytest.mark.parametrize("link", [False, True])
def test_a_file_beside_it_is_not_read(tmp_path, monkeypatch, link):
    """The other file is a sound one with what the first lacks: h5py would follow."""
    monkeypatch.chdir(tmp_path)
    Path("beside.h5").write_bytes(GOOD_HDF5)
    Path("raw").write_bytes(np.ones((3, 16), "f").tobytes())
    data = linked(h5py.ExternalLink("beside.h5", f"/{CELL}/0")) if link else elsewhere(external=[("raw", 0, 192)])
    Path("asked.h5").write_bytes(data)
    with h5py.File("asked.h5") as file:
        assert file[f"{CELL}/0"][()].shape == (3, 16)
    with pytest.raises(CheckpointError, match="link to elsewhere" if link else "kept in another file"):
        read(data, "asked.h5", LIMITS)


CODE = "4wEAAAAAAAAAAAAAAAEAAAACAAAAQwAAAHMOAAAAdABkAYMBoAKhAAEAZABTAA=="


def test_code_in_a_description_is_named_and_not_run():
    """Marshalled code stands where Keras has it in Lambda layers; nothing unpacks it."""
    ran = layer("Lambda", "lambda", function={"class_name": "__lambda__", "config": {"code": CODE}}, arguments={})
    contents = read(archive(sequential(ran, layer())), "model.keras", LIMITS)
    assert [lstm.name for lstm in contents.lstms] == ["lstm"]
    assert contents.notes == ("The model has “lambda”, of Keras' Lambda, which is a program. It was not run.",)


def test_names_that_are_not_fit_to_be_shown_do_no_harm():
    named = "\ud800<b>\n" * 3
    contents = open_checkpoint(archive(sequential(layer(name=named))), "model.keras").contents
    assert len(contents.lstms) == 1
    contents.lstms[0].name.encode()


@pytest.fixture(scope="module")
def reading_process():
    process = ReadingProcess()
    yield process
    process.stop()


def assert_sound_or_refused(outcome):
    assert not outcome or outcome.endswith(".")


@settings(max_examples=120)
@given(st.sampled_from(["zip", "older", "hdf5"]), st.integers(0, 10**6), st.integers(0, 7))
def test_a_flipped_bit_is_refused_or_harmless(reading_process, kind, place, bit):
    broken = bytearray({"zip": GOOD, "older": GOOD_OLDER, "hdf5": GOOD_HDF5}[kind])
    broken[place % len(broken)] ^= 1 << bit
    assert_sound_or_refused(reading_process.outcome_of(bytes(broken), NAMES[kind]))


@settings(max_examples=60)
@given(
    st.sampled_from([GOOD, GOOD_OLDER, GOOD_HDF5]), st.integers(0, 10**5), st.binary(max_size=40), st.integers(0, 40)
)
def test_a_torn_file_is_refused_or_harmless(reading_process, whole, place, put_in, left_out):
    place %= len(whole)
    torn = whole[:place] + put_in + whole[place + left_out :]
    assert_sound_or_refused(reading_process.outcome_of(torn, "model.keras"))


WORDS = st.sampled_from(["LSTM", "lstm", "tanh", "", "Dense"])
KEYS = st.sampled_from(["class_name", "config", "layers", "name", "layer", "cell", "inbound_nodes", "units"])
DESCRIBED = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | WORDS,
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(KEYS, inside),
    max_leaves=20,
)


@settings(max_examples=30)
@given(DESCRIBED)
def test_any_description_is_read_or_refused(described):
    for config in ({"class_name": "Sequential", "config": described}, sequential(layer(), {"config": described})):
        assert_sound_or_refused(outcome_of(archive(config), "model.keras"))
