"""The view of a page: a run, what to look for in it, the moment to start at, and how it is shown."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple, TypeVar

import numpy as np

from lstm_viz.analysis.ranking import ranked_units
from lstm_viz.figures.gates.formulas import Formula
from lstm_viz.figures.labels import batch_texts
from lstm_viz.figures.moment import Moment
from lstm_viz.figures.run_view import RunView
from lstm_viz.sequences.batch import SequenceBatch
from lstm_viz.traces import Trace
from lstm_viz.ui.stage.shared import BundledIdentity, SharedKey, shared

T = TypeVar("T")


class Note(NamedTuple):
    """A note on what there is to see in one unit, and in the run that it was sought in the moment that shows it."""

    unit: int
    text: str
    step: int | None = None
    beat: int | None = None
    sequence: int | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class View(RunView):
    """A run as a page shows it. `name` tells it from every other: the player starts anew with a new name."""

    name: str
    #: What to look for, each on a unit; the first one's unit is followed at first.
    notes: Sequence[Note] = ()
    #: Runs with the same moment key keep the moment when one is exchanged for the other; by default the view's name.
    moment_key: str = ""
    #: Runs with the same figure key, on one page, share their figures: only what the bindings say differs.
    #: By default each run has its own.
    figure_key: str = ""
    #: Where to look first, where neither the address nor the run says.
    start: Moment | None = None
    #: Formulas that stand under the player's bar instead of the whole cell's.
    formulas: Sequence[Formula] = ()
    #: Controls of the player that the page does without.
    hide: Sequence[str] = ()
    #: Whether one step plays by itself, once a visit.
    welcome: bool = False
    #: What tells a view of nothing but bundled things from every other: what is drawn of it is made once for all
    #: sessions. `dataclasses.replace` leaves it out, since another run or other numbers may be somebody's own.
    identity: BundledIdentity | None = field(default=None, init=False)

    def bundled_as(self, made_by: str, *choices: str | int | None) -> View:
        """The view with an identity, which whoever made it of bundled things alone gives to it."""
        return self._with_identity(BundledIdentity(made_by, choices))

    def presented(
        self,
        *,
        start: Moment | None = None,
        moment_key: str | None = None,
        formulas: Sequence[Formula] | None = None,
        hide: Sequence[str] | None = None,
        welcome: bool | None = None,
    ) -> View:
        """The same numbers presented otherwise: what is not given stays, and a bundled view stays one."""
        changes = {
            "start": start,
            "moment_key": moment_key,
            "formulas": formulas,
            "hide": hide,
            "welcome": welcome,
        }
        given = {name: value for name, value in changes.items() if value is not None}
        return replace(self, **given)._with_identity(self.identity)  # type: ignore[arg-type]  # each is its field's

    def _with_identity(self, identity: BundledIdentity | None) -> View:
        copied = replace(self)
        object.__setattr__(copied, "identity", identity)
        return copied


def made_once(view: View, kind: str, depends_on: tuple[Hashable, ...], make: Callable[[], T]) -> T:
    """What is made of a view; of a bundled one once for all sessions."""
    return make() if view.identity is None else shared.get(SharedKey(kind, view.identity, depends_on), make)


def view_of(
    name: str,
    trace: Trace,
    batch: SequenceBatch,
    answers: np.ndarray | None = None,
    ranking: str = "model",
    feature: str = "",
    notes: Sequence[Note] = (),
) -> View:
    """The view of a run on a batch; `ranking` says which units come first ("model": in the model's order)."""
    column = batch.values[..., batch.names.index(feature)] if feature in batch.names else None
    orders = () if ranking == "model" else [ranked_units(layer, ranking, column) for layer in trace.layers]
    texts = batch_texts(batch, answers)
    return View(trace, texts, batch.names, batch.sequence_names, orders, name=name, notes=notes)
