"""Rules of the package: what may be imported where, and what a module may hold. The contracts between layers are in
pyproject.toml."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
LIBRARY = sorted((ROOT / "lstm_viz").rglob("*.py"))
SOURCES = [
    ROOT / "app.py",
    *LIBRARY,
    *sorted((ROOT / "pages").glob("*.py")),
    *sorted((ROOT / "benchmarks").glob("*.py")),
]
#: What `import lstm_viz` must not bring along.
HEAVY = ("torch", "xarray", "pandas", "streamlit", "plotly")


def imported(path: Path) -> set[str]:
    """Every module a file imports, wherever in the file."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def roots(path: Path) -> set[str]:
    return {name.partition(".")[0] for name in imported(path)}


def test_every_file_is_named_for_what_it_holds():
    assert [path for path in SOURCES if path.stem in {"utils", "helpers", "misc", "common"}] == []


def test_nothing_lies_loose_in_the_package():
    assert {path.name for path in LIBRARY if path.parent.name == "lstm_viz"} == {"__init__.py", "__main__.py"}


def test_streamlit_stands_in_ui_and_the_player_alone():
    elsewhere = [
        path
        for path in LIBRARY
        if "streamlit" in roots(path) and not {"ui", "player"} & set(path.relative_to(ROOT).parts)
    ]
    assert elsewhere == []


def test_pages_compute_nothing():
    for path in sorted((ROOT / "pages").glob("*.py")):
        assert not roots(path) & {"torch", "numpy", "plotly"}, path
        assert not any(name.startswith("lstm_viz.cells") for name in imported(path)), path


def test_caches_stand_in_ui_alone():
    holders = [path for path in LIBRARY if "st.cache_" in path.read_text(encoding="utf-8")]
    assert holders
    assert [path for path in holders if "ui" not in path.parts] == []


def test_the_session_s_state_is_read_and_written_in_one_file():
    users = [path for path in (ROOT / "lstm_viz" / "ui").rglob("*.py") if "session_state" in path.read_text("utf-8")]
    assert users == [ROOT / "lstm_viz" / "ui" / "session.py"]
    pages = [ROOT / "app.py", *(ROOT / "pages").glob("*.py")]
    assert [path for path in pages if "session_state" in path.read_text("utf-8")] == []


def test_the_session_knows_nothing_of_what_is_kept_in_it():
    script = (
        "import lstm_viz.ui.session, sys; print(*[name for name in sys.modules if name.startswith('lstm_viz.ui.')])"
    )
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["lstm_viz.ui.session"]


#: Where Streamlit reads Markdown: the arguments of each call by place, beside `help`, `label`, `body` and `text`.
MARKDOWN_ARGUMENTS: dict[str, tuple[int, ...]] = {
    **dict.fromkeys(("markdown", "caption", "error", "warning", "info", "success", "toast", "spinner", "status"), (0,)),
    **dict.fromkeys(("title", "header", "subheader", "button", "download_button", "link_button", "popover"), (0,)),
    **dict.fromkeys(("selectbox", "multiselect", "radio", "pills", "segmented_control", "checkbox", "toggle"), (0,)),
    **dict.fromkeys(("slider", "select_slider", "number_input", "text_input", "text_area", "file_uploader"), (0,)),
    **dict.fromkeys(("expander", "metric", "dialog", "form_submit_button", "chat_message", "date_input"), (0,)),
    "progress": (1,),
    "page_link": (1,),
}
MARKDOWN_KEYWORDS = {"help", "label", "body", "text"}
#: Their options are read as Markdown too.
MARKDOWN_OPTIONS = {"radio", "pills", "segmented_control"}
#: Shown as Markdown cell by cell, or as whatever Streamlit makes of it: not used.
FORBIDDEN = {"write", "table", "json"}


def is_plain(node: ast.expr) -> bool:
    """Whether a text is a constant of the program, or went through the one door for all others."""
    if isinstance(node, ast.IfExp):
        return is_plain(node.body) and is_plain(node.orelse)
    if isinstance(node, (ast.Tuple, ast.List)):
        return all(map(is_plain, node.elts))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        if node.func.id == "list":
            return all(map(is_plain, node.args))
        of_a_constant = node.func.id == "markdown" and isinstance(node.args[0], ast.Constant)
        return of_a_constant or node.func.id in ("plain_text", "as_list")
    return isinstance(node, ast.Constant) or (isinstance(node, ast.Name) and node.id.isupper())


def markdown_texts(call: ast.Call) -> list[ast.expr]:
    """What a call hands to Streamlit's Markdown; its options where they are read so and nothing makes them plain."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    if name.endswith("Column"):
        return [*call.args[:1], *(word.value for word in call.keywords if word.arg in MARKDOWN_KEYWORDS)]
    if name not in MARKDOWN_ARGUMENTS:
        return []
    texts = [call.args[place] for place in MARKDOWN_ARGUMENTS[name] if place < len(call.args)]
    texts += [word.value for word in call.keywords if word.arg in MARKDOWN_KEYWORDS]
    if name in MARKDOWN_OPTIONS:
        shown = [word.value for word in call.keywords if word.arg == "format_func"]
        texts += [] if shown and shows_plain(shown[0]) else call.args[1:2]
    return texts


def shows_plain(function: ast.expr) -> bool:
    """Whether a `format_func` gives plain text: `plain_text`, a lambda that ends in it, or a table of constants."""
    if isinstance(function, ast.Lambda):
        return is_plain(function.body)
    table = isinstance(function, ast.Attribute) and function.attr == "__getitem__" and is_plain(function.value)
    return table or (isinstance(function, ast.Name) and function.id == "plain_text")


def test_every_text_that_streamlit_reads_as_markdown_is_a_constant_or_made_plain():
    shown = [*(path for path in LIBRARY if "streamlit" in roots(path)), *sorted((ROOT / "pages").glob("*.py"))]
    loose = []
    for path in (path for path in shown if path.name != "plain_text.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                texts = [text for text in markdown_texts(node) if not is_plain(text)]
                loose += [f"{path.relative_to(ROOT)}:{text.lineno}: {ast.unparse(text)}" for text in texts]
                if isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) == "st":
                    loose += [f"{path.relative_to(ROOT)}:{node.lineno}: st.{node.func.attr}"] * (
                        node.func.attr in FORBIDDEN
                    )
                if isinstance(node.func, ast.Name) and node.func.id == "Markdown":
                    loose.append(f"{path.relative_to(ROOT)}:{node.lineno}: {ast.unparse(node)}")
    assert loose == []


def test_importing_the_library_loads_nothing_heavy():
    script = f"import lstm_viz, sys; print(*[name for name in {HEAVY} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.split() == []
