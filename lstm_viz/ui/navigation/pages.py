"""The pages, in their order."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from lstm_viz.lessons.sections import SECTIONS

_PACKAGE = Path(__file__).parents[2]
#: Where app.py and its pages lie: inside an installed package, or beside it in the project's folder.
HOME = _PACKAGE / "served" if (_PACKAGE / "served").is_dir() else _PACKAGE.parent
FOLDER = HOME / "pages"


class Page(NamedTuple):
    """One page: its file's name, which is its address, and its title."""

    name: str
    title: str
    #: Under which heading of the navigation it stands; by itself where there is none.
    group: str = ""

    @property
    def path(self) -> Path:
        """The page's file."""
        return FOLDER / f"{self.name}.py"


PAGES = (
    Page("memory_flow", "Memory flow"),
    *(Page(section.name, section.title, "Lessons") for section in SECTIONS),
    Page("explore", "Explore"),
)
