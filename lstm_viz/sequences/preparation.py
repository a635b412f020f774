"""From a table and a person's choices to a batch of sequences, in order of time, standardised where asked."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float32

from lstm_viz.cells.feature_scaling import FeatureScaling
from lstm_viz.sequences.batch import SequenceBatch
from lstm_viz.sequences.choices import TEXT_COLUMN, Choices, is_text, with_default_features
from lstm_viz.sequences.errors import SequenceError
from lstm_viz.sequences.features import Features, build_features, check_columns, fill_gaps
from lstm_viz.sequences.findings import Finding
from lstm_viz.sequences.formatting import (
    MAX_SENTENCES,
    MAX_TEXT_LENGTH,
    VISIBLE_CHARACTERS,
    format_values,
    list_columns,
    plural,
)
from lstm_viz.sequences.grouping import Grouping, concatenate_rows, group_rows, pad_sequences
from lstm_viz.sequences.limits import check_batch_size
from lstm_viz.sequences.model_features import columns_of_model
from lstm_viz.sequences.reading_options import COLUMN_OPTIONS, Question
from lstm_viz.sequences.table import Table


def prepare(table: Table, choices: Choices) -> SequenceBatch:
    """The batch that a table becomes; its notes say in plain sentences what was understood and done.

    Rows are sorted by the time column within each sequence, gaps filled as chosen, and features scaled: by the
    numbers that a model was trained with where `choices.scaling` has them, else standardised over every value of
    the batch where that is chosen. Raises SequenceError where no sequence comes of it.

    >>> table = Table({"flow": np.array([1.0, np.nan, 3.0])}, "river.csv", "CSV")
    >>> batch = prepare(table, Choices(features=("flow",)))
    >>> batch.original.ravel().round(6).tolist()
    [1.0, 2.0, 3.0]
    >>> batch.notes
    ('3 rows, 1 feature, 1 sequence. In the order of the file.', '1 gap in `flow`, filled by interpolation.')
    """
    notes: list[str] = []
    check_columns(table, choices)
    if (scaling := choices.scaling) is not None:
        choices = choices if scaling.names else with_default_features(choices, table)
        choices = choices.but(features=columns_of_model(scaling, list(table.columns), choices.features, notes))
    choices = with_default_features(choices, table)
    features = build_features(table, choices, notes)
    if choices.scaling is not None:
        _check_features_of_model(features, choices)
    groups, names = _group_and_sort(table, choices, len(features.names), notes)
    gaps = fill_gaps(features, groups, choices.gaps, notes)
    groups, names = _drop_gaps_and_cut(Grouping(groups, names), gaps, choices, notes)
    padded_gaps = pad_sequences(gaps, groups)
    values, standards = _scaled_batch(features, groups, choices)
    if choices.scaling is not None:
        notes += _scaling_notes(features.names, values, choices.scaling, groups)
    elif not is_text(table):
        notes += _constant_notes(features.names, standards)
        notes += _leap_notes(features, np.concatenate(groups)) if choices.standardise else []
    return SequenceBatch(
        values=values,
        names=features.names,
        lengths=np.array([len(rows) for rows in groups]),
        sequence_names=names,
        offset=np.array([standard.offset for standard in standards]),
        scale=np.array([standard.scale for standard in standards]),
        step_labels=step_labels(table, choices, groups),
        source=table.source,
        notes=(
            _summary(table, choices, features, groups),
            *(question.note() for question in table.questions if _was_taken(question, choices)),
            *table.notes,
            *notes,
        ),
        filled=padded_gaps if padded_gaps.any() else None,
        filling=choices.gaps,
        unscaled=_unscaled_batch(features, groups) if any(one.offset or one.scale != 1 for one in standards) else None,
    )


def _check_features_of_model(features: Features, choices: Choices) -> None:
    """Raise SequenceError where a column that a model reads holds no numbers."""
    numbers = {column for column, one_hot in zip(features.columns, features.one_hot, strict=True) if not one_hot}
    if words := [name for name in choices.features or () if name not in numbers]:
        raise SequenceError(
            f"The model reads numbers in {list_columns(words)}, and the file has none there. Write numbers in "
            f"{'this column' if len(words) == 1 else 'these columns'}, or choose others."
        )


#: Scaled values of which half lie further than this from 0 are far from what a model was trained on.
FAR = 6.0


def _scaling_notes(
    names: tuple[str, ...], values: np.ndarray, scaling: FeatureScaling, groups: list[np.ndarray]
) -> list[str]:
    """How the features were scaled, and which of them lie far from what the model was trained on."""
    if scaling.is_identity:
        return []
    notes = [f"Scaled as the model learned it, (value − centre) / scale, by {scaling.source or 'its file'}."]
    inside = np.arange(len(values))[:, None] < np.array([len(rows) for rows in groups])
    far = {name: float(np.median(values[..., place][inside])) for place, name in enumerate(names)}
    notes += [
        f"`{name}` lies far from what the model was trained on: the middle of its values is {middle:.3g} once scaled, "
        "where about 0 is usual. Is it in the same unit?"
        for name, middle in list(far.items())
        if abs(middle) > FAR
    ][:MAX_SENTENCES]
    return notes


def _was_taken(question: Question, choices: Choices) -> bool:
    """Whether what was read is what was chosen; which columns order and tell apart may be chosen later."""
    return question.option not in COLUMN_OPTIONS or (getattr(choices, question.option) or "") == question.taken.value


def _scaled_batch(features: Features, groups: list[np.ndarray], choices: Choices) -> tuple[np.ndarray, list[Scaling]]:
    """(time, batch, features) float32, computed feature by feature to save memory.

    Kinds of words stay 0 or 1. Rows that were left out may hold what fits no scale, and are not looked at.
    """
    rows = np.concatenate(groups)
    places = np.split(np.arange(len(rows)), np.cumsum([len(group) for group in groups])[:-1])
    batch = np.zeros((max(map(len, groups)), len(groups), len(features.names)), dtype=np.float32)
    standards = []
    for place, name in enumerate(features.names):
        column = features.values[rows, place]
        found = fit_scaling(column)
        if choices.scaling is not None:
            found = found._replace(offset=choices.scaling.centre[place], scale=choices.scaling.scale[place])
        elif features.one_hot[place] or not choices.standardise:
            found = found._replace(offset=0.0, scale=1.0)
        batch[..., place] = pad_sequences(apply_scaling(column, found.offset, found.scale, name), places)
        standards.append(found)
    return batch, standards


def _unscaled_batch(features: Features, groups: list[np.ndarray]) -> np.ndarray:
    """(time, batch, features) float64: beside one large value the scaled float32 ones tell little of the others."""
    return pad_sequences(features.values, groups).astype(np.float64, copy=False)


def _summary(table: Table, choices: Choices, features: Features, groups: list[np.ndarray]) -> str:
    """How much there is, and which columns order it and tell its sequences apart."""
    counts = ((table.rows, "row"), (len(features.names), "feature"), (len(groups), "sequence"))
    much = ", ".join(plural(count, word) for count, word in counts) + "."
    return much if is_text(table) else f"{much} {_roles_sentence(table, choices)}"


def _roles_sentence(table: Table, choices: Choices) -> str:
    """Which columns order time and tell sequences apart.

    >>> _roles_sentence(Table({}, "", "CSV"), Choices(time="day", sequence="site"))
    'Ordered by `day`, told apart by `site`.'
    """
    order = f"Ordered by {_column_and_parts(table, choices.time)}" if choices.time else "In the order of the file"
    if choices.sequence is None:
        return f"{order}."
    return f"{order}, told apart by {_column_and_parts(table, choices.sequence, 'together')}."


def _column_and_parts(table: Table, name: str, how: str = "as one time") -> str:
    parts = table.composed_of(name)
    return f"{list_columns(parts)} {how}" if parts else f"`{name}`"


def _group_and_sort(table: Table, choices: Choices, features: int, notes: list[str]) -> Grouping:
    """Each sequence's rows in the order of time, and its name."""
    groups, names = Grouping([np.arange(table.rows)], ("sequence 1",))
    if choices.sequence is not None:
        groups, names = group_rows(table.columns[choices.sequence], choices.sequence)
    check_batch_size(max(map(len, groups)), len(groups), features)
    if choices.time is not None:
        groups = sort_by_time(groups, table.columns[choices.time], choices.time, notes)
    return Grouping(groups, names)


