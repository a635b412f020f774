"""What a lesson says of a run is true of it: every sentence, look-for line and question, on every bundled model.

The sentences are read back from the rendered page and held against the trace's arrays. A sentence with a number in it
for which nothing is written here fails.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from html import unescape
from itertools import product

import numpy as np
import pytest

from lstm_viz.bundled import load_bundled
from lstm_viz.figures.moment import BEATS
from lstm_viz.lessons.claims import CLAIMS
from lstm_viz.lessons.page_text import lesson_items, question_again
from lstm_viz.lessons.questions import DIRECTIONS
from lstm_viz.lessons.sections import SECTIONS, section
from lstm_viz.lessons.texts import paragraphs
from lstm_viz.sequences.typed_text import encode_typed, reads_characters
from lstm_viz.ui.lessons import contents
from lstm_viz.ui.lessons.contents import LessonContent
from lstm_viz.ui.lessons.typed_sequence import run_typed
from lstm_viz.ui.stage.bundled_runs import bundled_view, cards
from lstm_viz.ui.stage.charts import usual_charts
from lstm_viz.ui.stage.stage import first_unit
from lstm_viz.ui.stage.views import View
from lstm_viz.ui.stage.what_if import USUAL_VALUE, GateIntervention, offered_start, what_if_run

FULL = os.environ.get("LSTM_VIZ_TESTS") == "full"
MODELS = ("recall", "recall-course", "brackets", "adding", "forecast", "characters")
LESSONS = (*("basics", "architecture", "learn_gate", "forget_gate"), *("remember_gate", "use_gate", "all_together"))
TYPED = {"recall": ("A", "A··d·?", "AdB··?", "C·d·e·d··e·?"), "brackets": ("(", "((x)"), "characters": ("T", "The ")}
NUMBER, EVENT = r"([+−]?\d+\.\d+)", r"(?:the event of .+?|“?.+?”?)"
EQUATION = re.compile(rf"{NUMBER} ([×+−]) (\d+\.\d+) ([=≈]) {NUMBER}")
RANGE = r"(in this sequence|in the first 32 steps)"


def value(text: str) -> float:
    """A number as it is printed."""
    return float(text.replace("−", "-").replace("+", ""))


def near(text: str, exact: float) -> bool:
    """Whether a printed number is this one, rounded."""
    digits = len(text.partition(".")[2])
    return abs(value(text) - exact) <= 0.5 * 10**-digits + 1e-6


@dataclass(frozen=True)
class Place:
    """Where an item of a page points, and the page."""

    content: LessonContent
    view: View
    moment: dict[str, int]

    @property
    def layer(self):
        return self.view.trace.layers[0]

    @property
    def here(self) -> tuple[int, int, int]:
        return self.moment["step"], self.moment["sequence"], self.moment["unit"]

    def __getitem__(self, name: str) -> float:
        return float(getattr(self.layer, name)[self.here])

    def stretch(self, name: str, said: str | None = None) -> np.ndarray:
        """The unit's values over the steps that a superlative says it ranges over."""
        length = int(self.layer.lengths[self.here[1]])
        assert said is None or (said == "in this sequence") == (length <= 32)
        return np.asarray(getattr(self.layer, name)[: min(length, 32), self.here[1], self.here[2]], float)

    def label(self, step: int) -> str:
        return str(self.view.labels[step : step + 1][0][self.here[1]])

    def left_of_writes(self) -> np.ndarray:
        """How much of each earlier step's writing is there when the step begins, worked out by products."""
        step, sequence, unit = self.here
        both = self.layer.learned, self.layer.forget_gate
        learned, forget = (np.asarray(values[:step, sequence, unit], float) for values in both)
        return np.abs([learned[k] * np.prod(forget[k + 1 :]) for k in range(step)])

    def charts(self) -> frozenset[str]:
        rows = self.content.charts() or usual_charts(self.view, 32)
        return frozenset(chart.key for row in rows for chart in row)


