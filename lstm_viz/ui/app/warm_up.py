"""Opens every page with every bundled model once after the server's start, while nobody waits for it.

A visitor of the server's own walks through the pages as a person does, so that all that is drawn of bundled runs stands
in the cache that sessions share (`ui/stage/shared.py`) before a class comes. It rests longer than it works, and for
seconds where anybody else is there.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import threading
import time
from collections.abc import Iterator, Mapping
from typing import NamedTuple
from urllib.parse import urlencode

import streamlit as st
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime import Runtime
from streamlit.runtime.session_manager import ClientContext, SessionClient

from lstm_viz.ui.navigation.pages import PAGES

#: "0" has nothing opened, "1" has it done. Without either it is done where the server opens no browser: on a laptop
#: that one person uses, minutes of work beforehand would be wasted.
VARIABLE = "LSTM_VIZ_WARM_UP"
#: Seconds after the start: a first visitor comes before, and what the first page needs is loaded.
DELAY = 12.0
#: How much longer it rests than it has worked, and the longest that it works on one page.
REST, PATIENCE = 1.5, 60.0
#: How often it looks whether others' scripts run, for how long none may have run, and the longest wait for that.
LOOK_AGAIN, QUIET, LONGEST_REST = 0.05, 3.0, 20.0
_COLOUR_SCHEMES = ("light", "dark")
_SCREENS = ("X11; Linux x86_64", "Linux; Android 15; Mobile")


class Stop(NamedTuple):
    """A page of a tour, and what its address says."""

    page: str
    address: tuple[tuple[str, str | int], ...] = ()


class Visit(NamedTuple):
    """A tour of some pages: the theme, and what the browser says it is."""

    stops: tuple[Stop, ...]
    colour_scheme: str
    screen: str


class _Context(ClientContext):
    def __init__(self, screen: str) -> None:
        self._screen = screen

    @property
    def headers(self) -> list[tuple[str, str]]:
        return [("User-Agent", f"Mozilla/5.0 ({self._screen})")]

    @property
    def cookies(self) -> Mapping[str, str]:
        return {}

    @property
    def remote_ip(self) -> None:
        return None


class _Visitor(SessionClient):
    """A client that listens for the end of each run of the script alone."""

    def __init__(self, screen: str) -> None:
        self.context = _Context(screen)
        self.finished = asyncio.Event()

    def write_forward_msg(self, msg: ForwardMsg) -> None:
        if msg.WhichOneof("type") == "script_finished" and msg.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
            self.finished.set()

    @property
    def client_context(self) -> ClientContext:
        return self.context


def visits() -> Iterator[Visit]:
    """All tours, the likeliest first: the light theme on a wide screen, and the first model of all."""
    from lstm_viz.bundled.cards import bundled_models
    from lstm_viz.bundled.delays import DELAYS
    from lstm_viz.sequences.examples import bundled_examples
    from lstm_viz.ui.stage.choose_model import COURSE_SUFFIX

    standard = [card for card in bundled_models() if card.variant == "standard"]
    course = {card.key for card in bundled_models()}
    addresses: list[tuple[tuple[str, str | int], ...]] = [(("model", card.title),) for card in standard]
    addresses += [
        (("model", card.title), ("variant", "Course")) for card in standard if card.key + COURSE_SUFFIX in course
    ]
    tours = [tuple(Stop(page.name, address) for page in PAGES) for address in addresses]
    # A page that is open already keeps its example and its wait, whatever the address says: a visit for each.
    tours += [(Stop("explore", (("example", example.key),)),) for example in bundled_examples()]
    tours += [(Stop("rnn_vs_lstm", (("delay", delay),)),) for delay in range(1, DELAYS[-1] + 1)]
    for screen in _SCREENS:
        for scheme in _COLOUR_SCHEMES:
            for tour in tours:
                yield Visit(tour, scheme, screen)


async def warm_up() -> None:
    """Makes all tours, one after the other."""
    if os.environ.get(VARIABLE, str(int(st.get_option("server.headless")))) != "1":
        return
    await asyncio.sleep(DELAY)
    for visit in visits():
        try:
            await _make(visit)
        except Exception:
            logging.getLogger("lstm_viz").exception("a page could not be made beforehand")
            return
    gc.collect()
    gc.freeze()  # what was made stays: the collector need not look at it again


async def _make(visit: Visit) -> None:
    runtime, client = Runtime.instance(), _Visitor(visit.screen)
    session = runtime.connect_session(client=client, user_info={})
    try:
        for stop in visit.stops:
            start = time.monotonic()
            client.finished.clear()
            runtime.handle_backmsg(session, _request(stop, visit.colour_scheme))
            async with asyncio.timeout(PATIENCE):
                await client.finished.wait()
            await _rest(REST * (time.monotonic() - start))
    finally:
        runtime.close_session(session)


async def _rest(seconds: float) -> None:
    """Rests for so long, and then until nobody's script has run for a while: a class makes by itself what it needs."""
    now = time.monotonic()
    end, latest = now + seconds, now + LONGEST_REST
    while now < end:
        await asyncio.sleep(LOOK_AGAIN)
        now = time.monotonic()
        if others_run():
            end = min(latest, now + QUIET)


def _request(stop: Stop, colour_scheme: str) -> BackMsg:
    message = BackMsg()
    run = message.rerun_script
    run.page_name, run.query_string = stop.page, urlencode(stop.address)
    run.context_info.color_scheme = colour_scheme
    return message


def others_run() -> bool:
    """Whether anybody's script runs now."""
    return any(thread.name == "ScriptRunner.scriptThread" for thread in threading.enumerate())
