"""Places in the bundled runs where a gate reads short-term memory, and where a use gate hides a large memory.

`scripts/find_places.py` searches all bundled models' runs for them and stores what it finds, each with its measure;
the lessons link to those that show more than the run on the screen.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from functools import cache
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from lstm_viz.bundled.cards import DATA_FOLDER
from lstm_viz.figures.formats import percent, signed
from lstm_viz.figures.moment import BEATS, Moment
from lstm_viz.traces import LayerTrace

#: Steps that lessons look at, from the first on.
STEPS = 32
#: A share that is smaller counts as none, and a use gate that holds back less hides nothing to speak of.
SMALLEST = {"reads": 0.1, "hides": 0.5}


class Place(NamedTuple):
    """A place in a bundled model's run, what is measured there, and the numbers that stand there."""

    model: str
    title: str
    moment: Moment
    #: The largest share of one unit of STM in the learn gate's sums; or |r| (1 − o), what the use gate holds back of
    #: the offered value r.
    measure: float
    #: Of the followed unit: its LTM and its use factor.
    held: float
    factor: float


def short_term_shares(layer: LayerTrace) -> Float[np.ndarray, "steps batch hidden"]:
    """The largest share of one unit of STM in each unit's learn gate: max over k of |R[u, k] h'[k]|.

    R are the recurrent weights of the input gate and of the candidate, h' the hidden state before.
    """
    hidden = np.abs(np.asarray(layer.previous_hidden_state[:STEPS], float))
    both = [np.abs(np.asarray(layer.weights[gate].recurrent, float)) for gate in ("input_gate", "candidate")]
    shares: Float[np.ndarray, "steps batch hidden"] = np.nan_to_num(
        np.max([(hidden[:, :, None] * one).max(axis=-1) for one in both], axis=0)
    )
    return shares


def held_back(layer: LayerTrace) -> Float[np.ndarray, "steps batch hidden"]:
    """What the use gate holds back of each unit's offered value: |r| (1 − o)."""
    offered, factor = (np.asarray(getattr(layer, name)[:STEPS], float) for name in ("readout", "output_gate"))
    hidden: Float[np.ndarray, "steps batch hidden"] = np.nan_to_num(np.abs(offered) * (1 - factor))
    return hidden


MEASURES: Mapping[str, Callable[[LayerTrace], np.ndarray]] = {"reads": short_term_shares, "hides": held_back}
#: The measure that a lesson's links are about, and the beat that shows it.
LESSONS = {"learn_gate": ("reads", "learn"), "use_gate": ("hides", "use")}


def most_telling(layer: LayerTrace, kind: str, model: str, title: str) -> Place:
    """The place in a run where the measure of a kind, "reads" or "hides", is largest."""
    values = MEASURES[kind](layer)
    step, sequence, unit = (int(place) for place in np.unravel_index(values.argmax(), values.shape))
    beat = next(BEATS.index(beat) for name, beat in LESSONS.values() if name == kind)
    here = (step, sequence, unit)
    held, factor = (float(np.asarray(array)[here]) for array in (layer.cell_state, layer.output_gate))
    return Place(model, title, Moment(step, beat, unit, sequence), float(values[here]), held, factor)


@cache
def stored_places() -> Mapping[str, tuple[Place, ...]]:
    """The places that were found, of each kind the most telling first.

    >>> stored_places()["hides"][0].model
    'characters'
    """
    stored = json.loads((DATA_FOLDER / "places.json").read_text(encoding="utf-8"))
    return {
        kind: tuple(Place(**{**found, "moment": Moment(**found["moment"])}) for found in places)
        for kind, places in stored["places"].items()
    }


def place_words(
    lesson: str, layer: LayerTrace, models: Collection[str], address: Callable[[str, Moment], str]
) -> tuple[dict[str, str], dict[str, bool]]:
    """Placeholders of a lesson's text for the most telling place in `models`, and whether it shows more than this run.

    `address` gives the address of the lesson with a model's run at a moment. A truth is "elsewhere": that the place's
    measure is larger than the largest of this run's first 32 steps.
    """
    kind, _ = LESSONS[lesson]
    place = next(found for found in stored_places()[kind] if found.model in models)
    words = {
        "place": address(place.model, place.moment),
        "place_model": place.title,
        "place_unit": f"{place.moment.unit + 1}",
        "place_step": f"{place.moment.step + 1}",
        "place_held": signed(place.held),
        "place_percent": percent(place.factor),
    }
    return words, {"elsewhere": place.measure > float(MEASURES[kind](layer).max()) + 0.005}
