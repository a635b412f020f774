"""`lstm-viz site`: a folder of pages that play the lessons and saved runs with no server."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lstm_viz.cli.errors import CommandError
from lstm_viz.cli.printing import print_line
from lstm_viz.files.sizes import size_in_words


def site(
    folder: Annotated[Path, typer.Argument(help="The folder to write, a new one or a site to renew.", metavar="OUT")],
    runs: Annotated[
        list[Path] | None,
        typer.Argument(help="Saved runs, run.nc, each of which becomes a page.", show_default=False, metavar="RUN.nc"),
    ] = None,
) -> None:
    """Write the lessons as a folder of pages that play with no server and no network.

    Open its index.html, put the folder on any web space, or copy it to a memory stick.

    Examples:

      lstm-viz site lessons

      lstm-viz site lessons run.nc other.nc
    """
    import lstm_viz
    from lstm_viz.standalone.site import SiteError, write_site
    from lstm_viz.ui.lessons.site_pages import build_site

    loaded = {}
    for run in runs or []:
        if run.is_dir():
            raise CommandError(f"{run} is a folder. A long run is looked at in the app: lstm-viz app {run}")
        loaded[run.name if run.name not in loaded else str(run)] = lstm_viz.load_trace(run)
    built = build_site(loaded)
    try:
        size = write_site(built, folder, lambda label: print_line(f"  {label}", err=True))
    except SiteError as error:
        raise CommandError(str(error)) from error
    print_line(f"{len(built.pages)} pages are in {folder} ({size_in_words(size)}). Open {folder / 'index.html'}")
