"""What is wrong with the declarations of a map, before any rule is looked at.

Two meanings of one name, imports that lead nowhere, a map nobody can name or start.
Source: https://build.fhir.org/ig/HL7/mapping-language-ig/fml.html
"""

from __future__ import annotations

from collections.abc import Sequence

from hub.mapping.emit import Module, Resource, Unit, Writer
from hub.mapping.fhirpath.parse import Node, is_path, parse
from hub.mapping.findings import DECLARATIONS

STATUSES = ("draft", "active", "retired", "unknown")
MADE = ("target", "produced")  #: modes of the models that a map makes


def declarations(module: Module, unit: Unit) -> None:
    """Record the findings of a map's declarations."""
    resource = unit.parsed.resource
    writer = Writer(module, unit, {})
    if not resource.get("url"):
        writer.wrong(
            resource,
            'the map has no url; write map "http://example.org/StructureMap/Name" = Name',
            'La carte n’a pas d’url ; écrivez map "http://example.org/StructureMap/Nom" = Nom',
            DECLARATIONS,
        )
    status = str(resource.get("status", "draft"))
    if status not in STATUSES:
        writer.wrong(
            resource,
            f"status {status} is none of {', '.join(STATUSES)}",
            f"Le statut {status} n’est aucun de {', '.join(STATUSES)} : choisissez l’un d’eux",
            DECLARATIONS,
        )
    writer.astray()
    _constants(writer, resource.get("const", ()))
    _models(writer, resource.get("structure", ()))
    _tables(writer, resource.get("contained", ()))
    groups: Sequence[Resource] = resource.get("group", ())
    for group in groups:
        _inputs(Writer(module, unit, group), group)
        _default(Writer(module, unit, group), group)
    if groups and not unit.parsed.library:
        _start(Writer(module, unit, groups[0]), groups)


def _constants(writer: Writer, constants: Sequence[Resource]) -> None:
    seen: set[str] = set()
    for constant in constants:
        name = str(constant["name"])
        if name in seen:
            writer.wrong(
                constant,
                f"let {name} is written twice; rename one",
                f"let {name} est écrit deux fois ; renommez l’une des constantes",
                DECLARATIONS,
            )
        seen.add(name)
        if name in _reached(name, constants):
            writer.wrong(
                constant,
                f"let {name} needs its own value; cut the circle",
                f"let {name} a besoin de sa propre valeur : rompez le cercle",
                DECLARATIONS,
            )


def _reached(name: str, constants: Sequence[Resource]) -> set[str]:
    """The constants that a constant needs, directly or not."""
    texts = {str(constant["name"]): str(constant["value"]) for constant in constants}
    found: set[str] = set()
    waiting = [name]
    while waiting:
        text = texts[waiting.pop()]
        new = (_named(parse(text)) if is_path(text) else set()) & texts.keys() - found
        found |= new
        waiting += new
    return found


def _named(node: Node) -> set[str]:
    own = {str(node.value)} if node.kind in ("name", "variable") and not node.args else set()
    return own.union(*map(_named, node.args))


def _models(writer: Writer, structures: Sequence[Resource]) -> None:
    """An alias may mean one type among the sources and another among the targets, not two there."""
    seen: dict[tuple[str, bool], str] = {}
    for structure in structures:
        if not structure.get("alias"):
            continue
        alias, url = str(structure["alias"]), str(structure["url"])
        first = seen.setdefault((alias, structure.get("mode") in MADE), url)
        if first != url:
            writer.wrong(
                structure,
                f"alias {alias} already means {first}; rename one",
                f"L’alias {alias} désigne déjà {first} ; renommez l’un des deux",
                DECLARATIONS,
            )


def _tables(writer: Writer, contained: Sequence[Resource]) -> None:
    seen: set[str] = set()
    for table in contained:
        name = str(table.get("id", "")).lstrip("#")
        if name and name in seen:
            writer.wrong(
                table,
                f"two conceptmaps are called {name}; rename one",
                f"Deux conceptmap s’appellent {name} ; renommez-en une",
                DECLARATIONS,
            )
        seen.add(name)


def _inputs(writer: Writer, group: Resource) -> None:
    """A source and a target may have one name, two sources may not."""
    seen: set[tuple[str, str]] = set()
    for given in group.get("input", ()):
        here = (str(given["name"]), str(given.get("mode")))
        if here in seen:
            writer.wrong(
                group,
                f"group {group['name']} takes two {here[1]}s called {here[0]}; rename one",
                f"Le groupe {group['name']} reçoit deux fois {here[0]} en {here[1]} ; "
                "renommez l’un des deux",
            )
        seen.add(here)


def _default(writer: Writer, group: Resource) -> None:
    """A default group takes one source and one target, in this order, both of a type."""
    if group.get("typeMode", "none") == "none":
        return
    given = group.get("input", ())
    modes = [each.get("mode") for each in given]
    if modes != ["source", "target"] or not all(each.get("type") for each in given):
        name = group["name"]
        writer.wrong(
            group,
            f"default group {name} takes other inputs than (source a : Type, target b : Type)",
            f"Le groupe par défaut {name} n’a pas la forme (source a : Type, target b : Type) : "
            "corrigez ses paramètres, ou ôtez << >>",
        )


def _start(writer: Writer, groups: Sequence[Resource]) -> None:
    """The first group is where a run begins; a group without inputs may be there to be extended."""
    first = groups[0]
    for mode, en, fr in (("source", "sources", "sources"), ("target", "targets", "cibles")):
        count = sum(given.get("mode") == mode for given in first.get("input", ()))
        if count > 1:
            writer.warn(
                first,
                f"group {first['name']} takes {count} {en}; a run gives it the first alone",
                f"Le groupe {first['name']} reçoit {count} {fr} ; une exécution ne lui donne que "
                "la première",
            )
    heirs = {str(group.get("extends", "")) for group in groups}
    modes = {str(given.get("mode")) for given in first.get("input", ())}
    if "source" in modes or first["name"] in heirs or not first.get("rule"):
        return
    writer.wrong(
        first,
        f"group {first['name']} begins the map and takes no source; write (source src : Type, …)",
        f"Le groupe {first['name']} ouvre la carte et ne reçoit aucune source ; "
        "écrivez (source src : Type, …)",
    )
