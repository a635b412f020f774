"""Runs of networks as large as people train, and how far each recorded number is from the equations in float64.

`python -m tests.support.large_runs` records them by the compiled kernel, for whatever processor and cache folder Numba
is configured for, and prints the errors as JSON.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import nn

import lstm_viz
from lstm_viz.cells.course import CourseLSTM
from lstm_viz.recording.numba_cpu.compile import compiled_kernel
from lstm_viz.traces import LayerTrace, Trace
from tests.support.reference_equations import gates_of, step_of, to_float64

LIMITS = {torch.float32: 2e-6, torch.float64: 1e-12}
#: Of a format's last digit at the largest sum of products: what rounding alone does where many large weights meet.
#: The compiled kernel adds up in blocks; PyTorch's product is one long sum.
ROUNDING = {"Numba": 0.5, "PyTorch": 1.0}


@dataclass(frozen=True)
class Case:
    """One run. Weights are `times` as large as torch begins with, as training makes some."""

    features: int
    hidden: int
    batch: int
    steps: int
    times: float = 4
    kind: type[nn.Module] = nn.LSTM
    options: dict[str, Any] = field(default_factory=dict)
    lengths: tuple[int, ...] | None = None

    def __str__(self) -> str:
        description = (
            f"{self.kind.__name__}({self.features}, {self.hidden}) x {self.times:g}, {self.batch} x {self.steps}"
        )
        return " ".join([description, *(f"{name}={value}" for name, value in self.options.items())])

    @property
    def dtype(self) -> torch.dtype:
        return self.options.get("dtype", torch.float32)

    def trace(self) -> Trace:
        torch.manual_seed(0)
        module = self.kind(self.features, self.hidden, **self.options)
        with torch.no_grad():
            for weights in module.parameters():
                weights *= self.times
        x = torch.randn(self.steps, self.batch, self.features, dtype=self.dtype)
        return lstm_viz.trace(module, x, lengths=self.lengths, device="cpu", check=False)


FLOAT64 = {"dtype": torch.float64}
#: The latter half is small enough for a processor that adds up four numbers at a time.
CASES = (
    Case(300, 1024, 1, 30),
    Case(300, 1024, 64, 6),
    Case(300, 1024, 3, 12, times=1),
    Case(300, 1024, 2, 8, options=FLOAT64),
    Case(33, 77, 64, 200),
    Case(300, 1024, 4, 8, kind=CourseLSTM),
    Case(33, 77, 1, 300, options=FLOAT64),
    Case(33, 77, 5, 90, kind=CourseLSTM),
    Case(300, 512, 3, 12, options={"proj_size": 77}),
    Case(33, 200, 6, 50, options={"num_layers": 2, "bidirectional": True}, lengths=(50, 1, 49, 17, 32, 33)),
)


def exactness(trace: Trace, dtype: torch.dtype) -> float:
    """Largest difference from the equations over the most that it may be: 1 is just allowed."""
    eps = ROUNDING[trace.way] * np.finfo(str(dtype).removeprefix("torch.")).eps
    return max(_layer(layer, LIMITS[dtype], eps) for layer in trace.layers)


def _layer(layer: LayerTrace, limit: float, eps: float) -> float:
    wanted, sums = _equations(layer)
    read = np.arange(len(layer.event))[:, None] < layer.lengths
    gaps = {name: np.abs(getattr(layer, name) - values)[read].max() for name, values in wanted.items()}
    return max(gaps.values()) / max(limit, eps * sums)


def _equations(layer: LayerTrace) -> tuple[dict[str, np.ndarray], float]:
    """Every array by the textbook's steps, and the largest sum of products, each without its sign."""
    step, gates = step_of(layer), gates_of(layer)
    event, hidden, memory = map(to_float64, (layer.event, layer.initial_hidden_state, layer.initial_cell_state))
    made: dict[int, dict[str, torch.Tensor]] = {}
    sums = 0.0
    for t in sorted(range(len(event)), reverse=layer.reverse):
        for gate in gates:
            sums = max(sums, float((event[t].abs() @ gate.input.abs().T + hidden.abs() @ gate.recurrent.abs().T).max()))
        made[t] = step(event[t], hidden, memory)
        goes_on = torch.from_numpy(t < layer.lengths)[:, None]
        hidden = torch.where(goes_on, made[t]["hidden_state"], hidden)
        memory = torch.where(goes_on, made[t]["cell_state"], memory)
    return {name: np.stack([made[t][name] for t in sorted(made)]) for name in made[0]}, sums


def main() -> None:
    """Way, exactness of each case and the widest registers of the code, which Numba tells of code just made."""
    kernels = compiled_kernel.wait()
    functions = [value for value in vars(kernels).values() if hasattr(value, "inspect_asm")] if kernels else []
    code = "".join(text for function in functions for text in function.inspect_asm().values())
    cached = [function for function in functions if function.stats.cache_path is not None]
    traces = {str(case): (case.trace(), case.dtype) for case in CASES[len(CASES) // 2 :]}
    print(
        json.dumps(
            {
                "registers": sorted(set(re.findall(r"%([xyz]mm)\d", code))),
                "kept on disk": len(cached),
                "ways": sorted({trace.way for trace, _ in traces.values()}),
                "exactness": {name: exactness(*found) for name, found in traces.items()},
            }
        )
    )


if __name__ == "__main__":
    main()
