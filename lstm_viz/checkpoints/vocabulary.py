"""Vocabularies: token ids from a file, and tokenizing and encoding a text with them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import orjson

from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.formatting import list_names, quote

MAX_BYTES = 50 * 2**20
#: What models call tokens that they don't know.
UNKNOWN_TOKENS = ("<unk>", "[UNK]", "<UNK>", "UNK", "<oov>", "<OOV>", "[OOV]")
#: Where files keep their tokens: Hugging Face's tokenizer.json, Keras' Tokenizer.to_json, plain ones.
TOKEN_PATHS = (("model", "vocab"), ("config", "word_index"), ("vocab",), ("word_index",), ("stoi",), ("token_to_id",))
EXPECTED = "A token for each id was expected: a JSON object or list, or a text with one token a line."


@dataclass(frozen=True)
class Vocabulary:
    """Tokens by id; None where an id has none.

    >>> words = Vocabulary(("<unk>", "the", "snow"))
    >>> words.tokenize("The snow melts")
    ['The', 'snow', 'melts']
    >>> words.encode(words.tokenize("The snow melts")).tolist()
    [1, 2, 0]
    """

    tokens: tuple[str | None, ...]

    @cached_property
    def ids(self) -> Mapping[str, int]:
        """Ids by token."""
        return {token: k for k, token in enumerate(self.tokens) if token is not None}

    @property
    def by_words(self) -> bool:
        """Whether its tokens are words rather than characters."""
        return any(len(token) > 1 and not re.fullmatch(r"[<\[].*[>\]]|UNK|\\.", token) for token in self.ids)

    @property
    def labels(self) -> tuple[str, ...]:
        """Every id's token, or its number."""
        return tuple(f"{k}" if token is None else token for k, token in enumerate(self.tokens))

    def tokenize(self, text: str) -> list[str]:
        """The text as tokens: words and punctuation, or characters, as the vocabulary has them."""
        return re.findall(r"\w+|[^\w\s]", text) if self.by_words else list(text)

    def encode(self, tokens: list[str]) -> np.ndarray:
        """(tokens,) int64. Words are looked up as they are, then in lower case.

        Raises CheckpointError for a token that is not in the vocabulary, where that has none for the unknown.
        """
        other = next((self.ids[name] for name in UNKNOWN_TOKENS if name in self.ids), -1)
        token_ids = [self.ids.get(token, self.ids.get(token.lower(), other)) for token in tokens]
        if -1 in token_ids:
            missing = dict.fromkeys(token for token, k in zip(tokens, token_ids, strict=True) if k < 0)
            raise CheckpointError(
                f"{list_names(missing)} {'is' if len(missing) == 1 else 'are'} not in the vocabulary, "
                "which has no token for the unknown (<unk>). Change the text, or choose the vocabulary that the model "
                "was trained with."
            )
        return np.array(token_ids, dtype=np.int64)


def byte_vocabulary() -> Vocabulary:
    """The vocabulary of models that read bytes: 256 of them, of which the first 128 are ASCII.

    >>> byte_vocabulary().encode(["a"]).tolist()
    [97]
    """
    return Vocabulary(tuple(chr(k) for k in range(256)))


def read_vocabulary(data: bytes, kinds: int) -> Vocabulary:
    """The vocabulary in a file, for `kinds` ids.

    JSON: an object of ids by token or of tokens by id, a list, or what Hugging Face's tokenizers and Keras'
    Tokenizer write. Else a text: one token a line, or one line of which each character is a token.
    Raises CheckpointError where it is none, or its ids are not among the model's.

    >>> read_vocabulary(b'{"a": 1, "b": 0}', kinds=3).tokens
    ('b', 'a', None)
    """
    if len(data) > MAX_BYTES:
        raise CheckpointError(f"This vocabulary has {len(data):,} bytes; the limit is {MAX_BYTES:,}.")
    pairs = list(_parse_pairs(data))
    if not pairs:
        raise CheckpointError(f"{EXPECTED} This file has none.")
    tokens: list[str | None] = [None] * kinds
    for token, k in pairs:
        if not 0 <= k < kinds:
            raise CheckpointError(
                f"The vocabulary gives {quote(token)} the id {k:,}; the model has {kinds:,} kinds, "
                f"0 to {kinds - 1:,}. Choose the vocabulary that the model was trained with."
            )
        tokens[k] = token
    return Vocabulary(tuple(tokens))


def _parse_pairs(data: bytes) -> Iterator[tuple[str, int]]:
    if data.lstrip()[:1] in (b"{", b"["):
        yield from _pairs_of_json(_parse_json(data))
        return
    try:
        lines = data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise CheckpointError(f"{EXPECTED} This file is no text.") from error
    tokens = list(lines[0]) if len(lines) == 1 else [line.replace("\\n", "\n").replace("\\t", "\t") for line in lines]
    yield from ((token, k) for k, token in enumerate(tokens) if token)


def _parse_json(data: bytes) -> Any:
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise CheckpointError(f"{EXPECTED} This file's JSON is broken: {error.msg}.") from error


def _pairs_of_json(value: Any) -> Iterator[tuple[str, int]]:
    held = _token_part(value)
    if isinstance(held, list) and all(isinstance(token, str) for token in held):
        yield from ((token, k) for k, token in enumerate(held))
    elif isinstance(held, dict) and all(isinstance(k, int) for k in held.values()):
        yield from held.items()
    elif isinstance(held, dict) and all(_is_id(k) and isinstance(token, str) for k, token in held.items()):
        yield from ((token, int(k)) for k, token in held.items())
    else:
        raise CheckpointError(f"{EXPECTED} This JSON holds neither ids by token nor tokens by id.")


def _token_part(value: Any) -> Any:
    """The part of a tokenizer's file that holds the tokens; Keras keeps it as JSON in JSON."""
    for place in TOKEN_PATHS:
        part = value
        for name in place:
            part = part.get(name) if isinstance(part, dict) else None
        if part is not None and not isinstance(part, int):
            return _parse_json(part.encode()) if isinstance(part, str) else part
    return value


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10
