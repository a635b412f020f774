"""`python -m lstm_viz`: the same as `lstm-viz`."""

from __future__ import annotations

from lstm_viz.shell.entry import main

if __name__ == "__main__":
    main()
