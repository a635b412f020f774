"""The app in JupyterLab and JupyterHub, for jupyter-server-proxy, which starts it and hands requests on to it."""

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
    address = ["--server.address", "unix://{unix_socket}"] if by_socket else ["--server.port", "{port}"]
    return {
        "command": [
            *(sys.executable, "-m", "streamlit", "run", str(HOME / "app.py")),
            *address,
            *("--server.headless", "true", "--server.allowedHosts", "*"),
        ],
        "unix_socket": by_socket,
        "absolute_url": False,
        "timeout": 60,
        "new_browser_tab": True,
        "launcher_entry": {"title": "lstm-viz", "category": "Notebook"},
    }
