"""Numbers of 16 bits: every code against torch's own conversion, alone and through the wire."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from lstm_viz.sandbox import wire
from lstm_viz.sandbox.half_precision import BFLOAT16, FLOAT16, all_finite, widened
from lstm_viz.sandbox.wire import Message, OpenFile, decode, encode

KINDS = [(FLOAT16, torch.float16), (BFLOAT16, torch.bfloat16)]
CODES = np.arange(2**16, dtype="<u2")


def of_torch(codes: np.ndarray, kind: torch.dtype) -> np.ndarray:
    """What torch widens numbers of 16 bits to."""
    return torch.from_numpy(codes.view("<i2")).view(kind).float().numpy()


def test_other_formats_stay_as_they_are() -> None:
    values = np.ones(3)
    assert widened(values) is values


@pytest.mark.parametrize(("kind", "torchs"), KINDS)
def test_every_code_is_widened_as_by_torch(kind: np.dtype, torchs: torch.dtype) -> None:
    found, right = widened(CODES.view(kind)), of_torch(CODES, torchs)
    numbers = ~np.isnan(right)
    assert np.array_equal(found.view("u4")[numbers], right.view("u4")[numbers])
    assert np.isnan(found[~numbers]).all()
    columns = CODES.reshape(64, -1).view(kind).T
    assert np.array_equal(widened(columns), of_torch(CODES, torchs).reshape(64, -1).T, equal_nan=True)


@pytest.mark.parametrize(("kind", "torchs"), KINDS)
def test_one_infinity_or_nan_is_seen_of_either_sign(kind: np.dtype, torchs: torch.dtype) -> None:
    finite = np.isfinite(of_torch(CODES, torchs))
    assert all_finite(CODES[finite].view(kind))
    assert not any(all_finite(CODES[place : place + 1].view(kind)) for place in np.flatnonzero(~finite))
    assert all_finite(CODES[:0].view(kind))


@pytest.mark.parametrize(("kind", "torchs"), KINDS)
@pytest.mark.parametrize("at_once", [2**19, 7])
def test_they_cross_the_wire_as_they_are_and_arrive_as_float32(
    kind: np.dtype, torchs: torch.dtype, at_once: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "HALVES_AT_ONCE", at_once)
    codes = np.random.default_rng(0).integers(0, 0x7C00, (6, 5), dtype="<u2")
    right = of_torch(codes, torchs)
    data = b"before" + codes.tobytes()
    (tmp_path / "file").write_bytes(data)
    there = np.frombuffer(data, kind, 30, 6).reshape(6, 5)
    for sent, file, most in [(there.copy(), b"", 256), (there, data, 128)]:
        reply = bytearray(b"".join(encode(Message({}, [sent, sent[:0]]), file)))
        assert len(reply) <= most
        assert np.array_equal(decode(reply, file).arrays[0], right)
    with OpenFile(tmp_path / "file") as opened:
        (found, none) = decode(reply, opened).arrays
        assert np.array_equal(found, right)
        assert found.dtype == none.dtype == np.float32
        with pytest.raises(ValueError, match="ends early"):
            opened.numbers(8, kind, 30)
