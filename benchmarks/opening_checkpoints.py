"""Opening a checkpoint of 200 MB: in a process of its own, by a reader that runs nothing, against torch.load.

`python -m benchmarks.opening_checkpoints` prints seconds of processor time, of this process and the
child together, the least of some rounds taken in turns, and how many times
as long opening takes as torch.load of the same file and the start of the child process together (goal: 1.5). The
child's start is what a file of a few kilobytes takes.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import nn

from lstm_viz.checkpoints import open_path

MEGABYTES, GOAL = 200, 1.5
Work = Callable[[], object]


def large_lstm(megabytes: int) -> nn.LSTM:
    """One whose weights fill the file: all of it has to be read."""
    hidden = int((megabytes * 2**20 / 4 / 16) ** 0.5)
    return nn.LSTM(hidden, hidden, num_layers=2)


def small_lstm(megabytes: int) -> nn.Module:
    """A small LSTM in a large model: most of the file is of no use here."""
    return nn.ModuleDict({"table": nn.Linear(2**10, megabytes * 2**8), "rnn": nn.LSTM(64, 128)})


def files(folder: Path, megabytes: int) -> dict[str, tuple[Path, Callable[[Path], Any]]]:
    """Each file by what it is, with what else reads it."""
    lstm, mixed = large_lstm(megabytes), small_lstm(megabytes)
    written = {
        "state_dict, all an LSTM": ("lstm.pt", lambda path: torch.save(lstm.state_dict(), path)),
        "state_dict, a small LSTM": ("mixed.pt", lambda path: torch.save(mixed.state_dict(), path)),
        "whole model, all an LSTM": ("whole.pt", lambda path: torch.save(lstm, path)),
        "torch's older file": (
            "older.pth",
            lambda path: torch.save(lstm.state_dict(), path, _use_new_zipfile_serialization=False),
        ),
        "float16": ("half.pt", lambda path: torch.save(large_lstm(2 * megabytes).half().state_dict(), path)),
        "bfloat16": (
            "bfloat16.pt",
            lambda path: torch.save(large_lstm(2 * megabytes).bfloat16().state_dict(), path),
        ),
        "safetensors, all an LSTM": ("lstm.safetensors", lambda path: save_file(lstm.state_dict(), path)),
    }
    found = {}
    for what, (name, write) in written.items():
        write(folder / name)
        load = load_file if name.endswith(".safetensors") else _torch_load
        found[what] = (folder / name, load)
    return found


def _torch_load(path: Path) -> Any:
    return torch.load(path, weights_only=False)


def seconds(work: Work) -> float:
    """Processor time of one call and of the processes that it starts: a neighbour's work is not ours."""
    before = _seconds_used()
    work()
    return _seconds_used() - before


def _seconds_used() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(part.ru_utime + part.ru_stime for part in used)


def main() -> None:
    """Write the files, take turns, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--megabytes", type=int, default=MEGABYTES)
    chosen = parser.parse_args()
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        torch.save(nn.LSTM(2, 3).state_dict(), folder / "tiny.pt")
        start = min(seconds(lambda: open_path(folder / "tiny.pt").models) for _ in range(chosen.rounds))
        print(f"{'the start of the child process':32}{start:8.2f} s")
        print(f"{'file':32}{'opened':>9}{'torch':>9}{'ratio':>8}  of {GOAL}")
        for what, (path, load) in files(folder, chosen.megabytes).items():
            rounds = [
                (seconds(lambda: open_path(path).models), seconds(lambda: load(path)))  # noqa: B023
                for _ in range(chosen.rounds)
            ]
            opened, loaded = (min(column) for column in zip(*rounds, strict=True))
            print(f"{what:32}{opened:7.2f} s{loaded:7.2f} s{opened / (loaded + start):8.2f}")


if __name__ == "__main__":
    main()
