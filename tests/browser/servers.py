"""The app as a person starts it, on a free port, with its log kept."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from lstm_viz.ui.app.warm_up import VARIABLE

ROOT = Path(__file__).parents[2]
#: Seconds for an app to start; two cores may be shared with other tests.
PATIENCE = 120
PORTS_TO_TRY = 3
#: What Streamlit says where something else listens already.
TAKEN = "Port {port} is not available"


@dataclass(frozen=True)
class Server:
    """A running app: its address, its process and the file that its log goes to."""

    address: str
    process: subprocess.Popen
    log: Path

    def said(self) -> str:
        """The log so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")


@contextmanager
def running_app(
    log: Path, *options: str, script: str | Path = "app.py", base: str = "", warms_up: bool = False
) -> Iterator[Server]:
    """`streamlit run app.py`, or another script, until the block ends; `base` is the path that the options give it.

    Its pages are opened beforehand only if it `warms_up`.
    """
    server = _started(log, options, script, base, {} if warms_up else {VARIABLE: "0"})
    try:
        yield server
    finally:
        _end(server.process)


def _started(log: Path, options: tuple[str, ...], script: str | Path, base: str, environment: dict[str, str]) -> Server:
    """A server that answers. Between finding a free port and listening on it another process may take it: try anew."""
    for _ in range(PORTS_TO_TRY):
        port = free_port()
        command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port)]
        with log.open("wb") as file:
            process = subprocess.Popen(
                [*command, "--server.headless", "true", *options],
                cwd=ROOT,
                env=os.environ | environment,
                stdout=file,
                stderr=subprocess.STDOUT,
            )
        server = Server(f"http://127.0.0.1:{port}{base}", process, log)
        try:
            _wait_until_healthy(server)
        except BaseException:
            _end(process)
            if TAKEN.format(port=port) not in server.said():
                raise
        else:
            return server
    raise RuntimeError(f"The app found no port in {PORTS_TO_TRY} tries:\n{server.said()}")


def _end(process: subprocess.Popen) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_until_healthy(server: Server) -> None:
    """Waits until this process says its address and answers there: another app may answer at a port that it took."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and server.process.poll() is None:
        try:
            with urlopen(f"{server.address}/_stcore/health", timeout=2):
                if server.address.rpartition(":")[2].partition("/")[0] in server.said():
                    return
        except (URLError, OSError):
            pass
        time.sleep(0.1)
    raise RuntimeError(f"The app did not start:\n{server.said()}")
