"""Files that the app was started with, by environment variables: a saved run (netCDF), stored runs (zarr).

Nothing else names a file on the server: whoever could name one in an address would read what they like.
"""

from __future__ import annotations

import os
from pathlib import Path

#: Names the saved run that `lstm-viz app run.nc` was given.
RUN_FILE = "LSTM_VIZ_OPEN"
#: Names stored runs, or folders of such, with os.pathsep between them.
STORED_RUNS = "LSTM_VIZ_RUNS"


def startup_run() -> Path | None:
    """The saved run's file; None where the app was started without one."""
    path = os.environ.get(RUN_FILE)
    return Path(path) if path else None


def stored_runs() -> dict[str, Path]:
    """The folder of every stored run that the app was started with, by its name."""
    paths = [Path(path) for path in os.environ.get(STORED_RUNS, "").split(os.pathsep) if path]
    return {run.name: run for path in paths for run in _runs_in(path)}


def _runs_in(path: Path) -> list[Path]:
    """The folder itself where it is a stored run, or the runs in it."""
    if (path / "zarr.json").is_file():
        return [path]
    return sorted(inner.parent for inner in path.glob("*/zarr.json"))
