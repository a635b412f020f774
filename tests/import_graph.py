"""The import graph of the project, read from its sources by `ast`: which file needs which other.

A file needs what it imports, wherever in the file and at run time, what it reads, which a string in it names or which
lies beside it, and the names that a package's `__getattr__` imports when they are asked for (lazy imports). Nothing is
imported to find out.

What this can't see: a module whose name is put together from another module's data, and installed packages.
"""

from __future__ import annotations

import ast
import doctest
import re
from collections import deque
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path

#: What tools leave in the project's folder.
SKIPPED = {"__pycache__", "node_modules", "build", "dist", "results", "site"}
HIDDEN_SOURCES = {".ci", ".streamlit"}


def project_files(root: Path) -> set[str]:
    """Every source below `root`, with `/` between folders: no hidden file, nothing that a tool made."""
    found, folders = set(), [root]
    while folders:
        for path in folders.pop().iterdir():
            if path.name in SKIPPED or (path.name.startswith(".") and path.name not in HIDDEN_SOURCES):
                continue
            if path.is_dir():
                folders.append(path)
            elif path.suffix not in {".pyc", ".pid"}:
                found.add(path.relative_to(root).as_posix())
    return found


class ImportGraph:
    """Which file needs which.

    `files` are names below `root`. `deleted` ones are gone, but still belong to the modules that would read them.
    """

    def __init__(self, root: Path, deleted: Iterable[str] = ()) -> None:
        self.root = root
        self.files = project_files(root) | set(deleted)
        self.folders = {parent.as_posix() for path in self.files for parent in Path(path).parents} - {"."}
        self.modules: dict[str, str] = {}
        for path in sorted(self.files):
            if path.endswith(".py"):
                name = path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
                self.modules.setdefault(name, path)
        self._trees: dict[str, ast.Module] = {}
        self._needs: dict[str, set[str]] = {}

    def text(self, path: str) -> str:
        """A file's text; an empty one where it's gone or is no text."""
        try:
            return (self.root / path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return ""

    def tree(self, path: str) -> ast.Module:
        """A module's source, parsed; an empty one where it can't be."""
        if path not in self._trees:
            self._trees[path] = _parsed(self.text(path)) or ast.Module([], [])
        return self._trees[path]

    def needs(self, path: str) -> set[str]:
        """The files that this one imports or reads itself."""
        if path not in self._needs:
            if path.endswith(".py"):
                found = (
                    _Reader(self, path).read(self.tree(path))
                    | self.data.get(path, set())
                    | self._packages_and_conftests(path)
                )
            elif path.endswith(".md"):
                code = [_parsed(block) for block in re.findall(r"^```py.*\n([^`]*)", self.text(path), re.MULTILINE)]
                found = set().union(*(_Reader(self, path).read(tree) for tree in code if tree))
            else:
                found = set()
            self._needs[path] = found - {path}
        return self._needs[path]

    def examples(self, path: str) -> set[str]:
        """The files that the examples in a module's docstrings need beside the module."""
        found = set()
        for text in _docstrings(self.tree(path)):
            try:
                code = "".join(example.source for example in doctest.DocTestParser().get_examples(text))
            except ValueError:
                continue
            if tree := _parsed(code):
                found |= _Reader(self, path).read(tree)
        return found

    def distances(self, test: str) -> dict[str, int]:
        """Every file that a test file's outcome depends on -> by how many steps; the file itself by 0."""
        found = {test: 0}
        ahead = deque([test])
        while ahead:
            path = ahead.popleft()
            needed = self.needs(path) | (self.examples(path) if path == test else set())
            for other in needed - found.keys():
                found[other] = found[path] + 1
                ahead.append(other)
        return found

    @cached_property
    def data(self) -> dict[str, set[str]]:
        """Module -> the files beside it that aren't Python: scripts, styles, models, texts.

        They belong to the nearest package, and there to the modules that open resources or ask where they lie; to all
        of its modules where none does.
        """
        beside: dict[str, set[str]] = {}
        for path in self.files:
            homes = [parent for parent in Path(path).parents if (parent / "__init__.py").as_posix() in self.files]
            if homes and not path.endswith(".py"):
                beside.setdefault(homes[0].as_posix(), set()).add(path)
        found: dict[str, set[str]] = {}
        for home, paths in beside.items():
            inside = [path for path in self.modules.values() if Path(path).parent.as_posix() == home]
            for path in [path for path in inside if _opens_resources(self.tree(path))] or inside:
                found[path] = paths
        return found

    @cached_property
    def lazy_imports(self) -> dict[str, dict[str, str]]:
        """Package -> the names that its `__getattr__` imports when they are asked for -> their modules' files."""
        packages = {name: path for name, path in self.modules.items() if path.endswith("/__init__.py")}
        return {name: self._read_lazy_imports(name, self.tree(path)) for name, path in packages.items()}

    def _read_lazy_imports(self, package: str, tree: ast.Module) -> dict[str, str]:
        if not any(isinstance(node, ast.FunctionDef) and node.name == "__getattr__" for node in tree.body):
            return {}
        found = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module in self.modules:
                found |= {alias.asname or alias.name: self.modules[node.module] for alias in node.names}
            elif isinstance(node, ast.Dict):
                for key, value in zip(node.keys, node.values, strict=True):
                    name, home = (getattr(side, "value", None) for side in (key, value))
                    if isinstance(name, str) and isinstance(home, str):
                        for module in (home, f"{package}.{home}"):
                            found |= {name: self.modules[module]} if module in self.modules else {}
        return found

    def _packages_and_conftests(self, path: str) -> set[str]:
        """The packages that a module lies in, which are imported first, and a test's conftest.py files."""
        places = {(parent / "__init__.py").as_posix() for parent in Path(path).parents}
        if Path(path).name.startswith("test_"):
            places |= {(parent / "conftest.py").as_posix() for parent in Path(path).parents}
        return places & self.files


class _Reader(ast.NodeVisitor):
    """Gathers what one piece of code needs."""

    def __init__(self, graph: ImportGraph, path: str) -> None:
        self.graph, self.path = graph, path
        self.package = str(Path(path).parent).replace("/", ".")
        #: Names of the code that stand for a module.
        self.bound: dict[str, str] = {}
        self.found: set[str] = set()
        #: Whether it asks for the files in a folder, or starts a module as a program.
        self.globs = self.starts_modules = False

    def read(self, tree: ast.Module) -> set[str]:
        """The files that the code needs."""
        nodes = list(_run_time(tree))
        for node in nodes:
            if isinstance(node, ast.Import | ast.ImportFrom):
                self._visit_import(node)
        self.globs = any(isinstance(node, ast.Attribute) and node.attr in {"glob", "rglob", "walk"} for node in nodes)
        self.starts_modules = any(isinstance(node, ast.Constant) and node.value == "-m" for node in nodes)
        inner = {id(node.value) for node in nodes if isinstance(node, ast.Attribute)}
        unread = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
        if self.path.endswith("__init__.py") and self.graph.lazy_imports.get(self.package):
            # Dicts say where lazily imported names come from; each counts for the file that asks for it.
            homes = [value for node in nodes if isinstance(node, ast.Dict) for value in node.values]
            unread |= {id(value) for value in homes}
        for node in nodes:
            if isinstance(node, ast.Attribute | ast.Name) and id(node) not in inner:
                self._visit_name(node)
            elif isinstance(node, ast.JoinedStr):
                self._visit_fstring(node)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in unread:
                self._visit_string(node.value)
        return self.found

    def _add_module(self, name: str) -> bool:
        """Takes a module with the packages around it; whether there is one."""
        for end in (index for index, letter in enumerate(name + ".") if letter == "."):
            if name[:end] in self.graph.modules:
                self.found.add(self.graph.modules[name[:end]])
        return name in self.graph.modules

    def _visit_import(self, node: ast.Import | ast.ImportFrom) -> None:
        if isinstance(node, ast.Import):
            for alias in node.names:
                self._add_module(alias.name)
                first = alias.name.partition(".")[0]
                self.bound[alias.asname or first] = alias.name if alias.asname else first
            return
        around = self.package.split(".")[: len(self.package.split(".")) - node.level + 1] if node.level else []
        source = ".".join([*around, *([node.module] if node.module else [])])
        self._add_module(source)
        for alias in node.names:
            if self._add_module(f"{source}.{alias.name}"):
                self.bound[alias.asname or alias.name] = f"{source}.{alias.name}"
            else:
                self._add_lazy_import(source, alias.name)

    def _add_lazy_import(self, package: str, name: str) -> None:
        lazy = self.graph.lazy_imports.get(package, {})
        if name in lazy:
            self.found.add(lazy[name])
        elif name == "*":
            self.found |= set(lazy.values())

    def _visit_name(self, node: ast.Attribute | ast.Name) -> None:
        """`module.name` needs what the name comes from; a package that is handed on needs all of its names."""
        names: list[str] = []
        while isinstance(node, ast.Attribute):
            names.append(node.attr)
            node = node.value  # type: ignore[assignment]
        if not isinstance(node, ast.Name) or node.id not in self.bound:
            return
        module = self.bound[node.id]
        while names and self._add_module(f"{module}.{names[-1]}"):
            module = f"{module}.{names.pop()}"
        self._add_lazy_import(module, names[-1] if names else "*")

    def _visit_fstring(self, node: ast.JoinedStr) -> None:
        """`f"{__name__}.{...}"` is any module below the package; lazily imported names count one by one."""
        first, *rest = [*node.values, None]
        named = isinstance(first, ast.FormattedValue) and ast.unparse(first.value) == "__name__"
        if not named or not self.path.endswith("__init__.py") or self.graph.lazy_imports.get(self.package):
            return
        tail = rest[0].value if isinstance(rest[0], ast.Constant) else None
        if isinstance(tail, str) and self._add_module(f"{self.package}{tail}"):
            return
        if tail == ".":
            self.found |= {path for name, path in self.graph.modules.items() if name.startswith(f"{self.package}.")}

    def _visit_string(self, text: str) -> None:
        """A string may name a file, a folder of modules, or modules; or be a program itself."""
        if "import " in text and (tree := _parsed(text)):
            self.found |= _Reader(self.graph, self.path).read(tree)
            return
        for name in re.findall(r"\b[a-z_]\w*(?:\.\w+)+", text):
            parts = name.split(".")
            while len(parts) > 1 and ".".join(parts) not in self.graph.modules:
                self._add_lazy_import(".".join(parts[:-1]), parts.pop())
            if len(parts) > 1 or name.split(".")[1] in self.graph.lazy_imports.get(parts[0], {}):
                self._add_module(".".join(parts))
        if self.starts_modules and text in self.graph.modules:
            self._add_module(text)
        if self.starts_modules and f"{text}.__main__" in self.graph.modules:
            self._add_module(f"{text}.__main__")
        for parent in Path(self.path).parents:
            path = (parent / text.removeprefix("/")).as_posix() if text and "\0" not in text else ""
            if path in self.graph.files:
                self.found.add(path)
        if text in self.graph.folders and (self.globs or ("/" not in text and text not in {"lstm_viz", "tests"})):
            depth = 99 if self.globs else text.count("/") + 1
            beneath = {path for path in self.graph.files if path.startswith(f"{text}/") and path.count("/") <= depth}
            self.found |= {path for path in beneath if path.endswith(".py")}


def _run_time(node: ast.AST) -> Iterator[ast.AST]:
    """Every node but what stands under `if TYPE_CHECKING:`, which only a type checker reads."""
    yield node
    if isinstance(node, ast.If) and ast.unparse(node.test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}:
        children: Iterable[ast.AST] = node.orelse
    else:
        children = ast.iter_child_nodes(node)
    for child in children:
        yield from _run_time(child)


def _parsed(text: str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError):
        return None


def _docstrings(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            text = ast.get_docstring(node)
            if text and ">>>" in text:
                yield text


def _opens_resources(tree: ast.Module) -> bool:
    """Whether a module calls `importlib.resources.files` or asks for its own place."""
    return any(
        (isinstance(node, ast.Name) and node.id in {"files", "__file__"})
        or (isinstance(node, ast.Attribute) and node.attr == "files")
        for node in ast.walk(tree)
    )
