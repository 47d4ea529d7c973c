"""One row added to a code table at once, for a code that exchanges wait for.

The grid of a table (tables.py) is the ordinary way; this one holds from now on, before the table,
until a version is published that has a row of its own for the code. The audit tells who did it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from hub import map_wiring
from hub.errors import Invalid, Issue
from hub.ports import ConceptRow
from hub.wiring import Hub

MOST = 200  #: characters of a value


def add(
    hub: Hub,
    actor: str,
    table: str,
    source: tuple[str, str],
    target: tuple[str, str],
    depends: Mapping[str, str] | None = None,
) -> ConceptRow:
    """Add a row and give it.

    Args:
        table: canonical url of the ConceptMap, with or without a version.
        source: system ("" for a bare code) and code.
        target: the same of what it becomes.
        depends: what must hold besides the code: attribute, by its url or name → value.

    Raises:
        Invalid: the table is unknown, a code is missing, or no map gives such an attribute.
    """
    url = table.partition("|")[0]
    library = hub.maps.library()
    if url not in {name.partition("|")[0] for name in library.concept_maps()}:
        raise _wrong(
            f"Table inconnue : {url}. « benkan exchange show » donne l'adresse de la table "
            "qui manque d'une ligne.",
            f"Unknown table: {url}. 'benkan exchange show' gives the address of the table "
            "that lacks a row.",
        )
    if not source[1] or not target[1]:
        raise _wrong(
            f"« {'|'.join(source)} » → « {'|'.join(target)} » : écrivez la source système|code "
            "(|code sans système), et un code cible.",
            f"'{'|'.join(source)}' → '{'|'.join(target)}': write the source as system|code (|code "
            "without a system), and a target code.",
        )
    known = library.depended(url)
    for name, value in (depends or {}).items():
        _check(url, name, value, known)
    said = library.depends_text(depends or {})
    row = ConceptRow(url, *source, *target, depends=said)
    hub.store.add_concepts([row], actor)
    return row


@dataclass(frozen=True, slots=True)
class Added:
    """A row added at once, and whether it still counts for what is taken now."""

    row: ConceptRow
    actor: str
    at: datetime  #: UTC
    absorbed: str  #: version published since, with a row of its own; "": the row overrides


def listed(hub: Hub, table: str = "") -> list[Added]:
    """Rows added at once, of one table or of all, newest first."""
    url = table.partition("|")[0]
    found = [one for one in hub.store.concepts_added() if url in ("", one.row.concept_map)]
    return [Added(one.row, one.actor, one.at, hub.maps.absorbed(one)) for one in found][::-1]


def overriding(hub: Hub, table: str = "") -> list[ConceptRow]:
    """Those that count now, before the table."""
    return [one.row for one in listed(hub, table) if not one.absorbed]


def told(depends: str) -> str:
    """What a row depends on, for a person: `coefficient = 20`; "" where it is nothing more."""
    given: Mapping[str, str] = map_wiring.given_of(depends)
    return ", ".join(f"{name.rpartition('/')[2]} = {value}" for name, value in given.items())


def command(missing: Mapping[str, str]) -> str:
    """The command that adds the row an exchange lacks; CODE stands for what a person must say."""
    source = f"{missing.get('system', '')}|{missing['code']}"
    given: Mapping[str, str] = map_wiring.given_of(missing.get("depends", ""))
    words = ["benkan map add-code", *map(_quoted, (missing["map"], source)), "CODE"]
    for name, value in given.items():
        words += ["--depends", _quoted(f"{name}={value}")]
    return " ".join(words)


def _quoted(word: str) -> str:
    return "'" + word.replace("'", "'\\''") + "'"


def _check(url: str, name: str, value: str, known: frozenset[str]) -> None:
    listed = ", ".join(sorted(known))
    if not name or not value or len(value) > MOST:
        raise _wrong(
            f"« {name}={value[:MOST]} » : écrivez --depends attribut=valeur.",
            f"'{name}={value[:MOST]}': write --depends attribute=value.",
        )
    if name not in known:
        raise _wrong(
            f"Aucune ligne de {url} ne dépend de « {name} » ; attributs connus : "
            f"{listed or 'aucun'}. Un nouvel attribut se met dans le brouillon de la table.",
            f"No row of {url} depends on '{name}'; known attributes: {listed or 'none'}. "
            "A new attribute goes into the table's draft.",
        )


def _wrong(fr: str, en: str) -> Invalid:
    return Invalid(Issue("value", fr, en))
