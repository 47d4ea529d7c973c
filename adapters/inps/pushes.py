"""The sandbox's callbacks: files brought to the hub's door, signed; what fails stays to collect."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from adapters.inps import signature
from adapters.inps.backoffice import BackOffice
from adapters.inps.layouts import CONTENT_TYPE
from adapters.sandbox.ledger import Ledger
from adapters.transports.https import Limits, Poster
from hub import errors

_AGAIN = 2.0  #: seconds before a push that failed is tried again


class Pushes:
    """Pushes every file that waits, as long as an address is set."""

    def __init__(self, back: BackOffice, ledger: Ledger, secret: SecretStr, url: str) -> None:
        self._back = back
        self._ledger = ledger
        self._secret = secret
        self._url = url
        self._next = 0.0

    def order(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """What the control port asks: {"url": "http://…"}, {"url": ""} to stop, or to look.

        Raises:
            ValueError: with a French sentence: not an http address.
        """
        if "url" in body:
            url = body["url"]
            if not isinstance(url, str) or (url and urlsplit(url).scheme not in ("http", "https")):
                raise ValueError('Donnez {"url": "http://…/partners/inps"}, ou "" pour arrêter.')
            self._url = url
        return {"url": self._url}

    def push(self) -> None:
        """Push what waits, oldest first; stop at the first that is not taken."""
        url = self._url
        if not url or time.monotonic() < self._next:
            return
        for name in self._back.waiting():
            if not self._taken(url, name):
                self._next = time.monotonic() + _AGAIN
                return
            self._back.acknowledge(name)

    def _taken(self, url: str, name: str) -> bool:
        body = self._ledger.events("fichier", name)[0].body
        kind = "application/json" if name.endswith(".json") else CONTENT_TYPE
        # the hub checks the time by its own clock, which an operator's does not move
        headers = signature.sign(self._secret, body, datetime.now(UTC))
        try:
            poster = Poster(url, Limits(connect=2.0, read=5.0, total=10.0, size=100_000))
            answer = poster.post(body, {**headers, "Content-Type": kind})
        except errors.Problem:
            return False
        return 200 <= answer.status < 300
