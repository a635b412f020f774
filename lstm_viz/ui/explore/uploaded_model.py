"""An uploaded model: the choice of an LSTM in the file, and of the output head that its answers are read from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lstm_viz.checkpoints.apply_layers import apply_linear
from lstm_viz.checkpoints.contents import AdjacentLayer, FoundLSTM
from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.formatting import printable
from lstm_viz.checkpoints.vocabulary import Vocabulary
from lstm_viz.fitting.answers import AnswerFormat, escape_braces, format_in_units
from lstm_viz.sequences.batch import SequenceBatch
from lstm_viz.sequences.formatting import plural
from lstm_viz.ui.explore.drop_zone import ModelFiles
from lstm_viz.ui.explore.run import not_drawable_sentence
from lstm_viz.ui.explore.uploaded_model_inputs import InputEncoding, choose_input_encoding
from lstm_viz.ui.plain_text import Markdown, as_list, markdown, plain_text
from lstm_viz.ui.session import session
from lstm_viz.ui.stage.answer_numbers import NO_NUMBERS, AnswerNumbers, chances_of

if TYPE_CHECKING:
    from lstm_viz.cells.file_lstm import FileLSTM
    from lstm_viz.checkpoints.load import Checkpoint

#: Findings of a file that are listed.
MAX_LISTED = 20


class UploadedModel(NamedTuple):
    """One LSTM of an uploaded file: a name that tells it from others, its module, input encoding and output head."""

    identity: str
    found: FoundLSTM
    module: FileLSTM
    input_encoding: InputEncoding
    output_head: OutputHead | None
    #: Its files' names in a sentence, and alone.
    file_names: str = ""
    title: str = ""


def choose_uploaded_model(
    tab: DeltaGenerator, files: ModelFiles, batch: SequenceBatch, columns: Sequence[str] = (), example: str = ""
) -> UploadedModel | None:
    """The files' model as the person chose it in `tab`; None while something is missing, which the page asks for.

    columns: all of the sequence's table, of which the batch has the chosen ones.
    example: what the sequence is called, where it is a bundled one: on that a model runs only when it is asked to.

    Raises CheckpointError for a file or an LSTM that can't be shown with this sequence.
    """
    checkpoint = session.checkpoint.cached(
        files.identity, lambda: _open({name: read() for name, read in files.contents.items()})
    )
    if isinstance(checkpoint, str):
        raise CheckpointError(checkpoint)
    with tab:
        st.markdown(markdown("**{names}**", names=files.plain_names))
        name = str(st.selectbox("Which LSTM in it", list(checkpoint.found), key=f"own model {files.identity}"))
        choices, findings = st.container(), st.container()
    with findings:
        _list_findings(checkpoint)
    found, key = checkpoint.found[name], f"{files.identity} {name}"
    if not found.activations.is_drawable:
        way = "`lstm-viz trace MODEL SEQUENCE -o run.nc`, then `lstm-viz show run.nc --text`"
        raise CheckpointError(not_drawable_sentence(name, found.activations, way))
    title = f"{files.plain_names}: {found.lstm_shape.in_short}"
    if example and session.example_for_model != f"{files.identity} {example}":
        _offer_example(title, files, found, batch, example)
        return None
    encoding = choose_input_encoding(choices, key, title, found, checkpoint.neighbours, batch, columns)
    if encoding is None:
        return None
    with choices:
        head = choose_output_head(key, found, checkpoint.neighbours, encoding.vocabulary)
    identity = f"{key} {encoding.name} {head.name if head else ''}"
    return UploadedModel(identity, found, checkpoint.models[name], encoding, head, files.names, files.plain_names)


def _offer_example(title: str, files: ModelFiles, found: FoundLSTM, batch: SequenceBatch, example: str) -> None:
    """Asks for the model's own sequence, and offers the bundled one where that could be it."""
    columns = plural(found.lstm_shape.input_size, "column")
    with st.container(border=True, key="ask-table"):
        st.markdown(
            markdown("**{title}.** Now drop a table above; the model reads {columns}.", title=title, columns=columns)
        )
        if len(batch.names) >= found.lstm_shape.input_size:
            st.button(plain_text(f"Run it on {example}"), on_click=_take_example, args=(f"{files.identity} {example}",))


def _take_example(which: str) -> None:
    session.example_for_model = which


def _open(files: Mapping[str, bytes]) -> Checkpoint | str:
    """The files' contents; a sentence where they can't be opened."""
    from lstm_viz.checkpoints import open_files

    try:
        with st.spinner("Looking for LSTMs in the file …"):
            return open_files(files)
    except CheckpointError as refusal:
        return str(refusal)


