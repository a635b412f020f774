"""NumPy's archives, Paddle's files and Stable-Baselines3's policies give the weights that were saved."""

from __future__ import annotations

import io
import pickle
import zipfile

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from lstm_viz.checkpoints import CheckpointError
from lstm_viz.checkpoints.limits import CheckpointLimits
from lstm_viz.checkpoints.readers import read
from tests.checkpoints.readers.pickled_files import saved


def arrays(dtype: str = "f4", **options) -> dict[str, np.ndarray]:
    torch.manual_seed(0)
    module = nn.LSTM(2, 3, **options)
    return {f"rnn.{name}": part.numpy().astype(dtype) for name, part in module.state_dict().items()}


def npz(values: dict[str, np.ndarray], packed: bool = False) -> bytes:
    file = io.BytesIO()
    (np.savez_compressed if packed else np.savez)(file, **values)
    return file.getvalue()


def assert_same(data: bytes, name: str, expected: dict[str, np.ndarray]) -> None:
    (lstm,) = read(data, name, CheckpointLimits()).lstms
    assert lstm.name == "rnn"
    assert {f"rnn.{key}" for key in lstm.parameters} == set(expected)
    assert all(np.array_equal(part, expected[f"rnn.{key}"]) for key, part in lstm.parameters.items())


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", ">f4"])
def test_an_archive_of_arrays_is_read(dtype, packed):
    values = arrays(dtype)
    assert_same(npz({name: np.asfortranarray(part) for name, part in values.items()}, packed), "weights.npz", values)


@pytest.mark.parametrize("kind", ["dictionary", "nested"])
def test_a_dictionary_in_an_array_is_read(kind):
    values = arrays()
    file = io.BytesIO()
    flat = {name.removeprefix("rnn."): part for name, part in values.items()}
    np.save(file, values if kind == "dictionary" else {"rnn": flat}, allow_pickle=True)
    assert_same(file.getvalue(), "weights.npy", values)


def test_a_single_array_is_refused():
    file = io.BytesIO()
    np.save(file, np.zeros((3, 4)))
    with pytest.raises(CheckpointError, match="a single array, which has no names"):
        read(file.getvalue(), "weights.npy", CheckpointLimits())


@pytest.mark.parametrize("protocol", range(6))
def test_arrays_in_a_pickle_are_read(protocol):
    assert_same(pickle.dumps(arrays(), protocol), "weights.pkl", arrays())


def second_names(values: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """As older Paddle saves an LSTM: each weight again as one of its cells."""
    found = dict(values)
    for name, part in values.items():
        kind, layer = name.removeprefix("rnn.").removesuffix("_reverse").rsplit("_l", 1)
        found[f"rnn.{layer}.cell_{'bw' if name.endswith('_reverse') else 'fw'}.{kind}"] = part.copy()
    return found


@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize("options", [{}, {"num_layers": 2, "bidirectional": True}], ids=str)
def test_paddles_weights_are_read_once(options, again):
    values = arrays(**options)
    given = second_names(values) if again else values
    data = pickle.dumps(given | {"StructuredToParameterName@@": dict.fromkeys(values, "lstm_0.w_0")}, 2)
    assert_same(data, "model.pdparams", values)


def test_paddles_linear_layers_are_turned_round():
    weight = np.arange(12, dtype="f4").reshape(3, 4)  # (inputs, outputs)
    given = arrays() | {"fc.weight": weight, "fc.bias": np.zeros(4, "f4")}
    given |= {"square.weight": np.arange(9, dtype="f4").reshape(3, 3), "square.bias": np.zeros(3, "f4")}
    linear, square = read(pickle.dumps(given), "model.pdparams", CheckpointLimits()).adjacent_layers
    assert np.array_equal(linear.weight, weight.T)
    assert np.array_equal(square.weight, given["square.weight"].T)


class Tensor:
    """How paddle.save writes a tensor: as a call that gives its argument."""

    def __init__(self, value: np.ndarray, as_tuple: bool) -> None:
        self.value, self.as_tuple = value, as_tuple

    def __reduce__(self):
        return (tuple, (("lstm_0.w_0", self.value),)) if self.as_tuple else (eval, ("data", {"data": self.value}))


@pytest.mark.parametrize("as_tuple", [False, True])
def test_paddles_tensors_are_read_and_nothing_is_evaluated(as_tuple):
    data = pickle.dumps({name: Tensor(part, as_tuple) for name, part in arrays().items()}, 4)
    assert_same(data, "model.pdparams", arrays())


def policy() -> bytes:
    """An archive as Stable-Baselines3 leaves it."""
    file = io.BytesIO()
    weights = {name: torch.from_numpy(part) for name, part in arrays().items()}
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("data", b'{"policy_class": {}}')
        made.writestr("pytorch_variables.pth", saved({}))
        made.writestr("policy.pth", saved(weights))
        made.writestr("policy.optimizer.pth", saved({"state": {}, "param_groups": []}))
        made.writestr("_stable_baselines3_version", b"2.3.0")
    return file.getvalue()


def test_a_policy_of_stable_baselines_is_read():
    assert_same(policy(), "ppo_lstm.zip", arrays())
    assert read(policy(), "ppo_lstm.zip", CheckpointLimits()).format == "Stable-Baselines3"


def member(header: bytes, body: bytes = bytes(144), version: bytes = b"\1\0") -> bytes:
    """An archive with one array of this header, beside a sound one."""
    size = len(header).to_bytes(2 if version[0] == 1 else 4, "little")
    file = io.BytesIO()
    sound = io.BytesIO()
    np.save(sound, arrays()["rnn.weight_ih_l0"])
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("rnn.weight_ih_l0.npy", sound.getvalue())
        made.writestr("rnn.weight_hh_l0.npy", b"\x93NUMPY" + version + size + header + body)
    return file.getvalue()


def header(descr: str = "'<f4'", order: str = "False", shape: str = "(12, 3)") -> bytes:
    return f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}\n".encode()


