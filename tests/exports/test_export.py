"""A part of a trace in files: pandas, pyarrow and NumPy read back what the trace holds, bit for bit."""

from __future__ import annotations

import io
import itertools
from collections import defaultdict
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as some
from torch import nn

import lstm_viz
from lstm_viz.exports.files import estimated_size
from lstm_viz.exports.parts import Part, record_names
from lstm_viz.traces import LayerTrace, Names, Trace

FEATURES = ("rain", "snow", "=cmd()")


@pytest.fixture(scope="module")
def trace() -> Trace:
    torch.manual_seed(0)
    lstm = nn.LSTM(3, 5, num_layers=2, bidirectional=True)
    return lstm_viz.trace(lstm, torch.randn(6, 4, 3) * 5, lengths=[6, 1, 4, 6])


def written(trace: Trace, part: Part, kind: str, **more) -> io.BytesIO:
    file = io.BytesIO()
    lstm_viz.export(trace, file, part, kind=kind, **more)
    file.seek(0)
    return file


def read_wide(file: io.BytesIO, kind: str, dtype: str = "float32") -> pd.DataFrame:
    if kind == "parquet":
        return pd.read_parquet(file)
    return pd.read_csv(file, dtype=defaultdict(lambda: dtype, sequence="int", step="int"))


def bits(values) -> bytes:
    return np.ascontiguousarray(values).tobytes()


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_every_record_reads_back_bit_for_bit(trace, kind):
    frame = read_wide(written(trace, Part(records=record_names(trace)), kind), kind)
    assert len(frame) == 6 + 1 + 4 + 6
    for layer, record in itertools.product(trace.layers, ("forget_gate", "readout", "candidate_preactivation")):
        values = getattr(layer, record, None)
        values = layer.preactivations["candidate"] if values is None else values
        for sequence, part in frame.groupby("sequence"):
            found = part[[f"{layer.name}.{record}[{unit}]" for unit in range(5)]].to_numpy()
            assert bits(found) == bits(values[: len(part), sequence])
    first = frame[frame.sequence == 2]
    assert bits(first[[f"output[{unit}]" for unit in range(10)]]) == bits(trace.output[:4, 2])
    assert first.step.tolist() == [0, 1, 2, 3]


@given(
    records=some.lists(some.sampled_from(["event", "kept", "hidden_state", "output"]), min_size=1, unique=True),
    layer=some.sampled_from(["l0", "l1_reverse"]),
    steps=some.one_of(
        some.none(),
        some.integers(-6, 5),
        some.slices(6).filter(lambda wanted: len(range(6)[wanted])),
        some.lists(some.integers(0, 5), min_size=1, unique=True),
    ),
    sequences=some.lists(some.integers(0, 3), min_size=1, unique=True),
    units=some.lists(some.integers(0, 4), min_size=1, unique=True),
    kind=some.sampled_from(["csv", "parquet"]),
)
def test_any_part(trace, records, layer, steps, sequences, units, kind):
    part = Part(records, layer, steps, sequences, units, features=FEATURES)
    frame = read_wide(written(trace, part, kind), kind)
    wanted = np.atleast_1d(np.arange(6)[slice(None) if steps is None else steps])
    rows = [(number, step) for number in sequences for step in wanted if step < trace.lengths[number]]
    assert list(zip(frame.sequence, frame.step, strict=True)) == rows
    own = trace.layer(layer)
    for record in records:
        values = trace.output if record == "output" else getattr(own if record != "event" else trace.layers[0], record)
        labels = {"event": FEATURES, "output": range(10)}.get(record, units)
        columns = labels if record in ("kept", "hidden_state") else range(values.shape[2])
        found = frame[[f"{record}[{label}]" for label in labels]].to_numpy(np.float32)
        assert bits(found) == bits(
            np.array([values[t, s][list(columns)] for s, t in rows], np.float32).reshape(found.shape)
        )


@given(values=some.lists(some.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1, max_size=30))
def test_any_float32_keeps_its_bits_in_text(values):
    trace = run_of(np.array(values, np.float32))
    file = written(trace, Part(records="hidden_state"), "csv")
    found = read_wide(file, "csv")["hidden_state[0]"].to_numpy()
    assert bits(found) == bits(trace.layers[0].hidden_state)
    file.seek(0)
    options = pyarrow.csv.ConvertOptions(column_types={"hidden_state[0]": "float32"})
    again = pyarrow.csv.read_csv(file, convert_options=options)["hidden_state[0]"].to_numpy()
    assert bits(again) == bits(found)


def run_of(values: np.ndarray) -> Trace:
    """A run of one unit whose hidden state took these values."""
    steps = values[:, None, None]
    nothing = np.zeros((1, 1), values.dtype)
    layer = LayerTrace(
        "l0", "rnn", steps, steps, nothing, np.array([len(values)]), preactivations={"hidden_state": steps}
    )
    return Trace((layer,), steps, nothing[None], np.array([len(values)]))


def test_float64_keeps_its_bits_too():
    lstm = nn.LSTM(3, 5, dtype=torch.float64)
    trace = lstm_viz.trace(lstm, torch.randn(40, 1, 3, dtype=torch.float64))
    frame = read_wide(written(trace, Part(records="cell_state"), "csv"), "csv", "float64")
    assert bits(frame.iloc[:, 2:].to_numpy()) == bits(trace.layers[0].cell_state[:, 0])


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_long_form_holds_the_same_numbers(trace, kind):
    part = Part(["event", "learned"], sequences=[3, 1], units=[4, 0], features=("rain", "snow", "+hail"))
    file = written(trace, part, kind, long=True)
    frame = pd.read_parquet(file) if kind == "parquet" else pd.read_csv(file)
    gates = frame[frame.record == "learned"]
    assert len(gates) == (6 + 1) * 2 * 4 and gates.feature.isna().all()
    for row in gates.itertuples():
        value = trace.layer(row.layer).learned[row.step, row.sequence, int(row.unit)]
        assert np.float32(row.value) == value
    events = frame[frame.record == "event"]
    wide = trace.to_table(part).to_pandas()
    plain = "+hail" if kind == "parquet" else "'+hail"
    assert np.float32(events[events.feature == plain].value).tolist() == wide["event[+hail]"].tolist()
    assert events.unit.isna().all() and events.layer.isna().all()


