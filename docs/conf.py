"""How the documentation is built: Sphinx with MyST's Markdown and the furo theme; `make docs` runs it.

Nothing on its pages comes from elsewhere: furo uses the reader's own fonts, and the search runs in the browser.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent / "_ext")]

project = "lstm-viz"
author = copyright = "The lstm-viz contributors"
# Not the installed package's: the site is built, and tested, from a clone in which nothing is installed yet.
release = version = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text("utf-8"))["project"][
    "version"
]

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.viewcode", "docstrings"]
exclude_patterns = ["_ext", "_static", "_pictures"]
# Python in backticks links to what the reference says of it; words it doesn't know stay code.
default_role = "py:obj"

myst_enable_extensions = ["colon_fence", "attrs_block", "attrs_inline", "deflist"]
myst_heading_anchors = 3

autodoc_typehints = "signature"
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
maximum_signature_line_length = 88
python_use_unqualified_type_names = True
toc_object_entries_show_parents = "hide"
add_module_names = False

html_theme = "furo"
html_title = "lstm-viz"
html_static_path = ["_static"]
html_css_files = ["pages.css"]
# A run that plays by itself, inside a page; `make docs` makes it beside the pictures.
html_extra_path = ["_pictures/playing.html"] if (Path(__file__).parent / "_pictures" / "playing.html").exists() else []
html_copy_source = False
# Found pages are listed by their titles: opened as files, none may fetch another for its first lines.
html_show_search_summary = False
html_show_sphinx = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#5633FA", "color-brand-content": "#5633FA"},
    "dark_css_variables": {"color-brand-primary": "#867AFA", "color-brand-content": "#867AFA"},
}
pygments_style = "friendly"
pygments_dark_style = "monokai"


def setup(app: Any) -> None:
    """Sphinx calls this."""
    app.connect("source-read", _without_links_to_code)


def _without_links_to_code(_app: Any, _page: str, text: list[str]) -> None:
    """Anchors such as those of ARCHITECTURE.md lead to lines where code is hosted; here the line's number is said."""
    text[0] = re.sub(r"\[(`[^`]+::[^`]+`)\]\(\.\./[^)]+#L(\d+)\)", r"\1, line \2", text[0])
