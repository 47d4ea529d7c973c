"""Does an answer repeat what it was sent? One that names something else is about something else.

Being matched by the submission id is not enough: whoever mixes up two sheets under the right ids
would have one provider paid for the other's care (domain.md, finding 4).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from hub.errors import Issue, Unreadable


@dataclass(frozen=True, slots=True)
class Repeated:
    """One thing an answer may repeat; what either side leaves out is not compared."""

    fr: str  #: what it is, in French, with its article
    en: str
    sent: Any
    said: Any
    shown: bool = True  #: False: it names a person, and stays out of the reason


def check(*found: Repeated) -> None:
    """Hold what an answer repeats against what was sent.

    Raises:
        Unreadable: something it repeats is not what was sent.
    """
    wrong = [one for one in found if _differs(one)]
    if wrong:
        raise Unreadable(*_issues(wrong))


def _differs(one: Repeated) -> bool:
    sent, said = _text(one.sent), _text(one.said)
    return bool(sent and said) and sent != said


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()


def _issues(wrong: Iterable[Repeated]) -> Iterable[Issue]:
    for one in wrong:
        said, sent = f" « {_text(one.said)} »", f" (envoyé : « {_text(one.sent)} »)"
        told, left = f" “{_text(one.said)}”", f" (sent: “{_text(one.sent)}”)"
        if not one.shown:
            said = sent = told = left = ""
        yield Issue(
            "conflict",
            f"Réponse mise de côté : elle porte {one.fr}{said} qui n'est pas ce qui a été "
            f"envoyé{sent}. Rien n'en est repris ; demandez à l'organisme de la vérifier et de la "
            "refaire.",
            f"Answer set aside: it carries {one.en}{told}, which is not what was sent{left}. "
            "Nothing of it is used; ask the institution to check it and issue it again.",
        )
