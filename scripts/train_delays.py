"""Train LSTMs and plain RNNs on one task with long waits: `python -m scripts.train_delays`. Ten minutes on one core.

A letter comes, then 1 to 100 blanks and distractors, then the question, and only the answer to the question counts:
whatever tells a network to keep the letter has to come back over the whole wait. Every network has 8 units and learns
from the same 3,000 batches. Four kinds are trained, five seeds of each (`KINDS`), and all of what was measured is
written: what the lesson reads stands in `delays.json` and in two files of weights of each kind that it shows, those
before training and those after it. `python -m scripts.train_delays rnn identity` trains some kinds and leaves the rest.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from copy import deepcopy
from typing import Any, NamedTuple

import numpy as np
import torch
from safetensors.torch import save

import lstm_viz
from lstm_viz.analysis.gradients import state_gradients
from lstm_viz.analysis.memory_attribution import first_step_share
from lstm_viz.bundled.cards import DATA_FOLDER
from lstm_viz.bundled.delays import DELAYS, GRADIENT_DELAY, NETWORKS, accuracy, answers_at_delay, delay_examples
from lstm_viz.fitting.network import Network
from lstm_viz.fitting.training import mean_input_gate, recurrent_l1, train_on_batches
from lstm_viz.sequences.tasks import LETTERS, RECALL_SYMBOLS, recall_at_delay
from lstm_viz.traces import Variant

HIDDEN, UPDATES, BATCH, SEEDS, LONGEST = 8, 3000, 64, 5, 100
RNN_RATES = (0.01, 0.003, 0.001)
TRAINING = (
    f"{UPDATES:,} batches of {BATCH} sequences with waits of 1 to {LONGEST} steps, {SEEDS} seeds of each kind; only "
    "the answer to the question is scored. Of several learning rates the one that did best for a seed counts."
)


def charge(network: Network) -> torch.Tensor:
    """A penalty for recurrent weights and for an input gate that opens at anything but a letter.

    An LSTM without it answers as well, but writes the letter anew at each step; with it, it writes once and keeps.
    """
    not_letters = torch.eye(len(RECALL_SYMBOLS))[len(LETTERS) :]
    return 0.003 * recurrent_l1(network) + 0.3 * mean_input_gate(network, not_letters)


def without_forget_bias(network: Network) -> None:
    """Takes back the 1 that `Network` adds to the forget gates' bias."""
    network.recurrent.get_parameter("bias_ih_l0")[HIDDEN : 2 * HIDDEN] -= 1


def at_identity(network: Network) -> None:
    """Recurrent weights that hand the state on as it is, and input weights 0.3 times as large as drawn.

    Le, Jaitly & Hinton (2015), "A simple way to initialize recurrent networks of rectified linear units", begin so,
    with other units.
    """
    network.recurrent.get_parameter("weight_hh_l0").copy_(torch.eye(HIDDEN))
    network.recurrent.get_parameter("weight_ih_l0").mul_(0.3)


class Kind(NamedTuple):
    """One kind of network and how it is trained; `shown` says which seed's network is bundled."""

    cell: Variant
    start: str
    shown: str
    rates: tuple[float, ...]
    begin: Callable[[Network], None] | None = None
    penalty: Callable[[Network], torch.Tensor] | None = None


KINDS = {
    "lstm": Kind(
        "standard",
        "random numbers",
        "the seed whose long-term memory after 100 steps is most of all what the letter wrote",
        (0.01,),
        penalty=charge,
    ),
    "lstm without help": Kind("standard", "random numbers", "", (0.01,), begin=without_forget_bias),
    "rnn": Kind("rnn", "random numbers", "the seed that answers right most often", RNN_RATES),
    "identity": Kind(
        "rnn",
        "the identity; input × 0.3",
        "the first seed of those that answer right most often",
        RNN_RATES,
        begin=at_identity,
    ),
}


class Run(NamedTuple):
    """One training run: the network before and after it, its learning rate, and its accuracy after each delay."""

    untrained: Network
    network: Network
    rate: float
    scores: list[float]


