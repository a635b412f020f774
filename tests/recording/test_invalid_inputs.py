"""Invalid modules and inputs: one sentence says what was expected, what came and what to do."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn

import lstm_viz
from lstm_viz.recording.memory_limit import TooLargeToRecord


class Tagger(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.LSTM(3, 4)
        self.head = nn.Linear(4, 2)


class DoubledLSTM(nn.LSTM):
    def forward(self, x, state=None):  # type: ignore[no-untyped-def]
        return super().forward(2 * x, state)


def lstm(**options: object) -> nn.LSTM:
    return nn.LSTM(3, 4, **options)


def broken(value: float) -> nn.LSTM:
    module = lstm()
    with torch.no_grad():
        module.bias_hh_l0[2] = value
    return module


def ones(*shape: int) -> torch.Tensor:
    return torch.ones(shape)


def ones_but(value: float) -> torch.Tensor:
    x = ones(5, 2, 3)
    x[3, 1, 2] = value
    return x


X = ones(5, 2, 3)
State = tuple[torch.Tensor, torch.Tensor]

REFUSED: dict[str, tuple[Callable[[], object], type[Exception], str]] = {
    "a whole model": (lambda: lstm_viz.trace(Tagger(), X), TypeError, r"whole model.*model\.encoder"),
    "a list of modules": (
        lambda: lstm_viz.trace(nn.Sequential(nn.LSTM(3, 4)), X),
        TypeError,
        r'model\.get_submodule\("0"\)',
    ),
    "a module without recurrence": (lambda: lstm_viz.trace(nn.Linear(3, 4), X), TypeError, "Linear came"),
    "a GRU": (lambda: lstm_viz.trace(nn.GRU(3, 4), X), TypeError, "GRU came"),
    "no module": (
        lambda: lstm_viz.trace("lstm.pt", X),
        TypeError,
        "a path came. Open it first: models = lstm_viz.load_models",
    ),
    "its state dict": (lambda: lstm_viz.trace(lstm().state_dict(), X), TypeError, "OrderedDict came"),
    "a compiled LSTM": (lambda: lstm_viz.trace(torch.jit.script(lstm()), X), TypeError, "LSTM came"),
    "a quantized LSTM": (
        lambda: lstm_viz.trace(torch.ao.nn.quantized.dynamic.LSTM(3, 4), X),
        TypeError,
        "quantized",
    ),
    "a forward of its own": (lambda: lstm_viz.trace(DoubledLSTM(3, 4), X), TypeError, "forward of its own"),
    "an RNN with relu": (
        lambda: lstm_viz.trace(nn.RNN(3, 4, nonlinearity="relu"), X),
        ValueError,
        "'relu'; trace reads torch.nn.RNN with 'tanh'",
    ),
    "weights with NaN": (lambda: lstm_viz.trace(broken(float("nan")), X), ValueError, "bias_hh_l0 holds NaN"),
    "infinite weights": (lambda: lstm_viz.trace(broken(float("inf")), X), ValueError, "bias_hh_l0 holds NaN"),
    "weights never loaded": (lambda: lstm_viz.trace(lstm(device="meta"), X), ValueError, "holds no numbers"),
    "weights of two formats": (
        lambda: lstm_viz.trace(_mixed(), X),
        TypeError,
        "one floating-point format; these have float32, float64",
    ),
    "weights in bytes": (
        lambda: lstm_viz.trace(lstm().to(torch.float8_e4m3fn), X),
        TypeError,
        "float8_e4m3fn",
    ),
    "x of words": (lambda: lstm_viz.trace(lstm(), [["a", "b"]]), TypeError, "array of numbers; a list came"),
    "ragged lists": (lambda: lstm_viz.trace(lstm(), [[[1.0]], [[1.0], [2.0]]]), TypeError, "a list came"),
    "no x": (lambda: lstm_viz.trace(lstm(), None), TypeError, "a NoneType came"),
    "complex x": (lambda: lstm_viz.trace(lstm(), X * 1j), TypeError, "it is complex"),
    "sparse x": (lambda: lstm_viz.trace(lstm(), X.to_sparse()), TypeError, "it is sparse"),
    "quantized x": (
        lambda: lstm_viz.trace(lstm(), torch.quantize_per_tensor(X, 0.1, 0, torch.quint8)),
        TypeError,
        "it is quantized",
    ),
    "a packed sequence": (
        lambda: lstm_viz.trace(lstm(), nn.utils.rnn.pack_sequence([ones(4, 3)])),
        TypeError,
        r"PackedSequence.*pad_packed_sequence.*lengths=lengths",
    ),
    "one axis": (lambda: lstm_viz.trace(lstm(), ones(3)), ValueError, r"its shape is \(3,\)"),
    "four axes": (lambda: lstm_viz.trace(lstm(), ones(1, 5, 2, 3)), ValueError, r"\(1, 5, 2, 3\)"),
    "other features": (
        lambda: lstm_viz.trace(lstm(), ones(5, 2, 7)),
        ValueError,
        r"reads 3 features.*last axis of x has 7.*\(5, 2, 7\).*\(time, batch, features\)",
    ),
    "other features, batch first": (
        lambda: lstm_viz.trace(lstm(batch_first=True), ones(5, 2, 7)),
        ValueError,
        r"\(batch, time, features\)",
    ),
    "no steps": (lambda: lstm_viz.trace(lstm(), ones(0, 2, 3)), ValueError, "holds no steps"),
    "no sequences": (lambda: lstm_viz.trace(lstm(), ones(5, 0, 3)), ValueError, "one sequence are needed"),
    "a gap": (
        lambda: lstm_viz.trace(lstm(), ones_but(float("nan"))),
        ValueError,
        "step 3 of sequence 1, feature 2.*Fill the gaps",
    ),
    "infinity": (lambda: lstm_viz.trace(lstm(), ones_but(float("-inf"))), ValueError, "NaN or infinity"),
    "too large for float32": (
        lambda: lstm_viz.trace(lstm(), ones(5, 2, 3).double() * 1e308),
        ValueError,
        "too large for this module's float32",
    ),
    "lengths of the other axis": (
        lambda: lstm_viz.trace(lstm(), X, lengths=[2, 2, 2, 2, 2]),
        ValueError,
        r"2 in all; 5 came.*batch_first is False.*x\.swapaxes\(0, 1\)",
    ),
    "lengths as a table": (
        lambda: lstm_viz.trace(lstm(), X, lengths=[[5, 2]]),
        ValueError,
        r"an array of shape \(1, 2\)",
    ),
    "a length of zero": (
        lambda: lstm_viz.trace(lstm(), X, lengths=[5, 0]),
        ValueError,
        "Sequence 1 has length 0; leave it out",
    ),
    "a length past the end": (
        lambda: lstm_viz.trace(lstm(), X, lengths=[6, 2]),
        ValueError,
        "Sequence 0 has length 6, but x holds 5 steps",
    ),
    "half a length": (lambda: lstm_viz.trace(lstm(), X, lengths=[2.5, 2]), TypeError, "whole numbers"),
    "h_0 alone": (lambda: lstm_viz.trace(lstm(), X, ones(1, 2, 4)), TypeError, r"pair \(h_0, c_0\)"),
    "three states": (lambda: lstm_viz.trace(lstm(), X, (ones(1, 2, 4),) * 3), TypeError, "pair"),
    "a pair for an RNN": (
        lambda: lstm_viz.trace(nn.RNN(3, 4), X, (ones(1, 2, 4), ones(1, 3, 4))),
        TypeError,
        "h_0",
    ),
    "a state for another batch": (
        lambda: lstm_viz.trace(lstm(), X, (ones(1, 2, 4), ones(1, 3, 4))),
        ValueError,
        r"c_0 must have shape \(1, 2, 4\).*\(1, 3, 4\) came",
    ),
    "a projected h_0": (
        lambda: lstm_viz.trace(lstm(proj_size=2), X, (ones(1, 2, 4), ones(1, 2, 4))),
        ValueError,
        r"h_0 must have shape \(1, 2, 2\)",
    ),
    "a state with NaN": (
        lambda: lstm_viz.trace(lstm(), X, (ones(1, 2, 4), ones(1, 2, 4) * float("nan"))),
        ValueError,
        "c_0 holds NaN",
    ),
    "an unknown device": (lambda: lstm_viz.trace(lstm(), X, device="tpu9"), ValueError, "device"),
    "a device that is not there": (
        lambda: lstm_viz.trace(lstm(), X, device="cuda:63"),
        ValueError,
        "cuda:63",
    ),
    "more than the limit": (
        lambda: lstm_viz.trace(lstm(), X, memory_limit=1000),
        TooLargeToRecord,
        "would take .* kB; the limit is 1,000 bytes",
    ),
}


def _mixed() -> nn.LSTM:
    module = lstm()
    module.bias_hh_l0 = nn.Parameter(module.bias_hh_l0.double())
    return module


@pytest.mark.parametrize("name", REFUSED)
def test_refused_in_one_sentence(name: str) -> None:
    attempt, kind, words = REFUSED[name]
    with pytest.raises(kind, match=words) as caught:
        attempt()
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 400


class Batch:
    values, lengths = np.ones((5, 2, 3)), np.array([5, 2])


def test_a_batch_is_told_how_to_come() -> None:
    with pytest.raises(TypeError, match=r"batch\.values, lengths=batch\.lengths"):
        lstm_viz.trace(lstm(), Batch())


ACCEPTED = {
    "integers": np.ones((5, 2, 3), dtype=np.int16),
    "booleans": np.ones((5, 2, 3), dtype=bool),
    "lists": np.ones((5, 2, 3)).tolist(),
    "big-endian": np.ones((5, 2, 3), dtype=">f8"),
    "backwards": np.ones((5, 2, 3))[::-1],
    "read-only": np.broadcast_to(np.float32(1), (5, 2, 3)),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_plain_numbers_of_every_kind_are_taken(name: str) -> None:
    module = lstm()
    np.testing.assert_array_equal(lstm_viz.trace(module, ACCEPTED[name]).output, lstm_viz.trace(module, X).output)
