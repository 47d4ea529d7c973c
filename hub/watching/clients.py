"""Systems that call the hub: what two persons change, and revocation, which one does at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hub.access import certificates, scopes
from hub.access.clients import Client
from hub.access.keysets import key_set
from hub.access.matrix import matrix
from hub.errors import Conflict, Invalid, Issue, NotFound
from hub.ports.watch import Proposal
from hub.wiring import Hub

ACTS = ("add", "rotate", "enable")
SCOPES = "system/*.crs"
_THUMBPRINT = re.compile(r"[A-Za-z0-9_-]{43}")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,63}")


def found(hub: Hub, id: str) -> Client:
    """A registered system, also when it is disabled.

    Raises:
        NotFound: there is none.
    """
    client = hub.store.client(id)
    if client is None:
        raise NotFound(
            Issue(
                "not-found",
                f"Aucun client {id}. La page des clients, ou « benkan client list », les montre.",
                f"No client {id}. The page of clients, or 'benkan client list', shows them.",
            )
        )
    return client


def revoke(hub: Hub, id: str, who: str) -> None:
    """Nothing of it is accepted from now on; its tokens end at once."""
    client = replace(found(hub, id), disabled=datetime.now(UTC))
    hub.store.put_client(client, who, "client-disabled")


def check(hub: Hub, proposal: Proposal) -> None:
    """Can it be made?

    Raises:
        Invalid, NotFound, Conflict.
    """
    if proposal.act == "add":
        if hub.store.client(proposal.subject) is not None:
            raise Conflict(
                Issue(
                    "conflict",
                    f"Le client {proposal.subject} existe déjà : remplacez plutôt ses clés.",
                    f"Client {proposal.subject} exists already: replace its keys instead.",
                )
            )
        body = _made(proposal).body
        if body and body not in hub.table.bodies:
            raise _wrong(
                f"Aucun organisme « {body[:40]} » : prenez un code de la table de routage.",
                f"No institution '{body[:40]}': take a code of the routing table.",
            )
    else:
        found(hub, proposal.subject)
    if proposal.act == "rotate":
        _check_keys(proposal.payload)
        _certificate(str(proposal.payload.get("certificate", "")))
    elif proposal.act not in ACTS:
        raise ValueError(proposal.act)


def make(hub: Hub, proposal: Proposal, who: str) -> Mapping[str, str]:
    """Make the change; there is nothing to tell but that it is made."""
    if proposal.act == "add":
        hub.store.put_client(_made(proposal), who, "client-added")
    elif proposal.act == "rotate":
        url = str(proposal.payload.get("jwks_url", ""))
        client = found(hub, proposal.subject)
        client = replace(client, jwks=_jwks(proposal.payload), jwks_url=url)
        if "certificate" in proposal.payload:  # else it stays bound as it is
            bound = _certificate(str(proposal.payload["certificate"]))
            client = replace(client, certificate=bound)
        hub.store.put_client(client, who, "client-rotated")
    else:
        client = replace(found(hub, proposal.subject), disabled=None)
        hub.store.put_client(client, who, "client-enabled")
    return {}


def _made(proposal: Proposal) -> Client:
    told = proposal.payload
    roles = list(told.get("roles") or [])
    if not _ID.fullmatch(proposal.subject):
        raise _wrong(
            "Un identifiant de client a 2 à 64 signes : lettres, chiffres, point, tiret.",
            "A client's id has 2 to 64 signs: letters, digits, dot, dash.",
        )
    if not roles or any(role not in matrix().roles for role in roles):
        known = ", ".join(matrix().roles)
        raise _wrong(
            f"Choisissez au moins un rôle parmi : {known}.",
            f"Choose at least one role among: {known}.",
        )
    organizations = [str(one) for one in told.get("organizations") or []]
    if any("|" not in one and one != "*" for one in organizations):
        raise _wrong(
            "Écrivez chaque prestataire comme système|valeur, un par ligne.",
            "Write each provider as system|value, one a line.",
        )
    _check_keys(told)
    return Client(
        id=proposal.subject,
        name=str(told.get("name") or proposal.subject),
        roles=tuple(roles),
        tenant=str(told.get("tenant") or proposal.subject),
        organizations=tuple(organizations),
        scopes=scopes.write(scopes.read(str(told.get("scopes") or SCOPES))),
        body=str(told.get("body", "")),
        jwks=_jwks(told),
        jwks_url=str(told.get("jwks_url", "")),
        certificate=_certificate(str(told.get("certificate", ""))),
    )


def _certificate(told: str) -> str:
    """The thumbprint of a TLS certificate, given as it is or as PEM; "" for none.

    Raises:
        Invalid: it is neither.
    """
    if not told or _THUMBPRINT.fullmatch(told):
        return told
    try:
        return certificates.thumbprint(told.encode())
    except ValueError:
        raise _wrong(
            "Donnez le certificat en PEM, ou son empreinte SHA-256 (43 signes, base64url).",
            "Give the certificate as PEM, or its SHA-256 thumbprint (43 signs, base64url).",
        ) from None


def _check_keys(told: Mapping[str, Any]) -> None:
    """Public keys by value or by address, one of them.

    Raises:
        Invalid: neither, both, no https, or no keys that are accepted.
    """
    jwks, url = _jwks(told), str(told.get("jwks_url", ""))
    if bool(jwks) == bool(url) or (url and not url.startswith("https://")):
        raise _wrong(
            "Donnez les clés publiques (JWKS), ou leur adresse en https://, l'un des deux.",
            "Give the public keys (JWKS), or their address in https://, one of the two.",
        )
    if jwks:
        if any("d" in key for key in jwks.get("keys", ()) if isinstance(key, dict)):
            raise _wrong(
                "C'est une clé privée : elle ne doit quitter son propriétaire pour personne. "
                "Faites-en une nouvelle, et donnez sa partie publique.",
                "This is a private key: it must not leave its owner for anybody. Make a new one, "
                "and give its public part.",
            )
        key_set(jwks)


def _jwks(told: Mapping[str, Any]) -> dict[str, Any]:
    found = told.get("jwks") or {}
    return dict(found) if isinstance(found, Mapping) else {}


def _wrong(fr: str, en: str) -> Invalid:
    return Invalid(Issue("value", fr, en))
