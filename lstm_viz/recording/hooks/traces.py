"""`Traces`, the result of `lstm_viz.record`: a list of traces by module name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from html import escape
from threading import Lock

from lstm_viz.recording.hooks.cell_calls import CellRun
from lstm_viz.traces import Trace
from lstm_viz.traces.repr import html_table

NOTHING_CALLED = "No module was called while it was recorded."


class Traces(Mapping[str, list[Trace]]):
    """Traces by the module's dotted name in the model, one a call; a model that is itself an LSTM has its class's name.

    `traces["encoder.lstm"][0]` is the first call of that module. A module that was not called has an empty list.

    >>> Traces("Model", ["encoder.lstm"])
    Traces of Model:
      encoder.lstm  not called
    """

    def __init__(self, model: str, names: list[str], keep: int | None = None) -> None:
        self._model, self._names, self._keep = model, tuple(names), keep
        self._entries: list[tuple[str, Trace | CellRun]] = []
        self._lock = Lock()
        #: What could not be recorded, by module: a sentence that says why, and for how many calls.
        self.left_out: dict[str, Counter[str]] = {}
        self._closed = False

    @property
    def calls(self) -> list[tuple[str, Trace]]:
        """(name, trace) of every call, in the order in which they were made."""
        with self._lock:
            return [(name, _as_trace(entry)) for name, entry in self._entries]

    @property
    def saw_nothing(self) -> bool:
        """Whether the recording has ended without a call of any module."""
        return self._closed and not self._entries and not self.left_out

    def add(self, name: str, entry: Trace | CellRun) -> None:
        """Keep one more call, and no more of this module's than `keep`."""
        with self._lock:
            self._entries.append((name, entry))
            of_module = [entry for entry in self._entries if entry[0] == name]
            if self._keep is not None and len(of_module) > self._keep:
                self._entries.remove(of_module[0])

    def leave_out(self, name: str, reason: str) -> None:
        """Note that a call, or a part of it, could not be recorded."""
        with self._lock:
            self.left_out.setdefault(name, Counter())[reason] += 1

    def close(self) -> None:
        """Turn runs of cells into traces at the end of the recording."""
        self._closed = True
        entries, self._entries = self._entries, []
        for name, entry in entries:
            try:
                self._entries.append((name, _as_trace(entry)))
            except (ValueError, TypeError) as error:
                self.leave_out(name, str(error))

    def __getitem__(self, name: str) -> list[Trace]:
        if name not in self._names:
            raise KeyError(f"No module named {name!r} was recorded; there are {', '.join(self._names)}.")
        with self._lock:
            return [_as_trace(entry) for module, entry in self._entries if module == name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __repr__(self) -> str:
        width = max(map(len, self._names))
        lines = [f"  {name:<{width}}  {_summary(self[name])}" for name in self._names]
        missing = [f"  {line}" for line in self._left_out_lines()]
        ends = ["Left out:", *missing] if missing else [NOTHING_CALLED] if self.saw_nothing else []
        return "\n".join([f"Traces of {self._model}:", *lines, *ends])

    def _repr_html_(self) -> str:
        rows = [(name, _summary(traces)) for name, traces in self.items()]
        missing = "".join(f"<p>Left out: {escape(line)}</p>" for line in self._left_out_lines())
        missing += f"<p>{NOTHING_CALLED}</p>" if self.saw_nothing else ""
        return html_table([f"module of {self._model}", "recorded"], rows) + missing

    def _left_out_lines(self) -> list[str]:
        """A line for everything that was left out, as in "lstm: x holds NaN ... (3 times)"."""
        reasons = [(name, *entry) for name, counts in self.left_out.items() for entry in counts.items()]
        return [f"{name}: {reason} ({'once' if count == 1 else f'{count} times'})" for name, reason, count in reasons]


def _as_trace(entry: Trace | CellRun) -> Trace:
    return entry if isinstance(entry, Trace) else entry.trace()


def _summary(traces: list[Trace]) -> str:
    """A module's calls in a few words, as in "2 calls, 24 steps of 8 sequences, layers l0, l1"."""
    if not traces:
        return "not called"
    calls = "1 call" if len(traces) == 1 else f"{len(traces)} calls"
    sizes = dict.fromkeys(f"{len(trace.output)} steps of {len(trace.lengths)} sequences" for trace in traces)
    layers = ", ".join(layer.name for layer in traces[0].layers)
    shown = next(iter(sizes)) if len(sizes) == 1 else "of several sizes"
    return f"{calls}, {shown}, {traces[0].layers[0].units} units in {layers}"
