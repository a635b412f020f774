"""A `Link` header that has the browser preload the scripts of a page's first elements, while the page is on its way.

Streamlit's page fetches the script of a kind of element, such as Plotly with 4.7 MB, only when the first of that kind
has reached it, and what that script imports after it. A `Link` header on the page itself lets the browser fetch and
compile them all beside the rest.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lstm_viz.player.served_scripts import path_of
from lstm_viz.ui.navigation.address import path_below_base

#: Kinds of elements that every page of ours has: charts, the player's component, the choices in its bar, the style.
PRELOADED = ("PlotlyChart", "BidiComponent", "Selectbox", "ButtonGroup", "Html")
#: What Streamlit's build says of its files: of each its name, its file, and what it imports.
MANIFEST = Path(st.__file__).parent / "static" / "manifest.json"


class PreloadScripts:
    """Middleware: names the needed scripts in a header of each HTML page."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers as the app does, with the header where it sends HTML."""

        async def with_link(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    headers.append("link", preload_header(page_depth(scope["path"])))
            await send(message)

        await self.app(scope, receive, with_link if scope["type"] == "http" else send)


@cache
def preload_header(depth: int = 0) -> str:
    """The header's text for a page so many folders deep, relative: a proxy may serve the app below a path of its own.

    It is empty of Streamlit's scripts should a later Streamlit name them otherwise.

    >>> "<static/js/PlotlyChart." in preload_header(), "<../static/js/PlotlyChart." in preload_header(1)
    (True, True)
    """
    paths = [*element_scripts(), path_of("player")]
    return ", ".join(f"<{'../' * depth}{path}>; rel=modulepreload" for path in paths)


@cache
def element_scripts() -> tuple[str, ...]:
    """The scripts of `PRELOADED` and all that they import, but for those that the page fetches at once.

    >>> len(element_scripts()) > len(PRELOADED) and all(path.startswith("static/js/") for path in element_scripts())
    True
    """
    if not MANIFEST.exists():
        return ()
    built: dict[str, dict[str, Any]] = json.loads(MANIFEST.read_text(encoding="utf-8"))
    at_once = {key for entry, part in built.items() if part.get("isEntry") for key in _imported(built, entry)}
    kinds = [key for name in PRELOADED for key, part in built.items() if part.get("name") == name]
    wanted = dict.fromkeys(key for kind in kinds for key in _imported(built, kind))
    files = [built[key]["file"] for key in wanted if key not in at_once]
    return tuple(file for file in files if file.endswith(".js"))


def _imported(built: dict[str, dict[str, Any]], key: str) -> Iterator[str]:
    """A script of the build, and each that it imports, at whatever remove."""
    waiting, seen = [key], set()
    while waiting:
        here = waiting.pop()
        if here in seen or here not in built:
            continue
        seen.add(here)
        yield here
        waiting.extend(built[here].get("imports", ()))


def page_depth(path: str) -> int:
    """How many folders below the app's own address a page is.

    >>> page_depth("/"), page_depth("/forget_gate"), page_depth("/class/K7PQ3")
    (0, 0, 1)
    """
    return path_below_base(path).lstrip("/").count("/")
