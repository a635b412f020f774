"""The routes of classes for this app: its pages, and the keys of their addresses."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from collections.abc import Callable
from functools import cache, partial
from types import FrameType
from typing import Any

from starlette.routing import Route

from lstm_viz.classroom.classes import Classes
from lstm_viz.classroom.codes import Signer, process_letters, server_key
from lstm_viz.classroom.page_state import PageStates
from lstm_viz.classroom.routes import ClassRoutes
from lstm_viz.ui.navigation.address import base_path
from lstm_viz.ui.navigation.pages import PAGES

#: Keys by which widgets keep their values in the address.
WIDGET_KEYS = (
    *("model", "variant", "typed", "seed", "rows", "window", "delay", "zoom", "zoom_from", "source", "example"),
    *("held", "held_unit", "held_at", "held_from", "felt_step", "felt_unit", "stored", "compare", "compare_row"),
)
#: The pages' addresses; the first one stands at the app's own.
PAGE_ADDRESSES = ("", *(page.name for page in PAGES[1:]))


@cache
def _classes() -> Classes:
    """The classes of this process."""
    return Classes(Signer(server_key), time.time, process_letters())


def class_routes() -> list[Route]:
    """The routes, for the app's list."""
    return ClassRoutes(_classes(), PageStates(PAGE_ADDRESSES, WIDGET_KEYS), base_path()).routes()


def end_streams_at_exit() -> None:
    """Has the streams of all classes end with the server, which waits for every answer that is not complete.

    To be called in the server's loop once it runs: it hands signals on to the server's own handlers.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        if callable(server := signal.getsignal(number)):
            signal.signal(number, partial(_stop, loop, server))


def _stop(loop: asyncio.AbstractEventLoop, server: Callable[..., Any], number: int, frame: FrameType | None) -> None:
    loop.call_soon_threadsafe(_classes().stop)
    server(number, frame)
