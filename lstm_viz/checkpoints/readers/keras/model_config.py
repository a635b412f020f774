"""A model's description, JSON, as plain dictionaries, its size and depth checked."""

from __future__ import annotations

import json
from typing import Any

from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.formatting import quote
from lstm_viz.checkpoints.limits import CheckpointLimits
from lstm_viz.files.sizes import MEGABYTE

#: The longest description; one of a thousand layers has 2 MB.
MAX_CHARACTERS = 64 * MEGABYTE
#: Levels of JSON for each model inside another, and for what stands in the innermost.
LEVELS_PER_MODEL = 4


def parse_config(text: str, limits: CheckpointLimits) -> dict[str, Any]:
    """The description as a dictionary. CheckpointError where it is broken, too long or too deep.

    >>> parse_config('{"class_name": "Sequential"}', CheckpointLimits())
    {'class_name': 'Sequential'}
    """
    if len(text) > MAX_CHARACTERS:
        raise CheckpointError("The model's description has more than 64 MB. Save the weights alone.")
    deepest = LEVELS_PER_MODEL * limits.levels
    if _nesting_depth(text) > deepest:
        raise CheckpointError(f"The model's description has more than {deepest} levels. Save the weights alone.")
    try:
        config = json.loads(text, object_pairs_hook=_check_unique_keys)
    except (ValueError, RecursionError) as error:
        if isinstance(error, CheckpointError):
            raise
        raise CheckpointError(
            "The model's description is no whole JSON. Copy the file again from its source."
        ) from error
    if not isinstance(config, dict):
        raise CheckpointError("The model's description is no dictionary. Save the model again.")
    return config


def _nesting_depth(text: str) -> int:
    """How deep lists and dictionaries stand in each other; brackets inside of words are not counted.

    >>> _nesting_depth('{"a": ["[["]}')
    2
    """
    deepest = depth = 0
    for number, piece in enumerate(text.replace("\\\\", "").replace('\\"', "").split('"')):
        if number % 2 == 0:
            for character in piece:
                depth += (character in "[{") - (character in "]}")
                deepest = max(deepest, depth)
    return deepest


def _check_unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(name for name in found if [key for key, _ in pairs].count(name) > 1)
        raise CheckpointError(f"The model's description says {quote(twice)} twice. Save the model again.")
    return found
