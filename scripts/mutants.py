"""Mutation testing: break one line at a time, picked by a seed over all packages, and see whether a test fails.

    python -m scripts.mutants --seed 15 --count 40            # runs them, nearest tests first
    python -m scripts.mutants --seed 15 --count 40 --list     # only says which lines
    python -m scripts.mutants --only 3,17 --browser           # some of them, with the browser's tests too

Each mutant is one operator, constant or condition of a line of `lstm_viz`, Python or JavaScript, turned into another.
It is put into a copy of the last commit; the copy's tests run there, those of the changed file's package first,
and stop at the first failure. What no unit test notices is asked of the browser's tests where `--browser` says so.
A mutant that makes tests run for longer than the time limit counts as noticed.

Source of the idea: DeMillo, Lipton & Sayward (1978), Hints on test data selection.
"""

from __future__ import annotations

import argparse
import ast
import io
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
import tokenize
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.import_graph import ImportGraph

ROOT = Path(__file__).parents[1]
#: Operators and what each becomes, in Python and in JavaScript.
SWAPS = {
    **{"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==", "===": "!==", "!==": "==="},
    **{"+": "-", "-": "+", "*": "+", "//": "*", "&&": "||", "||": "&&"},
    **{"and": "or", "or": "and", "True": "False", "False": "True", "true": "false", "false": "true"},
    **{"not in": "in", "min": "max", "max": "min"},
}
JAVASCRIPT = re.compile(
    r"===|!==|<=|>=|&&|\|\||(?<![=<>!+\-*/])[<>](?![=<>])|(?<= )[+\-*](?= )|\btrue\b|\bfalse\b|\b\d+\b"
)
#: Seconds that the tests of one mutant may take before it counts as noticed.
LIMIT = 900


@dataclass(frozen=True)
class Mutant:
    """One line of a file as it stands there, and broken."""

    path: str
    line: int
    before: str
    after: str


def python_mutants(path: str, text: str) -> Iterator[Mutant]:
    """Every operator and constant of a Python file's code: no annotation, no docstring, no import.

    >>> [mutant.after.strip() for mutant in python_mutants("a.py", "def f(a: int = 2) -> bool:\\n    return a < 3")]
    ['return a <= 3', 'return a < 4']
    """
    lines = text.splitlines()
    code = {node.lineno for node in ast.walk(ast.parse(text)) if isinstance(node, ast.stmt)} - {
        node.lineno
        for node in ast.walk(ast.parse(text))
        if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom, ast.AnnAssign))
        or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
    }
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        row, column = token.start
        if row not in code or token.type not in (tokenize.OP, tokenize.NAME, tokenize.NUMBER):
            continue
        swapped = SWAPS.get(token.string)
        if token.type == tokenize.NUMBER and token.string.isdecimal():
            swapped = str(int(token.string) + 1)
        if swapped is None or (token.string in "*-" and _unary(lines[row - 1], column)):
            continue
        line = lines[row - 1]
        yield Mutant(path, row, line, line[:column] + swapped + line[column + len(token.string) :])


def javascript_mutants(path: str, text: str) -> Iterator[Mutant]:
    """Every operator and constant of a script, outside comments and texts.

    >>> [mutant.after for mutant in javascript_mutants("a.js", "if (a < 3 && b) stop(); // 4 < 5")]
    ['if (a <= 3 && b) stop(); // 4 < 5', 'if (a < 4 && b) stop(); // 4 < 5', 'if (a < 3 || b) stop(); // 4 < 5']
    """
    for row, line in enumerate(text.splitlines(), 1):
        code = re.sub(r"\"[^\"]*\"|'[^']*'|`[^`]*`|//.*", lambda found: " " * len(found[0]), line)
        if code.lstrip().startswith(("import", "export {", "*", "/*")):
            continue
        for found in JAVASCRIPT.finditer(code):
            swapped = SWAPS.get(found[0]) or str(int(found[0]) + 1)
            yield Mutant(path, row, line, line[: found.start()] + swapped + line[found.end() :])


def _unary(line: str, column: int) -> bool:
    """Whether a sign stands in front of its only operand, or a star spreads a list."""
    before = line[:column].rstrip()
    return (
        not before or before[-1] in "([{,=:*+-/<>|&%" or before.endswith(("return", "in", "and", "or", "not", "lambda"))
    )


