"""The app's address: the moment to look at, what a lecture hides or enlarges, and the path that it is served under."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import streamlit as st

from lstm_viz.figures.moment import BEATS, INSPECTABLE_GATES, Moment


def moment_in_address(usual: Moment) -> Moment:
    """The moment that the address asks for, and the usual one in what it leaves open.

    The player writes no first sequence, no first layer and no last beat, so an address with a step means these.
    Nothing in it needs to exist: who draws brings it inside what there is.
    """
    if step_in_address():
        usual = replace(usual, sequence=0, layer=0, beat=len(BEATS) - 1)
    beat = st.query_params.get("beat", "").replace("-", " ")
    return Moment(
        beat=BEATS.index(beat) if beat in BEATS else usual.beat,
        **{name: _index_parameter(name, getattr(usual, name)) for name in ("step", "unit", "sequence", "layer")},
        gate=min(_number_parameter("gate"), len(INSPECTABLE_GATES) - 1),
        depth=min(_number_parameter("depth"), 2),
        signs=int(st.query_params.get("signs") == "1"),
        checkpoint=_index_parameter("checkpoint", 0),
        training=_index_parameter("training", 0),
    )


def _index_parameter(name: str, usual: int) -> int:
    """A number counted from 1 in the address, from 0 here."""
    text = st.query_params.get(name, "")
    return max(0, int(text) - 1) if text.isascii() and text.isdigit() and len(text) < 10 else usual


def _number_parameter(name: str) -> int:
    """A number as it stands in the address; 0 where there is none."""
    text = st.query_params.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0


def step_in_address() -> bool:
    """Whether the address asks for a step at all."""
    return "step" in st.query_params


#: What a lecture does not need.
HIDDEN_WHEN_PRESENTING = frozenset({"keys", "speed", "whole", "notes", "model", "captions", "save"})


class PresentationMode(NamedTuple):
    """Names of controls, words and charts that are not shown, and whether the rest is larger."""

    hidden: frozenset[str]
    large: bool


def presentation_mode() -> PresentationMode:
    """As the address says now."""
    large = st.query_params.get("teach") == "1"
    named = {name.strip() for name in st.query_params.get("hide", "").split(",")} - {""}
    return PresentationMode(frozenset(named) | (HIDDEN_WHEN_PRESENTING if large else frozenset()), large)


def present(large: bool) -> None:
    """Begins or ends a lecture: the address says so, as a copied link does."""
    if large:
        st.query_params["teach"] = "1"
    else:
        st.query_params.pop("teach", None)


def is_shown(name: str) -> bool:
    """Whether a part of the page is shown."""
    return name not in presentation_mode().hidden


def base_path() -> str:
    """The path under which the app is served, "" or such as "/lstm"."""
    path = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{path}" if path else ""


def path_below_base(path: str) -> str:
    """A request's path as it is below the path under which the app is served.

    >>> path_below_base("/forget_gate")
    '/forget_gate'
    """
    base = base_path()
    return path.removeprefix(base) if path.startswith(f"{base}/") else path
