"""Passwords and one-time codes.

Sources: https://www.rfc-editor.org/rfc/rfc9106 (argon2id), https://www.rfc-editor.org/rfc/rfc6238
(TOTP, 30 seconds, 6 digits).
"""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 12  #: characters of a password
STEP = 30  #: seconds a code is shown
DIGITS = 6

# RFC 9106, second recommended option: 64 MiB, three passes.
_HASHER = PasswordHasher(time_cost=3, memory_cost=65536, parallelism=1)


def hashed(password: str) -> str:
    """The password as it is kept."""
    return _HASHER.hash(password)


#: Checked when nobody has the name that was typed, so that both refusals take as long.
NOBODYS = "$argon2id$v=19$m=65536,t=3,p=1$MTIzNDU2Nzg5MDEyMzQ1Ng$" + "A" * 43


def is_right(kept: str, password: str) -> bool:
    """Is it this password?"""
    try:
        return _HASHER.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False


def new_password() -> str:
    """A password made by the hub, to be given once."""
    return secrets.token_urlsafe(15)


def new_secret() -> str:
    """A fresh secret for one-time codes: 160 bits, base32."""
    return pyotp.random_base32()


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """Which 30-second step a code belongs to: this one or its neighbours; None: none of them.

    The step tells a code used twice.
    """
    typed = code.replace(" ", "").encode()
    made = pyotp.TOTP(secret, digits=DIGITS, interval=STEP)
    present = int(now.timestamp()) // STEP
    for step in (present, present - 1, present + 1):
        if hmac.compare_digest(made.generate_otp(step).encode(), typed):
            return step
    return None


def code_at(secret: str, now: datetime) -> str:
    """The code that is shown at this instant."""
    return pyotp.TOTP(secret, digits=DIGITS, interval=STEP).at(now)


def address(secret: str, account: str) -> str:
    """What an authenticator application reads: otpauth://totp/…"""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name="Benkan")
