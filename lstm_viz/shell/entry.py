"""Where `lstm-viz` starts. Ctrl-C ends it with 130 and no traceback, also while it is still loading.

Being told to end is the same with 143: what was begun is put away first.
"""

from __future__ import annotations

import signal
import sys


def main() -> None:
    """Run what was typed, and end the process with its exit code."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        from lstm_viz.shell.program import program

        program()
    except KeyboardInterrupt:
        sys.exit(130)