def holds_before_or_after(at: Place, text: str) -> bool:
    name = "previous_cell_state" if BEATS[at.moment["beat"]] == "arrive" else "cell_state"
    return near(text, at[name])


def wrote_most(at: Place, step: str) -> bool:
    left = at.left_of_writes()
    return int(left.argmax()) == int(step.replace(",", "")) - 1 and left.max() > 0.5 * left.sum()


def names_event(at: Place, name: str, step: int) -> bool:
    label = at.label(step)
    return name.strip("“”") in (label, f"the event of {label}")


def other_layer(title: str):
    return bundled_view(next(key for key, card in cards().items() if card.title == title)).trace.layers[0]


def reads_more(at: Place, title: str) -> bool:
    """One unit of STM has a larger share in the other model's learn gate than any has in this run's."""
    largest = [
        max(
            np.abs(np.asarray(layer.weights[gate].recurrent)[None, None] * hidden[:, :, None]).max()
            for gate in ("input_gate", "candidate")
        )
        for layer in (at.layer, other_layer(title))
        for hidden in (np.nan_to_num(layer.previous_hidden_state[:32]),)
    ]
    return largest[1] > largest[0]


def hides_more(at: Place, title: str, unit: int, step: int, held: str, shown: str) -> bool:
    """The unit of the other model's first sequence holds and shows so much, and no gate of this run holds back more."""
    other = other_layer(title)
    factor = float(other.output_gate[step, 0, unit])
    back = [np.nanmax(np.abs(layer.readout[:32]) * (1 - layer.output_gate[:32])) for layer in (at.layer, other)]
    offered = abs(float(other.readout[step, 0, unit]))
    return (
        near(held, float(other.cell_state[step, 0, unit]))
        and abs(int(shown) - 100 * factor) <= 0.51
        and back[1] == pytest.approx(offered * (1 - factor))
        and back[1] > back[0]
    )


GATES = {"learn_gate": "input_gate", "forget_gate": "forget_gate", "use_gate": "output_gate"}


def no_shares(at: Place, *gates: str) -> bool:
    """Every product of a recurrent weight and a hidden state, at every step, is printed as 0.00."""
    hidden = np.nan_to_num(at.layer.previous_hidden_state).reshape(-1, at.layer.previous_hidden_state.shape[-1])
    weights = [at.layer.weights[gate].recurrent for gate in gates]
    return all(np.abs(one[None] * state[:, None]).max() < 0.005 for one in weights for state in np.split(hidden, 8))


