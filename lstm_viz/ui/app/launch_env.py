"""What the app is handed when it is started: a saved run, by a variable of its environment alone.

An address never names a file: whoever opens the app could then read what they like.
"""

from __future__ import annotations

import os
from pathlib import Path

OPEN = "LSTM_VIZ_OPEN"


def handed() -> Path | None:
    """The saved run that `lstm-viz app run.nc` was given."""
    path = os.environ.get(OPEN)
    return Path(path) if path else None
