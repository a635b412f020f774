"""How long the gradients of every state take against nn.LSTM's own forward and backward, as ratios of runs in turn.

Run with `python -m benchmarks.gradients [--seconds 2] [--threads 2]`; NumPy's products and torch's get as many threads.
The peer computes one loss and its gradients by the input and all weights, and keeps none of any state's; ours starts
from the recorded gates and gives those of every LTM, STM and event: its milliseconds, and its ratio to the peer's.
"""

from __future__ import annotations

import argparse
import os
import sys

import numpy as np
import torch

import lstm_viz
from benchmarks.measurement import compare_times, machine_description
from lstm_viz.analysis.gradients import backpropagate

BLAS_THREADS = "OPENBLAS_NUM_THREADS"
#: features, hidden, batch, steps, options of nn.LSTM
SIZES = (
    (64, 128, 32, 256, {}),
    (16, 64, 4, 8192, {}),
    (128, 512, 32, 256, {}),
    (8, 16, 8, 64, {}),
    (64, 128, 32, 256, {"num_layers": 2, "bidirectional": True}),
    (64, 128, 32, 256, {"proj_size": 32}),
    (64, 128, 32, 256, {"dtype": torch.float64}),
)


def main() -> None:
    """Print one line a size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    options = parser.parse_args()
    if os.environ.get(BLAS_THREADS) != str(options.threads):  # NumPy reads it once, as it is imported
        os.environ[BLAS_THREADS] = str(options.threads)
        os.execv(sys.executable, [sys.executable, "-m", "benchmarks.gradients", *sys.argv[1:]])
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    print(machine_description())
    print(f"{'features, hidden, batch, steps':72} {'ms':>8} {'ratio':>6} {'quartiles':>13}")
    for features, hidden, batch, steps, extra in SIZES:
        _print_size((features, hidden, batch, steps), extra, options.seconds)


def _print_size(size: tuple[int, int, int, int], extra: dict, seconds: float) -> None:
    features, hidden, batch, steps = size
    module = torch.nn.LSTM(features, hidden, **extra)
    x = torch.randn(steps, batch, features, dtype=extra.get("dtype"), requires_grad=True)
    trace = lstm_viz.trace(module, x.detach(), device="cpu", check=False)
    weights = np.random.default_rng(0).standard_normal(trace.output.shape).astype(trace.output.dtype)
    output_gradient = torch.from_numpy(weights)

    def both() -> object:
        return torch.autograd.grad((module(x)[0] * output_gradient).sum(), [x, *module.parameters()])

    ratio = compare_times(both, lambda: backpropagate(trace, weights), seconds)
    spread = f"{ratio.low:.2f} to {ratio.high:.2f}"
    print(f"{size!s:28} {extra!s:43} {ratio.milliseconds:8.1f} {ratio.ratio:6.2f} {spread:>13}")


if __name__ == "__main__":
    main()
