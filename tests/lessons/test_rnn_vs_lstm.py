"""The lesson that sets RNNs beside an LSTM: what it says holds at every wait, measured again with torch alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
import torch

from lstm_viz.analysis.comparison import nearest_distances, separation
from lstm_viz.analysis.gradients import step_factors
from lstm_viz.bundled.delays import DELAYS, GRADIENT_DELAY, NETWORKS, delay_network, delay_study
from lstm_viz.lessons.page_text import lesson_items
from lstm_viz.lessons.rnn_vs_lstm import average_factor, same_from, small, times_closer
from lstm_viz.lessons.sections import section
from lstm_viz.sequences.tasks import LETTERS, RECALL_SYMBOLS, recall_at_delay
from lstm_viz.ui.lessons.contents import rnn_vs_lstm
from lstm_viz.ui.lessons.rnn_vs_lstm import delay_runs

RIGHT = "".join(LETTERS)
WAITS = range(1, DELAYS[-1] + 1)


def said_at(delay: int) -> list[dict]:
    """The items of the lesson's text at a wait."""
    content = rnn_vs_lstm(delay)
    at = content.default_moment
    view = content.lesson_view("rnn_vs_lstm")
    return lesson_items(
        section("rnn_vs_lstm"), view, at, content.look, content.ask, content.words, truths=content.truths
    )


def text_of(item: dict) -> str:
    return re.sub(r"<[^>]*>", "", item["html"]).strip()


@cache
def answers(name: str, delay: int) -> str:
    """What a network answers, by torch alone."""
    with torch.inference_mode():
        scores = delay_network(name)(torch.from_numpy(recall_at_delay(delay).values))[0][-1]
    return "".join(LETTERS[k] for k in scores.argmax(dim=-1))


@cache
def gradient(name: str, delay: int, trained: bool) -> float:
    """Size of d(last state)/d(state after the letter) by autograd, over that of the identity, its mean over letters."""
    network = delay_network(name, trained).double()
    x = torch.from_numpy(recall_at_delay(delay).values).double()
    sizes = []
    for letter in range(len(LETTERS)):
        own = x[:, letter : letter + 1]
        _, state = network.recurrent(own[:1])
        parts = state if isinstance(state, tuple) else (state,)

        def last(flat: torch.Tensor, own=own, parts=parts) -> torch.Tensor:
            given = tuple(part.reshape(1, 1, -1) for part in flat.chunk(len(parts)))
            _, after = network.recurrent(own[1:], given if len(parts) > 1 else given[0])
            return torch.cat([part.flatten() for part in (after if isinstance(after, tuple) else (after,))])

        flat = torch.cat([part.flatten() for part in parts]).detach()
        jacobian = torch.autograd.functional.jacobian(last, flat)
        sizes.append(float(jacobian.norm()) / len(flat) ** 0.5)
    return float(np.mean(sizes))


def distance(name: str, delay: int) -> float:
    """How far apart the two most alike of the last memories lie, against those after the letter."""
    memory = delay_runs(delay).networks[name].trace.layers[0].memory.astype(float)
    apart = [
        min(np.linalg.norm(states[a] - states[b]) for a, b in ((0, 1), (0, 2), (1, 2)))
        for states in (memory[0], memory[-1])
    ]
    return apart[1] / apart[0]


def letter_share(delay: int) -> float:
    layer = delay_runs(delay).networks["lstm"].trace.layers[0]
    forget, learned = layer.forget_gate.astype(float), layer.learned.astype(float)
    left = np.array([np.abs(learned[k] * forget[k + 1 :].prod(axis=0)).sum(axis=1) for k in range(len(forget))])
    return float((left[0] / left.sum(axis=0)).min())


def first_wrong() -> int:
    return next(delay for delay in WAITS if answers("rnn", delay) != RIGHT)


def perfect(name: str) -> str:
    scores = delay_study().kinds[name].accuracy
    whole = int((scores == 1).all(axis=1).sum())
    return "none" if whole == 0 else "all" if whole == len(scores) else str(whole)


def others_right(delay: int) -> bool:
    return answers("lstm", delay) == answers("identity", delay) == RIGHT


