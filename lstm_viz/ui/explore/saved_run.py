"""A saved run in Explore: shown as it was recorded, without any model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import streamlit as st

from lstm_viz.cells.activation_functions import ActivationError
from lstm_viz.figures.options import batch_of
from lstm_viz.sequences.batch import SequenceBatch
from lstm_viz.sequences.formatting import plural
from lstm_viz.traces import Trace
from lstm_viz.ui.explore.drop_zone import DroppedFile
from lstm_viz.ui.explore.run import Run, not_drawable_sentence
from lstm_viz.ui.explore.startup_files import startup_run
from lstm_viz.ui.plain_text import plain_text
from lstm_viz.ui.session import session


class SavedRun(NamedTuple):
    """A saved run and its sequences."""

    run: Run
    batch: SequenceBatch


def dropped_saved_run(file: DroppedFile) -> SavedRun | None:
    """The run in a file that was dropped; None where it can't be opened, which the page says."""
    run = session.saved_run.cached(file.identity, lambda: _read(file.read(), file.name, file.identity))
    if isinstance(run, str):
        st.error(plain_text(run))
        return None
    return run


def _read(data: bytes, name: str, identity: str) -> SavedRun | str:
    """The run in an uploaded file's bytes; a sentence where there is none."""
    from lstm_viz.storage import TraceFileError
    from lstm_viz.storage.netcdf.untrusted import load_untrusted_trace

    try:
        with st.spinner(plain_text(f"Reading {name} …")):
            return _saved_run(load_untrusted_trace(data), name, identity)
    except (TraceFileError, ActivationError) as refusal:
        return str(refusal)


def startup_saved_run() -> SavedRun | None:
    """The run that the app was started with; None where it was started with none."""
    path = startup_run()
    try:
        return None if path is None else _load(str(path), path.stat().st_mtime_ns)
    except ActivationError as refusal:
        st.error(plain_text(refusal))
        return None
    except (OSError, ValueError):
        name = path.name if path else "The file"
        st.error(plain_text(f"{name} can't be opened any more. Start the app with it again."))
        return None


@st.cache_resource(max_entries=1, show_spinner="Opening the saved run …")
def _load(path: str, modified: int) -> SavedRun:
    """A run on the server's own disk; the same for every session."""
    import lstm_viz

    return _saved_run(lstm_viz.load_trace(path), Path(path).name, str(modified))


def _saved_run(trace: Trace, name: str, identity: str) -> SavedRun:
    if not trace.activations.is_drawable:
        raise ActivationError(not_drawable_sentence(name, trace.activations, "`lstm-viz show RUN --text`"))
    known = batch_of(trace)
    steps, sequences, features = known.values.shape
    counts = plural(sequences, "sequence"), plural(steps, "step"), plural(features, "feature")
    source = " · ".join(filter(None, (name, known.source)))
    batch = replace(known, source=source, notes=(f"{', '.join(counts)}.",))
    answers = trace.names.answers if trace.names else None
    run = Run(f"saved {identity} {name}", "", trace, answers, f"Saved in {name}; nothing was run again.")
    return SavedRun(run, batch)
