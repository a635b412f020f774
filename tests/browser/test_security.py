"""What the server refuses, and what it says with every answer, asked over the network."""

from __future__ import annotations

import http.client
import uuid

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

FOREIGN = "rebound.example"


def ask(server, path: str = "/", method: str = "GET", body: bytes | None = None, **headers: str):
    """A request's status, headers and text."""
    connection = http.client.HTTPConnection(server.address.removeprefix("http://"), timeout=20)
    connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    try:
        return (
            answer.status,
            {name.lower(): value for name, value in answer.getheaders()},
            answer.read().decode(errors="replace"),
        )
    finally:
        connection.close()


def join(server, session: str = "", cookie: str = "", origin: str = "") -> ClientConnection:
    """A websocket of the app, which may name a session that it wants to go on with."""
    return connect(
        server.address.replace("http", "ws") + "/_stcore/stream",
        subprotocols=["streamlit", "none", session] if session else ["streamlit"],  # type: ignore[list-item]
        additional_headers={"Cookie": cookie} if cookie else None,
        origin=origin or None,  # type: ignore[arg-type]
        open_timeout=20,
    )


def session_of(socket: ClientConnection) -> str:
    """The id that the server gives a session, once its script runs."""
    begin = BackMsg()
    begin.rerun_script.query_string = ""
    socket.send(begin.SerializeToString())
    while True:
        message = ForwardMsg()
        message.ParseFromString(socket.recv(timeout=60))
        if message.WhichOneof("type") == "new_session":
            return message.new_session.initialize.session_id


def refused(server, **options: str) -> int:
    with pytest.raises(InvalidStatus) as refusal:
        join(server, **options)
    return refusal.value.response.status_code


def test_every_answer_says_what_a_page_may_do(server):
    for path in ("/", "/forget_gate", "/_stcore/health", "/favicon.png", "/no/such/thing.js"):
        _, headers, _ = ask(server, path)
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe-eval" not in policy and "http" not in policy, path
        assert "script-src 'self'" in policy and "'unsafe-inline'" not in policy.split("style-src")[0]
        assert "frame-ancestors 'self'" in policy and headers["x-frame-options"] == "SAMEORIGIN"
        assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "same-origin"
        assert "server" not in headers


def test_only_own_names_are_answered(server):
    status, _, text = ask(server, Host=FOREIGN)
    assert status == 421 and "server.allowedHosts" in text and FOREIGN not in text
    assert ask(server, Host="127.0.0.1.nip.example")[0] == 421
    assert ask(server, Host=f"localhost:{server.address.rpartition(':')[2]}")[0] == 200
    assert ask(server, "/_stcore/health", Host="192.168.1.20:8501")[0] == 200
    handshake = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Key": "MDEyMzQ1Njc4OWFiY2RlZg=="}
    handshake |= {"Sec-WebSocket-Version": "13", "Origin": f"http://{FOREIGN}"}
    assert ask(server, "/_stcore/stream", Host=FOREIGN, **handshake)[0] == 421


def test_a_foreign_page_can_t_join_or_change_anything(server):
    assert refused(server, origin=f"http://{FOREIGN}") == 403
    assert refused(server, origin="null") == 403
    for method in ("PUT", "POST", "DELETE"):
        path = f"/_stcore/upload_file/{uuid.uuid4()}/{uuid.uuid4()}"
        status, _, text = ask(server, path, method, b"x", Origin=f"http://{FOREIGN}")
        assert status == 403 and "server.corsAllowedOrigins" in text


def test_what_is_inside_is_for_the_machine_itself(server):
    assert ask(server, "/_stcore/metrics")[0] == 200
    for path in ("/_stcore/metrics", "/_stcore/script-health-check"):
        assert ask(server, path, X_Forwarded_For="203.0.113.9")[0] == 404
    for path in ("/_stcore/agent/openapi.json", "/_stcore/agent/interact", "/_stcore/agent/mcp"):
        assert ask(server, path, X_Forwarded_For="203.0.113.9")[0] == 404
    assert ask(server, "/_stcore/health", X_Forwarded_For="203.0.113.9")[0] == 200


def test_uploads_need_a_session_and_a_token(server):
    path = f"/_stcore/upload_file/{uuid.uuid4()}/{uuid.uuid4()}"
    assert ask(server, path, "PUT", b"x")[0] == 403
    token = "2|00000000|" + "61" * 16 + "|1700000000"
    status, _, text = ask(server, path, "PUT", b"x", Cookie=f"_streamlit_xsrf={token}", X_Xsrftoken=token)
    assert (
        status == 400
        and "session_id" in text
        and "/" not in text.replace("https://docs.streamlit.io/", "").split("See")[0].replace(" / ", "")
    )


def test_a_session_goes_on_in_its_own_browser_alone(server):
    cookie = ask(server, Accept="text/html")[1]["set-cookie"].partition(";")[0]
    other = ask(server, Accept="text/html")[1]["set-cookie"].partition(";")[0]
    assert cookie != other and "set-cookie" not in ask(server, Accept="text/html", Cookie=cookie)[1]
    with join(server, cookie=cookie) as first:
        session = session_of(first)
        for stranger in (other, ""):  # while it is open
            with join(server, session, stranger) as thief:
                assert session_of(thief) != session
    for stranger in (other, "", cookie.replace("=", "=x")):  # and after a break
        with join(server, session, stranger) as thief:
            assert session_of(thief) != session
    with join(server, session, cookie) as back:
        assert session_of(back) == session
