"""What the app is handed when it is started: a saved run, by a variable of its environment alone.

An address never names a file: whoever opens the app could then read what they like.
"""

from __future__ import annotations

import os
from pathlib import Path

RUN_FILE = "LSTM_VIZ_OPEN"


def run_file() -> Path | None:
    """The saved run that `lstm-viz app run.nc` was given."""
    path = os.environ.get(RUN_FILE)
    return Path(path) if path else None
