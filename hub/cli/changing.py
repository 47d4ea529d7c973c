"""Changes that give rights, from the command line: proposed like in the console.

Until two people could decide they are made at once: so the first accounts come to be. Afterwards
whoever has signed in proposes and another person accepts; `--emergency` acts alone, and is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from hub.cli.acting import actor, required
from hub.cli.output import console
from hub.errors import Invalid, Issue
from hub.watching import deciders, proposals
from hub.wiring import Hub

Reason = Annotated[
    str, typer.Option("--reason", help="Why, for the person who decides: five characters.")
]
Emergency = Annotated[
    str,
    typer.Option(
        "--emergency",
        metavar="WHY",
        help="Act alone at once; others are told (benkan audit alerts).",
    ),
]


def change(
    hub: Hub,
    kind: str,
    act: str,
    subject: str,
    payload: Mapping[str, Any],
    reason: str,
    emergency: str,
) -> Mapping[str, str] | None:
    """Make it, or propose it and say so.

    Returns:
        what must be told once when it is made; None: another person must accept it.

    Raises:
        Unauthenticated, Forbidden: a proposal is made by whoever signed in and has the right.
        Invalid, NotFound, Conflict: it cannot be made as it is written.
    """
    if emergency or not deciders.needed(hub, kind):
        return deciders.alone(hub, kind, act, subject, payload, actor(hub), emergency)
    person = required(hub, proposals.RIGHTS[kind])
    if not reason:
        raise Invalid(
            Issue(
                "required",
                "Ce changement attend une autre personne : donnez-lui le motif par --reason. En "
                "urgence seulement : --emergency « motif ».",
                "This change waits for another person: give them the reason with --reason. In an "
                "emergency only: --emergency WHY.",
            )
        )
    seq = proposals.propose(hub, kind, act, subject, payload, reason, person.id)
    console.print(
        f"Proposition n° {seq} : une autre personne l'accepte dans la console, ou par "
        f"« benkan proposal accept {seq} ». / Proposed as {seq}: another person accepts it.",
        markup=False,
        soft_wrap=True,
    )
    return None


def tell(told: Mapping[str, str]) -> None:
    """What is told once and nowhere else."""
    for name, value in told.items():
        console.print(f"{WORDS.get(name, name)} : {value}", markup=False, soft_wrap=True)


WORDS = {"password": "mot de passe / password", "totp": "codes"}
