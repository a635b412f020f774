"""Names by which the server may be asked for: against DNS rebinding, by which a foreign page reads one's own server.

A foreign page can have its own name lead to 127.0.0.1, and is then of the same origin as the app there. So a request
is answered only if its `Host` is a number, a name of this machine, or a name in Streamlit's `server.allowedHosts`.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterable

#: Names that are remembered with what was decided on them.
MAX_REMEMBERED = 256
REFUSAL = (
    "This server is not known by the name in this address. Whoever runs it can add the name to the setting "
    "server.allowedHosts, as in STREAMLIT_SERVER_ALLOWED_HOSTS=lstm.example.org."
)


class AllowedHosts:
    """Decides on `Host` headers; each is looked at once."""

    def __init__(self, configured: Callable[[], Iterable[str]]) -> None:
        self._configured = configured
        self._decided: dict[bytes, bool] = {}

    def __contains__(self, host: object) -> bool:
        """Whether a request may name this host, a port after it."""
        assert isinstance(host, bytes)
        decided = self._decided.get(host)
        if decided is None:
            decided = is_allowed(host.decode("latin-1"), self._configured())
            if len(self._decided) < MAX_REMEMBERED:
                self._decided[host] = decided
        return decided


def is_allowed(host: str, configured: Iterable[str]) -> bool:
    """Whether a `Host` header is an address in numbers, a name of this machine, or configured.

    >>> [is_allowed(host, ["*.school.example"]) for host in ("127.0.0.1:8501", "[::1]", "localhost", "a.localhost:80")]
    [True, True, True, True]
    >>> [is_allowed(host, ["*.school.example"]) for host in ("lstm.school.example", "school.example", "evil.example")]
    [True, False, False]
    """
    name = _without_port(host).lower().rstrip(".")
    if not name:
        return False
    return _is_number(name) or name in own_names() or name.endswith(".localhost") or _matches(name, configured)


def own_names() -> set[str]:
    """What this machine is called, also in a local network that has no name server."""
    name = socket.gethostname().lower().rstrip(".")
    return {"localhost", name, name.partition(".")[0], f"{name.partition('.')[0]}.local"} - {""}


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    name, colon, port = host.partition(":")
    return name if not colon or port.isdigit() else ""


def _is_number(name: str) -> bool:
    """No name server answers for a number, so that nobody can have it lead elsewhere."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _matches(name: str, configured: Iterable[str]) -> bool:
    patterns = [pattern.strip().lower().rstrip(".") for pattern in configured]
    return any(
        pattern == "*" or name == pattern or (pattern.startswith("*.") and name.endswith(pattern[1:]))
        for pattern in patterns
    )