#: What a sentence of a paragraph says, and whether it is so: the pattern's groups come after the place.
SENTENCES: dict[str, Callable[..., bool]] = {
    rf"There ({EVENT}) comes in and meets": lambda at, name: names_event(at, name, at.here[0]),
    r"For that the forget factor must be 1, and nothing may be learned\.": lambda at: (
        abs(at["cell_state"] - at["previous_cell_state"]) >= 0.01 or abs(at["previous_cell_state"]) < 0.1
    ),
    rf"Here, at step ([\d,]+)(?: of sequence \d+)?, ({EVENT}) comes in\.": lambda at, step, name: names_event(
        at, name, int(step) - 1
    ),
    r"Here, at step [\d,]+ of sequence (\d+),": lambda at, sequence: int(sequence) == at.here[1] + 1,
    rf"It now holds {NUMBER}\.": lambda at, x: near(x, at["cell_state"]),
    r"Now go to step (\d+)\.": lambda at, step: 1 < int(step) == at.here[0] + 1,
    r"Go through this step once more": lambda at: at.here[0] == 0,
    rf"(?:^|[ ,])[Uu]nit (\d+) holds {NUMBER}\.": lambda at, u, x: (
        int(u) == at.here[2] + 1 and holds_before_or_after(at, x)
    ),
    rf"Most of that was written by ({EVENT}), at step ([\d,]+)\.": lambda at, name, step: (
        wrote_most(at, step) and names_event(at, name, int(step.replace(",", "")) - 1)
    ),
    r"Most of that was written at step ([\d,]+)\.": wrote_most,
    r"Several events wrote a part of that\.": lambda at: (
        at.left_of_writes().max() <= 0.5 * at.left_of_writes().sum() + 1e-6
    ),
    r"Nothing is written there yet\.": lambda at: at["previous_cell_state"] == 0,
    r"A part of the old memory is kept\.": lambda at: abs(at["previous_cell_state"]) >= 0.05,
    r"What was kept and what is learned are added\.": lambda at: abs(at["previous_cell_state"]) < 0.05,
    r"Type something of your own below": lambda at: (
        at.view.name.startswith("typed") or reads_characters(cards()[at.view.name.split()[0]].features)
    ),
    r"Switch the cell behind": lambda at: at.view.name.startswith("recall"),
    r"One picture shows how sure": lambda at: "chances" in at.charts(),
    r"A fifth, only in the course's cell": lambda at: at.layer.variant == "course",
    r"Below, both read the same events\.": lambda at: {"standard", "course"} <= at.charts(),
    r"It makes an offered value from what was kept\.": lambda at: at.layer.variant == "course",
    r"It makes an offered value from the new LTM\.": lambda at: np.allclose(
        np.tanh(at["cell_state"]), at["readout"], atol=1e-6
    ),
    r"The standard cell takes tanh of the new LTM for it\.": lambda at: np.allclose(
        np.tanh(at["cell_state"]), at["readout"], atol=1e-6
    ),
    r"So it doesn't see yet what was learned at this step\.": lambda at: at.layer.variant == "course",
    rf"here ({EVENT}) at step (\d+), and": lambda at, name, step: (
        int(step) == at.here[0] + 1 and names_event(at, name, int(step) - 1)
    ),
    r"Unit \d+ keeps ([\d.]+) % of its old long-term memory\.": lambda at, p: (
        abs(float(p) - 100 * at["forget_gate"]) <= 0.51 and abs(at["previous_cell_state"]) >= 0.05
    ),
    rf"Unit \d+ learns {NUMBER}\.": lambda at, x: near(x, at["learned"]),
    rf"Unit \d+ is at {NUMBER}\.": lambda at, x: near(x, at["candidate"]),
    rf"the gate is open: {NUMBER} here": lambda at, x: near(x, at[GATES[at.lesson]]),
    rf"this gate is open: {NUMBER} here": lambda at, x: near(x, at["output_gate"]),
    r"In this run they are the event's and the bias's: every share of STM is 0\.00, at every step\.": lambda at: (
        no_shares(at, "input_gate", "candidate")
    ),
    r"every share of STM is 0\.00, at every step: the event and the bias move the gate\.": lambda at: no_shares(
        at, "forget_gate"
    ),
    r"In this run every share of STM is 0\.00, at every step\.": lambda at: no_shares(at, "output_gate"),
    r"Training put a price on weights from STM\.": lambda at: "recurrent weights" in cards()[at.view.name].trained,
    r"In (.+) STM moves it more\.": lambda at, title: reads_more(at, title),
    rf"In (.+) unit (\d+) hides more: at step (\d+) it holds {NUMBER} and shows (\d+) % of what that offers\.": (
        lambda at, title, unit, step, held, shown: hides_more(at, title, int(unit) - 1, int(step) - 1, held, shown)
    ),
    rf"Compare step (\d+), where ({EVENT}) comes in\.": lambda at, step, name: (
        int(step) == at.here[0] + 1 and names_event(at, name, at.here[0])
    ),
    rf"The ignore factor is {NUMBER}\.": lambda at, x: near(x, at["input_gate"]),
    r"learns next to nothing, whatever was combined": lambda at: at["input_gate"] < 0.1 and abs(at["learned"]) < 0.1,
    rf"the ignore factor of unit \d+ is smallest {RANGE}, at {NUMBER}\.": lambda at, over, x: (
        near(x, at.stretch("input_gate", over).min()) and near(x, at["input_gate"])
    ),
    r"Old memory has to make room\.": lambda at: at["forget_gate"] < 0.5 and abs(at["previous_cell_state"]) >= 0.05,
    rf"[Aa]t step (\d+)(?: of sequence \d+)?, ({EVENT}) comes in": lambda at, step, name: (
        int(step) == at.here[0] + 1 and names_event(at, name, at.here[0])
    ),
    r"The rest is gone\.": lambda at: abs(at["previous_cell_state"] - at["kept"]) >= 0.05,
    r"So hardly anything goes\.": lambda at: abs(at["previous_cell_state"] - at["kept"]) < 0.05,
    rf"comes in, and the factor is {NUMBER}\.": lambda at, x: near(x, at["forget_gate"]) and at["forget_gate"] > 0.9,
    rf"In unit \d+ it is never above 0\.9 {RANGE}\.": lambda at, over: at.stretch("forget_gate", over).max() <= 0.9,
    rf"Unit \d+ has kept {NUMBER} of its old memory and learned {NUMBER}\.": lambda at, x, y: (
        near(x, at["kept"]) and near(y, at["learned"])
    ),
    rf"It does at step (\d+): unit \d+ goes from {NUMBER} to {NUMBER}\.": lambda at, step, x, y: (
        near(x, at["previous_cell_state"])
        and near(y, at["cell_state"])
        and abs(value(x)) >= 0.095
        and abs(value(x) - value(y)) <= 0.0151
    ),
    rf"At step (\d+) unit \d+ holds {NUMBER}\.": lambda at, step, x: (
        int(step) == at.here[0] + 1 and near(x, at["cell_state"])
    ),
    rf"the offered value: {NUMBER}\.": lambda at, x: near(x, at["readout"]),
    rf"At step (\d+) the factor is {NUMBER}: unit \d+ holds {NUMBER} and shows {NUMBER}\.": lambda at, step, o, c, h: (
        near(o, at["output_gate"])
        and value(o) <= 0.1
        and near(c, at["cell_state"])
        and near(h, at["hidden_state"])
        and at.layer.variant == "standard"
    ),
    rf"the factor is {NUMBER}: unit \d+ shows {NUMBER} times its offered value, {NUMBER}\.": lambda at, o, again, r: (
        o == again and near(o, at["output_gate"]) and value(o) <= 0.1 and near(r, at["readout"])
    ),
    rf"does not hide: its smallest use factor {RANGE} is {NUMBER}, at step (\d+)\.": lambda at, over, x, step: (
        near(x, at.stretch("output_gate", over).min())
        and at.stretch("output_gate").argmin() == int(step) - 1
        and value(x) >= 0.9
    ),
    r"At step (\d+) the factor is": lambda at, step: int(step) == at.here[0] + 1,
    rf"In unit \d+ the smallest use factor {RANGE} is {NUMBER}, at step (\d+)\.": lambda at, over, x, step: (
        near(x, at.stretch("output_gate", over).min()) and at.stretch("output_gate").argmin() == int(step) - 1
    ),
    r"Here each sequence has a lane\.": lambda at: "lanes" in at.charts() and len(at.layer.lengths) > 1,
    r"This run has one sequence alone\.": lambda at: len(at.layer.lengths) == 1,
    r"It shows what becomes of the answer, too\.": lambda at: at.view.texts.answers is not None,
    r"Ten steps at 0\.99 keep 90 %\.": lambda at: round(0.99**10, 2) == 0.9,
    r"Ten steps at 0\.5 keep a thousandth\.": lambda at: round(0.5**10, 3) == 0.001,
}
#: Numbers that are of no run.
GENERAL = re.compile(r"between −1 and 1|between 0 and 1|near [01]\b|larger than 1|[Aa] use factor near 0")


