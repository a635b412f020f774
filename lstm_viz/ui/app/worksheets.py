"""The route of worksheets: a lesson's, of a bundled model's run, drawn by a seed, as a page to print."""

from __future__ import annotations

import time

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from lstm_viz.classroom.rates import RateLimit
from lstm_viz.ui.navigation.address import base_path

#: The largest seed, which is a sheet's number, and how many sheets there are at once.
MOST_SEED, MOST_SEATS = 9999, 40
TOO_OFTEN = "That was too often. Wait a moment, then try again."
_LIMIT = RateLimit(4, 60, time.monotonic)


def worksheet_routes() -> list[Route]:
    """The routes, for the app's list: `/worksheet/LESSON?model=KEY&seed=1&seats=30&key=1`."""
    return [Route(f"{base_path()}/worksheet/{{lesson}}", _worksheet, methods=["GET"])]


def _worksheet(request: Request) -> Response:
    """Runs in a thread of its own, since it draws."""
    from lstm_viz.ui.lessons.worksheet_pages import worksheet_page  # the server starts without it

    if not _LIMIT.allows(request.client.host if request.client else ""):
        return PlainTextResponse(TOO_OFTEN, 429)
    query = request.query_params
    seed, seats = (_number(query.get(name, ""), most) for name, most in (("seed", MOST_SEED), ("seats", MOST_SEATS)))
    page = worksheet_page(request.path_params["lesson"], query.get("model", ""), seed, seats, query.get("key") == "1")
    if page is None:
        return PlainTextResponse("There is no such lesson, or no such model with gates.", 404)
    return HTMLResponse(page, headers={"cache-control": "no-cache"})


def _number(text: str, most: int) -> int:
    """A number from 1 up; 1 for anything else."""
    return min(most, max(1, int(text))) if text.isascii() and text.isdigit() and len(text) < 6 else 1
