"""The choice of a lesson's run: a bundled model on its example, or the run that Explore showed last."""

from __future__ import annotations

from lstm_viz.ui.session import session
from lstm_viz.ui.stage.bundled_runs import bundled_view
from lstm_viz.ui.stage.choose_model import choose_model
from lstm_viz.ui.stage.views import View

OWN_SEQUENCE = "Your own sequence"


def choose_run() -> View:
    """The run to look at; what was last looked at in Explore can be chosen as well."""
    own = session.view.latest
    own = own if own is not None and own.trace.variant != "rnn" else None
    chosen = choose_model(own=OWN_SEQUENCE if own else "")
    return own if own is not None and chosen == OWN_SEQUENCE else bundled_view(chosen)
