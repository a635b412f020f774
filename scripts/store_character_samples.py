"""Store what the character model wrote while it learned: `python -m scripts.store_character_samples`. Two minutes.

The training of `scripts/train_characters.py` is run again with its seed, and has to end with the bundled weights to the
last bit. Of the checkpoints on its way the numbers are stored with 16 bits, and the samples are made from what is
stored.
"""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float
from safetensors.torch import save

from lstm_viz.analysis.truncated_bptt import gradient_norms
from lstm_viz.bundled.cards import read_card
from lstm_viz.bundled.character_samples import (
    CHECKPOINTS,
    DRAWS,
    DRAWS_TEMPERATURE,
    LENGTH,
    MODEL,
    OPENING,
    SAMPLE_SEED,
    SEED,
    TEMPERATURES,
    UPDATES,
    CheckpointSamples,
    TextSample,
    checkpoint,
    closes_bracket,
    store_samples,
)
from lstm_viz.bundled.characters import character_score, held_out_text, one_hot
from lstm_viz.fitting.network import Network
from lstm_viz.sequences.examples import bundled_text
from scripts.train_characters import train_network


def store_checkpoints() -> None:
    card = read_card(MODEL)
    network = Network(card.variant, len(card.features), card.hidden, len(card.features), SEED)
    kept: dict[str, torch.Tensor] = {}

    def keep(updates: int) -> None:
        if updates in UPDATES[1:-1]:
            parts = network.state_dict().items()
            kept.update({f"{updates}.{name}": part.half().contiguous() for name, part in parts})

    train_network(network, keep)
    bundled = checkpoint(UPDATES[-1]).state_dict()
    different = [name for name, part in network.state_dict().items() if not torch.equal(part, bundled[name])]
    if different:
        raise SystemExit(f"This training ends with other weights than the bundled ones: {', '.join(different)}.")
    metadata = {"training": f"scripts/train_characters.py, seed {SEED}, after {UPDATES[1:-1]} updates, in 16 bits"}
    CHECKPOINTS.write_bytes(save(kept, metadata=metadata))


def samples_at(updates: int, truth: str) -> CheckpointSamples:
    network = checkpoint(updates)
    samples = [guess_text(network, truth), *(write_text(network, each, SAMPLE_SEED) for each in TEMPERATURES)]
    draws = [write_text(network, DRAWS_TEMPERATURE, seed, felt=False) for seed in range(DRAWS)]
    closed = sum(closes_bracket(draw.text) for draw in draws)
    score = character_score(network.recurrent, network.head)
    print(
        updates, f"{score.value:.3f}", f"{closed} of {DRAWS} closed", *(repr(each.text) for each in samples), sep="\n  "
    )
    return CheckpointSamples(updates, round(score.value, 4), closed, samples)


def guess_text(network: Network, truth: str) -> TextSample:
    """The network reads the opening and the true text, and guesses each of its characters (teacher forcing)."""
    names = read_card(MODEL).features
    odds = _odds(network, OPENING + truth, 1.0)[len(OPENING) - 1 : -1]
    guesses = "".join(names[place] for place in odds.argmax(axis=-1))
    felt = [felt_shares(network, OPENING + truth[:place], guess) for place, guess in enumerate(guesses)]
    return TextSample(None, truth, guesses, _whole_percent(odds.max(axis=-1)), felt)


def write_text(network: Network, temperature: float, seed: int, *, felt: bool = True) -> TextSample:
    """The network reads the opening, then what it draws itself, at a temperature; the same seed draws the same."""
    names, random = read_card(MODEL).features, np.random.default_rng(seed)
    text, chances, state, read = "", [], None, OPENING
    with torch.inference_mode():
        for _ in range(LENGTH):
            scores, state = network(torch.from_numpy(one_hot(read, names)), state)
            odds = (scores[-1, 0].double() / temperature).softmax(-1).numpy()
            place = int(random.choice(len(names), p=odds))
            read = names[place]
            text += read
            chances.append(odds[place])
    shares = [felt_shares(network, OPENING + text[:place], guess) for place, guess in enumerate(text)] if felt else []
    return TextSample(temperature, text, text, _whole_percent(np.array(chances)), shares)


def felt_shares(network: Network, text: str, guess: str) -> list[int]:
    """How much each character of a text was felt by the guess after it, in whole per cent, from the last one back.

    That is the norm of the gradient of the guess's log-probability by the character, as a share of all of them;
    those further back than the last that has half a per cent are left out.
    """
    names = read_card(MODEL).features
    target = np.array([names.index(guess)])
    norms = gradient_norms(network.recurrent, network.head, one_hot(text, names), target, len(text))[:, 0]  # type: ignore[arg-type]
    shares = _whole_percent(norms / norms.sum())
    return shares[: max((back for back, share in enumerate(shares, start=1) if share), default=0)]


def _odds(network: Network, text: str, temperature: float) -> Float[np.ndarray, "steps classes"]:
    with torch.inference_mode():
        scores = network(torch.from_numpy(one_hot(text, read_card(MODEL).features)))[0][:, 0]
        odds: np.ndarray = (scores.double() / temperature).softmax(-1).numpy()
    return odds


def _whole_percent(shares: np.ndarray) -> list[int]:
    return [int(share) for share in np.floor(100 * shares + 0.5)]


def main() -> None:
    store_checkpoints()
    text = bundled_text()[: len(held_out_text().values)]
    start = text.index(OPENING) + len(OPENING)
    store_samples([samples_at(updates, text[start : start + LENGTH]) for updates in UPDATES])


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
