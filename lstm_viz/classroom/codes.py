"""Class codes, which are read aloud, and the teacher's tokens, which are signed.

A token holds when its class began and is signed with the server's key, so a server that was restarted, and has
forgotten every class, still knows whose code it was and when three hours are over.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from pathlib import Path

#: No vowels, so that no code is a word, and nothing that looks like something else: no 0, O, 1, I, L.
ALPHABET = "BCDFGHJKMNPQRSTVWXYZ23456789"
CODE_LENGTH = 5
#: The environment's variable for the key that tokens are signed with; several processes are given the same.
KEY_VARIABLE = "LSTM_VIZ_CLASS_KEY"
#: The environment's variable for the first letters of the codes that this process gives out.
LETTERS_VARIABLE = "LSTM_VIZ_CLASS_LETTERS"


def new_code(letters: str = ALPHABET) -> str:
    """A random code; its first letter is one of these, by which a proxy knows the process.

    >>> len(new_code()), new_code("B")[0]
    (5, 'B')
    """
    return secrets.choice(letters) + "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH - 1))


def normal_code(typed: str) -> str:
    """A code as it was typed, in capitals and without spaces; "" for what can be none.

    >>> normal_code(" k7 pq-3 "), normal_code("K7PQ"), normal_code("K7PQ0")
    ('K7PQ3', '', '')
    """
    code = "".join(character for character in typed[:40].upper() if not (character.isspace() or character in "-.·"))
    return code if len(code) == CODE_LENGTH and set(code) <= set(ALPHABET) else ""


def process_letters() -> str:
    """The first letters that this process gives out: the environment's, or all of them.

    Raises ValueError where the environment names a letter that codes do without.
    """
    letters = os.environ.get(LETTERS_VARIABLE, "").strip().upper()
    if not set(letters) <= set(ALPHABET):
        raise ValueError(f"{LETTERS_VARIABLE} may hold these alone: {ALPHABET}.")
    return letters or ALPHABET


class Signer:
    """Signs the teacher's tokens with a key, which is asked for at the first one, and checks them in constant time."""

    def __init__(self, read_key: Callable[[], bytes]) -> None:
        self._read_key = read_key

    @cached_property
    def _key(self) -> bytes:
        return self._read_key()

    def token(self, code: str, began: int) -> str:
        """The token of a class that began then, in seconds since 1970.

        >>> signer = Signer(lambda: b"key")
        >>> signer.began(signer.token("K7PQ3", 12), "K7PQ3"), signer.began(signer.token("K7PQ3", 12), "K7PQ4")
        (12, None)
        """
        return f"{began}.{self._signature(code, began)}"

    def began(self, token: str, code: str) -> int | None:
        """When the token's class began; None for a token of another class, or one that was not signed here."""
        began, _, signature = token.partition(".")
        if not (began.isascii() and began.isdigit() and len(began) < 12 and signature.isascii()):
            return None
        return int(began) if hmac.compare_digest(signature, self._signature(code, int(began))) else None

    def _signature(self, code: str, began: int) -> str:
        return hmac.new(self._key, f"class {code} {began}".encode(), hashlib.sha256).hexdigest()


def server_key() -> bytes:
    """The key of this server: the environment's, or one that is kept for the user who runs it.

    Where nothing can be kept a new one is drawn: classes then end with the process.
    """
    if given := os.environ.get(KEY_VARIABLE, ""):
        return hashlib.sha256(given.encode()).digest()
    with suppress(OSError, RuntimeError):
        return _kept_key(_state_folder() / "class-key")
    return secrets.token_bytes(32)


def _state_folder() -> Path:
    state = os.environ.get("XDG_STATE_HOME", "")
    return (Path(state) if state else Path.home() / ".local" / "state") / "lstm-viz"


def _kept_key(path: Path) -> bytes:
    """The key in a file that its owner alone reads; made where there is none."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with suppress(FileExistsError):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(file, "wb") as out:
            out.write(secrets.token_bytes(32))
    key = path.read_bytes()
    if len(key) != 32:
        raise OSError("Another process is writing the key.")
    return key
