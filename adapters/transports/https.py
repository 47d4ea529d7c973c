"""HTTP calls with a total deadline, a size cap, no redirect, and one host only."""

from __future__ import annotations

import queue
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from hub.errors import Issue, Problem, Unconfirmed, Unreachable


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how much, for one call."""

    connect: float = 5.0  #: seconds to open the connection
    read: float = 15.0  #: seconds between two pieces of the answer
    total: float = 30.0  #: seconds for the whole call, whatever arrives in between
    size: int = 5_000_000  #: bytes of the largest answer


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes


#: method, address, body, headers
_Request: TypeAlias = tuple[str, str, bytes, Mapping[str, str]]


class Poster:
    """Calls one address and what lies below it. Proxies of the environment are ignored.

    `authority` is the file of the authority that signed the server's certificate, when it is none
    of those this machine trusts.
    """

    def __init__(self, url: str, limits: Limits, authority: Path | None = None) -> None:
        self._url = url
        self._verify: str | bool = str(authority) if authority else True
        self._limits = limits
        self._host = urlsplit(url).netloc

    def post(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Post and read the whole answer.

        Raises:
            Unreachable: no connection was made; nothing left.
            Unconfirmed: something left, and no whole answer came in time.
        """
        return self.call("POST", "", body, headers)

    def call(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """One request to a path below the address (query included), and its whole answer.

        Raises:
            Unreachable: no connection was made; nothing left.
            Unconfirmed: something left, and no whole answer came in time.
        """
        done: queue.SimpleQueue[Answer | Problem] = queue.SimpleQueue()
        request = (method, f"{self._url}{path}", body, headers)
        # requests only limits each read: a server that trickles would hold the caller for ever
        threading.Thread(target=self._run, args=(request, done), daemon=True).start()
        try:
            outcome = done.get(timeout=self._limits.total)
        except queue.Empty:
            raise self._unconfirmed("délai total dépassé", "total deadline exceeded") from None
        if isinstance(outcome, Problem):
            raise outcome
        return outcome

    def _run(self, request: _Request, done: queue.SimpleQueue[Answer | Problem]) -> None:
        try:
            done.put(self._exchange(*request))
        except Problem as problem:
            done.put(problem)
        except requests.RequestException as error:
            done.put(self._classify(error))
        except Exception as error:  # the caller must never wait for a dead thread
            done.put(self._unconfirmed(str(error), str(error)))

    def _exchange(self, method: str, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        limits = self._limits
        deadline = time.monotonic() + limits.total
        with requests.Session() as session:
            session.trust_env = False
            with session.request(
                method,
                url,
                data=body or None,
                headers=dict(headers),
                timeout=(limits.connect, limits.read),
                allow_redirects=False,
                verify=self._verify,
                stream=True,
            ) as response:
                content = bytearray()
                for chunk in response.iter_content(65536):
                    content += chunk
                    if len(content) > limits.size:
                        raise self._unconfirmed("réponse trop longue", "answer too long")
                    if time.monotonic() > deadline:
                        raise self._unconfirmed("réponse trop lente", "answer too slow")
                return Answer(response.status_code, dict(response.headers), bytes(content))

    def _classify(self, error: requests.RequestException) -> Problem:
        if _never_left(error):
            return Unreachable(
                Issue(
                    "transient",
                    f"« {self._host} » ne répond pas ; rien n'est parti. "
                    "Le hub réessaiera de lui-même.",
                    f"{self._host} cannot be reached; nothing left. The hub will try again.",
                )
            )
        return self._unconfirmed(type(error).__name__, type(error).__name__)

    def _unconfirmed(self, fr: str, en: str) -> Unconfirmed:
        return Unconfirmed(
            Issue(
                "timeout",
                f"Pas de réponse complète de « {self._host} » ({fr}). Le message est peut-être "
                "arrivé : le hub va le demander au partenaire avant tout nouvel envoi.",
                f"No whole answer from {self._host} ({en}). The message may have arrived: "
                "the hub will ask the partner before sending again.",
            )
        )


def _never_left(error: requests.RequestException) -> bool:
    """Did it fail before the request: no connection, unknown name, certificate not trusted?"""
    cause = error.args[0] if error.args else None
    cause = getattr(cause, "reason", cause)
    inner = cause.args[0] if isinstance(cause, Exception) and cause.args else None
    return isinstance(cause, NewConnectionError | ConnectTimeoutError) or isinstance(
        inner, ssl.SSLCertVerificationError
    )
