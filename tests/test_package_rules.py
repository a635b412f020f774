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


def test_importing_the_library_loads_nothing_heavy():
    script = f"import lstm_viz, sys; print(*[name for name in {HEAVY} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.split() == []
