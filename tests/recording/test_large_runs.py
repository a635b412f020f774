"""A thousand units, large weights, many sequences: as exact as small ones, on narrower processors too."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import lstm_viz
from lstm_viz.recording.numba_cpu.compile import compiled_kernel
from tests.support.large_runs import CASES, Case, exactness

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "tests" / "support" / "large_runs.py"
#: What Numba is told of the processor, and the registers that code for it then uses; elsewhere it stays what it is.
X86 = platform.machine() in ("x86_64", "AMD64")
AVX2, PLAINEST = ({"NUMBA_CPU_NAME": name, "NUMBA_CPU_FEATURES": ""} if X86 else {} for name in ("haswell", "generic"))


@pytest.mark.parametrize("way", ["PyTorch", "Numba"])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_number_is_the_equations(case: Case, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kernels = compiled_kernel.wait() if way == "Numba" else None
    monkeypatch.setattr(compiled_kernel, "ready", lambda: kernels)
    trace = case.trace()
    assert trace.way == way
    assert exactness(trace, case.dtype) <= 1


def test_a_number_off_in_the_sixth_digit_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    trace = Case(33, 77, 2, 20).trace()
    state = trace.layers[0].cell_state
    changed = state.copy()
    changed[-1, 1, 40] += 4e-6
    monkeypatch.setitem(vars(trace.layers[0]), "cell_state", changed)
    assert exactness(trace, CASES[0].dtype) > 1 and np.abs(changed - state).max() < 5e-6


def in_a_process(folder: Path, **environment: str) -> dict:
    """The report of `large_runs` where Numba is told of another processor or another cache folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("NUMBA", "XDG"))}
    environment |= {"PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)]), "OMP_NUM_THREADS": "1"}
    run = subprocess.run(
        [sys.executable, str(SCRIPT)], env=kept | environment, capture_output=True, text=True, check=True, cwd=folder
    )
    return json.loads(run.stdout.splitlines()[-1])


@pytest.mark.full
def test_a_processor_without_avx512_gives_the_same_numbers(tmp_path: Path) -> None:
    found = in_a_process(ROOT, NUMBA_CACHE_DIR=str(tmp_path), **AVX2)
    assert (
        found["registers"] == (["xmm", "ymm"] if X86 else []) and found["kept on disk"] and found["ways"] == ["Numba"]
    )
    assert max(found["exactness"].values()) <= 1, found["exactness"]


@pytest.mark.full
def test_the_plainest_processor_without_a_folder_to_keep_code_in(tmp_path: Path) -> None:
    """A file stands where each folder would be made, so that nobody can write there, root neither."""
    package = Path(lstm_viz.__file__).parent
    shutil.copytree(package, tmp_path / "lstm_viz", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "lstm_viz" / "recording" / "numba_cpu" / "__pycache__").touch()
    found = in_a_process(tmp_path, HOME=os.devnull, **PLAINEST)
    assert found["registers"] == (["xmm"] if X86 else []) and not found["kept on disk"] and found["ways"] == ["Numba"]
    assert max(found["exactness"].values()) <= 1, found["exactness"]
