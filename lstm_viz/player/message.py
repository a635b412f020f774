"""The player's binary message: a JSON header, then the recorded arrays as float32.

Layout: 4 bytes (little-endian) length of the header, the header in UTF-8, the arrays one
after the other in C order. Products and previous states are left out: the player makes them
as `LayerTrace` does, in the same precision.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lstm_viz.analysis.contributions import GateMap
from lstm_viz.figures.labels import MAX_TICKS, SHORT_LABEL, TICK_SIGNS
from lstm_viz.figures.moment import BEATS, Moment
from lstm_viz.figures.palette import DARK, LIGHT
from lstm_viz.figures.viewport import LANES, MAX_FEATURES, SCALE_OF, Overview, Viewport

RECORDED_ARRAYS = ("input_gate", "forget_gate", "candidate", "output_gate", "cell_state", "hidden_state")
INITIAL_STATES = ("initial_cell_state", "initial_hidden_state")
#: The arrays of a comparison run, which has a message of its own.
COMPARISON_ARRAYS = ("cell_state", "hidden_state")


def pack(viewport: Viewport, moment: Moment, **extra: Any) -> bytes:
    """Serialise a viewport as the player's message; `extra` joins the header.

    >>> import json
    >>> from lstm_viz.figures.run_view import StepTexts
    >>> from lstm_viz.figures.viewport import Viewport
    >>> empty = np.empty((0, 0), dtype=str)
    >>> viewport = Viewport((), (), (), (StepTexts(empty, empty),), [], [], np.array([]), 0)
    >>> message = pack(viewport, Moment(), charts=["cell"])
    >>> json.loads(message[4:])["charts"]
    ['cell']
    """
    blocks: list[np.ndarray] = []
    header = _header(viewport, moment) | {
        "layers": [_layer(viewport, layer_index, blocks) for layer_index in range(len(viewport.layers))]
    }
    header["extras"] = {name: _append_block(values, blocks) for name, values in viewport.extras.items()}
    header["maps"] = [_weight_maps(maps, blocks) for maps in viewport.maps]
    if viewport.overview is not None:
        header["overview"] = {
            "edges": viewport.overview.edges.tolist(),
            "layers": _envelopes(viewport.overview, blocks),
        }
        if viewport.overview.column is not None:
            low, high = (_append_block(edge, blocks) for edge in viewport.overview.column)
            header["overview"]["column"] = {"low": low, "high": high}
    # The id comes first: the player compares the message's beginning to see whether it is new.
    return _serialise(extra | header, blocks)


def pack_comparison(viewport: Viewport, **extra: Any) -> bytes:
    """Serialise the states of a viewport's compared layers, in the layout of `pack`."""
    blocks: list[np.ndarray] = []
    layers = [
        _layer(viewport, layer_index, blocks, COMPARISON_ARRAYS)
        for layer_index in range(viewport.own_layers, len(viewport.layers))
    ]
    answers = [_text_list(texts.answers) for texts in viewport.texts[1:]]
    header = {
        "unitLimits": viewport.unit_limits,
        "layers": layers,
        "captions": dict(viewport.captions),
        "answersBeside": answers,
    }
    return _serialise(extra | header, blocks)


def _serialise(header: dict[str, Any], blocks: list[np.ndarray]) -> bytes:
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    return b"".join([len(text).to_bytes(4, "little"), text, *(block.tobytes() for block in blocks)])


def _text_list(texts: np.ndarray | None) -> list[Any] | None:
    return None if texts is None else texts.tolist()


