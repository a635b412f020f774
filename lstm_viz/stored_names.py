"""How the names of a run stand in its file: texts as characters in UTF-8, which need no memory but their own."""

from __future__ import annotations

from collections.abc import Collection, Hashable
from typing import Any

import numpy as np

from lstm_viz.names import Names
from lstm_viz.schema import Axes

#: Each array and its axes; a text has one axis more in the file, for its characters.
NUMBERS: Axes = {"feature_offset": ("feature",), "feature_scale": ("feature",)}
TEXTS: Axes = {"feature_name": ("feature",), "sequence_name": ("sequence",), "step_label": ("time", "sequence")}
#: What a file need not have.
ANSWERS: Axes = {"answer": ("time", "sequence")}
FILLED: Axes = {"filled": ("time", "sequence", "feature")}
#: How each is held where it is not as a floating-point number.
KINDS = dict.fromkeys(TEXTS | ANSWERS, ("|S1",)) | dict.fromkeys(FILLED, ("int8",))
#: Characters of a name that are read.
LONGEST = 200

Variables = dict[str, tuple[tuple[str, ...], np.ndarray]]


def variables(names: Names) -> Variables:
    """Every array of a run's names with its axes, texts as texts."""
    values: dict[str, Any] = {
        "feature_name": np.array(names.features, dtype=str),
        "sequence_name": np.array(names.sequences, dtype=str),
        "step_label": names.steps.astype(str),
        "feature_offset": names.offset,
        "feature_scale": names.scale,
    }
    if names.filled is not None:
        values["filled"] = names.filled.astype(np.int8)
    if names.answers is not None:
        values["answer"] = names.answers.astype(str)
    axes = TEXTS | NUMBERS | FILLED | ANSWERS
    return {name: (axes[name], value) for name, value in values.items()}


def encodings(written: Collection[Hashable]) -> dict[Hashable, dict[str, Any]]:
    """What xarray is to be told of those that are written."""
    texts = {name: {"dtype": "S1", "zlib": True} for name in TEXTS | ANSWERS}
    numbers: dict[str, dict[str, Any]] = {name: {"_FillValue": None} for name in NUMBERS}
    told = texts | numbers | {name: {"zlib": True} for name in FILLED}
    return {name: encoding for name, encoding in told.items() if name in written}


def stored_axes(there: Collection[str]) -> Axes:
    """The arrays to read of a file that has names, and their axes in it; none where it has no names."""
    if "feature_name" not in there:
        return {}
    wanted = TEXTS | (ANSWERS if "answer" in there else {})
    texts = {name: (*axes, f"{name} characters") for name, axes in wanted.items()}
    return texts | NUMBERS | (FILLED if "filled" in there else {})


def names_from(arrays: dict[str, np.ndarray], source: str) -> Names | None:
    """The names among a file's arrays; ValueError where their numbers are no units."""
    if "feature_name" not in arrays:
        return None
    offset, scale = (arrays[name].astype(np.float64) for name in NUMBERS)
    if not (np.isfinite(offset).all() and np.isfinite(scale).all() and scale.all()):
        raise ValueError("its units are not finite")
    features, sequences, steps = (_texts(arrays[name]) for name in TEXTS)
    filled = arrays["filled"].astype(bool) if "filled" in arrays else None
    named = tuple(features.tolist()), tuple(sequences.tolist())
    answers = _texts(arrays["answer"]) if "answer" in arrays else None
    return Names(*named, steps, offset, scale, _plain(source), filled, answers)


def _texts(characters: np.ndarray) -> np.ndarray:
    """(..., characters) of single bytes -> (...) texts."""
    joined = np.ascontiguousarray(characters).view(f"S{characters.shape[-1]}")[..., 0]
    texts = np.char.decode(joined, "utf-8", "replace")
    return np.array([_plain(text) for text in texts.ravel().tolist()], dtype=str).reshape(texts.shape)


def _plain(text: str) -> str:
    """A stranger's text without signs that steer, cut to where it is still a name."""
    return "".join(sign if sign.isprintable() else "�" for sign in text[:LONGEST])
