"""The pages, in their order."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from lstm_viz.lessons.sections import SECTIONS, Section

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
    #: What the navigation calls it; its title where this is empty.
    label: str = ""
    #: Whether the router draws a stage for it.
    has_stage: bool = True

    @property
    def path(self) -> Path:
        """The page's file."""
        return FOLDER / f"{self.name}.py"


def _numbered(section: Section) -> str:
    """A lesson's title behind its number, and its part of the course where that is another."""
    title = f"{section.number} · {section.title}"
    return title if section.part == section.number else f"{title} (course: {section.part})"


PAGES = (
    Page("memory_flow", "Memory flow"),
    *(Page(section.name, section.title, "Lessons", _numbered(section)) for section in SECTIONS),
    Page("explore", "Explore", has_stage=False),
)
