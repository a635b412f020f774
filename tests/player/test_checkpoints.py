"""What follows the checkpoint gives in the player what it gives in Python, and keeps its place in the address."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
import torch

import lstm_viz
from lstm_viz.figures.gates.checkpoint_maps import StretchOfCheckpoints, checkpoint_maps, checkpoint_stretch
from lstm_viz.figures.gates.checkpoints import checkpoint_answers, checkpoint_strips
from lstm_viz.figures.memory.half_life import checkpoint_half_lives
from lstm_viz.figures.moment import Moment
from lstm_viz.figures.options import clamp_moment
from lstm_viz.figures.run_view import Checkpoints, RunView, checkpoint_array
from lstm_viz.figures.viewport import Viewport
from lstm_viz.figures.viewport_builder import build_viewport
from lstm_viz.player.message import pack
from tests.player.v8 import Player

UPDATES, TRAININGS = (0, 1, 1000), ("forget bias 0", "forget bias +1")
STEPS, BATCH, UNITS = 9, 2, 5


@pytest.fixture(scope="module")
def viewport() -> Viewport:
    """A run whose units stand in another order than the model's, and gates of six other runs."""
    torch.manual_seed(3)
    trace = lstm_viz.trace(torch.nn.LSTM(2, UNITS), torch.randn(STEPS, BATCH, 2))
    random = np.random.default_rng(4)
    places = product(("forget_gate", "input_gate"), range(len(TRAININGS)), range(len(UPDATES)))
    extras = {checkpoint_array(*place): random.random((STEPS, BATCH, UNITS)) for place in places}
    known = Checkpoints(UPDATES, TRAININGS)
    view = RunView(trace, orders=[np.array([3, 0, 4, 1, 2])], extras=extras, checkpoints=known)
    return build_viewport(view, needs=("checkpoints",))


def moments() -> list[Moment]:
    places = product(range(len(UPDATES)), range(len(TRAININGS)))
    return [
        Moment(step=2 * k % STEPS, unit=k % UNITS, sequence=k % BATCH, checkpoint=checkpoint, training=training)
        for k, (checkpoint, training) in enumerate(places)
    ]


def test_every_chart_of_checkpoints_is_told_alike(viewport: Viewport, v8: Player):
    v8.receive(pack(viewport, Moment(), charts=[], view="v", id="v", momentKey="v"))
    random, shape = np.random.default_rng(5), (len(TRAININGS), len(UPDATES))
    gates = [random.random((len(UPDATES), 4, 3)) for _ in range(2)]
    stretch = StretchOfCheckpoints(*gates, ["a", "b", "<c>", "d"], "the first 4 steps", [3, 0, 4])
    lives, shares = 10.0 ** random.normal(size=(*shape, UNITS)), random.random((*shape, 3))
    for narrow in (False, True):
        figures = [
            checkpoint_strips(viewport, Moment(), narrow=narrow),
            checkpoint_half_lives(viewport, Moment(), half_lives=lives, narrow=narrow),
            checkpoint_answers(viewport, Moment(), waits=(5, 9, 9), shares=shares, right=shares > 0.5, narrow=narrow),
        ]
        assert [v8.differences(figure, viewport, moments()) for figure in figures] == [[], [], []]
    own = replace(viewport, checkpoints=Checkpoints(UPDATES))
    v8.receive(pack(own, Moment(), charts=[], view="w", id="w", momentKey="w"))
    first = [each for each in moments() if each.training == 0]
    maps = checkpoint_maps(own, Moment(), forget_means=shares[0], half_lives=lives[0, :, :3], units=[3, 0, 4])
    for figure in (maps, checkpoint_stretch(own, Moment(), stretch=stretch)):
        assert v8.differences(figure, own, first) == []


def test_strips_show_the_checkpoints_own_gates_in_the_order_of_the_units(viewport: Viewport):
    moment = Moment(sequence=1, checkpoint=2, training=1)
    figure = checkpoint_strips(viewport, moment)
    for trace, array in zip(figure.data, ("forget_gate", "input_gate"), strict=True):
        extra = viewport.extras[checkpoint_array(array, 1, 2)]
        assert np.allclose(np.array(trace.z, float), extra[:, 1][:, [3, 0, 4, 1, 2]].T, atol=1e-5)
    assert "after 1,000 updates" in figure.layout.annotations[0].text


def test_a_chart_that_follows_the_checkpoint_is_drawn_anew_for_another_one(viewport: Viewport, v8: Player):
    follow = checkpoint_strips(viewport, Moment()).data[0].meta["follow"]["z"]
    assert "checkpoint" in v8.call("dependencies", follow)
    assert "checkpoint" in v8.call("dependencies", {"by_checkpoint": [["a", "b"]]})
    nested = v8.call("dependencies", {"by_checkpoint": [[{"label": "event"}]]})
    assert {"checkpoint", "step"} <= set(nested)
    assert "checkpoint" not in v8.call("dependencies", {"array": "forget_gate", "select": "window"})


@pytest.mark.parametrize(("checkpoint", "training"), [(0, 0), (2, 1), (99, 7)])
def test_a_checkpoint_that_is_not_there_becomes_the_last(checkpoint, training, viewport: Viewport, v8: Player):
    v8.receive(pack(viewport, Moment(), charts=[], view="v", id="v", momentKey="v"))
    asked = Moment(checkpoint=checkpoint, training=training)
    here = clamp_moment(asked, viewport)
    assert (here.checkpoint, here.training) == (min(checkpoint, 2), min(training, 1))
    there = v8.run(f"clampMoment({{...{_json(asked)}}}, viewport)")
    assert (there["checkpoint"], there["training"]) == (here.checkpoint, here.training)


def _json(moment: Moment) -> str:
    return "{" + ",".join(f"{name}:{value}" for name, value in vars(moment).items()) + "}"
