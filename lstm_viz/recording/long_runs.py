"""Recording runs that are too long for memory: chunk by chunk into a zarr folder, resumed where it stopped."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from lstm_viz.recording.call_path import check_plain_call
from lstm_viz.recording.inputs import as_tensor, time_first
from lstm_viz.recording.memory_limit import bytes_needed
from lstm_viz.recording.module_spec import ModuleSpec, read_module
from lstm_viz.recording.numba_cpu.compile import compiled_kernel
from lstm_viz.recording.start import start_of_batch
from lstm_viz.recording.trace import trace
from lstm_viz.storage.writing_lock import writing_lock
from lstm_viz.storage.zarr.levels import aligned_chunk
from lstm_viz.storage.zarr.read import StoredTrace, open_trace
from lstm_viz.storage.zarr.write import StoreWriter
from lstm_viz.traces import Array, Named, Trace

#: Bytes of a chunk's recording where no chunk size is given, and its steps at most.
CHUNK_BYTES, MAX_CHUNK_STEPS = 128 * 2**20, 32_768


class Progress(NamedTuple):
    """Progress of a run: steps in the store, of how many (None: unknown), and seconds since it began."""

    steps: int
    total: int | None
    seconds: float


def trace_to(
    lstm: Any,
    x: Any,
    path: str | os.PathLike[str],
    *,
    state: Any = None,
    lengths: Any = None,
    chunk: int | None = None,
    device: torch.device | str | None = None,
    check: bool = True,
    names: Named | None = None,
    progress: Callable[[Progress], bool | None] | None = None,
) -> StoredTrace:
    """Run a recurrent module over x as `trace` does, and record into a folder (zarr) instead of memory.

    x: as `trace` takes it (a `numpy.memmap` too), or an iterable of such arrays, one after the other in time.
    path: a new folder, or that of the same run, which is resumed after its last complete chunk.
    state, lengths, device, check: as in `trace`. Steps past the end of the longest sequence are left out.
    chunk: steps recorded at once; rounded up to a multiple of a bin. By default as many as take 128 MiB.
    names: the batch that x is of, as `read_sequence` gives it; names of features and sequences are stored.
    progress: called after each chunk; where it returns False, the run stops there and can be resumed.

    A single sequence is recorded fastest with one thread, `torch.set_num_threads(1)`.

    Raises what `trace` raises; ValueError for a module that reads from the end, since its first step needs the last,
    where `path` holds another run, and where another process is writing there.

    >>> import tempfile
    >>> lstm, x = torch.nn.LSTM(3, 4), torch.randn(1000, 1, 3)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     run = trace_to(lstm, x, folder + "/run", chunk=512)
    ...     run.part(500, 600).layers[0].forget_gate.shape, run.zoom("l0", "cell_state", 0, 1000, bins=10).mean.shape
    ((100, 1, 4), (10, 1, 4))
    """
    spec, started = read_module(lstm), monotonic()
    check_plain_call(lstm)
    compiled_kernel.wait()  # a long run is worth it, and is recorded by one backend from end to end
    if spec.directions > 1:
        raise ValueError("A layer of this module reads from the end, so its first step needs the last: use trace.")
    sequences, steps_known, x = _sizes(spec, x)
    state, lengths, notes = start_of_batch(lstm, sequences, steps_known, state, lengths, said_axes=not spec.batch_first)
    sequence_lengths = None if lengths is None else np.asarray(lengths)
    fingerprint = _fingerprint(spec, state, sequence_lengths)
    with writing_lock(Path(path)):
        store = _open_resumable_store(Path(path), fingerprint)
        chunk_steps = aligned_chunk(chunk or _default_chunk_steps(spec, sequences)) if store is None else store.chunk
        steps_done = 0 if store is None else store.steps
        stop = None if sequence_lengths is None else int(sequence_lengths.max())
        total, chunks = iterate_chunks(spec, x, chunk_steps, max(0, steps_done - chunk_steps), stop)
        if store is not None and steps_done:
            _check_same_events(store, next(chunks, None))
            store.set_total(total)
            state = store.states()
        for events in chunks:
            steps = np.full(events.shape[1], len(events))  # of each sequence in this chunk
            if sequence_lengths is not None:
                steps = np.clip(sequence_lengths - steps_done, 0, len(events))
            rows = np.flatnonzero(steps)  # the sequences that have not ended
            chunk_trace = _trace_chunk(lstm, spec, events, state, steps[rows], rows, device, check)
            attributes = {"fingerprint": fingerprint, "notes": list(notes), **_name_attributes(names)}
            store = store or StoreWriter.create(path, chunk_trace, chunk_steps, total, sequence_lengths, attributes)
            store.append(chunk_trace, rows)
            state, steps_done = store.states(), store.steps
            if progress is not None and progress(Progress(steps_done, total, monotonic() - started)) is False:
                return open_trace(path)
        if store is None:
            raise ValueError("x holds no steps.")
        store.finish()
        return open_trace(path)


def _open_resumable_store(path: Path, fingerprint: str) -> StoreWriter | None:
    """The store of the same run, up to its last complete chunk; None where there is none yet.

    Raises ValueError where the path holds another run.
    """
    if not path.exists() or not any(path.iterdir()):
        return None
    open_trace(path)
    store = StoreWriter.resume(path)
    if store.group.attrs.get("fingerprint") != fingerprint:
        raise ValueError(f"{path} holds the run of another module or from another state. Give another path.")
    return store


def _check_same_events(store: StoreWriter, part: Tensor | None) -> None:
    """Raise ValueError unless the store's last complete chunk was recorded from these events."""
    stored = store.last_events()
    if part is not None and tuple(part.shape) == stored.shape:
        events = part.to(dtype=torch.from_numpy(stored[:0].copy()).dtype).cpu().numpy()
        if np.array_equal(np.where(np.isnan(stored), events, stored), events):  # NaN past a sequence's end
            return
    raise ValueError(f"{store.path} holds the run of another sequence. Give another path, or the same x again.")


