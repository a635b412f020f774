"""The drop zone of Explore: takes several files at once, in any order, and keeps each by what it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.uploaded_file_manager import UploadedFile

from lstm_viz.checkpoints.readers.formats import EXTENSIONS as MODEL_EXTENSIONS
from lstm_viz.files.sizes import MEGABYTE
from lstm_viz.sequences.read import display_name
from lstm_viz.sequences.readers.formats import EXTENSIONS
from lstm_viz.storage.netcdf.untrusted import TraceFileLimits
from lstm_viz.ui.explore.file_kind import FileKind, file_kind
from lstm_viz.ui.explore.quotas import QuotaReached, oldest_gone, quotas, refuse_if_over
from lstm_viz.ui.session import Session, session

EXAMPLE, FILES = "Example", "File"
LABEL = "Drop files here: a table, a trained model, a saved run; one or several at once"
HELP = (
    f"A table, arrays, a recording or a text ({', '.join(EXTENSIONS)}). A trained model, all its files at once "
    f"({', '.join(ending.removeprefix('.') for ending in MODEL_EXTENSIONS)}). A run that was saved here (nc)."
)


class DroppedFile(NamedTuple):
    """A file that was dropped; `identity` tells it from others, also of its name."""

    identity: str
    name: str
    kind: FileKind
    read: Callable[[], bytes]
    #: In bytes.
    size: int


class ModelFiles(NamedTuple):
    """The dropped files of a model, by name; `identity` tells them from others."""

    identity: str
    contents: Mapping[str, Callable[[], bytes]]
    #: Whether an index or settings are among them, which are nothing by themselves.
    has_parts: bool = False
    #: In bytes, of all of them.
    size: int = 0

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
    files = session.value_of(key)
    session.drops += 1
    session.upload_refusal = session.let_go = ""
    try:
        refuse_if_over(sum(file.size for file in files), "What you dropped")
    except QuotaReached as refusal:
        session.upload_refusal = str(refusal)
        return
    found = [_dropped(file) for file in files]
    sequences = [file for file in found if file.kind in ("sequence", "run")]
    all_names = dict.fromkeys([*session.dropped, *(file.name for file in sequences)])
    for file in sequences:
        _keep_sequence(file)
    session.let_go = oldest_gone("file", [name for name in all_names if name not in session.dropped])
    if parts := [file for file in found if file.kind in ("model", "part of a model")]:
        _keep_model(parts)


def _dropped(file: UploadedFile) -> DroppedFile:
    name = display_name(file.name)
    return DroppedFile(file.file_id, name, file_kind(name, file.getvalue()), file.getvalue, file.size)


def _keep_sequence(file: DroppedFile) -> None:
    """Keeps a table or a run beside those before, and shows it; one of the same name takes the place of that."""
    if (before := chosen_file()) and session.source == FILES:
        session.file_before = before.name
    others = {name: other for name, other in session.dropped.items() if name != file.name}
    session.dropped = dict([*others.items(), (file.name, file)][-quotas().files :])
    Session.own_file.select(file.name)
    Session.source.select(FILES)


def _keep_model(added: list[DroppedFile]) -> None:
    """A model's files take the place of those before, but where one waits for another."""
    before, parts = session.model_files, [file for file in added if file.kind == "part of a model"]
    waits = before is not None and before.has_parts and isinstance(session.checkpoint.latest, str)
    known = dict(before.contents) if before and (waits or len(parts) == len(added)) else {}
    contents = known | {file.name: file.read for file in added}
    size = sum(file.size for file in added) + (before.size if before and known else 0)
    identity = " ".join(file.identity for file in added)
    session.model_files = ModelFiles(f"{identity} of {len(contents)}", contents, bool(parts) or bool(known), size)
    use_uploaded_model()
    file = chosen_file()
    if session.source == FILES and file and file.kind == "run":
        # A run needs no model: the person wants to see this one on a sequence.
        tables = [name for name, other in session.dropped.items() if other.kind == "sequence"]
        Session.own_file.select(tables[-1]) if tables else Session.source.select(EXAMPLE)


def chosen_file() -> DroppedFile | None:
    """The table or the run that is shown of those that were dropped: the last one until another is chosen."""
    files = session.dropped
    return files.get(session.own_file or "") or (list(files.values())[-1] if files else None)


def choose_file(place: DeltaGenerator) -> DroppedFile | None:
    """The choice among the tables and runs that were dropped, where there are several."""
    if len(session.dropped) > 1:
        names, file = list(session.dropped), chosen_file()
        Session.own_file.restrict(names, file.name if file else names[-1])
        place.selectbox("Your file", names, key=Session.own_file.key, label_visibility="collapsed", width=215)
    return chosen_file()


def take_back() -> None:
    """Goes back from a file that can't be read to the one before it."""
    file = chosen_file()
    session.dropped = {name: other for name, other in session.dropped.items() if file is None or name != file.name}
    Session.own_file.select(session.file_before)
    del session.file_before
    del session.read_error


def use_uploaded_model() -> None:
    """Chooses the model that was dropped, whichever sequence it is shown with."""
    session.uploaded_model_chosen = True
    session.forget_widgets("network ")