def sample_mutants(seed: int, count: int) -> list[Mutant]:
    """So many mutants, one package after the other, a line of each picked by the seed."""
    packages: dict[str, list[Mutant]] = {}
    for file in sorted([*(ROOT / "lstm_viz").rglob("*.py"), *(ROOT / "lstm_viz").rglob("*.js")]):
        path, text = str(file.relative_to(ROOT)), file.read_text(encoding="utf-8")
        every = javascript_mutants(path, text) if file.suffix == ".js" else python_mutants(path, text)
        package = "JavaScript" if file.suffix == ".js" else file.relative_to(ROOT).parts[1]
        if package == "__main__.py":
            continue
        packages.setdefault(package, []).extend(every)
    packages = {name: mutants for name, mutants in sorted(packages.items()) if mutants}
    source = random.Random(seed)
    names = list(packages)
    source.shuffle(names)
    found: list[Mutant] = []
    while len(found) < count:
        mutant = source.choice(packages[names[len(found) % len(names)]])
        if mutant not in found:
            found.append(mutant)
    return found


def killing_tests(mutant: Mutant, copy: Path, browser: bool) -> tuple[str, float]:
    """Which kind of test notices a mutant ("" where none does), and after how many seconds."""
    file = copy / mutant.path
    whole = file.read_text(encoding="utf-8")
    lines = whole.splitlines(keepends=True)
    if lines[mutant.line - 1].rstrip("\n") != mutant.before:
        raise ValueError(f"{mutant.path}:{mutant.line} is not as the mutant says: commit first.")
    lines[mutant.line - 1] = mutant.after + "\n"
    file.write_text("".join(lines), encoding="utf-8")
    start = time.monotonic()
    try:
        for kind, command in _commands(mutant.path, browser):
            if _fails(command, copy):
                return kind, time.monotonic() - start
        return "", time.monotonic() - start
    finally:
        file.write_text(whole, encoding="utf-8")


def _commands(path: str, browser: bool) -> Iterator[tuple[str, list[str]]]:
    pytest = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"]
    graph = ImportGraph(ROOT)
    files = [file.relative_to(ROOT).as_posix() for file in (ROOT / "tests").rglob("test_*.py")]
    tests = [file for file in files if not file.startswith("tests/browser/")]
    reached = {test for test in tests if path in graph.distances(test)}
    near = [test for test in tests if test.startswith(f"{_test_folder(path)}/")]
    doctests = [path] if path.endswith(".py") else []
    yield "near", [*pytest, "-n", "2", *doctests, *near]
    if far := sorted(reached - set(near)):
        yield "far", [*pytest, "-n", "2", *far]
    if browser:
        yield "browser", [*pytest, "-n", "2", "--dist", "loadgroup", "tests/browser"]


def _test_folder(path: str) -> str:
    """The folder of the tests of a file, as its package has it, or a package around it."""
    parts = Path(path).parent.parts[1:]
    while parts and parts[0] != "ui" and not (ROOT / "tests" / Path(*parts)).is_dir():
        parts = parts[:-1]
    return "tests/app" if parts[:1] == ("ui",) else Path("tests", *parts).as_posix()


def _fails(command: list[str], copy: Path) -> bool:
    """Whether a test fails, or is not done in time."""
    environment = {**os.environ, "PYTHONPATH": str(copy)}
    try:
        run = subprocess.run(command, cwd=copy, env=environment, capture_output=True, timeout=LIMIT, check=False)
    except subprocess.TimeoutExpired:
        return True
    return run.returncode not in (0, 5)


def main() -> None:
    """Reads the command line and prints a line a mutant."""
    parser = argparse.ArgumentParser(prog="python -m scripts.mutants", description=__doc__.partition("\n")[0])
    parser.add_argument("--seed", type=int, default=15)
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--only", default="", help="numbers of mutants, as in 3,17")
    parser.add_argument("--browser", action="store_true", help="ask the browser's tests too")
    parser.add_argument("--list", action="store_true", help="only say which lines")
    options = parser.parse_args()
    mutants = list(enumerate(sample_mutants(options.seed, options.count), 1))
    if options.only:
        mutants = [mutants[int(number) - 1] for number in options.only.split(",")]
    if options.list:
        for number, mutant in mutants:
            print(
                f"{number:3} {mutant.path}:{mutant.line}\n    - {mutant.before.strip()}\n    + {mutant.after.strip()}"
            )
        return
    survivors = 0
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        subprocess.run(["git", "clone", "-q", str(ROOT), str(copy)], check=True)
        for number, mutant in mutants:
            by, seconds = killing_tests(mutant, copy, options.browser)
            survivors += not by
            print(
                json.dumps({"number": number, "noticed": by, "seconds": round(seconds), **asdict(mutant)}), flush=True
            )
    print(f"{len(mutants) - survivors} of {len(mutants)} mutants were noticed.")


if __name__ == "__main__":
    main()
