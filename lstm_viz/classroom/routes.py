"""The HTTP routes of classes, for an app that is served by Starlette.

The teacher's requests bear the token in a header, which no link holds and no form of another site can send. Bodies are
JSON, which browsers let no other site post. Every refusal is a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
import segno
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from lstm_viz.classroom.ballot import counts_csv
from lstm_viz.classroom.classes import Classes
from lstm_viz.classroom.classroom import Classroom
from lstm_viz.classroom.codes import CODE_LENGTH, normal_code
from lstm_viz.classroom.event_stream import EventStream
from lstm_viz.classroom.join_page import join_page
from lstm_viz.classroom.page_state import PageStates
from lstm_viz.classroom.rates import RateLimit
from lstm_viz.classroom.refusal import Refusal

TOKEN_HEADER = "x-class-token"
MAX_BODY, MAX_KEPT_BODY, MAX_LINK = 8_000, 120_000, 300
_PERSON = re.compile(r"[A-Za-z0-9_-]{16,40}", re.ASCII)
NO_STORE = {"cache-control": "no-store", "referrer-policy": "no-referrer"}
NO_CODE = f"A code has {CODE_LENGTH} letters and digits. Look at it once more."
TOO_OFTEN = "That was too often. Wait a moment, then try again."

Answer = Callable[[Request], Awaitable[Any]]


class ClassRoutes:
    """Answers to the requests of teachers and classes, under `base` + "/class"."""

    def __init__(self, classes: Classes, states: PageStates, base: str = "") -> None:
        self._classes, self._states, self._base = classes, states, base
        clock = classes.clock
        # A school's browsers share one address behind its router, so what many may do at once is allowed often.
        self._starts = RateLimit(0.1, 12, clock)
        self._joins = RateLimit(20, 600, clock)
        self._misses = RateLimit(1, 60, clock)
        self._steps = RateLimit(20, 60, clock)
        self._answers = RateLimit(2, 12, clock)

    def routes(self) -> list[Route]:
        """The routes, for the app's list."""
        one = f"{self._base}/class/{{code}}"
        posts: dict[str, Answer] = {
            f"{self._base}/class": self.start,
            f"{one}/state": self.lead_to,
            f"{one}/ballot": self.ballot,
            f"{one}/resume": self.resume,
            f"{one}/end": self.end,
            f"{one}/answer": self.answer,
            f"{one}/away": self.away,
        }
        gets: dict[str, Answer] = {
            f"{one}/events": self.follow,
            f"{one}/lead": self.lead,
            f"{one}/kept": self.kept,
            f"{one}/counts.csv": self.counts,
            f"{one}/code.svg": self.code_svg,
        }
        pages: dict[str, Answer] = {
            f"{self._base}/class": self.join_page,
            f"{self._base}/class/join": self.join,
            one: self.open,
        }
        return [
            *(Route(path, _json_post(answer), methods=["POST"]) for path, answer in posts.items()),
            *(Route(path, _spoken(answer), methods=["GET"]) for path, answer in gets.items()),
            *(Route(path, self._shown(answer), methods=["GET"]) for path, answer in pages.items()),
        ]

    # Pages

    async def join_page(self, request: Request) -> Response:
        """Where a code is typed in."""
        return HTMLResponse(join_page(self._base), headers=NO_STORE)

    async def join(self, request: Request) -> Response:
        """From the code that was typed in to the link of its class, which may be another process's."""
        self._joins.require(_sender(request), TOO_OFTEN)
        if code := normal_code(request.query_params.get("code", "")):
            return RedirectResponse(f"{self._base}/class/{code}", 303, headers=NO_STORE)
        raise Refusal(404, NO_CODE)

    async def open(self, request: Request) -> Response:
        """The link of a class: to where its teacher is."""
        self._joins.require(_sender(request), TOO_OFTEN)
        classroom = self._find(request)
        address = f"{self._base}/{self._states.address(classroom.state, classroom.code)}"
        return RedirectResponse(address, 303, headers=NO_STORE)

    def _shown(self, answer: Answer) -> Answer:
        """A page that shows the sentence of a refusal above the field for a code."""

        async def shown(request: Request) -> Response:
            try:
                return await answer(request)
            except Refusal as refusal:
                typed = request.query_params.get("code", "") or request.path_params.get("code", "")
                page = join_page(self._base, refusal.sentence, typed)
                return HTMLResponse(page, refusal.status, headers=NO_STORE)

        return shown

    # The class

    async def follow(self, request: Request) -> ASGIApp:
        """A person's stream of events."""
        self._joins.require(_sender(request), TOO_OFTEN)
        classroom, person = self._find(request), _person(request.query_params.get("person", ""))
        self._classes.require_stream()
        listener = classroom.join(person)
        classroom.set_away(person, request.query_params.get("away") == "1")
        return EventStream(listener, lambda: classroom.leave(person, listener), self._classes.end_overdue)

    async def answer(self, request: Request) -> None:
        """A person's answer to the question."""
        body = await _body(request)
        classroom, person = self._find(request), _person(body.get("person"))
        self._answers.require(f"{classroom.code} {person}", TOO_OFTEN)
        classroom.answer(person, body.get("number"), body.get("round"), body.get("option"))

    async def away(self, request: Request) -> None:
        """Whether a person looks at something of their own."""
        body = await _body(request)
        classroom, person = self._find(request), _person(body.get("person"))
        self._answers.require(f"{classroom.code} {person}", TOO_OFTEN)
        classroom.set_away(person, body.get("away") is True)

    # The teacher

    async def start(self, request: Request) -> dict[str, Any]:
        """Begins a class."""
        self._starts.require(_sender(request), "Many classes were begun from here just now. Wait a minute.")
        body = await _body(request)
        classroom, token = self._classes.start(self._states.checked(body.get("state")))
        return {"code": classroom.code, "token": token, "seconds": self._classes.seconds_left(classroom)}

    async def lead(self, request: Request) -> ASGIApp:
        """The teacher's stream of events."""
        classroom = self._taught(request)
        self._classes.require_stream()
        if len(classroom.teachers) >= 4:
            raise Refusal(409, "This class is led from four windows already.")
        listener = classroom.lead()
        return EventStream(listener, lambda: classroom.teachers.discard(listener), self._classes.end_overdue)

    async def lead_to(self, request: Request) -> None:
        """Where the teacher is now."""
        classroom = self._taught(request)
        self._steps.require(classroom.code, TOO_OFTEN)
        classroom.lead_to(self._states.checked((await _body(request)).get("state")))

    async def ballot(self, request: Request) -> None:
        """Asks a question, or goes on with it."""
        classroom = self._taught(request)
        self._steps.require(classroom.code, TOO_OFTEN)
        body = await _body(request)
        if body.get("action") == "ask":
            classroom.ask(body)
        else:
            classroom.change_ballot(body.get("action"))

    async def kept(self, request: Request) -> dict[str, Any]:
        """What the teacher's browser keeps for a server that forgets."""
        return self._taught(request).kept_by_teacher()

    async def resume(self, request: Request) -> dict[str, Any]:
        """Brings a class back that the server has forgotten."""
        self._starts.require(_sender(request), TOO_OFTEN)
        body = await _body(request, MAX_KEPT_BODY)
        state = self._states.checked(body.get("state"))
        kept = body.get("kept") or {}
        if not isinstance(kept, dict):
            raise Refusal(400, "This is no class.")
        code = normal_code(request.path_params["code"])
        classroom, is_new = self._classes.resume(code, _token(request), state) if code else (None, False)
        if classroom is None:
            raise Refusal(404, "There is no class with this code.")
        if is_new:
            try:
                classroom.restore(kept)
            except Refusal:
                self._classes.end(code)
                raise
        return {"code": code, "seconds": self._classes.seconds_left(classroom)}

    async def counts(self, request: Request) -> Response:
        """The counts of all votes as CSV."""
        return Response(counts_csv(self._taught(request).rounds), media_type="text/csv", headers=NO_STORE)

    async def end(self, request: Request) -> None:
        """Ends the class."""
        self._classes.end(self._taught(request).code)

    async def code_svg(self, request: Request) -> Response:
        """The class's link as a QR code."""
        classroom = self._find(request)
        link = request.query_params.get("link", "")
        its_own = link.endswith(f"/class/{classroom.code}") and link.startswith(("http://", "https://"))
        if not its_own or len(link) > MAX_LINK:
            raise Refusal(400, "Only the link of this class is drawn.")
        drawn = segno.make(link, error="m").svg_inline(border=2, dark="#000", light="#fff", scale=8, omitsize=True)
        svg = drawn.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
        return Response(svg, media_type="image/svg+xml", headers=NO_STORE)

    # What the answers share

    def _find(self, request: Request) -> Classroom:
        """The class that is asked for; who tries many wrong codes has to wait."""
        try:
            return self._classes.find(normal_code(request.path_params["code"]))
        except Refusal:
            self._misses.require(_sender(request), "Many codes were wrong. Wait a minute, then try again.")
            raise

    def _taught(self, request: Request) -> Classroom:
        return self._classes.taught(self._find(request).code, _token(request))


