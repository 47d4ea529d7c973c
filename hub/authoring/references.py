"""Reference lists kept at the hub: look at an import, apply it, take a list out.

Tariffs, drug lists, conventions, suspensions. What an institution publishes to the hub itself is
pulled every day (hub/exchange/references.py) and is not changed here.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from hub.authoring.references_file import CURRENCIES, rows_of
from hub.authoring.references_plan import Plan, plan, summary
from hub.errors import Invalid, Issue
from hub.formats import spreadsheet
from hub.ports import Amendment, ReferenceRow, Store
from hub.ports.amendments import HERE

#: Bytes of the largest file.
MOST_BYTES = 8_000_000
COLUMNS = ("code", "libellé", "valeur", "devise", "début", "fin")
_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
_REASON = range(3, 501)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody asks for beside the file."""

    list: str
    start: date  #: from when the file counts
    owner: str = HERE  #: whose list: HERE, or the name of an institution that publishes none
    whole: bool = False  #: rows the file does not name end
    currency: str = ""  #: of values without one; "": as usual for the list


@dataclass(frozen=True, slots=True)
class Preview:
    """What would change, and as of which state of the list."""

    wanted: Wanted
    plan: Plan
    after: int  #: number of the newest amendment of the list
    name: str  #: of the file
    sha256: str

    @property
    def applicable(self) -> bool:
        """Is there something to confirm?"""
        return not self.plan.findings and bool(self.plan.steps)


def preview(store: Store, wanted: Wanted, body: bytes, name: str = "") -> Preview:
    """What a file would change. Nothing is written.

    Raises:
        Invalid: the list cannot be kept here, or the file cannot be read at all. What is wrong
            with single cells is in the plan's findings.
    """
    check(store, wanted.list, wanted.owner)
    if len(body) > MOST_BYTES:
        raise Invalid(
            Issue(
                "too-long",
                f"Le fichier dépasse {MOST_BYTES // 1_000_000} Mo : coupez-le en plusieurs.",
                f"The file is larger than {MOST_BYTES // 1_000_000} MB: cut it into several.",
            ),
            status=413,
        )
    currency = wanted.currency or CURRENCIES.get(wanted.list, "")
    given = rows_of(spreadsheet.read(body), wanted.start, currency)
    newest = store.amendments(wanted.owner, wanted.list, 1)
    known = [one.row for one in store.list_rows(wanted.owner, wanted.list)]
    made = plan(known, given, wanted.start, whole=wanted.whole)
    digest = hashlib.sha256(body).hexdigest()
    return Preview(wanted, made, newest[0].seq if newest else 0, name, digest)


def apply(store: Store, shown: Preview, actor: str, reason: str) -> int:
    """Write what a preview showed; gives the number of the amendment.

    Raises:
        Invalid: there is something wrong in it, nothing in it, or no reason.
        Conflict: somebody changed the list since; they are named.
    """
    if shown.plan.findings:
        raise Invalid(*shown.plan.findings[:50])
    if not shown.plan.steps:
        raise Invalid(
            Issue(
                "business-rule",
                "Le fichier dit ce que la liste contient déjà : il n'y a rien à importer.",
                "The file says what the list holds already: there is nothing to import.",
            )
        )
    if len(reason.strip()) not in _REASON:
        raise Invalid(
            Issue(
                "required",
                "Dites pourquoi, par exemple le texte qui fixe le tarif : trois lettres au moins.",
                "Say why, for example the text that sets the tariff: three letters at least.",
            )
        )
    wanted = shown.wanted
    return store.amend(
        Amendment(
            partner=wanted.owner,
            list=wanted.list,
            day=wanted.start,
            actor=actor,
            reason=reason.strip(),
            add=shown.plan.add,
            remove=shown.plan.remove,
            file=shown.name,
            sha256=shown.sha256,
            counts=summary(shown.plan.steps),
            after=shown.after,
        )
    )


def check(store: Store, list: str, owner: str) -> None:
    """A list that may be kept here.

    Raises:
        Invalid: its name is none, or an institution publishes it itself.
    """
    if _NAME.fullmatch(list) is None:
        raise Invalid(
            Issue(
                "value",
                f"« {list[:60]} » n'est pas un nom de liste ; écrivez par exemple tarifs ou "
                "medicaments (petites lettres sans accent, chiffres, traits d'union).",
                f"“{list[:60]}” is not the name of a list; write for example tarifs or medicaments "
                "(small letters without accents, digits, hyphens).",
            )
        )
    if owner == HERE:
        return
    told = [pull for pull in store.reference_pulls(list) if pull.partner == owner]
    if told and not store.amendments(owner, list, 1):
        raise Invalid(
            Issue(
                "business-rule",
                f"L'organisme {owner} publie lui-même la liste « {list} », relevée chaque jour : "
                "corrigez-la chez lui, ou importez-la comme liste de la plateforme.",
                f"The institution {owner} publishes the list “{list}” itself, pulled every day: "
                "correct it there, or import it as a list of the hub.",
            )
        )


def table(rows: Sequence[ReferenceRow]) -> list[list[str]]:
    """A list as it is taken out; `preview` reads it again without a change."""
    return [
        list(COLUMNS),
        *([r.code, r.label, r.value, r.currency, r.start, r.end] for r in rows),
    ]


def export(rows: Sequence[ReferenceRow], form: str, title: str) -> bytes:
    """A list as a file: csv or xlsx.

    Raises:
        Invalid: a text does not fit a cell of a workbook.
    """
    if form == "xlsx":
        from hub.formats import workbook  # slow to load, and seldom needed

        return workbook.write(table(rows), title)
    return spreadsheet.write(table(rows))
