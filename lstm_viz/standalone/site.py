"""A site: a folder of pages that play lessons and runs without a server, from a web space or a memory stick.

What all pages share (Plotly, the player, the style) lies in the folder's `assets` once, each run's numbers and charts
in `data`. All links are relative, and runs come by script elements, since a page from a file may fetch nothing.
"""

from __future__ import annotations

import base64
import gzip
import json
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from html import escape
from pathlib import Path, PurePosixPath
from string import Template
from typing import Any

from plotly.offline import get_plotlyjs
from plotly.utils import PlotlyJSONEncoder

from lstm_viz.player.bundle import bundle, source
from lstm_viz.standalone.page import TEMPLATE_FOLDER, template_source, theme_style

#: The file that says that a folder is a site, and lists what of it is the site's own.
MARKER = "lstm-viz-site.json"
INDEX = "index"
#: Keys of the exercises that pages may hold, which site.js mounts.
EXERCISES = ("gate-count", "own-cell")
#: The key of the slider over the checkpoints of a training.
SLIDER = "checkpoint-slider"


class SiteError(ValueError):
    """A folder that no site can be written into."""


@dataclass(frozen=True, eq=False)
class PlayedRun:
    """A run as a page plays it."""

    #: The player's message.
    message: bytes
    #: The charts for a wide screen and for a narrow one: {"wide": {"window", "figures"}, "narrow": ...}.
    looks: Mapping[str, Any]
    #: Keys of the charts from top to bottom; those of one row stand side by side.
    rows: Sequence[Sequence[str]]
    captions: Mapping[str, str] = field(default_factory=dict)
    #: A lesson's text, as `lstm_viz.lessons.page_text.lesson_text` makes it.
    text: Mapping[str, Any] | None = None
    #: Those of them that open a gate, which stand there once one is opened.
    gate_charts: Sequence[str] = ()
    #: Controls that the player does without.
    hide: Sequence[str] = ()
    #: What part of the run the page holds; empty where that is all of it.
    excerpt: str = ""
    #: Notes on units, which bring the player to what they tell.
    notes: Sequence[Mapping[str, Any]] = ()
    #: Runs to set beside this one, by their labels, as the player's comparison messages; and the chart that shows them.
    comparisons: Sequence[tuple[str, bytes]] = ()
    compared_in: str = ""
    #: What the reader does under the charts: the data of each exercise's script, by its key.
    exercises: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    #: Checkpoints of a training, {"updates", "trainings"}, over which a slider goes; None where there are none.
    checkpoints: Mapping[str, Any] | None = None
    #: Samples of text under the charts, as `lstm_viz.lessons.generated_text.generated_text` makes them.
    generated: str = ""

    def script(self, key: str) -> str:
        """The JavaScript that hands the run to its page."""
        content = {
            "looks": self.looks,
            "rows": self.rows,
            "captions": self.captions,
            "text": self.text,
            "gateCharts": self.gate_charts,
            "hide": self.hide,
            "excerpt": self.excerpt,
            "notes": self.notes,
            "comparisons": [{"label": label, "message": _packed(message)} for label, message in self.comparisons],
            "comparedIn": self.compared_in,
            "exercises": self.exercises,
            "checkpoints": self.checkpoints,
            "generated": self.generated,
        }
        text = json.dumps(content, separators=(",", ":"), cls=PlotlyJSONEncoder)
        packed = {"message": _packed(self.message), "content": _packed(text.encode())}
        return f"(window.lstmVizRuns ??= {{}})[{json.dumps(key)}] = {json.dumps(packed)};\n"


@dataclass(frozen=True, eq=False)
class Choice:
    """One of the runs of a page: its key in addresses and file names, what it is called, and what makes it."""

    key: str
    label: str
    make: Callable[[], PlayedRun]