def test_a_table_and_a_file_are_the_same(trace):
    part = Part(["kept", "output"], "l1", slice(2, None), units=3)
    assert pq.read_table(written(trace, part, "parquet")).equals(trace.to_table(part))


def test_rows_come_the_same_however_many_at_a_time(trace, monkeypatch):
    whole = written(trace, Part(), "csv").getvalue(), written(trace, Part(), "csv", long=True).getvalue()
    monkeypatch.setattr("lstm_viz.exports.files.BLOCK", 8)
    assert (written(trace, Part(), "csv").getvalue(), written(trace, Part(), "csv", long=True).getvalue()) == whole


def test_arrays(trace):
    part = Part(["cell_state", "event"], "l0_reverse", slice(1, 5), [2, 0], [4, 1], FEATURES)
    with np.load(written(trace, part, "npz"), allow_pickle=False) as found:
        assert bits(found["cell_state"]) == bits(trace.layer("l0_reverse").cell_state[1:5][:, [2, 0]][..., [4, 1]])
        assert np.isnan(found["cell_state"][3, 0]).all()
        assert found["event"].shape == (4, 2, 3) and found["event.features"].tolist() == list(FEATURES)
        assert (found["steps"].tolist(), found["sequences"].tolist()) == ([1, 2, 3, 4], [2, 0])
        assert found["cell_state.units"].tolist() == [4, 1] and found["lengths"].tolist() == [4, 6]


def test_names_of_sequences_and_steps_come_along(trace):
    labels = np.array([[f"day {step}" for _ in range(4)] for step in range(6)])
    named = replace(trace, names=Names(FEATURES, ("a", "b", "=c", "d"), labels, np.zeros(3), np.ones(3)))
    frame = pd.read_csv(written(named, Part("kept", "l0", units=0), "csv"))
    assert list(frame.columns) == ["sequence", "sequence_name", "step", "step_label", "kept[0]"]
    assert frame.step_label.tolist() == [f"day {step}" for step in frame.step]
    assert frame.sequence_name.tolist()[-7] == "'=c"
    assert named.to_table(Part("event")).column_names[-1] == "event[=cmd()]"


def test_features_of_one_name_are_told_apart(trace):
    assert trace.to_table(Part("event", features=("a", "a", "b"))).column_names[2:] == [
        "event[a 0]", "event[a 1]", "event[b 2]"
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["run.csv", "RUN.CSV", "run.parquet", "run.npz"])
def test_the_ending_says_the_format(trace, tmp_path, name):
    lstm_viz.export(trace, tmp_path / name, Part("kept", "l0"))
    read = {"csv": pd.read_csv, "parquet": pd.read_parquet, "npz": np.load}[name.lower().rpartition(".")[2]]
    assert "kept[4]" in read(tmp_path / name) or "kept" in read(tmp_path / name)


@pytest.mark.parametrize(
    ("part", "message"),
    [
        (Part("forgot"), "no record named 'forgot'; this trace has input_gate, candidate"),
        (Part([]), "No record was chosen"),
        (Part(layers="l2"), "layers must name some of l0, l0_reverse, l1, l1_reverse; 'l2' came"),
        (Part(steps=6), "There are steps 0 to 5; 6 was asked for"),
        (Part(sequences=[0, 7]), "There are sequences 0 to 3"),
        (Part(units=slice(9, 12)), "There are l0.input_gate units 0 to 4"),
        (Part(units=np.array([0.5])), r"whole number or a slice; array\(\[0.5\]\) came"),
        (Part("event", features=("rain",)), "features must be 3 names"),
    ],
)
def test_what_is_not_there_is_said(trace, part, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        lstm_viz.export(trace, tmp_path / "run.csv", part)
    assert not list(tmp_path.iterdir())


def test_other_formats_are_refused(trace, tmp_path):
    with pytest.raises(ValueError, match=r"\.csv, \.parquet or \.npz; .*run\.xlsx"):
        lstm_viz.export(trace, tmp_path / "run.xlsx")
    with pytest.raises(ValueError, match="say kind='csv'"):
        lstm_viz.export(trace, io.BytesIO())
    with pytest.raises(ValueError, match="no long form"):
        lstm_viz.export(trace, tmp_path / "run.npz", long=True)


def test_a_file_that_was_not_finished_is_not_left_behind(trace, tmp_path, monkeypatch):
    def full(*_) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr("lstm_viz.exports.files._npz_arrays", full)
    with pytest.raises(OSError, match="No space"):
        lstm_viz.export(trace, tmp_path / "run.npz")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("kind", "long"), [("csv", False), ("csv", True), ("parquet", False), ("npz", False)])
def test_the_size_is_known_before(kind, long):
    torch.manual_seed(0)
    trace = lstm_viz.trace(nn.LSTM(3, 32), torch.randn(500, 2, 3))
    real = len(written(trace, Part(), kind, long=long).getvalue())
    assert 0.7 < estimated_size(trace, Part(), kind, long) / real < 1.4
