"""Starting the app from Python, as `streamlit run app.py` starts it from a shell."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from lstm_viz.ui.navigation.pages import HOME


def launch(options: Sequence[str]) -> int:
    """Serve the app until it is stopped, with options of `streamlit run`; its exit code, 130 for Ctrl-C."""
    from click.exceptions import Abort
    from streamlit.web import cli

    sys.argv = ["streamlit", "run", str(HOME / "app.py"), *options]
    try:
        cli.main(sys.argv[1:], prog_name="streamlit", standalone_mode=False)
    except (Abort, KeyboardInterrupt):
        return 130
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    return 0
