"""Where `lstm-viz` starts. Ctrl-C ends it with 130 and no traceback, also while it is still loading."""

from __future__ import annotations

import sys


def main() -> None:
    """Run what was typed, and end the process with its exit code."""
    try:
        from lstm_viz.shell.program import program

        program()
    except KeyboardInterrupt:
        sys.exit(130)
