"""Names of a run: kept in its file, read again without xarray, and seen by who opens it with xarray."""

from __future__ import annotations

import io
from dataclasses import replace
from functools import cache

import h5py
import numpy as np
import pytest
import torch
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import lstm_viz
from lstm_viz.sequences.batch import SequenceBatch
from lstm_viz.storage import TraceFileError, load_trace
from lstm_viz.traces import Trace

#: What a name may hold and still be a name on the way back.
WORDS = st.text(st.characters(exclude_categories=["C", "Z"]), max_size=20)
STEPS, SEQUENCES, FEATURES = 3, 2, 2


def batch_with(features: list[str], sequences: list[str], steps: list[str]) -> SequenceBatch:
    return SequenceBatch(
        values=np.ones((STEPS, SEQUENCES, FEATURES)),
        names=tuple(features),
        lengths=np.array([3, 2]),
        sequence_names=tuple(sequences),
        offset=np.array([1.5, -2.0]),
        scale=np.array([2.0, 1e-3]),
        step_labels=np.array(steps).reshape(STEPS, SEQUENCES),
        source="rivière.csv",
        filled=np.arange(12).reshape(STEPS, SEQUENCES, FEATURES) % 3 == 0,
    )


def run_of(batch: SequenceBatch) -> Trace:
    torch.manual_seed(0)
    return lstm_viz.trace(nn.LSTM(FEATURES, 3), batch.values, lengths=batch.lengths)


def stored(trace: Trace) -> bytes:
    file = io.BytesIO()
    trace.save(file)
    return file.getvalue()


BATCH = batch_with(["rain", "snow"], ["a", "b"], ["Mon", "Mon", "Tue", "Tue", "Wed", ""])
RUN = run_of(BATCH)


@given(
    st.lists(WORDS, min_size=FEATURES, max_size=FEATURES),
    st.lists(WORDS, min_size=SEQUENCES, max_size=SEQUENCES),
    st.lists(WORDS, min_size=STEPS * SEQUENCES, max_size=STEPS * SEQUENCES),
)
@settings(max_examples=15)
def test_they_come_back_letter_by_letter(features, sequences, steps):
    batch = batch_with(features, sequences, steps)
    names = load_trace(stored(RUN.named(batch))).names
    assert (names.features, names.sequences) == (batch.names, batch.sequence_names)
    assert names.steps.tolist() == batch.step_labels.tolist()
    assert np.array_equal(names.offset, batch.offset) and np.array_equal(names.scale, batch.scale)
    assert names.source == "rivière.csv" and np.array_equal(names.filled, batch.filled)


def test_what_a_model_said_is_kept_where_it_is_known():
    said = np.array([["says A", "·"], ["says ≥ 2", ""], ["", "<b>"]])
    data = stored(RUN.named(BATCH, said))
    assert load_trace(data).names.answers.tolist() == said.tolist()
    assert load_trace(named()).names.answers is None
    assert xr.open_dataset(io.BytesIO(data)).answer.sel(time=1, sequence=0).item() == "says ≥ 2"
    with pytest.raises(ValueError, match="Pass the batch that was traced"):
        RUN.named(BATCH, said[:2])


def test_xarray_has_them_beside_the_numbers(tmp_path):
    RUN.named(BATCH).save(tmp_path / "run.nc")
    for dataset in (xr.open_dataset(tmp_path / "run.nc"), RUN.named(BATCH).to_xarray()):
        assert dataset.feature_name.values.tolist() == ["rain", "snow"]
        assert dataset.step_label.sel(time=1, sequence=0).item() == "Tue"
        assert dataset.event.sel(feature=0).shape == (STEPS, SEQUENCES)


def test_a_run_without_names_has_none_and_its_file_is_as_before():
    data = stored(RUN)
    assert load_trace(data).names is None
    with h5py.File(io.BytesIO(data)) as file:
        assert "feature_name" not in file and "source" not in file.attrs


def test_names_of_another_run_are_refused():
    with pytest.raises(ValueError, match="Pass the batch that was traced"):
        RUN.named(replace(BATCH, step_labels=BATCH.step_labels[:2]))
    with pytest.raises(ValueError, match="Pass the batch that was traced"):
        RUN.named(replace(BATCH, sequence_names=("a",)))


@cache
def named() -> bytes:
    """The run's file, with its names."""
    return stored(RUN.named(BATCH))


def spoilt(name: str, make) -> bytes:
    """A file in which one array of names is another."""
    file = io.BytesIO(named())
    with h5py.File(file, "r+") as opened:
        if name in opened:
            del opened[name]
        make(opened)
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "make"),
    {
        "gone": ("step_label", lambda file: None),
        "too few": ("sequence_name", lambda file: file.create_dataset("sequence_name", data=np.full((1, 3), b"a"))),
        "numbers": ("feature_name", lambda file: file.create_dataset("feature_name", data=np.ones((2, 3)))),
        "of any length": (
            "feature_name",
            lambda file: file.create_dataset("feature_name", data=["a", "b"], dtype=h5py.string_dtype()),
        ),
        "no unit": ("feature_scale", lambda file: file.create_dataset("feature_scale", data=np.zeros(2))),
        "not finite": ("feature_offset", lambda file: file.create_dataset("feature_offset", data=np.full(2, np.nan))),
        "elsewhere": (
            "feature_name",
            lambda file: file.__setitem__("feature_name", h5py.ExternalLink("/etc/hostname", "/")),
        ),
    }.values(),
)
def test_spoilt_names_are_refused(name, make):
    with pytest.raises(TraceFileError):
        load_trace(spoilt(name, make))


def test_names_that_steer_are_made_harmless():
    bytes_ = np.array([[b"a", b"\x1b", b"\xff"], [b"\n", b"b", b"\x00"]], dtype="S1")
    names = load_trace(spoilt("feature_name", lambda file: file.create_dataset("feature_name", data=bytes_))).names
    assert names.features == ("a��", "�b")
