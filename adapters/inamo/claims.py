"""Claims of the openIMIS dialect: what must hold before one leaves.

Quirks met here (openIMIS api_fhir_r4, claim converter): somebody must have entered the claim; a
line has only a unit price and a quantity; five diagnoses are kept, the rest is dropped without a
word; products come before acts and are numbered anew.
"""

from __future__ import annotations

from decimal import Context, Decimal

from adapters.inamo import dialect
from hub import errors
from hub.model import Money, Tree

#: decimals of a unit price that is a quotient: exact to the franc for 100,000 units
_QUOTIENT = Decimal("0.000001")
_EXACT = Context(prec=50)
#: part of the explanation in which the map names the diagnoses that have no place of their own
_BEYOND = "en-texte-seul"
#: the fund's code for what it has no code for
_OTHER = "AF99"


def complete(tree: Tree, key: str) -> tuple[Tree, Money]:
    """The claim as it leaves, every line with its unit price, and its exact total.

    Raises:
        Refused: what openIMIS would refuse or lose: no patient, provider, date or line, more than
            five diagnoses, acts before products, an amount that unit price and quantity cannot
            say, or a total that is not the sum of the lines.
    """
    if not tree.get("identifier"):
        tree = tree | {"identifier": [dialect.coded(key)]}
    found = [*_missing(tree, key), *_order(tree)]
    if found:
        raise errors.Refused(*found)
    lines = [_priced(line, n) for n, line in enumerate(dialect.trees(tree, "item"))]
    currencies = {line["unitPrice"].get("currency", "") for line in lines}
    total = tree.get("total") or {}
    amount = sum((_amount(line) for line in lines), Decimal(0))
    currency = str(total.get("currency") or next(iter(currencies)))
    if currencies != {currency} or Decimal(str(total.get("value", amount))) != amount:
        raise _refused(
            "le total n'est pas la somme des lignes, dans une seule devise : corrigez la demande",
            "the total is not the sum of the lines, in one currency: correct the claim",
            "Claim.total",
        )
    done = tree | {"item": lines, "total": {"value": amount, "currency": currency}}
    return done, Money(amount, currency)


def losses(tree: Tree, sent: Tree) -> tuple[str, ...]:
    """In French, what this claim loses in the dialect: the field and how, never a value.

    Args:
        tree: the claim as the map made it.
        sent: the same as `complete` gave it.
    """
    told = []
    cited = dialect.explanation(tree)
    if _BEYOND in cited:
        told.append(
            f"Claim.diagnosis : {dialect.DIAGNOSES} au plus ; les suivants ne sont que cités dans "
            "l'explication."
        )
    codes = [
        dialect.code(d.get("diagnosisCodeableConcept")) for d in dialect.trees(tree, "diagnosis")
    ]
    # without any diagnosis the code stands for nothing that was there
    if _OTHER in codes and cited.keys() & {"cim10", "diagnostic"}:
        told.append(
            f"Claim.diagnosis : « {_OTHER} » (autre affection), faute de code chez l'organisme. "
            f"Nombre : {codes.count(_OTHER)}."
        )
    lines = zip(dialect.trees(tree, "item"), dialect.trees(sent, "item"), strict=True)
    told += [
        f"Claim.item[{n}].unitPrice : calculé d'après le montant de la ligne."
        for n, (made, leaving) in enumerate(lines)
        if made.get("unitPrice") != leaving.get("unitPrice")
    ]
    return tuple(told)


def sent_lines(claim: Tree) -> list[tuple[str, str]]:
    """(item or service, code or name) of every line, in order."""
    return [
        (str(_concept(line.get("category"))), str(_concept(line.get("productOrService"))))
        for line in dialect.trees(claim, "item")
    ]


def _missing(tree: Tree, key: str) -> list[errors.Issue]:
    patient, provider = tree.get("patient") or {}, tree.get("provider") or {}
    wanted = {
        "Claim.identifier": dialect.identifier(tree) == key,
        "Claim.patient": bool((patient.get("identifier") or {}).get("value")),
        "Claim.provider": bool((provider.get("identifier") or {}).get("value")),
        "Claim.enterer": bool(tree.get("enterer")),
        "Claim.type": dialect.code(tree.get("type")) in ("E", "R", "O"),
        "Claim.billablePeriod": bool((tree.get("billablePeriod") or {}).get("start")),
        "Claim.created": bool(tree.get("created")),
        "Claim.diagnosis": 0 < len(tree.get("diagnosis", [])) <= dialect.DIAGNOSES,
        "Claim.item": bool(tree.get("item")),
    }
    return [
        errors.Issue(
            "required",
            "la CNPS ne prend pas la feuille sans cet élément : complétez la demande ou le"
            " mapping, puis reprenez l'échange.",
            "the CNPS does not take the claim without this element: complete the claim or the map,"
            " then resume the exchange.",
            path,
        )
        for path, there in wanted.items()
        if not there
    ]


def _order(tree: Tree) -> list[errors.Issue]:
    natures = [nature for nature, _ in sent_lines(tree)]
    if natures == sorted(natures) and set(natures) <= {"item", "service"}:
        return []
    return [
        errors.Issue(
            "business-rule",
            "la CNPS numérote les produits avant les actes : le mapping doit les envoyer ainsi.",
            "the CNPS numbers products before acts: the map must send them so.",
            "Claim.item",
        )
    ]


def _priced(line: Tree, n: int) -> Tree:
    """The line with a unit price that gives its amount to the franc."""
    quantity = Decimal(str((line.get("quantity") or {}).get("value", 1)))
    price, net = line.get("unitPrice") or {}, line.get("net") or {}
    if "value" in price and (
        "value" not in net
        or dialect.franc(Decimal(str(price["value"])), quantity) == Decimal(str(net["value"]))
    ):
        return line
    if "value" in net and quantity > 0:
        unit = _EXACT.divide(Decimal(str(net["value"])), quantity)
        unit = unit if unit == unit.to_integral_value() else unit.quantize(_QUOTIENT)
        if dialect.franc(unit, quantity) == Decimal(str(net["value"])):
            return line | {"unitPrice": net | {"value": unit.normalize()}}
    raise _refused(
        "la CNPS ne connaît que prix unitaire et quantité, et ils ne donnent pas le montant de"
        " cette ligne au franc près : corrigez la demande",
        "the CNPS knows unit price and quantity only, and they do not give this line's amount to"
        " the franc: correct the claim",
        f"Claim.item[{n}].net",
    )


def _amount(line: Tree) -> Decimal:
    quantity = Decimal(str((line.get("quantity") or {}).get("value", 1)))
    return dialect.franc(Decimal(str(line["unitPrice"]["value"])), quantity)


def _concept(concept: object) -> object:
    return concept.get("text", "") if isinstance(concept, dict) else ""


def _refused(fr: str, en: str, path: str) -> errors.Refused:
    return errors.Refused(errors.Issue("business-rule", f"{fr}.", f"{en}.", path))