def _drop_gaps_and_cut(sequences: Grouping, gaps: np.ndarray, choices: Choices, notes: list[str]) -> Grouping:
    """Rows with gaps taken out where that was chosen, then one long sequence cut into several."""
    groups, names = sequences
    if choices.gaps == "drop":
        whole = [rows[~gaps[rows].any(axis=1)] for rows in groups]
        groups, names = _without_empty(Grouping(whole, names), notes)
    if choices.rows == 1:
        return Grouping(groups, names)
    if len(groups) > 1:
        notes.append("The table holds several sequences already, so they were not cut into rows.")
        return Grouping(groups, names)
    return _cut_into_rows(groups[0], choices.rows, notes)


def _without_empty(sequences: Grouping, notes: list[str]) -> Grouping:
    kept = [place for place, rows in enumerate(sequences.rows) if len(rows)]
    if not kept:
        raise SequenceError("No row is left once rows with gaps are left out. Choose another way to fill gaps.")
    if len(kept) < len(sequences.rows):
        empty = plural(len(sequences.rows) - len(kept), "sequence")
        notes.append(f"{empty} without a single whole row left out.")
    return Grouping([sequences.rows[place] for place in kept], tuple(sequences.names[place] for place in kept))


def _cut_into_rows(steps: np.ndarray, rows: int, notes: list[str]) -> Grouping:
    """One long sequence as N rows of equal length, row n + 1 going on where row n ends."""
    length, dropped = divmod(len(steps), rows)
    if length == 0:
        raise SequenceError(f"{plural(len(steps), 'step')} can't be cut into {rows} rows. Choose fewer rows.")
    left = f"; {plural(dropped, 'step')} at the end left out" if dropped else ""
    notes.append(f"Cut into {rows} rows of {plural(length, 'step')}{left}.")
    return Grouping(np.split(steps[: rows * length], rows), tuple(f"row {row + 1}" for row in range(rows)))


