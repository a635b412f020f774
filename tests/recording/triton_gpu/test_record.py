"""Which runs a GPU's kernel records, what happens where it can't, and that it is right, as far as a CPU can tell."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from torch import nn

import lstm_viz
from lstm_viz.cells.course import CourseLSTM
from lstm_viz.recording.module_spec import read_module
from lstm_viz.recording.numba_cpu.compile import compiled_kernel
from lstm_viz.recording.triton_gpu import record

ROOT = Path(lstm_viz.__file__).parents[1]
#: Where Triton has wheels.
needs_triton = pytest.mark.skipif(
    (sys.platform, platform.machine()) != ("linux", "x86_64"), reason="there is no Triton for this machine"
)


@pytest.fixture(autouse=True)
def nothing_tried() -> Iterator[None]:
    forget = record._kernel_if_correct.cache_clear
    forget()
    yield
    forget()


@pytest.fixture
def on_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """Recording tries the GPU's way on the CPU."""
    monkeypatch.setattr(record, "DEVICES", ("cpu",))
    monkeypatch.setattr(compiled_kernel, "ready", lambda: None)


def child(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    own = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)} | environment
    return subprocess.run([sys.executable, *arguments], env=own, cwd=ROOT, capture_output=True, text=True, check=False)


@needs_triton
def test_the_kernel_gives_what_the_equations_give() -> None:
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-o", "addopts=--import-mode=importlib"]
    run = child("-m", "pytest", *options, "tests/support/interpreted_triton.py", TRITON_INTERPRET="1")
    assert run.returncode == 0 and "6 passed" in run.stdout, run.stdout[-5000:]


MADE = """
import itertools, triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource
from lstm_viz.recording.triton_gpu import kernel as gpu_kernel, record as gpu

kernel = gpu_kernel.record
for generation, number, everything, reverse in itertools.product((75, 90), ("fp32", "fp64"), (0, 1), (0, 1)):
    types = dict.fromkeys(kernel.arg_names, "*" + number) | dict.fromkeys(("steps", "sequences", "units"), "i32")
    fixed = {"REVERSE": bool(reverse), "EVERYTHING": bool(everything), "UNITS": gpu.UNITS}
    types |= {"lengths": "*i64"} | dict.fromkeys(fixed, "constexpr")
    target = GPUTarget("cuda", generation, 32)
    made = triton.compile(ASTSource(kernel, types, fixed), target=target, options={"num_warps": 1})
    print(generation, len(made.asm["cubin"]) > 0)
"""


@needs_triton
def test_triton_makes_machine_code_of_the_kernel(tmp_path: Path) -> None:
    """For two generations of GPUs, in both number formats; no GPU is needed for that."""
    run = child("-c", MADE, TRITON_CACHE_DIR=str(tmp_path))
    assert run.stdout.split() == ["75", "True"] * 8 + ["90", "True"] * 8, run.stderr[-3000:]


class Launcher:
    """A kernel that is launched as Triton's are."""

    def __init__(self, launch: Callable[..., None]) -> None:
        self.launch = launch

    def __getitem__(self, grid: tuple[int, int]) -> Callable[..., None]:
        return self.launch


def stand_in(monkeypatch: pytest.MonkeyPatch, launch: Callable[..., None]) -> None:
    kernel = ModuleType("stand_in")
    kernel.record = Launcher(launch)  # type: ignore[attr-defined]
    monkeypatch.setattr(record, "import_module", lambda name: kernel)


def plainly_recorded() -> None:
    trace = lstm_viz.trace(nn.LSTM(3, 4, bidirectional=True), torch.randn(5, 2, 3), lengths=[5, 2])
    assert trace.way == "PyTorch" and trace.agreement.startswith("equal to")


def test_without_triton_pytorch_records(monkeypatch: pytest.MonkeyPatch, on_the_cpu: None) -> None:
    monkeypatch.setattr(record, "KERNEL", "lstm_viz.recording.triton_gpu.a_kernel_that_is_not_there")
    plainly_recorded()


def test_where_the_kernel_can_not_be_launched_pytorch_records(
    monkeypatch: pytest.MonkeyPatch, on_the_cpu: None
) -> None:
    tries: list[int] = []

    def launch(*arguments: Any, **options: Any) -> None:
        tries.append(1)
        raise RuntimeError("Failed to find C compiler.")

    stand_in(monkeypatch, launch)
    plainly_recorded()
    plainly_recorded()
    assert len(tries) == 2, "once for each direction, not once a run"


def test_a_kernel_that_gives_other_numbers_is_not_used(monkeypatch: pytest.MonkeyPatch, on_the_cpu: None) -> None:
    filled: list[tuple[int, ...]] = []

    def launch(*arguments: Any, **options: Any) -> None:
        for values in arguments[4:7]:
            filled.append(tuple(values.fill_(0.5).shape))

    stand_in(monkeypatch, launch)
    plainly_recorded()
    assert filled == 2 * [(4, 2, 4, 5), (4, 2, 5), (4, 2, 5)], "the small layer's in each direction, and no other's"


def test_memory_that_runs_out_is_said(monkeypatch: pytest.MonkeyPatch, on_the_cpu: None) -> None:
    """PyTorch's operations take more of it."""

    def launch(*arguments: Any, **options: Any) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    stand_in(monkeypatch, launch)
    with pytest.raises(torch.OutOfMemoryError):
        lstm_viz.trace(nn.LSTM(3, 4), torch.randn(5, 2, 3))


@pytest.mark.parametrize(
    ("module", "device", "tried"),
    [
        (nn.LSTM(3, 4), "cuda:1", [False]),
        (nn.LSTM(3, 4, 3, bidirectional=True, proj_size=2), "cuda:1", [False, True]),
        (nn.LSTM(3, 4).bfloat16(), "cuda:1", [False]),
        (nn.LSTM(3, 4), "cpu", []),
        (nn.LSTM(3, 4), "mps", []),
        (nn.RNN(3, 4), "cuda:1", []),
        (CourseLSTM(3, 4), "cuda:1", []),
    ],
    ids=str,
)
def test_what_is_recorded_by_the_kernel(
    module: nn.Module, device: str, tried: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    spec, found = replace(read_module(module), device=torch.device(device)), []

    def trying(*case: Any) -> Any:
        found.append(case)
        return record

    monkeypatch.setattr(record, "_kernel_if_correct", trying)
    assert record.gpu_kernel(spec, everything=True) is (record if tried else None)
    assert found == [(spec.device, spec.dtype, True, reverse) for reverse in tried]


def test_recording_on_a_cpu_does_not_ask_for_triton() -> None:
    code = (
        "import sys, torch, lstm_viz\n"
        "from lstm_viz.recording.numba_cpu.compile import compiled_kernel\n"
        "compiled_kernel.ready = lambda: None\n"
        "trace = lstm_viz.trace(torch.nn.LSTM(3, 4), torch.ones(5, 2, 3), device='cpu')\n"
        "print(trace.way, 'triton' in sys.modules)"
    )
    assert child("-c", code).stdout.split() == ["PyTorch", "False"]
