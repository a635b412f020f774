"""The import graph, on projects made of a few lines and on this one."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.import_graph import ImportGraph

ROOT = Path(__file__).parents[1]


def project(folder: Path, **files: str) -> ImportGraph:
    """A project of these files; `__` in a name stands for `/`, and what has no suffix is Python."""
    for name, text in files.items():
        path = folder / (name if "/" in name else name.replace("__", "/"))
        path = path if path.suffix else path.with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for package in {path.parent for path in folder.rglob("*.py")} - {folder, folder / "tests"}:
        (package / "__init__.py").touch()
    return ImportGraph(folder)


def needed(graph: ImportGraph, path: str) -> set[str]:
    """What a file needs, without the empty `__init__` of each package."""
    return {other for other in graph.needs(path) if graph.text(other)}


@pytest.mark.parametrize(
    "code",
    [
        "import net.cells",
        "import net.cells as c",
        "from net import cells",
        "from net.cells import step",
        "from .cells import step",
        "from . import cells",
        "def run():\n    from net.cells import step",
        "try:\n    import net.cells\nexcept ImportError:\n    pass",
        "import importlib\nimportlib.import_module('net.cells')",
        "KERNEL = 'net.cells'",
        "import subprocess\nsubprocess.run(['python', '-c', 'import net.cells; net.cells.step()'])",
        "import subprocess\nsubprocess.run(['python', '-m', 'net.cells'])",
        "from pathlib import Path\nPath('net/cells.py')",
    ],
)
def test_every_way_of_needing_a_module_is_seen(code: str, tmp_path: Path):
    graph = project(tmp_path, net__cells="def step(): ...", net__other="x = 1", net__user=code)
    assert needed(graph, "net/user.py") == {"net/cells.py"}


@pytest.mark.parametrize(
    "code",
    [
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from net.cells import step",
        "'''Not `net.cells`.'''",
        "# import net.cells",
        "def run():\n    '''As in net.cells.step.'''",
    ],
)
def test_what_does_not_run_is_not_needed(code: str, tmp_path: Path):
    graph = project(tmp_path, net__cells="def step(): ...", net__user=code)
    assert needed(graph, "net/user.py") == set()


LATE = [
    """
from importlib import import_module
_HOMES = {"step": "net.cells", "draw": "net.figures"}
def __getattr__(name):
    return getattr(import_module(_HOMES[name]), name)
""",
    """
from importlib import import_module
_HOMES = {"step": "cells", "draw": "figures"}
def __getattr__(name):
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
""",
    """
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from net.cells import step
    from net.figures import draw
def __getattr__(name):
    ...
""",
]


@pytest.mark.parametrize("package", LATE)
@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import net\nnet.step()", {"net/cells.py"}),
        ("from net import draw", {"net/figures.py"}),
        ("import net", set()),
        ("import net\nprint(net.__doc__)", set()),
        ("import net\ngetattr(net, 'step')", {"net/cells.py", "net/figures.py"}),
        ("from net import *", {"net/cells.py", "net/figures.py"}),
    ],
)
def test_late_names_count_for_who_asks_for_them(package: str, code: str, expected: set[str], tmp_path: Path):
    graph = project(tmp_path, net__cells="step = 1", net__figures="draw = 1", user=code, **{"net/__init__": package})
    assert needed(graph, "user.py") == expected | {"net/__init__.py"}


def test_a_package_that_puts_names_together_needs_all_its_modules(tmp_path: Path):
    package = "from importlib import import_module\ndef read(kind):\n    return import_module(f'{__name__}.{kind}')"
    graph = project(tmp_path, net__csv="x = 1", net__deep__json="x = 2", net_other="x = 3", **{"net/__init__": package})
    assert needed(graph, "net/__init__.py") == {"net/csv.py", "net/deep/json.py"}


def test_files_beside_belong_to_the_modules_that_open_them(tmp_path: Path):
    graph = project(
        tmp_path,
        net__player="from importlib.resources import files\nfiles(__package__)",
        net__other="x = 1",
        lone__one="x = 1",
        **{"net/scripts/main.js": "play()", "net/style.css": "a{}", "lone/card.json": "{}"},
    )
    assert needed(graph, "net/player.py") == {"net/scripts/main.js", "net/style.css"}
    assert needed(graph, "net/other.py") == set()
    assert needed(graph, "lone/one.py") == {"lone/card.json"}


def test_a_test_needs_its_conftest_files_and_helpers(tmp_path: Path):
    graph = project(
        tmp_path,
        conftest="x = 1",
        tests__conftest="x = 1",
        tests__deep__conftest="x = 1",
        tests__deep__test_it="from tests.runs import run\nSCRIPT = 'large.py'",
        tests__runs="run = 1",
        tests__large="x = 1",
        tests__other__conftest="x = 1",
    )
    assert needed(graph, "tests/deep/test_it.py") == {
        "conftest.py",
        "tests/conftest.py",
        "tests/deep/conftest.py",
        "tests/runs.py",
        "tests/large.py",
    }


def test_examples_count_for_their_own_module_alone(tmp_path: Path):
    graph = project(
        tmp_path, net__a="'''\n>>> from net.b import x\n>>> x\n1\n'''", net__b="x = 1", net__c="import net.a"
    )
    assert needed(graph, "net/a.py") == set()
    assert "net/b.py" in graph.distances("net/a.py")
    assert "net/b.py" not in graph.distances("net/c.py")


def test_distances_are_the_shortest(tmp_path: Path):
    graph = project(tmp_path, a="import b, c", b="import c", c="import d", d="import a")
    assert graph.distances("a.py") == {"a.py": 0, "b.py": 1, "c.py": 1, "d.py": 2}


def test_code_that_can_not_be_parsed_needs_nothing(tmp_path: Path):
    assert project(tmp_path, a="import (").needs("a.py") == set()


@pytest.fixture(scope="module")
def here() -> ImportGraph:
    return ImportGraph(ROOT)


@pytest.mark.parametrize("start", ["lstm_viz.traces", "app", "tests.test_import_graph"])
def test_every_module_that_is_loaded_is_in_the_graph(start: str, here: ImportGraph):
    """Held to Python: what importing a module of this project loads, the graph has."""
    script = (
        f"import {start}, sys; print(*(m.__file__ for m in list(sys.modules.values()) if getattr(m, '__file__', 0)))"
    )
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = {Path(path).relative_to(ROOT).as_posix() for path in run.stdout.split() if Path(path).is_relative_to(ROOT)}
    loaded = {path for path in loaded if not path.startswith(".")}
    assert loaded
    assert loaded <= set(here.distances(here.modules[start]))


@pytest.mark.parametrize("readers", ["checkpoints/readers", "sequences/readers"])
def test_tests_of_readers_are_reached_from_every_reader(readers: str, here: ImportGraph):
    """A format's module is chosen by its name in another process: a change in it must still reach its tests."""
    tests = [path for path in here.files if re.fullmatch(rf"tests/{readers}/.*test_\w+\.py", path)]
    modules = {path for path in here.files if path.startswith(f"lstm_viz/{readers}/") and path.endswith(".py")}
    assert tests and modules <= {path for test in tests for path in here.distances(test)}
