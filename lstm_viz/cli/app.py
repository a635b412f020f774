"""`lstm-viz app`: start the app's server on this machine and open it in a browser, until Ctrl-C."""

from __future__ import annotations

import os
import socket
import threading
import time
import webbrowser
from pathlib import Path
from typing import Annotated
from urllib.error import URLError
from urllib.request import urlopen

import typer

from lstm_viz.cli.errors import CommandError
from lstm_viz.cli.printing import print_line


def app(
    file: Annotated[
        Path | None,
        typer.Argument(help="A saved run to open in it: run.nc, or the folder run.zarr.", show_default=False),
    ] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="The port.", show_default="8501, or free")] = None,
    host: Annotated[
        str, typer.Option(help="The address to listen on. 0.0.0.0 lets others on the network in.")
    ] = "127.0.0.1",
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open a browser.")] = True,
) -> None:
    """Start the app, and open it in a browser. Ctrl-C ends it.

    Examples:

      lstm-viz app

      lstm-viz app run.nc --port 8600 --no-browser
    """

    raise typer.Exit(serve(file, port, host, browser))


#: The default port, and how many from it on are tried.
DEFAULT_PORT, PORTS_TRIED = 8501, 100
#: Seconds to wait for the server before no browser is opened.
STARTUP_TIMEOUT = 60.0


def serve(run: Path | None, port: int | None, host: str, browser: bool) -> int:
    """Run the app until it is stopped; its exit code. A saved run is opened in it where one is given.

    Raises CommandError for a port that is taken, TraceFileError or FileNotFoundError for what is no saved run.
    """
    start = "" if run is None else _page_of_run(run)
    chosen_port = _choose_port(host, port)
    name = "localhost" if host in ("127.0.0.1", "0.0.0.0") else f"[{host}]" if ":" in host else host
    address = f"http://{name}:{chosen_port}"
    page = f"{address}/{start}"
    print_line(f"lstm-viz is at {page} (Ctrl-C ends it)", err=True)
    if browser:
        threading.Thread(target=_open_when_ready, args=(address, page), daemon=True).start()
    from lstm_viz.ui.app.launch import launch

    return launch(["--server.port", str(chosen_port), "--server.address", host, "--server.headless", "true"])


def _page_of_run(run: Path) -> str:
    """The app's page of a run. Its path goes by an environment variable, never by an address."""
    if run.is_dir():
        from lstm_viz.storage.zarr.read import open_trace
        from lstm_viz.ui.explore.startup_files import STORED_RUNS

        open_trace(run)
        os.environ[STORED_RUNS] = str(run.resolve())
        return "explore?source=Long"
    from lstm_viz.storage.netcdf.read import load_trace
    from lstm_viz.ui.explore.startup_files import RUN_FILE

    load_trace(run)
    os.environ[RUN_FILE] = str(run.resolve())
    return "explore?source=Saved+run"


def _choose_port(host: str, port: int | None) -> int:
    """The requested port, or the first free one from the default on."""
    if port is not None:
        if not _is_free(host, port):
            raise CommandError(f"Port {port} on {host} can't be listened on; is it taken? Choose another with --port.")
        return port
    return next(
        (number for number in range(DEFAULT_PORT, DEFAULT_PORT + PORTS_TRIED) if _is_free(host, number)), DEFAULT_PORT
    )


def _is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        if os.name == "posix":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _open_when_ready(address: str, page: str) -> None:
    end = time.monotonic() + STARTUP_TIMEOUT
    while time.monotonic() < end:
        try:
            with urlopen(f"{address}/_stcore/health", timeout=2):
                webbrowser.open(page)
                return
        except (URLError, OSError):
            time.sleep(0.2)
