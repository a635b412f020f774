"""The app under test answers at a port of its own, also where another process took the one that was free."""

from __future__ import annotations

import socket
from pathlib import Path

from tests.browser import servers


def test_a_port_that_was_taken_meanwhile_is_left_to_who_took_it(tmp_path: Path, monkeypatch):
    script = tmp_path / "app.py"
    script.write_text("import streamlit as st\nst.write('hello')", encoding="utf-8")
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken, free = other.getsockname()[1], servers.free_port()
        ports = iter([taken, free])
        monkeypatch.setattr(servers, "free_port", lambda: next(ports))
        with servers.running_app(tmp_path / "log.txt", script=script) as server:
            assert server.address.endswith(f":{free}")
            assert server.process.poll() is None
