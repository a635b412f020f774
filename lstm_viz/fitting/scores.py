"""How well a network does on steps it never learned from, beside something simple. No torch here."""

from __future__ import annotations

from dataclasses import dataclass

from lstm_viz.sequences.findings import Finding

#: Shares of the simple rule's error within which a network does as well as it.
ABOUT_AS_WELL = 0.02


@dataclass(frozen=True)
class Score:
    """A network's result and a simple rule's, both on held-out steps.

    `share`: both are shares of right answers, more is better; else both are errors, less is better.

    >>> Score("typical error, m³/s", 6.64, 16.375, "the usual discharge").sentence
    'On data that it never learned from: typical error, m³/s: 6.64; the usual discharge: 16.4.'
    >>> Score("questions answered right", 1.0, 1 / 3, "guessing", share=True).sentence
    'On data that it never learned from: questions answered right: 100 %; guessing: 33 %.'
    >>> Score("typical error", 0.505, 0.5, "predicting the mean").verdict
    ' So it learned nothing that this rule does not know.'
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
        """Both results in one line for the page, and in words where the network is not the better one."""
        own, simple = self._shown(self.value), self._shown(self.baseline)
        return (
            f"On data that it never learned from: {self.metric}: {own}; {self.baseline_name}: {simple}.{self.verdict}"
        )

    @property
    def verdict(self) -> str:
        """A sentence where the network does no better than the simple rule, else ""."""
        gain = self.value - self.baseline if self.share else self.baseline - self.value
        margin = ABOUT_AS_WELL * abs(self.baseline)
        if gain > margin:
            return ""
        if gain < -margin:
            return " So it does worse than this rule: what it learned does not hold for the steps held out."
        return " So it learned nothing that this rule does not know."

    @property
    def finding(self) -> Finding | None:
        """The sentence as a finding, where the network does no better than the simple rule."""
        if not self.verdict:
            return None
        return Finding(self.sentence, f"{'Worse' if 'worse' in self.verdict else 'No better'} than the simplest rule")

    def _shown(self, value: float) -> str:
        return f"{100 * value:.0f} %" if self.share else f"{value:.3g}"
