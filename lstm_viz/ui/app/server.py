"""The server's lifespan: imports for the first page at its start, and the message where a page fails."""

from __future__ import annotations

import asyncio
import gc
import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import streamlit as st

from lstm_viz.ui.app.classroom import end_streams_at_exit
from lstm_viz.ui.app.warm_up import warm_up
from lstm_viz.ui.app.websocket_compression import compress_shared_messages_once
from lstm_viz.ui.explore.quotas import end_jobs

#: The script of every session.
ROUTER = Path(__file__).with_name("router.py")


@asynccontextmanager
async def lifespan(app: Any) -> AsyncIterator[dict[str, Any]]:
    """Has what the first page needs loaded while the first browser is still on its way."""
    end_streams_at_exit()
    compress_shared_messages_once()
    threading.Thread(target=_import_first_page, name="import first page", daemon=True).start()
    warming = asyncio.create_task(warm_up(), name="warm up")
    yield {}
    warming.cancel()
    end_jobs()


def _import_first_page() -> None:
    import lstm_viz.ui.stage.choose_model
    import lstm_viz.ui.stage.stage  # noqa: F401

    gc.freeze()


def show_error(error: Exception) -> bool:
    """What a person reads should a page fail; the traceback goes to the server's log alone."""
    logging.getLogger("lstm_viz").error("a page failed", exc_info=error)
    st.error(
        "Something on this page went wrong, and the server has noted what. Reload the page, or choose something else."
    )
    return True
