"""The counts with a gate held are those of a run stepped here by torch alone, gate by gate."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from lstm_viz.bundled import load_bundled
from lstm_viz.bundled.held_gates import HELD_VALUES, held_gate_outcomes
from lstm_viz.bundled.perturbed_learning import AMOUNT, FIRST_KEPT, SEQUENCE, STEP, perturbed_learning
from lstm_viz.sequences.examples import example_task, load_example

PLACES = {"input_gate": 0, "forget_gate": 1, "output_gate": 3}


def stepped(
    key: str, inputs: np.ndarray, held: tuple[str, float] | None = None, more: tuple[int, int, int] | None = None
):
    """The scores of the model's head and every LTM, in float64, with a gate held; `more`: step, sequence and unit at
    which AMOUNT more is learned."""
    model = load_bundled(key)
    module = model.module.double()
    course = hasattr(module, "bias_l0")
    bias = module.bias_l0 if course else module.bias_ih_l0 + module.bias_hh_l0
    batch, hidden_size = inputs.shape[1], module.hidden_size
    hidden = cell = torch.zeros(batch, hidden_size, dtype=torch.float64)
    outputs, cells = [], []
    for step, event in enumerate(torch.tensor(inputs, dtype=torch.float64)):
        sums = (event @ module.weight_ih_l0.T + hidden @ module.weight_hh_l0.T + bias).chunk(4, 1)
        gates = [sums[0].sigmoid(), sums[1].sigmoid(), sums[2].tanh(), sums[3].sigmoid()]
        if held:
            gates[PLACES[held[0]]] = torch.full_like(gates[0], held[1])
        kept, learned = gates[1] * cell, gates[0] * gates[2]
        if more and more[0] == step:
            learned[more[1], more[2]] += AMOUNT
        cell = kept + learned
        offered = kept @ module.weight_readout_l0.T + module.bias_readout_l0 if course else cell
        hidden = gates[3] * offered.tanh()
        outputs.append(hidden)
        cells.append(cell)
    states = torch.stack(outputs)
    return model.head.double()(states).numpy(), torch.stack(cells).numpy(), states.numpy()


@pytest.mark.parametrize("key", ["recall", "recall-course", "brackets"])
@pytest.mark.parametrize("gate", PLACES)
def test_right_answers_are_counted_as_torch_gives_them(key, gate):
    found = held_gate_outcomes(key)
    task = example_task(load_bundled(key).card.example)
    for place, value in enumerate(HELD_VALUES):
        scores, cells, _ = stepped(key, task.inputs, (gate, value))
        said = scores.argmax(axis=-1) if key != "brackets" else scores[..., 0].round()
        right = (said == task.targets)[task.target_mask]
        outcome = found.outcomes[gate][place]
        assert outcome.score == right.sum()
        asked = np.argwhere(task.target_mask)
        assert outcome.place == (None if right.all() else tuple(asked[np.flatnonzero(~right)[0]]))
        if outcome.place:
            assert outcome.memory[1] == pytest.approx(cells[(*outcome.place, outcome.unit)], abs=2e-4)
    assert found.total == task.target_mask.sum()


def test_the_lessons_numbers_for_delayed_recall():
    outcomes = held_gate_outcomes("recall").outcomes
    scores = {gate: [each.score for each in found] for gate, found in outcomes.items()}
    assert [scores["forget_gate"][place] for place in (0, 5, 9, 10)] == [5, 5, 11, 10]
    assert scores["input_gate"][10] == 7
    assert scores["output_gate"][0] == 5
    hidden = outcomes["output_gate"][0]
    assert hidden.memory_change < 0.001  # its recurrent weights are next to nothing
    assert hidden.memory[0] == pytest.approx(hidden.memory[1], abs=1e-3)
    _, cells, _ = stepped("recall", example_task("recall").inputs, ("output_gate", 0.0))
    assert cells[15, 0, 6] == pytest.approx(0.57, abs=5e-3)


@pytest.mark.parametrize("gate", PLACES)
def test_the_error_of_the_sum_is_as_torch_gives_it(gate):
    found, task = held_gate_outcomes("adding"), example_task("adding")
    for place in (0, 5, 10):
        scores, _, _ = stepped("adding", task.inputs, (gate, HELD_VALUES[place]))
        errors = np.abs(scores[..., 0] - task.targets)[task.target_mask]
        assert found.outcomes[gate][place].score == pytest.approx(errors.mean(), abs=2e-4)
        assert found.outcomes[gate][place].place[1] == errors.argmax()


def test_the_next_characters_guessed_right_are_as_torch_gives_them():
    """As trained, over the whole text by torch's own layer; with the gate held until one is lost."""
    batch = load_example("python")
    found, model = held_gate_outcomes("characters"), load_bundled("characters")
    assert tuple(model.labels) == tuple(batch.names)
    following = batch.values[1:, 0].argmax(axis=-1)
    said = model.head(model.module(torch.tensor(batch.values))[0])[:-1, 0].argmax(dim=-1).numpy()
    assert found.as_trained == (said == following).sum()
    assert found.total == len(following)
    scores, _, _ = stepped("characters", batch.values[:100], ("forget_gate", 0.0))
    lost = (said == following)[:99] & (scores[:-1, 0].argmax(axis=-1) != following[:99])
    assert found.outcomes["forget_gate"][0].place == (np.flatnonzero(lost)[0], 0)


def test_a_plain_rnn_has_no_gate_to_hold():
    assert held_gate_outcomes("recall-rnn") is None


@pytest.mark.parametrize(("variant", "key"), [("standard", "recall"), ("course", "recall-course")])
def test_more_learned_changes_stm_as_torch_gives_it(variant, key):
    found, inputs = perturbed_learning()[variant], example_task("recall").inputs
    before, after = (stepped(key, inputs, more=more)[2] for more in (None, (STEP, SEQUENCE, found.unit)))
    steps = slice(FIRST_KEPT, FIRST_KEPT + len(found.changes))
    np.testing.assert_allclose(found.changes, (after - before)[steps, SEQUENCE], atol=1e-7)
    assert found.first_step == STEP + (variant == "course")
