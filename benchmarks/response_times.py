"""What a person waits for beside the recording: large tables, long texts, a stored run, `lstm-viz --help`.

`python -m benchmarks.response_times` prints processor time in milliseconds, the least of some rounds, and how many
times as long as sorting a million numbers that is: machines differ, and rented ones from hour to hour.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import nn

import lstm_viz
from lstm_viz.sequences import Choices, Table, prepare, read_table, suggest_choices
from lstm_viz.sequences.choices import GAPS
from lstm_viz.sequences.formatting import make_unique

Work = Callable[[], object]
ROWS, COLUMNS, REPEATS = 200_000, 20, 5
NUMBERS = np.random.default_rng(0).random(10**6)


def reference_sort() -> object:
    """Known work, by merging, which no processor has a short cut for."""
    return np.argsort(NUMBERS, kind="stable")


def processor_seconds(work: Work) -> float:
    """Of this process and those that it starts: a neighbour's work is not ours."""
    before = _processor_seconds_used()
    work()
    return _processor_seconds_used() - before


def _processor_seconds_used() -> float:
    process, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return process.ru_utime + process.ru_stime + children.ru_utime + children.ru_stime


def large_table(sequences: int) -> Table:
    """Twenty columns with a gap in every twentieth cell, in no order of time."""
    random = np.random.default_rng(0)
    columns: dict[str, np.ndarray] = {"minute": random.permutation(ROWS).astype(float)}
    columns["site"] = np.array([f"site {row % sequences}" for row in range(ROWS)], dtype=object)
    for column in range(COLUMNS):
        values = random.normal(size=ROWS)
        values[random.random(ROWS) < 0.05] = np.nan
        columns[f"value {column}"] = values
    return Table(columns, "large.csv", "CSV")


def table_cases() -> Iterator[tuple[str, Work]]:
    """Four million numbers with gaps, in one sequence and in many."""
    for sequences in (1, 10_000):
        table = large_table(sequences)
        choices = Choices(tuple(f"value {column}" for column in range(COLUMNS)), "minute", "site")
        for gaps in GAPS:
            gap_choices = choices.but(gaps=gaps)
            yield f"4 million numbers, {sequences:,} sequences, {gaps}", partial(prepare, table, gap_choices)


def other_cases(folder: Path) -> Iterator[tuple[str, Work]]:
    """A long text, names that are all the same, a small stored run, a small file, the command line's help."""
    characters = np.random.default_rng(0).choice(list("abcdefghijklmnopqrstuvwxyz ,.\n"), 100_000)
    text = Table({"character": characters.astype(object)}, "text.txt", "text")
    yield "100,000 characters", lambda: prepare(text, suggest_choices(text))
    yield "100,000 equal names", lambda: make_unique(["a"] * 100_000)
    lstm_viz.trace(nn.LSTM(3, 5), torch.ones(6, 4, 3)).save(folder / "run.nc")
    yield "a stored run of 6 steps", lambda: lstm_viz.load_trace(folder / "run.nc")
    yield "a CSV of 2 numbers, read in a process", lambda: read_table(b"a,b\n1,2\n", "a.csv")
    for name, words in {
        "lstm-viz --help": ["-m", "lstm_viz", "--help"],
        "the library of the commands alone": ["-c", "import typer.rich_utils"],
    }.items():
        command = [sys.executable, *words]
        yield name, partial(subprocess.run, command, check=True, stdout=subprocess.DEVNULL)


def main() -> None:
    """A line for each, as it is measured."""
    with tempfile.TemporaryDirectory() as folder:
        for cases in (table_cases(), other_cases(Path(folder))):
            for name, work in cases:
                pairs = [(processor_seconds(reference_sort), processor_seconds(work)) for _ in range(REPEATS)]
                reference, seconds = (min(times) for times in zip(*pairs, strict=True))
                print(f"{name:50} {1000 * seconds:8.0f} ms {seconds / reference:7.2f} sorts", flush=True)


if __name__ == "__main__":
    main()
