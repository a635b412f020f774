"""The player's JavaScript as one script: ES modules bundled without a build step.

A Streamlit component takes one module as text, and a page that stands alone may fetch nothing, not even from a
`blob:` address in a notebook that forbids it. So modules are put into one script here, when the app starts: each
becomes a function that runs once and returns its exports, in an order in which what a module imports comes first.
Its names stay its own. Comments are left out, which saves a fifth; lines stay as many as they are in the file, so that
a line of the script can be found there again.

What modules may say is little, and all else is refused: `import { a, b } from "./x.js"`, with or without a default
before the braces, each on one line or on several, at the top; `export` before a function, a class or a const; one
`export default function`. No cycles.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

#: What a component, or a page, is made of: modules, markup and style.
FRONTEND = Path(str(files("lstm_viz.player").joinpath("frontend"))).resolve()
_IMPORT = re.compile(r'^import\s+(?:(\w+)\s*,?\s*)?(?:\{([^}]*)\}\s*)?from\s+"([^"]+)";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (default )?(?:async )?(?:function|class|const) (\w+)", re.MULTILINE)
_COMMENT = re.compile(r"^[ \t]*//.*$", re.MULTILINE)
_DEFAULT = "default"


class BundleError(ValueError):
    """Modules that can't be bundled: an import of what is not exported, a cycle, or syntax that is not understood."""


class Module(NamedTuple):
    """A module's file, what it imports ((file, {name there: name here}), in order) and exports, and its code."""

    path: Path
    imports: tuple[tuple[Path, dict[str, str]], ...]
    exports: dict[str, str]
    code: str


def source(name: str) -> str:
    """The text of one file of the player's frontend, such as "player.css"."""
    return (FRONTEND / name).read_text(encoding="utf-8")


@cache
def bundle(entry: Path) -> str:
    """A module and all that it imports as one script, whose default export is the module's own.

    Raises BundleError where a name is imported that is not exported, where modules import each other in a circle, or
    where a module says more than is understood.
    """
    entry = entry.resolve()
    modules = {module.path: module for module in _in_order(entry, {}, ())}
    names = {path: f"module{place}" for place, path in enumerate(modules)}
    parts = [_wrapped(module, modules, names) for module in modules.values()]
    default = f"export default {names[entry]}.{_DEFAULT};\n" if _DEFAULT in modules[entry].exports else ""
    return "".join(parts) + default


def read_module(path: Path) -> Module:
    """A module as its file says it; imports leave as many empty lines as they had."""
    text = path.read_text(encoding="utf-8")
    imports = tuple(
        ((path.parent / where).resolve(), _names(default, listed)) for default, listed, where in _IMPORT.findall(text)
    )
    exports = {_DEFAULT if default else name: name for default, name in _EXPORT.findall(text)}
    code = _COMMENT.sub("", _IMPORT.sub(lambda found: "\n" * found[0].count("\n"), text))
    code = _EXPORT.sub(lambda found: found[0].removeprefix("export ").removeprefix("default "), code)
    rest = re.search(r"^\s*(?:import|export)\b.*|\bimport\s*\(.*", code, re.MULTILINE)
    if rest:
        raise BundleError(f"{path.name} says {rest[0].strip()!r}, which the bundle does not understand.")
    return Module(path, imports, exports, code)


def _names(default: str, listed: str) -> dict[str, str]:
    """What an import line takes: {name there: name here}."""
    names = {_DEFAULT: default} if default else {}
    for part in filter(None, (part.strip() for part in listed.split(","))):
        there, _, here = part.partition(" as ")
        names[there] = here or there
    return names


def _in_order(path: Path, done: dict[Path, Module], asking: tuple[Path, ...]) -> Iterator[Module]:
    """Modules, each after all that it imports."""
    if path in done:
        return
    if path in asking:
        circle = " -> ".join(each.name for each in (*asking[asking.index(path) :], path))
        raise BundleError(f"Modules import each other in a circle: {circle}.")
    module = read_module(path)
    for other, _ in module.imports:
        yield from _in_order(other, done, (*asking, path))
    done[path] = module
    yield module


def _wrapped(module: Module, modules: dict[Path, Module], names: dict[Path, str]) -> str:
    """A module as a function that runs once and returns its exports."""
    taken = [_taken(module, modules[path], names[path], wanted) for path, wanted in module.imports]
    exports = ", ".join(f"{outside}: {inside}" for outside, inside in module.exports.items())
    head = f"// {module.path.name}\nconst {names[module.path]} = (() => {{ {' '.join(taken)}\n"
    return f"{head}{module.code}\nreturn {{ {exports} }};\n}})();\n"


def _taken(module: Module, other: Module, name: str, wanted: dict[str, str]) -> str:
    missing = wanted.keys() - other.exports.keys()
    if missing:
        raise BundleError(f"{module.path.name} imports {', '.join(sorted(missing))}, which {other.path.name} lacks.")
    return f"const {{ {', '.join(f'{there}: {here}' for there, here in wanted.items())} }} = {name};"