def assert_true(at: Place, text: str) -> None:
    """Every sentence with a pattern is true, and each number stands in one."""
    covered = np.zeros(len(text), bool)
    for pattern, is_so in SENTENCES.items():
        for found in re.finditer(pattern, text):
            assert is_so(at, *found.groups()), f"{found[0]!r} at {at.moment} of {at.view.name}: {text}"
            covered[slice(*found.span())] = True
    for found in EQUATION.finditer(text):
        assert_equation(at, found)
        covered[slice(*found.span())] = True
    for found in (*GENERAL.finditer(text), *re.finditer(r"[Uu]nit \d+", text)):
        covered[slice(*found.span())] = True
    rest = "".join(" " if is_covered else letter for letter, is_covered in zip(text, covered, strict=True))
    assert not re.search(r"\d", rest), f"nothing checks {rest!r} of {text!r}"


def assert_equation(at: Place, found: re.Match[str]) -> None:
    """The numbers are one of the step's products or sums, and = stands only where their digits give the result."""
    left, by, right, _, result = found.groups()
    shown = at["readout"] * at["output_gate"]
    named = {
        "×": [
            ("previous_cell_state", "forget_gate", at["kept"]),
            ("candidate", "input_gate", at["learned"]),
            ("readout", "output_gate", shown),
        ],
        "+": [("kept", "learned", at["cell_state"])],
    }["×" if by == "×" else "+"]
    second = right if by == "×" else by.replace("+", "") + right
    assert any(near(left, at[a]) and near(second, at[b]) and near(result, c) for a, b, c in named), (
        found[0],
        at.moment,
    )
    assert_digits(found)


