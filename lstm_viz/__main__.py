"""`python -m lstm_viz`: the same as `lstm-viz`."""

from __future__ import annotations

from lstm_viz.cli.program import main

if __name__ == "__main__":
    main()
