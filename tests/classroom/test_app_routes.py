"""What the app itself adds to classes: its widgets' keys, its pages, and the end of streams with the server."""

from __future__ import annotations

import ast
import asyncio
import signal
from pathlib import Path

from starlette.requests import Request
from starlette.routing import Match

from lstm_viz.ui.app import classroom
from lstm_viz.ui.app.classroom import PAGE_ADDRESSES, WIDGET_KEYS, end_streams_at_exit
from lstm_viz.ui.app.worksheets import worksheet_routes
from lstm_viz.ui.lessons.worksheet_pages import worksheet_address
from lstm_viz.ui.navigation.pages import PAGES
from lstm_viz.ui.session import Session
from lstm_viz.ui.stage.bundled_runs import bundled_view

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


def test_streams_end_when_the_server_is_told_to(monkeypatch):
    told = []

    class Classes:
        def stop(self) -> None:
            told.append("streams")

    async def serve() -> None:
        end_streams_at_exit()
        signal.raise_signal(signal.SIGTERM)
        await asyncio.sleep(0.01)

    monkeypatch.setattr(classroom, "_classes", Classes)
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        signal.signal(signal.SIGTERM, lambda *_: told.append("server"))
        asyncio.run(serve())
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    assert told == ["server", "streams"]


def got(address: str) -> tuple[int, str]:
    """The status and the text of an answer of the worksheets' route."""
    (route,) = worksheet_routes()
    path, _, query = address.partition("?")
    scope = {"type": "http", "method": "GET", "path": path, "query_string": query.encode(), "headers": []}
    match, found = route.matches(scope)
    assert match is Match.FULL
    answer = route.endpoint(Request(scope | dict(found)))
    return answer.status_code, answer.body.decode()


def test_worksheets_are_pages_to_print():
    status, page = got(worksheet_address("forget_gate", bundled_view("recall"), 3))
    assert status == 200 and page.startswith("<!doctype html>")
    assert page.count("<section class='sheet") == 6, "a sheet and a key for each seat"
    _, pupils = got("/worksheet/forget_gate?seed=2")
    assert pupils.count("<section class='sheet") == 1 and "Key" not in pupils
    for address in ("/worksheet/nothing", "/worksheet/basics?model=../secret", "/worksheet/basics?model=recall-rnn"):
        assert got(address)[0] == 404
    status, odd = got("/worksheet/basics?seed=%C2%B2&seats=99999999")
    assert status == 200 and odd.count("<section class='sheet") == 1
