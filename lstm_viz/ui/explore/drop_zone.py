"""The drop zone of Explore: takes several files at once, in any order, and keeps each by what it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lstm_viz.checkpoints.readers.formats import EXTENSIONS as MODEL_EXTENSIONS
from lstm_viz.sandbox.limits import MEGABYTE
from lstm_viz.sequences.read import display_name
from lstm_viz.sequences.readers.formats import EXTENSIONS
from lstm_viz.storage.netcdf.untrusted import TraceFileLimits
from lstm_viz.ui.explore.file_kind import file_kind
from lstm_viz.ui.session import Session, session

FILES = "File"
LABEL = "Drop files here: a table, a trained model, a saved run; one or several at once"
HELP = (
    f"A table, arrays, a recording or a text ({', '.join(EXTENSIONS)}). A trained model, all its files at once "
    f"({', '.join(ending.removeprefix('.') for ending in MODEL_EXTENSIONS)}). A run that was saved here (nc)."
)


class DroppedFile(NamedTuple):
    """A file that was dropped; `identity` tells it from others, also of its name."""

    identity: str
    name: str
    read: Callable[[], bytes]


class ModelFiles(NamedTuple):
    """The dropped files of a model, by name; `identity` tells them from others."""

    identity: str
    contents: Mapping[str, Callable[[], bytes]]
    #: Whether an index or settings are among them, which are nothing by themselves.
    has_parts: bool = False

    @property
    def names(self) -> str:
        """Their names for a person."""
        return f"“{self.plain_names}”"

    @property
    def plain_names(self) -> str:
        """The same without quotation marks."""
        return ", ".join(self.contents)


def drop_zone(place: DeltaGenerator) -> None:
    """The drop zone; what is dropped stands in the session from the same run of the script on."""
    key = f"dropped {session.drops}"
    place.file_uploader(
        LABEL,
        key=key,
        accept_multiple_files=True,
        max_upload_size=TraceFileLimits().file_bytes // MEGABYTE,
        label_visibility="collapsed",
        on_change=_keep,
        args=(key,),
        help=HELP,
    )


def _keep(key: str) -> None:
    """Keeps the files by their kinds, and empties the zone for the next ones; runs before the script does."""
    files = st.session_state[key]
    session.drops += 1
    models: list[DroppedFile] = []
    parts: list[DroppedFile] = []
    for file in files:
        dropped = DroppedFile(file.file_id, display_name(file.name), file.getvalue)
        match file_kind(dropped.name, file.getvalue()):
            case "model":
                models.append(dropped)
            case "part of a model":
                parts.append(dropped)
            case kind:
                session.dropped_before = session.dropped.get(kind)
                session.dropped_last = kind
                session.dropped = {**session.dropped, kind: dropped}
                Session.source.select(FILES)
    if models or parts:
        _keep_model(models, parts)


def _keep_model(models: list[DroppedFile], parts: list[DroppedFile]) -> None:
    """A model's files take the place of those before, but where one waits for another."""
    before, added = session.model_files, [*models, *parts]
    waits = before is not None and before.has_parts and isinstance(session.checkpoint.latest, str)
    known = dict(before.contents) if before and (waits or not models) else {}
    contents = known | {part.name: part.read for part in added}
    identity = " ".join(part.identity for part in added)
    session.model_files = ModelFiles(f"{identity} of {len(contents)}", contents, bool(parts) or bool(known))
    use_uploaded_model()
    if session.dropped_last == "run":  # a run needs no model: the person wants to see this one on a sequence
        session.dropped_last = "sequence"


def take_back() -> None:
    """Goes back from a file that can't be read to the one before it."""
    kind = session.dropped_last
    kept = {name: file for name, file in session.dropped.items() if name != kind}
    session.dropped = kept | ({kind: session.dropped_before} if session.dropped_before else {})
    del session.dropped_before
    del session.read_error


def use_uploaded_model() -> None:
    """Chooses the model that was dropped, whichever sequence it is shown with."""
    session.uploaded_model_chosen = True
    for key in [key for key in st.session_state if str(key).startswith("network ")]:
        del st.session_state[key]
