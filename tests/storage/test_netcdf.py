"""A trace's netCDF file: the same to the bit on the way back, open to xarray, and refused where it is damaged."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch
import xarray as xr
from torch import nn

import lstm_viz
from lstm_viz.storage import TraceFileError, load_trace
from lstm_viz.traces import GATE_ARRAYS, Trace
from tests.support.call_counts import count_calls
from tests.support.trace_equality import MODULES, assert_same, traced


@pytest.fixture(params=MODULES, scope="module")
def trace(request: pytest.FixtureRequest) -> Trace:
    return traced(request.param)


@pytest.fixture(scope="module")
def saved(trace: Trace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("saved") / "run.nc"
    trace.save(path)
    return path


@pytest.fixture(scope="module")
def content() -> bytes:
    return stored_run(steps=6)


def stored_run(steps: int) -> bytes:
    file = io.BytesIO()
    lstm_viz.trace(nn.LSTM(3, 5), torch.ones(steps, 4, 3)).save(file)
    return file.getvalue()


@pytest.fixture
def stored(content: bytes, tmp_path: Path) -> Path:
    path = tmp_path / "run.nc"
    path.write_bytes(content)
    return path


def test_a_stored_trace_comes_back_bit_for_bit(trace: Trace, saved: Path) -> None:
    assert_same(load_trace(saved), trace)
    assert_same(load_trace(saved.read_bytes()), trace)
    with saved.open("rb") as file:
        assert_same(load_trace(file), trace)


def test_a_run_of_one_sequence_comes_back(tmp_path: Path) -> None:
    trace = lstm_viz.trace(nn.LSTM(3, 5, 2), torch.randn(6, 3), check=False)
    trace.save(str(tmp_path / "run.nc"))
    assert_same(load_trace(str(tmp_path / "run.nc")), trace)


def test_a_trace_is_saved_into_an_open_file(trace: Trace) -> None:
    file = io.BytesIO()
    trace.save(file)
    assert_same(load_trace(file.getvalue()), trace)


def test_xarray_opens_the_file_without_us(trace: Trace, saved: Path) -> None:
    with xr.open_dataset(saved) as found:
        assert found.identical(trace.to_xarray())
    with xr.open_datatree(saved) as tree:
        weights = tree["weights/l0_" + next(iter(trace.layers[0].weights)) + "_recurrent"]
    np.testing.assert_array_equal(weights, next(iter(trace.layers[0].weights.values())).recurrent)


def test_named_axes_find_the_arrays_of_each_layer(trace: Trace) -> None:
    labelled = trace.to_xarray()
    for number, layer in enumerate(trace.layers):
        place = {"layer": number // trace.directions, "direction": "reverse" if layer.reverse else "forward"}
        here = labelled.sel(place)
        for name in ("hidden_state",) if trace.variant == "rnn" else GATE_ARRAYS:
            assert here[name].dims[:2] == ("time", "sequence")
            np.testing.assert_array_equal(here[name], getattr(layer, name))
        for name, values in layer.preactivations.items():
            np.testing.assert_array_equal(here[f"{name}_preactivation"], values)
    np.testing.assert_array_equal(labelled["output"], trace.output)


def test_a_compressed_file_of_xarrays_is_read_too(trace: Trace, saved: Path, tmp_path: Path) -> None:
    with xr.open_datatree(saved) as tree:
        packed = {path: {name: {"zlib": True} for name, data in node.data_vars.items() if data.size}
                  for path, node in (("/", tree), ("/weights", tree["weights"]))}  # fmt: skip
        tree.load().to_netcdf(tmp_path / "packed.nc", engine="h5netcdf", encoding=packed)
    assert_same(load_trace(tmp_path / "packed.nc"), trace)


def change(path: Path, how: Any) -> bytes:
    with h5py.File(path, "r+") as file:
        how(file)
    return path.read_bytes()


def replace(file: h5py.File, name: str, **what: Any) -> None:
    del file[name]
    file.create_dataset(name, **what)


def link_outside(file: h5py.File) -> None:
    del file["output"]
    file["output"] = h5py.ExternalLink("/etc/hostname", "/output")


def link_inside(file: h5py.File) -> None:
    del file["output"]
    file["output"] = h5py.SoftLink("/event")


def virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout(file["output"].shape, "f4")
    layout[...] = h5py.VirtualSource("/etc/hostname", "output", file["output"].shape)
    del file["output"]
    file.create_virtual_dataset("output", layout)


DAMAGE = {
    "no mark of ours": lambda file: file.attrs.__delitem__("format"),
    "a newer version": lambda file: file.attrs.__setitem__("format_version", 2),
    "a version in words": lambda file: file.attrs.__setitem__("format_version", "two"),
    "an unknown cell": lambda file: file.attrs.__setitem__("variant", "gru"),
    "no device": lambda file: file.attrs.__delitem__("device"),
    "an array missing": lambda file: file.__delitem__("cell_state"),
    "the weights missing": lambda file: file.__delitem__("weights"),
    "one weight missing": lambda file: file["weights"].__delitem__("l0_candidate_bias"),
    "a group for an array": lambda file: (file.__delitem__("output"), file.create_group("output")),
    "a link to another file": link_outside,
    "a link within": link_inside,
    "numbers in a system file": lambda file: replace(
        file, "output", shape=(6, 4, 5), dtype="f4", external=[("/etc/hostname", 0, 480)]
    ),
    "a virtual array": virtual,
    "words for numbers": lambda file: replace(file, "output", data=np.full((6, 4, 5), b"x")),
    "other axes": lambda file: replace(file, "output", data=np.zeros((6, 20), "f4")),
    "no numbers at all": lambda file: replace(file, "output", data=h5py.Empty("f4")),
    "sizes that do not agree": lambda file: replace(file, "cell_state", data=np.zeros((1, 1, 6, 4, 6), "f4")),
    "three directions": lambda file: [
        replace(file, name, shape=(data.shape[0], 3, *data.shape[2:]), dtype="f4")
        for name, data in list(file.items())
        if isinstance(data, h5py.Dataset) and data.ndim > 3
    ],
    "lengths past the end": lambda file: file["lengths"].__setitem__(0, 7),
    "a length of zero": lambda file: file["lengths"].__setitem__(0, 0),
    "lengths in halves": lambda file: replace(file, "lengths", data=np.full(4, 2.5)),
    "four terabytes declared": lambda file: [
        replace(file, name, shape=tuple(10**11 if n == 6 else n for n in data.shape), dtype="f4", chunks=True)
        for name, data in list(file.items())
        if isinstance(data, h5py.Dataset) and 6 in data.shape and data.ndim > 1
    ],
    "a chunk of gigabytes": lambda file: replace(
        file, "output", shape=(6, 4, 5), maxshape=(None, 4, 5), chunks=(4 * 10**7, 4, 5), dtype="f4"
    ),
    "an endless number of layers": lambda file: [
        replace(file, name, shape=(10**9, *data.shape[1:]), dtype="f4", chunks=True)
        for name, data in list(file.items())
        if isinstance(data, h5py.Dataset) and data.ndim > 3
    ],
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_file_is_told_in_one_sentence(name: str, stored: Path) -> None:
    with pytest.raises(TraceFileError) as caught:
        load_trace(change(stored, DAMAGE[name]))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"no trace", b"\x89HDF\r\n\x1a\n" + bytes(200), bytes(10_000)])
def test_a_foreign_file_is_told_in_one_sentence(content: bytes) -> None:
    with pytest.raises(TraceFileError, match=r"netCDF4 file written by Trace\.save was expected"):
        load_trace(content)


def test_another_hdf5_file_is_no_trace(tmp_path: Path) -> None:
    xr.Dataset({"forget_gate": ("time", np.ones(3))}).to_netcdf(tmp_path / "other.nc", engine="h5netcdf")
    with pytest.raises(TraceFileError, match="holds no trace"):
        load_trace(tmp_path / "other.nc")


def test_every_truncation_is_refused(content: bytes) -> None:
    for size in range(0, len(content), len(content) // 40):
        with pytest.raises(TraceFileError):
            load_trace(content[:size])


def test_a_trace_over_the_limit_is_refused(stored: Path) -> None:
    with pytest.raises(TraceFileError, match="the limit is"):
        load_trace(stored, limit=1000)


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"no trace file at .*nowhere\.nc"):
        load_trace(tmp_path / "nowhere.nc")


def test_loading_needs_neither_torch_nor_xarray(stored: Path) -> None:
    code = (
        "import sys, lstm_viz; lstm_viz.load_trace(sys.argv[1]).layers[0].learned; "
        "print([name for name in ('torch', 'xarray', 'pandas', 'streamlit') if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code, stored], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_loading_takes_few_calls_however_many_numbers_there_are(content: bytes) -> None:
    large = stored_run(steps=600)
    assert count_calls(lambda: load_trace(content)) == count_calls(lambda: load_trace(large)) < 2000
