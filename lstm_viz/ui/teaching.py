"""What the address hides and enlarges for a lecture: `?teach=1`, and `?hide=speed,notes,strips` for single parts."""

from __future__ import annotations

from typing import NamedTuple

import streamlit as st

#: What a lecture does not need.
SPARED = frozenset({"keys", "speed", "whole", "notes", "model", "captions", "save"})


class Teaching(NamedTuple):
    """Names of controls, words and charts that are not shown, and whether the rest is larger."""

    hidden: frozenset[str]
    large: bool


def teaching() -> Teaching:
    """As the address says now."""
    large = st.query_params.get("teach") == "1"
    named = {name.strip() for name in st.query_params.get("hide", "").split(",")} - {""}
    return Teaching(frozenset(named) | (SPARED if large else frozenset()), large)


def shows(name: str) -> bool:
    """Whether a part of the page is shown."""
    return name not in teaching().hidden
