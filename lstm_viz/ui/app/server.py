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
    """Has what the first page needs loaded while the first browser is still on its way."""
    threading.Thread(target=_import_first_page, name="import first page", daemon=True).start()
    yield {}


def _import_first_page() -> None:
    import lstm_viz.ui.stage.choose_model
    import lstm_viz.ui.stage.stage  # noqa: F401

    gc.freeze()


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
