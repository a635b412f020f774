"""What the server does once, when it starts."""

from __future__ import annotations

import gc
import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import streamlit as st

#: Seconds the first picture is given before torch takes a core for two.
WAIT = 4.0


@asynccontextmanager
async def lifespan(app: Any) -> AsyncIterator[dict[str, Any]]:
    """Loads the drawing library before anyone asks for it, and torch after that, out of the way."""
    import plotly.graph_objects  # noqa: F401 - imported here so that the first page does not wait for it

    gc.freeze()
    yield {}


def apologise(error: Exception) -> bool:
    """What a person reads should a page fail; the traceback goes to the server's log alone."""
    logging.getLogger("lstm_viz").error("a page failed", exc_info=error)
    st.error(
        "Something on this page went wrong, and the server has noted what. Reload the page, or choose something else."
    )
    return True


@st.cache_resource(show_spinner=False)
def warm_up() -> threading.Timer:
    """Imports torch in the background, once a server, after the first picture had time to be drawn."""
    timer = threading.Timer(WAIT, _import_torch)
    timer.daemon = True
    timer.start()
    return timer


def _import_torch() -> None:
    import torch  # noqa: F401

    gc.collect()
    gc.freeze()
