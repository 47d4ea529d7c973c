"""What proves that INPS made a callback: HMAC-SHA256 over its time and its bytes.

Spec: https://www.rfc-editor.org/rfc/rfc2104. The headers are ours (illustrative profile).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime

from pydantic import SecretStr

from hub import errors

MOMENT = "X-INPS-Horodatage"
SIGNATURE = "X-INPS-Signature"
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


def sign(secret: SecretStr, body: bytes, at: datetime) -> dict[str, str]:
    """The headers of a callback made at this instant (aware)."""
    moment = f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return {MOMENT: moment, SIGNATURE: _digest(secret, moment, body)}


def check(
    secret: SecretStr, headers: Mapping[str, str], body: bytes, now: datetime, age: float
) -> None:
    """Let through what INPS signed not longer ago than `age` seconds.

    Raises:
        Unreadable: unsigned, signed with another secret, changed on the way, too old or from the
            future; or no secret is agreed upon.
    """
    given = {name.lower(): value for name, value in headers.items()}
    moment = given.get(MOMENT.lower(), "")
    signature = given.get(SIGNATURE.lower(), "")
    if not secret.get_secret_value():
        raise _refused("aucun secret n'est convenu", "no secret is agreed upon")
    if not (moment and signature):
        raise _refused("la signature manque", "the signature is missing")
    if not hmac.compare_digest(signature.encode(), _digest(secret, moment, body).encode()):
        raise _refused("la signature est fausse", "the signature is wrong")
    if abs((now - _instant(moment)).total_seconds()) > age:
        raise _refused("la signature est trop ancienne", "the signature is too old")


def _digest(secret: SecretStr, moment: str, body: bytes) -> str:
    signed = moment.encode() + b"\n" + body
    return hmac.new(secret.get_secret_value().encode(), signed, hashlib.sha256).hexdigest()


def _instant(moment: str) -> datetime:
    if _MOMENT.fullmatch(moment) is None:
        raise _refused("son heure est illisible", "its time is unreadable")
    try:
        return datetime.fromisoformat(moment)
    except ValueError:
        raise _refused("son heure est illisible", "its time is unreadable") from None


def _refused(fr: str, en: str) -> errors.Unreadable:
    return errors.Unreadable(
        errors.Issue(
            "security",
            f"ce message ne prouve pas qu'il vient de l'INPS : {fr} ; vérifiez "
            "BENKAN_INPS_CALLBACK_SECRET avec l'INPS.",
            f"this message does not prove that it comes from INPS: {en}; check "
            "BENKAN_INPS_CALLBACK_SECRET with INPS.",
        )
    )
