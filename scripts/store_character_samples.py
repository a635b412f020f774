"""Store what the character model wrote while it learned: `python -m scripts.store_character_samples`. Two minutes.

The training of `scripts/train_characters.py` is run again with its seed, and has to end with the bundled weights to the
last bit. Of the checkpoints on its way the numbers are stored with 16 bits, and the samples are made from what is
stored.
"""

from __future__ import annotations

import torch
from safetensors.torch import save

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
    checkpoint,
    closes_bracket,
    guess_text,
    store_samples,
    write_text,
)
from lstm_viz.bundled.characters import character_score, held_out_text
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


def main() -> None:
    store_checkpoints()
    text = bundled_text()[: len(held_out_text().values)]
    start = text.index(OPENING) + len(OPENING)
    store_samples([samples_at(updates, text[start : start + LENGTH]) for updates in UPDATES])


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
