"""Runs recorded chunk by chunk against the same runs recorded at once, and against themselves after a kill."""

from __future__ import annotations

import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import xarray as xr
import zarr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import nn

import lstm_viz
from lstm_viz.cells.course import CourseLSTM
from lstm_viz.sequences import load_example
from lstm_viz.storage import TraceFileError
from lstm_viz.storage.zarr.levels import BINS

RECORDED = ("event", "input_gate", "candidate", "forget_gate", "cell_state", "output_gate", "hidden_state", "readout")
ROOT = Path(__file__).parents[3]


def arrays_of(path: Path) -> dict[str, np.ndarray]:
    """Every array of a store, at any depth."""
    group = zarr.open_group(path, mode="r")
    return {name: member[...] for name, member in group.members(max_depth=None) if isinstance(member, zarr.Array)}


def same(first: Path, second: Path) -> bool:
    one, other = arrays_of(first), arrays_of(second)
    return one.keys() == other.keys() and all(np.array_equal(one[k], other[k], equal_nan=True) for k in one)


def close(found: np.ndarray | None, wanted: np.ndarray | None) -> bool:
    if found is None or wanted is None:
        return found is wanted
    return found.shape == wanted.shape and np.allclose(found, wanted, atol=1e-11, rtol=0, equal_nan=True)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_chunks_are_the_whole_run(tmp_path_factory, data: Any):
    draw = data.draw
    kind = draw(st.sampled_from([nn.LSTM, CourseLSTM, nn.RNN]))
    time, batch, layers = draw(st.integers(1, 150)), draw(st.integers(1, 3)), draw(st.integers(1, 2))
    options: dict[str, Any] = {"num_layers": layers, "batch_first": draw(st.booleans())}
    if kind is nn.LSTM:
        options["proj_size"] = draw(st.sampled_from([0, 2]))
    torch.manual_seed(draw(st.integers(0, 10**6)))
    module = kind(2, 4, **options).double()
    x = torch.randn(time, batch, 2, dtype=torch.float64)
    lengths = draw(st.none() | st.lists(st.integers(1, time), min_size=batch, max_size=batch))
    whole = lstm_viz.trace(module, x.swapaxes(0, 1) if options["batch_first"] else x, lengths=lengths)
    given_x = x.swapaxes(0, 1) if options["batch_first"] else x
    run = lstm_viz.trace_to(module, given_x, tmp_path_factory.mktemp("run"), lengths=lengths, chunk=32)
    end = time if lengths is None else max(lengths)
    assert run.steps == run.total == end and run.finished
    start, stop = sorted([draw(st.integers(0, end - 1)), draw(st.integers(1, end))])
    part = run.part(start, max(stop, start + 1))
    steps = slice(start, max(stop, start + 1))
    for found, wanted in zip(part.layers, whole.layers, strict=True):
        for name in RECORDED if found.variant != "rnn" else ("event", "hidden_state"):
            assert close(getattr(found, name), getattr(wanted, name)[steps]), name
        for name, values in wanted.preactivations.items():
            assert close(found.preactivations[name], values[steps]), name
        if found.variant != "rnn":
            assert close(found.kept, wanted.kept[steps])
    assert close(part.output, whole.output[steps])


@pytest.fixture(scope="module")
def long_run(tmp_path_factory) -> tuple[lstm_viz.StoredTrace, lstm_viz.Trace]:
    """A run of every level, one sequence of which ends in the middle of it."""
    torch.manual_seed(1)
    module, x, lengths = nn.LSTM(2, 3).double(), torch.randn(9000, 2, 2, dtype=torch.float64), [9000, 5003]
    path = tmp_path_factory.mktemp("long") / "run"
    return lstm_viz.trace_to(module, x, path, lengths=lengths, chunk=2048), lstm_viz.trace(module, x, lengths=lengths)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 8999), st.integers(1, 9000), st.sampled_from([4, 30, 100, 480]))
def test_a_zoom_is_of_the_record(long_run, start: int, width: int, bins: int):
    run, whole = long_run
    stop = min(9000, start + width)
    values = whole.layers[0].cell_state
    low, mean, high, edges = run.zoom("l0", "cell_state", start, stop, bins)
    assert len(low) == len(edges) - 1 <= bins
    assert edges[0] <= start and edges[-1] >= stop and start - edges[0] < BINS[-1]
    for k, (a, b) in enumerate(pairwise(edges)):
        for row in range(2):
            inside = values[a : min(b, whole.lengths[row]), row]
            if not len(inside):
                assert np.isnan([low[k, row], mean[k, row], high[k, row]]).all()
                continue
            assert np.allclose(low[k, row], inside.min(axis=0), atol=1e-11)
            assert np.allclose(mean[k, row], inside.mean(axis=0), atol=1e-11)
            assert np.allclose(high[k, row], inside.max(axis=0), atol=1e-11)


