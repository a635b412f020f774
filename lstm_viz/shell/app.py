"""`lstm-viz app`: start the app in a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


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
    from lstm_viz.shell.serving import serve

    raise typer.Exit(serve(file, port, host, browser))
