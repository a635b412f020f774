"""The app in JupyterLab and JupyterHub, for jupyter-server-proxy, which starts it and hands requests on to it.

python -m lstm_viz.ui.app.jupyter SOCKET|PORT
"""

from __future__ import annotations

import os
import sys
from typing import Any

from lstm_viz.ui.navigation.pages import HOME


def server_settings() -> dict[str, Any]:
    """How jupyter-server-proxy starts the app, and what the launcher calls it.

    Where the system has sockets in the file system the app listens at one, and nobody but Jupyter reaches it. Requests
    come under the hub's name, which only the hub knows, so that any name is taken.
    """
    by_socket = os.name == "posix"
    return {
        "command": [sys.executable, "-m", "lstm_viz.ui.app.jupyter", "{unix_socket}" if by_socket else "{port}"],
        "environment": {"STREAMLIT_SERVER_ALLOWED_HOSTS": "*"},
        "unix_socket": by_socket,
        "absolute_url": False,
        "timeout": 60,
        "new_browser_tab": True,
        "launcher_entry": {"title": "lstm-viz", "category": "Notebook"},
    }


def serve(place: str) -> None:
    """Serves the app at a port of this machine alone, or at a socket in the file system."""
    import uvicorn

    os.chdir(HOME)  # where its settings lie
    listening: dict[str, Any] = {"port": int(place)} if place.isdigit() else {"uds": place}
    uvicorn.run("app:app", app_dir=str(HOME), log_level="warning", **listening)


if __name__ == "__main__":
    serve(sys.argv[1])
