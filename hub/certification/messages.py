"""Offline checks of messages: encoding, decoding, deposits, redaction."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from hub import errors
from hub.certification.bench import Bench
from hub.certification.findings import Checks, Failed, Note, Part, must
from hub.model import Tree

CHECKS: Checks[Bench] = Checks()
TECHNICAL = Part.TECHNICAL


@CHECKS.add(
    TECHNICAL,
    "declares-itself",
    "L'adaptateur dit qui il est et ce qu'il fait",
    "The adapter says who it is and what it does",
)
def declares_itself(bench: Bench) -> None:
    """Name, operations, deposits and resending are declared and agree."""
    adapter, case = bench.adapter(), bench.case
    must(
        adapter.name == bench.name,
        f"il s'appelle « {adapter.name} »",
        f"it is called “{adapter.name}”",
    )
    known = {case.operation} | set(adapter.batches) <= set(adapter.operations)
    must(known, "des opérations non déclarées", "operations it does not declare")
    sure = isinstance(adapter.resends_safely, bool)
    must(sure, "resends_safely n'est ni vrai ni faux", "resends_safely is neither true nor false")


@CHECKS.add(
    TECHNICAL,
    "encode-deterministic",
    "Le même contenu donne toujours les mêmes octets",
    "The same content always gives the same bytes",
)
def deterministic(bench: Bench) -> None:
    """`encode` is pure: same bytes for the same tree and key, others for another key."""
    case, adapter = bench.case, bench.adapter()
    tree = copy.deepcopy(case.tree)
    first = adapter.encode(case.operation, tree, "s-1")
    must(tree == case.tree, "l'arbre donné a été modifié", "the tree given was changed")
    again = adapter.encode(case.operation, copy.deepcopy(case.tree), "s-1")
    must(again == first, "deux encodages diffèrent", "two encodings differ")
    must(first.key == "s-1", "la clé du message n'est pas celle donnée", "the key is another one")
    other = adapter.encode(case.operation, tree, "s-2")
    must(
        other.body != first.body, "la clé n'est pas dans les octets", "the key is not in the bytes"
    )


@CHECKS.add(
    TECHNICAL,
    "instances-alike",
    "Deux instances se comportent de même",
    "Two instances behave alike",
)
def alike(bench: Bench) -> None:
    """Nothing is kept between calls that changes what an adapter does."""
    case, one, other = bench.case, bench.adapter(), bench.adapter()
    message = one.encode(case.operation, case.tree, "s-1")
    same = other.encode(case.operation, case.tree, "s-1") == message
    must(same, "elles encodent autrement", "they encode differently")
    masked = other.redact(message.body) == one.redact(message.body)
    must(masked, "elles masquent autrement", "they redact differently")
    for reply, _ in case.replies:
        same = one.decode(reply) == other.decode(reply)
        must(same, "elles lisent autrement", "they decode differently")


@CHECKS.add(
    TECHNICAL,
    "golden-answers",
    "Les réponses de référence sont lues exactement",
    "Golden answers are read exactly",
)
def golden_answers(bench: Bench) -> None:
    """`decode` gives the tree that stands beside each reply."""
    must(bench.case.replies, "aucune réponse de référence", "no golden answer")
    for reply, tree in bench.case.replies:
        found = bench.adapter().decode(reply)
        where = ", ".join(_unlike(tree, found, str(reply.operation)))
        must(found == tree, f"différences : {where}", f"differences: {where}")


@CHECKS.add(
    TECHNICAL,
    "golden-messages",
    "Le partenaire relit dans le message tout ce que l'arbre disait",
    "The partner reads in the message all that the tree said",
)
def golden_messages(bench: Bench) -> None:
    """The other way of a golden pair: the bytes, read back, hold every value of the tree."""
    case = bench.case
    none = "le cas ne dit pas comment relire", "the case does not say how to read"
    read = bench.need(case.read, *none)
    lost = list(_unlike(case.tree, read(bench.message().body), case.operation))
    must(not lost, f"perdu ou changé : {', '.join(lost)}", f"lost or changed: {', '.join(lost)}")


@CHECKS.add(
    TECHNICAL,
    "another-sheet",
    "Une réponse qui nomme une autre feuille sous le bon identifiant est mise de côté",
    "An answer that names another sheet under the right submission id is set aside",
)
def another_sheet(bench: Bench) -> None:
    """`check` holds what an answer repeats against what was sent."""
    case, adapter = bench.case, bench.adapter()
    strange = bench.need(
        case.strange or None, "ses réponses ne répètent rien", "it repeats nothing"
    )
    sent = adapter.encode(case.operation, case.tree, "s-1")
    for reply, _ in case.replies:
        if reply.reference == sent.key and reply.operation == sent.operation:
            adapter.check(sent, reply)
    for reply in strange:
        try:
            adapter.check(sent, reply)
        except errors.Unreadable as refusal:
            told = all(issue.fr and issue.en for issue in refusal.issues)
            must(told, "la raison manque dans une langue", "the reason lacks a language")
        else:
            raise Failed(f"prise : {reply.kind}", f"taken: {reply.kind}")


@CHECKS.add(
    TECHNICAL,
    "unknown-operation",
    "Une opération inconnue est refusée",
    "An unknown operation is refused",
)
def unknown_operation(bench: Bench) -> None:
    """`encode` does not guess."""
    try:
        bench.adapter().encode("teleportation", bench.case.tree, "s-1")
    except errors.Refused:
        return
    raise Failed("elle a été encodée", "it was encoded")


@CHECKS.add(
    TECHNICAL,
    "incomplete-refused",
    "Un message incomplet est refusé, avec la raison dans les deux langues",
    "An incomplete message is refused, with the reason in both languages",
)
def incomplete_refused(bench: Bench) -> Sequence[Note]:
    """The refusal says what is missing."""
    case = bench.case
    incomplete = bench.need(case.incomplete, "tout arbre lui convient", "it takes any tree")
    try:
        bench.adapter().encode(case.operation, incomplete, "s-1")
    except errors.Refused as refusal:
        told = all(issue.fr and issue.en for issue in refusal.issues)
        must(told, "la raison manque dans une langue", "the reason lacks a language")
        return [Note(i.fr, i.en) for i in refusal.issues[:3]]
    raise Failed("il a été encodé", "it was encoded")


@CHECKS.add(
    TECHNICAL,
    "deposit-totals",
    "Les totaux de contrôle d'un dépôt disent vrai, et des totaux faux sont refusés",
    "A deposit's control totals are true, and wrong ones are refused",
)
def deposit_totals(bench: Bench) -> None:
    """Both ways: what we leave, and what the partner leaves for us."""
    case, adapter = bench.case, bench.adapter()
    bench.need(case.operation in adapter.batches or None, "pas de dépôts", "it takes no deposits")
    messages = [adapter.encode(case.operation, case.tree, f"s-{n}") for n in (1, 2, 3)]
    lot = adapter.bundle(case.operation, messages, "LOT-1")
    again = adapter.bundle(case.operation, messages, "LOT-1") == lot
    must(
        again, "deux dépôts des mêmes membres diffèrent", "two deposits of the same members differ"
    )
    must((lot.key, lot.count) == ("LOT-1", 3), "clé ou nombre faux", "wrong key or count")
    must(lot.name, "le dépôt n'a pas de nom de fichier", "the deposit has no file name")
    if case.totals is not None:
        sums: dict[str, Decimal] = {}
        for total in (m.total for m in messages if m.total):
            sums[total.currency] = sums.get(total.currency, Decimal(0)) + total.amount
        told = case.totals(lot.body)
        must(told == (3, sums), f"{told} au lieu de {(3, sums)}", f"{told}, not {(3, sums)}")
    for body in case.wrong_totals:
        try:
            adapter.receive(case.headers(body), body)
        except errors.Unreadable:
            continue
        raise Failed("un total faux est accepté au retour", "a wrong total is accepted")


@CHECKS.add(
    TECHNICAL,
    "redaction",
    "Ce qui s'affiche ne nomme personne et ne montre aucun secret",
    "What is shown names nobody and holds no secret",
)
def redaction(bench: Bench) -> None:
    """`redact` masks the case's identities in messages and answers, and drops what it cannot
    read.
    """
    case, adapter, body = bench.case, bench.adapter(), bench.message().body
    says = any(word in body.decode("utf-8", "replace") for word in case.identities)
    must(says, "le cas ne contient aucune identité", "the case holds no identity")
    for shown in (body, *(reply.body for reply, _ in case.replies)):
        text = adapter.redact(shown).decode("utf-8", "replace")
        seen = [word for word in case.identities if word in text]
        must(not seen, f"{len(seen)} identité(s) visible(s)", f"{len(seen)} identities visible")
    hidden = b"garbage" not in adapter.redact(b"\x00garbage")
    must(hidden, "des octets illisibles sont montrés", "unreadable bytes are shown")


def _unlike(wanted: Any, found: Any, path: str) -> Iterator[str]:
    """Paths of the wanted tree whose value is not in the found one."""
    if isinstance(wanted, dict):
        for key, value in wanted.items():
            inside: Tree = found if isinstance(found, dict) else {}
            yield from _unlike(value, inside.get(key), f"{path}.{key}")
    elif isinstance(wanted, list):
        items = found if isinstance(found, list) else []
        for number, value in enumerate(wanted):
            item = items[number] if number < len(items) else None
            yield from _unlike(value, item, f"{path}[{number}]")
    elif wanted != found:
        yield path
