"""Anchors of docs/ARCHITECTURE.md: each names a file, what is defined in it, and the line at which that begins.

    [`lstm_viz/traces.py::Trace`](../lstm_viz/traces.py#L153)

`python -m scripts.architecture_anchors` sets every line right, and finds what moved to another file under
the same name; a test fails where one is wrong.
"""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "ARCHITECTURE.md"
FORM = "[`{path}::{name}`](../{path}#L{line})"
ANCHOR = re.compile(r"\[`([\w./-]+)::([\w.]+)`\]\(\.\./([\w./-]+)#L(\d+)\)")
SOURCES = ("app.py", "pages/*.py", "lstm_viz/**/*.py", "lstm_viz/**/*.js")


class Anchor(NamedTuple):
    """One anchor as it is written: the file it names, and the one that its link leads to."""

    path: str
    name: str
    target: str
    line: int


def anchors(text: str) -> list[Anchor]:
    """The anchors of a page.

    >>> anchors("See [`app.py::app`](../app.py#L18).")
    [Anchor(path='app.py', name='app', target='app.py', line=18)]
    """
    return [Anchor(path, name, target, int(line)) for path, name, target, line in ANCHOR.findall(text)]


def definitions(path: Path) -> dict[str, int]:
    """What a file of Python or JavaScript defines, by its name, `Class.method` for methods, and its line."""
    text = path.read_text(encoding="utf-8")
    return _in_javascript(text) if path.suffix == ".js" else dict(_in_python(ast.parse(text).body))


def _in_python(body: list[ast.stmt], within: str = "") -> list[tuple[str, int]]:
    found = []
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.append((within + node.name, node.lineno))
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found += [(within + target.id, node.lineno) for target in targets if isinstance(target, ast.Name)]
        if isinstance(node, ast.ClassDef):
            found += _in_python(node.body, f"{within}{node.name}.")
    return found


def _in_javascript(text: str) -> dict[str, int]:
    found, within = {}, ""
    for number, line in enumerate(text.splitlines(), start=1):
        if match := re.match(r"(?:export )?(?:default )?(?:async )?(class|function\*?|const) (\w+)", line):
            within = match[2] if match[1] == "class" else ""
            found[match[2]] = number
        elif within and (match := re.match(r"  (?:static )?(?:async )?(?:get |set )?(\w+)\(.*\{$", line)):
            found[f"{within}.{match[1]}"] = number
    return found


def resolve(anchor: Anchor) -> tuple[str, int] | None:
    """Resolve an anchor to a file and line: in its own file, else in the only other that defines the name."""
    file = ROOT / anchor.path
    if file.exists() and (line := definitions(file).get(anchor.name)):
        return anchor.path, line
    files = [file for pattern in SOURCES for file in sorted(ROOT.glob(pattern))]
    found = [(str(file.relative_to(ROOT)), definitions(file).get(anchor.name)) for file in files]
    locations = [(path, line) for path, line in found if line]
    return locations[0] if len(locations) == 1 else None


def main() -> int:
    """Update every anchor; returns how many names were not found, and prints them."""
    text, missing = PAGE.read_text(encoding="utf-8"), []
    for anchor in anchors(text):
        location = resolve(anchor)
        if location is None:
            missing.append(f"{anchor.path}::{anchor.name}")
            continue
        was = f"[`{anchor.path}::{anchor.name}`](../{anchor.target}#L{anchor.line})"
        text = text.replace(was, FORM.format(path=location[0], name=anchor.name, line=location[1]))
    PAGE.write_text(text, encoding="utf-8")
    print(
        *(f"Not found: {name}" for name in missing), f"{len(anchors(text))} anchors, {len(missing)} not found", sep="\n"
    )
    return len(missing)


if __name__ == "__main__":
    sys.exit(main())
