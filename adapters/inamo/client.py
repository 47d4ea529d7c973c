"""Calls to the fund's openIMIS: a token, then JSON requests, page after page.

Source: openIMIS api_fhir_r4, views of login and the paging by `page-offset`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit

from adapters.inamo import dialect
from adapters.inamo.settings import Settings
from adapters.transports.https import Answer, Limits, Poster
from hub import errors
from hub.formats import exact_json
from hub.model import Tree

CONTENT_TYPE = "application/json"
_MOST_PAGES = 10_000


class Client:
    """One account. Keeps the token until it is refused; a token is asked for by one thread."""

    def __init__(self, settings: Settings) -> None:
        limits = Limits(settings.connect, settings.read, settings.deadline, settings.max_answer)
        self._poster = Poster(settings.url.rstrip("/"), limits)
        self._settings = settings
        self._lock = threading.Lock()
        self._token = ""

    def get(self, path: str, **query: str) -> bytes:
        """The body of a resource, list or file.

        Raises:
            Unreachable, Refused, Unconfirmed: see `_checked`.
        """
        return self._call("GET", f"{path}?{urlencode(query)}" if query else path, b"").body

    def post(self, path: str, body: bytes) -> bytes:
        """The body of the answer to something posted; raises as `get`."""
        return self._call("POST", path, body).body

    def pages(self, path: str, **query: str) -> Iterator[Tree]:
        """Every resource of a searchset, page after page.

        openIMIS writes its next link percent-quoted, with a host of its own: only the page number
        is taken from it.

        Raises:
            Unreadable: not a searchset, or its pages do not end. Otherwise as `get`.
        """
        page = "1"
        for _ in range(_MOST_PAGES):
            bundle = dialect.read(self.get(path, **query, **{"page-offset": page}))
            if bundle.get("resourceType") != "Bundle":
                raise dialect.unreadable("une liste était attendue", "a list was expected")
            for entry in dialect.trees(bundle, "entry"):
                resource = entry.get("resource")
                if isinstance(resource, dict):
                    yield resource
            following = _next_page(bundle)
            if not following:
                return
            page = following
        raise dialect.unreadable("la liste ne finit pas", "the list does not end")

    def _call(self, method: str, path: str, body: bytes) -> Answer:
        token = self._token or self._fresh("")
        answer = self._poster.call(method, path, body, _headers(token))
        if answer.status == 401:
            answer = self._poster.call(method, path, body, _headers(self._fresh(token)))
        return _checked(answer)

    def _fresh(self, refused: str) -> str:
        """A new token, unless another thread has got one since."""
        with self._lock:
            if self._token == refused:
                self._token = self._login()
            return self._token

    def _login(self) -> str:
        password = self._settings.password.get_secret_value()
        body = exact_json.dumps({"username": self._settings.username, "password": password})
        try:
            answer = self._poster.call("POST", self._settings.login, body, _headers(""))
        except errors.Unconfirmed as error:
            raise errors.Unreachable(*error.issues) from error  # a login registers nothing
        token = ""
        if answer.status == 200:
            token = str(dialect.read(answer.body).get("token", ""))
        if not token:
            raise _unreachable(f"l'accès est refusé (HTTP {answer.status})", "access is denied")
        return token


def reference(value: str) -> str:
    """A value as part of a path."""
    return quote(value, safe="")


def _headers(token: str) -> dict[str, str]:
    headers = {"Content-Type": CONTENT_TYPE, "Accept": CONTENT_TYPE}
    return headers | ({"Authorization": f"Bearer {token}"} if token else {})


def _next_page(bundle: Tree) -> str:
    for link in dialect.trees(bundle, "link"):
        if link.get("relation") == "next":
            query = urlsplit(unquote(str(link.get("url", "")))).query
            return next(iter(parse_qs(query).get("page-offset", [])), "")
    return ""


def _checked(answer: Answer) -> Answer:
    """The answer when it is a success.

    Raises:
        Unreachable: the credentials are not accepted, or too many calls: nothing was done.
        Unconfirmed: a server error: what was done is not said.
        Refused: the request itself was refused, with the partner's words.
    """
    status = answer.status
    if status in (200, 201):
        return answer
    if status in (401, 403, 429):
        raise _unreachable(f"l'accès est refusé (HTTP {status})", f"access is denied ({status})")
    told = _words(answer.body)
    fr = f"La CNPS a répondu HTTP {status}{' : ' + told if told else ''}."
    en = f"The CNPS answered HTTP {status}{': ' + told if told else ''}."
    if status >= 500:
        raise errors.Unconfirmed(
            errors.Issue(
                "transient",
                f"{fr} Le hub va lui demander ce qu'est devenu le message.",
                f"{en} The hub will ask what became of the message.",
            )
        )
    raise errors.Refused(
        errors.Issue(
            "processing",
            f"{fr} Corrigez la cause, puis reprenez l'échange.",
            f"{en} Correct the cause, then resume the exchange.",
        )
    )


def _words(body: bytes) -> str:
    told = []
    try:
        for issue in dialect.trees(dialect.read(body), "issue"):
            details = issue.get("details")
            words = details.get("text") if isinstance(details, dict) else issue.get("diagnostics")
            told.append(str(words or ""))
    except errors.Unreadable:
        return ""
    return " ".join(filter(None, told))[:900]


def _unreachable(fr: str, en: str) -> errors.Unreachable:
    return errors.Unreachable(
        errors.Issue(
            "login",
            f"La CNPS n'a rien pris : {fr}. Le hub réessaiera ; vérifiez le compte si cela dure.",
            f"The CNPS took nothing: {en}. The hub will try again; check the account if it lasts.",
        )
    )
