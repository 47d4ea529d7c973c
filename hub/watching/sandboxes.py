"""The control doors of running sandboxes: what they will do wrong next."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

from hub.errors import Invalid, Issue, Misconfigured, NotFound, Problem, Unreachable
from hub.formats import exact_json
from hub.settings import Settings

STATE = "up.json"  #: what `benkan up` writes in its data folder
SECONDS = 5.0


def state(settings: Settings) -> dict[str, Any]:
    """What `benkan up` wrote last, or an empty table."""
    path = settings.data / STATE
    if not path.is_file():
        return {}
    found: dict[str, Any] = exact_json.loads(path.read_bytes())
    return found


def controls(settings: Settings) -> dict[str, str]:
    """The control address of each sandbox: BENKAN_SANDBOXES, else the running `benkan up`.

    Raises:
        Misconfigured: an entry of BENKAN_SANDBOXES is not NAME=ADDRESS.
    """
    if not settings.sandboxes:
        found = state(settings).get("sandboxes", {})
        return {name: f"http://{at['host']}:{at['control']}" for name, at in found.items()}
    pairs = [entry.partition("=") for entry in settings.sandboxes]
    if not all(name and url.startswith("http://") for name, _, url in pairs):
        example = "BENKAN_SANDBOXES=A=http://127.0.0.1:8191,B=http://127.0.0.1:8192"
        raise Misconfigured(
            Issue(
                "value",
                f"BENKAN_SANDBOXES ne se lit pas ; écrivez par exemple {example}",
                f"BENKAN_SANDBOXES cannot be read; write for example {example}",
            )
        )
    return {name: url.rstrip("/") for name, _, url in pairs}


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What a sandbox will do wrong, in order, and what it can."""

    waiting: list[str]
    kinds: dict[str, str]  #: kind → French words


def behaviour(settings: Settings, name: str) -> Behaviour | None:
    """Of this partner's sandbox; None: none runs that we know of.

    Raises:
        Unreachable: its control door does not answer.
    """
    url = controls(settings).get(name)
    return None if url is None else _read(_asked(f"{url}/behaviour"))


def absent(name: str) -> NotFound:
    """No sandbox of this partner is known here."""
    return NotFound(
        Issue(
            "not-found",
            f"Aucun bac à sable de {name} ne tourne ici : lancez « benkan up », ou nommez-le "
            "dans BENKAN_SANDBOXES.",
            f"No sandbox of {name} runs here: start 'benkan up', or name it in BENKAN_SANDBOXES.",
        )
    )


def misbehave(
    settings: Settings, name: str, kind: str, seconds: str = "", operation: str = ""
) -> Behaviour:
    """Queue one thing to do wrong; kind "" forgets all of them.

    Raises:
        NotFound: no sandbox of this partner runs.
        Invalid: no such kind.
        Unreachable: its control door does not answer.
    """
    url = controls(settings).get(name)
    if url is None:
        raise absent(name)
    if not kind:
        return _read(_asked(f"{url}/behaviour", method="DELETE"))
    text = f"{kind}:{seconds or '5'}" if kind == "delay" else kind
    return _read(
        _asked(f"{url}/behaviour", {"next": [f"{text}@{operation}" if operation else text]})
    )


def _read(told: Any) -> Behaviour:
    return Behaviour(list(told["waiting"]), dict(told["kinds"]))


def _asked(url: str, body: Any = None, method: str | None = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, method=method)  # noqa: S310 - our own sandbox
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310  # nosec B310
            return exact_json.loads(answer.read())
    except urllib.error.HTTPError as error:
        raise _refused(error) from error
    except OSError as error:
        raise Unreachable(
            Issue(
                "transient",
                "Le bac à sable ne répond pas : s'il vient de redémarrer, réessayez dans un "
                "instant.",
                "The sandbox does not answer: if it has just started again, try in a moment.",
            )
        ) from error


def _refused(error: urllib.error.HTTPError) -> Problem:
    try:
        said = str(exact_json.loads(error.read())["error"])
    except (Problem, KeyError, TypeError):
        said = f"HTTP {error.code}"
    return Invalid(Issue("value", said, f"The sandbox refused: {said}"))
