"""Held-out scores of the bundled models on made-up tasks, each with a simple baseline."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from lstm_viz.fitting.scores import Score
from lstm_viz.sequences.tasks import LETTERS, TaskBatch, adding, brackets, recall

#: Training draws its sequences with seeds from 1000 on; held-out ones have this seed.
HELD_OUT_SEED = 7


def recall_held_out() -> TaskBatch:
    """500 sequences of 48 steps, twice as long as a screen shows."""
    return recall(500, 48, seed=HELD_OUT_SEED)


def brackets_held_out() -> TaskBatch:
    """500 sequences of 48 characters."""
    return brackets(500, 48, seed=HELD_OUT_SEED)


def adding_held_out() -> TaskBatch:
    """500 sequences of 24 steps."""
    return adding(500, 24, seed=HELD_OUT_SEED)


def recall_score(module: nn.Module, head: nn.Linear, task: TaskBatch) -> Score:
    """Accuracy at the questions, with chance as baseline."""
    right = head_outputs(module, head, task.inputs).argmax(-1) == task.targets
    return Score(
        "questions answered right", float(right[task.target_mask].mean()), 1 / len(LETTERS), "guessing", share=True
    )


def brackets_score(module: nn.Module, head: nn.Linear, task: TaskBatch) -> Score:
    """Accuracy of the rounded depth over all steps, with the most frequent depth as baseline."""
    depth = head_outputs(module, head, task.inputs)[..., 0].round()
    commonest = np.bincount(task.targets.astype(int).ravel()).max() / task.targets.size
    name = "always saying the commonest depth"
    return Score("depths said right", float((depth == task.targets).mean()), float(commonest), name, share=True)


def adding_score(module: nn.Module, head: nn.Linear, task: TaskBatch) -> Score:
    """Mean absolute error of the final sum, with always answering 1, the mean of all sums, as baseline."""
    wanted = task.targets[task.target_mask]
    error = np.abs(head_outputs(module, head, task.inputs)[..., 0][task.target_mask] - wanted).mean()
    return Score("mean error of the sum", float(error), float(np.abs(wanted - 1).mean()), "always saying 1")


def head_outputs(module: nn.Module, head: nn.Linear, inputs: np.ndarray) -> np.ndarray:
    """The head's outputs at every step, (time, batch, outputs)."""
    with torch.no_grad():
        return head(module(torch.from_numpy(inputs))[0]).numpy()
