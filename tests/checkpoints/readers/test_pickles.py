"""Pickles are read as torch.load and Python read them, bit for bit; nothing that they name is imported or called."""

from __future__ import annotations

import argparse
import collections
import datetime
import enum
import io
import os
import pathlib
import pickle
import zipfile

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.limits import CheckpointLimits
from lstm_viz.checkpoints.readers import read
from lstm_viz.checkpoints.readers.pickles.machine import Steps, load
from lstm_viz.checkpoints.readers.pickles.objects import Instance
from lstm_viz.checkpoints.readers.torch_pickle import CONSTRUCTORS
from tests.checkpoints.readers.pickled_files import arrays_in, assert_same, saved

DTYPES = [
    torch.float64,
    torch.float32,
    torch.float16,
    torch.bfloat16,
    torch.float8_e4m3fn,
    torch.float8_e5m2,
    torch.float8_e4m3fnuz,
    torch.float8_e5m2fnuz,
    torch.int64,
    torch.int32,
    torch.int16,
    torch.int8,
    torch.uint8,
    torch.uint16,
    torch.uint32,
    torch.uint64,
    torch.bool,
    torch.complex64,
    torch.complex128,
]
LEGACY = {"_use_new_zipfile_serialization": False}
# torch's older file has no formats that came after it.
NEW = (torch.uint16, torch.uint32, torch.uint64)


def every_code(dtype: torch.dtype) -> torch.Tensor:
    """A tensor of all bit patterns of one byte, and of many of more."""
    generator = torch.Generator().manual_seed(3)
    if dtype == torch.bool:
        return torch.randint(0, 2, (6, 4), generator=generator, dtype=torch.uint8).bool()
    raw = torch.randint(0, 256, (16 * 16 * dtype.itemsize,), generator=generator, dtype=torch.uint8)
    raw[:256] = torch.arange(256, dtype=torch.uint8)
    return raw.view(dtype).reshape(16, 16)


@pytest.mark.parametrize(
    ("dtype", "kind"),
    # A plain pickle of torch has none of the new ones.
    [(dtype, kind) for dtype in DTYPES for kind in ("zip", "legacy", "pickle") if kind != "pickle" or dtype not in NEW],
    ids=str,
)
def test_every_dtype_is_read_as_torch_reads_it(dtype, kind):
    value = {"a": every_code(dtype), "deep": [{"b": every_code(dtype)[3]}]}
    data = pickle.dumps(value) if kind == "pickle" else saved(value, **(LEGACY if kind == "legacy" else {}))
    assert_same(arrays_in(data), {"a": value["a"], "deep.0.b": value["deep"][0]["b"]})


@pytest.mark.parametrize("options", [{}, LEGACY], ids=["zip", "legacy"])
def test_views_shared_storages_and_scalars_are_read_as_torch_reads_them(options):
    base = torch.arange(240, dtype=torch.float32).reshape(4, 5, 12)
    value = {
        "transposed": base.transpose(0, 2),
        "part": base[1:3, ::2, 3:9:2],
        "tail": base.reshape(-1)[-7:],
        "whole": base,
        "scalar": base[1, 1, 1],
        "none": base[:0],
        "parameter": nn.Parameter(base[0]),
        "negative": torch.tensor([1 + 2j, 3 - 4j]).conj().imag,
    }
    data = saved(value, **options)
    again = torch.load(io.BytesIO(data), weights_only=False)
    assert_same(arrays_in(data), again)


def test_a_file_of_another_byte_order_and_of_a_gpu_is_read():
    state = nn.LSTM(2, 3).state_dict()
    data = saved(state)
    swapped = rezipped(
        data,
        lambda name, body: (
            b"big"
            if name.endswith("byteorder")
            else np.frombuffer(body, "<f4").astype(">f4").tobytes()
            if "/data/" in name
            else body.replace(b"X\x03\x00\x00\x00cpu", b"X\x06\x00\x00\x00cuda:0")
        ),
    )
    assert_same(arrays_in(swapped), state)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_an_archive_that_was_packed_again_is_read(method):
    state = nn.LSTM(2, 3).state_dict()
    assert_same(arrays_in(rezipped(saved(state), lambda name, body: body, method)), state)


def test_an_archive_without_checksums_is_read():
    state = nn.LSTM(2, 3).state_dict()
    torch.serialization.set_crc32_options(False)
    try:
        data = saved(state)
    finally:
        torch.serialization.set_crc32_options(True)
    assert_same(arrays_in(data), state)


def rezipped(data: bytes, change, method: int = zipfile.ZIP_STORED) -> bytes:
    """An archive with each member changed."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(file, "w", method) as after:
        for name in before.namelist():
            after.writestr(name, change(name, before.read(name)))
    return file.getvalue()


class Stage(enum.Enum):
    FIT = "fit"


class Loss(nn.Module):
    """A loss of one's own, which people save with a model."""

    def __init__(self):
        super().__init__()
        self.quantiles = [0.1, 0.5]


