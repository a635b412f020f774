"""Reading options: what a file doesn't say of itself, such as its decimal mark, and questions left open."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, no_type_check
from urllib.parse import quote, unquote

from lstm_viz.sandbox.wire import text
from lstm_viz.sequences.errors import SequenceError

DecimalMark = Literal[".", ",", "both"]
RowMeaning = Literal["step", "sequence", "feature", "part"]


@dataclass(frozen=True)
@no_type_check  # at run time: what isn't of the type is brought to it, or refused in a sentence
class ReadingOptions:
    """How a file is read where it may be read in two ways; None: by what the file itself tells.

    `decimal`: the decimal mark, "." or ","; the other one then marks thousands; "both": in each cell its last mark.
    `missing`: the numbers that stand for a missing value, () for none. `day_first`: whether 3/4/2024 is 3 April;
    `year_first`: whether 24-06-07 is in 2024; `first_year`: two-digit years lie in the hundred years from it on.
    `time` and `sequence`: the columns that order the steps and tell sequences apart, "" for none. `pivot`: whether
    the words of a column beside one of values become a feature each. `header`: whether the first row holds the
    columns' names. `row_is`: what a row of a table is, or the first axis of an array: a "step", a whole "sequence",
    all values of one "feature", or a "part" of the one sequence, as a year of months is. `padding`: the numbers
    that fill up the ends of shorter sequences in an array, () for none; gaps always do.
    Raises SequenceError for a value that an option can't have.

    >>> ReadingOptions(missing=[-999]).missing
    (-999.0,)
    >>> ReadingOptions(decimal=";")
    Traceback (most recent call last):
    lstm_viz.sequences.errors.SequenceError: `decimal` is ;, choose ".", "," or "both".
    """

    decimal: DecimalMark | None = None
    missing: tuple[float, ...] | None = None
    day_first: bool | None = None
    year_first: bool | None = None
    first_year: int | None = None
    time: str | None = None
    sequence: str | None = None
    pivot: bool | None = None
    header: bool | None = None
    row_is: RowMeaning | None = None
    padding: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        """Bring values to their types. Raises SequenceError where that can't be done."""
        for name, value in vars(self).items():
            if value is not None:
                wanted, convert = _CONVERTERS[name]
                try:
                    object.__setattr__(self, name, convert(value))
                except (ValueError, TypeError, OverflowError) as error:
                    raise SequenceError(f"`{name}` is {str(value)[:40]}, choose {wanted}.") from error

    def but(self, **answers: Any) -> ReadingOptions:
        """The same options with some changed."""
        return replace(self, **answers)

    def given(self) -> dict[str, Any]:
        """The options that are not None, as JSON can hold them.

        >>> ReadingOptions(decimal=",", missing=()).given()
        {'decimal': ',', 'missing': []}
        """
        values = {name: value for name, value in vars(self).items() if value is not None}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}

    def as_text(self) -> str:
        """The options in one line, as a link holds them; `options_from_text` reads it.

        >>> ReadingOptions(decimal=",", missing=(-999, -99.9), header=False).as_text()
        'decimal=, missing=-999/-99.9 header=no'
        """
        return " ".join(f"{name}={_value_text(value)}" for name, value in self.given().items())


def options_from_text(line: str) -> ReadingOptions:
    """The options in a line that `as_text` made; what is none is passed over, since anybody may write a link.

    >>> options_from_text("decimal=, missing=-999/-99.9 header=no colour=red")
    ReadingOptions(decimal=',', missing=(-999.0, -99.9), day_first=None, year_first=None, first_year=None, time=None,
                   sequence=None, pivot=None, header=False, row_is=None, padding=None)
    """
    options = ReadingOptions()
    for word in line.split()[:20]:
        name, _, value = word.partition("=")
        try:
            options = options.but(**{name: _value_from_text(name, value)}) if name in OPTION_NAMES else options
        except SequenceError:
            continue
    return options


def _value_text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "/".join(f"{number:.15g}" for number in value) if isinstance(value, list) else quote(str(value), safe=",;")


def _value_from_text(name: str, value: str) -> Any:
    if name in ("missing", "padding"):
        return [part for part in value.split("/") if part]
    if name in COLUMN_OPTIONS:
        return unquote(value)
    if name == "first_year":
        return int(value) if value.isascii() and value.isdigit() else value
    return {"yes": True, "no": False}.get(value, value)


