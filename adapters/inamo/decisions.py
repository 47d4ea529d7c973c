"""What a ClaimResponse of openIMIS really says.

Quirks met here (openIMIS api_fhir_r4, response converter): an adjudication has the unit price as
`amount` and the quantity as `value`; `outcome` says complete of a rejected claim and partial of
one still examined, so the status is read in the totals; `created` is the day of reading, so the
day of the decision is `meta.lastUpdated`; products come before acts and are numbered anew.
"""

from __future__ import annotations

from decimal import Decimal

from adapters.inamo import dialect
from adapters.inamo.dialect import CHECKED, ENTERED, PROCESSED, REJECTED, STATUSES, VALUATED
from hub.model import Tree

#: statuses after which nothing changes
DECIDED = ("valorisee", "rejetee")
_NATURES = {"Medication": "item", "ActivityDefinition": "service"}


def decision(response: Tree) -> Tree:
    """The tree of inamo-decision for a ClaimResponse.

    Raises:
        Unreadable: not a ClaimResponse of this dialect, a status nobody knows, or totals that are
            not the sums of the lines.
    """
    key = dialect.identifier(response)
    if response.get("resourceType") != "ClaimResponse" or not key:
        raise dialect.unreadable("ce n'est pas une ClaimResponse", "it is not a ClaimResponse")
    lines = [_line(item) for item in dialect.trees(response, "item")]
    told = list(dialect.trees(response, "total"))
    totals = {
        dialect.code(total.get("category"), dialect.STATUS): dialect.child(total, "amount")
        for total in told
    }
    if len(totals) != len(told):
        raise dialect.unreadable("un total y est deux fois", "a total is there twice")
    status = _status(totals, lines)
    accord = dialect.text(response, "preAuthRef")
    decided = status in DECIDED or bool(accord)
    currency = next((str(t["currency"]) for t in totals.values() if t.get("currency")), "")
    currency = currency or _currency(response)
    _same_currency(currency, totals, lines)
    number = dialect.identifier(response, "UUID") or str(response.get("id") or "")
    if not number:
        raise dialect.unreadable("le dossier n'a pas de numéro", "the record has no number")
    period = dialect.child(response, "preAuthPeriod")
    tree: Tree = {
        "identifiant": key,
        "numero": number,
        "statut": status,
        "miseAJour": dialect.day(dialect.child(response, "meta"), "lastUpdated"),
        "devise": currency,
        "accord": accord,
        "debut": dialect.day(period, "start"),
        "fin": dialect.day(period, "end"),
        "message": dialect.text(response, "disposition"),
        "motif": _reasons(lines) if status == "rejetee" else [],
        "ligne": [_public(line, decided) for line in lines],
        **(_totals(lines, totals) if decided else {}),
    }
    return {name: value for name, value in tree.items() if value not in (None, "", [])}


def words(decision: Tree) -> str:
    """Where a claim stands, in French, for the timeline."""
    told = {
        "saisie": "Dossier saisi par la CNPS, pas encore examiné.",
        "verifiee": "Dossier en cours d'examen par la CNPS.",
        "traitee": "Dossier examiné par la CNPS, pas encore liquidé.",
        "valorisee": "Dossier liquidé par la CNPS.",
        "rejetee": "Dossier rejeté par la CNPS.",
    }[decision["statut"]]
    return str(decision.get("message") or told)


def _line(item: Tree) -> Tree:
    reference = next(
        (
            dialect.child(e, "valueReference")
            for e in dialect.trees(item, "extension")
            if e.get("url") == dialect.ITEM_REFERENCE
        ),
        {},
    )
    rank = item.get("itemSequence")
    nature = _NATURES.get(str(reference.get("type", "")))
    if not isinstance(rank, int) or nature is None:
        raise dialect.unreadable("une ligne n'a ni rang ni produit", "a line has no product")
    line: Tree = {"rang": rank, "nature": nature, "produit": str(reference.get("display", ""))}
    for one in dialect.trees(item, "adjudication"):
        status = dialect.code(one.get("category"), dialect.STATUS)
        if status not in STATUSES:
            raise dialect.unreadable(f"état « {status} » inconnu", f"unknown status “{status}”")
        money = dialect.child(one, "amount")
        quantity = dialect.decimal(one.get("value"), f"ligne {rank}, quantité")
        price = dialect.decimal(money.get("value"), f"ligne {rank}, prix")
        if status in line:
            raise dialect.unreadable(f"ligne {rank} dite deux fois", f"line {rank} is told twice")
        line[status] = (quantity, dialect.franc(price, quantity), str(money.get("currency", "")))
        line["reason"] = one.get("reason") or line.get("reason")
    if ENTERED not in line and REJECTED not in line:
        raise dialect.unreadable(f"ligne {rank} sans montant", f"line {rank} has no amount")
    return line


