"""A saved run in Explore: shown as it was recorded, without any model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lstm_viz.figures.options import batch_of
from lstm_viz.sandbox.sizes import MEGABYTE
from lstm_viz.sequences.batch import SequenceBatch
from lstm_viz.sequences.formatting import plural
from lstm_viz.sequences.read import display_name
from lstm_viz.storage.untrusted import TraceFileLimits
from lstm_viz.traces import Trace
from lstm_viz.ui.app.launch_env import handed
from lstm_viz.ui.explore.own_model import Run


class Saved(NamedTuple):
    """A saved run and its sequences."""

    run: Run
    batch: SequenceBatch


def saved_run(bar: DeltaGenerator) -> Saved | None:
    """The run in the file that was brought, or in the one that the app was started with; None where there is none."""
    place = bar.popover("Another file") if handed() else st.container()
    file = place.file_uploader(
        "A saved run: the .nc file that “Save trace”, `lstm-viz trace` or `trace.save` wrote",
        type=["nc"],
        key="saved file",
        max_upload_size=TraceFileLimits().file_bytes // MEGABYTE,
    )
    if file is None:
        return _handed()
    held = st.session_state.get("saved run")
    if held is None or held[0] != file.file_id:
        with st.spinner(f"Reading {display_name(file.name)} …"):
            held = st.session_state["saved run"] = (
                file.file_id,
                _opened(file.getvalue(), display_name(file.name), file.file_id),
            )
    found: Saved | str = held[1]
    if isinstance(found, str):
        st.error(found)
        return _handed()
    return found


def _opened(data: bytes, name: str, identity: str) -> Saved | str:
    """The run in a file's bytes; a sentence where there is none."""
    from lstm_viz.storage import TraceFileError
    from lstm_viz.storage.untrusted import load_untrusted_trace

    try:
        return _saved(load_untrusted_trace(data), name, identity)
    except TraceFileError as refusal:
        return str(refusal)


def _handed() -> Saved | None:
    path = handed()
    try:
        return None if path is None else _at(str(path), path.stat().st_mtime_ns)
    except (OSError, ValueError):
        st.error(f"{path.name if path else 'The file'} can't be opened any more. Start the app with it again.")
        return None


@st.cache_resource(max_entries=1, show_spinner="Opening the saved run …")
def _at(path: str, changed: int) -> Saved:
    """The run that the app was started with; the same for every session."""
    import lstm_viz

    return _saved(lstm_viz.load_trace(path), Path(path).name, str(changed))


def _saved(trace: Trace, name: str, identity: str) -> Saved:
    known = batch_of(trace)
    steps, sequences, features = known.values.shape
    counts = plural(sequences, "sequence"), plural(steps, "step"), plural(features, "feature")
    source = " · ".join(filter(None, (name, known.source)))
    batch = replace(known, source=source, notes=(f"{', '.join(counts)}.",))
    said = f"Saved in {name}; nothing was run again."
    return Saved(Run(f"saved {identity} {name}", trace, trace.names.answers if trace.names else None, said), batch)
