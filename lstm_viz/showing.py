"""What a trace can be asked to show of itself. Nothing that draws is loaded before it is asked."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, cast

import numpy as np

if TYPE_CHECKING:
    from lstm_viz.pictures import Picture
    from lstm_viz.sequences.batches import SequenceBatch
    from lstm_viz.traces import Trace

Theme = Literal["auto", "light", "dark"]


class Showing:
    """Pictures of a run, as methods of the `Trace` that it is part of."""

    def show(
        self,
        sequence: int = 0,
        *,
        names: Sequence[str] | None = None,
        batch: SequenceBatch | None = None,
        answers: np.ndarray | None = None,
        title: str | None = None,
        step: int | None = None,
        unit: int | None = None,
        layer: int = 0,
        theme: Theme = "auto",
        megabytes: float = 8.0,
        file: str | os.PathLike[str] | None = None,
    ) -> Picture:
        """The animated picture: in a notebook's cell, or as one HTML `file`, with no server and no network.

        It opens at `sequence`, `step`, `unit` and `layer`, all counted from 0; by default where there is something
        to see. `names` are the features'; `batch` is what the run read, with the names and units of a file;
        `answers` (time, batch) what a model said at each step. Of a run whose numbers take more than `megabytes`
        it holds the units with the widest range, and says so.

        Raises ValueError where something asked for is not in the run.
        """
        from lstm_viz.pictures import show

        moment = {"sequence": sequence, "step": step, "unit": unit, "layer": layer}
        named = {"names": names, "batch": batch, "answers": answers, "title": title}
        picture = show(cast("Trace", self), **moment, **named, theme=theme, megabytes=megabytes)  # type: ignore[arg-type]
        if file is not None:
            picture.save(file)
        return picture

    def report(
        self,
        file: str | os.PathLike[str] | None = None,
        sequence: int = 0,
        *,
        names: Sequence[str] | None = None,
        batch: SequenceBatch | None = None,
        answers: np.ndarray | None = None,
        title: str | None = None,
        step: int | None = None,
        unit: int | None = None,
        layer: int = 0,
        theme: Theme = "auto",
        megabytes: float = 8.0,
    ) -> Picture:
        """The animated picture, and under it the run in numbers and pictures: one HTML `file`, made to be printed too.

        It says what ran, on what, how near it is to the module's own forward; what each layer's memory and factors
        do; which units to look at, and when; and shows every unit at every step, how often gates stand open or
        closed, and how long memories last. Arguments are those of `show`.

        Raises ValueError where something asked for is not in the run.
        """
        from lstm_viz.pictures import show

        moment = {"sequence": sequence, "step": step, "unit": unit, "layer": layer}
        named = {"names": names, "batch": batch, "answers": answers, "title": title}
        look = {"theme": theme, "megabytes": megabytes, "reporting": True}
        picture = show(cast("Trace", self), **moment, **named, **look)  # type: ignore[arg-type]
        if file is not None:
            picture.save(file)
        return picture