def assert_digits(found: re.Match[str]) -> None:
    left, by, right, sign, result = (part.replace("−", "-").replace("+", "+") for part in found.groups())
    a, b, c = (Decimal(part.lstrip("+")) for part in (left, right, result))
    made = a * b if by == "×" else a + b if by == "+" else a - b
    digits = Decimal(1).scaleb(c.as_tuple().exponent)
    comes_out = (
        made.quantize(digits, ROUND_HALF_UP) == c or made.copy_abs().quantize(digits, ROUND_HALF_UP) == c.copy_abs()
    )
    assert comes_out is (sign == "="), found[0]
    if by == "×" and {left.lstrip("+-"), right} & {"0.00", "1.00"}:
        assert sign == "=", f"{found[0]} looks wrong: more digits are to be had"


def text_of(item: dict) -> str:
    return unescape(re.sub(r"<[^>]*>", "", item["html"])).strip()


@cache
def views(model: str) -> tuple[View, ...]:
    """The model's run on its example, and on some typed sequences."""
    typed = [encode_typed(text, cards()[model].features).batch for text in TYPED.get(model, ())]
    return (
        bundled_view(model),
        *(run_typed(model, text, batch) for text, batch in zip(TYPED.get(model, ()), typed, strict=True)),
    )


def pages(model: str, lesson: str) -> Iterator[tuple[LessonContent, View, list[dict]]]:
    """The lesson's page over the model's run, as it is opened, and for other sequences and units."""
    for view in views(model) if lesson == "basics" else views(model)[:1]:
        make = getattr(contents, lesson)
        content = make(view, typed=view.name.startswith("typed")) if lesson == "basics" else make(view)
        shown, usual = content.lesson_view(lesson), content.default_moment
        units, sequences = view.trace.layers[0].units, min(len(view.trace.lengths), 12)
        places = [(usual.sequence, usual.unit), *product(range(sequences), range(units))]
        for sequence, unit in places if FULL else places[:: max(1, len(places) // 3)]:
            at = replace(usual, sequence=sequence, unit=unit)
            items = lesson_items(
                section(lesson), shown, at, content.look, content.ask, content.words, truths=content.truths
            )
            yield content, shown, items


@pytest.mark.parametrize(("model", "lesson"), list(product(MODELS, LESSONS)))
def test_every_sentence_is_true_of_the_run(model, lesson):
    for content, view, items in pages(model, lesson):
        kinds = [item["kind"] for item in items]
        assert kinds.count("text") >= 5 and kinds.count("look") == 1
        for item in items:
            at = LessonPlace(content, view, item["moment"] or vars(content.default_moment), lesson)
            if item["kind"] == "text":
                assert_true(at, text_of(item))
            elif item["kind"] == "look":
                assert LOOKS[lesson](at, text_of(item)), text_of(item)
            elif item["kind"] == "question":
                assert_a_guess(at, item, items)


@dataclass(frozen=True)
class LessonPlace(Place):
    """A place on the page of a lesson."""

    lesson: str


# What there is to look for.


def part_of(at: Place, text: str, name: str) -> np.ndarray:
    """(steps, units) of the steps that the line says it ranges over; the first of them is step 2."""
    found = re.search(r"in (?:steps (2) to (\d+)|step (1)) of sequence (\d+)", text)
    first, last, alone, sequence = found.groups()
    assert int(sequence) == at.here[1] + 1 and int(last or alone) == min(32, int(at.layer.lengths[at.here[1]]))
    steps = slice(1, int(last)) if first else slice(0, 1)
    return np.asarray(getattr(at.layer, name)[steps, at.here[1]], float)


def is_largest(at: Place, text: str, sizes: np.ndarray) -> bool:
    """Whether the line's step and unit are where the sizes, (steps, units) of its range, are largest."""
    own = sizes[at.here[0] - ("steps 2 to" in text), at.here[2]]
    named = [int(word) for word in re.findall(r"[Uu]nit (\d+)", text)]
    return own == sizes.max() and named == [at.here[2] + 1] and f"Step {at.here[0] + 1}" in text


def look_at_a_wait(at: Place, text: str) -> bool:
    found = re.search(
        rf"unit (\d+) and follow it from step (\d+) to step (\d+)\. It holds {NUMBER} at first\. (\d+) steps? later "
        rf"([\d.]+) % of that is left: {NUMBER}\.",
        text,
    )
    if found is None:
        return look_at_the_largest_memory(at, text)
    unit, start, end, held, steps, share, left = found.groups()
    kept = np.prod(np.asarray(at.layer.forget_gate[int(start) : int(end), at.here[1], int(unit) - 1], float))
    own = (int(unit) - 1, int(start) - 1, int(end) - int(start)) == (at.here[2], at.here[0], int(steps))
    return (
        own
        and near(held, at["cell_state"])
        and abs(float(share) - 100 * kept) < 0.51
        and kept >= 0.5
        and near(left, at["cell_state"] * kept)
    )


def look_at_the_largest_change(at: Place, text: str) -> bool:
    change = np.abs(part_of(at, text, "cell_state") - part_of(at, text, "previous_cell_state"))
    x, y = re.search(rf"goes from {NUMBER} to {NUMBER}\.", text).groups()
    return is_largest(at, text, change) and near(x, at["previous_cell_state"]) and near(y, at["cell_state"])


def look_at_the_largest_write(at: Place, text: str) -> bool:
    assert_equation(at, EQUATION.search(text))
    return is_largest(at, text, np.abs(part_of(at, text, "learned")))


def look_at_the_largest_memory(at: Place, text: str) -> bool:
    assert_equation(at, EQUATION.search(text))
    sizes = np.abs(part_of(at, text, "cell_state"))
    return is_largest(at, text, sizes) and ("? Yes. " in text) == (sizes.max() > 1)


def look_at_what_keeps(at: Place, text: str) -> bool:
    step, sequence, unit = at.here
    before, factors = at.layer.previous_cell_state[step, sequence], at.layer.forget_gate[step, sequence]
    holding = np.flatnonzero(np.abs(before) >= 0.05)
    holding = holding if holding.size else np.arange(len(factors))
    told = [(int(u) - 1, float(p)) for u, p in re.findall(r"nit (\d+) keeps ([\d.]+) %", text)]
    extremes = (factors[holding].max(), factors[holding].min())
    return (
        unit in holding
        and told[0][0] == unit
        and all(
            abs(share - 100 * extreme) < 0.51 and factors[other] == extreme
            for (other, share), extreme in zip(told, extremes, strict=False)
        )
    )


def look_at_what_hides(at: Place, text: str) -> bool:
    assert_equation(at, EQUATION.search(text))
    readout, gate = part_of(at, text, "readout"), part_of(at, text, "output_gate")
    return is_largest(at, text, np.abs(readout) * np.abs(1 - gate))


def look_at_the_largest_loss(at: Place, text: str) -> bool:
    lost = np.abs(part_of(at, text, "previous_cell_state") - part_of(at, text, "kept"))
    together = lost.sum(axis=1)
    own = at.here[0] - ("steps 2 to" in text)
    is_most = together[own] == together.max() and lost[own].argmax() == at.here[2]
    said = re.search(r"drop (\d+\.\d+)", text)[1]
    return is_most and near(said, together.max()) and ("hardly forgets" in text) == (together.max() < 0.05)


LOOKS = {
    "basics": look_at_a_wait,
    "architecture": look_at_the_largest_change,
    "learn_gate": look_at_the_largest_write,
    "forget_gate": look_at_what_keeps,
    "remember_gate": look_at_the_largest_memory,
    "use_gate": look_at_what_hides,
    "all_together": look_at_the_largest_loss,
}

# Guesses.

#: What an option is that a reason explains, from the arrays at the question's place.
REASONS: dict[str, Callable[[Place], float]] = {
    "That is all of the combined value.": lambda at: at["candidate"],
    "That is the part that stays outside.": lambda at: at["candidate"] - at["learned"],
    "That is what goes.": lambda at: at["previous_cell_state"] - at["kept"],
    "That is what was held before.": lambda at: at["previous_cell_state"],
    "That is the product.": lambda at: at["kept"] * at["learned"],
    "That is the difference.": lambda at: at["kept"] - at["learned"],
    "That forgets what was kept.": lambda at: at["learned"],
    "That forgets what was learned.": lambda at: at["kept"],
    "That is what it holds.": lambda at: at["cell_state"],
    "That leaves tanh out": lambda at: at["cell_state"] * at["output_gate"],
    "That is the whole offered value.": lambda at: at["readout"],
}
ANSWERS = {"How much is kept?": "kept", "How much does it learn?": "learned", "after the remember gate?": "cell_state"}


def assert_a_guess(at: LessonPlace, item: dict, items: list[dict]) -> None:
    """The question is true, its answer right and told nowhere, and its reasons explain the options that they are of."""
    asked, options, right = text_of(item), item["options"], item["right"]
    assert len(options) == len(set(options)) >= 2
    for found in EQUATION.finditer(item["reveal"]):
        if "4 ×" not in item["reveal"]:
            assert_digits(found)
    if at.lesson == "architecture":
        assert sum(p.numel() for p in load_bundled(at.view.name.split()[0]).module.parameters()) == int(
            options[right].replace(",", "")
        )
        return
    shown = replace(at, moment=item["shows"])
    told = [
        tuple(each["moment"][name] for name in ("step", "sequence", "unit"))
        for each in items
        if each is not item and each["moment"]
    ]
    assert shown.here not in told
    if tuple(options) == DIRECTIONS:
        change = shown["cell_state"] - shown["previous_cell_state"]
        assert DIRECTIONS[right] == (
            "it stays" if abs(change) < 0.05 else "it goes up" if change > 0 else "it goes down"
        )
        return
    if at.lesson == "all_together":
        left = np.append(replace(shown, moment={**shown.moment, "step": shown.here[0] + 1}).left_of_writes(), [])
        assert (
            options[right].endswith(f"step {int(left.argmax()) + 1}")
            or f"event of step {int(left.argmax()) + 1}" in options[right]
        )
        return
    name = next((name for ending, name in ANSWERS.items() if asked.endswith(ending)), None)
    exact = shown[name] if name else shown["readout"] * shown["output_gate"]
    assert near(options[right], exact), (asked, options)
    assert all(abs(value(a) - value(b)) >= 0.04 for k, a in enumerate(options) for b in options[:k])
    others = " ".join(text_of(each) for each in items if each is not item)
    assert not re.search(rf"(?<![\d.+−]){re.escape(options[right])}(?!\d|\.\d)", others), options[right]
    for option, reason in zip(options, item["why"], strict=True):
        for beginning, explains in REASONS.items():
            if reason.startswith(beginning):
                assert near(option, explains(shown)), (option, reason)


@pytest.mark.parametrize("model", MODELS)
def test_an_earlier_question_comes_back_about_what_the_page_does_not_tell(model):
    asked = {}
    for lesson in LESSONS:
        content, view, items = next(pages(model, lesson))
        again = question_again(section(lesson), view, content.default_moment, items)
        if again is not None:
            asked[lesson] = text_of(again)
            own = [text_of(item) for item in items if item["kind"] == "question"]
            assert asked[lesson] not in own and again["moment"] is None and len(set(again["options"])) >= 2
            others = " ".join(text_of(item) for item in items)
            assert again["options"] == DIRECTIONS or again["options"][again["right"]] not in others
    assert len(set(asked.values())) == len(asked) >= 3


@pytest.mark.parametrize("lesson", ["basics", "learn_gate", "forget_gate", "remember_gate", "use_gate", "all_together"])
@pytest.mark.parametrize("model", ["recall", "recall-course"])
def test_a_guess_is_about_another_step_sequence_and_unit(model, lesson):
    items = next(pages(model, lesson))[2]
    told = [item["moment"] for item in items if item["kind"] == "text" and item["moment"]]
    (asked,) = (item["shows"] for item in items if item["kind"] == "question")
    for name in ("sequence", "unit", *(["step"] if lesson != "all_together" else [])):
        assert asked[name] not in {moment[name] for moment in told}


#: Words that judge, and words with which a sentence with a number says no more than how it is reckoned.
JUDGING = re.compile(
    r"\b(most|least|largest|smallest|whatever|never|always|every|all of|only|hardly|nothing|more|less|larger|smaller|"
    r"hides?|drops|lasts|stays|again|none|can|cannot|has to|must|still|already|together)\b"
)


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_sentence_that_says_more_of_the_run_than_a_number_has_a_claim(lesson):
    for paragraph in paragraphs(lesson):
        for passage in paragraph.passages:
            for sentence in re.split(r"(?<=[.?!]) ", passage.text):
                numbers = set(re.findall(r"\{(\w+)\}", sentence)) - {"step", "sequence", "unit", "event", "held"}
                if numbers - {"try_another", "how_to_hold"} and JUDGING.search(re.sub(r"\{\w+\}", "", sentence)):
                    assert passage.claims or passage.otherwise or paragraph.claims, sentence


def test_every_claim_is_known_and_says_what_it_checks():
    pages_truths = {"typing", "switch", "chances"}
    used = {
        claim.name
        for lesson in LESSONS
        for paragraph in paragraphs(lesson)
        for part in (paragraph, *paragraph.passages)
        for claim in part.claims
    }
    assert used <= {*CLAIMS, *pages_truths}
    for claim in CLAIMS.values():
        assert claim.__doc__ and claim.__doc__.endswith(".")


def test_all_lessons_of_one_run_are_read_here():
    assert {each.name for each in SECTIONS} == {*LESSONS, "rnn_vs_lstm", "sequences_of_data"}


@pytest.mark.parametrize("model", MODELS)
def test_what_the_forget_gates_lesson_offers_to_hold_makes_a_memory_fade(model):
    """From the step on that is offered, at the factor that is offered, the followed unit's memory is another one."""
    view = bundled_view(model)
    held = what_if_run(view.trace, GateIntervention("forget_gate", USUAL_VALUE, offered_start(view), None))
    unit = first_unit(view)
    change = held.layers[0].cell_state[:32, :, unit] - view.trace.layers[0].cell_state[:32, :, unit]
    assert np.nanmax(np.abs(change)) >= 0.05
    if model == "recall":
        asked = view.labels[: len(held.output)] == "?"
        answers = load_bundled("recall").answers(held.output)
        assert (answers[asked] != view.texts.answers[: len(held.output)][asked]).any()
