"""Findings as chips with a mark: what a person should not miss of a sequence or a fit; a click shows the sentence."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

import streamlit as st

from lstm_viz.sequences.findings import Finding

CODE = re.compile(r"`([^`]+)`")


def show_findings(notes: Iterable[str]) -> None:
    """The findings among notes, in one line as far as they fit; nothing where there are none."""
    chips = [finding_html(note) for note in notes if isinstance(note, Finding)]
    if chips:
        st.html(f'<div class="findings">{"".join(chips)}</div>', width="content")


def finding_html(finding: Finding) -> str:
    """A chip: the label, and the sentence behind it. Words of a file are escaped.

    >>> finding_html(Finding("Gaps in `<b>`.", "2 gaps in <b>"))
    '<details><summary>2 gaps in &lt;b&gt;</summary>Gaps in <code>&lt;b&gt;</code>.</details>'
    """
    sentence = CODE.sub(r"<code>\1</code>", escape(finding))
    return f"<details><summary>{escape(finding.label)}</summary>{sentence}</details>"
