"""Descriptions of layers from strangers, whatever feeds what: read soundly, or refused in one sentence."""

from __future__ import annotations

import resource

import pytest

from lstm_viz.checkpoints import CheckpointError
from lstm_viz.checkpoints.readers import read
from tests.checkpoints.readers.keras.hostile_files import archive, layer
from tests.checkpoints.readers.keras.reading_process import LIMITS
from tests.support.call_counts import count_calls


def called(name, *sources, kind="Dropout", **settings):
    """A layer, and what it is called with: for each call its sources, (name, output) or a name."""
    calls = [[_history(source) for source in (call if isinstance(call, list) else [call])] for call in sources]
    return {**layer(kind, name, **settings), "name": name, "inbound_nodes": [{"args": call} for call in calls]}


def _history(source):
    name, number = source if isinstance(source, tuple) else (source, 0)
    return {"class_name": "__keras_tensor__", "config": {"keras_history": [name, 0, number]}}


def functional(*layers, inputs=("x",), outputs=("lstm",), name="model"):
    start = [{**layer("InputLayer", one), "name": one, "inbound_nodes": []} for one in inputs]
    settings = {"name": name, "layers": [*start, *layers]}
    settings |= {"input_layers": [[one, 0, 0] for one in inputs], "output_layers": [[one, 0, 0] for one in outputs]}
    return {"module": "keras", "class_name": "Functional", "config": settings}


def lstm(*sources, name="lstm", **settings):
    return called(name, *sources, kind="LSTM", return_sequences=True, **settings)


def inside(model, name, *sources):
    """A model as a layer of another."""
    return {**model, "name": name, "inbound_nodes": called(name, *sources)["inbound_nodes"]}


def doubled(levels):
    """Models inside each other, each of which is called twice: in the innermost a layer has 2 ** levels sources."""
    model = functional(lstm("x"), name="model 0")
    for number in range(1, levels):
        before = [called(f"a{number}", "x"), called(f"b{number}", "x")]
        model = functional(
            *before, inside(model, "deeper", *(f"{way}{number}" for way in "ab")), outputs=("deeper",),
            name=f"model {number}",
        )  # fmt: skip
    return model


def wrapped(levels):
    one = layer("LSTM")
    for number in range(levels):
        one = layer("TimeDistributed", f"wrapper {number}", layer=one)
    return {"module": "keras", "class_name": "Sequential", "config": {"name": "m", "layers": [one]}}


def chain(count, kind="Dropout"):
    names = ["x", *(f"d{number}" for number in range(count))]
    return [called(names[n + 1], names[n], kind=kind) for n in range(count)]


CASES = {
    "a layer that reads itself": functional(lstm("lstm")),
    "layers that read each other": functional(called("a", "b"), called("b", "a"), lstm("a")),
    "a circle of layers that do nothing": functional(
        *[called(f"d{n}", f"d{(n + 1) % 9}") for n in range(9)], lstm("d0")
    ),
    "9,000 dense layers behind 9,000 that do nothing": functional(
        *chain(9000), *[called(f"dense{n}", f"d{8999 - n}", kind="Dense") for n in range(9000)], lstm("x")
    ),
    "an LSTM called by what it feeds": functional(lstm("x", "after"), called("after", "lstm", kind="Add")),
    "a layer that isn't there": functional(lstm("nowhere")),
    "an output that isn't there": functional(lstm("x"), outputs=("nowhere",)),
    "an output of a number below 0": functional(lstm(("x", -5))),
    "an output of a number past all": functional(lstm(("x", 2**70))),
    "20,000 layers that do nothing": functional(*chain(20_000), lstm("d19999")),
    "20,000 calls of one LSTM": functional(*[called(f"d{n}", "x") for n in range(2)], lstm(*["x", "d0", "d1"] * 7000)),
    "an LSTM of 20,000 different calls": functional(
        *[called(f"d{n}", "x", kind="Add") for n in range(20_000)], lstm(*[f"d{n}" for n in range(20_000)])
    ),
    "20,000 sources of one call": functional(lstm([f"d{n}" for n in range(20_000)]), *chain(20)),
    "20,000 that read an LSTM": functional(lstm("x"), *[called(f"d{n}", "lstm") for n in range(20_000)]),
    "models called twice, 20 deep": doubled(20),
    "models called twice, 30 deep": doubled(30),
    "wrappers 15 deep": wrapped(15),
    "wrappers 40 deep": wrapped(40),
    "a wrapper of a wrapper of nothing": {
        "class_name": "Sequential",
        "config": {"layers": [layer("TimeDistributed", "a", layer={"class_name": "TimeDistributed"}), layer()]},
    },
    "inputs of a model that aren't its own": functional(
        inside(functional(lstm("y"), inputs=("y",)), "deeper", ["x", "x", "x"]), outputs=("deeper",)
    ),
    "a model called with nothing": functional(
        inside(functional(lstm("y"), inputs=("y",)), "deeper"), outputs=("deeper",)
    ),
    "calls that are words": functional({**lstm("x"), "inbound_nodes": ["x", {"args": "x"}, 5, None]}),
    "calls by names that are numbers": functional({**lstm("x"), "inbound_nodes": [[[5, 0, 0]], [["x", "0", 0]]]}),
    "a registered name that is a list": {
        "class_name": "Sequential", "config": {"layers": [{**layer(), "registered_name": ["me>LSTM"]}]}
    },
    "a module that is a number": {"class_name": "Sequential", "config": {"layers": [{**layer(), "module": 5}]}},
    "a version that is a bomb": functional(lstm("x", recurrent_activation="hard_sigmoid")),
    "an activation of a megabyte": functional(lstm("x", activation="a" * 10**6)),
    "an activation that is a list of lists": functional(lstm("x", activation=[[["tanh"]]])),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_hostile_description_is_read_soundly_or_refused_in_one_sentence(case):
    data = archive(CASES[case])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    def work():
        try:
            contents = read(data, "model.keras", LIMITS)
        except CheckpointError as refusal:
            assert 20 < len(str(refusal)) < 500
            assert str(refusal).endswith(".")
        else:
            assert all(note.endswith(".") and len(note) < 500 for lstm in contents.lstms for note in lstm.notes)

    count_calls(work, limit=6_000_000)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak < 900_000  # kilobytes
