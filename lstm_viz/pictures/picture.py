"""An animated picture of a run: one HTML page that needs no server and no network."""

from __future__ import annotations

import os
from dataclasses import dataclass
from html import escape
from pathlib import Path

#: How high a notebook's cell is until the page inside says how high it is.
HEIGHT = 760


@dataclass(frozen=True)
class Picture:
    """A page as text, which a notebook shows and a browser opens from a file.

    >>> Picture("<p>Hello</p>", "A run")
    Picture of A run, 12 bytes
    """

    html: str
    title: str

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Writes the page to a file, and says where it is.

        Raises OSError where nothing can be written there.
        """
        place = Path(path)
        place.write_text(self.html, encoding="utf-8")
        return place

    def _repr_html_(self) -> str:
        """The page in a frame of its own, so that it and the notebook leave each other alone."""
        return (
            f'<iframe title="{escape(self.title)}" srcdoc="{escape(self.html)}" '
            f'style="width: 100%; height: {HEIGHT}px; border: 0" allow="fullscreen"></iframe>'
        )

    def __repr__(self) -> str:
        return f"Picture of {self.title}, {len(self.html.encode()):,} bytes"
