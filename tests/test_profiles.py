"""What the quick profile leaves out and what it still checks."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from jaxtyping import TypeCheckError

from lstm_viz.cells import equations
from tests.support.type_checks import modules_with_shapes

LIBRARY = Path(equations.__file__).parents[1]


@pytest.fixture
def conftest(pytestconfig: pytest.Config) -> ModuleType:
    """The project's own conftest.py: other folders have one too."""
    ours = str(LIBRARY.parent / "conftest.py")
    return next(one for one in pytestconfig.pluginmanager.get_plugins() if getattr(one, "__file__", "") == ours)


class _Item:
    """As much of a test item as is asked for."""

    def __init__(self, test: object, marked: bool = False) -> None:
        self.obj, self.marked = test, marked

    def get_closest_marker(self, name: str) -> bool:
        return self.marked


class _Config:
    class hook:
        @staticmethod
        def pytest_deselected(items: list) -> None:
            assert all(item.marked for item in items)


def examples_run(
    conftest: ModuleType, max_examples: int | None, monkeypatch: pytest.MonkeyPatch, full: bool = False
) -> int:
    """How many examples a test runs that asks for so many."""
    monkeypatch.setattr(conftest, "FULL", full)
    seen = []

    @given(st.floats())
    def test(x: float) -> None:
        seen.append(x)

    if max_examples:
        test = settings(max_examples=max_examples, database=None)(test)
    conftest.pytest_collection_modifyitems(_Config(), [_Item(test), _Item(test)])
    test()
    return len(seen)


def test_a_third_of_the_examples_runs_in_the_quick_profile(conftest: ModuleType, monkeypatch: pytest.MonkeyPatch):
    assert examples_run(conftest, 150, monkeypatch) == 50
    assert examples_run(conftest, 12, monkeypatch) == 10
    assert examples_run(conftest, 6, monkeypatch) == 6
    assert examples_run(conftest, 150, monkeypatch, full=True) == 150


def test_the_full_profile_keeps_what_is_marked_full(conftest: ModuleType, monkeypatch: pytest.MonkeyPatch):
    for full, kept in (False, 1), (True, 2):
        monkeypatch.setattr(conftest, "FULL", full)
        items = [_Item(len), _Item(len, marked=True)]
        conftest.pytest_collection_modifyitems(_Config(), items)
        assert len(items) == kept


def test_a_wrong_shape_is_refused_while_tests_run():
    row = torch.zeros(1)
    gate = equations.Gate(torch.ones(1, 1), torch.ones(1, 1), row)
    with pytest.raises(TypeCheckError, match="event"):
        equations.standard_step(row, row[None], row[None], equations.Gates(gate, gate, gate, gate))


def test_modules_with_shapes_are_found_by_their_import():
    found = modules_with_shapes(LIBRARY)
    assert equations.__name__ in found
    assert "lstm_viz" not in found
    assert all((LIBRARY.parent / (name.replace(".", "/") + ".py")).is_file() for name in found)


def test_every_module_can_be_imported_where_all_are_checked():
    # Some annotations only mypy can read (typing.Self in a method, a protocol without runtime_checkable): in the
    # quick profile most modules are not checked, and .ci/run would be the first to fail.
    files = sorted((LIBRARY.parent / "lstm_viz").rglob("*.py"))
    names = [".".join(file.relative_to(LIBRARY.parent).with_suffix("").parts) for file in files]
    # Triton is there on Linux alone.
    left_out = ("__main__",) if find_spec("triton") else ("__main__", "triton_gpu.kernel")
    modules = [name for name in names if not name.endswith(left_out)]
    environment = {**os.environ, "LSTM_VIZ_TESTS": "full"}
    code = f"import conftest, importlib\nfor name in {modules}: importlib.import_module(name)"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=LIBRARY.parent, env=environment, capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr[-2000:]
