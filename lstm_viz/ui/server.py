"""What the server does once, when it starts."""

from __future__ import annotations

import gc
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import streamlit as st


@asynccontextmanager
async def lifespan(app: Any) -> AsyncIterator[dict[str, Any]]:
    """Loads the drawing library before anyone asks for it, and torch after that, out of the way."""
    import plotly.graph_objects  # noqa: F401 - imported here so that the first page does not wait for it

    gc.freeze()
    yield {}


@st.cache_resource(show_spinner=False)
def warm_up() -> threading.Thread:
    """Imports torch in the background, once a server, so that the first picture need not wait for it."""
    thread = threading.Thread(target=_import_torch, name="import torch", daemon=True)
    thread.start()
    return thread


def _import_torch() -> None:
    import torch  # noqa: F401

    gc.collect()
    gc.freeze()