def _list_findings(checkpoint: Checkpoint) -> None:
    """Everything that was found, with its shape and what it is taken for, and what was left out."""
    rows = [_row(lstm.name, lstm.kind, lstm.description) for lstm in checkpoint.found.values()]
    rows += [_row(n.name, f"{n.shape[0]:,} × {n.shape[1]:,}", n.description) for n in checkpoint.neighbours]
    more = [f"… and {len(rows) - MAX_LISTED:,} more"] if len(rows) > MAX_LISTED else []
    listed = as_list([*rows[:MAX_LISTED], *more])
    if checkpoint.caveats:  # none of which is cut off, and none in grey
        st.markdown(markdown("**What has to be known of it**{caveats}", caveats=as_list(checkpoint.caveats)))
    st.caption(markdown("This {kind} file has\n{listed}", kind=checkpoint.format, listed=listed))


def _row(name: str, kind: str, description: str) -> Markdown:
    return markdown("**{name}** {kind}: {description}.", name=printable(name), kind=kind, description=description)


NO_HEAD = "nothing: only its states are looked at"
ACTIVATIONS = {
    "softmax": "the likeliest of them, by softmax",
    "sigmoid": "each from 0 to 1, by sigmoid",
    "": "as numbers",
}
#: Outputs that are written out.
MAX_OUTPUTS = 3


class OutputHead(NamedTuple):
    """The layer that answers are read from, and its activation."""

    head: AdjacentLayer
    #: softmax, sigmoid or "".
    activation: str
    labels: tuple[str, ...] = ()
    #: What the number is called that it gives, and its unit, where the person says so.
    quantity: str = ""
    unit: str = ""

    @property
    def name(self) -> str:
        """A name that tells it from other heads."""
        return f"{self.head.name} {self.activation} {hash(self.labels)} {self.quantity} {self.unit}"

    def texts(self, output: np.ndarray) -> np.ndarray:
        """(time, batch) texts for an LSTM's output, (time, batch, states)."""
        found = apply_linear(self.head, output)
        if not self.activation and self.head.outputs is not None:
            return format_in_units(self.head.outputs, MAX_OUTPUTS)(found)
        if self.activation == "softmax":
            return AnswerFormat("answer: {label} ({percent} %)", labels=self._labels(found))(found)
        if self.activation == "sigmoid":
            found = 1 / (1 + np.exp(-np.clip(found, -60, 60)))
        shown = found[..., :MAX_OUTPUTS]
        words = ", ".join(f"{{{k}:.3g}}" for k in range(shown.shape[-1])) + (
            " …" if found.shape[-1] > MAX_OUTPUTS else ""
        )
        return AnswerFormat(f"{escape_braces(self.quantity or 'answer')}: {words} {escape_braces(self.unit)}".rstrip())(
            shown
        )

    def answer_numbers(self, output: np.ndarray) -> AnswerNumbers:
        """The chances of what it chooses among.

        A head that gives numbers has no bars: nobody says which step its number is for, so none can be set beside it.
        """
        if self.activation != "softmax":
            return NO_NUMBERS
        found = apply_linear(self.head, output)
        return chances_of(found, self._labels(found))

    def _labels(self, scores: np.ndarray) -> tuple[str, ...]:
        return self.labels or tuple(f"output {k + 1}" for k in range(scores.shape[-1]))


def choose_output_head(
    key: str, lstm: FoundLSTM, neighbours: Sequence[AdjacentLayer], vocabulary: Vocabulary | None
) -> OutputHead | None:
    """The output head, chosen where a layer follows the LSTM; None for none."""
    heads = {
        f"“{n.name}”, {n.shape[0]:,} out": n for n in neighbours if n.kind == "linear" and lstm.name in n.adjacent_to
    }
    if not heads:
        return None
    chosen = str(st.selectbox("It answers through", [*heads, NO_HEAD], key=f"answers {key}"))
    if chosen == NO_HEAD:
        return None
    head = heads[chosen]
    of_tokens = vocabulary is not None and len(vocabulary.tokens) == head.shape[0]
    known = head.activation if head.activation in ACTIVATIONS else ""
    usual = known or ("softmax" if of_tokens else "")
    options = [name for name in ACTIVATIONS if name != "softmax" or head.shape[0] > 1]
    activation = st.selectbox(
        "Read",
        options,
        options.index(usual),
        format_func=ACTIVATIONS.__getitem__,
        key=f"answers as {key} {head.name} {usual}",
    )
    quantity, unit = "", ""
    if activation != "softmax":
        left, right = st.columns([2, 1])
        quantity = left.text_input("What it says is called", key=f"quantity {key} {head.name}", max_chars=30)
        unit = right.text_input("in", key=f"unit {key} {head.name}", placeholder="m³/s", max_chars=12)
    labels = vocabulary.labels if vocabulary is not None and of_tokens else ()
    return OutputHead(head, str(activation), labels, quantity.strip(), unit.strip())