#: Every sentence that says something of the runs, by a pattern, and what must hold of them.
CLAIMS: dict[str, Callable[..., bool]] = {
    r"All three are right here\.": lambda d: all(answers(name, d) == RIGHT for name in NETWORKS),
    r"After (\d+) steps? the random RNN answers (\w), (\w), (\w)\.": lambda d, wait, *said: (
        int(wait) == d and "".join(said) == answers("rnn", d) != RIGHT and others_right(d)
    ),
    r"Two of its memories are now the same, but for rounding\.": lambda d: distance("rnn", d) < 4e-7,
    r"Two of its memories are now ([\d,]+) times closer than at first\.": lambda d, times: (
        times == times_closer(distance("rnn", d)) and distance("rnn", d) < 0.1
    ),
    r"In the LSTM (\d+) % of the LTM is still what the letter wrote\.": lambda d, share: (
        abs(int(share) - 100 * letter_share(d)) < 0.51 and letter_share(d) > 0.5
    ),
    r"The random RNN is right up to a wait of (\d+) steps, and wrong at (\d+)\.": lambda d, last, first: (
        int(last) + 1 == int(first) == first_wrong()
    ),
    r"It stays wrong at longer waits\.": lambda d: all(
        answers("rnn", later) != RIGHT for later in range(first_wrong(), DELAYS[-1] + 1)
    ),
    r"It is the best of (\d+) random ones, chosen for that\.": lambda d, seeds: (
        int(seeds) == len(delay_study().kinds["rnn"].accuracy)
        and delay_study().kinds["rnn"].accuracy.mean(axis=1).argmax() == delay_study().kinds["rnn"].shown
    ),
    r"Before training it is × ([\d.]+) on average in the random RNN: (\S+) is left at the letter\.": (
        lambda d, factor, left: (
            abs(float(factor) - gradient("rnn", d, False) ** (1 / (d + 1))) < 0.0051
            and left == small(gradient("rnn", d, False))
        )
    ),
    r"The other RNN has (\S+) left, the LSTM (\S+)\. ?": lambda d, other, lstm: (
        other == small(gradient("identity", d, False)) and lstm == small(gradient("lstm", d, False))
    ),
    r"Training hardly feels the letter there\.": lambda d: (
        gradient("rnn", d, False) < 1e-3
        and 10 * gradient("rnn", d, False) < min(gradient("lstm", d, False), gradient("identity", d, False))
    ),
    r"The trained LSTM has (\S+) left: what is kept lets the gradient back\.": lambda d, left: (
        left == small(gradient("lstm", d, True)) and gradient("lstm", d, True) > 0.05 and letter_share(d) > 0.5
    ),
    r"The RNN from the identity has next to none left, and is right: it needed the gradient to learn, not to "
    r"remember\.": lambda d: (
        gradient("identity", d, True) < 1e-3 and answers("identity", d) == RIGHT and distance("identity", d) > 0.5
    ),
    r"Right at every wait, of 5 each: (\w+) of the random RNNs, (\w+) from the identity, (\w+) of the LSTMs\.": (
        lambda d, *counts: counts == tuple(map(perfect, ("rnn", "identity", "lstm")))
    ),
    r"An RNN can learn this, if it starts with care\.": lambda d: (
        (perfect("rnn"), perfect("identity")) == ("none", "all")
    ),
    r"And the gradient at the start does not decide alone: one LSTM without help had (\S+) left after (\d+) steps, and "
    r"learned every wait\.": lambda d, left, wait: (
        left == small(min(alone := delay_study().kinds["lstm without help"].gradients_before))
        and min(alone) < 1e-3
        and int(wait) == GRADIENT_DELAY
        and perfect("lstm without help") == "all"
    ),
    r"The LSTM needs no such care\.": lambda d: perfect("lstm") == perfect("lstm without help") == "all",
    r"Move the wait above the picture from (\d+) to (\d+) and watch the plain RNN's answers\.": lambda d, a, b: (
        int(a) + 1 == int(b) == first_wrong()
    ),
    r"They go from (\w), (\w), (\w) to (\w), (\w), (\w)\.": lambda d, *letters: (
        "".join(letters) == answers("rnn", first_wrong() - 1) + answers("rnn", first_wrong())
    ),
}
#: Those that say nothing of a run: what is shown, what words mean, what to do.
GENERAL = (
    "Each network reads",
    "At “?”",
    "Each has three rows",
    "Strong:",
    "Pale:",
    "At the top is an LSTM",
    "Plain recurrent networks, RNNs",
    "One RNN began",
    "Training makes",
    "So it must know",
    "That is the gradient",
    "Each step back multiplies",
    "Which factor leaves half",
    "Drag the slider",
)


