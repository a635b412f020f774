"""What jupyter-server-proxy is told of the app."""

from __future__ import annotations

import os
import sys

import pytest

from lstm_viz.ui.app.jupyter import server_settings


@pytest.mark.skipif(os.name != "posix", reason="sockets in the file system")
def test_jupyter_s_users_are_served_at_a_socket():
    settings = server_settings()
    assert settings["command"] == [sys.executable, "-m", "lstm_viz.ui.app.jupyter", "{unix_socket}"]
    assert settings["unix_socket"] and not settings["absolute_url"]
    assert settings["environment"] == {"STREAMLIT_SERVER_ALLOWED_HOSTS": "*"}