HOSTILE = {
    "a shape of 10**18": member(header(shape="(1000000000, 1000000000)")),
    "a shape of 2**100": member(header(shape=f"({2**100}, 3)")),
    "a shape below zero": member(header(shape="(-12, 3)")),
    "a shape of text": member(header(shape="('a', 3)")),
    "a shape of floats": member(header(shape="(12.0, 3)")),
    "a thousand axes": member(header(shape="(" + "1, " * 1000 + ")")),
    "no shape": member(b"{'descr': '<f4', 'fortran_order': False}\n"),
    "objects": member(header(descr="'|O'")),
    "a dtype of text": member(header(descr="'<U7'")),
    "a dtype of parts": member(header(descr="[('a', '<f4'), ('b', '<f8')]")),
    "a dtype of 2**40 bytes": member(header(descr="'|V1099511627776'")),
    "a dtype that is none": member(header(descr="'os.system'")),
    "whole numbers": member(header(descr="'<i4'")),
    "a call in the header": member(b"__import__('os').system('id')\n"),
    "brackets without end": member(b"(" * 9000 + b"\n"),
    "a header of a megabyte": member(b" " * 2**20, version=b"\2\0"),
    "a header longer than the file": member(b"")[:-20],
    "a version that is none": member(header(), version=b"\x09\0"),
    "numbers that are cut": member(header(), bytes(140)),
    "numbers too many": member(header(), bytes(160)),
    "not a number": member(header(), np.full(36, np.nan, "<f4").tobytes()),
    "no array": b"PK\x05\x06" + bytes(18),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_archive_is_refused_in_a_sentence(case):
    with pytest.raises(CheckpointError) as refusal:
        read(HOSTILE[case], "weights.npz", CheckpointLimits())
    assert 20 < len(str(refusal.value)) < 400


def test_a_bomb_of_zeros_is_refused():
    data = npz(arrays() | {"zeros": np.zeros(2 * 10**7)}, packed=True)
    with pytest.raises(CheckpointError, match="far more than its own size"):
        read(data, "weights.npz", CheckpointLimits())


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([npz(arrays()), policy(), pickle.dumps(arrays())]), st.integers(0, 10**6), st.integers(0, 7))
def test_a_flipped_bit_is_refused_or_harmless(data, place, bit):
    broken = bytearray(data)
    broken[place % len(broken)] ^= 1 << bit
    for name in ("m.npz", "m.zip", "m.pdparams"):
        try:
            contents = read(bytes(broken), name, CheckpointLimits())
        except CheckpointError:
            continue
        assert all(np.isfinite(part).all() for lstm in contents.lstms for part in lstm.parameters.values())