def _constant_notes(names: tuple[str, ...], standards: list[Scaling]) -> list[str]:
    same = [name for name, standard in zip(names, standards, strict=True) if standard.constant]
    return [f"The same value everywhere in {list_columns(same)}."] if same else []


#: One value makes the scale where it alone is more than this share of a feature's variance, among so many steps.
LEAP_SHARE, LEAP_STEPS = 0.5, 20


def _leap_notes(features: Features, rows: np.ndarray) -> list[str]:
    """A sentence for each feature of which one value lies so far from all others that it alone makes the scale."""
    found: dict[str, float] = {}
    for place in np.flatnonzero(~features.one_hot) if len(rows) >= LEAP_STEPS else ():
        column = features.values[rows, place]
        shares = column / (np.abs(column).max() or 1.0)  # squares of 1e300 would be too large
        squares = np.square(shares - shares.mean())
        if squares.max() > LEAP_SHARE * squares.sum() > 0 and len(np.unique(column)) > 2:
            found[features.names[place]] = float(column[np.argmax(squares)])
    return [
        Finding(
            f"`{name}`: one value, {value:g}, lies so far from all others that it alone makes the scale; beside it "
            "they hardly change. If it is wrong, mend it, or name it as missing.",
            f"One value rules {name}: {value:g}",
        )
        for name, value in list(found.items())[:MAX_SENTENCES]
    ]


#: Numbers up to here come back from a model's 32 bits without passing the end of 64.
MAX_MAGNITUDE = 1e308
#: A spread below this share of the largest value is rounding, not change.
MIN_RELATIVE_SPREAD = 1e-12


class Scaling(NamedTuple):
    """(value - offset) / scale is what a model reads. `constant`: the same value everywhere."""

    offset: float
    scale: float
    constant: bool


def fit_scaling(values: Float[np.ndarray, " rows"]) -> Scaling:
    """The scaling that brings one feature to mean 0 and standard deviation 1, and a constant to 0.

    >>> fit_scaling(np.array([1.0, 3.0]))
    Scaling(offset=2.0, scale=1.0, constant=False)
    >>> fit_scaling(np.array([7.0, 7.0]))
    Scaling(offset=7.0, scale=7.0, constant=True)
    """
    low, high = float(values.min()), float(values.max())
    largest = max(abs(low), abs(high)) or 1.0
    if low == high:
        return Scaling(low, largest, True)
    shares = values / largest  # squares of 1e300 would be too large
    spread = float(shares.std())
    scale = (spread if spread > MIN_RELATIVE_SPREAD else 1.0) * largest
    return Scaling(float(shares.mean()) * largest, max(scale, float(np.finfo(float).tiny)), False)


def apply_scaling(
    values: Float[np.ndarray, " rows"], offset: float, scale: float, name: str
) -> Float32[np.ndarray, " rows"]:
    """One feature as a model reads it. Raises SequenceError where a value is too large for float32."""
    _check_magnitude(MAX_MAGNITUDE, values, name, "Mend its values, or leave that column out.")
    differences = values / scale - offset / scale
    limit = float(np.finfo(np.float32).max)
    _check_magnitude(limit, differences, name, "Standardise the features, or leave that column out.")
    return differences.astype(np.float32)


