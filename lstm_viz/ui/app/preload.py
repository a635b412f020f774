"""A `Link` header that has the browser preload Plotly, while the page is still on its way.

Streamlit's page fetches Plotly (4.7 MB) only when the first chart has reached it. A `Link` header on the
page itself lets the browser fetch and compile it beside the rest.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lstm_viz.player.served_scripts import path_of
from lstm_viz.ui.navigation.address import path_below_base

#: The parts of Streamlit's page that every page of ours needs: charts, and the player's component.
PRELOADED = ("PlotlyChart", "BidiComponent")


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
    folder = Path(st.__file__).parent / "static" / "static" / "js"
    scripts = [script.name for name in PRELOADED for script in folder.glob(f"{name}.*.js")]
    paths = [f"static/js/{script}" for script in scripts] + [path_of("player")]
    return ", ".join(f"<{'../' * depth}{path}>; rel=modulepreload" for path in paths)


def page_depth(path: str) -> int:
    """How many folders below the app's own address a page is.

    >>> page_depth("/"), page_depth("/forget_gate"), page_depth("/class/K7PQ3")
    (0, 0, 1)
    """
    return path_below_base(path).lstrip("/").count("/")
