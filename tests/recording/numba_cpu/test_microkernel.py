"""Register tiles stay in registers, on processors with wide ones and with narrow ones: code is compiled, not run."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
from pathlib import Path

import pytest

import lstm_viz

pytestmark = pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="names registers of x86")

CODE = """
from numba import types
from lstm_viz.recording.numba_cpu.gemm import gemm_add
for name in ("float32", "float64"):
    kind = types.Array(getattr(types, name), 2, "C")
    gemm_add.compile((kind, kind, kind))
    print("code of", name, gemm_add.inspect_asm(gemm_add.signatures[-1]))
"""
#: What Numba is told of each processor, and its widest register.
PROCESSORS = {
    "AVX2": ("haswell", "+avx,+avx2,+fma", "ymm"),
    "AVX-512": ("icelake-server", "-prefer-256-bit,+avx,+avx2,+fma,+avx512f,+avx512vl,+avx512dq,+avx512bw", "zmm"),
}


@pytest.mark.parametrize("processor", PROCESSORS)
def test_sums_are_not_spilled_to_the_stack(processor: str, tmp_path: Path) -> None:
    name, features, register = PROCESSORS[processor]
    told = {"NUMBA_CPU_NAME": name, "NUMBA_CPU_FEATURES": features, "NUMBA_CACHE_DIR": str(tmp_path)}
    environment = {**os.environ, **told, "PYTHONPATH": str(Path(lstm_viz.__file__).parents[1])}
    found = subprocess.run([sys.executable, "-c", CODE], env=environment, capture_output=True, text=True, check=True)
    codes = found.stdout.split("code of float")[1:]
    assert [re.findall(r"vfmadd\d+(p[sd])", code)[0] for code in codes] == ["ps", "pd"]
    for code in codes:
        assert len(re.findall(rf"vfmadd\w+\s.*%{register}", code)) > 60
        # Before and after the loops there may be one.
        assert len(re.findall(rf"%{register}\d+, -?\d*\(%rsp\)", code)) < 10
