"""Browsers of a class without a network: they call the ASGI app, and read streams as they come."""

from __future__ import annotations

import asyncio
import json
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

from starlette.applications import Starlette

from lstm_viz.classroom.classes import Classes
from lstm_viz.classroom.codes import ALPHABET, Signer
from lstm_viz.classroom.page_state import PageStates
from lstm_viz.classroom.routes import ClassRoutes

PAGES, KEYS = ("", "basics", "forget_gate"), ("model", "source")
QUESTION = {"question": "Up or down?", "options": ["up", "down", "it stays"], "right": 1}


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def sentence(self) -> str:
        return self.json["sentence"]


class Stream:
    """An open stream of events."""

    def __init__(self, app: Any, scope: dict[str, Any]) -> None:
        self._sent: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._left = asyncio.Event()
        self._task = asyncio.ensure_future(app(scope, self._receive, self._sent.put))
        self.status = 0

    async def _receive(self) -> dict[str, Any]:
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def started(self) -> Stream:
        self.status = (await self._next())["status"]
        return self

    async def _next(self) -> dict[str, Any]:
        return await asyncio.wait_for(self._sent.get(), 5)

    async def heard(self, kind: str) -> Any:
        """The value of the next event of a kind."""
        while True:
            message = await self._next()
            for event in message["body"].decode().split("\n\n"):
                if event.startswith(f"event: {kind}\n"):
                    return json.loads(event.partition("data: ")[2])
            assert message["more_body"], f"the stream ended before {kind}"

    async def rest(self) -> bytes:
        """What comes until the server ends the stream."""
        found = b""
        while (message := await self._next())["more_body"]:
            found += message["body"]
        await asyncio.wait_for(self._task, 5)
        return found

    async def leave(self) -> None:
        self._left.set()
        await asyncio.wait_for(self._task, 5)


class School:
    """A server, and browsers that ask it."""

    def __init__(self, letters: str = ALPHABET, clock: Clock | None = None, base: str = "") -> None:
        self.clock, self.base = clock or Clock(), base
        self.letters = letters
        self.restart()

    def restart(self) -> None:
        """The same server with nothing in its memory but its key."""
        self.classes = Classes(Signer(lambda: b"key"), self.clock, self.letters)
        self.app = Starlette(routes=ClassRoutes(self.classes, PageStates(PAGES, KEYS), self.base).routes())

    def _scope(self, method: str, target: str, headers: dict[str, str]) -> dict[str, Any]:
        parts = urlsplit(target)
        listed = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        return {
            "type": "http",
            "method": method,
            "path": parts.path,
            "raw_path": parts.path.encode(),
            "query_string": parts.query.encode(),
            "headers": [(b"host", b"school"), *listed],
            "client": ("10.0.0.1", 5000),
            "scheme": "http",
            "server": ("school", 80),
            "root_path": "",
        }

    async def ask(self, method: str, target: str, body: bytes = b"", **headers: str) -> Answer:
        sent: list[dict[str, Any]] = []
        parts = [
            {"type": "http.request", "body": body[k : k + 4000], "more_body": True} for k in range(0, len(body), 4000)
        ]
        parts += [{"type": "http.request", "body": b"", "more_body": False}]

        async def receive() -> dict[str, Any]:
            return parts.pop(0) if parts else {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        named = {name.replace("_", "-"): value for name, value in headers.items()}
        await self.app(self._scope(method, target, named), receive, send)
        found = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return Answer(sent[0]["status"], found, b"".join(message.get("body", b"") for message in sent[1:]))

    async def get(self, target: str, **headers: str) -> Answer:
        return await self.ask("GET", target, **headers)

    async def post(self, target: str, body: object, token: str = "") -> Answer:
        sent = json.dumps(body).encode()
        return await self.ask("POST", target, sent, content_type="application/json", x_class_token=token)

    async def follow(self, code: str, person: int = 0, **query: str) -> Stream:
        asked = urlencode({"person": f"person-number-{person:06d}", **query})
        return await Stream(self.app, self._scope("GET", f"{self.base}/class/{code}/events?{asked}", {})).started()

    async def begin(self, state: str = "basics?step=3") -> Teacher:
        begun = (await self.post(f"{self.base}/class", {"state": state})).json
        return Teacher(self, begun["code"], begun["token"])


class Teacher(NamedTuple):
    """Who began a class."""

    school: School
    code: str
    token: str

    def path(self, part: str = "") -> str:
        return f"{self.school.base}/class/{self.code}{part}"

    async def post(self, part: str, body: object) -> Answer:
        return await self.school.post(self.path(part), body, self.token)

    async def get(self, part: str) -> Answer:
        return await self.school.get(self.path(part), x_class_token=self.token)

    async def go(self, state: str) -> Answer:
        return await self.post("/state", {"state": state})

    async def ballot(self, action: str) -> Answer:
        return await self.post("/ballot", {"action": action})

    async def ask(self, **changed: object) -> Answer:
        return await self.post("/ballot", {"action": "ask", **QUESTION, **changed})

    async def lead(self) -> Stream:
        scope = self.school._scope("GET", self.path("/lead"), {"x-class-token": self.token})
        return await Stream(self.school.app, scope).started()


async def vote(school: School, code: str, person: int, option: object, number: int = 1, round: int = 1) -> Answer:
    body = {"person": f"person-number-{person:06d}", "number": number, "round": round, "option": option}
    return await school.post(f"/class/{code}/answer", body)
