"""A view of a run: the run, what its steps are called, which units come first, and the runs it is compared with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any, Generic, NamedTuple, Protocol, TypeVar, runtime_checkable

import numpy as np

from lstm_viz.figures.forecast import ForecastScale
from lstm_viz.storage.zarr.read import StoredTrace
from lstm_viz.traces import LayerTrace, Trace

#: Steps of a stored run that say what there is to show.
FIRST = 32


@runtime_checkable
class Texts(Protocol):
    """Texts of the steps of a run, (steps, batch): an array, or what makes them for the steps that are asked for."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Steps and sequences of the whole run."""
        ...

    def __getitem__(self, steps: slice, /) -> np.ndarray:
        """The texts of these steps."""
        ...


class LazyTexts:
    """Texts that a function makes of a slice of steps, so that none are made that nobody sees.

    The function is called with a start and a stop inside the run.

    >>> texts = LazyTexts((4, 1), lambda steps: np.array([[f"day {k}"] for k in range(steps.start, steps.stop)]))
    >>> texts[2:9].tolist()
    [['day 2'], ['day 3']]
    """

    def __init__(self, shape: tuple[int, ...], make: Callable[[slice], np.ndarray]) -> None:
        self.shape, self._make = shape, make

    def __getitem__(self, steps: slice, /) -> np.ndarray:
        start, stop, _ = steps.indices(self.shape[0])
        return self._make(slice(start, stop)) if start < stop else np.empty((0, *self.shape[1:]), dtype=object)


class StepNumbers(LazyTexts):
    """Labels of a run whose steps have no names: each step's number from 1.

    >>> StepNumbers(2000, 1)[999:].tolist()[0]
    ['1,000']
    """

    def __init__(self, steps: int, sequences: int) -> None:
        super().__init__((steps, sequences), self._numbers)

    def _numbers(self, steps: slice) -> np.ndarray:
        numbers = [f"{step + 1:,}" for step in range(steps.start, steps.stop)]
        return np.repeat(np.array(numbers, dtype=object)[:, None], self.shape[1], axis=1)


T = TypeVar("T", bound=Texts)
U = TypeVar("U", bound=Texts)


@dataclass(frozen=True, eq=False)
class StepTexts(Generic[T]):
    """What is written at the steps of one run, (steps, batch) texts each: `StepTexts[Texts]` of the whole run,
    `StepTexts[np.ndarray]` of some of its steps.

    Without labels steps are called by their numbers, and without events by their labels; in a run that is
    compared with another, both are then as in that one. Without answers the model says nothing.
    """

    labels: T | None = None
    #: What a step reads, in Plotly's mark-up.
    events: T | None = None
    #: What the model says after it.
    answers: T | None = None

    def part(self, steps: slice) -> StepTexts[np.ndarray]:
        """The texts of some steps, as arrays.

        >>> StepTexts(labels=np.array([["a"], ["b"]])).part(slice(1, 2))
        StepTexts(labels=array([['b']], dtype='<U1'), events=None, answers=None)
        """
        return self.map(lambda texts: texts[steps])

    def map(self, change: Callable[[T], U]) -> StepTexts[U]:
        """The texts after a change to all the texts that there are."""
        found = {each.name: getattr(self, each.name) for each in fields(self)}
        changed: dict[str, Any] = {name: None if texts is None else change(texts) for name, texts in found.items()}
        return StepTexts(**changed)


class Checkpoints(NamedTuple):
    """Checkpoints of one training or several, whose numbers stand among a view's `extras` (see `checkpoint_array`)."""

    #: After how many updates each was taken, the first one first; the same in every training.
    updates: tuple[int, ...]
    #: What tells the trainings apart; one empty text where there is one training alone.
    trainings: tuple[str, ...] = ("",)


def checkpoint_array(name: str, training: int, checkpoint: int) -> str:
    """What an array of one checkpoint's run is called among the `extras`, where it has every unit of the layer.

    >>> checkpoint_array("forget_gate", 1, 3)
    'forget_gate 1.3'
    """
    return f"{name} {training}.{checkpoint}"


@dataclass(frozen=True, eq=False)
class ComparedRun:
    """Layers of another run over the same steps and sequences, and what is written there.

    Layer k stands beside the view's own layer k; it need reach no further than what is shown of it.
    """

    layers: Sequence[LayerTrace]
    texts: StepTexts[Texts] = field(default_factory=StepTexts)


@dataclass(frozen=True, eq=False)
class RunView:
    """A run to draw figures of, in memory or stored on disk, with all that is written in them."""

    run: Trace | StoredTrace
    texts: StepTexts[Texts] = field(default_factory=StepTexts)
    #: By default both are numbered from 1.
    feature_names: Sequence[str] = ()
    sequence_names: Sequence[str] = ()
    #: Each layer's units, those first that are shown first; by default in the model's order, and of a stored run
    #: those first whose memory ranges most widely.
    orders: Sequence[np.ndarray] = ()
    #: Runs of the same sequences that figures set beside this one.
    compared: Sequence[ComparedRun] = ()
    #: Words and numbers of this run that figures show without being drawn anew.
    captions: Mapping[str, Any] = field(default_factory=dict)
    #: Numbers beside the layers' own, (time, batch, any), such as a model's scores.
    extras: Mapping[str, np.ndarray] = field(default_factory=dict)
    #: What the model's answers are called, where it chooses among some; `extras` has how likely each is.
    answer_names: Sequence[str] = ()
    #: The scale of what the model forecasts, where it forecasts a number; `extras` has forecasts and what came.
    forecast_scale: ForecastScale | None = None
    #: Checkpoints of the model's training, where their runs of the same sequences are among the `extras`.
    checkpoints: Checkpoints | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """Steps and sequences of the run."""
        if isinstance(self.run, StoredTrace):
            return self.run.steps, self.run.shape.sequences
        steps, sequences = self.run.layers[0].hidden_state.shape[:2]
        return steps, sequences

    @property
    def labels(self) -> Texts:
        """What each step is called."""
        return StepNumbers(*self.shape) if self.texts.labels is None else self.texts.labels

    @cached_property
    def trace(self) -> Trace:
        """The run, or the first steps of a stored one: enough to say what there is to show."""
        return self.run.part(0, min(FIRST, self.run.steps)) if isinstance(self.run, StoredTrace) else self.run
