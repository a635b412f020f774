"""The error of every request that a class refuses, with a sentence for the person."""

from __future__ import annotations


class Refusal(Exception):
    """A refused request: the HTTP status, and the sentence that the person reads."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence
