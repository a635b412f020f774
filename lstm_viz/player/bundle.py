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

#: The folder of the player's JavaScript modules, HTML and CSS.
FRONTEND = Path(str(files("lstm_viz.player").joinpath("frontend"))).resolve()
_IMPORT = re.compile(r'^import\s+(?:(\w+)\s*,?\s*)?(?:\{([^}]*)\}\s*)?from\s+"([^"]+)";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (default )?(?:async )?(?:function|class|const) (\w+)", re.MULTILINE)
_COMMENT = re.compile(r"^[ \t]*//.*$", re.MULTILINE)
_DEFAULT = "default"


class BundleError(ValueError):
    """Modules that can't be bundled: an import of what is not exported, a cycle, or syntax that is not understood."""


class Module(NamedTuple):
    """A parsed ES module: file, imports ((file, {exported name: local name}), in order), exports, and code."""

    path: Path
    imports: tuple[tuple[Path, dict[str, str]], ...]
    exports: dict[str, str]
    code: str


def source(name: str) -> str:
    """The text of one file of the player's frontend, such as "player.css"."""
    return (FRONTEND / name).read_text(encoding="utf-8")


@cache
def bundle(entry: Path) -> str:
    """Bundle a module and all that it imports into one script, whose default export is the module's own.

    Raises BundleError for an import of a name that is not exported, a cycle of imports, or unsupported syntax.
    """
    entry = entry.resolve()
    modules = {module.path: module for module in _topological_order(entry, {}, ())}
    names = {path: f"module{index}" for index, path in enumerate(modules)}
    parts = [_module_script(module, modules, names) for module in modules.values()]
    default = f"export default {names[entry]}.{_DEFAULT};\n" if _DEFAULT in modules[entry].exports else ""
    return "".join(parts) + default


def read_module(path: Path) -> Module:
    """Parse a module's file; an import leaves as many empty lines as it had, so that line numbers stay."""
    text = path.read_text(encoding="utf-8")
    imports = tuple(
        ((path.parent / where).resolve(), _imported_names(default, listed))
        for default, listed, where in _IMPORT.findall(text)
    )
    exports = {_DEFAULT if default else name: name for default, name in _EXPORT.findall(text)}
    code = _COMMENT.sub("", _IMPORT.sub(lambda match: "\n" * match[0].count("\n"), text))
    code = _EXPORT.sub(lambda match: match[0].removeprefix("export ").removeprefix("default "), code)
    rest = re.search(r"^\s*(?:import|export)\b.*|\bimport\s*\(.*", code, re.MULTILINE)
    if rest:
        raise BundleError(f"{path.name} says {rest[0].strip()!r}, which the bundle does not understand.")
    return Module(path, imports, exports, code)


def _imported_names(default: str, listed: str) -> dict[str, str]:
    """The names of an import statement: {exported name: local name}."""
    names = {_DEFAULT: default} if default else {}
    for part in filter(None, (part.strip() for part in listed.split(","))):
        exported, _, local = part.partition(" as ")
        names[exported] = local or exported
    return names


def _topological_order(path: Path, done: dict[Path, Module], importers: tuple[Path, ...]) -> Iterator[Module]:
    """Modules in topological order: each after all that it imports."""
    if path in done:
        return
    if path in importers:
        cycle = " -> ".join(each.name for each in (*importers[importers.index(path) :], path))
        raise BundleError(f"Modules import each other in a circle: {cycle}.")
    module = read_module(path)
    for other, _ in module.imports:
        yield from _topological_order(other, done, (*importers, path))
    done[path] = module
    yield module


def _module_script(module: Module, modules: dict[Path, Module], names: dict[Path, str]) -> str:
    """A module as a function that runs once and returns its exports."""
    taken = [_import_statement(module, modules[path], names[path], imported) for path, imported in module.imports]
    exports = ", ".join(f"{exported}: {local}" for exported, local in module.exports.items())
    head = f"// {module.path.name}\nconst {names[module.path]} = (() => {{ {' '.join(taken)}\n"
    return f"{head}{module.code}\nreturn {{ {exports} }};\n}})();\n"


def _import_statement(module: Module, other: Module, name: str, imported: dict[str, str]) -> str:
    missing = imported.keys() - other.exports.keys()
    if missing:
        raise BundleError(f"{module.path.name} imports {', '.join(sorted(missing))}, which {other.path.name} lacks.")
    return f"const {{ {', '.join(f'{exported}: {local}' for exported, local in imported.items())} }} = {name};"