def test_each_level_is_read_where_it_should_be(long_run):
    run, _ = long_run
    widths = [int(np.diff(run.zoom("l0", "forget_gate", 0, stop, 4).edges).min()) for stop in (100, 900, 8192)]
    assert [next(size for size in (*BINS[::-1], 1) if width % size == 0) for width in widths] == [1, 32, 2048]


def test_xarray_opens_it(long_run):
    run, whole = long_run
    found = xr.open_dataset(run.path, engine="zarr", consolidated=False)
    assert found["forget_gate"].dims == ("layer", "direction", "time", "sequence", "unit")
    picked = found["forget_gate"].isel(layer=0, direction=0, sequence=0, time=slice(5000, 5010)).to_numpy()
    assert np.allclose(picked, whole.layers[0].forget_gate[5000:5010, 0], atol=1e-11)
    assert run.to_xarray().sizes["time"] == 9000
    assert xr.open_datatree(run.path, engine="zarr", consolidated=False)["levels/32"]["cell_state"].sizes["bin"] == 282


def test_stretches_of_any_size_make_the_same_run(tmp_path):
    torch.manual_seed(2)
    module, x = nn.LSTM(2, 3, batch_first=True), torch.randn(2, 200, 2)
    lstm_viz.trace_to(module, x, tmp_path / "whole", chunk=64)
    parts = (part.numpy() for part in x.split([1, 70, 9, 120], dim=1))
    run = lstm_viz.trace_to(module, parts, tmp_path / "parts", chunk=64)
    assert run.finished and run.steps == 200
    assert same(tmp_path / "whole", tmp_path / "parts")


def test_names_are_kept(tmp_path):
    batch = load_example("weather")
    module = nn.LSTM(len(batch.names), 3)
    run = lstm_viz.trace_to(module, batch.values, tmp_path / "named", lengths=batch.lengths, names=batch)
    assert (run.features, run.sequences, run.source) == (batch.names, batch.sequence_names, batch.source)
    plain = lstm_viz.trace_to(nn.LSTM(2, 3), torch.zeros(5, 1, 2), tmp_path / "plain")
    assert (plain.features, plain.sequences, plain.source) == (("feature 1", "feature 2"), ("sequence 1",), "")


def test_a_run_that_is_stopped_goes_on_and_tells_how_far_it_is(tmp_path):
    torch.manual_seed(3)
    module, x = nn.LSTM(2, 3), torch.randn(300, 1, 2)
    begun = lstm_viz.trace_to(module, x, tmp_path / "run", chunk=64, progress=lambda now: now.steps < 128)
    assert (begun.steps, begun.total, begun.finished) == (128, 300, False)
    assert begun.part(100, 128).layers[0].cell_state.shape == (28, 1, 3)
    told: list[Any] = []
    run = lstm_viz.trace_to(module, x, tmp_path / "run", progress=told.append)
    assert [now.steps for now in told] == [192, 256, 300] and {now.total for now in told} == {300}
    lstm_viz.trace_to(module, x, tmp_path / "other", chunk=64)
    assert run.finished and same(tmp_path / "run", tmp_path / "other")


STEPS, CHUNK = 5000, 256
#: Records into each folder in turn, tells how far it is, and at `stop` steps waits until its input ends.
SCRIPT = f"""
import sys, torch, lstm_viz
stop, *paths = sys.argv[1:]
def progress(now):
    print(now.steps, flush=True)
    if now.steps >= int(stop):
        sys.stdin.read()
for path in paths:
    torch.manual_seed(4)
    module, x = torch.nn.LSTM(3, 16, num_layers=2), torch.randn({STEPS}, 2, 3)
    lstm_viz.trace_to(module, x, path, chunk={CHUNK}, progress=progress)
"""


def test_a_run_grows_with_its_sequence(tmp_path):
    torch.manual_seed(7)
    module, x = nn.LSTM(2, 3), torch.randn(700, 1, 2)
    assert lstm_viz.trace_to(module, x[:300], tmp_path / "grown", chunk=64).finished
    half = lstm_viz.trace_to(module, x, tmp_path / "grown", progress=lambda now: now.steps < 384)
    assert (half.steps, half.total, half.finished) == (384, 700, False)
    assert lstm_viz.trace_to(module, x, tmp_path / "grown").finished
    lstm_viz.trace_to(module, x, tmp_path / "whole", chunk=64)
    assert same(tmp_path / "grown", tmp_path / "whole")


def killed_at(path: Path, steps: int, wait: float) -> int:
    """Starts the run, or goes on with it, and kills it a moment after so many steps; gives how many are left."""
    command, pipe = [sys.executable, "-c", SCRIPT, str(steps + 8 * CHUNK), path], subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as run:
        while int(run.stdout.readline()) < steps:
            pass
        time.sleep(wait)
        run.kill()
    left = lstm_viz.open_trace(path).steps
    assert steps <= left <= steps + 8 * CHUNK and left % CHUNK == 0
    return left