def trained(kind: Kind, seed: int, rate: float) -> Run:
    """A training run."""
    before, network = (untrained(kind, seed) for _ in range(2))
    waits = np.random.default_rng(1).integers(1, LONGEST + 1, size=UPDATES)
    train_on_batches(
        network,
        lambda step: delay_examples(int(waits[step]), BATCH, 1000 + step),
        UPDATES,
        rate=rate,
        penalty=kind.penalty,
    )
    network.eval().requires_grad_(False)
    return Run(before, network, rate, [round(accuracy(network, delay), 4) for delay in DELAYS])


def untrained(kind: Kind, seed: int) -> Network:
    """A network as its training begins."""
    network = Network(kind.cell, len(RECALL_SYMBOLS), HIDDEN, len(LETTERS), seed)
    if kind.begin is not None:
        with torch.no_grad():
            kind.begin(network)
    return network


def best(name: str, seed: int) -> Run:
    """The run at the best of the learning rates, by mean accuracy over all delays."""
    runs = []
    for rate in KINDS[name].rates:
        runs.append(trained(KINDS[name], seed, rate))
        print(name, seed, rate, runs[-1].scores, flush=True)
    return max(runs, key=lambda run: np.mean(run.scores))


def gradient_at_letter(network: Network, delay: int = GRADIENT_DELAY) -> float:
    """The gradient of the last state by that after the letter, in float64, the mean over the letters."""
    layer = deepcopy(network.recurrent).double().requires_grad_(False)
    trace = lstm_viz.trace(layer, recall_at_delay(delay).values, check=False)
    return float(f"{state_gradients(trace.layers[0])[0].mean():.3e}")


def study(name: str) -> dict[str, Any]:
    """Trains all seeds of a kind, saves the network that is shown, and returns what was measured."""
    kind, runs = KINDS[name], [best(name, seed) for seed in range(SEEDS)]
    found: dict[str, Any] = {
        "cell": kind.cell,
        "start": kind.start,
        "units": HIDDEN,
        "numbers trained": sum(part.numel() for part in runs[0].network.parameters()),
        "forget bias": None if kind.cell == "rnn" else 0 if kind.begin is without_forget_bias else 1,
        "charge on recurrent weights": kind.penalty is not None,
        "rates tried": kind.rates,
        "rates": [run.rate for run in runs],
        "accuracy": [run.scores for run in runs],
        "gradients before": [gradient_at_letter(run.untrained) for run in runs],
    }
    if name in NETWORKS:
        shown = _shown(name, runs)
        for suffix, network in (("", runs[shown].network), ("-start", runs[shown].untrained)):
            weights = {key: part.detach().contiguous() for key, part in network.state_dict().items()}
            metadata = {"trained": f"seed {shown}, {TRAINING}" if not suffix else f"seed {shown}, not trained"}
            (DATA_FOLDER / f"delays-{name}{suffix}.safetensors").write_bytes(save(weights, metadata=metadata))
        answers = [answers_at_delay(runs[shown].network, delay) for delay in range(1, LONGEST + 1)]
        found |= {"shown": shown, "why shown": kind.shown, "answers": answers}
    return found


def _shown(name: str, runs: list[Run]) -> int:
    if name == "lstm":
        values = recall_at_delay(LONGEST).values
        return int(
            np.argmax([first_step_share(lstm_viz.trace(run.network.recurrent, values).layers[0]) for run in runs])
        )
    return int(np.argmax([np.mean(run.scores) for run in runs]))


def main() -> None:
    path = DATA_FOLDER / "delays.json"
    stored: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    kinds = stored.get("kinds", {}) | {name: study(name) for name in sys.argv[1:] or KINDS}
    ordered = {name: kinds[name] for name in KINDS if name in kinds}
    written = {"delays": DELAYS, "training": TRAINING, "made by": "python -m scripts.train_delays", "kinds": ordered}
    path.write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
