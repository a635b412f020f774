"""The route of worksheets: a lesson's, of a bundled model's run, drawn by a seed, as a page to print."""

from __future__ import annotations

import time
from functools import lru_cache

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from lstm_viz.classroom.rates import RateLimit
from lstm_viz.ui.navigation.address import base_path

#: The largest seed; a sheet's number.
MOST_SEED = 9999
TOO_OFTEN = "That was too often. Wait a moment, then try again."
_LIMIT = RateLimit(4, 60, time.monotonic)


def worksheet_routes() -> list[Route]:
    """The routes, for the app's list: `/worksheet/LESSON?model=KEY&seed=1&seats=30&key=1`."""
    return [Route(f"{base_path()}/worksheet/{{lesson}}", _worksheet, methods=["GET"])]


def worksheet_address(lesson: str, model: str, seats: int, seed: int = 1) -> str:
    """Where a class's worksheets are, with their key."""
    return f"{base_path()}/worksheet/{lesson}?model={model}&seed={seed}&seats={seats}&key=1"


def _worksheet(request: Request) -> Response:
    """Runs in a thread of its own, since it draws."""
    if not _LIMIT.allows(request.client.host if request.client else ""):
        return PlainTextResponse(TOO_OFTEN, 429)
    query = request.query_params
    seed, seats = (_number(query.get(name, ""), most) for name, most in (("seed", MOST_SEED), ("seats", 40)))
    page = _page(request.path_params["lesson"], query.get("model", ""), seed, seats, query.get("key") == "1")
    if page is None:
        return PlainTextResponse("There is no such lesson, or no such model with gates.", 404)
    return HTMLResponse(page, headers={"cache-control": "no-cache"})


def _number(text: str, most: int) -> int:
    """A number from 1 up; 1 for anything else."""
    return min(most, max(1, int(text))) if text.isascii() and text.isdigit() and len(text) < 6 else 1


@lru_cache(64)
def _page(lesson: str, model: str, seed: int, seats: int, with_key: bool) -> str | None:
    from lstm_viz.bundled.cards import FIRST_MODEL
    from lstm_viz.lessons.sections import section
    from lstm_viz.lessons.worksheets import worksheet, worksheets_html
    from lstm_viz.ui.stage.bundled_runs import bundled_view, cards

    card = cards().get(model or FIRST_MODEL)
    if card is None or card.variant == "rnn":
        return None
    try:
        found = section(lesson)
    except KeyError:
        return None
    view = bundled_view(card.key)
    sheets = [worksheet(found, view, each) for each in range(seed, seed + seats)]
    return worksheets_html(sheets, card.title, with_key=with_key)
