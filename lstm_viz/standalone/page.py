"""The HTML page of an animated picture: one file, no server, no network; all names in it escaped."""

from __future__ import annotations

import base64
import gzip
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

from plotly.offline import get_plotlyjs
from plotly.utils import PlotlyJSONEncoder

from lstm_viz.figures.palette import DARK, LIGHT, Palette
from lstm_viz.player.bundle import bundle, source
from lstm_viz.traces import Theme

_PAGE = files("lstm_viz.standalone").joinpath("template")


def page(
    message: bytes, looks: Mapping[str, Any], *, title: str, said: str, part: str = "", body: str = "", theme: Theme
) -> str:
    """The page that plays a message; `looks` holds the charts for a wide screen and for a narrow one.

    `said` stands under the title, `part` says what of the run is held, `body` is HTML that follows the charts.
    """
    return Template(_source("page.html")).substitute(
        theme=theme,
        title=escape(title),
        said=escape(said),
        part=escape(part),
        body=body,
        style=_style(),
        bar=source("player.html"),
        bar_style=source("player.css"),
        plotly=_plotly(),
        message=_packed(message),
        looks=_packed(json.dumps(looks, separators=(",", ":"), cls=PlotlyJSONEncoder).encode()),
        script=_script(),
    )


@cache
def _plotly() -> str:
    return _packed(get_plotlyjs().encode())


def _packed(content: bytes) -> str:
    return base64.b64encode(gzip.compress(content, 6, mtime=0)).decode()


@cache
def _script() -> str:
    return bundle(Path(str(_PAGE.joinpath("standalone.js"))))


@cache
def _style() -> str:
    """Both themes' colours under the names that the player reads, and the page's own."""
    light, dark = _colours(LIGHT), _colours(DARK)
    asked = f"@media (prefers-color-scheme: dark) {{ .auto {{ {dark} }} }}"
    return f":root {{ {light} }} {asked} .dark {{ {dark} }} {_source('page.css')}"


def _colours(palette: Palette) -> str:
    return (
        f"--st-background-color: {palette.ground}; --st-secondary-background-color: {palette.belt}; "
        f"--st-text-color: {palette.ink}; --st-primary-color: {palette.remember}; --muted: {palette.muted}; "
        f"--line: {palette.line}; color-scheme: {'light' if palette is LIGHT else 'dark'};"
    )


def _source(name: str) -> str:
    return _PAGE.joinpath(name).read_text(encoding="utf-8")


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
