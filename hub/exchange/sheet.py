"""What a claim becomes at the door: an exchange, its control copies, and their first events."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from hub.errors import Invalid, Issue, Unroutable
from hub.exchange import addressing, authorisations, beneficiary, dossier, routing
from hub.exchange.resources import new_id
from hub.fhir import amounts
from hub.model import Event, Exchange, NewResource, Operation, State, StoredMessage, Tree
from hub.ports import Acceptance, Clock, Store

#: Digits before the decimal point of the largest amount: no partner's field has more.
LONGEST_AMOUNT = 15


@dataclass(frozen=True, slots=True)
class Desk:
    """Turns one claim into one Acceptance.

    `partners` are the adapters that are installed: a body whose partner is missing is not
    connected, and its claims are refused at the door.
    """

    store: Store
    table: routing.Routing
    clock: Clock
    partners: Collection[str]
    base: str = ""  #: address of this hub's FHIR base

    def references(self, sent_along: Mapping[str, Tree] | None = None) -> dossier.References:
        """Follows references to what was sent along and to what the hub has."""
        return dossier.References(self.store, sent_along or {}, base=self.base)

    def claim(
        self,
        claim: Tree,
        raw: bytes,
        stored: NewResource,
        known: dossier.References,
        companions: Collection[NewResource],
    ) -> Acceptance:
        """The exchange of an active claim, with its copies; all stored together.

        Raises:
            Invalid: amounts in several currencies; another person's cover.
            Unroutable: no connected institution can take it.
        """
        _can_be_carried(claim)
        now = self.clock.now()
        day = dossier.care_date(claim)
        parties = dossier.parties(claim, known)
        beneficiary.check(self.store, claim, parties, known, day)
        address = addressing.address(self.table, self.store, claim, parties, known, day)
        self._connected(address.body)
        digest = dossier.content_hash(claim, known)
        identifier = dossier.business_identifier(claim) or f"sha256|{digest}"
        total = amounts.claimed(claim)
        exchange = Exchange(
            id=new_id(),
            state=State.ACCEPTED,
            operation=address.operation,
            resource=f"Claim/{stored.id}",
            provider=known.provider(claim.get("provider") or {}, claim),
            identifier=identifier,
            content_hash=digest,
            submission=new_id(),
            correlation=new_id(),
            workflow=new_id(),
            care_date=day,
            created=now,
            updated=now,
            partner=None if address.ask else address.body.partner,
            amount=str(total.amount) if total else "",
            currency=total.currency if total else "",
            detail={"ask": address.ask} if address.ask else {},
            next_attempt=now,
        )
        exchanges = [exchange]
        late = authorisations.warnings(self.store, claim, day)
        warned = [Event(at=now, what="warning", text=text) for text in late]
        events = {exchange.id: [self._accepted(exchange, address, now), *warned]}
        for copy in self._copies(exchange, address, now):
            exchanges.append(copy)
            events[copy.id] = [
                Event(
                    at=now,
                    what="accepted",
                    text=f"Copie de contrôle à établir pour {copy.partner}.",
                    state=State.ACCEPTED,
                )
            ]
        message = StoredMessage(
            "in", "claim", raw, "application/fhir+json", now, sha256=hashlib.sha256(raw).hexdigest()
        )
        return Acceptance(
            resources=(*companions, stored),
            exchanges=tuple(exchanges),
            events=events,
            messages={exchange.id: (message,)},
        )

    def _accepted(self, exchange: Exchange, address: addressing.Address, now: datetime) -> Event:
        told = (
            f"L'organisme « {address.body.name} » sera interrogé pour savoir qui gère l'assuré "
            f"{address.ask} le {exchange.care_date:%d/%m/%Y}."
            if address.ask
            else f"Destinataire : {address.body.name}."
        )
        return Event(
            at=now,
            what="accepted",
            text=f"Feuille {exchange.identifier.rpartition('|')[2]} reçue et enregistrée. {told}",
            state=State.ACCEPTED,
            detail={"sha256": exchange.content_hash, "body": address.body.code},
        )

    def _copies(
        self, exchange: Exchange, address: addressing.Address, now: datetime
    ) -> list[Exchange]:
        if not address.copies:
            return []
        codes = self.table.copies.get(address.body.country, ())
        bodies = [self.table.bodies[code] for code in codes]
        return [
            replace(
                exchange,
                id=new_id(),
                operation=Operation.CONTROL_COPY,
                submission=new_id(),
                correlation=new_id(),
                partner=body.partner,
                parent=exchange.id,
                detail={},
                next_attempt=now,
            )
            for body in bodies
            if body.partner in self.partners
        ]

    def _connected(self, body: routing.Body) -> None:
        if body.partner not in self.partners:
            raise Unroutable(
                Issue(
                    "not-supported",
                    path="Claim.insurer",
                    fr=f"R16 : cette feuille relève de l'organisme « {body.name} », qui n'est pas "
                    "encore raccordé au hub. Déposez-la directement auprès de cet organisme. Rien "
                    "n'a été enregistré.",
                    en=f"R16: this claim belongs to {body.name}, which is not connected to the hub "
                    "yet. File it with that institution directly. Nothing was stored.",
                )
            )


def _can_be_carried(claim: Tree) -> None:
    """No institution takes an estimate, nor a sheet that asks for less than nothing; and a sheet
    says its currency once, for all amounts.

    Source: https://hl7.org/fhir/R4/valueset-claim-use.html (predetermination: "what would be
    paid": sent as a claim it would be paid); the partners' sheets carry one currency.
    """
    if claim.get("use") == "predetermination":
        raise Unroutable(
            Issue(
                "not-supported",
                path="Claim.use",
                fr="Aucun organisme raccordé ne traite les estimations (« predetermination »). "
                "Pour un accord préalable, écrivez « preauthorization » ; pour des soins déjà "
                "donnés, « claim ». Rien n'a été enregistré.",
                en="No connected institution takes estimates ('predetermination'). For a prior "
                "authorisation write 'preauthorization'; for care already given, 'claim'. "
                "Nothing was stored.",
            )
        )
    total = amounts.claimed(claim)
    if total is not None and total.amount < 0:
        raise Invalid(
            Issue(
                "business-rule",
                path="Claim.total",
                fr="La feuille demande un montant négatif. Pour rendre une somme, demandez "
                "l'annulation ou la régularisation de la feuille d'origine. Rien n'a été "
                "enregistré.",
                en="The claim asks for a negative amount. To give money back, ask for the original "
                "claim to be cancelled or adjusted. Nothing was stored.",
            )
        )
    if total is not None and total.amount and total.amount.adjusted() >= LONGEST_AMOUNT:
        raise Invalid(
            Issue(
                "business-rule",
                path="Claim.total",
                fr=f"Le montant de la feuille a plus de {LONGEST_AMOUNT} chiffres, ce qu'aucun "
                "organisme ne prend. Corrigez-le. Rien n'a été enregistré.",
                en=f"The claim's amount has more than {LONGEST_AMOUNT} digits, which no "
                "institution takes. Correct it. Nothing was stored.",
            )
        )
    currencies = amounts.currencies(claim)
    if len(currencies) > 1:
        listed = ", ".join(currencies)
        raise Invalid(
            Issue(
                "business-rule",
                path="Claim.item",
                fr=f"Les montants de cette feuille sont en plusieurs devises : {listed}. "
                "Écrivez-les tous dans la même, ou faites une feuille par devise. Rien n'a été "
                "enregistré.",
                en=f"The amounts of this sheet are in several currencies: {listed}. Write them "
                "all in the same one, or make one sheet a currency. Nothing was stored.",
            )
        )
    if claim.get("use") == "claim":
        _says_amounts(claim)


def _says_amounts(claim: Tree) -> None:
    """A sheet to be paid says what it asks for, line by line; once taken it cannot be completed."""
    items = claim.get("item", [])
    silent = [
        f"Claim.item[{n}].net"
        for n, item in enumerate(items)
        if "currency" not in (item.get("net") or item.get("unitPrice") or {})
    ]
    if not items:
        silent = ["Claim.item"]
    if silent:
        raise Invalid(
            *(
                Issue(
                    "required",
                    path=path,
                    fr="Une feuille à payer porte au moins une ligne, et chaque ligne son montant "
                    "avec sa devise (net, ou à défaut unitPrice). Complétez et renvoyez ; rien n'a "
                    "été enregistré.",
                    en="A claim to be paid has at least one line, and each line its amount with "
                    "its currency (net, or else unitPrice). Complete it and send again; nothing "
                    "was stored.",
                )
                for path in silent
            )
        )
