"""Each way in a process of its own: Numba's and PyTorch's pools of threads then never meet.

Forward and the others are measured minutes apart, so a ratio is taken within a round, and its median over rounds.
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

from benchmarks.peers import Missing
from benchmarks.sizes import SIZES, Size, drawn_sizes
from benchmarks.timing import alone
from benchmarks.ways import against, ways
from lstm_viz.recording.numba_cpu.compile import compiled_kernel

#: Ratios by size and way.
Apart = dict[tuple[str, str], float]


def measured_apart(numbers: list[int], seed: int, rounds: int, seconds: float) -> Apart:
    """Ratios of the sizes of these numbers; what can't run is not among them."""
    names = list(dict.fromkeys(way for number in numbers for way in ways(every_size(seed)[number])))
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    for number in range(rounds):
        print(f"each way in a process of its own, round {number + 1} of {rounds}", flush=True)
        times = {name: _in_a_process(name, numbers, seed, seconds) for name in names}
        for name in names:
            for size, took in times[name].items():
                found[size, name].append(took / times[against(name)][size])
    return {key: statistics.median(ratios) for key, ratios in found.items()}


def every_size(seed: int) -> tuple[Size, ...]:
    """Those of every release, then this seed's own."""
    return (*SIZES, *drawn_sizes(seed))


def main() -> None:
    """One way at several sizes: seconds by size, as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--way", required=True)
    parser.add_argument("--numbers", type=json.loads, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--threads", type=int, required=True)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    if "lstm_viz" in options.way or "course" in options.way:
        compiled_kernel.wait()
    chosen = [every_size(options.seed)[number] for number in options.numbers]
    print(json.dumps(dict(_times(options.way, chosen, options.seconds))))


def _times(name: str, sizes: list[Size], seconds: float) -> Iterator[tuple[str, float]]:
    for size in sizes:
        if way := ways(size).get(name):
            try:
                yield str(size), alone(way(size.case()), seconds)
            except Missing:
                return


def _in_a_process(name: str, numbers: list[int], seed: int, seconds: float) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.apart", "--way", name, "--numbers", json.dumps(numbers)]
    command += ["--seed", str(seed), "--seconds", str(seconds), "--threads", str(torch.get_num_threads())]
    ended = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    return json.loads(ended.stdout.splitlines()[-1]) if ended.returncode == 0 else {}


if __name__ == "__main__":
    main()