BESIDE = {
    "hyper_parameters": argparse.Namespace(lr=0.1, path=pathlib.Path("a"), stage=Stage.FIT, loss=Loss()),
    "when": datetime.datetime(2024, 3, 4, 5, 6),
    "range": slice(1, 9, None),
    "default": collections.defaultdict(list, {"a": [1]}),
    "counts": collections.Counter("abca"),
    "device": torch.device("cuda:0"),
    "dtype": torch.float16,
    "size": torch.Size([2, 3]),
    "kinds": {1, 2},
    "fixed": frozenset({1}),
    "metric": np.float64(0.25),
    "low": np.float32(0.5),
    "complex": 1 + 2j,
    ("a", 1): "a key of its own",
    "large": 10**40,
    "bytes": b"\0\1",
    "changing": bytearray(b"\0\1"),
    "queue": collections.deque([1, 2]),
    "optimizer": torch.optim.Adam([nn.Parameter(torch.ones(3))]).state_dict(),
    "callbacks": {"EarlyStopping{'monitor': 'loss'}": {"best": torch.tensor(0.5)}},
}


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("options", [{}, LEGACY], ids=["zip", "legacy"])
def test_objects_beside_the_weights_are_passed_over(options, protocol):
    state = {f"model.lstm.{name}": part for name, part in nn.LSTM(2, 3).state_dict().items()}
    mean = np.arange(6.0).reshape(2, 3).T
    data = saved({"state_dict": state, "mean": mean, **BESIDE}, pickle_protocol=protocol, **options)
    found = arrays_in(data)
    assert np.array_equal(found.pop("mean"), mean)
    best = found.pop("callbacks.EarlyStopping{'monitor': 'loss'}.best")
    assert best == 0.5
    assert_same(found, {f"state_dict.{name}": part for name, part in state.items()})
    assert [lstm.name for lstm in read(data, "m.ckpt", CheckpointLimits()).lstms] == ["state_dict.model.lstm"]


@pytest.mark.parametrize("protocol", range(6))
def test_plain_values_of_every_protocol_are_those_of_python(protocol):
    value = {
        "numbers": [0, 1, 255, 256, 65536, -1, 2**31, -(2**31), 2**63, -(10**30), True, False, None],
        "floats": [0.1, -1e300, float("inf"), -0.0],
        "texts": ["", "a\nb", "é", "日本", "\\x", "'\"", "a" * 300, "𝄞"],
        "tuples": [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)],
        "nested": {"a": {"b": [[], {}]}},
    }
    shared = [1]
    value["twice"] = [shared, shared]
    found, end = load(pickle.dumps(value, protocol), {}, Steps(10**5))
    assert end == len(pickle.dumps(value, protocol))
    assert found == value
    assert found["twice"][0] is found["twice"][1]


@settings(max_examples=150, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
        lambda inside: st.lists(inside) | st.dictionaries(st.text(), inside) | st.tuples(inside, inside),
        max_leaves=30,
    ),
    st.integers(0, 5),
)
def test_any_plain_value_is_that_of_python(value, protocol):
    assert load(pickle.dumps(value, protocol), {}, Steps(10**5))[0] == value


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["f2", "f4", "f8", ">f4", "i2", "u1", "?", "c8"]), st.integers(0, 5), st.booleans(), st.data())
def test_numpy_arrays_of_every_protocol_are_those_of_numpy(dtype, protocol, transposed, data):
    shape = tuple(data.draw(st.lists(st.integers(0, 4), max_size=3)))
    raw = np.random.default_rng(0).integers(0, 2, shape).astype(dtype)
    array = raw.T if transposed else raw
    for value in ({"a": array}, {"a": np.asfortranarray(array)}):
        found = arrays_in(pickle.dumps(value, protocol))["a"]
        assert found.shape == value["a"].shape
        assert np.array_equal(found, value["a"])


def test_numpy_scalars_are_numbers():
    found, _ = load(
        pickle.dumps({"a": np.float64(0.1), "b": np.int32(-3), "c": np.bool_(True)}), CONSTRUCTORS, Steps(999)
    )
    assert found == {"a": 0.1, "b": -3, "c": True}


class LayerNormLSTMCell(nn.LSTMCell):
    def __init__(self):
        super().__init__(3, 5)
        self.ln_ih = nn.LayerNorm(20, elementwise_affine=False)


class OrderedGates(nn.LSTM):
    """Other gates than torch's in the same parameters."""


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(7, 3)
        self.rnn = nn.LSTM(3, 5, num_layers=2, batch_first=True, bidirectional=True, dropout=0.3)
        self.cell = nn.LSTMCell(3, 5)
        self.norm = nn.BatchNorm1d(10)
        self.register_buffer("kept_out", torch.ones(2), persistent=False)
        self.head = nn.Linear(10, 2)