@dataclass(frozen=True, eq=False)
class SitePage:
    """A page of a site."""

    #: Its file's name without the ending.
    name: str
    title: str
    #: What links call it; its title where this is empty.
    label: str = ""
    #: The run that it opens with, then others to choose.
    choices: Sequence[Choice] = ()
    #: What is chosen, and whether the choice stands above the picture, below it or in the player's menu.
    choice_label: str = ""
    choice_place: str = "menu"
    #: What the runs beside the page's own are, where there are some to choose.
    comparison_label: str = ""
    #: Whether it has a text beside its picture, with the pages before and after.
    lesson: bool = False
    #: HTML over the picture and under it.
    heading: str = ""
    more: str = ""


@dataclass(frozen=True, eq=False)
class Site:
    """A site's pages in their order, the index first, and the HTML at the foot of each."""

    pages: Sequence[SitePage]
    footer: str

    def files(self, progress: Callable[[str], Any] = lambda label: None) -> Iterator[tuple[str, bytes]]:
        """Every file's path in the folder and its content, the index last."""
        yield from _assets()
        for page in reversed(self.pages):
            for choice in page.choices:
                progress(f"{page.title}: {choice.label}" if len(page.choices) > 1 else page.title)
                yield f"data/{page.name}/{choice.key}.js", choice.make().script(choice.key).encode()
            yield f"{page.name}.html", self.html(page).encode()

    def html(self, page: SitePage) -> str:
        """A page's HTML."""
        first = f"data/{page.name}/{page.choices[0].key}.js"
        runs = [{"key": choice.key, "label": choice.label} for choice in page.choices]
        chosen = dict.fromkeys(("above", "menu", "below"), "") | {page.choice_place: _choice_html(page)}
        compared = _select_html("comparison", page.comparison_label, []) if page.comparison_label else ""
        return Template(template_source("site.html")).substitute(
            title=escape(page.title if page.name == INDEX else f"{page.title} · lstm-viz"),
            kind="site lesson" if page.lesson else "site",
            first=escape(first),
            navigation=self._navigation(page),
            heading=page.heading,
            aside=self._aside(page) if page.lesson else "",
            above=chosen["above"] + (f'<div class="st-key-model-box">{chosen["menu"]}</div>' if chosen["menu"] else ""),
            below=chosen["below"] + compared,
            more=page.more,
            footer=self.footer,
            page=json.dumps({"runs": runs, "data": f"data/{page.name}"}).replace("<", "\\u003c"),
        )

    def _navigation(self, current: SitePage) -> str:
        links = []
        for page in self.pages:
            here = ' aria-current="page"' if page is current else ""
            home = ' class="home"' if page.name == INDEX else ""
            label = "lstm-viz" if page.name == INDEX else page.label or page.title
            links.append(f'<a data-page href="{escape(page.name)}.html"{home}{here}>{escape(label)}</a>')
        return f'<nav aria-label="Pages">{"".join(links)}</nav>'

    def _aside(self, page: SitePage) -> str:
        place = list(self.pages).index(page)
        around = {"previous": place - 1, "next": place + 1 if place + 1 < len(self.pages) else 0}
        links = []
        for name, index in around.items():
            title = "First page" if self.pages[index].name == INDEX else escape(self.pages[index].title)
            words = f"← {title}" if name == "previous" else f"{title} →"
            link = f'<a data-page href="{escape(self.pages[index].name)}.html">{words}</a>'
            links.append(f'<span class="st-key-{name}-lesson">{link}</span>')
        return (
            '<aside class="st-key-lesson-column" aria-label="Lesson"><div id="text"></div>'
            f'<nav class="st-key-lesson-links" aria-label="Lessons">{"".join(links)}</nav></aside>'
        )


def write_site(site: Site, folder: Path, progress: Callable[[str], Any] = lambda label: None) -> int:
    """Write a site into a folder, which is made where there is none; the bytes that it takes.

    All of it is written beside what is there and then put into place, so that an error or Ctrl-C in between leaves the
    folder as it was. A site that is there already is replaced; files that aren't its own are left alone.

    Raises SiteError where the folder holds anything but a site, OSError where it can't be written.
    """
    own = _own_files(folder)
    made = not folder.exists()
    folder.mkdir(exist_ok=True)
    place = Path(tempfile.mkdtemp(prefix=".lstm-viz-", dir=folder))
    try:
        names = _write_files(site.files(progress), place)
        size = sum((place / name).stat().st_size for name in names)
        for name in names:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).replace(folder / name)
        _remove_files(folder, own - set(names))
    finally:
        shutil.rmtree(place, ignore_errors=True)
        if made and not any(folder.iterdir()):
            folder.rmdir()
    return size


