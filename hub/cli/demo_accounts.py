"""One demo account for each role of people, so that `benkan up` can be signed in to at once."""

from __future__ import annotations

import os

from hub import wiring
from hub.access import passwords
from hub.access.matrix import matrix
from hub.cli.users import made

#: Roles of systems, not of people.
SYSTEMS = ("provider", "partner")
#: Roles of people who work for one institution.
OF_A_BODY = ("supervisor", "medical-adviser")
FILE = "console-demo.txt"


def load(hub: wiring.Hub) -> list[str]:
    """Make those that are not there; gives the lines that tell how to sign in.

    The password is made once, and kept in the data folder where only its owner can read it.
    """
    kept = hub.settings.data / FILE
    roles = [role for role in matrix().roles if role not in SYSTEMS]
    absent = [role for role in roles if hub.store.account(f"demo-{role}") is None]
    if absent:
        if not kept.is_file():
            with os.fdopen(os.open(kept, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
                file.write(passwords.new_password() + "\n")
        password = kept.read_text().strip()
        body = next((code for code, one in hub.table.bodies.items() if one.partner), "")
        for role in absent:
            name = f"{matrix().roles[role]['fr']} (démonstration)"
            theirs = body if role in OF_A_BODY else ""
            account = made(f"demo-{role}", name, (role,), password, theirs)
            hub.store.put_account(account, "hub", "account-added")
    if not kept.is_file():
        return []
    return [
        f"  comptes      {', '.join(f'demo-{role}' for role in roles)}",
        f"  mot de passe {kept.read_text().strip()}",
        "  code         benkan user totp demo-operator",
    ]
