"""Sequences that come with the project; `data/SOURCES.md` says where each is from."""

from __future__ import annotations

import csv
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Literal

import numpy as np

from lstm_viz.sequences import tasks
from lstm_viz.sequences.batch import SequenceBatch
from lstm_viz.sequences.choices import TEXT_COLUMN, Choices
from lstm_viz.sequences.preparation import prepare
from lstm_viz.sequences.table import Table

TASK_SEQUENCES, TASK_STEPS, TASK_SEED = 8, 24, 2026
#: Characters of the text that are shown at once; the whole of it is longer than 100,000.
TEXT_STEPS = 12_000


@dataclass(frozen=True)
class Example:
    """One example: what it is, whose it is, and the bundled model that was trained for it."""

    key: str
    title: str
    description: str
    source: str
    licence: str
    kind: Literal["task", "numbers", "text"]
    file: str = ""
    choices: Choices = field(default_factory=Choices)
    model: str | None = None


_GENERATED = "made by rule, lstm_viz/sequences/tasks.py"
_FULDA = "SPOTPY (Houska et al. 2015)"
_WEATHER = ("temperature", "precipitation")
_EXAMPLES = (
    Example(
        "recall",
        "Delayed recall",
        "Keep the last capital letter until ? asks for it.",
        _GENERATED,
        "MIT",
        "task",
        model="recall",
    ),
    Example(
        "brackets", "Bracket depth", "Count how many brackets are open.", _GENERATED, "MIT", "task", model="brackets"
    ),
    Example(
        "adding", "Adding problem", "Add the two numbers that are marked.", _GENERATED, "MIT", "task", model="adding"
    ),
    Example(
        "river",
        "River Fulda",
        "Ten years of daily temperature and precipitation; the river's discharge follows from them, snow and all.",
        _FULDA,
        "MIT",
        "numbers",
        "river.csv",
        Choices(features=_WEATHER, time="date"),
        model="forecast",
    ),
    Example(
        "python",
        "Python's own reference",
        "The beginning of the Python language reference, one character a step.",
        "Python Software Foundation, pydoc_data.topics",
        "PSF-2.0",
        "text",
        "python.txt",
        Choices(features=(TEXT_COLUMN,), standardise=False),
        model="characters",
    ),
    Example(
        "river-years",
        "River Fulda by water year",
        "The same river, one sequence a hydrological year (November to October); the first and last are not whole.",
        _FULDA,
        "MIT",
        "numbers",
        "river.csv",
        Choices(features=(*_WEATHER, "discharge"), time="date", sequence="water year"),
    ),
    Example(
        "soil",
        "Soil moisture by the hour",
        "Three years of hourly rain, air temperature and soil moisture at three depths: 26,304 steps.",
        "SPOTPY; Justus Liebig University Giessen",
        "MIT",
        "numbers",
        "soil.parquet",
        Choices(features=("rain", "air_temperature", "moisture_10cm", "moisture_25cm", "moisture_40cm"), time="time"),
    ),
    Example(
        "weather",
        "Seattle weather",
        "Four years of daily precipitation, temperatures, wind and kind of weather.",
        "NOAA, from vega_datasets",
        "public domain",
        "numbers",
        "weather.csv",
        Choices(features=("precipitation", "temp_max", "temp_min", "wind", "weather"), time="date"),
    ),
    Example(
        "co2",
        "Carbon dioxide on Mauna Loa",
        "Forty-four years of weekly measurements, with gaps.",
        "Keeling & Whorf (2004), from statsmodels",
        "public domain",
        "numbers",
        "co2.csv",
        Choices(features=("co2",), time="date"),
    ),
    Example(
        "sunspots",
        "Sunspots",
        "Sunspots a year since 1700, rising and falling in about eleven years.",
        "National Geophysical Data Center, from statsmodels",
        "public domain",
        "numbers",
        "sunspots.csv",
        Choices(features=("sunspots",), time="year"),
    ),
)


