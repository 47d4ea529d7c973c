"""How often somebody may try to sign in: by network address, and by account from one place.

A place is a network address, or a device from which the account signed in before. Who guesses is
stopped where they are, and cannot keep others out of their account: what is counted against the
account itself locks it only for places it does not know, and only for minutes.
https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies
"""

from __future__ import annotations

import hmac
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address, ip_network

from hub.access.accounts import Account
from hub.access.rates import Rates
from hub.errors import Busy, Issue, Throttled

#: Attempts of one network address, whatever accounts it tries.
BY_ADDRESS = "60/minute;600/hour"
#: Attempts in a row for one account from one place.
BY_PLACE = "5/15 minutes"
#: Each check of a password takes 64 MiB and a good part of a second: so many at a time…
AT_ONCE = 4
#: …and nobody waits longer for theirs, in seconds.
PATIENCE = 5.0

_checks = threading.BoundedSemaphore(AT_ONCE)


class SignIns:
    """Counts attempts, in this process or in Redis for several (BENKAN_RATE_STORE)."""

    def __init__(self, store: str) -> None:
        self._addresses = Rates(store, BY_ADDRESS, [])
        self._places = Rates(store, BY_PLACE, [])

    def admit(self, account: str, address: str, device: str) -> None:
        """Count one attempt, before anything costly is done for it.

        Args:
            account: what was typed, whether or not there is such an account.
            address: the network address it comes from.
            device: the known device it comes from; "" when it comes from none.

        Raises:
            Throttled: too many.
        """
        place = _network(address)
        wait = self._addresses.admit("sign-in", place)
        if not wait:
            wait = self._places.admit(_about(account), device or place)
        if wait:
            raise _too_many(wait)

    def succeeded(self, account: str, address: str, device: str) -> None:
        """Whoever proved who they are begins anew, at this account and place."""
        self._places.forget(_about(account), device or _network(address))


@contextmanager
def checking() -> Iterator[None]:
    """While a password is checked.

    Raises:
        Busy: too many are being checked.
    """
    if not _checks.acquire(timeout=PATIENCE):
        raise Busy(
            Issue(
                "throttled",
                "Trop de connexions sont en cours : réessayez dans une minute.",
                "Too many people are signing in: try again in a minute.",
            )
        )
    try:
        yield
    finally:
        _checks.release()


def device(secret: bytes, account: Account) -> str:
    """What a browser keeps to show that this account signed in from it; a new password ends it."""
    return hmac.digest(secret, f"{account.id}\n{account.password}".encode(), "sha256").hex()


def is_device(secret: bytes, account: Account, shown: str) -> bool:
    """Did this account sign in from there?"""
    return hmac.compare_digest(device(secret, account).encode(), shown.encode())


def _network(address: str) -> str:
    """One IPv6 network has more addresses than anybody counts: it is one place."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((found, 64), strict=False)) if found.version == 6 else address


def _about(account: str) -> str:
    return f"sign-in {account[:64].casefold()}"


def _too_many(wait: int) -> Throttled:
    minutes = max(1, -(-wait // 60))
    unit = "minute" if minutes == 1 else "minutes"
    return Throttled(
        Issue(
            "throttled",
            f"Trop d'essais de connexion depuis ici : attendez {minutes} {unit}. Si ce n'était "
            "pas vous, prévenez l'administrateur de sécurité.",
            f"Too many attempts to sign in from here: wait {minutes} {unit}. If it was not you, "
            "tell the security administrator.",
        ),
        wait,
    )
