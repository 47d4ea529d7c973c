"""A StructureMap resource (R5 shape) as FML text; parsing it again gives the same resource.

Source: https://build.fhir.org/ig/HL7/mapping-language-ig/ (mapping.g4)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from hub.mapping.fhirpath.parse import is_path
from hub.mapping.fhirpath.strings import written
from hub.mapping.parse_comments import written as comment_lines
from hub.mapping.parse_concepts import RELATIONSHIPS, UNMATCHED
from hub.mapping.parse_rules import EXPRESSED

Resource = dict[str, Any]
_WORD = re.compile(r"[^\W\d]\w*")
_PATH = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*(\[x\])?")
_SIGNS = {relationship: sign for sign, relationship in RELATIONSHIPS.items()}
_KNOWN = ("resourceType", "contained", "structure", "import", "const", "group")
_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\f": "\\f"}


def write(resource: Resource) -> str:
    """The text of a map. What FML cannot say (narrative) is left out."""
    lines = [
        f"/// {path} = {value}"
        for key, member in resource.items()
        if key not in _KNOWN
        for path, value in _metadata(key, member)
    ]
    for contained in resource.get("contained", ()):
        lines += ["", *_concept_map(contained)]
    lines.append("")
    for structure in resource.get("structure", ()):
        alias = f" alias {_name(structure['alias'])}" if "alias" in structure else ""
        lines.append(f"uses {_quoted(structure['url'])}{alias} as {structure['mode']}")
    lines += [f"imports {_quoted(url)}" for url in resource.get("import", ())]
    lines += [f"let {c['name']} = {c['value']};" for c in resource.get("const", ())]
    for group in resource.get("group", ()):
        lines += ["", *_group(group)]
    return "\n".join(lines) + "\n"


def _metadata(path: str, value: Any) -> Iterator[tuple[str, str]]:
    """`/// path = literal` for every leaf; only first items of lists can be said."""
    if isinstance(value, list):
        value = value[0] if value else {}
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _metadata(f"{path}.{key}", inner)
    elif isinstance(value, str):
        yield path, _literal(value)
    else:
        yield path, written(value)


def _escaped(text: str, quote: str) -> str:
    text = text.replace("\\", "\\\\").replace(quote, "\\" + quote)
    return "".join(_ESCAPES.get(c, c) for c in text)


def _quoted(text: str) -> str:
    return f'"{_escaped(text, chr(34))}"'


def _literal(text: str) -> str:
    return f"'{_escaped(text, chr(39))}'"


def _name(text: str) -> str:
    """The name of a variable, group or alias."""
    return text if _WORD.fullmatch(text) else f"`{_escaped(text, '`')}`"


def _path(text: str) -> str:
    """The name of an element or type, with those of its parts."""
    return text if _PATH.fullmatch(text) else f"`{_escaped(text, '`')}`"


def _expression(text: str) -> str:
    """What a parameter names: a variable, or an expression over variables."""
    return text if is_path(text) else _name(text)


def _concept_map(resource: Resource) -> list[str]:
    groups = resource.get("group", ())
    systems = dict.fromkeys(s for g in groups for s in (g["source"], g.get("target")) if s)
    prefixes = {system: f"s{index}" for index, system in enumerate(systems)}
    lines = [f"conceptmap {_quoted(resource['id'])} {{"]
    lines += [f"  prefix {prefix} = {_quoted(system)}" for system, prefix in prefixes.items()]
    for group in groups:
        if "unmapped" in group:
            mode = (
                "provided"
                if group["unmapped"]["mode"] == "use-source-code"
                else group["unmapped"]["mode"]
            )
            lines.append(f"  unmapped for {prefixes[group['source']]} = {mode}")
    for group in groups:
        source, target = prefixes[group["source"]], prefixes.get(group.get("target", ""))
        for element in group["element"]:
            if element.get("noMap"):
                lines.append(f"  {source}:{_quoted(element['code'])} {UNMATCHED}")
            for row in element.get("target", ()):
                sign = _SIGNS.get(row.get("relationship", ""), "==")
                code, translation = _quoted(element["code"]), _quoted(row["code"])
                lines.append(f"  {source}:{code} {sign} {target}:{translation}")
    return [*lines, "}"]


def _group(group: Resource) -> list[str]:
    inputs = ", ".join(
        f"{i['mode']} {_name(i['name'])}" + (f" : {_path(i['type'])}" if i.get("type") else "")
        for i in group.get("input", ())
    )
    extends = f" extends {_name(group['extends'])}" if group.get("extends") else ""
    mode = {"types": " <<types>>", "type-and-types": " <<type+>>"}.get(
        group.get("typeMode", ""), ""
    )
    lines = [
        *_documentation(group, ""),
        f"group {_name(group['name'])}({inputs}){extends}{mode} {{",
    ]
    for rule in group.get("rule", ()):
        lines += _rule(rule, "  ")
    return [*lines, "}"]


def _documentation(part: Resource, indent: str) -> list[str]:
    """Comment lines; line ends as they are in a text."""
    text = str(part.get("documentation", "")).replace("\r", "")
    return comment_lines(text, indent) if text.strip() else []


def _rule(rule: Resource, indent: str) -> list[str]:
    return [*_documentation(rule, indent), *_undocumented(rule, indent)]


def _undocumented(rule: Resource, indent: str) -> list[str]:
    name = f" {_quoted(rule['name'])}" if "name" in rule else ""
    if _identity(rule):
        source, target = rule["source"][0], rule["target"][0]
        return [f"{indent}{_place(source)} -> {_place(target)}{name};"]
    text = indent + ", ".join(_source(source) for source in rule["source"])
    if rule.get("target"):
        text += " -> " + ", ".join(_target(target) for target in rule["target"])
    if rule.get("dependent"):
        calls = [f"{_name(d['name'])}({_parameters(d)})" for d in rule["dependent"]]
        text += " then " + ", ".join(calls)
    if "rule" not in rule:
        return [f"{text}{name};"]
    text += " {" if rule.get("dependent") else " then {"
    inner = [line for each in rule["rule"] for line in _rule(each, indent + "  ")]
    return [text, *inner, f"{indent}}}{name};"]


def _identity(rule: Resource) -> bool:
    """The form the parser gives to `src.a -> tgt.b;`."""
    targets = rule.get("target", ())
    if len(rule["source"]) != 1 or len(targets) != 1 or "rule" in rule or "dependent" in rule:
        return False
    source, target = rule["source"][0], targets[0]
    given = {"context", "variable"} | ({"element"} & set(source))
    plain = set(source) == given and source["variable"] == "vvv"
    plain = plain and ("element" in source or str(source["context"]).startswith(EXPRESSED))
    copied = set(target) == {"context", "element", "variable", "transform"}
    return plain and copied and target["transform"] == "create" and target["variable"] == "vvv"


def _place(part: Resource) -> str:
    context = str(part["context"])
    text = context if context.startswith(EXPRESSED) else _name(context)
    return f"{text}.{_path(part['element'])}" if "element" in part else text


def _source(source: Resource) -> str:
    text = _place(source)
    if "type" in source:
        text += f" : {_path(source['type'])}"
    if "min" in source or "max" in source:
        text += f" {source.get('min', 0)}..{source.get('max', '*')}"
    if "defaultValue" in source:
        text += f" default ({source['defaultValue']})"
    if "listMode" in source:
        text += f" {source['listMode']}"
    if "variable" in source:
        text += f" as {_name(source['variable'])}"
    for key, word in (("condition", "where"), ("check", "check"), ("logMessage", "log")):
        if key in source:
            text += f" {word} ({source[key]})"
    return text


def _target(target: Resource) -> str:
    text = _place(target) if "context" in target else ""
    if "transform" in target:
        text += (" = " if text else "") + _transform(target)
    if "variable" in target:
        text += f" as {_name(target['variable'])}"
    for mode in target.get("listMode", ()):
        text += f" share {_name(target['listRuleId'])}" if mode == "share" else f" {mode}"
    return text


def _transform(target: Resource) -> str:
    name, given = target["transform"], target.get("parameter", ())
    if name == "copy" and len(given) == 1 and "context" in target:
        return _parameter(given[0])
    if name == "evaluate":
        texts = [str(next(iter(p.values()))) for p in given]
        return f"({texts[0]})" if len(texts) == 1 else f"evaluate({', '.join(texts)})"
    return f"{name}({_parameters(target)})"


def _parameters(part: Resource) -> str:
    return ", ".join(_parameter(p) for p in part.get("parameter", ()))


def _parameter(parameter: Resource) -> str:
    kind, value = next(iter(parameter.items()))
    if kind == "valueId":
        return _expression(str(value))
    if kind in ("valueDate", "valueDateTime", "valueTime"):
        return f"@{'T' if kind == 'valueTime' else ''}{value}"
    return _literal(value) if isinstance(value, str) else written(value)
