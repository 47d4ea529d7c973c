"""What people change of their own account: their password, and their secret for one-time codes.

Both take the present password and a code, and count wrong attempts, as signing in does.
https://cheatsheetseries.owasp.org/cheatsheets/Authentication_Cheat_Sheet.html#change-password-feature
"""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

from hub.access import passwords
from hub.access.accounts import Account
from hub.authoring.proving import Place, prove
from hub.errors import Invalid, Issue, Unauthenticated
from hub.wiring import Hub


def change_password(
    hub: Hub, account: Account, password: str, code: str, new: str, place: Place
) -> None:
    """Another password; all their sessions end.

    Args:
        hub: whose store it is.
        account: whose it is.
        password: the present one.
        code: a one-time code.
        new: 12 characters at least, and not the present one.
        place: where they are.

    Raises:
        Unauthenticated: not this password or code, or the account is locked.
        Invalid: the new one is too short or the same; they sign in elsewhere; too many attempts.
        Busy: too many people are signing in.
    """
    _has_one(account)
    if len(new) < passwords.SHORTEST or account.id in new.casefold() or new == password:
        raise Invalid(
            Issue(
                "value",
                f"Choisissez un autre mot de passe : {passwords.SHORTEST} caractères au moins, "
                "différent de l'actuel, sans le nom du compte.",
                f"Choose another password: {passwords.SHORTEST} characters at least, not the "
                "present one, without the name of the account.",
            )
        )
    _prove(hub, account, password, code, place)
    changed = replace(account, password=passwords.hashed(new))
    hub.store.put_account(changed, f"person|{account.id}", "password-changed")


def renew_codes(hub: Hub, account: Account, password: str, code: str, place: Place) -> str:
    """Another secret for codes; all their sessions end. Gives its address, to be told once.

    Raises:
        Unauthenticated: not this password or code, or the account is locked.
        Invalid: they sign in elsewhere; too many attempts. Busy: too many people are signing in.
    """
    _has_one(account)
    _prove(hub, account, password, code, place)
    changed = replace(account, totp=passwords.new_secret())
    hub.store.put_account(changed, f"person|{account.id}", "totp-renewed")
    return passwords.address(changed.totp, account.id)


def secret_of(address: str) -> str:
    """The secret in its address, in groups of four to be typed by hand."""
    secret = parse_qs(urlsplit(address).query)["secret"][0]
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))


def _has_one(account: Account) -> None:
    if not account.password:
        raise Invalid(
            Issue(
                "business-rule",
                "Ce compte se connecte chez le fournisseur d'identité de l'organisation : le mot "
                "de passe et les codes se changent là-bas.",
                "This account signs in at the organisation's identity provider: its password and "
                "codes are changed there.",
            )
        )


def _prove(hub: Hub, account: Account, password: str, code: str, place: Place) -> None:
    try:
        prove(hub, account.id, password, code, place)
    except Unauthenticated:
        raise Unauthenticated(
            Issue(
                "login",
                "Mot de passe actuel ou code inexact : rien n'est changé. Attendez un nouveau code "
                "et recommencez ; après cinq essais, il faut attendre un quart d'heure.",
                "The present password or the code is wrong: nothing has changed. Wait for a new "
                "code and try again; after five attempts one has to wait for a quarter of an hour.",
            )
        ) from None
