"""Vocabulary files of every common form give the ids that their own libraries would."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.vocabulary import Vocabulary, byte_vocabulary, read_vocabulary

TOKENS = st.lists(st.text(st.characters(categories=["L"]), min_size=1, max_size=6), min_size=2, max_size=9, unique=True)
FORMS = {
    "ids by token": lambda tokens: {token: k for k, token in enumerate(tokens)},
    "tokens by id": lambda tokens: {str(k): token for k, token in enumerate(tokens)},
    "list": lambda tokens: tokens,
    "tokenizer.json": lambda tokens: {"version": "1.0", "model": {"vocab": {t: k for k, t in enumerate(tokens)}}},
    "Keras": lambda tokens: {"config": {"word_index": json.dumps({t: k for k, t in enumerate(tokens)})}},
}


@given(TOKENS, st.sampled_from(sorted(FORMS)), st.integers(0, 3))
def test_every_form_gives_each_token_its_id(tokens, form, more):
    vocabulary = read_vocabulary(json.dumps(FORMS[form](tokens)).encode(), len(tokens) + more)
    assert vocabulary.tokens == (*tokens, *[None] * more)
    assert vocabulary.encode(tokens).tolist() == list(range(len(tokens)))


@given(TOKENS)
def test_a_text_has_a_token_a_line(tokens):
    assert read_vocabulary("\n".join(tokens).encode(), len(tokens)).tokens == tuple(tokens)
    letters = "".join(dict.fromkeys("".join(tokens)))
    assert read_vocabulary(letters.encode(), len(letters)).tokens == tuple(letters)


def test_characters_and_words_are_told_apart():
    assert read_vocabulary(b'["<unk>", "a", "b"]', 3).tokenize("abz") == ["a", "b", "z"]
    words = read_vocabulary(b'["<unk>", "snow", "keeps"]', 3)
    assert words.encode(words.tokenize("Snow keeps, keeps!")).tolist() == [1, 2, 0, 2, 0]


@given(st.text(st.characters(codec="ascii")))
def test_bytes_are_pythons_own(text):
    assert byte_vocabulary().encode(list(text)).tolist() == list(text.encode())


REFUSED = {
    "nothing": b"",
    "no text": b"\xff\xfe\x00\x00\xd8",
    "broken JSON": b'{"a": 1',
    "numbers": b"[1, 2, 3]",
    "ids that are no numbers": b'{"a": "b", "c": "d"}',
    "an id too high": b'{"a": 7}',
    "an id below 0": b'{"a": -1}',
    "nested for ever": b"[" * 100_000,
    "too many lines": b"a\nb\nc\nd\ne\nf",
    "huge ids": b'{"a": 99999999999999999999}',
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_vocabulary_is_refused_with_a_sentence(case):
    with pytest.raises(CheckpointError) as refusal:
        read_vocabulary(REFUSED[case], kinds=5)
    assert 20 < len(str(refusal.value)) < 300


def test_unknown_tokens_are_named():
    with pytest.raises(CheckpointError, match="“z” is not in the vocabulary"):
        Vocabulary(("a", "b")).encode(["a", "z"])
    assert np.array_equal(Vocabulary(("a", "[UNK]")).encode(["a", "z"]), [0, 1])
