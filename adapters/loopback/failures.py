"""What the partner in memory does wrong on request, and what it does not let pass."""

from __future__ import annotations

import hashlib
import hmac

from hub.errors import Issue, Problem, Refused, Unconfirmed, Unreachable, Unreadable

#: what `Loopback.fail_next` may hold
FAILURES = (
    "unreachable",  # nothing arrives
    "unconfirmed-before",  # lost on the way: it did not arrive, and nobody can tell
    "unconfirmed-after",  # it arrived, the answer was lost
    "refused",  # the partner refuses the message itself
    "garbage",  # it arrived, the answer cannot be read
    "duplicate",  # it arrived, and the answer also comes back as a file
)


def failure(name: str) -> Problem:
    """The error of a failure that stops the call."""
    if name == "unreachable":
        return Unreachable(
            Issue("transient", "le partenaire d'essai est absent ; réessayez.", "absent")
        )
    if name == "refused":
        return refused("refus demandé par l'essai ; ôtez-le.", "refusal asked for by the test")
    return Unconfirmed(
        Issue("timeout", "réponse perdue ; demandez ce qu'il en est.", "answer lost; ask")
    )


def refused(fr: str, en: str) -> Refused:
    """The message itself is no good."""
    return Refused(Issue("business-rule", fr, en))


def unreadable() -> Unreadable:
    """These bytes are not ours."""
    return Unreadable(
        Issue(
            "structure",
            "la réponse du partenaire d'essai est illisible ; regardez ses octets.",
            "the test partner's answer cannot be read; look at its bytes.",
        )
    )


def sign(secret: bytes, body: bytes) -> str:
    """The signature of a call: hexadecimal HMAC-SHA256 of its body."""
    return hmac.new(secret, body, hashlib.sha256).hexdigest()


def check_signature(given: str, secret: bytes, body: bytes) -> None:
    """Compare in constant time.

    Raises:
        Unreadable: not signed with our secret; its issue has the code `security`.
    """
    if not hmac.compare_digest(given.encode(), sign(secret, body).encode()):
        raise Unreadable(
            Issue(
                "security",
                "l'appel n'est pas signé par le partenaire d'essai ; vérifiez son secret.",
                "the call is not signed by the test partner; check its secret.",
            )
        )
