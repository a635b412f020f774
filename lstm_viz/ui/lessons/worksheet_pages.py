"""Worksheets of bundled models' runs as pages to print, and where they are."""

from __future__ import annotations

from functools import lru_cache

from streamlit.logger import set_log_level

from lstm_viz.bundled.cards import FIRST_MODEL
from lstm_viz.lessons.sections import SECTIONS
from lstm_viz.lessons.worksheets import worksheet, worksheets_html
from lstm_viz.ui.navigation.address import base_path
from lstm_viz.ui.stage.bundled_runs import bundled_view, cards
from lstm_viz.ui.stage.views import View


def worksheet_address(lesson: str, view: View, seats: int = 30) -> str:
    """Where a class's worksheets and their key are: of this run's model, or of the first one for a run of one's own."""
    key = view.name.split()[0]
    model = key if _has_gates(key) else FIRST_MODEL
    return f"{base_path()}/worksheet/{lesson}?model={model}&seed=1&seats={seats}&key=1"


def _has_gates(model: str) -> bool:
    return model in cards() and cards()[model].variant != "rnn"


@lru_cache(64)
def worksheet_page(lesson: str, model: str, seed: int, seats: int, with_key: bool) -> str | None:
    """The sheets of a lesson for these seeds, from `seed` on, as HTML; None for a lesson or model that isn't there."""
    section = next((section for section in SECTIONS if section.name == lesson), None)
    key = model or FIRST_MODEL
    if section is None or not _has_gates(key):
        return None
    sheets = [worksheet(section, bundled_view(key), each) for each in range(seed, seed + seats)]
    return worksheets_html(sheets, cards()[key].title, with_key=with_key)


def worksheet_page_alone(lesson: str, model: str, seed: int, seats: int, with_key: bool) -> str | None:
    """The same where no server runs."""
    set_log_level("ERROR")  # Streamlit would warn of that
    return worksheet_page(lesson, model, seed, seats, with_key)
