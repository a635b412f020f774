"""Embeddings and heads round an LSTM compute what torch's own layers do."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from lstm_viz.checkpoints.apply_layers import apply_linear, column_ids, embed, token_ids
from lstm_viz.checkpoints.contents import AdjacentLayer
from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.vocabulary import Vocabulary
from lstm_viz.sequences import read_sequence

LETTERS = Vocabulary(tuple("abc"))


def test_a_text_goes_through_the_embedding_as_in_torch():
    torch.manual_seed(0)
    embedding, batch = nn.Embedding(3, 4), read_sequence("abcacbaabc", rows=2)
    ids, tokens = token_ids(batch, LETTERS)
    assert tokens == [list("abcac"), list("baabc")]
    given = embed(batch, ids, embedding.weight.detach().numpy(), tokens)
    assert np.array_equal(given.values, embedding(torch.tensor(ids)).detach().numpy())
    assert given.step_labels[:, 1].tolist() == list("baabc")


def test_words_are_fewer_steps_than_characters():
    words = Vocabulary(("<unk>", "snow", "melts"))
    batch = read_sequence("snow melts, snow stays", rows=1)
    ids, tokens = token_ids(batch, words)
    given = embed(batch, ids, np.eye(3), tokens)
    assert given.lengths.tolist() == [5] and ids[:, 0].tolist() == [1, 2, 0, 1, 0]
    assert given.step_labels[:, 0].tolist() == ["snow", "melts", ",", "snow", "stays"]


@pytest.mark.parametrize("standardise", [True, False])
def test_a_column_of_ids_is_read_back_whole(standardise):
    numbers = np.random.default_rng(0).integers(0, 30_000, 200)
    batch = read_sequence("\n".join(map(str, numbers)), standardise=standardise)
    assert np.array_equal(column_ids(batch, batch.names[0], 30_000)[:, 0], numbers)


def test_what_is_no_id_is_named_with_its_step():
    batch = read_sequence("1\n2\n3.5\n4", standardise=False)
    with pytest.raises(CheckpointError, match=r"is 3\.5 at step 3; an id is a whole number from 0 to 8\."):
        column_ids(batch, batch.names[0], 9)
    with pytest.raises(CheckpointError, match="is 4 at step 4"):
        column_ids(read_sequence("1\n2\n3\n4", standardise=False), batch.names[0], 4)


@pytest.mark.parametrize("bias", [True, False])
def test_a_head_computes_what_torchs_linear_does(bias):
    torch.manual_seed(0)
    linear, output = nn.Linear(5, 3, bias=bias), torch.randn(7, 2, 5)
    parts = {name: part.detach().numpy() for name, part in linear.named_parameters()}
    found = apply_linear(AdjacentLayer("head", "linear", parts["weight"], {}, parts.get("bias")), output.numpy())
    assert np.allclose(found, linear(output).detach().numpy(), atol=1e-6)
