"""A class follows every widget that keeps its value in the address."""

from __future__ import annotations

import ast
from pathlib import Path

from lstm_viz.ui.app.classroom import PAGE_ADDRESSES, WIDGET_KEYS
from lstm_viz.ui.navigation.pages import PAGES
from lstm_viz.ui.session import Session

ROOT = Path(__file__).parents[2]


def bound_keys(path: Path) -> set[str]:
    """Keys of the widgets in a file that are bound to the address."""
    found = set()
    for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(call, ast.Call):
            continue
        given = {keyword.arg: keyword.value for keyword in call.keywords}
        if getattr(given.get("bind"), "value", "") != "query-params":
            continue
        match given["key"]:
            case ast.Constant(value=key):
                found.add(key)
            case ast.Attribute(value=ast.Attribute(value=ast.Name(id="Session"), attr=name), attr="key"):
                found.add(vars(Session)[name].key)
    return found


def test_all_widgets_in_the_address_are_followed():
    sources = [*(ROOT / "lstm_viz" / "ui").rglob("*.py"), *(ROOT / "pages").glob("*.py")]
    keys = set().union(*map(bound_keys, sources))
    assert len(keys) > 10 and keys <= set(WIDGET_KEYS)


def test_all_pages_are_followed():
    assert len(PAGE_ADDRESSES) == len(PAGES) and PAGE_ADDRESSES[0] == ""