def _write_files(files: Iterable[tuple[str, bytes]], place: Path) -> list[str]:
    names = []
    for name, content in files:
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(content)
        names.append(name)
    (place / MARKER).write_text(json.dumps({"files": names}, indent=1) + "\n", encoding="utf-8")
    return [*names, MARKER]


def _own_files(folder: Path) -> set[str]:
    """The files of the site that is in a folder; SiteError where it holds anything else."""
    if folder.exists() and not folder.is_dir():
        raise SiteError(f"{folder} is a file. Choose a folder's name.")
    if not folder.exists() or not any(folder.iterdir()):
        return set()
    try:
        listed = json.loads((folder / MARKER).read_text(encoding="utf-8"))["files"]
        names = {str(name) for name in listed}
    except (OSError, ValueError, KeyError, TypeError):
        raise SiteError(
            f"{folder} holds files already, and they are no site that lstm-viz wrote. "
            "Choose a new name, or an empty folder."
        ) from None
    # A list that was tampered with removes nothing outside the folder.
    return {name for name in names if not PurePosixPath(name).is_absolute() and ".." not in PurePosixPath(name).parts}


def _remove_files(folder: Path, names: set[str]) -> None:
    for name in names:
        (folder / name).unlink(missing_ok=True)
    for inner in {(folder / name).parent for name in names} - {folder}:
        if inner.is_dir() and not any(inner.iterdir()):
            inner.rmdir()


def _assets() -> Iterator[tuple[str, bytes]]:
    yield "assets/plotly.min.js", get_plotlyjs().encode()
    yield "assets/site.js", site_script().encode()
    yield "assets/theme.js", template_source("site-theme.js").encode()
    yield "assets/site.css", (theme_style() + template_source("site.css")).encode()


@cache
def site_script() -> str:
    """The script of every page: the player, a lesson's text and what holds them, as a script that is no module.

    A page from a file may load no modules.
    """
    parts = {
        "player": {"html": source("player.html"), "css": source("player.css")},
        "lesson-text": {"html": source("lesson-text.html"), "css": source("lesson-text.css")},
        "notes": {
            "html": '<div class="notes" role="group" aria-label="Look for"></div>',
            "css": source("notes.css"),
        },
        "generated-text": {"html": source("generated-text.html"), "css": source("generated-text.css")},
    }
    parts |= {key: {"html": source(f"{key}.html"), "css": source(f"{key}.css")} for key in (*EXERCISES, SLIDER)}
    code = bundle(Path(str(TEMPLATE_FOLDER.joinpath("site.js"))))
    return f'(() => {{\n"use strict";\nwindow.lstmVizParts = {json.dumps(parts)};\n{code}}})();\n'


def _choice_html(page: SitePage) -> str:
    if len(page.choices) < 2:
        return ""
    return _select_html("run", page.choice_label, [(choice.key, choice.label) for choice in page.choices])


def _select_html(name: str, label: str, options: Sequence[tuple[str, str]]) -> str:
    listed = "".join(f'<option value="{escape(key)}">{escape(text)}</option>' for key, text in options)
    choice = f'<label for="{name}">{escape(label)}</label><select id="{name}">{listed}</select>'
    return f'<p class="choice" id="{name}-box">{choice}</p>'


def _packed(content: bytes) -> str:
    return base64.b64encode(gzip.compress(content, 6, mtime=0)).decode()


def file_name(text: str, taken: Iterable[str] = ()) -> str:
    """A page's name for any text: letters, digits and hyphens, and none that is taken.

    >>> file_name("My run (2).nc", taken=["my-run-2-nc"])
    'my-run-2-nc-2'
    """
    plain = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:60] or "run"
    names, number = set(taken), 1
    while (name := plain if number == 1 else f"{plain}-{number}") in names:
        number += 1
    return name
