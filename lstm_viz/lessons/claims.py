"""Claims: predicates over a run at a moment, on which it depends whether a sentence of a lesson is shown.

A sentence names its claim in the lesson's text (see `lessons/texts.py`). Here each name is a function of the view and
the moment whose docstring says in mathematics what is checked: c' and c are the unit's cell state before and after the
step, f, i and o its forget, input and output gate, g its candidate, h' the hidden state before. Functions of the run
as a whole range over the view's trace, which for a stored run is its first 32 steps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from lstm_viz.figures.moment import Moment
from lstm_viz.figures.run_view import RunView
from lstm_viz.lessons.placeholders import STEPS, value_at
from lstm_viz.storage.zarr.read import StoredTrace
from lstm_viz.traces import LayerTrace

#: A factor below the first hardly lets anything through, one above the second nearly all.
SHUT, OPEN = 0.1, 0.9
#: A memory below this is next to nothing, and a change below this is none to speak of.
SMALL = 0.05
#: A memory that changes by less stays as it is.
UNCHANGED = 0.01


@dataclass(frozen=True, eq=False)
class Situation:
    """What a sentence is said of: a run's first layer at a moment, and what the page says is true of itself."""

    view: RunView
    moment: Moment
    #: Truths of the page, such as whether a control is there: by the names that its text may claim.
    truths: Mapping[str, bool] = field(default_factory=dict)

    @property
    def layer(self) -> LayerTrace:
        """The layer that lessons look at."""
        return self.view.trace.layers[0]

    def value(self, name: str) -> float:
        """The followed unit's number at the moment."""
        return value_at(self.layer, name, self.moment)

    def holds(self, claim: str) -> bool:
        """Whether a claim holds. Raises KeyError for a name that neither is a predicate nor stands in `truths`."""
        if claim in self.truths:
            return self.truths[claim]
        return bool(CLAIMS[claim](self))


Predicate = Callable[[Situation], bool]
#: The predicates by their names.
CLAIMS: dict[str, Predicate] = {}


def _claim(predicate: Predicate) -> Predicate:
    CLAIMS[predicate.__name__] = predicate
    return predicate


@_claim
def standard(at: Situation) -> bool:
    """The cell's use gate reads c: h = o tanh(c)."""
    return at.layer.variant == "standard"


@_claim
def course(at: Situation) -> bool:
    """The cell's use gate reads f c': h = o tanh(W_u f c' + b_u)."""
    return at.layer.variant == "course"


@_claim
def several(at: Situation) -> bool:
    """The run has more than one sequence."""
    return len(at.layer.lengths) > 1


@_claim
def later(at: Situation) -> bool:
    """The step is not the first."""
    return at.moment.step > 0


@_claim
def held(at: Situation) -> bool:
    """|c'| ≥ 0.05: there is something to keep or to forget."""
    return abs(at.value("previous_cell_state")) >= SMALL


@_claim
def keeps(at: Situation) -> bool:
    """f > 0.9."""
    return at.value("forget_gate") > OPEN


@_claim
def forgets(at: Situation) -> bool:
    """f < 0.5 and |c'| ≥ 0.05: more than half of something goes."""
    return at.value("forget_gate") < 0.5 and held(at)


@_claim
def loses(at: Situation) -> bool:
    """|c' − f c'| ≥ 0.05: what goes can be seen."""
    return abs(at.value("previous_cell_state") - at.value("kept")) >= SMALL


@_claim
def ignored(at: Situation) -> bool:
    """i < 0.1 and |i g| < 0.1: next to nothing is learned, whatever g is."""
    return at.value("input_gate") < SHUT and abs(at.value("learned")) < SHUT


@_claim
def stays(at: Situation) -> bool:
    """|c − c'| < 0.01 and |c'| ≥ 0.1: a memory is there, and stays as it is."""
    before, after = at.value("previous_cell_state"), at.value("cell_state")
    return abs(after - before) < UNCHANGED and abs(before) >= 2 * SMALL


@_claim
def hides(at: Situation) -> bool:
    """o < 0.1 and |c| ≥ 0.1: something is held, and next to nothing of what is offered is shown."""
    return at.value("output_gate") < SHUT and abs(at.value("cell_state")) >= 2 * SMALL


@_claim
def projected(at: Situation) -> bool:
    """h = W_hr (o r): what is shown is projected to fewer units."""
    return at.layer.projection is not None


@_claim
def usual_functions(at: Situation) -> bool:
    """f, i and o are sigmoids, and g and the offered value are made by tanh."""
    return at.layer.activations.is_standard


@_claim
def answers(at: Situation) -> bool:
    """Each step has a text that the model answers with."""
    return at.view.texts.answers is not None


@_claim
def both_cells(at: Situation) -> bool:
    """A run of the other cell, over the same sequences, stands beside this one."""
    return bool(at.view.compared)


def _gate_of_the_stretch(at: Situation, gate: str) -> np.ndarray:
    """The gate's values in the followed unit over the steps that lessons look at: (steps,)."""
    stop = min(int(at.layer.lengths[at.moment.sequence]), STEPS)
    values: np.ndarray = getattr(at.layer, gate)
    return np.asarray(values[:stop, at.moment.sequence, at.moment.unit], float)


@_claim
def never_keeps(at: Situation) -> bool:
    """max of f ≤ 0.9 over the first 32 steps of the sequence."""
    return bool(_gate_of_the_stretch(at, "forget_gate").max() <= OPEN)


@_claim
def never_shut(at: Situation) -> bool:
    """min of i ≥ 0.1 over the first 32 steps of the sequence, and i is that minimum at this step."""
    factors = _gate_of_the_stretch(at, "input_gate")
    return bool(factors.min() >= SHUT and at.value("input_gate") == factors.min())


@_claim
def shows_most(at: Situation) -> bool:
    """min of o > 0.9 over the first 32 steps of the sequence."""
    return bool(_gate_of_the_stretch(at, "output_gate").min() > OPEN)


def _no_share_of_short_term_memory(at: Situation, *gates: str) -> bool:
    """Whether max over units u, k, steps and sequences of |R[u, k] h'[k]| < 0.005, in each of the gates."""
    if isinstance(at.view.run, StoredTrace):  # of which only some steps are here
        return False
    largest = np.nanmax(np.abs(np.asarray(at.layer.previous_hidden_state, float)), axis=(0, 1))
    return all((np.abs(at.layer.weights[gate].recurrent) * largest < 0.005).all() for gate in gates)


@_claim
def learn_gate_reads_no_stm(at: Situation) -> bool:
    """|R_i[u, k] h'[k]| < 0.005 and |R_g[u, k] h'[k]| < 0.005 for all units u and k, at all steps of all sequences."""
    return _no_share_of_short_term_memory(at, "input_gate", "candidate")


@_claim
def forget_gate_reads_no_stm(at: Situation) -> bool:
    """|R_f[u, k] h'[k]| < 0.005 for all units u and k, at all steps of all sequences."""
    return _no_share_of_short_term_memory(at, "forget_gate")


@_claim
def use_gate_reads_no_stm(at: Situation) -> bool:
    """|R_o[u, k] h'[k]| < 0.005 for all units u and k, at all steps of all sequences."""
    return _no_share_of_short_term_memory(at, "output_gate")