@pytest.mark.parametrize("wrap", [lambda m: m, lambda m: {"model": m, "epoch": 3}, lambda m: nn.DataParallel(m)])
@pytest.mark.parametrize("options", [{}, LEGACY], ids=["zip", "legacy"])
def test_a_whole_model_has_the_names_of_its_state_dict_and_what_its_modules_are(options, wrap):
    model = Net()
    data = saved(wrap(model), **options)
    found = arrays_in(data)
    before = next(iter(found)).removesuffix("embed.weight")
    assert_same(found, {before + name: part for name, part in model.state_dict().items()})
    before = before.removeprefix("module.")
    contents = read(data, "model.pt", CheckpointLimits())
    assert [(lstm.name, lstm.kind, lstm.batch_first, lstm.notes) for lstm in contents.lstms] == [
        (f"{before}rnn", "torch.nn.LSTM", True, ()),
        (f"{before}cell", "torch.nn.LSTMCell", False, ()),
    ]


@pytest.mark.parametrize("module", [OrderedGates(3, 5), LayerNormLSTMCell()])
def test_a_class_that_is_not_torchs_own_is_said_loudly(module):
    (lstm,) = read(saved(nn.Sequential(module)), "model.pt", CheckpointLimits()).lstms
    assert f"{type(module).__name__}”, whose forward is not in the file" in lstm.notes[0]


def test_hooks_and_a_forward_of_its_own_are_said():
    lstm = nn.LSTM(2, 3)
    lstm.register_forward_hook(print)
    (found,) = read(saved(lstm), "model.pt", CheckpointLimits()).lstms
    assert "hooks or a forward of its own" in found.notes[0]


def test_hooks_that_put_a_weight_together_are_no_others():
    lstm = nn.utils.weight_norm(nn.LSTM(2, 3), "weight_hh_l0")
    (found,) = read(saved(nn.Sequential(lstm)), "model.pt", CheckpointLimits()).lstms
    assert not any("hooks" in note for note in found.notes)
    assert np.allclose(found.parameters["weight_hh_l0"], lstm.weight_hh_l0.detach(), atol=1e-7)


def test_a_layer_beside_that_cant_be_read_is_left_out_and_said():
    state = {f"rnn.{name}": part for name, part in nn.LSTM(2, 3).state_dict().items()}
    beside = {"a.weight": torch.zeros(4, 3, dtype=torch.int8), "b.weight": torch.empty(4, 3, device="meta")}
    contents = read(saved(state | beside | {"c.weight": torch.zeros(4, 3)}), "model.pt", CheckpointLimits())
    assert [layer.name for layer in contents.adjacent_layers] == ["c"]
    assert [note.split(":")[0] for note in contents.notes] == ["A layer beside was left out"] * 2


def test_weights_without_numbers_are_refused():
    state = {name: part.to("meta") for name, part in nn.LSTM(2, 3).state_dict().items()}
    with pytest.raises(CheckpointError, match=r"“weight_ih_l0” is on the device “meta”.*Load the model's weights"):
        read(saved(state), "model.pt", CheckpointLimits())


def test_two_names_never_become_one():
    a, b = nn.LSTM(2, 3).state_dict(), nn.LSTM(2, 3).state_dict()
    state = {f"lstm.{k}": v for k, v in a.items()} | {f"module.lstm.{k}": v for k, v in b.items()}
    found = {lstm.name: lstm for lstm in read(saved(state), "two.pt", CheckpointLimits()).lstms}
    assert list(found) == ["lstm", "module.lstm"]
    assert np.array_equal(found["module.lstm"].parameters["weight_hh_l0"], b["weight_hh_l0"])


def test_only_what_is_an_optimisers_state_is_passed_over():
    lstm = {f"rnn.{name}": part for name, part in nn.LSTM(2, 3).state_dict().items()}
    adam = torch.optim.Adam(nn.LSTM(2, 3).parameters())
    value = {"optim_net": lstm, "optimal.x": lstm["rnn.weight_hh_l0"], "optimizer_states": [adam.state_dict()]}
    contents = read(saved(value), "model.pt", CheckpointLimits())
    assert [found.name for found in contents.lstms] == ["optim_net.rnn"]


class Payload:
    """A pickle that runs code where Python reads it."""

    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


def test_nothing_in_a_pickle_runs(tmp_path):
    made = tmp_path / "it ran"
    calls = [(os.system, f"touch '{made}'"), (eval, f"open({str(made)!r}, 'w')"), (exec, f"open({str(made)!r}, 'w')")]
    state = nn.LSTM(2, 3).state_dict()
    for function, text in calls:
        for write in (saved, pickle.dumps, lambda value: saved(value, **LEGACY)):
            data = write({"beside": Payload(function, text), "state": state})
            (found,) = read(data, "model.pt", CheckpointLimits()).lstms
            assert np.array_equal(found.parameters["weight_hh_l0"], state["weight_hh_l0"])
    assert not made.exists()
    value, _ = load(pickle.dumps(Payload(os.system, f"touch '{made}'")), {}, Steps(99))
    assert isinstance(value, Instance)
    pickle.loads(pickle.dumps(Payload(os.system, f"touch '{made}'")))
    assert made.exists()  # The payload is a real one.