def test_a_run_that_is_killed_goes_on_from_its_last_whole_chunk(tmp_path):
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    first = killed_at(killed, 2 * CHUNK, 0)
    second = killed_at(killed, first + CHUNK, 0.003)
    command = [sys.executable, "-c", SCRIPT, str(STEPS + 1), killed, whole]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert list(map(int, run.stdout.split())) == [
        *(min(steps, STEPS) for start in (second, 0) for steps in range(start + CHUNK, STEPS + CHUNK, CHUNK))
    ]
    assert same(killed, whole)


def test_of_two_processes_that_write_one_folder_the_second_is_told(tmp_path):
    path, pipe = tmp_path / "run", subprocess.PIPE
    waits, runs = ([sys.executable, "-c", SCRIPT, str(stop), path] for stop in (1, STEPS + 1))
    with subprocess.Popen(waits, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as first:
        first.stdout.readline()
        second = subprocess.run(runs, cwd=ROOT, capture_output=True, text=True)
        assert second.returncode == 1 and f"Another process is writing {path} now." in second.stderr
        first.kill()
    assert subprocess.run(runs, cwd=ROOT, capture_output=True).returncode == 0
    assert lstm_viz.open_trace(path).finished
    assert {left.name for left in tmp_path.iterdir()} == {"run", ".run.lock"}


def test_what_a_kill_leaves_half_made_is_no_hindrance(tmp_path):
    torch.manual_seed(5)
    module, x = nn.RNN(2, 3), torch.randn(100, 1, 2)
    (tmp_path / "run.partial" / "levels").mkdir(parents=True)
    lstm_viz.trace_to(module, x, tmp_path / "run", chunk=32, progress=lambda now: False)
    (tmp_path / "run" / "hidden_state" / "c.0123.partial").write_bytes(b"half")
    assert lstm_viz.trace_to(module, x, tmp_path / "run").finished
    assert not list(tmp_path.rglob("*.partial"))


@pytest.mark.parametrize("change", ["module", "x", "state", "longer ago"])
def test_another_run_is_not_gone_on_with(tmp_path, change):
    torch.manual_seed(6)
    module, x = nn.LSTM(2, 3), torch.randn(100, 1, 2)
    lstm_viz.trace_to(module, x, tmp_path / "run", chunk=32, progress=lambda now: now.steps < 64)
    other = nn.LSTM(2, 3) if change == "module" else module
    events = x + 1 if change == "x" else x[:40] if change == "longer ago" else x
    state = (torch.ones(1, 1, 3), torch.ones(1, 1, 3)) if change == "state" else None
    with pytest.raises(ValueError, match="Give another path"):
        lstm_viz.trace_to(other, events, tmp_path / "run", state=state)
    assert lstm_viz.open_trace(tmp_path / "run").steps == 64


def test_what_cannot_be_recorded_so_is_refused(tmp_path):
    with pytest.raises(ValueError, match="reads from the end"):
        lstm_viz.trace_to(nn.LSTM(2, 3, bidirectional=True), torch.zeros(5, 1, 2), tmp_path / "run")
    with pytest.raises(ValueError, match="with 2 features"):
        lstm_viz.trace_to(nn.LSTM(2, 3), torch.zeros(5, 1, 4), tmp_path / "run")
    with pytest.raises(ValueError, match="no steps"):
        lstm_viz.trace_to(nn.LSTM(2, 3), iter(()), tmp_path / "run")
    with pytest.raises(TypeError, match="iterable"):
        lstm_viz.trace_to(nn.LSTM(2, 3), 5, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_what_is_no_stored_run_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(TraceFileError, match=r"can't be read|holds no run"):
        lstm_viz.open_trace(tmp_path)
    with pytest.raises(TraceFileError):
        lstm_viz.trace_to(nn.LSTM(2, 3), torch.zeros(5, 1, 2), tmp_path)
    assert (tmp_path / "notes.txt").read_text() == "mine"
    xr.Dataset({"a": ("time", np.zeros(3))}).to_zarr(tmp_path / "other", consolidated=False)
    with pytest.raises(TraceFileError, match="holds no run"):
        lstm_viz.open_trace(tmp_path / "other")


@pytest.mark.parametrize("ask", [(0, 0), (-1, 5), (90, 101), (5, 5)])
def test_a_stretch_that_is_not_there_is_refused(tmp_path, ask):
    run = lstm_viz.trace_to(nn.LSTM(2, 3), torch.zeros(100, 1, 2), tmp_path / "run", chunk=32)
    with pytest.raises(IndexError, match="steps 0 to 100"):
        run.part(*ask)
    with pytest.raises(IndexError, match="steps 0 to 100"):
        run.zoom("l0", "cell_state", *ask)
    with pytest.raises(KeyError, match="learned"):
        run.zoom("l0", "learned", 0, 10)
