"""Traces of every kind of module, and whether two traces are the same to the last bit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

import lstm_viz
from lstm_viz.cells.course import CourseLSTM
from lstm_viz.traces import Trace

MODULES = {
    "one layer": lambda: nn.LSTM(3, 5),
    "everything": lambda: nn.LSTM(3, 5, 2, bidirectional=True, proj_size=2),
    "without bias": lambda: nn.LSTM(3, 5, 2, bias=False),
    "float64": lambda: nn.LSTM(3, 5, dtype=torch.float64),
    "bfloat16": lambda: nn.LSTM(3, 5).bfloat16(),
    "course": lambda: CourseLSTM(3, 5, 2),
    "rnn": lambda: nn.RNN(3, 5, 2, bidirectional=True),
}


def traced(kind: str) -> Trace:
    """A run of a module of this kind, four sequences of different lengths."""
    torch.manual_seed(0)
    return lstm_viz.trace(MODULES[kind](), torch.randn(6, 4, 3), lengths=[6, 1, 4, 6])


def assert_same(found: Any, wanted: Any, where: str = "trace") -> None:
    """Equal to the last bit, type by type; pre-activations may be kept or worked out."""
    found, wanted = (dict(value) if isinstance(value, Mapping) else value for value in (found, wanted))
    assert type(found) is type(wanted), where
    if isinstance(wanted, np.ndarray):
        assert (found.dtype, found.shape) == (wanted.dtype, wanted.shape), where
        assert found.tobytes() == wanted.tobytes(), where
    elif is_dataclass(wanted):
        for field in fields(wanted):
            assert_same(getattr(found, field.name), getattr(wanted, field.name), f"{where}.{field.name}")
    elif isinstance(wanted, dict):
        assert list(found) == list(wanted), where
        for key in wanted:
            assert_same(found[key], wanted[key], f"{where}[{key}]")
    elif isinstance(wanted, tuple):
        assert len(found) == len(wanted), where
        for number, (one, other) in enumerate(zip(found, wanted, strict=True)):
            assert_same(one, other, f"{where}[{number}]")
    else:
        assert found == wanted, where