def _numbers(value: Any) -> tuple[float, ...]:
    """One number or several as a tuple, each of them finite."""
    several = [value] if isinstance(value, str) or not isinstance(value, Iterable) else list(value)
    numbers = tuple(float(number) for number in several)
    if not all(math.isfinite(number) for number in numbers):
        raise ValueError("a missing value can't be written as infinity here")
    return numbers


def _one_of(*known: object) -> Callable[[Any], Any]:
    def convert(value: Any) -> Any:
        return known[[type(one) is type(value) and one == value for one in known].index(True)]

    return convert


def _year(value: Any) -> int:
    if isinstance(value, bool) or not 1000 <= int(value) <= 2200 or int(value) != float(value):
        raise ValueError("no year")
    return int(value)


def _name(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("no name")
    return value


_YES_OR_NO = ("True or False", _one_of(True, False))
#: What is wanted of each option in words, and what brings a value to that or raises.
_CONVERTERS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "decimal": ('".", "," or "both"', _one_of(".", ",", "both")),
    "missing": ("numbers, as in (-999,), or () for none", _numbers),
    "day_first": _YES_OR_NO,
    "year_first": _YES_OR_NO,
    "first_year": ("a year from 1000 to 2200", _year),
    "time": ("the name of a column", _name),
    "sequence": ("the name of a column", _name),
    "pivot": _YES_OR_NO,
    "header": _YES_OR_NO,
    "padding": ("numbers, as in (0,), or () for none", _numbers),
    "row_is": ('"step", "sequence", "feature" or "part"', _one_of("step", "sequence", "feature", "part")),
}
OPTION_NAMES = tuple(field.name for field in fields(ReadingOptions))
#: Options that name a column; `Choices` has them too, and they can be changed at any time.
COLUMN_OPTIONS = ("time", "sequence")
#: Every option by what the file itself tells.
DEFAULTS = ReadingOptions()


@dataclass(frozen=True)
class Answer:
    """One way to read a file: the option's value, and in a few words what that makes of the file."""

    value: Any
    label: str


@dataclass(frozen=True)
class Question:
    """What a file leaves open: the option that settles it, an example from the file, the reading taken, and others.

    >>> answers = Answer(",", "1020"), Answer(".", "1.02")
    >>> Question("decimal", "“1.020” (line 4) may be 1020 or 1.02.", *answers[:1], answers[1:]).sentence()
    '“1.020” (line 4) may be 1020 or 1.02. Read as: 1020; say decimal="." for: 1.02.'
    """

    option: str
    example: str
    taken: Answer
    others: tuple[Answer, ...]

    def answered_by(self, options: ReadingOptions) -> bool:
        """Whether these options settle it."""
        return getattr(options, self.option) is not None

    def sentence(self, argument: Callable[[str, Any], str] | None = None) -> str:
        """The question for somebody who can pass an argument; `argument` writes one of a name and a value."""
        written = argument or python_argument
        ways = ", ".join(f"{written(self.option, other.value)} for: {other.label}" for other in self.others)
        return f"{self.example} Read as: {self.taken.label}; say {ways}."

    def note(self) -> str:
        """What was taken, for somebody who has answered or can't be asked."""
        return f"{self.example} Read as: {self.taken.label}."


def python_argument(name: str, value: Any) -> str:
    """An option as an argument of `read_sequence`.

    >>> python_argument("missing", [-999.0]), python_argument("decimal", ",")
    ('missing=(-999,)', 'decimal=","')
    """
    if isinstance(value, list | tuple):
        numbers = [f"{number:.15g}" for number in value]
        return f"{name}=({', '.join(numbers)}{',' * (len(numbers) == 1)})"
    return f'{name}="{value}"' if isinstance(value, str) else f"{name}={value}"


def merge_questions(questions: Iterable[Question]) -> tuple[Question, ...]:
    """One question an option: what is asked of several columns is asked once, with the first as the example."""
    merged: dict[str, Question] = {}
    for question in questions:
        merged.setdefault(question.option, question)
    return tuple(merged.values())


def encode_question(question: Question) -> dict[str, Any]:
    """A question as JSON values."""
    answers = [[answer.value, answer.label] for answer in (question.taken, *question.others)]
    return {"option": question.option, "example": question.example, "answers": answers}


def decode_question(value: Mapping[str, Any]) -> Question:
    """The question in JSON values, each of them checked. Raises one of `sandbox.wire.DECODE_ERRORS`."""
    option = OPTION_NAMES[OPTION_NAMES.index(value["option"])]
    answers = [
        Answer(getattr(ReadingOptions(**{option: answer}), option), text(label)) for answer, label in value["answers"]
    ]
    return Question(option, text(value["example"]), answers[0], tuple(answers[1:]))