def bundled_examples() -> tuple[Example, ...]:
    """All examples, in the order in which a person should meet them."""
    return _EXAMPLES


def load_example(key: str) -> SequenceBatch:
    """The batch of an example. Raises KeyError for a key that no example has.

    >>> load_example("recall").values.shape
    (24, 8, 7)
    """
    example = next((example for example in _EXAMPLES if example.key == key), None)
    if example is None:
        raise KeyError(f"No example is called {key!r}. There are: {', '.join(example.key for example in _EXAMPLES)}.")
    if example.kind == "task":
        return _task_batch(example)
    return replace(prepare(example_table(key), example.choices), source=example.title)


def _task_batch(example: Example) -> SequenceBatch:
    task = example_task(example.key)
    count = task.inputs.shape[-1]
    return SequenceBatch(
        values=task.inputs,
        names=task.names,
        lengths=task.lengths,
        sequence_names=tuple(f"sequence {place + 1}" for place in range(TASK_SEQUENCES)),
        offset=np.zeros(count),
        scale=np.ones(count),
        step_labels=task.labels,
        source=example.title,
        notes=(f"{TASK_SEQUENCES} sequences of {TASK_STEPS} steps.",),
    )


def example_task(key: str) -> tasks.TaskBatch:
    """The task behind an example, with the right answers."""
    make: Callable[..., tasks.TaskBatch] = {"recall": tasks.recall, "brackets": tasks.brackets, "adding": tasks.adding}[
        key
    ]
    return make(TASK_SEQUENCES, steps=TASK_STEPS, seed=TASK_SEED)


@cache
def example_table(key: str) -> Table:
    """The whole file behind an example, every column of it; shared, not to be changed."""
    example = next(example for example in _EXAMPLES if example.key == key)
    path = files("lstm_viz.sequences").joinpath("data", example.file)
    if example.kind == "text":
        text = path.read_text(encoding="ascii")[:TEXT_STEPS]
        return Table({TEXT_COLUMN: np.array(list(text), dtype=object)}, example.title, "text")
    columns = _read_parquet(path) if example.file.endswith(".parquet") else _read_csv(path)
    if example.choices.sequence == "water year":
        columns["water year"] = _water_years(columns["date"])
    return Table(columns, example.title, example.file.rpartition(".")[2])


def bundled_text() -> str:
    """The whole bundled text, of which the example shows the beginning."""
    return files("lstm_viz.sequences").joinpath("data", "python.txt").read_text(encoding="ascii")


def _read_csv(path: Traversable) -> dict[str, np.ndarray]:
    """Our own files are plain and whole, so the standard library's reader will do, and loads at once."""
    header, *rows = csv.reader(path.read_text(encoding="utf-8").splitlines())
    return {name: _parse_column(cells) for name, cells in zip(header, zip(*rows, strict=True), strict=True)}


def _parse_column(cells: tuple[str, ...]) -> np.ndarray:
    """Numbers with gaps, dates, or words. A year is a number."""
    with suppress(ValueError):
        return np.array([cell or "nan" for cell in cells], dtype=np.float64)
    with suppress(ValueError):
        return np.array(cells, dtype="datetime64[D]").astype("datetime64[ns]")
    return np.array(cells, dtype=object)


def _read_parquet(path: Traversable) -> dict[str, np.ndarray]:
    from pyarrow import parquet

    with path.open("rb") as file:
        table = parquet.read_table(file)
    columns = {name: table[name].to_numpy() for name in table.column_names}
    return {name: column.astype("M8[ns]" if column.dtype.kind == "M" else float) for name, column in columns.items()}


def _water_years(dates: np.ndarray) -> np.ndarray:
    """The hydrological year of each day, by the calendar year in which it ends."""
    months = dates.astype("datetime64[M]").astype(int)
    years = 1970 + (months + 2) // 12
    return np.array([str(year) for year in years], dtype=object)
