"""Each implementation timed in a process of its own, where Numba's and PyTorch's thread pools don't disturb each other.

The forward and the others run minutes apart, so ratios are taken within a round, and their median over rounds.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator

import torch

from benchmarks.implementations import Unavailable, baseline_of, implementations_at
from benchmarks.measurement import median_seconds
from benchmarks.sizes import SIZES, Size, drawn_sizes
from lstm_viz.recording.numba_cpu.compile import compiled_kernel

#: Ratios by size and implementation.
SeparateRatios = dict[tuple[str, str], float]


def separate_ratios(numbers: list[int], seed: int, rounds: int, seconds: float) -> SeparateRatios:
    """Ratios at the sizes of these numbers, for the implementations that can run."""
    names = list(dict.fromkeys(name for number in numbers for name in implementations_at(all_sizes(seed)[number])))
    collected: dict[tuple[str, str], list[float]] = defaultdict(list)
    for number in range(rounds):
        print(f"each way in a process of its own, round {number + 1} of {rounds}", flush=True)
        times = {name: _run_process(name, numbers, seed, seconds) for name in names}
        for name in names:
            for size, took in times[name].items():
                collected[size, name].append(took / times[baseline_of(name)][size])
    return {key: statistics.median(ratios) for key, ratios in collected.items()}


def all_sizes(seed: int) -> tuple[Size, ...]:
    """The fixed sizes, then those drawn from this seed."""
    return (*SIZES, *drawn_sizes(seed))


def main() -> None:
    """Print the seconds of one implementation by size, as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--implementation", required=True)
    parser.add_argument("--numbers", type=json.loads, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--threads", type=int, required=True)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    if "lstm_viz" in options.implementation or "course" in options.implementation:
        compiled_kernel.wait()
    chosen = [all_sizes(options.seed)[number] for number in options.numbers]
    print(json.dumps(dict(_measure_sizes(options.implementation, chosen, options.seconds))))


def _measure_sizes(name: str, sizes: list[Size], seconds: float) -> Iterator[tuple[str, float]]:
    for size in sizes:
        if implementation := implementations_at(size).get(name):
            try:
                yield str(size), median_seconds(implementation(size.case()), seconds)
            except Unavailable:
                return


def _run_process(name: str, numbers: list[int], seed: int, seconds: float) -> dict[str, float]:
    command = [
        sys.executable,
        "-m",
        "benchmarks.separate_process",
        "--implementation",
        name,
        "--numbers",
        json.dumps(numbers),
    ]
    command += ["--seed", str(seed), "--seconds", str(seconds), "--threads", str(torch.get_num_threads())]
    ended = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    return json.loads(ended.stdout.splitlines()[-1]) if ended.returncode == 0 else {}


if __name__ == "__main__":
    main()