def _check_magnitude(limit: float, values: np.ndarray, name: str, advice: str) -> None:
    largest = float(np.nanmax(np.abs(values), initial=0.0))
    if largest > limit:
        raise SequenceError(f"`{name}` holds {largest:.3g}; a model's numbers go to {limit:.2g}. {advice}")


#: A file is in order where at least so large a share of its times don't go back on those before.
IN_ORDER_SHARE = 0.9
#: Clocks are put back once a year; a file in which times go back more often is in no order.
MAX_YEARS = 100


def sort_by_time(groups: list[np.ndarray], time: np.ndarray, name: str, notes: list[str]) -> list[np.ndarray]:
    """Each group's rows sorted by time. What was done and found goes to `notes`.

    Rows without a time stay beside the rows between which the file has them where it is in order, rising or falling;
    elsewhere they come last.

    >>> notes = []
    >>> sort_by_time([np.array([0, 1, 2])], np.array([3.0, 1.0, 2.0]), "hour", notes), notes
    ([array([1, 2, 0])], ['Rows were sorted by `hour`.'])
    >>> sort_by_time([np.array([0, 1, 2])], np.array([1.0, np.nan, 2.0]), "hour", notes)[0].tolist()
    [0, 1, 2]
    """
    ranks = _ranks(time)
    rows, which = concatenate_rows(groups)
    known = ranks[rows] < len(ranks)
    direction = _direction(ranks[rows], known, which)
    places, after = _places(ranks[rows], known, which, direction)
    ordered = rows[np.lexsort((after, places, which))]
    if direction != 0 and known.all() and time.dtype.kind == "M":
        ordered = _keep_hours_put_back(time, rows, which, ordered, direction, name, notes)
    if (ordered != rows).any():
        how = ", as words are" if time.dtype == object else ""
        notes.append(f"Rows were sorted by `{name}`{how}.")
    if missing := int((~known).sum()):
        kept = "put last, since the file is in no order" if direction == 0 else "kept where the file has them"
        notes.append(f"{plural(missing, 'row')} without a `{name}` {kept}.")
    notes += _time_notes(time, ranks, ordered, which, name)
    return np.split(ordered, np.flatnonzero(np.diff(which)) + 1)


def _keep_hours_put_back(
    time: np.ndarray, rows: np.ndarray, which: np.ndarray, ordered: np.ndarray, direction: int, name: str,
    notes: list[str],
) -> np.ndarray:  # fmt: skip
    """The sorted rows, but as the file has them where an hour comes twice, one run after the other: clocks put back."""
    against = (time[rows[1:]] < time[rows[:-1]]) if direction > 0 else (time[rows[1:]] > time[rows[:-1]])
    twice = 0
    for group in np.unique(which[1:][against & (which[1:] == which[:-1])]).tolist():
        part = np.arange(*np.searchsorted(which, (group, group + 1)))
        walk = rows[part[::direction]]
        if (found := _hours_put_back(time[walk])) > 0:
            ordered[part] = walk
            twice += found
    if twice:
        notes.append(f"An hour of `{name}` comes twice, as where clocks are put back; its rows stay in their order.")
    return ordered


def _hours_put_back(times: np.ndarray) -> int:
    """How often times go back to the beginning of an hour, and come once more; 0 where they go back in another way.

    >>> _hours_put_back(np.array(["2024-10-27T02:30", "2024-10-27T02:00", "2024-10-27T02:30"], "datetime64[ns]"))
    0
    >>> _hours_put_back(np.array(["2024-10-27T02:00", "2024-10-27T02:30"] * 2, "datetime64[ns]"))
    1
    """
    backs = np.flatnonzero(times[1:] < times[:-1]) + 1
    for back in backs.tolist() if len(backs) <= MAX_YEARS else []:
        end = times[back - 1]
        before = times[max(0, back - 3600) : back]
        before = before[before >= times[back]]
        after = times[back : back + len(before)]
        hour = times[back].astype("datetime64[h]")
        same = len(before) == len(after) and bool((before == after).all())
        if not same or times[back] != hour or end - times[back] >= np.timedelta64(1, "h"):
            return 0
    return len(backs) if len(backs) <= MAX_YEARS else 0


