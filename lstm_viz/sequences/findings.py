"""Findings: the notes on a sequence that a person should not miss, each with a label of a few words."""

from __future__ import annotations


class Finding(str):
    """A note that changes what a result means: a sentence like any other note, and a label.

    >>> note = Finding("2 gaps in `rain`, filled with 0.", "2 gaps filled")
    >>> note.label, note.startswith("2 gaps")
    ('2 gaps filled', True)
    """

    __slots__ = ("label",)
    label: str

    def __new__(cls, sentence: str, label: str) -> Finding:
        """The sentence with its label."""
        self = super().__new__(cls, sentence)
        self.label = label
        return self

    def __reduce__(self) -> tuple[type[Finding], tuple[str, str]]:
        """How a copy in another process is made."""
        return Finding, (str(self), self.label)
