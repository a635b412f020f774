"""The components' scripts as files that the server hands out, so that a browser fetches each once and keeps it.

Streamlit's components take their script as a text that goes along with every message. Where the server hands out files
(`ui/app/static_files.py`), that text is one line that imports the file; elsewhere it is the script itself.
"""

from __future__ import annotations

import hashlib
from functools import cache

from lstm_viz.player.bundle import FRONTEND, bundle

#: The folder in the address under which the scripts are found, beside Streamlit's own "static".
FOLDER = "lstm-viz"
#: Components whose scripts are long enough to be files.
COMPONENTS = (
    "player",
    "lesson-text",
    "notes",
    "save-figure",
    "class",
    "gate-count",
    "own-cell",
    "checkpoint-slider",
    "generated-text",
)
#: Says where the app's addresses begin. Streamlit's page would try out every folder of its address, and be told of two
#: that aren't there.
ROOT_SCRIPT = """\
window.__streamlit = { ...window.__streamlit, BACKEND_BASE_URL: new URL("..", document.currentScript.src).href };
"""
_IMPORT = """\
const {{ default: mount }} = await import(new URL("{path}", window.__streamlit.BACKEND_BASE_URL).href);
export default mount;
"""


class _Served:
    #: Whether this process's server hands out the files.
    here = False


def serve_scripts() -> dict[str, str]:
    """The files by their paths; from now on the components import them."""
    _Served.here = True
    return {path_of(name): bundle(FRONTEND / f"{name}.js") for name in COMPONENTS} | {root_path(): ROOT_SCRIPT}


def component_script(name: str) -> str:
    """What Streamlit is given as a component's script."""
    if _Served.here and name in COMPONENTS:
        return _IMPORT.format(path=path_of(name))
    return bundle(FRONTEND / f"{name}.js")


@cache
def path_of(name: str) -> str:
    """The path of a component's script, which changes with what is in it."""
    return _hashed_path(name, bundle(FRONTEND / f"{name}.js"))


@cache
def root_path() -> str:
    """The path of the script that says where the app's addresses begin."""
    return _hashed_path("root", ROOT_SCRIPT)


def _hashed_path(name: str, text: str) -> str:
    return f"{FOLDER}/{name}.{hashlib.sha256(text.encode()).hexdigest()[:10]}.js"