def _status(totals: Tree, lines: list[Tree]) -> str:
    """The claim's own status: the last one that has a total; without any it was rejected."""
    if not totals.keys() <= STATUSES.keys():
        raise dialect.unreadable("état de total inconnu", "unknown status of a total")
    if totals:
        return STATUSES[max(totals, key=int)]
    if lines and all(REJECTED in line for line in lines):
        return STATUSES[REJECTED]
    raise dialect.unreadable("l'état du dossier n'est pas dit", "the claim's status is not told")


def _motif(reason: object) -> Tree | None:
    openimis, own = dialect.code(reason, dialect.REJECTION), dialect.code(reason, dialect.MOTIF)
    text = str((reason.get("text") if isinstance(reason, dict) else "") or "")
    if openimis in ("", "0") and not own:
        return None
    tree = {"code": own, "openimis": openimis if openimis != "0" else "", "texte": text}
    return {name: value for name, value in tree.items() if value}


def _reasons(lines: list[Tree]) -> list[Tree]:
    found: list[Tree] = []
    for line in lines:
        reason = _motif(line.get("reason"))
        if reason and reason not in found:
            found.append(reason)
    return found


def _public(line: Tree, decided: bool) -> Tree:
    rejected = REJECTED in line
    asked = line[REJECTED] if rejected else line[ENTERED]
    tree: Tree = {"rang": line["rang"], "nature": line["nature"], "produit": line["produit"]}
    tree |= {"quantite": asked[0], "demande": asked[1], "rejetee": rejected}
    if decided:
        zero = (Decimal(0), Decimal(0), "")
        base = zero if rejected else line.get(PROCESSED) or line.get(CHECKED) or zero
        share = zero if rejected else line.get(VALUATED, zero)
        tree |= {"accordee": base[0], "base": base[1], "part": share[1]}
        tree["ticket"] = base[1] - share[1]
    reason = _motif(line.get("reason"))
    return tree | ({"motif": reason} if reason else {})


def _totals(lines: list[Tree], told: Tree) -> Tree:
    """Sums of the lines, checked against the partner's totals."""
    rows = [_public(line, decided=True) for line in lines]
    names = {ENTERED: "demande", PROCESSED: "base", VALUATED: "part"}
    sums = {name: sum((r[name] for r in rows), Decimal(0)) for name in names.values()}
    for status, name in names.items():
        if status in told:
            value = dialect.decimal(told[status].get("value"), f"total {status}")
            if dialect.franc(value, Decimal(1)) != sums[name]:
                fr = f"le total « {name} » ({value}) n'est pas la somme des lignes ({sums[name]})"
                raise dialect.unreadable(fr, f"total “{name}” is not the sum of the lines")
    return {
        "totalDemande": sums["demande"],
        "totalBase": sums["base"],
        "totalPart": sums["part"],
        "totalTicket": sums["base"] - sums["part"],
    }


def _same_currency(currency: str, totals: Tree, lines: list[Tree]) -> None:
    found = {str(total.get("currency") or "") for total in totals.values()}
    found |= {line[status][2] for line in lines for status in STATUSES if status in line}
    if found - {"", currency}:
        raise dialect.unreadable("il mêle plusieurs devises", "it mixes several currencies")


def _currency(response: Tree) -> str:
    for item in dialect.trees(response, "item"):
        for one in dialect.trees(item, "adjudication"):
            return str(dialect.child(one, "amount").get("currency", ""))
    return ""