@pytest.mark.parametrize("delay", WAITS)
def test_every_sentence_holds_at_every_wait(delay):
    for item in said_at(delay):
        if "options" in item:
            continue
        left = text_of(item)
        for pattern, holds in CLAIMS.items():
            found = re.search(pattern, left)
            if found:
                assert holds(delay, *found.groups()), found[0]
                left = left.replace(found[0], "")
        for sentence in filter(None, map(str.strip, re.split(r"(?<=[.?])\s+(?=[A-Z])", left))):
            assert sentence.startswith(GENERAL), sentence


def test_every_claim_is_made_at_some_wait():
    """A sentence that no run earns would be a dead one."""
    told = " ".join(text_of(item) for delay in (1, 12, 13, 20, 100) for item in said_at(delay))
    assert [pattern for pattern in CLAIMS if not re.search(pattern, told)] == []


@pytest.mark.parametrize("delay", WAITS)
def test_the_question_has_options_that_are_possible_and_the_right_one_among_them(delay):
    asked = next(item for item in said_at(delay) if "options" in item)
    waits = [int(option.split()[0]) for option in asked["options"]]
    assert waits == sorted(set(waits)) and len(waits) == 3 and set(waits) <= set(WAITS)
    assert waits[asked["right"]] == first_wrong()
    is_wrong = answers("rnn", delay) != RIGHT
    assert f"answers {'wrong' if is_wrong else 'right'} at this wait, {delay} step" in text_of(asked)
    # What is seen on the screen rules out none of them.
    assert all((wait <= delay) == is_wrong for wait in waits)
    for wait, why in zip(waits, asked["why"], strict=True):
        assert (why == "") is (wait == first_wrong())
        assert not why or ", ".join(answers("rnn", wait)) in why
    assert not re.search(r"\b1 steps", f"{text_of(asked)} {asked['reveal']} {asked['options']}")


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("delay", [1, 7, 20, 100])
def test_the_product_of_the_factors_is_the_gradient(name, delay):
    run = delay_runs(delay).networks[name]
    for when, sizes in ((False, run.before), (True, run.after)):
        factors = step_factors(sizes)
        assert sizes.dtype == factors.dtype == np.float64
        assert sizes[0] == pytest.approx(gradient(name, delay, when), rel=1e-6)
        assert np.allclose(np.cumprod(factors[::-1])[::-1], sizes[:-1], rtol=1e-9, atol=0)
        assert average_factor(sizes) ** (delay + 1) == pytest.approx(sizes[0], rel=1e-9)


def test_states_that_differ_by_rounding_alone_are_told_from_those_that_differ():
    apart = delay_runs(100).networks["rnn"].apart
    step = same_from(apart)
    assert step is not None and apart[step - 1] > 3e-7 >= apart[step:].max()
    # Two units in the last place of a number near 1, over the distance after the letter.
    memory = delay_runs(100).networks["rnn"].trace.layers[0].memory
    pairs = [np.abs(memory[step:, a] - memory[step:, b]).max(axis=(0, 1)) for a, b in ((0, 1), (0, 2), (1, 2))]
    assert min(pairs) <= 4 * np.finfo(np.float32).eps
    for name in ("lstm", "identity"):
        assert same_from(delay_runs(100).networks[name].apart) is None


def test_sequences_differ_in_their_letter_alone():
    batch = recall_at_delay(12)
    assert batch.step_labels[0].tolist() == list(LETTERS)
    assert (batch.step_labels[1:] == batch.step_labels[1:, :1]).all()
    assert batch.values.argmax(axis=-1).shape == (14, 3) and batch.values.sum(axis=-1).max() == 1
    assert RECALL_SYMBOLS[int(batch.values[-1, 0].argmax())] == "?"
    longer = recall_at_delay(40)
    assert (longer.step_labels[:13] == batch.step_labels[:13]).all()


def test_separation_is_the_smallest_distance_over_pairs():
    states = np.random.default_rng(0).normal(size=(5, 3, 4))
    by_hand = [min([np.linalg.norm(s[a] - s[b]) for a, b in ((0, 1), (0, 2), (1, 2))]) for s in states]
    assert np.allclose(separation(states), np.array(by_hand) / by_hand[0])


def test_the_least_of_the_nearest_distances_is_the_separation_where_all_begin_alike_far_apart():
    corners = np.array([[0.0, 0.0], [1.0, 0.0], [0.5, 3**0.5 / 2]])
    states = np.concatenate([corners[None], np.random.default_rng(1).normal(size=(5, 3, 2))])
    assert np.allclose(nearest_distances(states).min(axis=1), separation(states))
