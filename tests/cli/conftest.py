"""What the commands are tried on: a model's file, two models in one, a table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from typer.testing import CliRunner, Result

from lstm_viz.cli.program import program

ROWS = 40


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs `lstm-viz` with what is typed, in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def run(line: str, **more: object) -> Result:
        return CliRunner().invoke(program, line.split(), **more)

    return run


@pytest.fixture
def module() -> nn.LSTM:
    torch.manual_seed(0)
    return nn.LSTM(2, 5)


@pytest.fixture
def model(tmp_path: Path, module: nn.LSTM) -> Path:
    torch.save({"model_state": module.state_dict(), "epoch": 3}, tmp_path / "model.pt")
    return tmp_path / "model.pt"


@pytest.fixture
def two(tmp_path: Path) -> Path:
    parts = nn.ModuleDict(
        {"encoder": nn.LSTM(4, 6, 2, bidirectional=True), "decoder": nn.LSTM(2, 3), "out": nn.Linear(3, 7)}
    )
    torch.save(parts.state_dict(), tmp_path / "two.pt")
    return tmp_path / "two.pt"


@pytest.fixture
def values() -> np.ndarray:
    return np.random.default_rng(0).normal(3.0, 2.0, (ROWS, 3)).round(3)


@pytest.fixture
def table(tmp_path: Path, values: np.ndarray) -> Path:
    days = np.datetime64("2024-01-01") + np.arange(ROWS)
    lines = [
        "day,rain,snow,wind",
        *(f"{day},{row[0]},{row[1]},{row[2]}" for day, row in zip(days, values, strict=True)),
    ]
    (tmp_path / "river.csv").write_text("\n".join(lines), encoding="utf-8")
    return tmp_path / "river.csv"
