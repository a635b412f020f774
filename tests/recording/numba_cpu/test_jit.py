"""Machine code on disk is used again only while no source of it has changed: Numba by itself looks at one file."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest
from numba.core.registry import cpu_target

from lstm_viz.recording.numba_cpu import jit, kernel

FOLDER = Path(jit.__file__).parent
FUNCTION = "from lstm_viz.recording.numba_cpu.jit import compiled\n@compiled\ndef twice(x):\n    return 2 * x\n"


@pytest.fixture
def load(tmp_path: Path) -> Callable[[], ModuleType]:
    """A compiled function beside another file, and the module as a new process would import it."""
    (tmp_path / "twice.py").write_text(FUNCTION, encoding="utf-8")
    (tmp_path / "neighbour.py").write_text("FACTOR = 2\n", encoding="utf-8")

    def load() -> ModuleType:
        spec = spec_from_file_location("twice", tmp_path / "twice.py")
        assert spec and spec.loader
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load


def is_compiled_anew(load: Callable[[], ModuleType]) -> bool:
    function = load().twice
    assert function(3) == 6
    hits, misses = (sum(counts.values()) for counts in (function.stats.cache_hits, function.stats.cache_misses))
    assert hits + misses == 1
    return misses == 1


def test_a_changed_byte_in_any_file_of_the_folder_is_another_key(tmp_path: Path) -> None:
    files = sorted(FOLDER.glob("*.py"))
    assert {"kernel.py", "gemm.py", "microkernel.py", "simd.py", "activations.py", "barrier.py"} <= {
        path.name for path in files
    }
    for path in files:
        (tmp_path / path.name).write_bytes(path.read_bytes())
    before = jit.source_stamp(tmp_path)
    assert before == jit.source_stamp(FOLDER)
    for path in files:
        source = path.read_bytes()
        (tmp_path / path.name).write_bytes(source[:-2] + bytes([source[-2] ^ 1]) + source[-1:])
        assert jit.source_stamp(tmp_path) != before, path.name
        (tmp_path / path.name).write_bytes(source)
    assert jit.source_stamp(tmp_path) == before


@pytest.mark.parametrize("package", ["numba", "llvmlite"])
def test_another_compiler_is_another_key(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = jit.source_stamp(FOLDER)
    monkeypatch.setattr(sys.modules[package], "__version__", "0.0.1")
    assert jit.source_stamp(FOLDER) != before


def test_both_parts_of_the_kernel_are_kept_under_that_key() -> None:
    """The matrix product has machine code of its own on disk, which an old version of the kernel would use too."""
    for function in (kernel.record, kernel.gemm_add):
        assert function._cache._cache_file._source_stamp == jit.source_stamp(FOLDER)


def test_a_file_that_changes_beside_a_function_has_it_compiled_anew(
    load: Callable[[], ModuleType], tmp_path: Path
) -> None:
    assert is_compiled_anew(load)
    assert not is_compiled_anew(load)
    (tmp_path / "neighbour.py").write_text("FACTOR = 3\n", encoding="utf-8")
    assert is_compiled_anew(load)
    assert not is_compiled_anew(load)


def test_another_processor_has_machine_code_of_its_own(
    load: Callable[[], ModuleType], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert is_compiled_anew(load)
    codegen = cpu_target.target_context.codegen()
    triple, _, features = codegen.magic_tuple()
    with monkeypatch.context() as patch:
        patch.setattr(type(codegen), "magic_tuple", lambda _: (triple, "another", features))
        assert is_compiled_anew(load)
        assert not is_compiled_anew(load)
    assert not is_compiled_anew(load)  # this one's is still there