def _header(viewport: Viewport, moment: Moment) -> dict[str, Any]:
    beats = _beats(viewport)
    return {
        "beats": beats,
        "moment": vars(moment) | {"beat": min(moment.beat, len(beats) - 1)},
        "start": viewport.start,
        "total": viewport.total,
        "ownLayers": viewport.own_layers,
        "captions": dict(viewport.captions),
        "rows": viewport.rows,
        "window": viewport.window,
        "lanes": LANES,
        "ticks": {"shortLabel": SHORT_LABEL, "max": MAX_TICKS, "signs": TICK_SIGNS},
        "features": viewport.features.tolist(),
        "sequenceNames": list(viewport.sequence_names),
        "lengths": viewport.lengths.tolist(),
        "labels": viewport.labels.tolist(),
        "events": viewport.events.tolist(),
        "answers": _text_list(viewport.texts[0].answers),
        "answersBeside": [_text_list(texts.answers) for texts in viewport.texts[1:]],
        "labelsBeside": [_text_list(texts.labels) for texts in viewport.texts[1:]],
        "eventsBeside": [_text_list(texts.events) for texts in viewport.texts[1:]],
        "writers": viewport.writers,
        "unitLimits": viewport.unit_limits,
        "answerNames": list(viewport.answer_names),
        "checkpoints": viewport.checkpoints and viewport.checkpoints._asdict(),
        "scaleOf": SCALE_OF,
        "palettes": {"light": vars(LIGHT), "dark": vars(DARK)},
    }


def _beats(viewport: Viewport) -> tuple[str, ...]:
    """The beats of a step; a plain RNN has no gates, and so one beat only."""
    return BEATS[-1:] if viewport.layers and viewport.layers[0].variant == "rnn" else BEATS


def _layer(viewport: Viewport, layer_index: int, blocks: list[np.ndarray], only: Sequence[str] = ()) -> dict[str, Any]:
    layer = viewport.layers[layer_index]
    arrays = {name: getattr(layer, name) for name in only} if only else _arrays(viewport, layer_index)
    return {
        "name": layer.name,
        "variant": layer.variant,
        "gate": layer.activations.gate.words,
        "candidate": layer.activations.candidate.words,
        "readout": layer.activations.readout.words,
        "reverse": layer.reverse,
        "lengths": np.asarray(layer.lengths).tolist(),
        "units": viewport.units[layer_index].tolist(),
        "order": viewport.orders[layer_index].tolist(),
        "scales": {
            name: {"limit": scale.limit, "signedSqrt": scale.signed_sqrt}
            for name, scale in viewport.scales[layer_index].items()
        },
        "arrays": {name: _append_block(values, blocks) for name, values in arrays.items() if values is not None},
    }


def _arrays(viewport: Viewport, layer_index: int) -> dict[str, np.ndarray | None]:
    """The arrays of a layer that every page's charts read, and those that this page's need."""
    layer = viewport.layers[layer_index]
    arrays = {name: getattr(layer, name) for name in (*RECORDED_ARRAYS, *INITIAL_STATES)}
    arrays["event"] = (
        layer.event[..., viewport.features] if viewport.reads_input(layer_index) else layer.event[..., :MAX_FEATURES]
    )
    if layer.variant == "course" or not layer.activations.is_standard:
        arrays["readout"] = layer.readout
    return arrays | {
        name: viewport.array(layer_index, name) for name in viewport.needs if viewport.has(layer_index, name)
    }


def _weight_maps(maps: Mapping[str, GateMap], blocks: list[np.ndarray]) -> dict[str, Any]:
    """Each gate's weights and inputs; gates that read the same inputs share one block of them."""
    shared: dict[int, dict[str, Any]] = {}
    packed: dict[str, Any] = {}
    for gate, part in maps.items():
        values = shared.setdefault(id(part.values), {}) or _append_block(part.values, blocks)
        shared[id(part.values)] = values
        packed[gate] = {"names": part.names, "weights": _append_block(part.weights, blocks), "values": values}
        if part.rest is not None:
            packed[gate]["rest"] = _append_block(part.rest, blocks)
    return packed


def _envelopes(overview: Overview, blocks: list[np.ndarray]) -> list[dict[str, Any]]:
    pairs = zip(overview.low, overview.high, strict=True)
    return [{"low": _append_block(low, blocks), "high": _append_block(high, blocks)} for low, high in pairs]


def _append_block(values: np.ndarray, blocks: list[np.ndarray]) -> dict[str, Any]:
    """Append an array; returns its reference for the header: index of its first number, and shape."""
    first = sum(block.size for block in blocks)
    blocks.append(np.ascontiguousarray(values, np.float32))
    return {"first": first, "shape": values.shape}
