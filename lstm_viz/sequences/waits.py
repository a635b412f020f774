"""One letter, a wait, and the question: the same wait after each letter, so that states can be compared."""

from __future__ import annotations

import numpy as np

from lstm_viz.sequences.batches import SequenceBatch
from lstm_viz.sequences.tasks import DISTRACTORS, LETTERS, RECALL_SYMBOLS


def same_wait(delay: int, seed: int = 0) -> SequenceBatch:
    """One sequence a letter, (delay + 2) steps of the recall task; what comes between is the same in all.

    The first waiting steps of a longer delay are those of a shorter one.

    >>> "".join(same_wait(3).step_labels[:, 0])[0], "".join(same_wait(3).step_labels[-1])
    ('A', '???')
    """
    random = np.random.default_rng(seed)
    wait = random.choice([*DISTRACTORS, "·", "·"], size=max(delay, 200))[:delay]
    labels = np.array([[letter, *wait, "?"] for letter in LETTERS]).T
    return SequenceBatch(
        values=(labels[..., None] == np.array(RECALL_SYMBOLS)).astype(np.float32),
        names=RECALL_SYMBOLS,
        lengths=np.full(len(LETTERS), len(labels)),
        sequence_names=tuple(f"{letter} first" for letter in LETTERS),
        offset=np.zeros(len(RECALL_SYMBOLS)),
        scale=np.ones(len(RECALL_SYMBOLS)),
        step_labels=labels,
    )
