"""The bundle: what a module imports comes before it, and what it can't have is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from py_mini_racer import MiniRacer

from lstm_viz.player.bundle import FRONTEND, BundleError, bundle, read_module
from lstm_viz.standalone import page as page_module

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes modules, given by name, and gives the first one's path."""

    def writing(**modules: str) -> Path:
        for name, text in modules.items():
            (tmp_path / f"{name}.js").write_text(text, encoding="utf-8")
        return tmp_path / f"{next(iter(modules))}.js"

    return writing


def value(script: str) -> object:
    """What a bundle leaves in `globalThis.found`."""
    with MiniRacer() as v8:
        v8.eval(script)
        return json.loads(v8.eval("JSON.stringify(globalThis.found)"))


def test_names_stay_a_modules_own_and_each_module_runs_once(write: Write):
    entry = write(
        main='import { one } from "./a.js";\nimport two, {\n  runs as times,\n} from "./b.js";\nconst own = 3;\n'
        "globalThis.found = [one(), two(), own, times()];\n",
        a='import { count } from "./c.js";\nconst own = 1;\nexport function one() {\n  count();\n  return own;\n}\n',
        b='import { count, runs } from "./c.js";\nconst own = 2;\nexport { runs };\n',
        c="let calls = 0;\nexport function count() {\n  calls += 1;\n}\nexport const runs = () => calls;\n",
    )
    with pytest.raises(BundleError, match="which the bundle does not understand"):
        bundle(entry)
    (entry.parent / "b.js").write_text(
        'import { count, runs as all } from "./c.js";\nconst own = 2;\nexport const runs = () => all();\n'
        "export default function two() {\n  count();\n  return own;\n}\n"
    )
    bundle.cache_clear()
    assert value(bundle(entry)) == [1, 2, 3, 2]


@pytest.mark.parametrize(
    ("modules", "said"),
    [
        ({"a": 'import { gone } from "./b.js";', "b": "const gone = 1;"}, "a.js imports gone, which b.js lacks"),
        ({"a": 'import gone from "./b.js";', "b": "export const gone = 1;"}, "a.js imports default, which b.js lacks"),
        (
            {
                "a": 'import { b } from "./b.js";\nexport const a = 1;',
                "b": 'import { a } from "./a.js";\nexport const b = 1;',
            },
            "a.js -> b.js -> a.js",
        ),
        ({"a": 'import * as b from "./b.js";', "b": ""}, "does not understand"),
        ({"a": "export let a = 1;"}, "does not understand"),
        ({"a": 'const b = import("./b.js");'}, "does not understand"),
    ],
)
def test_what_cannot_be_bundled_is_refused(modules, said, write: Write):
    with pytest.raises(BundleError, match=said):
        bundle(write(**modules))


def test_a_missing_file_is_named(write: Write):
    with pytest.raises(FileNotFoundError, match=r"gone\.js"):
        bundle(write(a='import { b } from "./gone.js";'))


def test_a_line_of_a_file_stands_on_the_same_line_of_its_function():
    script = bundle(FRONTEND / "player.js").splitlines()
    for path in FRONTEND.glob("*.js"):
        head = f"// {path.name}"
        if head not in script:
            continue
        start = script.index(head) + 2
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines()):
            kept = script[start + number]
            bare = line.removeprefix("export ").removeprefix("default ")
            assert kept == bare or (kept == "" and not line.startswith(("function", "class", "  return"))), path.name


ENTRIES = (
    "checkpoint-slider",
    "class",
    "close-drawer",
    "comparison",
    "gate-count",
    "generated-text",
    "go-to",
    "lesson-text",
    "notes",
    "own-cell",
    "player",
    "save-figure",
    "screen",
)


def test_every_module_is_part_of_a_script():
    entries = [FRONTEND / f"{name}.js" for name in ENTRIES]
    used = {line for entry in entries for line in bundle(entry).splitlines() if line.startswith("// ")}
    assert used == {f"// {path.name}" for path in FRONTEND.glob("*.js")}


def test_an_exported_name_is_used_somewhere():
    pages = Path(str(page_module.TEMPLATE_FOLDER)).glob("*.js")
    tests = Path(__file__).with_name("modules.js")
    modules = [read_module(path.resolve()) for path in (*FRONTEND.glob("*.js"), *pages, tests)]
    taken = {(path, name) for module in modules for path, names in module.imports for name in names}
    unused = [
        (module.path.name, name)
        for module in modules
        for name in module.exports
        if name != "default" and (module.path, name) not in taken
    ]
    assert unused == []