def _spoken(answer: Answer) -> Answer:
    """An endpoint: what an answer gives as JSON, and a refusal as its sentence."""

    async def spoken(request: Request) -> Response | ASGIApp:
        try:
            given = await answer(request)
        except Refusal as refusal:
            return JSONResponse({"sentence": refusal.sentence}, refusal.status, headers=NO_STORE)
        except ClientDisconnect:
            return Response(status_code=400)
        if given is None or isinstance(given, dict):
            return Response(orjson.dumps(given), media_type="application/json", headers=NO_STORE)
        return given

    return spoken


def _json_post(answer: Answer) -> Answer:
    """An endpoint for JSON alone."""

    async def posted(request: Request) -> Any:
        if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            raise Refusal(415, "The server takes JSON here.")
        return await answer(request)

    return _spoken(posted)


async def _body(request: Request, most: int = MAX_BODY) -> dict[str, Any]:
    """The JSON object of a request, which is no larger than that."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > most:
            raise Refusal(413, "That is too large for a class.")
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise Refusal(400, "The server could not read that.")
    return found


def _sender(request: Request) -> str:
    """The client's address."""
    return request.client.host if request.client else ""


def _token(request: Request) -> str:
    return request.headers.get(TOKEN_HEADER, "")[:200]


def _person(given: object) -> str:
    if isinstance(given, str) and _PERSON.fullmatch(given):
        return given
    raise Refusal(400, "A browser follows a class with an id of its own.")
