"""Cross-border agreements set by administrators: proposed by one person, accepted by another.

What the routing files say stays; an agreement of theirs can be ended here. Each counts from its
first day of care to its last. Agreements shown in tests and examples are fictitious.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from hub.errors import Conflict, Invalid, Issue, NotFound
from hub.exchange.routing import Agreement
from hub.ports.watch import Proposal
from hub.routing_wiring import ADD, END, read, same
from hub.wiring import Hub

ACTS = (ADD, END)
_COUNTRY = re.compile(r"[A-Z]{2}")
MOST = 200  #: characters of a reference


def listed(hub: Hub) -> list[Agreement]:
    """All of them, of all dates, by country of cover and of care."""
    return sorted(hub.table.agreements, key=lambda a: (a.cover, a.care, a.start))


def told(one: Agreement) -> dict[str, str]:
    """An agreement for programs; "" for no end."""
    end = one.end.isoformat() if one.end else ""
    names = {"care": one.care, "cover": one.cover, "reference": one.reference}
    return names | {"start": one.start.isoformat(), "end": end}


def payload(care: str, cover: str, start: str, end: str, reference: str = "") -> dict[str, str]:
    """What a proposal carries; countries in capitals."""
    names = {"care": care.strip().upper(), "cover": cover.strip().upper()}
    return names | {"start": start.strip(), "end": end.strip(), "reference": reference.strip()}


def subject(payload: Mapping[str, str]) -> str:
    """How a proposal names an agreement: country of care, then of cover."""
    return f"{payload.get('care', '')}-{payload.get('cover', '')}"[:60]


def check(hub: Hub, proposal: Proposal) -> None:
    """Can it be made?

    Raises:
        Invalid: no such act, country or day, no reference, or it ends before it begins.
        NotFound: there is no agreement to end.
        Conflict: another one holds for the same countries on some of its days.
    """
    if proposal.act not in ACTS:
        known = ", ".join(ACTS)
        raise _wrong(f"Acte inconnu : choisissez {known}.", f"Unknown act: choose {known}.")
    wanted = _checked(hub, proposal)
    if proposal.act == END:
        if wanted.end is None:
            raise _wrong(
                "Donnez le dernier jour de l'accord, AAAA-MM-JJ.",
                "Give the last day of the agreement, YYYY-MM-DD.",
            )
        if not any(same(one, proposal) for one in hub.table.agreements):
            raise NotFound(
                Issue(
                    "not-found",
                    "Aucun accord de ces pays ne commence ce jour-là : « benkan agreement list » "
                    "les montre.",
                    "No agreement of these countries begins on that day: 'benkan agreement list' "
                    "shows them.",
                )
            )
        return
    if not wanted.reference or len(wanted.reference) > MOST:
        raise _wrong(
            "Donnez la référence de l'accord (200 signes au plus) : elle part avec les feuilles.",
            "Give the agreement's reference (200 signs at most): it goes out with claims.",
        )
    for one in hub.table.agreements:
        if (one.care, one.cover) == (wanted.care, wanted.cover) and _overlap(one, wanted):
            raise Conflict(
                Issue(
                    "conflict",
                    f"L'accord {one.reference} vaut déjà pour ces pays à partir du "
                    f"{one.start:%d/%m/%Y} : donnez-lui d'abord un dernier jour.",
                    f"Agreement {one.reference} holds for these countries from "
                    f"{one.start.isoformat()}: give it a last day first.",
                )
            )


def make(hub: Hub, proposal: Proposal, who: str) -> Mapping[str, str]:
    """It holds from its acceptance on, in every process: the table looks at what was accepted."""
    return {}


def _checked(hub: Hub, proposal: Proposal) -> Agreement:
    try:
        found = read(proposal)
    except (KeyError, TypeError, ValueError):
        raise _wrong(
            "Donnez les deux pays et les jours, AAAA-MM-JJ.",
            "Give both countries and the days, YYYY-MM-DD.",
        ) from None
    countries = {body.country for body in hub.table.bodies.values()}
    if not _COUNTRY.fullmatch(found.care) or found.cover not in countries:
        known = ", ".join(sorted(countries))
        raise _wrong(
            "Le pays des soins a deux lettres (ISO 3166-1) ; le pays de la couverture est l'un de "
            f"ceux des organismes : {known}.",
            "The country of care has two letters (ISO 3166-1); the country of cover is one of "
            f"those of the institutions: {known}.",
        )
    if found.care == found.cover:
        raise _wrong(
            "Les soins et la couverture sont dans le même pays : aucun accord n'est nécessaire.",
            "Care and cover are in the same country: no agreement is needed.",
        )
    if found.end is not None and found.end < found.start:
        raise _wrong(
            "Le dernier jour est avant le premier : corrigez les dates.",
            "The last day is before the first: correct the dates.",
        )
    return found


def _overlap(one: Agreement, other: Agreement) -> bool:
    last = date.max
    return one.start <= (other.end or last) and other.start <= (one.end or last)


def _wrong(fr: str, en: str) -> Invalid:
    return Invalid(Issue("value", fr, en))
