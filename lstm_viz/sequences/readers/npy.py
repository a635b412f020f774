"""NPY: one NumPy array of 1, 2 or 3 axes, its header checked against the bytes that came.

`readers.READER_MODULES` names it, `readers.read` imports it by that name.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lstm_viz.sequences.errors import SequenceError
from lstm_viz.sequences.formatting import plural
from lstm_viz.sequences.limits import Limits
from lstm_viz.sequences.readers.column_names import clean_names, quote
from lstm_viz.sequences.readers.notes import MAX_EXACT_INTEGER, rounded_note
from lstm_viz.sequences.reading_options import DEFAULTS, Answer, Question, ReadingOptions
from lstm_viz.sequences.table import Table


def read(data: bytes, name: str, limits: Limits, options: ReadingOptions = DEFAULTS) -> Table:
    """The table of an NPY file. Raises SequenceError for objects, complex numbers, 0 or 4 axes, lies."""
    array, notes = read_array(data, limits)
    table = table_of_array(array, limits, options=options)
    return replace(table, notes=(*notes, *table.notes))


def read_array(data: bytes, limits: Limits) -> tuple[np.ndarray, tuple[str, ...]]:
    """(the array in NPY bytes, notes); nothing is allocated before the header is believed."""
    stream = io.BytesIO(data)
    shape, dtype = _read_header(stream)
    _check_dtype(dtype)
    came = len(data) - stream.tell()
    needed = math.prod(shape) * dtype.itemsize
    if len(shape) > 3 or not shape:
        raise SequenceError(
            f"Expected an array of 1, 2 or 3 axes, but this one has {len(shape)}. "
            "Save one sequence (steps × features) or several (sequences × steps × features)."
        )
    if math.prod(shape) == 0 or dtype.itemsize == 0:
        raise SequenceError(
            f"The array has the shape {_format_shape(shape)} and so holds no values. Save one with values."
        )
    if needed > came:
        raise SequenceError(
            f"The array's header promises {_format_shape(shape)} values ({needed:,} bytes), "
            f"but only {came:,} bytes follow. The file is cut short or damaged; save it again."
        )
    stream.seek(0)
    array = np.lib.format.read_array(stream, allow_pickle=False)
    extra = (f"{came - needed:,} bytes after the first array were left out.",) if came > needed else ()
    return array, extra


def _read_header(stream: io.BytesIO) -> tuple[tuple[int, ...], np.dtype]:
    try:
        version = np.lib.format.read_magic(stream)
        read_header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, dtype = read_header(stream)
    except Exception as error:  # A header is a Python literal and fails as those do.
        raise SequenceError("The NPY file's header is damaged. Save the array again with numpy.save.") from error
    if any(length < 0 for length in shape):
        raise SequenceError(f"The array's shape {_format_shape(shape)} is impossible. Save it again with numpy.save.")
    return shape, dtype


def _check_dtype(dtype: np.dtype) -> None:
    if dtype.hasobject:
        raise SequenceError(
            "The array holds Python objects, which are never unpickled since that could run code. "
            "Save it with a number type, such as array.astype(float)."
        )
    if dtype.kind == "c":
        raise SequenceError(
            "The array holds complex numbers; an LSTM takes real ones. Save its real and imaginary parts, or "
            "magnitude and phase, as two features."
        )
    if dtype.kind not in "biufMUSV" or (dtype.kind == "V" and not dtype.names):
        raise SequenceError(f"The array holds values of type {dtype}, not numbers. Save it as numbers (float).")


def table_of_array(
    array: np.ndarray,
    limits: Limits,
    label: str = "",
    options: ReadingOptions = DEFAULTS,
    lengths: np.ndarray | None = None,
) -> Table:
    """The columns of an array: 1 axis, steps; 2, steps × features; 3, sequences × steps × features."""
    if array.dtype.names:
        return _table_of_records(array, limits)
    if array.ndim == 3:
        return _long_table(array, limits, label, options, lengths)
    flat = array.reshape(len(array), -1)
    limits.check_shape(*flat.shape)
    stem = label or ("value" if array.ndim == 1 else "column")
    names = [stem] if array.ndim == 1 else [f"{stem}_{place}" for place in range(1, flat.shape[1] + 1)]
    values, notes = to_column_values(flat, label or "array")
    return Table(dict(zip(names, values.T, strict=True)), "", "npy", notes)


def _table_of_records(array: np.ndarray, limits: Limits) -> Table:
    if array.ndim != 1:
        raise SequenceError(f"The array of records has {array.ndim} axes; only 1 can be read. Save it flattened.")
    fields: Sequence[str] = array.dtype.names or ()
    limits.check_shape(len(array), len(fields))
    names, notes = clean_names(fields)
    columns = {}
    for name, field in zip(names, fields, strict=True):
        if array[field].ndim != 1:
            raise SequenceError(f"The field {quote(name)} holds an array in each record. Save it as its own columns.")
        _check_dtype(array[field].dtype)
        columns[name], more = to_column_values(array[field], name)
        notes.extend(more)
    return Table(columns, "", "npy", tuple(notes))


def _long_table(
    array: np.ndarray, limits: Limits, label: str, options: ReadingOptions, lengths: np.ndarray | None
) -> Table:
    """Sequences × steps × features as a long table; what is padded at their ends is left out."""
    turn = Question(
        "row_is",
        f"The array has the shape {_format_shape(array.shape)}.",
        Answer("sequence", "the first axis is sequences"),
        (Answer("step", "the first axis is steps"),),
    )
    single = array.shape[1] == 1 and array.shape[0] > 1
    steps_first = options.row_is == "step" or (options.row_is is None and single)
    if steps_first:
        array = array.swapaxes(0, 1)
        turn = replace(turn, taken=turn.others[0], others=(turn.taken,))
    sequences, steps, features = array.shape
    limits.check_shape(sequences * steps, features + 2)
    values, notes = to_column_values(array.reshape(sequences * steps, features), label or "array")
    starts, ends, end_notes, padding = _sequence_bounds(values.reshape(sequences, steps, features), lengths, options)
    places = np.arange(steps)
    kept = ((places >= starts[:, None]) & (places < ends[:, None])).ravel()
    counts = plural(sequences, "sequence"), plural(steps, "step"), plural(features, "feature")
    said = f"The axes were read as {' × '.join(counts)}."
    columns = {
        "sequence": np.repeat(np.arange(1.0, sequences + 1), steps),
        "step": np.tile(np.arange(1.0, steps + 1), sequences),
    }
    columns |= {f"{label or 'feature'}_{place}": column for place, column in enumerate(values.T, start=1)}
    if not kept.all():
        columns = {name: column[kept] for name, column in columns.items()}
    roles = {"sequence": "sequence", "time": "step"}
    asked = (*((turn,) if single or options.row_is else ()), *padding)
    return Table(columns, "", "npy", (said, *notes, *end_notes), roles, questions=asked)


#: Numbers by which programs fill up shorter sequences.
PADDING_VALUES = (0.0, -1.0, -100.0, -999.0)


def _sequence_bounds(
    values: np.ndarray, lengths: np.ndarray | None, options: ReadingOptions
) -> tuple[np.ndarray, np.ndarray, list[str], tuple[Question, ...]]:
    """(first step of each sequence, step past its last, notes, questions): as lengths say, else without padding."""
    sequences, steps = values.shape[:2]
    none = np.zeros(sequences, int)
    if lengths is not None:
        said = f"after {lengths.min():,} to {lengths.max():,} steps"
        return none, lengths, [f"Sequences end where the lengths beside the array say, {said}."], ()
    if values.dtype.kind != "f":
        return none, np.full(sequences, steps), [], ()
    gaps = np.isnan(values).all(axis=2)
    found = _padding_value(values) if options.padding is None else None
    for number in options.padding or (() if found is None else (found,)):
        gaps |= (values == number).all(axis=2)
    ends = np.where(gaps.all(axis=1), 0, steps - np.argmin(gaps[:, ::-1], axis=1))
    starts = np.where(gaps.all(axis=1), 0, np.argmin(gaps, axis=1))
    question = _padding_question(values, found, options)
    notes = [
        f"{plural(padded, 'sequence')} {verb} gaps alone, which were taken for padding and left out."
        for padded, verb in ((int((ends < steps).sum()), "ended in"), (int((starts > 0).sum()), "began with"))
        if padded and not question
    ]
    return starts, ends, notes, question


def _padding_value(values: np.ndarray) -> float | None:
    """A number that fills the ends, or the beginnings, of sequences to different lengths and stands nowhere else."""
    if len(values) < 2:
        return None
    for number in PADDING_VALUES:
        for same in ((values == number).all(axis=2), (values == number).all(axis=2)[:, ::-1]):
            tails = np.where(same.all(axis=1), same.shape[1], np.argmin(same[:, ::-1], axis=1))
            if len(np.unique(tails)) > 1 and int(same.sum()) == int(tails.sum()) and tails.max() > 1:
                return number
    return None


def _padding_question(values: np.ndarray, found: float | None, options: ReadingOptions) -> tuple[Question, ...]:
    """Whether a number at the ends of sequences is padding."""
    number = found if found is not None else _padding_value(values)
    if number is None:
        return ()
    ways = {(number,): "padding", (): "values"}
    taken = (number,) if options.padding is None else options.padding
    label = ways.pop(taken, "other padding")
    ended, begun = (int((values[:, place] == number).all(axis=1).sum()) for place in (-1, 0))
    verb = "end in" if ended >= begun else "begin with"
    padded = plural(max(ended, begun), "sequence")
    example = f"{padded} of {len(values):,} {verb} steps of nothing but {number:g}."
    return (Question("padding", example, Answer(taken, label), tuple(Answer(*way) for way in ways.items())),)


def to_column_values(array: np.ndarray, name: str) -> tuple[np.ndarray, tuple[str, ...]]:
    """(float64, datetime64[ns] or str objects, notes) for an array of any readable kind."""
    if array.dtype.kind in "US":
        text = np.char.decode(array, "latin-1") if array.dtype.kind == "S" else array
        return text.astype(object), ()
    if array.dtype.kind == "M":
        return array.astype("datetime64[ns]"), ()
    return _infinities_to_gaps(array.astype(np.float64), name, _rounding_notes(array, name))


def _rounding_notes(array: np.ndarray, name: str) -> tuple[str, ...]:
    whole = array.dtype.kind in "iu" and array.dtype.itemsize == 8
    if whole and (array.max() > MAX_EXACT_INTEGER or array.min() < -MAX_EXACT_INTEGER):
        return (rounded_note(name),)
    return ()


def _infinities_to_gaps(values: np.ndarray, name: str, notes: tuple[str, ...]) -> tuple[np.ndarray, tuple[str, ...]]:
    endless = np.isinf(values)
    if not endless.any():
        return values, notes
    first = ", ".join(str(int(place) + 1) for place in np.argwhere(endless)[0])
    count = int(endless.sum())
    said = f"{quote(name)}: {plural(count, 'infinite value')} read as gaps, the first at {first}."
    return np.where(endless, np.nan, values), (*notes, said)


def _format_shape(shape: tuple[int, ...]) -> str:
    return " × ".join(f"{length:,}" for length in shape)
