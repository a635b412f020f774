"""The routes of classes for this app: its pages, and the keys of their addresses."""

from __future__ import annotations

import time

import streamlit as st
from starlette.routing import Route

from lstm_viz.classroom.classes import Classes
from lstm_viz.classroom.codes import Signer, process_letters, server_key
from lstm_viz.classroom.page_state import PageStates
from lstm_viz.classroom.routes import ClassRoutes
from lstm_viz.ui.navigation.pages import PAGES

#: Keys by which widgets keep their values in the address.
WIDGET_KEYS = (
    *("model", "variant", "typed", "seed", "rows", "window", "delay", "zoom", "zoom_from", "source", "example"),
    *("held", "held_unit", "held_at", "held_from", "felt_step", "felt_unit", "stored", "compare", "compare_row"),
)
#: The pages' addresses; the first one stands at the app's own.
PAGE_ADDRESSES = ("", *(page.name for page in PAGES[1:]))


def base_path() -> str:
    """The path under which the app is served, "" or such as "/lstm"."""
    path = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{path}" if path else ""


def class_routes() -> list[Route]:
    """The routes, with classes of their own."""
    classes = Classes(Signer(server_key()), time.time, process_letters())
    return ClassRoutes(classes, PageStates(PAGE_ADDRESSES, WIDGET_KEYS), base_path()).routes()
