"""The stored checkpoints are those of the bundled model's training, and the lesson's numbers are what torch gives."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from lstm_viz.bundled.models import load_bundled
from lstm_viz.bundled.recall_checkpoints import recall_checkpoints
from lstm_viz.fitting.network import Network
from lstm_viz.lessons.recall_training import CheckpointRuns, questions_of, run_checkpoints
from lstm_viz.sequences import load_example
from lstm_viz.sequences.tasks import LETTERS
from scripts.train_recall import SEEDS

BATCH = load_example("recall")
PLACES = [(bias, checkpoint) for bias in (0, 1) for checkpoint in range(6)]


@pytest.fixture(scope="module")
def runs() -> CheckpointRuns:
    return run_checkpoints(BATCH)


def test_the_last_checkpoint_with_the_usual_bias_is_the_bundled_model_to_the_bit():
    stored = recall_checkpoints()
    last, bundled = stored.network(1, len(stored.updates) - 1), load_bundled("recall")
    for own, other in ((last.recurrent, bundled.module), (last.head, bundled.head)):
        assert all(torch.equal(own.state_dict()[name], part) for name, part in other.state_dict().items())


@pytest.mark.parametrize("bias", [0, 1])
def test_the_first_checkpoint_is_a_new_network_of_the_bundled_models_seed(bias: int):
    new = Network("standard", 7, 8, len(LETTERS), SEEDS["standard"], forget_bias=bias).state_dict()
    found = recall_checkpoints().network(bias, 0).state_dict()
    assert all(torch.equal(found[name], part) for name, part in new.items())


@pytest.mark.parametrize(("bias", "checkpoint"), PLACES)
def test_gates_and_answers_are_those_of_torchs_own_forward(bias: int, checkpoint: int, runs: CheckpointRuns):
    network = recall_checkpoints().network(bias, checkpoint)
    lstm, x = network.recurrent, torch.from_numpy(BATCH.values)
    hidden, _ = lstm(x)
    before = torch.cat([torch.zeros_like(hidden[:1]), hidden[:-1]])
    sums = x @ lstm.weight_ih_l0.T + before @ lstm.weight_hh_l0.T + lstm.bias_ih_l0 + lstm.bias_hh_l0
    ignore, forget = torch.sigmoid(sums)[..., :8].numpy(), torch.sigmoid(sums)[..., 8:16].numpy()
    assert np.abs(runs.forget_gate[bias, checkpoint] - forget).max() < 1e-6
    assert np.abs(runs.input_gate[bias, checkpoint] - ignore).max() < 1e-6
    said = network.head(hidden).argmax(dim=-1).numpy()
    right = [said[asked.step, asked.sequence] == asked.letter for asked in questions_of(BATCH.step_labels)]
    assert runs.right[bias, checkpoint].tolist() == right


def test_the_gradient_left_at_a_letter_is_autograds(runs: CheckpointRuns):
    asked = questions_of(BATCH.step_labels)
    for bias, checkpoint in ((0, 0), (1, 2)):
        network = recall_checkpoints().network(bias, checkpoint)
        lstm = network.recurrent.double()
        cells = torch.nn.LSTMCell(7, 8).double()
        cells.load_state_dict({name.removesuffix("_l0"): part for name, part in lstm.state_dict().items()})
        for place, question in enumerate(asked):
            state = (torch.zeros(1, 8).double(), torch.zeros(1, 8).double())
            memories = {}
            for step in range(question.step + 1):
                hidden, cell = cells(torch.from_numpy(BATCH.values[step, [question.sequence]]).double(), state)
                cell.retain_grad()
                memories[step], state = cell, (hidden, cell)
            hidden.norm().backward()
            sizes = [memories[step].grad.norm().item() for step in (question.letter_step, question.step)]
            assert runs.shares[bias, checkpoint, place] == pytest.approx(sizes[0] / sizes[1], rel=1e-3)


def test_every_seed_that_was_trained_tells_the_same():
    stored = recall_checkpoints()
    assert len(stored.results) == 8
    at = stored.updates.index(100)
    for name, found in stored.results.items():
        assert found["right"][at:] == [1.0] * (len(stored.updates) - at), name
        assert found["right"][0] < 0.4, name
        # By then the forget gate keeps in the waits, and the input gate still lets much in; it shuts in the end.
        assert found["f at waits"][at] > 0.7 and 0.3 < found["i at waits"][at] < 0.5, name
        assert found["i at waits"][-1] < 0.05, name
        assert found["f at waits"][0] == pytest.approx(0.73 if "+1" in name else 0.5, abs=0.08), name
