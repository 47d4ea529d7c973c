"""Types of old FHIR versions from generated Python classes, read as text and never run.

Source: fhir.resources (BSD): version 8.3.0 has STU3 (3.0.2), 5.1.1 has DSTU2 (1.0.2).
"""

from __future__ import annotations

import ast
import zipfile
from collections.abc import Iterator
from typing import Any, NamedTuple

PRIMITIVES = {
    *("boolean", "integer", "string", "decimal", "uri", "base64Binary", "instant", "date", "time"),
    *("dateTime", "code", "oid", "id", "markdown", "unsignedInt", "positiveInt", "uuid", "xhtml"),
}
_DSTU2 = {"str": "string", "int": "integer", "float": "decimal", "bool": "boolean"}
_DSTU2 |= {"FHIRDate": "dateTime", "FHIRReference": "Reference"}
_SKIPPED = ("fhirtypes", "fhirresourcemodel", "fhirprimitiveextension", "metadataresource")
_BASES = {"FHIRAbstractModel": "", "FHIRAbstractBase": "", "FHIRAbstractResource": "Element"}
_ABSTRACT = ("Element", "BackboneElement", "Resource", "DomainResource")


class Field(NamedTuple):
    """One attribute of a class."""

    name: str
    kind: str
    many: bool
    choice: str
    required: bool


Classes = dict[str, tuple[str, list[Field]]]  #: name → base, fields in the order of the standard


def stu3_types(wheel: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """(name, row) of every STU3 type of a fhir.resources wheel."""
    yield from _types(wheel, "fhir/resources/STU3/", _stu3_fields)


def dstu2_types(wheel: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """(name, row) of every DSTU2 type of a fhir.resources wheel; elements in alphabetical order."""
    yield from _types(wheel, "fhir/resources/DSTU2/", _dstu2_fields)


def _types(wheel: str, folder: str, read: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    for name in sorted(PRIMITIVES):
        yield name, {"kind": "primitive-type", "base": "Element", "abstract": False, "elements": []}
    with zipfile.ZipFile(wheel) as archive:
        for file in archive.namelist():
            stem = file.rpartition("/")[2].removesuffix(".py")
            skipped = stem.startswith(("_", "fhir", *_SKIPPED)) and stem != "fhirreference"
            if file != f"{folder}{stem}.py" or skipped:
                continue
            classes = _classes(ast.parse(archive.read(file)), read)
            if classes:
                yield _row(next(iter(classes)), classes)


def _classes(tree: ast.Module, read: Any) -> Classes:
    found: Classes = {}
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            base = ast.unparse(node.bases[0]).rpartition(".")[2] if node.bases else ""
            found[node.name] = (_BASES.get(base, base), read(node))
    return found


def _row(main: str, classes: Classes) -> tuple[str, dict[str, Any]]:
    base = classes[main][0]
    name = {"FHIRReference": "Reference"}.get(main, main)
    elements: list[list[Any]] = []
    _fill(name, main, classes, {main: name}, elements)
    domain = base in ("Resource", "DomainResource") or name == "Resource"
    kind = "resource" if domain else "complex-type"
    if name == "Resource":
        base = ""
    return name, {"kind": kind, "base": base, "abstract": name in _ABSTRACT, "elements": elements}


def _fill(
    path: str, name: str, classes: Classes, paths: dict[str, str], elements: list[list[Any]]
) -> None:
    """The elements of one class below a path; classes inside first met here stand here."""
    choices: dict[str, list[Any]] = {}
    for field in classes[name][1]:
        if field.choice:
            row = choices.get(field.choice)
            if row is None:
                row = [f"{path}.{field.choice}[x]", int(field.required), "1", []]
                choices[field.choice] = row
                elements.append(row)
            row[3].append(field.kind)
            continue
        row = [f"{path}.{field.name}", int(field.required), "*" if field.many else "1"]
        elements.append(row)
        if field.kind not in classes or field.kind == name == next(iter(classes)):
            row.append([field.kind])
        elif field.kind in paths:
            row += [[], paths[field.kind]]
        else:
            row.append([classes[field.kind][0]])
            paths[field.kind] = row[0]
            _fill(row[0], field.kind, classes, paths, elements)


def _stu3_fields(node: ast.ClassDef) -> list[Field]:
    fields = []
    order: list[str] = []
    for part in node.body:
        if isinstance(part, ast.AnnAssign) and isinstance(part.value, ast.Call):
            given = {k.arg: k.value for k in part.value.keywords}
            name = ast.literal_eval(given["alias"]) if "alias" in given else ""
            if not name or name.startswith("_"):
                continue
            extra = ast.literal_eval(given["json_schema_extra"])
            annotation = ast.unparse(part.annotation)
            kind = annotation.partition("fhirtypes.")[2].partition("Type")[0]
            kind = "boolean" if annotation.startswith("bool") else kind
            needed = extra.get("element_required") or extra.get("one_of_many_required")
            fields.append(
                Field(
                    name,
                    _stu3_kind(kind),
                    "List[" in annotation,
                    extra.get("one_of_many", ""),
                    bool(needed) or "default" not in given,
                )
            )
        elif isinstance(part, ast.FunctionDef) and part.name == "elements_sequence":
            last = part.body[-1]
            if isinstance(last, ast.Return) and last.value is not None:
                order = ast.literal_eval(last.value)
    return sorted(fields, key=lambda f: order.index(f.name) if f.name in order else len(order))


def _stu3_kind(kind: str) -> str:
    lowered = kind[:1].lower() + kind[1:]
    return lowered if lowered in PRIMITIVES else kind


def _dstu2_fields(node: ast.ClassDef) -> list[Field]:
    fields = []
    for part in ast.walk(node):
        if not isinstance(part, ast.Tuple) or len(part.elts) != 6:
            continue
        _, name, kind, many, choice, required = part.elts
        word = ast.unparse(kind).rpartition(".")[2]
        values = [ast.literal_eval(each) for each in (name, many, choice, required)]
        fields.append(
            Field(
                values[0],
                _dstu2_kind(word, values[0] if values[2] or values[0] == "div" else ""),
                values[1],
                values[2] or "",
                bool(values[3]),
            )
        )
    return fields


def _dstu2_kind(word: str, name: str) -> str:
    """The class's type; of a choice the name says which primitive `str` is."""
    kind = _DSTU2.get(word, word)
    if name == "div":
        return "xhtml"
    for primitive in sorted(PRIMITIVES, key=len, reverse=True):
        if kind in ("string", "integer", "dateTime") and name.endswith(
            primitive[:1].upper() + primitive[1:]
        ):
            return primitive
    return kind
