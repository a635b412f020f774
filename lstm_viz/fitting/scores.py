"""How well a network does on steps it never learned from, beside something simple. No torch here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Score:
    """A network's result and a simple rule's, both on held-out steps.

    `share`: both are shares of right answers, more is better; else both are errors, less is better.

    >>> Score("typical error, m³/s", 6.64, 16.375, "the usual discharge").sentence
    'On data held out: typical error, m³/s: 6.64; the usual discharge: 16.4.'
    >>> Score("questions answered right", 1.0, 1 / 3, "guessing", share=True).sentence
    'On data held out: questions answered right: 100 %; guessing: 33 %.'
    """

    metric: str
    value: float
    baseline: float
    baseline_name: str
    share: bool = False

    @property
    def better(self) -> bool:
        """Whether the network does better than the simple rule."""
        return self.value > self.baseline if self.share else self.value < self.baseline

    @property
    def sentence(self) -> str:
        """Both results in one line for the page."""
        own, simple = self._shown(self.value), self._shown(self.baseline)
        return f"On data held out: {self.metric}: {own}; {self.baseline_name}: {simple}."

    def _shown(self, value: float) -> str:
        return f"{100 * value:.0f} %" if self.share else f"{value:.3g}"