def _trace_chunk(
    lstm: Any, spec: ModuleSpec, part: Tensor, state: Any, lengths: Array, rows: Array, device: Any, check: bool
) -> Trace:
    """The trace of a chunk's sequences `rows`, each of `lengths` steps in it."""
    if len(rows) < part.shape[1]:
        part = part[:, torch.from_numpy(rows)]
        state = tuple(values[:, rows] for values in state) if isinstance(state, tuple) else state[:, rows]
    given = part.transpose(0, 1) if spec.batch_first else part
    return trace(lstm, given, state, lengths, device, check)


def _sizes(spec: ModuleSpec, x: Any) -> tuple[int, int | None, Any]:
    """Sequences, steps (None: unknown), and x; of an iterable the first array is looked at and put back."""
    first, events = x, x
    if not hasattr(x, "shape") and isinstance(x, Iterable):
        parts = iter(x)
        first = next(parts, None)
        events = chain(() if first is None else (first,), parts)
    shape = tuple(getattr(first, "shape", ()))
    batch_axis = 0 if spec.batch_first else 1
    steps = shape[1 - batch_axis if len(shape) == 3 else 0] if first is x and shape else None
    return (shape[batch_axis] if len(shape) == 3 else 1), steps, events


def _default_chunk_steps(spec: ModuleSpec, sequences: int) -> int:
    """Steps whose recording takes about CHUNK_BYTES."""
    one = bytes_needed(
        1,
        sequences,
        spec.input_size,
        spec.hidden_size,
        layers=spec.num_layers,
        output=spec.output_size,
        variant=spec.variant,
        number_bytes=spec.record_dtype.itemsize,
    )
    return int(min(MAX_CHUNK_STEPS, max(1, CHUNK_BYTES // one)))


def _name_attributes(names: Named | None) -> dict[str, Any]:
    """What features and sequences are called, as the store keeps it."""
    if names is None:
        return {}
    return {"features": list(names.names), "sequences": list(names.sequence_names), "source": names.source}


def _fingerprint(spec: ModuleSpec, state: Any, lengths: Array | None) -> str:
    """SHA-256 of what identifies a run: the module's weights, the initial state, the sequences' lengths."""
    functions = "" if spec.activations.is_standard else f" {spec.activations.to_text()}"
    digest = hashlib.sha256(f"{spec.variant} {spec.dtype} {lengths!r}{functions}".encode())
    parts = () if state is None else state if isinstance(state, (tuple, list)) else (state,)
    tensors = [*spec.parameters.values(), *(as_tensor(part, "state") for part in parts)]
    for values in tensors:
        digest.update(f"{tuple(values.shape)}".encode())
        digest.update(values.detach().cpu().double().numpy().tobytes())
    return digest.hexdigest()


def iterate_chunks(
    spec: ModuleSpec, x: Any, size: int, start: int, stop: int | None = None
) -> tuple[int | None, Iterator[Tensor]]:
    """The number of steps, and an iterator over chunks of `size` steps from step `start` on, (time, batch, features).

    x: an array or a tensor as the module takes it, of which only the current chunk is read, or an iterable of
        such, one after the other in time; the number of steps is then unknown, None.
    stop: the step to end before, where that comes before the end of x.

    Raises TypeError or ValueError for what can't be read so.

    >>> spec = ModuleSpec("rnn", 1, 2, 2, 1, 1, False, torch.float32, torch.device("cpu"), {})
    >>> total, parts = iterate_chunks(spec, (torch.zeros(k, 1, 1) for k in (3, 4)), size=2, start=2)
    >>> total, [len(part) for part in parts]
    (None, [2, 2, 1])
    """
    if not hasattr(x, "shape"):
        if not isinstance(x, Iterable):
            raise TypeError(f"x must be an array, a tensor or an iterable of these; a {type(x).__name__} came.")
        return None, _skip_steps(_rechunk(_stop_at_step(spec, x, stop), size), start)
    axis = 1 if spec.batch_first and len(x.shape) == 3 else 0
    _check_event_shape(spec, tuple(x.shape))
    total = min(x.shape[axis], stop or x.shape[axis])
    bounds = ((first, min(first + size, total)) for first in range(start, total, size))
    return total, (_as_events(spec, x[:, a:b] if axis else x[a:b]) for a, b in bounds)


def _stop_at_step(spec: ModuleSpec, x: Iterable[Any], stop: int | None) -> Iterator[Tensor]:
    """The arrays of x up to a step."""
    seen = 0
    for part in x:
        read = _as_events(spec, part)
        yield read if stop is None else read[: stop - seen]
        seen += len(read)
        if stop is not None and seen >= stop:
            return


def _rechunk(parts: Iterable[Tensor], size: int) -> Iterator[Tensor]:
    """The same steps in chunks of one size, the last one shorter."""
    pending: list[Tensor] = []
    for part in parts:
        pending.append(part)
        while sum(map(len, pending)) >= size:
            joined = torch.cat(pending)
            yield joined[:size]
            pending = [joined[size:]]
    if sum(map(len, pending)):
        yield torch.cat(pending)


def _skip_steps(parts: Iterator[Tensor], steps: int) -> Iterator[Tensor]:
    """The chunks after so many steps, a whole number of chunks."""
    seen = 0
    for part in parts:
        if seen >= steps:
            yield part
        seen += len(part)


def _as_events(spec: ModuleSpec, part: Any) -> Tensor:
    """A part of x as (time, batch, features)."""
    tensor = as_tensor(part, "x")
    _check_event_shape(spec, tuple(tensor.shape))
    return time_first(spec, tensor)


def _check_event_shape(spec: ModuleSpec, shape: tuple[int, ...]) -> None:
    axes = "(batch, time, features)" if spec.batch_first else "(time, batch, features)"
    if len(shape) not in (2, 3) or shape[-1] != spec.input_size:
        raise ValueError(
            f"x must be {axes} or (time, features), with {spec.input_size} features, in one piece or in stretches; "
            f"one of shape {shape} came."
        )