def _direction(ranks: np.ndarray, known: np.ndarray, which: np.ndarray) -> int:
    """1 where times rise within sequences, -1 where they fall, 0 where they do neither."""
    ranks, which = ranks[known], which[known]
    together = which[1:] == which[:-1]
    steps = np.diff(ranks)[together]
    if len(steps) == 0:
        return 1
    rising, falling = (steps >= 0).mean(), (steps <= 0).mean()
    if max(rising, falling) < IN_ORDER_SHARE:
        return 0
    return 1 if rising >= falling else -1


def _places(ranks: np.ndarray, known: np.ndarray, which: np.ndarray, direction: int) -> tuple[np.ndarray, np.ndarray]:
    """What rows are sorted by: the rank of their time, and what comes later of those with the same.

    A row without a time takes the rank of that before it in the file, in a falling file of that behind it, where
    rows with the same time are in falling order too.
    """
    order = np.arange(len(ranks))
    if direction == 0:
        return ranks, order
    if known.all():
        return ranks, direction * order
    walk = order if direction > 0 else order[::-1]
    last = np.maximum.accumulate(np.where(known[walk], np.arange(len(walk)), -1))
    source = walk[np.maximum(last, 0)]
    own = (last >= 0) & (which[source] == which[walk])
    places = np.empty(len(ranks), ranks.dtype)
    places[walk] = np.where(own, ranks[source], -1)
    return places, direction * order


def _ranks(time: np.ndarray) -> np.ndarray:
    """Each row's place among all times; the number of rows where there is none."""
    if time.dtype == object:
        words = sorted({word for word in time.tolist() if word is not None})
        places = {word: place for place, word in enumerate(words)}
        return np.array([places.get(word, len(time)) for word in time.tolist()])
    missing = np.isnan(time)
    ranks = np.full(len(time), len(time))
    ranks[~missing] = np.unique(time[~missing], return_inverse=True)[1]
    return ranks


def _time_notes(time: np.ndarray, ranks: np.ndarray, rows: np.ndarray, which: np.ndarray, name: str) -> list[Finding]:
    """Sentences about repeated and uneven times, from rows that stand sequence after sequence."""
    together = which[:-1] == which[1:]
    before, after = rows[:-1][together], rows[1:][together]
    both = (ranks[before] < len(ranks)) & (ranks[after] < len(ranks))
    before, after = before[both], after[both]
    repeated = ranks[before] == ranks[after]
    notes = []
    if repeated.any():
        same = plural(int(repeated.sum()), "row")
        notes.append(
            Finding(f"{same} with the same `{name}` as the row before; all are kept.", f"{same} with a repeated {name}")
        )
    if time.dtype != object and not _is_evenly_spaced(time, before[~repeated], after[~repeated]):
        notes.append(
            Finding(
                f"Steps in `{name}` are not all of one length; the model sees them as if they were.",
                f"Uneven steps in {name}",
            )
        )
    return notes


def _is_evenly_spaced(time: np.ndarray, before: np.ndarray, after: np.ndarray) -> bool:
    """Whether all steps are equally long; for dates, a whole number of months will do."""
    if len(before) == 0:
        return True
    if time.dtype.kind == "f":
        steps = time[after] / 4 - time[before] / 4  # 1e308 - (-1e308) is too large
        return bool(np.allclose(steps, steps[0], rtol=1e-4, atol=0))
    steps = time[after] - time[before]
    return bool((steps == steps[0]).all()) or _is_monthly(time, before, after)


def _is_monthly(time: np.ndarray, before: np.ndarray, after: np.ndarray) -> bool:
    months = time.astype("M8[M]")
    within = time - months
    steps = (months[after] - months[before]).astype(int)
    return bool((steps == steps[0]).all() and (within[after] == within[before]).all())


#: What stands for a step's character that can't be seen; here a carriage return is told from a new line.
STEP_CHARACTERS = VISIBLE_CHARACTERS | {"\r": "␍"}


def step_labels(table: Table, choices: Choices, groups: list[np.ndarray]) -> np.ndarray:
    """(time, batch) texts, "" past a sequence's end."""
    return pad_sequences(_labels_by_row(table, choices), groups)


def _labels_by_row(table: Table, choices: Choices) -> np.ndarray:
    if is_text(table):
        return np.array(
            [STEP_CHARACTERS.get(character, character) for character in table.columns[TEXT_COLUMN].tolist()]
        )
    if choices.time is None:
        return np.arange(1, table.rows + 1).astype(str)
    words = format_values(table.columns[choices.time])
    return np.where(words == "", f"no {choices.time}"[:MAX_TEXT_LENGTH], words)
