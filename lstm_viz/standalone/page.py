"""Rendering the HTML page of an animated picture: one file, no server, no network; user text is escaped."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
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
from lstm_viz.files.whole import written_whole
from lstm_viz.player.bundle import bundle, source
from lstm_viz.traces import Theme

#: The folder of templates of pages.
TEMPLATE_FOLDER = files("lstm_viz.standalone").joinpath("template")


def render_page(
    message: bytes,
    charts: Mapping[str, Any],
    *,
    title: str,
    summary: str,
    excerpt: str = "",
    notes: Sequence[str] = (),
    body: str = "",
    theme: Theme,
) -> str:
    """The HTML page that plays a message; `charts` holds them drawn for a wide screen and for a narrow one.

    `summary` stands under the title and `notes` under it, `excerpt` says which part of the run it holds, `body` is HTML
    after the charts.
    """
    return Template(template_source("page.html")).substitute(
        theme=theme,
        title=escape(title),
        summary=escape(summary),
        notes="".join(f'<p class="note">{escape(note)}</p>' for note in notes),
        part=escape(excerpt),
        body=body,
        style=_style(),
        bar=source("player.html"),
        bar_style=source("player.css"),
        plotly=_plotly(),
        allowed=_allowed_scripts(),
        message=_gzip_base64(message),
        looks=_gzip_base64(json.dumps(charts, separators=(",", ":"), cls=PlotlyJSONEncoder).encode()),
        script=_script(),
    )


@cache
def _plotly() -> str:
    return _gzip_base64(get_plotlyjs().encode())


def _gzip_base64(content: bytes) -> str:
    return base64.b64encode(gzip.compress(content, 6, mtime=0)).decode()


@cache
def _script() -> str:
    return bundle(Path(str(TEMPLATE_FOLDER.joinpath("standalone.js"))))


@cache
def _allowed_scripts() -> str:
    """The two scripts that may run in the page, by what they hold: no other one does, wherever it comes from."""
    digests = (hashlib.sha256(code.encode()).digest() for code in (f"\n{_script()}\n", get_plotlyjs()))
    return " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)


@cache
def _style() -> str:
    return theme_style() + template_source("page.css")


def theme_style() -> str:
    """CSS: both themes' colours as the custom properties that the player reads."""
    light, dark = _css_variables(LIGHT), _css_variables(DARK)
    return f":root {{ {light} }} @media (prefers-color-scheme: dark) {{ .auto {{ {dark} }} }} .dark {{ {dark} }} "


def _css_variables(palette: Palette) -> str:
    return (
        f"--st-background-color: {palette.background}; --st-secondary-background-color: {palette.surface}; "
        f"--st-text-color: {palette.foreground}; --st-primary-color: {palette.remember}; --muted: {palette.muted}; "
        f"--line: {palette.line}; color-scheme: {'light' if palette is LIGHT else 'dark'};"
    )


def template_source(name: str) -> str:
    """The text of a template."""
    return TEMPLATE_FOLDER.joinpath(name).read_text(encoding="utf-8")


#: The height of a notebook's frame, in pixels, until the page inside reports its own.
IFRAME_HEIGHT = 760


@dataclass(frozen=True)
class Picture:
    """An HTML page, which a notebook shows and a browser opens from a file.

    >>> Picture("<p>Hello</p>", "A run")
    Picture of A run, 12 bytes
    """

    html: str
    title: str

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Writes the page to a file, and says where it is.

        Raises OSError where nothing can be written there.
        """
        with written_whole(path) as place:
            place.write_text(self.html, encoding="utf-8")
        return Path(path)

    def _repr_html_(self) -> str:
        """The page in a frame of its own, so that it and the notebook leave each other alone."""
        return (
            f'<iframe title="{escape(self.title)}" srcdoc="{escape(self.html)}" '
            f'style="width: 100%; height: {IFRAME_HEIGHT}px; border: 0" allow="fullscreen"></iframe>'
        )

    def __repr__(self) -> str:
        return f"Picture of {self.title}, {len(self.html.encode()):,} bytes"
